"""Where the guide blocks lead, over time: frames in, a `PavingSight` out. Pure: the memory is a value.

Each thing ahead has to be seen for a while, at a place that stays on the ground while one walks towards it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from statistics import median

from vision.camera import Box, Camera
from vision.paving import PavingLine
from vision.paving_ahead import AheadSeen, ArmSeen, look_ahead
from vision.paving_drift import DriftState, drifted
from vision.paving_places import LONGEST_STEP_S, Estimate, Followed, Moment, estimate, followed, whole_sigma_m
from vision.paving_straight import straighten
from vision.types import Bend, Branch, Detections, Dots, End, PavingSight, Quality

SIGHT_AHEAD_M = 3.0  # guidance speaks of the line there: the best lead for a warning
KNOWN_S, LOST_S, LEAST_SEEN_M = 0.5, 1.0, 0.8
# For how long, on balance, each has to be seen. Dots are seen as such, an arm is a shape that a frayed mask
# may have, an end is something that is not seen.
DOTS_S, NARROW_DOTS_S, ROW_S, ARM_S, END_S, BEND_S = 0.3, 0.8, 0.6, 0.7, 1.0, 0.8
STRAIGHT_ON = PavingLine(0.0, 0.0, 0.0, 0.5, 6.0, 0.15)
WALKED_M, NEARING_MPS, END_MISFIT_M = 0.7, (0.35, 1.9), 0.2
SURE_END_S, SURE_END_M = 1.4, 3.5
WIDE_M = 0.68  # wider than the plate of 2 x 2 blocks at a corner
SEEMS, SURE = -0.5, -0.75  # what leads away without bars may be a row of dots
OPEN = 0.3  # below, on balance, it is not known whether the line goes on beyond an arm
LONE_ROW_M = 1.1  # as wide as a stair: less, with no strip that leads there, is a cover or a shadow
SAME_PLACE_M = 0.8  # two arms that leave so near each other leave at one place
BEND_DEG, STILL_BEND_DEG, BEND_WINDOW_S = 22.0, 12.0, 1.2


class Sort(StrEnum):
    """What is followed as a place on the ground."""

    DOTS = "dots"
    END = "end"
    LEFT = "left"  # an arm to that side
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Bending:
    """A line that turns: (second, degrees, metres ahead) of late, and for how long on balance."""

    number: int
    looks: tuple[tuple[float, float, float], ...]
    evidence_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Course:
    """What `course` remembers. The default is the beginning. `numbers`: how many places had one."""

    t_s: float | None = None
    known: bool = False
    balance_s: float = 0.0
    numbers: int = 0
    places: Mapping[Sort, Followed] = field(default_factory=dict)
    bend: Bending | None = None
    drift: DriftState = field(default_factory=DriftState)


@dataclass(frozen=True, slots=True)
class _View:
    """What following and distances depend on besides what was seen."""

    camera: Camera
    now_s: float
    step_s: float
    own_speed_mps: float | None


def course(
    state: Course,
    line: PavingLine | None,
    camera: Camera,
    detections: Detections,
    hiding: Sequence[Box],
    *,
    blocked: bool = False,
    own_speed_mps: float | None = None,
) -> tuple[Course, PavingSight]:
    """After one more frame. `line`: as seen in this frame; `hiding`: boxes of what stands before the ground.

    `blocked`: something stands on the blocks ahead, so that a wearer who leaves them does so knowingly.
    """
    now_s = detections.t_s
    step_s = 0.0 if state.t_s is None else max(now_s - state.t_s, 0.0)
    view = _View(camera, now_s, step_s, own_speed_mps)
    state = _quality(replace(state, t_s=now_s), line, step_s)
    drift_state, drift = drifted(state.drift, line, now_s, step_s, blocked=blocked)
    state = replace(state, drift=drift_state)
    if line is None and state.known:
        return state, PavingSight(False, quality=Quality.KNOWN)
    if line is None:
        return _without_line(state, detections, hiding, view)
    state = _places(state, _looked(line, camera, detections, hiding), view)
    sight = PavingSight(
        True,
        line.bearing_deg(SIGHT_AHEAD_M),
        line.at(0.0),
        Quality.KNOWN if state.known else Quality.LOST,
        line.far_m - line.near_m,
        drift_state.heading_deg(now_s),
        drift_state.following,
    )
    if not state.known:
        return state, sight
    return state, replace(_ahead(sight, state, view), drift=drift)


def _looked(line: PavingLine, camera: Camera, detections: Detections, hiding: Sequence[Box]) -> AheadSeen:
    return look_ahead(straighten(line, camera, detections.paving, detections.warning, hiding), line)


def _without_line(
    state: Course, detections: Detections, hiding: Sequence[Box], view: _View
) -> tuple[Course, PavingSight]:
    """No strip leads there: a row of dots straight ahead, before stairs or behind a crossing, counts."""
    seen = AheadSeen(0.0, 0.0)
    if detections.warning is not None and detections.warning.any():
        seen = _looked(STRAIGHT_ON, view.camera, detections, hiding)
    row = seen.dots if seen.dots and seen.dots.width_m >= LONE_ROW_M else None
    state = _places(state, AheadSeen(seen.near_m, seen.far_m, row), view)
    return state, PavingSight(False, dots=_dots(state, ROW_S, view))


def _quality(state: Course, line: PavingLine | None, step_s: float) -> Course:
    """Known once seen for a while, lost once not seen for a while."""
    enough = line is not None and line.far_m - line.near_m >= LEAST_SEEN_M
    step_s = min(step_s, LONGEST_STEP_S)
    other = max(0.0, state.balance_s + (step_s if enough != state.known else -step_s))
    if other < (LOST_S if state.known else KNOWN_S):
        return replace(state, balance_s=other)
    if state.known:  # what was ahead is not known any more either
        return Course(state.t_s, numbers=state.numbers, drift=DriftState(number=state.drift.number))
    return replace(state, known=True, balance_s=0.0)


def _places(state: Course, seen: AheadSeen, view: _View) -> Course:
    """Follow each thing; a new one takes the next number."""
    moment = Moment(view.now_s, view.step_s, view.camera, seen.near_m, seen.far_m)
    wide = 0.0 if seen.dots is None else (1.0 if seen.dots.width_m >= WIDE_M else -1.0)
    found = (
        (Sort.DOTS, None if seen.dots is None else seen.dots.distance_m, wide),
        (Sort.END, seen.end_m, 0.0),
        (Sort.LEFT, None if seen.left is None else seen.left.distance_m, _goes(seen, seen.left)),
        (Sort.RIGHT, None if seen.right is None else seen.right.distance_m, _goes(seen, seen.right)),
    )
    places, numbers = {}, state.numbers
    for sort, distance, leaning in found:
        new = followed(state.places.get(sort), distance, moment, numbers + 1, leaning)
        if new is not None:
            places[sort], numbers = new, max(numbers, new.number)
    return _bending(replace(state, places=places, numbers=numbers), seen, view)


def _goes(seen: AheadSeen, arm: ArmSeen | None) -> float:
    """1: the line goes on beyond the arm; -1: it turns into the arm, by its bars; `SEEMS`: by its shape."""
    if arm is None or seen.goes_on is None:
        return 0.0
    return 1.0 if seen.goes_on else (-1.0 if arm.bars else SEEMS)


def _bending(state: Course, seen: AheadSeen, view: _View) -> Course:
    old, now_s = state.bend, view.now_s
    step_s = min(view.step_s, LONGEST_STEP_S)
    turn, where = seen.turn_deg, seen.bend_m
    least = BEND_DEG if old is None or old.evidence_s < BEND_S else STILL_BEND_DEG
    same = old is None or turn is None or turn * old.looks[-1][1] > 0
    if turn is None or where is None or abs(turn) < least or not same:
        if old is None:
            return state
        left = min(old.evidence_s, 2 * BEND_S) - step_s
        return replace(state, bend=replace(old, evidence_s=left) if left >= 0 else None)
    if old is None:
        return replace(
            state, numbers=state.numbers + 1, bend=Bending(state.numbers + 1, ((now_s, turn, where),))
        )
    kept = tuple(look for look in old.looks if now_s - look[0] <= BEND_WINDOW_S)
    return replace(
        state, bend=replace(old, looks=(*kept, (now_s, turn, where)), evidence_s=old.evidence_s + step_s)
    )


# --- what is sure enough to be handed on


@dataclass(frozen=True, slots=True)
class _Reached:
    """A place that was seen for long enough and is not passed."""

    place: Followed
    fit: Estimate
    sigma_m: float

    @property
    def as_told(self) -> tuple[int, float, float]:
        return self.place.number, self.fit.distance_m, self.sigma_m


def _reached(state: Course, sort: Sort, least_s: float, view: _View) -> _Reached | None:
    place = state.places.get(sort)
    if place is None or place.evidence_s < least_s - 1e-6:
        return None
    fit = estimate(place, view.now_s, view.own_speed_mps)
    if fit.distance_m <= 0.0:
        return None
    return _Reached(place, fit, whole_sigma_m(view.camera, fit.distance_m, fit.sigma_m))


def _ahead(sight: PavingSight, state: Course, view: _View) -> PavingSight:
    return replace(
        sight,
        dots=_dots(state, DOTS_S, view),
        branch=_branch(state, view),
        end=_end(state, view),
        bend=_bend(state, view.camera),
    )


def _dots(state: Course, least_s: float, view: _View) -> Dots | None:
    found = _reached(state, Sort.DOTS, least_s, view)
    if found is None:
        return None
    wide = found.place.leaning > 0
    # Dots no wider than the strip may be bars that slant: they have to stay.
    return Dots(*found.as_told, wide) if wide or found.place.evidence_s >= NARROW_DOTS_S else None


def _branch(state: Course, view: _View) -> Branch | None:
    """The nearer arm, with the other if both leave at one place; None while it is open what the line does."""
    left, right = (_reached(state, sort, ARM_S, view) for sort in (Sort.LEFT, Sort.RIGHT))
    found = min((arm for arm in (left, right) if arm), key=lambda arm: arm.fit.distance_m, default=None)
    if found is None or abs(found.place.leaning) < OPEN:
        return None
    side = "left" if found is left else "right"
    if left and right and abs(left.fit.distance_m - right.fit.distance_m) <= SAME_PLACE_M:
        side = "both"
    leaning = found.place.leaning
    return Branch(*found.as_told, side, leaning > 0, leaning > 0 or leaning < SURE)


def _end(state: Course, view: _View) -> End | None:
    """An end that came nearer as one walked. A reach of the model that stays ahead is none."""
    found = _reached(state, Sort.END, END_S, view)
    if found is None:
        return None
    place, rate = found.place, -found.fit.rate_mps
    walked = rate * (place.samples[-1][0] - place.samples[0][0])
    low, high = NEARING_MPS
    if not low <= rate <= high or walked < WALKED_M or found.fit.misfit_m > END_MISFIT_M:
        return None
    sure = place.evidence_s >= SURE_END_S and found.fit.distance_m <= SURE_END_M
    return End(*found.as_told, sure)


def _bend(state: Course, camera: Camera) -> Bend | None:
    bend = state.bend
    if bend is None or bend.evidence_s < BEND_S:
        return None
    turn = median(look[1] for look in bend.looks)
    far = [look[2] for look in bend.looks]
    where = median(far)
    spread = 1.5 * median(abs(d - where) for d in far)
    return Bend(bend.number, where, whole_sigma_m(camera, where, max(spread, 0.5)), turn)
