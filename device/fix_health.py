"""How a position source is: from when fixes arrived, and from what the source says of itself. Pure."""

import statistics
from collections import deque
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from device.ports import PositionSource

# A receiver tells a position once a second. One missed epoch is noise, the second in a row is a fault.
STALE_S: Final = 2.5
# A slower receiver (power saving: once in two or three seconds) is judged by its own pace, up to here.
SLOWEST_S: Final = 4.0
_STALE_INTERVALS: Final = 2.5
_INTERVALS: Final = 9

State = Literal["ok", "warn", "stale", "error"]


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How a source is.

    "ok"; "warn": it answers but can tell no position (no satellites, no receiver, none yet); "stale": the
    position it told is old; "error": it does not answer. `age_s`: since a new fix arrived; None: none yet.
    """

    state: State
    detail: str
    age_s: float | None


class WatchedSource(PositionSource, Protocol):
    """A `PositionSource` that says how it is."""

    def health(self) -> SourceHealth:
        """How the source is now; never blocks."""


class Freshness:
    """When new fixes came, and when the next is overdue. Seconds are monotonic; no clock, no thread."""

    def __init__(self) -> None:
        self._newest_s: float | None = None
        self._intervals: deque[float] = deque(maxlen=_INTERVALS)

    def arrived(self, now_s: float) -> None:
        """A new fix is here."""
        if self._newest_s is not None:
            self._intervals.append(now_s - self._newest_s)
        self._newest_s = now_s

    @property
    def limit_s(self) -> float:
        """Older than this is stale: 2.5 s, or 2.5 of the receiver's own intervals where those are longer."""
        if len(self._intervals) < 3:
            return STALE_S
        return max(STALE_S, _STALE_INTERVALS * min(statistics.median(self._intervals), SLOWEST_S))

    def judge(self, now_s: float, why: str = "") -> SourceHealth:
        """The health of a source that answers; `why`: what it says of itself while it tells no position."""
        age_s = None if self._newest_s is None else now_s - self._newest_s
        if age_s is not None and age_s <= self.limit_s:
            return SourceHealth("ok", "", age_s)
        if age_s is None or why:
            return SourceHealth("warn", why or "no position yet", age_s)
        return SourceHealth("stale", f"no new position for {age_s:.0f} s", age_s)

    def broken(self, now_s: float, fault: str) -> SourceHealth:
        """The health of a source that does not answer."""
        return SourceHealth("error", fault, None if self._newest_s is None else now_s - self._newest_s)
