"""One ruler for every engine's route: which links of our map a line runs along, and what they are.

A line is sampled about every metre; each sample is laid on the link that is near, runs the same way
and, where the engine tells it, belongs to the same OpenStreetMap way. All engines walk on the same
nodes, so that nearly every sample lies on its link; what lies on none is counted as unmatched.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from routing.bench.junctions import Junctions
from routing.bench.missing import not_installed
from routing.bench.sides import side_changes
from routing.bench.walked import Walked
from routing.columns import F64, HIGHWAYS, I32, I64, KINDS, KNOWN, Columns
from routing.geo import Local
from wire.route import StretchKind

_STEP_M = 1.0
# Twice the width of a lane: a line that is further off runs along something our map does not have.
_NEAR_M = 6.0
# In metres off the line, so that a parallel link wins over a nearer one that is crossed, and a link
# of the told way over any other.
_ACROSS_M = 8.0
_OTHER_WAY_M = 50.0
_ALONG_COSINE = 0.5  # 60 degrees: more than a corner's rounding, less than a road that is crossed
# Half of a crossing alone is turning into the road there; a little is lost at joints by sampling.
_CROSSED_SHARE = 0.7

_YES: Final = KNOWN.index("yes")
_LARGER: Final = tuple(HIGHWAYS.index(road) for road in ("tertiary", "secondary", "primary", "trunk"))
# Ways for people on foot, or roads with a sidewalk; crossings belong to them.
_ON_FOOT: Final = frozenset(StretchKind) - {StretchKind.ROAD, StretchKind.LEVEL_CROSSING}


@dataclass(frozen=True, slots=True)
class Figures:
    """What one route, or several together, run along. Lengths in metres."""

    length_m: float = 0.0  # along the line
    unmatched_m: float = 0.0  # on nothing that our map has
    on_foot_m: float = 0.0  # on sidewalks, pedestrian and foot ways, crossings, steps
    no_sidewalk_m: float = 0.0  # on a carriageway for which no sidewalk is known
    tactile_m: float = 0.0
    crossings: float = 0.0
    unsignalled: float = 0.0  # of these: of roads from tertiary up, and no signal is known
    unmarked: float = 0.0  # of the unsignalled: neither is paint known
    # Of such roads too, where no crossing is drawn: see routing.bench.sides and junctions.
    side_changes: float = 0.0
    passed_over: float = 0.0
    level_crossings: float = 0.0
    flights: float = 0.0  # of steps

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))

    def per_km(self) -> dict[str, float]:
        """Shares of the length, and counts per kilometre."""
        km = self.length_m / 1000.0 or 1.0
        metres = self.length_m or 1.0
        return {
            "km": round(self.length_m / 1000.0, 2),
            "on_foot_share": round(self.on_foot_m / metres, 4),
            "no_sidewalk_share": round(self.no_sidewalk_m / metres, 4),
            "unmatched_share": round(self.unmatched_m / metres, 4),
            "tactile_m_per_km": round(self.tactile_m / km, 2),
            "crossings_per_km": round(self.crossings / km, 3),
            "unsignalled_larger_per_km": round(
                (self.unsignalled + self.side_changes + self.passed_over) / km, 3
            ),
            "unmarked_larger_per_km": round((self.unmarked + self.side_changes + self.passed_over) / km, 3),
            "of_these_without_any_crossing_per_km": round((self.side_changes + self.passed_over) / km, 3),
            "level_crossings_per_km": round(self.level_crossings / km, 4),
            "flights_per_km": round(self.flights / km, 3),
        }


@dataclass(frozen=True, slots=True, eq=False)
class Ruler:
    """The links of one map as pieces to lay lines on."""

    columns: Columns
    plane: Local
    tree: Any  # shapely.STRtree over the pieces
    piece_link: I32
    piece_from: F64  # [pieces, 2], metres
    piece_step: F64  # [pieces, 2], from one end to the other
    junctions: Junctions

    @classmethod
    def of(cls, columns: Columns) -> Self:
        """A ruler for the map of `columns`; `PeerMissing` where Shapely is not installed."""
        shapely = _shapely()
        plane = Local.around((float(columns.node_lat_e7[0]) / 1e7, float(columns.node_lon_e7[0]) / 1e7))
        at = _metres(plane, columns.shape_lat_e7 / 1e7, columns.shape_lon_e7 / 1e7)
        counts = np.diff(columns.shape_first)
        link = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
        inner = np.flatnonzero(link[:-1] == link[1:])  # a piece joins two points of one link
        tree = shapely.STRtree(shapely.linestrings(np.stack([at[inner], at[inner + 1]], axis=1)))
        step = at[inner + 1] - at[inner]
        return cls(columns, plane, tree, link[inner], at[inner], step, Junctions.of(columns, plane))

    def measured(self, walked: Walked) -> Figures:
        """What `walked` runs along."""
        samples = _Samples.along(_metres(self.plane, *np.asarray(walked.points).T), walked.ways)
        links = self._links(samples)
        on = links >= 0
        covered = np.bincount(links[on], samples.metres[on], len(self.columns.link_a))
        told = figures(self.columns, covered.astype(np.float64), float(samples.metres.sum()))
        over = self.junctions.passed_over(links, samples.heading, samples.metres)
        return replace(told, side_changes=self._side_changes(samples, links), passed_over=float(over))

    def _side_changes(self, samples: "_Samples", links: I32) -> float:
        columns, on = self.columns, links >= 0
        larger = on & np.isin(columns.link_highway[links], _LARGER)
        crossing = np.where(on, columns.link_crossing[links], -1)
        signalled = crossing >= 0
        signalled[signalled] = columns.crossing_signals[crossing[signalled]] == _YES
        return float(side_changes(samples.heading, samples.metres, larger, signalled))

    def _links(self, samples: "_Samples") -> I32:
        """The link under each sample, -1 where there is none."""
        points = _shapely().points(samples.at)
        sample, piece = self.tree.query(points, predicate="dwithin", distance=_NEAR_M)
        score = self._misfit(samples, sample, piece)
        along = np.isfinite(score)
        sample, piece, score = sample[along], piece[along], score[along]
        order = np.lexsort((piece, score, sample))
        _, first = np.unique(sample[order], return_index=True)
        best = order[first]
        links = np.full(len(samples.at), -1, np.int32)
        links[sample[best]] = self.piece_link[piece[best]]
        return links

    def _misfit(self, samples: "_Samples", sample: I64, piece: I64) -> F64:
        """How badly a piece fits a sample: metres off, and what is not metres as if it were.

        Infinite where the line only crosses the piece.
        """
        start, step = self.piece_from[piece], self.piece_step[piece]
        square = np.maximum((step**2).sum(axis=1), 1e-9)
        to = samples.at[sample] - start
        share = np.clip((to * step).sum(axis=1) / square, 0.0, 1.0)
        off = np.linalg.norm(to - share[:, None] * step, axis=1)
        cosine = np.abs((samples.heading[sample] * step).sum(axis=1)) / np.sqrt(square)
        way = samples.way[sample]
        other = (way != 0) & (way != self.columns.link_way[self.piece_link[piece]])
        misfit = off + _ACROSS_M * (1.0 - cosine) + _OTHER_WAY_M * other
        return np.where(cosine >= _ALONG_COSINE, misfit, np.inf)


def figures(columns: Columns, covered_m: F64, length_m: float) -> Figures:
    """What stands on links of which `covered_m` metres each are walked."""
    metres = _metres_where(columns, covered_m)
    share = covered_m / np.maximum(columns.link_length_m.astype(np.float64), 1e-6)
    passed = _passed(columns, share)
    bare = (columns.crossing_signals != _YES) & np.isin(columns.crossing_road, _LARGER)
    on_foot = [KINDS.index(kind) for kind in _ON_FOOT]
    return Figures(
        length_m=length_m,
        unmatched_m=max(length_m - float(covered_m.sum()), 0.0),
        on_foot_m=metres(np.isin(columns.link_kind, on_foot)),
        no_sidewalk_m=metres(columns.link_kind == KINDS.index(StretchKind.ROAD)),
        tactile_m=metres(columns.link_tactile == _YES),
        crossings=float(passed.sum()),
        unsignalled=float(passed[bare].sum()),
        unmarked=float(passed[bare & (columns.crossing_marked != _YES)].sum()),
        level_crossings=float((share * columns.link_rails_share).sum()),
        flights=float((share * columns.link_flight_share).sum()),
    )


def _metres_where(columns: Columns, covered_m: F64) -> Callable[[NDArray[np.bool_]], float]:
    def metres(where: NDArray[np.bool_]) -> float:
        return float(covered_m[where].sum())

    return metres


def _passed(columns: Columns, share: F64) -> F64:
    """How often each crossing is crossed whole."""
    has = (columns.link_crossing >= 0) & (share > 0.0)
    parts = share[has] * columns.link_crossing_share[has]
    total = np.bincount(columns.link_crossing[has], parts, len(columns.crossing_signals))
    passed: F64 = np.floor(total + 1.0 - _CROSSED_SHARE)
    return passed


@dataclass(frozen=True, slots=True, eq=False)
class _Samples:
    """Points along a line: the middle of each part of at most a metre."""

    at: F64  # [K, 2], metres
    heading: F64  # [K, 2], of length 1
    metres: F64  # of line that the sample stands for
    way: I64

    @classmethod
    def along(cls, line: F64, ways: tuple[int, ...]) -> Self:
        step = np.diff(line, axis=0)
        length = np.linalg.norm(step, axis=1)
        parts = np.maximum(np.ceil(length / _STEP_M), 1.0).astype(np.int64)
        piece = np.repeat(np.arange(len(parts)), parts)
        place = np.arange(len(piece)) - np.repeat(np.cumsum(parts) - parts, parts)
        share = (place + 0.5) / parts[piece]
        told = np.asarray(ways, np.int64) if ways else np.zeros(len(parts), np.int64)
        heading = step / np.maximum(length, 1e-9)[:, None]
        at = line[:-1][piece] + share[:, None] * step[piece]
        return cls(at, heading[piece], (length / parts)[piece], told[piece])


def _shapely() -> Any:  # noqa: ANN401 - the library has no types
    """Shapely comes with OSMnx: nothing else here needs it."""
    try:
        import shapely
    except ImportError as error:
        raise not_installed("Shapely") from error
    return shapely


def _metres(plane: Local, lat: F64, lon: F64) -> F64:
    """`plane.to_xy` of many points."""
    return np.stack(
        [(lon - plane.origin[1]) * plane.metres_per_lon, (lat - plane.origin[0]) * plane.metres_per_lat],
        axis=1,
    )
