"""From a found way to what is told of it: points, stretches of one character, and what they sum to."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from routing import runs, trail
from routing.columns import (
    CONVEYING,
    F32,
    F64,
    HIGHWAYS,
    I8,
    I16,
    I32,
    I64,
    INCLINE_UNKNOWN,
    KERBS,
    KINDS,
    KNOWN,
    TIE,
    U8,
    U16,
    UP_DOWN,
)
from routing.geo import Point
from routing.native import compiled
from routing.search import Found
from wire.route import Crossing, Stretch, StretchKind

if TYPE_CHECKING:
    from routing.network import WalkingMap

_YES, _NO = KNOWN.index("yes"), KNOWN.index("no")
_CROSSING: Final = KINDS.index(StretchKind.CROSSING)
_STEPS: Final = KINDS.index(StretchKind.STEPS)
_RAILS: Final = KINDS.index(StretchKind.LEVEL_CROSSING)
_ROAD: Final = KINDS.index(StretchKind.ROAD)
_UNPAVED: Final = 2
# Larger than a lane: what traffic passes through, not only to its own door.
_LARGER: Final = np.array([road in {"tertiary", "secondary", "primary", "trunk"} for road in HIGHWAYS])
_MAPPED_NODE, _CUT = ord("n"), ord("c")
_CROSSED_SHARE: Final = 0.75  # as in routing.runs


@dataclass(frozen=True, slots=True)
class Tally:
    """What a way sums to: metres and counts."""

    length_m: float
    no_sidewalk_m: float
    blocks_m: float
    unlit_m: float
    unsignalled: int
    level_crossings: int
    steps: int
    closed: int  # reported blockages on it


@dataclass(frozen=True, slots=True)
class Told:
    """A way ready to become a route."""

    points_e7: I64  # [p, 2]
    stretches: tuple[Stretch, ...]
    metres: tuple[float, ...]  # of each stretch
    sums: "Tally"

    @property
    def points(self) -> tuple[Point, ...]:
        """(lat, lon), degrees."""
        degrees = self.points_e7 / 1e7
        return tuple(zip(degrees[:, 0].tolist(), degrees[:, 1].tolist(), strict=True))


def told(on: "WalkingMap", found: Found, crossings: "Crossings", closed: F64) -> Told:
    """Points of the way, and its stretches over them.

    `closed` [L]: where along a link somebody reported it closed, else nan.
    """
    c = on.columns
    points, rows, metres, sums = _walked(
        found.links, found.forward.view(np.uint8), found.start.share, found.end.share, on.metres_per_e7,
        on.crossing_origin, closed, c.shape_first, c.shape_lat_e7, c.shape_lon_e7, c.link_length_m,
        c.link_kind, c.link_name, c.link_side, c.link_tactile, c.link_covered, c.link_crossing,
        c.link_climb, c.link_handrail, c.link_way, c.link_flags, c.link_incline_pct, c.link_width_dm,
        c.link_steps, c.link_lit, c.link_surface, c.link_crossing_share, c.link_rails_share,
        c.link_flight_share, c.crossing_signals, c.crossing_road,
    )  # fmt: skip
    drawn = [
        (row, length) for row, length in zip(rows.tolist(), metres.tolist(), strict=True) if row[1] > row[0]
    ]
    return Told(
        points,
        tuple([_stretch(on, row, crossings) for row, _ in drawn]),
        tuple([length for _, length in drawn]),
        _tally(sums),
    )


@compiled
def _walked(
    links: I32, forward: U8, start_share: float, end_share: float, metres_per_e7: F64,
    origin: U8, closed: F64, shape_first: I32, shape_lat_e7: I32, shape_lon_e7: I32, length_m: F32,
    kind: U8, name: I32, side: U8, tactile: U8, covered: U8, crossing: I32,
    climb: U8, handrail: U8, way: I64, flags: U16, incline: I8, width_dm: U8,
    steps: I16, lit: U8, surface: U8, crossing_share: F32, rails_share: F32,
    flight_share: F32, signals: U8, road: U8,
) -> tuple[I64, I64, F64, F64]:  # fmt: skip
    """(points, a row a run, metres of each run, sums): one call, because each call has its price."""
    share = trail.shares(links, forward, start_share, end_share)
    metres = trail.lengths(links, share, length_m)
    points, last = trail.line(links, share, shape_first, shape_lat_e7, shape_lon_e7, metres_per_e7)
    character = runs.characters(
        links, forward, kind, name, side, tactile, covered, crossing, climb, handrail, way, flags, incline
    )
    crossed, at_node = _crossed(links, share, crossing, crossing_share, origin)
    first, like = runs.runs(character, metres, crossed, at_node)
    rows = _rows(
        links, first, like, last, character, crossing, width_dm, steps, incline, lit, surface, way, forward,
        name, side, tactile, covered, handrail,
    )  # fmt: skip
    lengths = np.zeros(len(first), dtype=np.float64)
    for run in range(len(first)):
        end = first[run + 1] if run + 1 < len(first) else len(links)
        for i in range(first[run], end):
            lengths[run] += metres[i]
    sums = _sums(
        links, share, metres, kind, tactile, lit, crossing, crossing_share, rails_share, flight_share,
        flags, signals, road, closed,
    )  # fmt: skip
    return points, rows, lengths, sums


@compiled
def _crossed(
    links: I32, share: F64, link_crossing: I32, link_crossing_share: F32, origin: U8
) -> tuple[F64, U8]:
    """Of each link [k]: its share of its crossing as walked; whether that is a node of the road or a cut."""
    part = np.zeros(len(links), dtype=np.float64)
    at_node = np.zeros(len(links), dtype=np.uint8)
    for i in range(len(links)):
        part[i] = abs(share[i, 1] - share[i, 0]) * link_crossing_share[links[i]]
        if link_crossing[links[i]] >= 0:
            how = origin[link_crossing[links[i]]]
            at_node[i] = how in (_MAPPED_NODE, _CUT)
    return part, at_node


@compiled
def _rows(
    links: I32,
    first: I64,
    like: I64,
    last_point: I64,
    character: I64,
    crossing: I32,
    width_dm: U8,
    steps: I16,
    incline: I8,
    lit: U8,
    surface: U8,
    way: I64,
    forward: U8,
    name: I32,
    side: U8,
    tactile: U8,
    covered: U8,
    handrail: U8,
) -> I64:
    """One row a run: what `_stretch` reads, in that order."""
    rows = np.zeros((len(first), 17), dtype=np.int64)
    for run in range(len(first)):
        begin = first[run]
        end = first[run + 1] if run + 1 < len(first) else len(links)
        link, row, chars = links[like[run]], rows[run], character[like[run]]
        narrowest, dark, loose = 0, 0, 0
        for i in range(begin, end):
            width = width_dm[links[i]]
            if width and (narrowest == 0 or width < narrowest):
                narrowest = width
            if lit[links[i]] == _NO or (dark == 0 and lit[links[i]] == _YES):
                dark = lit[links[i]]
            if surface[links[i]] == _UNPAVED or loose == 0:
                loose = surface[links[i]]
        row[0] = last_point[begin - 1] if begin else 0
        row[1] = last_point[end - 1]
        for column in range(runs.WIDTH):
            row[2 + column] = chars[column]
        row[2 + runs.NAME] = name[link]
        row[2 + runs.SIDE] = runs.turned(side[link], forward[like[run]])
        row[2 + runs.TACTILE], row[2 + runs.COVERED] = tactile[link], covered[link]
        row[2 + runs.HANDRAIL] = handrail[link]
        row[2 + runs.CROSSING] = crossing[link]
        row[2 + runs.WAY] = way[link]
        percent = incline[link]
        row[2 + runs.SLOPE] = percent if percent == INCLINE_UNKNOWN or forward[like[run]] else -percent
        row[13], row[14], row[15], row[16] = narrowest, steps[link], dark, loose
    return rows


def _stretch(on: "WalkingMap", row: list[int], crossings: "Crossings") -> Stretch:
    (first, last, kind, name, side, tactile, covered, crossing, climb, rail, way, flags, percent, width,
     steps, lit, loose) = row  # fmt: skip
    climbs = kind == _STEPS
    crosses = kind == _CROSSING
    return Stretch(
        first=first,
        last=last,
        kind=KINDS[kind],
        name=None if name < 0 or crosses or kind == _RAILS else on.name(name),
        side=_SIDE[side],
        tactile=KNOWN[tactile],
        covered=KNOWN[covered],
        crossing=crossings.of(crossing) if crosses and crossing >= 0 else None,
        steps=steps or None if climbs else None,
        steps_direction=UP_DOWN[climb] if climbs else "unknown",
        handrail=KNOWN[rail],
        width_m=width / 10.0 if width else None,
        osm_id=f"way/{way}" if way else None,
        incline_pct=None if percent == INCLINE_UNKNOWN else percent,
        lit=KNOWN[lit],
        unpaved=_LOOSE[loose],
        moving=flags & CONVEYING > 0,
        gap=flags & TIE > 0,
    )


_SIDE: Final = ("unknown", "left", "right", "unknown")
_LOOSE: Final = ("unknown", "no", "yes")


class Crossings:
    """A map's crossings at one hour, as routes carry them; each made once."""

    def __init__(self, on: "WalkingMap", sounding: U8) -> None:
        self._on = on
        self._sounding = sounding
        self._made: dict[int, Crossing] = {}

    def of(self, index: int) -> Crossing:
        """What is known of a crossing for one who comes there at this hour."""
        made = self._made.get(index)
        if made is None:
            made = self._made[index] = self._make(index)
        return made

    def _make(self, index: int) -> Crossing:
        columns, on = self._on.columns, self._on
        lanes, street = int(columns.crossing_lanes[index]), int(columns.crossing_street[index])
        return Crossing(
            signals=KNOWN[columns.crossing_signals[index]],
            sound=KNOWN[self._sounding[index]],
            sound_hours=on.text(int(columns.crossing_hours[index])),
            button=KNOWN[columns.crossing_button[index]],
            marked=KNOWN[columns.crossing_marked[index]],
            tactile=KNOWN[columns.crossing_tactile[index]],
            island=KNOWN[columns.crossing_island[index]],
            kerb=KERBS[columns.crossing_kerb[index]],
            street=on.name(street) if street >= 0 else None,
            lanes=lanes or None,
            osm_id=on.text(int(columns.crossing_osm[index])),
            scramble=KNOWN[columns.crossing_scramble[index]],
            escort=KNOWN[columns.crossing_escort[index]],
            vibration=KNOWN[columns.crossing_vibration[index]],
            mapped=int(self._on.crossing_origin[index]) != _CUT,
        )


