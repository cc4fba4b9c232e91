"""A position URI to its source.

`gpsd://HOST:PORT`, `serial:DEVICE[@BAUD]`, `glasses:`, `nmea:FILE`, `replay:RUN`, `none:`.
"""

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from device.errors import ConfigError
from device.fix_health import SourceHealth, WatchedSource
from device.gpsd_source import GpsdSource
from device.nmea_source import NmeaFileSource, TimedFixes
from device.phone_fixes import PhoneFixes, needs_phone
from device.ports import Clock
from device.runs import RunReader
from device.serial_nmea import SerialNmeaSource
from wire.position import Fix

GPSD_PORT: Final = 2947
_LIVE: Final = ("gpsd:", "serial:", "glasses:")
_KNOWN: Final = "gpsd://HOST:PORT, serial:DEVICE[@BAUD], glasses:, nmea:FILE, replay:RUN or none:"


def is_live(uri: str) -> bool:
    """Whether the source tells where someone is now. Practice maps are refused with such a source."""
    return uri.startswith(_LIVE)


class NoPosition:
    """A `PositionSource` for a walk without one: only what the camera sees is told. It is never "ok"."""

    def poll(self) -> tuple[Fix, ...]:
        """Nothing."""
        return ()

    def health(self) -> SourceHealth:
        """That there is none, on purpose."""
        return SourceHealth("warn", "no position source is configured", None)

    def close(self) -> None:
        """Nothing to free."""


def position_source(uri: str, clock: Clock, phone: Path | None = None) -> WatchedSource:
    """The source that `uri` names. `phone`: the door of the phone part, for `glasses:`.

    `ConfigError` where it names none; `PositionError` or `RecordError` where what it names cannot be read.
    """
    kind, _, rest = uri.partition(":")
    if kind == "gpsd" and rest.startswith("//"):
        return _gpsd(uri, clock)
    if kind == "serial" and rest:
        return _serial(uri, rest, clock)
    if kind == "nmea" and rest:
        return NmeaFileSource(Path(rest), clock)
    if kind == "replay" and rest:
        return TimedFixes(RunReader(Path(rest)).fixes(), clock)
    if uri == "glasses:":
        return PhoneFixes(needs_phone(phone), clock)
    if uri == "none:":
        return NoPosition()
    raise ConfigError(f"position {uri!r} is not known; write {_KNOWN}")


def _gpsd(uri: str, clock: Clock) -> GpsdSource:
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname or "127.0.0.1", parts.port or GPSD_PORT
    except ValueError:
        raise ConfigError(f"position {uri!r}: the port is not a number; write gpsd://HOST:PORT") from None
    return GpsdSource(host, port, clock)


def _serial(uri: str, rest: str, clock: Clock) -> SerialNmeaSource:
    device, at, baud = rest.partition("@")
    if at and not (baud.isascii() and baud.isdigit()):
        raise ConfigError(
            f"position {uri!r}: the speed is not a number; write serial:DEVICE@9600, or no speed"
        )
    return SerialNmeaSource(Path(device), clock, int(baud) if at else None)
