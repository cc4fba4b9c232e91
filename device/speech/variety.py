"""The values that an announcement of each type of params may have, as far as they change its words. Pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import product
from typing import Any, Final, get_args

from device.announcements import Fault, Params, PartsLost, TripInfo
from device.facts import AheadNow, Chosen, Code, Count, Goal, Item, MenuNow, Pressed, Ready, WhereNow
from device.senses import PlanFailure
from device.standing_words import faults_told
from routing.cues import Cue
from vision.types import (
    THINGS,
    Bend,
    Branch,
    Dots,
    Drift,
    End,
    Hazard,
    Motion,
    ObjectClass,
    PavingSight,
    Quality,
)
from wire.trip import Part

# The camera tells of nothing beyond. A cue of the route is mostly of the next hundred metres, in fives.
_NEAR_M: Final = (0.5, *(float(metres) for metres in range(1, 13)))
_ALONG_M: Final = (2.0, *(float(metres) for metres in (*range(5, 100, 5), 100, 120, 150, 200, 250, 300)))
_SIGMAS: Final = (0.05, 0.2, 0.5)  # of the distance: plain, about, around
_SCORES: Final = (0.9, 0.5, 0.3)  # named, likely, something
_BEARINGS: Final = (-75.0, -45.0, -28.0, -12.0, 0.0, 12.0, 28.0, 45.0, 75.0)
_TURNS: Final = (-150.0, -90.0, -45.0, 0.0, 45.0, 90.0, 150.0)
_MENU: Final = 8  # lines; a longer one is for the voice
_SOS_S: Final = 10
_PARTS: Final[tuple[Part, ...]] = get_args(Part)


def hazards(classes: tuple[ObjectClass, ...] = THINGS) -> Iterator[Hazard]:
    """Each thing at each side; each distance of one of them: the two are phrases of their own."""
    for cls, score, bearing, ttc_s in product(classes, _SCORES, _BEARINGS, (None, 0.5)):
        yield _hazard(cls, score=score, bearing_deg=bearing, ttc_s=ttc_s)
    for metres, sigma, free, ttc_s in product(_NEAR_M, _SIGMAS, (None, "left", "right"), (None, 0.5)):
        spread = sigma * max(1.0, metres)
        yield _hazard(classes[0], distance_m=metres, distance_sigma_m=spread, free_side=free, ttc_s=ttc_s)
    yield from (_hazard(classes[0], motion=motion) for motion in Motion)


def _hazard(cls: ObjectClass, **values: Any) -> Hazard:  # noqa: ANN401 - fields of Hazard
    return replace(Hazard(1, cls, 0.9, 4.0, 0.2, 0.0, False, None, Motion.UNKNOWN, None), **values)


def _faults(_: Params) -> Iterator[Params]:
    """Each part with each reason that any part gives: what a part does not give falls on the common words."""
    reasons = sorted({reason for _, _, reason in faults_told()} | {"ended", "stalled", "gave_up"})
    for part, reason in product(_PARTS, reasons):
        for still in ("", "warnings", "guidance"):
            yield Fault(part, reason, still)


def _lost(_: Params) -> Iterator[Params]:
    for one, other in product(_PARTS, repeat=2):
        yield PartsLost((Fault(one), Fault(other)))


def _sights(_: Params) -> Iterator[Params]:
    seen = PavingSight(True, 0.0, 0.0, quality=Quality.KNOWN, seen_m=5.0, heading_deg=0.0, followed=True)
    yield seen
    for metres, sigma in product(_NEAR_M, _SIGMAS):
        at = (1, metres, sigma * max(1.0, metres))
        yield replace(seen, dots=Dots(*at, False), end=End(*at, True), branch=Branch(*at, "left", True))
    near = (1, 3.0, 0.1)
    for side, goes_on, sure in product(("left", "right", "both"), (False, True), (False, True)):
        yield replace(seen, branch=Branch(*near, side, goes_on, sure), dots=Dots(*near, True))
    for sign in (-1.0, 1.0):
        yield replace(seen, bend=Bend(*near, 30.0 * sign), drift=Drift(1, 0.6 * sign, 0.08, 0.2))
    yield replace(seen, end=End(*near, False))


def _cues(cue: Params) -> Iterator[Params]:
    """A route's cue without names, at the distances and sides it may have."""
    assert isinstance(cue, Cue)  # noqa: S101 - by the table below
    crossing = replace(cue.crossing, street=None) if cue.crossing is not None else None
    bare = replace(cue, name=None, crossing=crossing)
    yield bare
    if cue.distance_m is not None:
        yield from (replace(bare, distance_m=metres) for metres in _ALONG_M)
    if cue.length_m is not None:
        yield from (replace(bare, length_m=metres) for metres in _ALONG_M)
    for side in ("left", "right") if cue.side is not None else ():
        for turn in _TURNS:
            yield replace(bare, side=side, turn_deg=turn, relative_deg=turn)


