"""What time it truly is, on a board without a clock of its own, and the time that the log writes. Pure.

A board without a battery-backed clock starts at the time it was last switched off, or in 1970. Satellites
and NTP know better. Nothing here sets the machine's clock: that is the system's business (systemd-timesyncd,
chrony); setting it twice would make both wrong.
"""

import ctypes
import functools
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

WEEK_S: Final = 604_800.0
# GPS counts weeks in ten bits: a receiver that lost count is wrong by a multiple of this (19.6 years).
ERA_S: Final = 1024 * WEEK_S
# 2026-01-01. This program did not run before, so an earlier time is a lost count of weeks, or nonsense.
FLOOR_UTC_S: Final = 1_767_225_600.0

# One epoch a second: a receiver that corrects itself is believed after five seconds.
_SAMPLES: Final = 9
_LEAST: Final = 3
# Sentences of one receiver come 0.1 to 0.6 s after the instant they speak of, more where the machine is busy.
_SPREAD_S: Final = 1.0

_TIME_ERROR: Final = 5  # adjtimex(2): the kernel's clock is not synchronised


def unrolled(utc_s: float) -> float:
    """`utc_s` with lost eras of 1024 weeks put back: the first instant like it that is not before 2026."""
    if utc_s >= FLOOR_UTC_S:
        return utc_s
    eras = -((utc_s - FLOOR_UTC_S) // ERA_S)
    return utc_s + eras * ERA_S


def possible(utc_s: float) -> bool:
    """Whether it can be now: from 2026 until 1024 weeks later."""
    return FLOOR_UTC_S <= utc_s < FLOOR_UTC_S + ERA_S


def agreed(origins: Iterable[float]) -> float | None:
    """What most of them say, at the least delay: the largest with half of all within 1 s below it.

    A time arrives late, never early. So of those who agree the largest is nearest to the truth, and one that
    stands alone, however large, is garbage. None where fewer than three agree.
    """
    ordered = sorted(origins, reverse=True)
    for first, origin in enumerate(ordered):
        near = sum(1 for other in ordered[first:] if origin - other <= _SPREAD_S)
        if near >= max(_LEAST, len(ordered) / 2):
            return origin
    return None


@dataclass(frozen=True, slots=True)
class TrueTime:
    """UTC told by satellites or NTP, held on the monotonic clock: a jump of the machine's does not touch it.

    "Origin": the UTC of monotonic second 0. NTP, while the kernel says that it is synchronised, comes first:
    it is right to milliseconds, a receiver's sentence to half a second, and some count weeks or leap seconds
    wrongly. What satellites said goes on where they are lost (a crystal drifts by 2 s a day).
    """

    heard: tuple[float, ...] = ()
    satellites: float | None = None  # the origin they agree on
    ntp: float | None = None  # the origin NTP says, while it is there
    origin: float | None = None  # what is believed

    def told(self, now_s: float, utc_s: float) -> "TrueTime":
        """A receiver said, just now, that it is `utc_s`. Impossible times are left out."""
        utc_s = unrolled(utc_s)
        if not possible(utc_s):
            return self
        heard = (*self.heard, utc_s - now_s)[-_SAMPLES:]
        satellites = agreed(heard)
        if satellites is None:
            return replace(self, heard=heard)
        origin = satellites if self.ntp is None else self.ntp
        return replace(self, heard=heard, satellites=satellites, origin=origin)

    def synchronised(self, now_s: float, machine_utc_s: float | None) -> "TrueTime":
        """The machine's UTC is right, says NTP; None: it does not say so (any more)."""
        if machine_utc_s is None or not possible(machine_utc_s):
            # Set by hand, or jumped: the kernel takes its word back. What NTP said before stays true.
            return replace(self, ntp=None)
        origin = machine_utc_s - now_s
        return replace(self, ntp=origin, origin=origin)

    def utc_s(self, now_s: float) -> float | None:
        """True UTC at the monotonic second `now_s`; None: nobody knows yet."""
        return None if self.origin is None else self.origin + now_s

    def age_s(self, now_s: float, fix_utc_s: float) -> float:
        """How old a fix is by its receiver's own time, beside its quickest ones; 0 where it is not known."""
        return 0.0 if self.satellites is None else self.satellites + now_s - unrolled(fix_utc_s)


def kernel_is_synchronised() -> bool:
    """Whether NTP keeps the machine's clock just now (adjtimex, which changes nothing here).

    Not the file of systemd-timesyncd: that one stays when the clock is set by hand or jumps; the kernel's own
    mark goes with the jump. So a UTC that was read before asking is right where the answer is yes.
    """
    # struct timex is 208 bytes on 64-bit Linux; its first word, zero, says "only read".
    state = ctypes.create_string_buffer(512)
    try:
        answer: int = _libc().adjtimex(state)
    except (OSError, AttributeError):
        return False  # no such call on this system
    return answer not in (-1, _TIME_ERROR)


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None)


# Less than what a receiver's sentences last on their way (0.9 s at 4800 baud) is no correction.
_TOLERANCE_S: Final = 1.0
# While a stamp waits for the truth to come up to it, it moves on by this share of the time that passes.
_CREEP: Final = 0.001


class LogClock:
    """UTC for log entries, never decreasing while the process lives. Not thread-safe.

    It reads the machine's UTC once, at the start, and goes on by the monotonic clock: that the machine's
    clock is set, or jumps by a day, changes nothing. Only `correct` moves it, by what satellites or NTP say:

    - forward, the stamps jump at once. It is the common case (a board wakes up in the past), and from then
      on they are right.
    - backward, the stamps wait: they creep on by 1 ms a second until the truth has come up to them. Whoever
      sorts by stamp sees the order in which things happened, which matters more than when exactly, because
      a position carries its satellites' time in itself, and outings are counted from positions.

    Entries made before a correction are written and sent already; they are not stamped anew. `corrections`
    tells each correction, to be logged as an entry of its own: whoever reads the log in order of (boot, seq)
    then knows that everything before it, back to the boot or the correction before, is off by so much.
    """

    def __init__(self, now_s: float, machine_utc_s: float) -> None:
        self._origin = machine_utc_s - now_s
        self._told_s, self._told_utc_s = now_s, machine_utc_s
        self._corrections: list[float] = []

    def correct(self, at_s: float, true_utc_s: float) -> None:
        """It is truly `true_utc_s` at the monotonic second `at_s` (`device.parts.messages.Located.utc_s`)."""
        by_s = true_utc_s - at_s - self._origin
        if possible(true_utc_s) and abs(by_s) > _TOLERANCE_S:
            self._origin += by_s
            self._corrections.append(by_s)

    def corrections(self) -> tuple[float, ...]:
        """The corrections since the last call, in seconds; positive: the clock was behind."""
        made, self._corrections = tuple(self._corrections), []
        return made

    def utc_s(self, now_s: float) -> float:
        """UTC seconds since 1970 for an entry made now."""
        passed_s = max(now_s - self._told_s, 0.0)
        waiting_s = self._told_utc_s + passed_s * _CREEP
        self._told_utc_s = max(self._origin + now_s, waiting_s)
        self._told_s = max(now_s, self._told_s)
        return self._told_utc_s
