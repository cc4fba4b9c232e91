"""What the map has beside a line: its streets, sidewalks, crossings and steps, as data. Read only.

For a drawing and for the list beside it; planning needs none of it.
"""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from routing.columns import (
    APART,
    BACKWARD,
    CONVEYING,
    E7,
    F64,
    FORWARD,
    I32,
    KINDS,
    KNOWN,
    TIE,
)
from routing.geo import Local, Point
from routing.nearby import CELL_M, pieces_near
from routing.things import Surroundings, Thing
from wire.route import Crossing, StretchKind

if TYPE_CHECKING:
    from routing.network import WalkingMap

_STEP_M: Final = 10.0  # a long straight piece is looked at so often
_LOOK_EVERY_M: Final = 60.0  # along the line; each look reaches half of it further
_CHUNK: Final = 2_048  # places measured at once: memory stays below some ten megabytes
_NO_SIDEWALK: Final = frozenset({"no", "none"})


def surroundings(
    on: "WalkingMap", line: Sequence[Point], reach_m: float, most: int, beside: Sequence[Point] = ()
) -> Surroundings:
    """Everything within `reach_m` of `line`, or of `beside`; distances are told along `line`."""
    pieces = _pieces(on, (line, beside), reach_m)
    owners, at_m, off_m = _measured(on, pieces, line, beside, reach_m)
    groups: dict[tuple[object, ...], list[int]] = {}
    nearest: dict[int, tuple[float, float]] = {}
    for link, at, off in zip(owners.tolist(), at_m.tolist(), off_m.tolist(), strict=True):
        if link not in nearest:
            groups.setdefault(_character(on, link), []).append(link)
            nearest[link] = (off, at)
        nearest[link] = min(nearest[link], (off, at))
    found = [_thing(on, links, min(nearest[link] for link in links)) for links in groups.values()]
    found.sort(key=lambda thing: (thing.off_m, thing.number))
    return Surroundings(tuple(found[:most]), max(len(found) - most, 0))


def _pieces(on: "WalkingMap", lines: Sequence[Sequence[Point]], reach_m: float) -> I32:
    """The pieces that may come within reach: those in the cells beside the lines."""
    grid, found = on.grid, [np.empty(0, np.int32)]
    for line in lines:
        for lat, lon in _stations(line):
            plane = Local.around((lat, lon))
            reach = reach_m + _LOOK_EVERY_M / 2.0 + CELL_M
            high, wide = reach / plane.metres_per_lat * E7, reach / plane.metres_per_lon * E7
            found.append(
                pieces_near(grid.box, grid.cell_first, grid.cell_piece, lat * E7, lon * E7, high, wide)
            )
    return np.unique(np.concatenate(found)).astype(np.int32)


def _stations(line: Sequence[Point]) -> list[Point]:
    """Places along the line, none further than `_LOOK_EVERY_M` from the next."""
    found: list[Point] = list(line[:1])
    for there in line[1:]:
        here = found[-1]
        plane = Local.around(here)
        metres = math.hypot(*plane.to_xy(there))
        parts = max(math.ceil(metres / _LOOK_EVERY_M), 1)
        lat, lon = there[0] - here[0], there[1] - here[1]
        found += [(here[0] + lat * k / parts, here[1] + lon * k / parts) for k in range(1, parts)]
        found.append(there)
    return found


