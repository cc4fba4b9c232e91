"""The ground along a route: pavements, kerbs, marks, guide blocks, stripes, roofs."""

from itertools import pairwise

import numpy as np

from vision.scenes import furniture
from vision.scenes.blocks import BLOCK_M, dot_field, zebra
from vision.scenes.layers import Layer
from vision.scenes.local import F64
from vision.scenes.mesh import Mesh, Paint, Point, box, fan, join, place, quad, ribbon, tube
from vision.scenes.route_plan import Piece, Ways
from wire.route import StretchKind

KERB_M = 0.05  # a low kerb: pavement at 0, carriageway below
ROAD_M = 12.0  # carriageway beside a pavement
FAR_WALK_M = 3.5
_YELLOW, _WEAR = (0.9, 0.69, 0.14), 0.22
_WHITE = Paint((0.88, 0.88, 0.86), Layer.PAINT)
_GROUNDS = {
    StretchKind.SIDEWALK: (Paint((0.68, 0.66, 0.62), Layer.SLAB), Paint((0.66, 0.56, 0.5), Layer.BRICK)),
    StretchKind.PEDESTRIAN: (Paint((0.72, 0.68, 0.62), Layer.SLAB), Paint((0.7, 0.62, 0.55), Layer.BRICK)),
    StretchKind.ROAD: (Paint((0.42, 0.42, 0.43), Layer.ASPHALT),),
    StretchKind.PATH: (Paint((0.7, 0.67, 0.62), Layer.SLAB),),
}
Parts = list[Mesh]


def base(middle: F64, reach_m: float) -> Mesh:
    """Asphalt as far as one sees, just below the pavements: there is no hole."""
    x, y = float(middle[0]), float(middle[1])
    edge = [
        (x - reach_m, y - reach_m),
        (x + reach_m, y - reach_m),
        (x + reach_m, y + reach_m),
        (x - reach_m, y + reach_m),
    ]
    return fan(edge, -KERB_M, Paint((0.33, 0.33, 0.34), Layer.ASPHALT))


