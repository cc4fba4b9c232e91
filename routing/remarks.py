"""What a route's own data says beside its turns: slopes, gaps of the map, corners without a name. Pure.

A remark is `(at_m, lead_m, what)`: metres along the route, how many metres before it is told, and
the cue without a distance. What cannot be known from a route is not said: that a sidewalk ends
where the route leaves it, or that guide blocks end where they may as well run straight on.
"""

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from routing.cues import Cue, CueKind, Mark, Outline
from routing.geo import Polyline
from wire.route import Known, Route, Stretch, StretchKind

if TYPE_CHECKING:
    from routing.actions import Span
    from routing.corners import Corner

Remark = tuple[float, float, Cue]

# From 5 % on the Japanese standard for barrier-free sidewalks asks for a reason; up to that a slope
# is the ground as it is, and OpenStreetMap's figures are guesses to a percent or two.
SLOPE_PCT = 6
_SLOPE_LEAST_M = 10.0  # shorter ones are kerb ramps: the cane is faster than the words
SLOPE_LEAD_M = 10.0
GAP_LEAD_M = 15.0
BRANCH_LEAD_M = 8.0
# From here a bend is a turn, told by its own words (`actions`); up to straight on it is none.
_TURN_DEG, _AHEAD_DEG = 30.0, 22.5
_JOINT_M = 4.0
CROSSED_M = 25.0  # "the first corner behind the crossing": a house and its yard

_BEHIND = {
    StretchKind.STEPS: Mark.AFTER_STEPS,
    StretchKind.LEVEL_CROSSING: Mark.AFTER_RAILS,
    StretchKind.UNDERPASS: Mark.AFTER_UNDERPASS,
    StretchKind.BRIDGE: Mark.AFTER_BRIDGE,
}


def opening(route: Route, along_m: Sequence[float] | None = None) -> Cue:
    """What is said before the start: where to, how far, how long, and the route in figures.

    `along_m`: metres along the route of each point, where they were measured before.
    """
    return Cue(
        CueKind.START,
        "start",
        name=route.destination.name,
        length_m=route.length_m,
        minutes=max(1, math.ceil(route.duration_s / 60.0)),
        caveats=route.caveats,
        lifetime_s=60.0,
        outline=outline(route, along_m),
    )


def outline(route: Route, along_m: Sequence[float] | None = None) -> Outline:
    """Crossings by what is known of their signals, and the share of the way with guide blocks."""
    along = Polyline.through(route.points).along_m if along_m is None else along_m
    signals = [part.crossing.signals for part in route.stretches if part.crossing is not None]
    with_signal, without = signals.count("yes"), signals.count("no")
    return Outline(
        crossings=len(signals),
        signals=with_signal,
        no_signals=without,
        signals_unknown=len(signals) - with_signal - without,
        blocks_share=_share(route, along, "yes"),
        blocks_unknown_share=_share(route, along, "unknown"),
    )


def _share(route: Route, along_m: Sequence[float], tactile: Known) -> float:
    found = [
        along_m[part.last] - along_m[part.first]
        for part in route.stretches
        if part.tactile == tactile and part.crossing is None
    ]
    return min(sum(found) / along_m[-1], 1.0)


def slopes(spans: Iterable["Span"]) -> list[Remark]:
    """Where it becomes steep, up or down; neighbouring stretches of one slope are told once."""
    runs: list[list[Span]] = []
    for span in spans:
        if not _steep(span.stretch):
            continue
        joined = runs and runs[-1][-1].to_m == span.from_m and _up(runs[-1][-1]) == _up(span)
        if joined:
            runs[-1].append(span)
        else:
            runs.append([span])
    long = [run for run in runs if run[-1].to_m - run[0].from_m >= _SLOPE_LEAST_M]
    return [(run[0].from_m, SLOPE_LEAD_M, _slope(f"slope/{index}", run)) for index, run in enumerate(long)]


def _steep(stretch: Stretch) -> bool:
    incline = stretch.incline_pct
    return incline is not None and abs(incline) >= SLOPE_PCT and stretch.kind is not StretchKind.STEPS


def _up(span: "Span") -> bool:
    return (span.stretch.incline_pct or 0) > 0


def _slope(key: str, run: Sequence["Span"]) -> Cue:
    steepest = max((span.stretch.incline_pct or 0 for span in run), key=abs)
    length = run[-1].to_m - run[0].from_m
    return Cue(CueKind.SLOPE_AHEAD, key, at_m=run[0].from_m, incline_pct=steepest, length_m=length)


def gaps(spans: Iterable["Span"]) -> list[Remark]:
    """Where the map's ways do not meet and the plan has gone across."""
    found = [span for span in spans if span.stretch.gap]
    return [
        (
            span.from_m,
            GAP_LEAD_M,
            Cue(CueKind.MAP_GAP, f"map_gap/{index}", at_m=span.from_m, length_m=span.to_m - span.from_m),
        )
        for index, span in enumerate(found)
    ]


def branches(spans: Sequence["Span"], bends: Iterable["Corner"]) -> list[Remark]:
    """Where guide blocks go on at a slant too slight to be told as a turn.

    Two ways with blocks that meet at an angle are where blocks part, and who misses the slant walks
    away from the route along good blocks. Blocks at a real turn are told with it: `corner_mark`.
    """
    slants = [bend for bend in bends if _AHEAD_DEG < abs(bend.turn_deg) < _TURN_DEG]
    found: list[Remark] = []
    for bend in slants:
        joint = any(
            before.stretch.tactile == after.stretch.tactile == "yes"
            and abs(after.from_m - bend.at_m) <= _JOINT_M
            for before, after in pairwise(spans)
        )
        if joint:
            side = "right" if bend.turn_deg > 0.0 else "left"
            key = f"branch/{len(found)}"
            cue = Cue(
                CueKind.PAVING_BRANCH, key, at_m=bend.at_m, side=side, turn_deg=bend.turn_deg, tactile="yes"
            )
            found.append((bend.at_m, BRANCH_LEAD_M, cue))
    return found


def corner_mark(
    before: "Span", after: "Span", behind: "Span | None" = None, crossed: "Span | None" = None
) -> Mark | None:
    """What a walker feels or hears at a corner between `before` and `after`; None: nothing is known.

    `behind`: the crossing, steps, … that end right at the corner. `crossed`: the last crossing before
    it, no more than `CROSSED_M` back. A corner right behind a crossing needs no mark: its cue holds
    the crossing, and its words are "once across".
    """
    if behind is not None:
        if behind.stretch.moving:
            return Mark.AFTER_ESCALATOR
        return _BEHIND.get(behind.stretch.kind)
    if before.stretch.tactile == "yes" and after.stretch.tactile != "unknown":
        # Where nothing is known of the way turned into, blocks may well lead into it.
        return Mark.BLOCKS_TURN if after.stretch.tactile == "yes" else Mark.BLOCKS_LEFT
    if crossed is None or crossed.stretch.crossing is None:
        return None
    return Mark.AFTER_SIGNAL if crossed.stretch.crossing.signals == "yes" else Mark.AFTER_CROSSING