def tally(on: "WalkingMap", found: Found, closed: F64) -> Tally:
    """What the way sums to; `closed` as for `told`."""
    c = on.columns
    return _tally(
        _summed(
            found.links, found.forward.view(np.uint8), found.start.share, found.end.share,
            c.link_length_m, c.link_kind, c.link_tactile, c.link_lit, c.link_crossing,
            c.link_crossing_share, c.link_rails_share, c.link_flight_share, c.link_flags,
            c.crossing_signals, c.crossing_road, closed,
        )
    )  # fmt: skip


def _tally(sums: F64) -> Tally:
    length, no_sidewalk, blocks, unlit, *counts = sums.tolist()
    return Tally(length, no_sidewalk, blocks, unlit, *[round(count) for count in counts])


@compiled
def _summed(
    links: I32, forward: U8, start_share: float, end_share: float, length_m: F32, kind: U8, tactile: U8,
    lit: U8, crossing: I32, crossing_share: F32, rails_share: F32, flight_share: F32, flags: U16,
    signals: U8, road: U8, closed: F64,
) -> F64:  # fmt: skip
    share = trail.shares(links, forward, start_share, end_share)
    metres = trail.lengths(links, share, length_m)
    return _sums(
        links, share, metres, kind, tactile, lit, crossing, crossing_share, rails_share, flight_share,
        flags, signals, road, closed,
    )  # fmt: skip


