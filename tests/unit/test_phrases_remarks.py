"""Slopes, gaps, branching blocks and corners without a name, found in a route's own data."""

import pytest

from routing import remarks
from routing.actions import Span
from routing.corners import Corner
from routing.cues import CueKind, Mark
from wire.route import Crossing, Known, Stretch, StretchKind


def _span(
    from_m: float,
    to_m: float,
    kind: StretchKind = StretchKind.SIDEWALK,
    *,
    incline: int | None = None,
    tactile: Known = "unknown",
    gap: bool = False,
    moving: bool = False,
    crossing: Crossing | None = None,
) -> Span:
    stretch = Stretch(
        first=0,
        last=1,
        kind=kind,
        incline_pct=incline,
        tactile=tactile,
        gap=gap,
        moving=moving,
        crossing=crossing,
    )
    return Span(from_m, to_m, stretch)


def test_a_slope_of_several_stretches_is_told_once_with_its_steepest_part() -> None:
    spans = (_span(0, 50), _span(50, 70, incline=7), _span(70, 100, incline=11), _span(100, 120, incline=3))
    ((at_m, lead_m, what),) = remarks.slopes(spans)
    assert (at_m, lead_m) == (50, remarks.SLOPE_LEAD_M)
    assert (what.kind, what.key, what.at_m) == (CueKind.SLOPE_AHEAD, "slope/0", 50)
    assert (what.incline_pct, what.length_m) == (11, 50)


def test_up_and_down_are_two_slopes() -> None:
    spans = (_span(0, 20, incline=8), _span(20, 40, incline=-8))
    assert [what.incline_pct for _, _, what in remarks.slopes(spans)] == [8, -8]


@pytest.mark.parametrize(
    "span",
    [
        _span(0, 50, incline=5),
        _span(0, 50, incline=None),
        _span(0, 8, incline=9),
        _span(0, 50, StretchKind.STEPS, incline=40),
    ],
)
def test_what_is_no_slope(span: Span) -> None:
    assert remarks.slopes((span,)) == []


def test_gaps_of_the_map() -> None:
    ((at_m, _, what),) = remarks.gaps((_span(0, 30), _span(30, 36, gap=True), _span(36, 90)))
    assert (at_m, what.kind, what.length_m) == (30, CueKind.MAP_GAP, 6)


@pytest.mark.parametrize(("turn", "side"), [(26.0, "right"), (-26.0, "left")])
def test_a_slant_of_the_blocks_is_told_with_its_side(turn: float, side: str) -> None:
    spans = (_span(0, 40, tactile="yes"), _span(40, 90, tactile="yes"))
    ((at_m, _, what),) = remarks.branches(spans, (Corner(40, 40, turn),))
    assert (at_m, what.kind, what.side) == (40, CueKind.PAVING_BRANCH, side)


@pytest.mark.parametrize(
    ("spans", "turn"),
    [
        ((_span(0, 40, tactile="yes"), _span(40, 90, tactile="yes")), 80.0),  # a turn has its own words
        ((_span(0, 40, tactile="yes"), _span(40, 90, tactile="yes")), 15.0),
        ((_span(0, 40, tactile="yes"), _span(40, 90)), 26.0),
        ((_span(0, 90, tactile="yes"),), 26.0),  # a bend of one way
    ],
)
def test_no_branch(spans: tuple[Span, ...], turn: float) -> None:
    assert remarks.branches(spans, (Corner(40, 40, turn),)) == []


_PLAIN, _BLOCKS, _NONE = _span(0, 40), _span(0, 40, tactile="yes"), _span(0, 40, tactile="no")
_SIGNAL = _span(0, 10, StretchKind.CROSSING, crossing=Crossing(signals="yes"))
_OTHER = _span(0, 10, StretchKind.CROSSING, crossing=Crossing())


@pytest.mark.parametrize(
    ("before", "after", "behind", "crossed", "mark"),
    [
        (_PLAIN, _PLAIN, None, None, None),
        (_BLOCKS, _BLOCKS, None, None, Mark.BLOCKS_TURN),
        (_BLOCKS, _NONE, None, None, Mark.BLOCKS_LEFT),
        (_BLOCKS, _PLAIN, None, None, None),  # not known is not none
        (_PLAIN, _BLOCKS, None, None, None),  # that blocks begin is told by itself
        (_PLAIN, _PLAIN, None, _SIGNAL, Mark.AFTER_SIGNAL),
        (_PLAIN, _PLAIN, None, _OTHER, Mark.AFTER_CROSSING),
        (_PLAIN, _PLAIN, _SIGNAL, None, None),  # "once across"
        (_PLAIN, _PLAIN, _span(0, 9, StretchKind.STEPS), None, Mark.AFTER_STEPS),
        (_PLAIN, _PLAIN, _span(0, 9, StretchKind.STEPS, moving=True), None, Mark.AFTER_ESCALATOR),
        (_BLOCKS, _BLOCKS, _span(0, 9, StretchKind.LEVEL_CROSSING), None, Mark.AFTER_RAILS),
        (_PLAIN, _PLAIN, _span(0, 9, StretchKind.UNDERPASS), None, Mark.AFTER_UNDERPASS),
        (_PLAIN, _PLAIN, _span(0, 9, StretchKind.BRIDGE), None, Mark.AFTER_BRIDGE),
    ],
)
def test_what_is_felt_at_a_corner(
    before: Span, after: Span, behind: Span | None, crossed: Span | None, mark: Mark | None
) -> None:
    assert remarks.corner_mark(before, after, behind, crossed) is mark
