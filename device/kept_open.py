"""A position source that is opened again whenever it breaks."""

from collections.abc import Callable
from typing import Final

from device.errors import DeviceError
from device.fix_health import SourceHealth, WatchedSource
from device.phone_fixes import PhoneFixes
from device.ports import Clock
from wire.position import Fix

_FIRST_RETRY_S: Final = 0.5
_LONGEST_RETRY_S: Final = 5.0


class KeptOpen:
    """A source that `make` opens, and opens again, with back-off, whenever it raises. Never raises itself."""

    def __init__(self, make: Callable[[], WatchedSource], clock: Clock) -> None:
        self._make, self._clock = make, clock
        self._source: WatchedSource | None = None
        self._fault = "opening"
        self._due_s = float("-inf")
        self._retry_s = _FIRST_RETRY_S

    def poll(self) -> tuple[Fix, ...]:
        """The fixes that arrived since the last call; none while it cannot be opened."""
        if self._source is None and self._clock.now_s() < self._due_s:
            return ()
        try:
            if self._source is None:
                self._source = self._make()
            fixes = self._source.poll()
        except (DeviceError, OSError) as error:
            self._give_up(str(error))
            return ()
        if fixes:
            self._retry_s = _FIRST_RETRY_S
        return fixes

    def health(self) -> SourceHealth:
        """How the source is; "error", and why, while it cannot be opened."""
        return SourceHealth("error", self._fault, None) if self._source is None else self._source.health()

    def compass(self) -> tuple[float, float] | None:
        """The newest heading of a source that has a compass: (monotonic second, degrees from true north)."""
        return self._source.compass() if isinstance(self._source, PhoneFixes) else None

    def close(self) -> None:
        """Close the source; safe to call twice."""
        source, self._source = self._source, None
        if source is not None:
            source.close()

    def _give_up(self, fault: str) -> None:
        self._fault = fault
        self.close()
        self._due_s = self._clock.now_s() + self._retry_s
        self._retry_s = min(self._retry_s * 2.0, _LONGEST_RETRY_S)
