"""What the camera saw, as announcements. Pure: the memory is a value that is passed in and out.

Each thing is told when its row's evidence is first met and again only when it got worse. What was
offered but never delivered is offered again: pass the arbiter's outcomes to `settle`.
"""

import math
from dataclasses import dataclass, field, replace
from enum import IntEnum

from device.announcements import AlertKind, Announcement
from device.arbiter import Settled
from device.blocks import BlocksState, from_paving, unheard
from device.policy import POLICY, severity
from device.producers import announcement, camera_poor, from_health
from vision.families import WALKING, WHEELED, alike
from vision.faults import BLIND
from vision.types import Hazard, Motion, ObjectClass, Scene

# A track that is lost and found under a new number is the same thing if it is about where it was.
SAME_THING_S = 3.0
SAME_THING_M = 1.5  # or one sigma of its distance: of what hangs, only its size tells how far it is
SAME_THING_DEG = 15.0
SAME_PLACE_M = 0.6  # across the way: about a body's width
DETAIL_M, DETAIL_S = 1.0, 2.5  # nearer or sooner than that, a distance is of no more use

# Told by rows of their own: no cane and no block tells of them in time.
_OWN_ROWS = {
    ObjectClass.PLATFORM_EDGE: AlertKind.EDGE_AHEAD,
    ObjectClass.STAIRS: AlertKind.STAIRS_AHEAD,
    ObjectClass.OVERHEAD: AlertKind.OVERHEAD_AHEAD,
}
_MOVING = frozenset({Motion.APPROACHING, Motion.CROSSING})
_STAYS = frozenset({Motion.STANDING, Motion.OVERTAKEN})  # how far it is will still be so when it was said


class Stage(IntEnum):
    """How far the telling of one thing has come."""

    UNTOLD = 0
    TOLD = 1
    WORSE = 2
    STOP = 3


@dataclass(frozen=True, slots=True)
class Memory:
    """A thing that was told: how far, and where it was last seen."""

    hazard: Hazard
    stage: Stage
    seen_s: float
    heard: bool = False  # a sentence about it was heard to its end
    detailed: bool = False  # and the rest was offered


@dataclass(frozen=True, slots=True)
class SceneState:
    """What `from_scene` remembers. The default is the beginning."""

    told: tuple[Memory, ...] = ()
    # About to be touched by the last scene: one frame alone is no reason to stop a walker beside traffic.
    touching: frozenset[int] = frozenset()
    blocks: BlocksState = field(default_factory=BlocksState)
    fault_told: str | None = None


def from_scene(state: SceneState, scene: Scene, now_s: float) -> tuple[SceneState, tuple[Announcement, ...]]:
    """What this scene adds to what was told, nearest in time first."""
    state, faults = _from_fault(state, scene, now_s)
    if not scene.looked:
        return state, faults
    state, hazards = _from_hazards(state, scene, now_s)
    blocks, paving = from_paving(state.blocks, scene.paving, now_s)
    return replace(state, blocks=blocks), (*faults, *hazards, *paving)


def settle(state: SceneState, outcomes: tuple[Settled, ...]) -> SceneState:
    """Take back the telling of what was never heard whole: it is offered again while it is true."""
    for settled in outcomes:
        subject, kind, outcome = settled.announcement.params, settled.announcement.kind, settled.outcome
        lost = outcome in ("expired", "preempted", "failed")
        if not isinstance(subject, Hazard):
            state = replace(state, blocks=unheard(state.blocks, settled.announcement)) if lost else state
        elif kind is AlertKind.OBSTACLE_DETAIL:
            continue  # the rest of a warning is not worth a second try
        elif outcome == "spoken":
            state = _heard(state, subject.track_id)
        elif lost:
            state = _unheard(state, subject.track_id, _stage_of(settled.announcement))
    return state


def _heard(state: SceneState, track_id: int) -> SceneState:
    told = (replace(old, heard=True) if old.hazard.track_id == track_id else old for old in state.told)
    return replace(state, told=tuple(told))


def _unheard(state: SceneState, track_id: int, stage: Stage) -> SceneState:
    """One stage back, unless it was told further since: then that telling has taken its place."""
    told = (
        replace(old, stage=Stage(stage - 1)) if (old.hazard.track_id, old.stage) == (track_id, stage) else old
        for old in state.told
    )
    return replace(state, told=tuple(old for old in told if old.stage > Stage.UNTOLD))


def _stage_of(told: Announcement) -> Stage:
    if told.kind is AlertKind.STOP_NOW:
        return Stage.STOP
    return Stage.WORSE if severity(told) else Stage.TOLD


# --- things in the way


def _from_hazards(
    state: SceneState, scene: Scene, now_s: float
) -> tuple[SceneState, tuple[Announcement, ...]]:
    told = [old for old in state.told if now_s - old.seen_s <= SAME_THING_S]
    out: list[Announcement] = []
    seen = {hazard.track_id for hazard in scene.hazards}
    touching = set[int]()
    for hazard in sorted(scene.hazards, key=_nearest_in_time):
        before = _recall(told, hazard, seen, now_s)
        known = Stage.UNTOLD if before is None else before.stage
        kind = _kind(hazard)
        stage = _stage(hazard, kind)
        if stage is Stage.STOP:
            touching.add(hazard.track_id)
            stage = stage if hazard.track_id in state.touching else known
        detailed = before is not None and before.detailed
        if kind is not None and stage > known:
            kind = AlertKind.STOP_NOW if stage is Stage.STOP else kind
            out.append(announcement(kind, f"obstacle/{hazard.track_id}", hazard, now_s))
        elif before is not None and before.heard and not detailed and _has_detail(hazard):
            out.append(announcement(AlertKind.OBSTACLE_DETAIL, f"obstacle/{hazard.track_id}", hazard, now_s))
            detailed = True
        # What was told of another that is still followed stays: of it that was told, too.
        if before is not None and before.hazard.track_id not in seen - {hazard.track_id}:
            told.remove(before)
        if max(stage, known) > Stage.UNTOLD:
            heard = before is not None and before.heard
            told.append(Memory(hazard, max(stage, known), now_s, heard, detailed))
    return replace(state, told=tuple(told), touching=frozenset(touching)), tuple(out)