def ground_paint(piece: Piece) -> Paint:
    """What the stretch is paved with; neighbours differ."""
    choices = _GROUNDS.get(piece.stretch.kind, _GROUNDS[StretchKind.SIDEWALK])
    return choices[int(piece.start_m // 97) % len(choices)]


def slab(piece: Piece) -> Parts:
    """The walkable surface of a stretch and the squares that join it to the next."""
    z = 0.0 if piece.stretch.kind is not StretchKind.ROAD else 0.001 - KERB_M
    paint = ground_paint(piece)
    parts = [ribbon(piece.line.points, 2 * piece.half_m, z, paint)]
    return parts + [_joint(at, piece.half_m, z - 0.002, paint) for at in piece.line.points[1:-1]]


def _joint(at: F64, radius: float, z: float, paint: Paint) -> Mesh:
    a = np.linspace(0, 2 * np.pi, 17)[:-1]
    return fan(
        [(float(at[0] + radius * 1.05 * np.cos(t)), float(at[1] + radius * 1.05 * np.sin(t))) for t in a],
        z,
        paint,
    )


def corner(ways: Ways, index: int) -> Parts:
    """Pavement under the joint of two pavements that meet at an angle."""
    one, two = ways.pieces[index - 1], ways.pieces[index]
    if one.over or two.over:
        return []
    return [_joint(two.line.points[0], min(one.half_m, two.half_m), -0.002, ground_paint(two))]


def street(piece: Piece) -> Parts:
    """Kerb stone, carriageway marks and the pavement across, beside a sidewalk."""
    side, line = piece.street, piece.line.points
    if not side:
        return _edge_lines(piece) if piece.stretch.kind is StretchKind.ROAD else []
    edge = piece.half_m
    stone = Paint((0.63, 0.63, 0.61), Layer.CONCRETE)
    parts = [
        ribbon(line, 0.18, 0.012, stone, offset=side * (edge + 0.09)),
        ribbon(line, 0.15, 0.006 - KERB_M, _WHITE, offset=side * (edge + 0.75)),
        ribbon(line, 0.15, 0.006 - KERB_M, _WHITE, offset=side * (edge + ROAD_M - 0.6)),
        ribbon(
            line,
            FAR_WALK_M,
            0.0,
            Paint((0.66, 0.64, 0.6), Layer.SLAB),
            offset=side * (edge + ROAD_M + FAR_WALK_M / 2),
        ),
    ]
    for s in np.arange(2.0, piece.line.length_m - 5.0, 8.0):
        dash = piece.line.part(float(s), float(s) + 4.0)
        parts.append(ribbon(dash, 0.14, 0.006 - KERB_M, _WHITE, offset=side * (edge + ROAD_M / 2)))
    return parts


def _edge_lines(piece: Piece) -> Parts:
    """The white line of a roadside strip, on both sides."""
    return [
        ribbon(piece.line.points, 0.14, 0.006 - KERB_M, _WHITE, offset=side * (piece.half_m - 0.4))
        for side in (-1, 1)
    ]


def crossing(piece: Piece) -> Parts:
    """Stripes where the crossing is marked; rails where it is a railway's."""
    a, b = piece.line.points[0], piece.line.points[-1]
    heading = float(np.degrees(np.arctan2(*(b - a))))
    known = piece.stretch.crossing
    if piece.stretch.kind is StretchKind.LEVEL_CROSSING:
        across = np.array([(b - a)[1], -(b - a)[0]]) / np.linalg.norm(b - a)
        middle, steel = (a + b) / 2, Paint((0.5, 0.48, 0.46), Layer.LACQUER)
        ends = np.stack([middle - across * 40, middle + across * 40])
        return [ribbon(ends, 0.07, 0.01 - KERB_M, steel, offset=o) for o in (-0.53, 0.53)]
    if known and (known.marked == "yes" or known.signals == "yes"):
        length = piece.line.length_m
        inset = 0.5 if length > 3 else 0.0
        stripes = zebra(min(4.0, 2 * piece.half_m), length - 2 * inset, 0.006 - KERB_M)
        start = a + (b - a) / length * inset
        return [place(stripes, (float(start[0]), float(start[1]), 0.0), heading)]
    return []


def paving(ways: Ways) -> Parts:
    """Guide blocks exactly where the route knows them: bars along, dots at ends, corners, crossings."""
    parts: Parts = []
    bends = ways.bends()
    for run in ways.runs():
        marks = sorted({run.start_m, run.end_m, *(m for m in bends if run.start_m < m < run.end_m)})
        for one, two in pairwise(marks):
            if two - one > 2 * BLOCK_M:
                bars = ways.line.part(one + BLOCK_M, two - BLOCK_M)
                parts.append(ribbon(bars, BLOCK_M, 0.005, Paint(_YELLOW, Layer.BARS, _WEAR)))
        for m in marks:
            wide = 4 if m in (run.start_m, run.end_m) and _at_crossing(ways, m) else 2
            inward = BLOCK_M if m == run.start_m else -BLOCK_M if m == run.end_m else 0.0
            at = ways.line.at(m + (inward if wide == 4 else 0.0))
            heading = ways.line.heading_deg(m + (-1e-3 if m == run.end_m else 1e-3))
            parts.append(dot_field((float(at[0]), float(at[1])), wide, 2, heading, 0.006, _YELLOW, _WEAR))
    return parts


def _at_crossing(ways: Ways, route_m: float) -> bool:
    return any(p.over and min(abs(p.start_m - route_m), abs(p.end_m - route_m)) < 0.5 for p in ways.pieces)


def roof(piece: Piece) -> Parts:
    """An arcade's vault, an underpass's walls, a bridge's rails, the nosings of steps: simplified."""
    kind, line, half = piece.stretch.kind, piece.line, piece.half_m
    parts: Parts = []
    if piece.stretch.covered == "yes" or kind in (StretchKind.UNDERPASS, StretchKind.INDOOR):
        white, frame = Paint((0.8, 0.8, 0.78)), Paint((0.55, 0.57, 0.6), Layer.LACQUER)
        for s in np.arange(1.0, line.length_m, 6.0):
            feet = [line.beside(float(s), side * (half + 0.1)) for side in (-1, 1)]
            for foot in feet:
                parts.append(tube((foot[0], foot[1], 0), (foot[0], foot[1], 5.2), 0.12, 0.1, frame, 8))
            a, b = feet
            parts.append(tube((a[0], a[1], 5.2), (b[0], b[1], 5.2), 0.1, 0.1, frame, 6))
        low = 2.9 if kind is StretchKind.UNDERPASS else 5.4
        # Panels with gaps: the daylight falls in stripes.
        for s in np.arange(0.0, line.length_m - 2.0, 3.0):
            parts.append(ribbon(line.part(float(s), float(s) + 2.2), 2 * half + 0.6, low, white))
    if kind is StretchKind.UNDERPASS:
        for side in (-1, 1):
            parts += _wall(piece, side * half, 2.9, Paint((0.72, 0.72, 0.7), Layer.PLASTER))
    if kind is StretchKind.BRIDGE:
        for a, b in pairwise(line.points):
            heading, length = float(np.degrees(np.arctan2(*(b - a)))), float(np.linalg.norm(b - a))
            across = np.array([(b - a)[1], -(b - a)[0]]) / length * half
            for side in (-1, 1):
                foot = a + side * across
                parts.append(place(furniture.rail(length, 0), (float(foot[0]), float(foot[1]), 0), heading))
    if kind is StretchKind.STEPS:
        for s in np.arange(0.3, line.length_m, 0.35):
            parts.append(
                ribbon(line.part(float(s), float(s) + 0.06), 2 * half, 0.004, Paint((0.3, 0.3, 0.3)))
            )
    return parts


def _wall(piece: Piece, right_m: float, height: float, paint: Paint) -> Parts:
    parts = []
    points = [piece.line.beside(float(s), right_m) for s in np.linspace(0, piece.line.length_m, 12)]
    for a, b in pairwise(points):
        low: tuple[Point, Point] = ((a[0], a[1], 0.0), (b[0], b[1], 0.0))
        parts.append(quad((low[0], low[1], (b[0], b[1], height), (a[0], a[1], height)), paint))
    return parts


def plaza(at: F64, radius: float) -> Mesh:
    """The square before the station."""
    a = np.linspace(0, 2 * np.pi, 33)[:-1]
    edge = [(float(at[0] + radius * np.cos(t)), float(at[1] + radius * np.sin(t))) for t in a]
    return fan(edge, -0.004, Paint((0.72, 0.69, 0.64), Layer.SLAB))


def kerb_ramp(piece: Piece) -> Mesh:
    """The stones across the end of the pavements, at both sides of a crossing."""
    stone, parts = Paint((0.63, 0.63, 0.61), Layer.CONCRETE), []
    for at, s in ((piece.line.points[0], 0.0), (piece.line.points[-1], piece.line.length_m)):
        one = box((0, 0, -0.03), (2 * piece.half_m, 0.2, 0.07), stone)
        parts.append(place(one, (float(at[0]), float(at[1]), 0.0), piece.line.heading_deg(s)))
    return join(*parts)
