"""A route read as ground: where its stretches lie, how wide they are, on which side the street is."""

from dataclasses import dataclass

import numpy as np

from vision.scenes.local import F64, Line, plane_of
from wire.route import Route, Stretch, StretchKind

_OVER = (StretchKind.CROSSING, StretchKind.LEVEL_CROSSING)
_BESIDE_STREET = (StretchKind.SIDEWALK, StretchKind.SHARED_PATH)
SQUARE_HALF_M = 9.0
TURN_DEG = 25.0  # a bend sharper than this has warning blocks


@dataclass(frozen=True, slots=True)
class Piece:
    """One stretch on the ground, from `start_m` to `end_m` along the route."""

    stretch: Stretch
    line: Line
    start_m: float
    end_m: float
    half_m: float
    street: int  # side of the carriageway: +1 right, -1 left, 0 none beside

    @property
    def over(self) -> bool:
        """Whether it crosses a carriageway or a railway."""
        return self.stretch.kind in _OVER


@dataclass(frozen=True, slots=True)
class Run:
    """Guide blocks without a gap, from one route distance to another."""

    start_m: float
    end_m: float


@dataclass(frozen=True, slots=True)
class Ways:
    """The whole route on the ground."""

    line: Line
    pieces: tuple[Piece, ...]

    def at(self, route_m: float) -> Piece:
        """The piece at a distance along the route."""
        return next((p for p in self.pieces if route_m < p.end_m), self.pieces[-1])

    def runs(self) -> list[Run]:
        """Where guide blocks lie, each gapless run once."""
        runs: list[Run] = []
        for piece in self.pieces:
            if piece.stretch.tactile != "yes" or piece.over:
                continue
            if runs and piece.start_m - runs[-1].end_m < 0.05:
                runs[-1] = Run(runs[-1].start_m, piece.end_m)
            else:
                runs.append(Run(piece.start_m, piece.end_m))
        return runs

    def bends(self) -> list[float]:
        """Route distances of the corners."""
        sharp = []
        for k in range(1, len(self.line.points) - 1):
            s = float(self.line.along[k])
            turn = self.line.heading_deg(s + 1e-3) - self.line.heading_deg(s - 1e-3)
            if abs((turn + 180) % 360 - 180) > TURN_DEG:
                sharp.append(s)
        return sharp


def _half_width(stretch: Stretch) -> float:
    usual = {StretchKind.PEDESTRIAN: 7.0, StretchKind.ROAD: 5.0, StretchKind.CROSSING: 4.0}
    return float(np.clip((stretch.width_m or usual.get(stretch.kind, 4.2)) / 2, 1.5, 4.0))


def _square(stretches: tuple[Stretch, ...], index: int) -> bool:
    """Whether a stretch leads over the square before the station or the museum's door."""
    open_ground = (StretchKind.PATH, StretchKind.PEDESTRIAN)
    return index in (0, len(stretches) - 1) and stretches[index].kind in open_ground


def _street_side(stretch: Stretch) -> int:
    if stretch.kind not in _BESIDE_STREET:
        return 0
    # `side` is the side of the street on which one walks: on its left side the street is on the right.
    return -1 if stretch.side == "right" else 1


def ways(route: Route) -> Ways:
    """The route's stretches in metres east and north of its first point."""
    xy = plane_of(route).to_xy(route.points)
    along = np.r_[0.0, np.cumsum(np.linalg.norm(np.diff(xy, axis=0), axis=1))]
    pieces = []
    for index, s in enumerate(route.stretches):
        points: F64 = xy[s.first : s.last + 1]
        if along[s.last] - along[s.first] < 0.01:
            continue
        start, end = float(along[s.first]), float(along[s.last])
        half = SQUARE_HALF_M if _square(route.stretches, index) else _half_width(s)
        pieces.append(Piece(s, Line.of(points), start, end, half, _street_side(s)))
    return Ways(Line.of(xy), tuple(pieces))


def detours(on_ground: Ways, path: F64) -> list[Piece]:
    """Where the walked path leaves the route: small streets of their own, out to the farthest point."""
    gap = np.array([_gap_m(on_ground.line, p) for p in path[::4]])
    away, found, start = gap > 3.0, [], 0
    for k in range(1, len(away) + 1):
        if k < len(away) and away[k] == away[start]:
            continue
        if away[start] and k - start > 8:
            farthest = start + int(gap[start:k].argmax())
            line = Line.of(path[4 * max(start - 3, 0) : 4 * farthest + 1 : 12])
            lane = Stretch(first=0, last=1, kind=StretchKind.ROAD)
            found.append(Piece(lane, line, 0.0, line.length_m, 2.75, 0))
        start = k
    return found


def _gap_m(line: Line, point: F64) -> float:
    a, step = line.points[:-1], np.diff(line.points, axis=0)
    t = np.clip(((point - a) * step).sum(axis=1) / (step * step).sum(axis=1), 0, 1)
    return float(np.linalg.norm(a + t[:, None] * step - point, axis=1).min())
