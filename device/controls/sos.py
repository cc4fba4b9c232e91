"""The call for help: begun by a long press, counted down aloud, cancelled by any press. Pure.

It goes out by itself when the count is over, whether or not the voice works: who cannot press again still
calls. What is told afterwards is what is known: stored here, or with the server.
"""

from dataclasses import dataclass, replace
from typing import Final, Literal

# The first sentence takes 3 s; then five numbers, to think again.
COUNTDOWN_S: Final = 8.0
NUMBERS: Final = 5
# Writing to the disk takes milliseconds: after this long it has failed.
STORED_BY_S: Final = 2.0

Step = Literal["begun", "count", "raise", "cancelled", "stored", "sent", "failed"]


@dataclass(frozen=True, slots=True)
class SosMemory:
    """The memory between steps. `began_s`: a countdown runs; `raised_s`: a call was made."""

    began_s: float | None = None
    counted: int = NUMBERS + 1  # the last number that was told
    raised_s: float | None = None
    stored: bool = False
    sent: bool = False
    failed: bool = False  # and told


@dataclass(frozen=True, slots=True)
class News:
    """What to tell or to do: `number` of a count."""

    step: Step
    number: int = 0


def begin(memory: SosMemory, now_s: float) -> tuple[SosMemory, News | None]:
    """A long press. While a countdown runs it means nothing new."""
    if memory.began_s is not None:
        return memory, None
    return SosMemory(began_s=now_s), News("begun")


def cancel(memory: SosMemory) -> tuple[SosMemory, News | None]:
    """Any press while it counts."""
    return (memory, None) if memory.began_s is None else (SosMemory(), News("cancelled"))


def at(memory: SosMemory, now_s: float) -> tuple[SosMemory, News | None]:
    """Once a step: the next number, or the call itself."""
    if memory.began_s is None:
        return _late(memory, now_s)
    left_s = COUNTDOWN_S - (now_s - memory.began_s)
    if left_s <= 0.0:
        return SosMemory(raised_s=now_s), News("raise")
    number = int(left_s) + 1 if left_s % 1.0 else int(left_s)
    if number > NUMBERS or number >= memory.counted:
        return memory, None
    return replace(memory, counted=number), News("count", number)


def heard(memory: SosMemory, state: Literal["", "stored", "sent"]) -> tuple[SosMemory, News | None]:
    """What became of the newest call; each told once, and "stored" not after "sent"."""
    if memory.raised_s is None or not state or memory.sent or (state == "stored" and memory.stored):
        return memory, None
    if state == "sent":
        return replace(memory, stored=True, sent=True), News("sent")
    return replace(memory, stored=True), News("stored")


def arrived(memory: SosMemory) -> SosMemory:
    """The server itself has told what became of it: that says more than "stored", "sent" or "failed"."""
    return memory if memory.raised_s is None else replace(memory, stored=True, sent=True)


def _late(memory: SosMemory, now_s: float) -> tuple[SosMemory, News | None]:
    waits = memory.raised_s is not None and not (memory.stored or memory.failed)
    if memory.raised_s is None or not waits or now_s - memory.raised_s < STORED_BY_S:
        return memory, None
    return replace(memory, failed=True), News("failed")