def _measured(
    on: "WalkingMap", pieces: I32, line: Sequence[Point], beside: Sequence[Point], reach_m: float
) -> tuple[I32, F64, F64]:
    """(link, at_m, off_m) of every looked-at place on the pieces that is within reach, by link."""
    if not len(pieces) or not line:
        return np.empty(0, np.int32), np.empty(0), np.empty(0)
    plane = Local.around(line[len(line) // 2])
    x, y, piece = _places(on, pieces, plane)
    at_m, off_m = _nearest(x, y, np.array(plane.to_xys(line)))
    near = off_m
    if len(beside):
        near = np.minimum(off_m, _nearest(x, y, np.array(plane.to_xys(beside)))[1])
    inside = np.flatnonzero(near <= reach_m)
    owners = on.grid.point_link[piece[inside]]
    return owners, at_m[inside], off_m[inside]


def _places(on: "WalkingMap", pieces: I32, plane: Local) -> tuple[F64, F64, I32]:
    """Places on the pieces, both ends and every `_STEP_M`: east and north in the plane, and their piece."""
    of = on.columns
    lat_0, lon_0 = plane.origin
    ends = np.stack((pieces, pieces + 1))
    north = (of.shape_lat_e7[ends] / E7 - lat_0) * plane.metres_per_lat
    east = (of.shape_lon_e7[ends] / E7 - lon_0) * plane.metres_per_lon
    dx, dy = east[1] - east[0], north[1] - north[0]
    parts = np.maximum(np.ceil(np.hypot(dx, dy) / _STEP_M), 1).astype(np.int32)
    of_piece = np.repeat(np.arange(len(pieces)), parts + 1)
    first = np.repeat(np.cumsum(parts + 1) - (parts + 1), parts + 1)
    share = (np.arange(len(of_piece)) - first) / np.repeat(parts, parts + 1)
    x, y = east[0][of_piece] + share * dx[of_piece], north[0][of_piece] + share * dy[of_piece]
    return x, y, pieces[of_piece]


def _nearest(x: F64, y: F64, line: F64) -> tuple[F64, F64]:
    """(metres along the line, metres off it) of the line's place nearest to each place."""
    if len(line) < 2:
        return np.zeros(len(x)), np.hypot(x - line[0, 0], y - line[0, 1])
    start, leg = line[:-1], np.diff(line, axis=0)
    length = np.hypot(leg[:, 0], leg[:, 1])
    before = np.concatenate(([0.0], np.cumsum(length)[:-1]))
    at, off = np.empty(len(x)), np.empty(len(x))
    for first in range(0, len(x), _CHUNK):
        part = slice(first, first + _CHUNK)
        rx, ry = x[part, None] - start[:, 0], y[part, None] - start[:, 1]
        share = np.clip((rx * leg[:, 0] + ry * leg[:, 1]) / np.maximum(length**2, 1e-9), 0.0, 1.0)
        apart = np.hypot(rx - share * leg[:, 0], ry - share * leg[:, 1])
        best = np.argmin(apart, axis=1)
        rows = np.arange(len(best))
        off[part] = apart[rows, best]
        at[part] = before[best] + share[rows, best] * length[best]
    return at, off


def _character(on: "WalkingMap", link: int) -> tuple[object, ...]:
    """What the links of one thing have in common: the crossing, or the way and how it is there."""
    of = on.columns
    if of.link_crossing[link] >= 0:
        return ("crossing", int(of.link_crossing[link]))
    way = int(of.link_way[link])
    return (
        way or -link - 1,  # each tie is a thing of its own
        int(of.link_kind[link]),
        int(of.link_name[link]),
        int(of.link_tactile[link]),
        int(of.link_handrail[link]),
        # A way's flights are told one by one: each has its own number of steps.
        link if KINDS[of.link_kind[link]] is StretchKind.STEPS else -1,
    )


def _thing(on: "WalkingMap", links: Sequence[int], nearest: tuple[float, float]) -> Thing:
    of, link = on.columns, links[0]
    flags, crossing, steps = int(of.link_flags[link]), int(of.link_crossing[link]), int(of.link_steps[link])
    # A literal from the codes.
    tactile, handrail = KNOWN[of.link_tactile[link]], KNOWN[of.link_handrail[link]]
    off_m, at_m = nearest
    return Thing(
        number=link,
        kind=KINDS[of.link_kind[link]],
        lines=_lines(on, links),
        at_m=at_m,
        off_m=off_m,
        name=on.name(int(of.link_name[link])),
        tactile=tactile,  # type: ignore[arg-type]
        walked=flags & (FORWARD | BACKWARD) > 0,
        apart=flags & APART > 0,
        sidewalk="no" if _no_sidewalk(on.link_tags(link)) else "unknown",
        gap=flags & TIE > 0,
        steps=steps or None,
        handrail=handrail,  # type: ignore[arg-type]
        moving=flags & CONVEYING > 0,
        crossing=None if crossing < 0 else _crossing(on, crossing),
    )


def _no_sidewalk(tags: Mapping[str, str]) -> bool:
    """That there is none is knowledge; without the tag nothing is known."""
    return not _NO_SIDEWALK.isdisjoint((tags.get("sidewalk"), tags.get("sidewalk:both")))


def _crossing(on: "WalkingMap", number: int) -> Crossing:
    facts = on.crossing_facts(number)
    return Crossing(
        signals=facts.signals,
        sound=facts.sound,
        sound_hours=facts.sound_hours,
        button=facts.button,
        marked=facts.marked,
        tactile=facts.tactile,
        island=facts.island,
        kerb=facts.kerb,
        street=facts.street,
        lanes=facts.lanes,
        osm_id=facts.osm_id,
        scramble=facts.scramble,
        escort=facts.escort,
        vibration=facts.vibration,
        mapped=facts.mapped,
    )


def _lines(on: "WalkingMap", links: Sequence[int]) -> tuple[tuple[Point, ...], ...]:
    """The links' shapes; those that follow each other are one line."""
    of, made = on.columns, list[list[Point]]()
    for link in sorted(links):
        part = slice(int(of.shape_first[link]), int(of.shape_first[link + 1]))
        lats, lons = of.shape_lat_e7[part].tolist(), of.shape_lon_e7[part].tolist()
        line = [(lat / E7, lon / E7) for lat, lon in zip(lats, lons, strict=True)]
        if made and made[-1][-1] == line[0]:
            made[-1] += line[1:]
        else:
            made.append(line)
    return tuple(map(tuple, made))
