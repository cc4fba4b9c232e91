"""Whether the wearer, who follows the blocks, is leaving them. Pure: the memory is a value.

A step sways the head by 5 cm to each side and turns it by a degree or two, so one frame tells nothing: asked
is how the line's offset, measured square to it and so untouched by where the head looks, has changed over
more than a step. Somebody who walks around a thing on the blocks leaves them knowingly and is told nothing.
"""

from dataclasses import dataclass, replace
from math import atan, cos, degrees
from statistics import median

from vision.paving import PavingLine
from vision.types import Drift

WINDOW_S, LEAST_S, LEAST_LOOKS = 1.6, 1.1, 6
ON_M, ON_S = 0.45, 2.0  # on the blocks, or beside them with the cane's tip along their edge
OFF_M, OFF_S = 1.0, 1.5  # farther for so long: on a way of one's own, or lost
LEAVING_M, LEAVING_MPS, GAINED_M = 0.55, 0.12, 0.2
AGAINST_DEG = 5.0  # a line that turns this much towards the wearer contradicts the leaving
HELD_S, BLOCKED_S = 0.3, 4.0
FARTHEST_NEAR_M = 2.5  # a line that begins farther ahead tells nothing of the feet
LONGEST_STEP_S = 0.25


@dataclass(frozen=True, slots=True)
class Look:
    """One frame: where the line is, + right of the wearer, and how it heads, + right."""

    t_s: float
    offset_m: float
    heading_deg: float
    sigma_m: float


@dataclass(frozen=True, slots=True)
class DriftState:
    """`following`: on the line for long enough; `balance_s`: evidence for a change of that."""

    looks: tuple[Look, ...] = ()
    following: bool = False
    balance_s: float = 0.0
    leaving_s: float = 0.0
    blocked_s: float = float("-inf")  # when something last stood on the blocks ahead
    number: int = 0
    told: bool = False  # this leaving has its number

    def heading_deg(self, now_s: float) -> float | None:
        """Of the line at the feet, against the camera, over the last second; + right."""
        recent = [look.heading_deg for look in self.looks if now_s - look.t_s <= 1.0]
        return median(recent) if recent else None


def drifted(
    state: DriftState, line: PavingLine | None, now_s: float, step_s: float, *, blocked: bool
) -> tuple[DriftState, Drift | None]:
    """The next state, and the leaving if there is one. `blocked`: something stands on the blocks ahead."""
    step_s = min(step_s, LONGEST_STEP_S)
    if blocked:
        state = replace(state, blocked_s=now_s)
    look = None if line is None else _look(line, now_s)
    kept = tuple(old for old in state.looks if now_s - old.t_s <= WINDOW_S)
    state = replace(state, looks=kept if look is None else (*kept, look))
    if look is None:
        return replace(state, leaving_s=0.0), None
    state = _followed(state, look, step_s)
    rate = _leaving(state, now_s)
    if rate is None:
        return replace(state, leaving_s=max(0.0, state.leaving_s - 2 * step_s)), None
    held = state.leaving_s + step_s
    if held < HELD_S:
        return replace(state, leaving_s=held), None
    number = state.number if state.told else state.number + 1
    state = replace(state, leaving_s=held, number=number, told=True)
    offset = median(old.offset_m for old in state.looks[-3:])
    return state, Drift(number, offset, look.sigma_m, rate)


def _look(line: PavingLine, now_s: float) -> Look | None:
    if line.near_m > FARTHEST_NEAR_M:
        return None
    slope = line.slope(0.0)
    # On a bend the line at the feet is not the straight that leads back from where it is first seen.
    bow = abs(line.c) * line.near_m**2
    square = cos(atan(slope))
    return Look(now_s, line.at(0.0) * square, degrees(atan(slope)), line.sigma_at(0.0) + bow)


def _followed(state: DriftState, look: Look, step_s: float) -> DriftState:
    """Following begins on the blocks and ends far from them, both only when it lasts."""
    off = abs(look.offset_m)
    against = off > OFF_M if state.following else off < ON_M
    balance = max(0.0, state.balance_s + (step_s if against else -step_s))
    if balance >= (OFF_S if state.following else ON_S):
        return replace(state, following=not state.following, balance_s=0.0, told=False)
    # Back on the blocks: the next leaving is another.
    return replace(state, balance_s=balance, told=state.told and off >= ON_M - 0.1)


def _leaving(state: DriftState, now_s: float) -> float | None:
    """The rate, m/s, at which a wearer who followed the line moves away from it; None: he does not."""
    looks = state.looks
    if not state.following or now_s - state.blocked_s < BLOCKED_S or len(looks) < LEAST_LOOKS:
        return None
    span = looks[-1].t_s - looks[0].t_s
    if span < LEAST_S:
        return None
    third = max(len(looks) // 3, 2)
    first = median(look.offset_m for look in looks[:third])
    last = median(look.offset_m for look in looks[-third:])
    side = 1.0 if last > 0 else -1.0
    gained = (last - first) * side
    rate = gained / (span * 2 / 3)
    heading = median(look.heading_deg for look in looks) * side
    unsure = median(look.sigma_m for look in looks)
    if abs(last) < LEAVING_M + unsure or gained < GAINED_M or rate < LEAVING_MPS or heading < -AGAINST_DEG:
        return None
    return rate
