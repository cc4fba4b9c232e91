"""Whether the machine's clock is kept right, as the kernel says (adjtimex, which changes nothing here)."""

import ctypes
import functools
import struct
from dataclasses import dataclass
from typing import Final

_TIME_ERROR: Final = 5  # adjtimex(2): the kernel's clock is not synchronised
# struct timex of 64-bit Linux: modes (0: only read), offset, freq, maxerror, esterror in microseconds.
_TIMEX: Final = struct.Struct("@I4xqqqq")
_SIZE: Final = 512  # more than the whole struct


@dataclass(frozen=True, slots=True)
class ClockKept:
    """`by_ntp` None: the system does not say. `error_s`: as far as it may be off, where it is kept."""

    by_ntp: bool | None
    error_s: float | None = None


def clock_kept() -> ClockKept:
    """As it is now."""
    state = ctypes.create_string_buffer(_SIZE)
    try:
        answer: int = _libc().adjtimex(state)
    except (OSError, AttributeError):
        return ClockKept(None)
    if answer == -1:
        return ClockKept(None)
    if answer == _TIME_ERROR:
        return ClockKept(by_ntp=False)
    return ClockKept(by_ntp=True, error_s=_TIMEX.unpack_from(state.raw)[3] / 1e6)


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None)
