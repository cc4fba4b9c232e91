"""What the camera saw of the guide blocks, as announcements. Pure: the memory is passed in and out."""

from dataclasses import dataclass, replace

from device.announcements import AlertKind, Announcement
from device.policy import POLICY
from device.producers import announcement
from vision.types import PavingSight

LONGEST_STEP_S = 0.5  # between two frames; a longer gap is no evidence of what was in it


@dataclass(frozen=True, slots=True)
class BlocksState:
    """What `from_paving` remembers. The default is the beginning."""

    told: bool = False  # what the wearer believes: the blocks are in sight
    other_s: float = 0.0  # for how long, on balance, it has been otherwise
    seen_s: float | None = None  # when the blocks were last looked for


def from_paving(
    state: BlocksState, sight: PavingSight, now_s: float
) -> tuple[BlocksState, tuple[Announcement, ...]]:
    """What this sight adds to what was told."""
    step_s = 0.0 if state.seen_s is None else min(now_s - state.seen_s, LONGEST_STEP_S)
    state = replace(state, seen_s=now_s)
    if sight.seen == state.told:
        # A frame in which the model misses them must not start the count anew: it runs back instead.
        return replace(state, other_s=max(0.0, state.other_s - 2.0 * step_s)), ()
    kind = AlertKind.PAVING_SIGHTED if sight.seen else AlertKind.PAVING_OUT_OF_SIGHT
    other_s = state.other_s + step_s
    evidence = POLICY[kind].evidence
    if evidence is None or other_s < evidence.held_s - 1e-6:
        return replace(state, other_s=other_s), ()
    state = replace(state, told=sight.seen, other_s=0.0)
    return state, (announcement(kind, "paving", sight, now_s),)
