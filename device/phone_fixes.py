"""The phone's own position and compass, as the phone part passes them on (`glasses:`)."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from device import accuracy
from device.errors import ConfigError
from device.fix_health import Freshness, SourceHealth
from device.nmea import as_written
from device.parts.channel import Line
from device.parts.messages import FROM_PHONE, TO_PHONE, FromPhone, PhoneFix, PhoneState, ToPhone, Watch
from device.ports import Clock
from wire.position import Fix

# A reading from further ahead, or as old as this, is not of now.
_OLD_S: Final = 4.0
_AHEAD_S: Final = 0.5


class PhoneFixes:
    """A `PositionSource` and a compass, at the phone part's door. Never blocks; no thread."""

    def __init__(self, door: Path, clock: Clock) -> None:
        self._clock = clock
        self._line: Line[FromPhone, ToPhone] = Line(door, FROM_PHONE, TO_PHONE, self._watch)
        self._fresh = Freshness()
        self._state: PhoneState | None = None
        self._compass: tuple[float, float] | None = None

    def _watch(self) -> None:
        self._line.send(Watch("fixes"))

    def poll(self) -> tuple[Fix, ...]:
        """The fixes that came since the last call, oldest first; none that was 4 s on its way."""
        now_s = self._clock.now_s()
        fixes: list[Fix] = []
        for message in self._line.poll():
            if isinstance(message, PhoneState):
                self._state = message
            elif isinstance(message, PhoneFix) and -_AHEAD_S <= now_s - message.t_s <= _OLD_S:
                if message.heading_deg is not None:
                    self._compass = (message.t_s, message.heading_deg)
                if message.fix is not None:
                    fixes.append(_honest(message.fix))
        if fixes:
            self._fresh.arrived(now_s)
        return tuple(fixes)

    def compass(self) -> tuple[float, float] | None:
        """The newest heading and when it was felt: (monotonic second, degrees from true north)."""
        return self._compass

    def health(self) -> SourceHealth:
        """How the source is now; never blocks."""
        now_s = self._clock.now_s()
        if not self._line.connected:
            return self._fresh.broken(now_s, "the part that talks to the phone is not there")
        if self._state is not None and not self._state.connected:
            return self._fresh.broken(now_s, "no phone is connected; open the page and pair it")
        return self._fresh.judge(now_s)

    def filenos(self) -> tuple[int, ...]:
        """To wait for with `select`."""
        return self._line.filenos()

    def close(self) -> None:
        """End the connection; safe to call twice."""
        self._line.close()


def _honest(fix: Fix) -> Fix:
    return as_written(replace(fix, accuracy_m=accuracy.from_browser(fix.accuracy_m)), "phone")


def needs_phone(door: Path | None) -> Path:
    """`door`, or `ConfigError` where there is no phone part to be asked."""
    if door is None:
        raise ConfigError('position "glasses:" needs camera.source = "glasses:PORT"')
    return door
