"""Fixes that are known beforehand, given out as their time comes: replay of logs and recorded runs."""

from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path

from device.errors import PositionError
from device.fix_health import Freshness, SourceHealth
from device.nmea import NmeaParser, as_written
from device.ports import Clock
from wire.position import Fix, Source


class TimedFixes:
    """A `PositionSource` of (second, fix) pairs; seconds count from the clock's time when it is made."""

    def __init__(self, fixes: Iterable[tuple[float, Fix]], clock: Clock) -> None:
        self._waiting = deque(fixes)
        self._clock = clock
        self._start_s = clock.now_s()
        self._fresh = Freshness()

    def poll(self) -> tuple[Fix, ...]:
        """The fixes whose time has come since the last call, oldest first."""
        passed_s = self._clock.now_s() - self._start_s
        due: list[Fix] = []
        while self._waiting and self._waiting[0][0] <= passed_s:
            due.append(self._waiting.popleft()[1])
        if due:
            self._fresh.arrived(self._clock.now_s())
        return tuple(due)

    def health(self) -> SourceHealth:
        """How the source is now: once the log is over there is no position any more."""
        return self._fresh.judge(self._clock.now_s(), "" if self._waiting else "the log of positions is over")

    def close(self) -> None:
        """Forget what has not been given out."""
        self._waiting.clear()


class NmeaFileSource(TimedFixes):
    """A receiver's log, replayed at the pace of its own epoch times; the first fix is due at once."""

    def __init__(self, path: Path, clock: Clock) -> None:
        # As a recording holds them: a replay then decides as guidance did.
        fixes = (as_written(fix, "nmea") for fix in read_fixes(path))
        super().__init__(_paced(fixes), clock)


def read_fixes(path: Path, source: Source = "nmea") -> tuple[Fix, ...]:
    """All fixes of a receiver's log. `PositionError` where it cannot be read or holds none."""
    parser = NmeaParser(source)
    try:
        with path.open("rb") as log:
            fixes = [fix for line in log if (fix := parser.feed(line)) is not None]
    except OSError as error:
        raise PositionError(f"{path}: cannot be read ({error.strerror})") from None
    last = parser.flush()
    if last is not None:
        fixes.append(last)
    if not fixes:
        raise PositionError(f"{path}: holds no position fix; is it an NMEA log with RMC or GGA sentences?")
    return tuple(fixes)


def _paced(fixes: Iterable[Fix]) -> Iterator[tuple[float, Fix]]:
    """Seconds from the first fix. Where a log goes back in time, what follows is due at once."""
    second, before_utc_s = 0.0, None
    for fix in fixes:
        if before_utc_s is not None:
            second += max(fix.utc_s - before_utc_s, 0.0)
        before_utc_s = fix.utc_s
        yield second, fix
