"""A position URI to its source: `gpsd://HOST:PORT`, `nmea:FILE`, `replay:RUN`."""

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from device.errors import ConfigError
from device.gpsd_source import GpsdSource
from device.nmea_source import NmeaFileSource, TimedFixes
from device.ports import Clock, PositionSource
from device.runs import RunReader

GPSD_PORT: Final = 2947


def is_live(uri: str) -> bool:
    """Whether the source tells where someone is now. Practice maps are refused with such a source."""
    return uri.startswith("gpsd:")


def position_source(uri: str, clock: Clock) -> PositionSource:
    """The source that `uri` names.

    `ConfigError` where it names none; `PositionError` or `RecordError` where what it names cannot be read.
    """
    kind, _, rest = uri.partition(":")
    if kind == "gpsd" and rest.startswith("//"):
        return _gpsd(uri, clock)
    if kind == "nmea" and rest:
        return NmeaFileSource(Path(rest), clock)
    if kind == "replay" and rest:
        return TimedFixes(RunReader(Path(rest)).fixes(), clock)
    raise ConfigError(f"position {uri!r} is not known; write gpsd://HOST:PORT, nmea:FILE or replay:RUN")


def _gpsd(uri: str, clock: Clock) -> GpsdSource:
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname or "127.0.0.1", parts.port or GPSD_PORT
    except ValueError:
        raise ConfigError(f"position {uri!r}: the port is not a number; write gpsd://HOST:PORT") from None
    return GpsdSource(host, port, clock)
