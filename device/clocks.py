"""Clocks: the only place of the companion that asks the machine for the time."""

import time


class SystemClock:
    """The machine's own time, for `device.ports.Clock`."""

    def now_s(self) -> float:
        """Monotonic seconds; the origin means nothing."""
        return time.monotonic()

    def utc_s(self) -> float:
        """UTC seconds since 1970, as the machine believes."""
        return time.time()  # noqa: TID251  # this is the Clock port itself


class VirtualClock:
    """Time that moves only when told to, so that a walk runs faster than life and the same each time.

    `now_s` starts at 0; `utc_s` is `start_utc_s` plus `now_s`.
    """

    def __init__(self, start_utc_s: float) -> None:
        self._start_utc_s = start_utc_s
        self._now_s = 0.0

    def now_s(self) -> float:
        """Seconds since the start."""
        return self._now_s

    def utc_s(self) -> float:
        """UTC seconds since 1970 of the walk that is told."""
        return self._start_utc_s + self._now_s

    def advance_to(self, now_s: float) -> None:
        """Set `now_s`. Time never goes back: `ValueError`."""
        if now_s < self._now_s:
            raise ValueError(f"a clock does not go back: {now_s:.3f} s is before {self._now_s:.3f} s")
        self._now_s = now_s
