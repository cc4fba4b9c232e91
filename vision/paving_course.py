"""Where the guide blocks lead, over time: frames in, a `PavingSight` out. Pure: the memory is a value.

Each thing ahead has to be seen for a while, at a place that stays on the ground while one walks towards it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from vision.camera import Box, Camera
from vision.paving import PavingLine
from vision.paving_ahead import AheadSeen, ArmSeen, look_ahead
from vision.paving_drift import DriftState, drifted
from vision.paving_places import (
    LONGEST_STEP_S,
    Bending,
    Followed,
    Moment,
    estimate,
    followed,
    gate_m,
    remembered,
    unseen,
)
from vision.paving_straight import straighten
from vision.paving_sure import BEND_S, Ahead, Sort, handed_on
from vision.types import Detections, PavingSight, Quality

SIGHT_AHEAD_M = 3.0  # guidance speaks of the line there: the best lead for a warning
KNOWN_S, LOST_S, LEAST_SEEN_M = 0.5, 1.0, 0.8
NOTHING_SEEN = AheadSeen(0.0, 0.0)
STRAIGHT_ON = PavingLine(0.0, 0.0, 0.0, 0.5, 6.0, 0.15)
WIDE_M = 0.68  # wider than the plate of 2 x 2 blocks at a corner
SEEMS = -0.5  # what leads away without bars may be a row of dots
LONE_ROW_M = 1.1  # as wide as a stair: less, with no strip that leads there, is a cover or a shadow
BEND_DEG, STILL_BEND_DEG, BEND_WINDOW_S = 22.0, 12.0, 1.2


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
    moment = Moment(now_s, step_s, camera, own_speed_mps=own_speed_mps)
    state = _quality(replace(state, t_s=now_s), line, step_s)
    drift_state, drift = drifted(state.drift, line, now_s, step_s, blocked=blocked)
    state = replace(state, drift=drift_state)
    if line is not None:
        state = _places(state, _looked(line, camera, detections, hiding), moment)
    elif state.known:
        state = _unseen(state, moment)
    else:
        state = _lone(state, _lone_row(detections, hiding, camera), moment)
    sight = _sight(state, line, now_s)
    ahead = Ahead(state.places, state.bend, camera, own_speed_mps, known=state.known, lone=line is None)
    sight = handed_on(sight, ahead)
    shown = drift if state.known and line is not None else None
    return _told(state, sight), replace(sight, drift=shown)


def _sight(state: Course, line: PavingLine | None, now_s: float) -> PavingSight:
    """How the line itself is seen."""
    quality = Quality.KNOWN if state.known else Quality.LOST
    if line is None:
        return PavingSight(False, quality=quality)
    return PavingSight(
        True,
        line.bearing_deg(SIGHT_AHEAD_M),
        line.at(0.0),
        quality,
        line.far_m - line.near_m,
        state.drift.heading_deg(now_s),
        state.drift.following,
    )


def _looked(line: PavingLine, camera: Camera, detections: Detections, hiding: Sequence[Box]) -> AheadSeen:
    return look_ahead(straighten(line, camera, detections.paving, detections.warning, hiding), line)


def _lone_row(detections: Detections, hiding: Sequence[Box], camera: Camera) -> AheadSeen:
    """No strip leads there: a row of dots straight ahead, before stairs or behind a crossing, counts."""
    if detections.warning is None or not detections.warning.any():
        return NOTHING_SEEN
    seen = _looked(STRAIGHT_ON, camera, detections, hiding)
    if seen.dots is not None and seen.dots.width_m < LONE_ROW_M:
        return NOTHING_SEEN  # too narrow to be believed, and yet no proof that what was seen there is gone
    return seen


def _told(state: Course, sight: PavingSight) -> Course:
    """Remember which were handed on: these count when the line is lost, too."""
    shown = (sight.dots, sight.branch, sight.end, sight.bend)
    numbers = {place.number for place in shown if place is not None}
    places = {
        sort: replace(place, told=True) if place.number in numbers else place
        for sort, place in state.places.items()
    }
    bend = state.bend
    if bend is not None and bend.number in numbers:
        bend = replace(bend, told=True)
    return replace(state, places=places, bend=bend)


def _quality(state: Course, line: PavingLine | None, step_s: float) -> Course:
    """Known once seen for a while, lost once not seen for a while."""
    enough = line is not None and line.far_m - line.near_m >= LEAST_SEEN_M
    step_s = min(step_s, LONGEST_STEP_S)
    other = max(0.0, state.balance_s + (step_s if enough != state.known else -step_s))
    if other < (LOST_S if state.known else KNOWN_S):
        return replace(state, balance_s=other)
    if not state.known:
        return replace(state, known=True, balance_s=0.0)
    # Of what was ahead only what was told is still known.
    return Course(
        state.t_s,
        numbers=state.numbers,
        places={sort: place for sort, place in state.places.items() if place.told},
        bend=state.bend if state.bend is not None and state.bend.told else None,
        drift=DriftState(number=state.drift.number),
    )


def _unseen(state: Course, moment: Moment) -> Course:
    """A frame that tells nothing of what is ahead."""
    kept = {sort: remembered(place, moment) for sort, place in state.places.items()}
    bend = None if state.bend is None else remembered(state.bend, moment)
    return replace(state, places={sort: place for sort, place in kept.items() if place}, bend=bend)


def _places(state: Course, seen: AheadSeen, moment: Moment) -> Course:
    """Follow each thing; a new one takes the next number."""
    moment = replace(moment, near_m=seen.near_m, far_m=seen.far_m)
    found = (
        (Sort.DOTS, *_dots(state, seen, moment)),
        (Sort.END, seen.end_m, 0.0),
        (Sort.LEFT, None if seen.left is None else seen.left.distance_m, _goes(seen, seen.left)),
        (Sort.RIGHT, None if seen.right is None else seen.right.distance_m, _goes(seen, seen.right)),
    )
    places, numbers = {}, state.numbers
    for sort, distance, leaning in found:
        new = followed(state.places.get(sort), distance, moment, numbers + 1, leaning)
        if new is not None:
            places[sort], numbers = new, max(numbers, new.number)
    return _bending(replace(state, places=places, numbers=numbers), seen, moment)


def _lone(state: Course, seen: AheadSeen, moment: Moment) -> Course:
    """Where no strip is seen a frame tells of dots alone."""
    moment = replace(moment, near_m=seen.near_m, far_m=seen.far_m)
    distance, leaning = _dots(state, seen, moment)
    dots = followed(state.places.get(Sort.DOTS), distance, moment, state.numbers + 1, leaning)
    rest = _unseen(state, moment)
    places = dict(rest.places)
    places.pop(Sort.DOTS, None)
    if dots is not None:
        places[Sort.DOTS] = dots
    numbers = max(state.numbers, 0 if dots is None else dots.number)
    return replace(rest, places=places, numbers=numbers)


def _dots(state: Course, seen: AheadSeen, moment: Moment) -> tuple[float | None, float]:
    """How far this frame shows them, and which way it leans as to how wide they are."""
    if seen.dots is not None:
        return seen.dots.distance_m, 1.0 if seen.dots.width_m >= WIDE_M else -1.0
    old = state.places.get(Sort.DOTS)
    if not seen.dots_under or old is None:
        return None, 0.0
    # They have come to the lower edge of what is in view: so near they are, or nearer.
    old = unseen(old, moment)
    expected = estimate(old).distance_m
    beyond = expected - seen.near_m
    return (seen.near_m if 0.0 <= beyond <= gate_m(old, expected) else None), old.leaning


def _goes(seen: AheadSeen, arm: ArmSeen | None) -> float:
    """1: the line goes on beyond the arm; -1: it turns into the arm, by its bars; `SEEMS`: by its shape."""
    if arm is None or seen.goes_on is None:
        return 0.0
    return 1.0 if seen.goes_on else (-1.0 if arm.bars else SEEMS)


def _bending(state: Course, seen: AheadSeen, moment: Moment) -> Course:
    old, now_s = state.bend, moment.now_s
    step_s = min(moment.step_s, LONGEST_STEP_S)
    turn, where = seen.turn_deg, seen.bend_m
    least = BEND_DEG if old is None or old.evidence_s < BEND_S else STILL_BEND_DEG
    same = old is None or turn is None or turn * old.looks[-1][1] > 0
    if turn is None or where is None or abs(turn) < least or not same:
        if old is None:
            return state
        left = min(old.evidence_s, 2 * BEND_S) - step_s
        missed = replace(unseen(old, moment), evidence_s=left) if left >= 0 else None
        return replace(state, bend=missed)
    if old is None:
        return replace(
            state, numbers=state.numbers + 1, bend=Bending(state.numbers + 1, ((now_s, turn, where),))
        )
    kept = tuple(look for look in old.looks if now_s - look[0] <= BEND_WINDOW_S)
    looks = (*kept, (now_s, turn, where))
    evidence_s = old.evidence_s + step_s
    again = replace(old, looks=looks, evidence_s=evidence_s, walked_m=0.0, doubt_m=0.0)
    return replace(state, bend=again)