def _has_detail(hazard: Hazard) -> bool:
    """Whether there is time for the rest, and it will still be so when it has been said."""
    if hazard.motion not in _STAYS or hazard.distance_m < DETAIL_M:
        return False
    if not _met(AlertKind.OBSTACLE_DETAIL, hazard):
        return False
    return hazard.ttc_s is None or hazard.ttc_s > DETAIL_S


def _nearest_in_time(hazard: Hazard) -> tuple[float, float, int]:
    return (math.inf if hazard.ttc_s is None else hazard.ttc_s, hazard.distance_m, hazard.track_id)


def _recall(told: list[Memory], hazard: Hazard, seen: set[int], now_s: float) -> Memory | None:
    """What was told of this thing, maybe under another number."""
    for old in told:
        if old.hazard.track_id == hazard.track_id:
            return old
    for old in told:
        if old.hazard.track_id not in seen and _same_thing(old, hazard, now_s):
            return old
    for old in told:
        if old.hazard.track_id in seen and _same_place(old.hazard, hazard):
            return old
    return None


def _same_thing(old: Memory, new: Hazard, now_s: float) -> bool:
    """Whether `new` is about where `old`, which is not seen any more, should be by now."""
    was, unseen_s = old.hazard, now_s - old.seen_s
    left_m = was.distance_m if was.ttc_s is None else was.distance_m * max(1.0 - unseen_s / was.ttc_s, 0.0)
    return (
        alike(was.cls, new.cls)
        and abs(left_m - new.distance_m) <= max(SAME_THING_M, was.distance_sigma_m)
        and abs(was.bearing_deg - new.bearing_deg) <= SAME_THING_DEG
    )


def _same_place(old: Hazard, new: Hazard) -> bool:
    """Whether two that are both followed stand so near each other that one word is of both."""
    was_m, is_m = (each.distance_m * math.sin(math.radians(each.bearing_deg)) for each in (old, new))
    return (
        alike(old.cls, new.cls)
        and abs(old.distance_m - new.distance_m) <= SAME_THING_M
        and abs(was_m - is_m) <= SAME_PLACE_M
    )


def _kind(hazard: Hazard) -> AlertKind | None:
    """Which row tells it; None: not worth a word."""
    if hazard.cls in _OWN_ROWS:
        return _OWN_ROWS[hazard.cls]
    closing = hazard.ttc_s is not None
    if hazard.motion in _MOVING and hazard.cls in WHEELED:
        # Traffic that passes in front of a kerb does not close in; told, it would never stop.
        return AlertKind.VEHICLE_APPROACHING if closing else None
    if hazard.motion in _MOVING and hazard.cls in WALKING:
        return AlertKind.PERSON_APPROACHING if closing else None
    along = hazard.motion is Motion.OVERTAKEN or (hazard.cls in WALKING and hazard.motion is Motion.UNKNOWN)
    if along and not closing:
        return None  # somebody walking ahead at the same pace
    return AlertKind.OBSTACLE_ON_PAVING if hazard.on_paving else AlertKind.OBSTACLE_AHEAD


def _stage(hazard: Hazard, kind: AlertKind | None) -> Stage:
    if kind is None:
        return Stage.UNTOLD
    stop = POLICY[AlertKind.STOP_NOW].evidence
    # People who walk towards a white cane step aside; a stop for each would wear the word out. What is about
    # to be touched needs no more than a stop does: stairs ask a higher chance than it, to be told from afar.
    if kind is not AlertKind.PERSON_APPROACHING and stop is not None and stop.met(hazard):
        return Stage.STOP
    if not _met(kind, hazard):
        return Stage.UNTOLD
    escalation = POLICY[kind].escalation
    return Stage.WORSE if escalation is not None and escalation.evidence.met(hazard) else Stage.TOLD


def _met(kind: AlertKind, hazard: Hazard) -> bool:
    row = POLICY[kind]
    return any(enough is not None and enough.met(hazard) for enough in (row.evidence, row.last_call))


# --- pictures that tell nothing


def _from_fault(state: SceneState, scene: Scene, now_s: float) -> tuple[SceneState, tuple[Announcement, ...]]:
    """At once: `vision.faults` has waited until it is sure, both of a fault and of its end."""
    before, fault = state.fault_told, scene.fault
    state = replace(state, fault_told=fault)
    if fault is None:
        return state, () if before is None else from_health("camera", True, now_s)
    if fault not in BLIND:
        return state, () if before == fault else camera_poor(fault, now_s)
    if before in BLIND:
        return state, ()  # no warnings, whatever the reason by now
    # What was known of things and blocks is stale after such a fault: they are told anew.
    return SceneState(fault_told=fault), from_health("camera", False, now_s, fault)