def _trips(_: Params) -> Iterator[Params]:
    yield from (TripInfo(*each) for each in product((False, True), repeat=3))


def _ready(_: Params) -> Iterator[Params]:
    for located in (False, True):
        yield Ready((), located)
        yield from (Ready((part,), located) for part in _PARTS)
    yield from (Ready(each) for each in product(_PARTS, repeat=2))


def _presses(_: Params) -> Iterator[Params]:
    yield from (Pressed(button, touch) for button, touch in product((1, 2, 3), ("", "almost")))


def _where(_: Params) -> Iterator[Params]:
    yield from (WhereNow(False, age) for age in (None, 10.0, 30.0, 60.0, 120.0, 300.0))
    yield from (WhereNow(True, 0.0, float(metres)) for metres in range(5, 55, 5))
    yield WhereNow(True, 0.0, 5.0, looking=True)


def _ahead(_: Params) -> Iterator[Params]:
    for located, on_route in product((False, True), repeat=2):
        yield AheadNow(True, located, on_route, camera="sees")
    yield AheadNow(True, True, camera="lost")
    yield AheadNow(True, True, camera="none")
    for more, blocks in product(range(4), (False, True)):
        thing = _hazard(ObjectClass.POLE)
        yield AheadNow(False, True, camera="sees", hazards=(thing,), more=more, blocks=blocks)


def _menu(_: Params) -> Iterator[Params]:
    yield from (MenuNow(item, 1, 1, opened=True) for item in Item)
    yield from (MenuNow(Item.BACK, at, count) for count in range(1, _MENU + 1) for at in range(1, count + 1))


def _chosen(_: Params) -> Iterator[Params]:
    changes = (Item.LOUDER, Item.SOFTER, Item.FASTER, Item.SLOWER, Item.QUIET, Item.NORMAL, Item.DETAILED)
    for item, limit in product(changes, (False, True)):
        yield Chosen(item, limit=limit)
    yield from (Chosen(Item.FASTER, tenths / 10.0) for tenths in range(5, 21))


def _goals(_: Params) -> Iterator[Params]:
    yield from (Goal(failure=failure) for failure in ("", *get_args(PlanFailure)))


def _codes(_: Params) -> Iterator[Params]:
    digits = "0123456789"
    yield from (Code(digits[at:] + digits[:at]) for at in range(len(digits)))


def _counts(_: Params) -> Iterator[Params]:
    yield from (Count(left, server) for left, server in product(range(_SOS_S + 1), (False, True)))


# By the type of an announcement's params; of a type that is not here its example has to do.
VARIETY: Final[Mapping[type, Callable[[Params], Iterator[Params]]]] = {
    Hazard: lambda _: hazards(),
    Fault: _faults,
    PartsLost: _lost,
    PavingSight: _sights,
    Cue: _cues,
    TripInfo: _trips,
    Ready: _ready,
    Pressed: _presses,
    WhereNow: _where,
    AheadNow: _ahead,
    MenuNow: _menu,
    Chosen: _chosen,
    Goal: _goals,
    Code: _codes,
    Count: _counts,
}
