"""What the camera saw of the guide blocks, as announcements. Pure: the memory is passed in and out.

Who follows the blocks feels them: told is what the cane meets later, each place once. Of what lies together
one thing is told: an end behind warning blocks goes without saying, a branch is told with the dots there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import inf

from device.announcements import AlertKind, Announcement, blocks_place
from device.policy import POLICY
from device.producers import announcement
from vision.types import Drift, PavingSight, Place, Quality

LONGEST_STEP_S = 0.5  # between two frames; a longer gap is no evidence of what was in it
UNDERFOOT_M = 0.3  # half a block and a shoe: who walks so near the line has them under the feet
BESIDE_M = 0.8  # dots are told to who walks this near the line, though he may not follow it yet
TOGETHER_M = 1.5  # along the line: these are one place
ENDED_S = 20.0  # after it was told that they end, it is no news that they are out of sight
LEAST_BEND_DEG = 25.0
# Nothing is known of them, as when the camera was lost: what was ahead may be passed.
UNSEEN = PavingSight(False)


@dataclass(frozen=True, slots=True)
class BlocksState:
    """What `from_paving` remembers. The default is the beginning.

    `sight`: the newest. `told_of`: the number of the last place that was told, or was covered, by kind.
    `ended_s`: when it was told, or went without saying, that they end.
    """

    told: bool = False  # what the wearer believes: the blocks are in sight
    other_s: float = 0.0  # for how long, on balance, it has been otherwise
    seen_s: float | None = None  # when the blocks were last looked for
    sight: PavingSight = UNSEEN
    told_of: Mapping[AlertKind, int] = field(default_factory=dict)
    ended_s: float = -inf


def from_paving(
    state: BlocksState, sight: PavingSight, now_s: float
) -> tuple[BlocksState, tuple[Announcement, ...]]:
    """What this sight adds to what was told."""
    step_s = 0.0 if state.seen_s is None else min(now_s - state.seen_s, LONGEST_STEP_S)
    state = replace(state, seen_s=now_s, sight=sight)
    state, ahead = _from_course(state, sight, now_s)
    state, in_sight = _from_presence(state, sight, now_s, step_s)
    return state, (*ahead, *in_sight)


def unheard(state: BlocksState, told: Announcement) -> BlocksState:
    """Take back the telling of a place that was never heard: it is offered again while it is ahead."""
    if not isinstance(told.params, PavingSight) or not isinstance(told.kind, AlertKind):
        return state
    place = blocks_place(told.kind, told.params)
    if place is None or state.told_of.get(told.kind) != place.number:
        return state
    return replace(state, told_of={kind: n for kind, n in state.told_of.items() if kind is not told.kind})


def _from_presence(
    state: BlocksState, sight: PavingSight, now_s: float, step_s: float
) -> tuple[BlocksState, tuple[Announcement, ...]]:
    """That they are in sight, or no longer. Blocks that are underfoot are no news: believed in silence."""
    if sight.seen == state.told:
        # A frame in which the model misses them must not start the count anew: it runs back instead.
        return replace(state, other_s=max(0.0, state.other_s - 2.0 * step_s)), ()
    kind = AlertKind.PAVING_SIGHTED if sight.seen else AlertKind.PAVING_OUT_OF_SIGHT
    other_s = state.other_s + step_s
    evidence = POLICY[kind].evidence
    if evidence is None or other_s < evidence.held_s - 1e-6:
        return replace(state, other_s=other_s), ()
    state = replace(state, told=sight.seen, other_s=0.0)
    if _underfoot(sight) or (not sight.seen and now_s - state.ended_s <= ENDED_S):
        return state, ()
    return state, (announcement(kind, "paving", sight, now_s),)


def _underfoot(sight: PavingSight) -> bool:
    """Whether feet and cane know of them already."""
    near = sight.offset_m is not None and abs(sight.offset_m) <= UNDERFOOT_M
    return sight.seen and (sight.followed or near)


# --- what they do ahead


def _from_course(
    state: BlocksState, sight: PavingSight, now_s: float
) -> tuple[BlocksState, tuple[Announcement, ...]]:
    """Each place once, when it is near enough; the nearest word first."""
    told = dict(state.told_of)
    out: list[Announcement] = []
    ended_s = state.ended_s
    for kind, place in _worth_telling(sight):
        if told.get(kind) == place.number:
            continue
        told[kind] = place.number
        ended_s = now_s if kind is AlertKind.BLOCKS_END else ended_s
        if _covered(kind, place, sight):
            continue
        about = _only_together(kind, sight)
        if kind is AlertKind.DOTS_AHEAD and about.branch is not None:
            told[_branch_kind(sight)] = about.branch.number  # said in the same breath
        key = "paving/drift" if isinstance(place, Drift) else f"paving/{place.number}"
        out.append(announcement(kind, key, about, now_s))
    state = replace(state, told_of=told, ended_s=ended_s)
    if out and sight.seen and not state.told:
        state = replace(state, told=True, other_s=0.0)  # that they are in sight goes without saying
    return state, tuple(out)


def _worth_telling(sight: PavingSight) -> Iterator[tuple[AlertKind, Place | Drift]]:
    """What is near enough, for somebody who walks where he does."""
    # Where no line leads, dots are those straight ahead.
    beside = sight.offset_m is None or abs(sight.offset_m) <= BESIDE_M
    if sight.dots is not None and beside and _near(AlertKind.DOTS_AHEAD, sight.dots):
        yield AlertKind.DOTS_AHEAD, sight.dots
    if not sight.followed or sight.quality is not Quality.KNOWN:
        return
    if sight.drift is not None:
        yield AlertKind.BLOCKS_DRIFT, sight.drift
    if not beside:  # from aside a strip is narrow, and the mask frays
        return
    if sight.branch is not None and _near(_branch_kind(sight), sight.branch):
        yield _branch_kind(sight), sight.branch
    if sight.end is not None and _near(AlertKind.BLOCKS_END, sight.end):
        yield AlertKind.BLOCKS_END, sight.end
    bend = sight.bend
    if bend is not None and abs(bend.turn_deg) >= LEAST_BEND_DEG and _near(AlertKind.BLOCKS_BEND, bend):
        yield AlertKind.BLOCKS_BEND, bend


def _branch_kind(sight: PavingSight) -> AlertKind:
    turns = sight.branch is not None and not sight.branch.goes_on
    return AlertKind.BLOCKS_TURN if turns else AlertKind.BLOCKS_BRANCH


def _near(kind: AlertKind, place: Place) -> bool:
    evidence = POLICY[kind].evidence
    return evidence is not None and evidence.within_m is not None and place.distance_m <= evidence.within_m


def _covered(kind: AlertKind, place: Place | Drift, sight: PavingSight) -> bool:
    """Whether what lies there together with it says it already, or is about to."""
    if isinstance(place, Drift):
        return False
    if kind is AlertKind.BLOCKS_END:
        return _together(place, sight.dots) or _together(place, sight.branch)
    if kind is AlertKind.BLOCKS_BEND:
        return _together(place, sight.branch)
    return False


def _together(place: Place, other: Place | None) -> bool:
    return other is not None and abs(place.distance_m - other.distance_m) <= TOGETHER_M


def _only_together(kind: AlertKind, sight: PavingSight) -> PavingSight:
    """Of dots: with the branch that they mark, if the wearer follows the line, and no other."""
    marked = sight.followed and sight.dots is not None and _together(sight.dots, sight.branch)
    return sight if kind is not AlertKind.DOTS_AHEAD or marked else replace(sight, branch=None)