@compiled
def _sums(
    links: I32, share: F64, metres: F64, kind: U8, tactile: U8, lit: U8, crossing: I32,
    crossing_share: F32, rails_share: F32, flight_share: F32, flags: U16, signals: U8, road: U8,
    closed: F64,
) -> F64:  # fmt: skip
    sums = np.zeros(8, dtype=np.float64)
    crossed, before = 0.0, -1
    rails, flights, was_closed = 0.0, 0.0, False
    for i in range(len(links)):
        link, part = links[i], abs(share[i, 1] - share[i, 0])
        sums[0] += metres[i]
        sums[1] += metres[i] if kind[link] == _ROAD else 0.0
        sums[2] += metres[i] if tactile[link] == _YES else 0.0
        sums[3] += metres[i] if lit[link] == _NO else 0.0
        if crossing[link] != before:
            crossed = 0.0
        before = crossing[link]
        if before >= 0 and signals[before] != _YES and _LARGER[road[before]]:
            was = crossed
            crossed += part * crossing_share[link]
            # Half of a crossing alone is a turn into the road there.
            sums[4] += 1.0 if was < _CROSSED_SHARE <= crossed else 0.0
        rails += part * rails_share[link]
        flights += 0.0 if flags[link] & CONVEYING else part * flight_share[link]
        low, high = min(share[i, 0], share[i, 1]), max(share[i, 0], share[i, 1])
        is_closed = low < high and low <= closed[link] <= high
        sums[7] += 1.0 if is_closed and not was_closed else 0.0
        was_closed = is_closed
    sums[5], sums[6] = rails, flights
    return sums
