"""gpsd-py3 made fit to be relied on: the one module that touches it.

The library keeps its connection in module globals, so a process has one connection at most. It sets
no timeout, and makes 0 out of what gpsd did not tell: position 0,0, course north, error none. So it
gets sockets with a timeout from us, and what it reads is kept as gpsd wrote it.
"""

import contextlib
import json
import math
import socket
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, TextIO

import gpsd

from device import accuracy
from device.errors import PositionError
from wire.position import Fix

# gpsd's TPV status: 5 dead reckoning, 7 surveyed in, 8 simulated. None is a measured position.
_UNMEASURED: Final = frozenset({5, 7, 8})
# gpsd halves and halves again its error where a correction service is used (libgpsd_core.c: 15 m to 3.75 m).
_FLOOR_M: Final = accuracy.LEAST_IN_A_STREET_M

_only_one = threading.Lock()

# 1980-01-06, and 2080-01-01, from where NMEA's two digits of the year mean 1980.
_GPS_BEGAN_UTC_S: Final = 315_964_800.0
_TWO_DIGITS_END_UTC_S: Final = 3_471_292_800.0
# GST comes some sentences after the position. Its sigmas change slowly: the last epoch's will do.
_SIGMA_AGE_S: Final = 2.5
# A receiver without a position still tells so, once in four seconds where it saves power.
_SILENT_S: Final = 6.0

Packet = Mapping[str, object]
Sigmas = Mapping[object, tuple[float, float]]  # device -> (UTC second, 68 % radius in metres)


class _TimedSockets:
    """Stands where the library looks for the socket module: its sockets must not wait for ever."""

    AF_INET = socket.AF_INET
    SOCK_STREAM = socket.SOCK_STREAM

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s

    def socket(self, family: int, kind: int) -> socket.socket:
        made = socket.socket(family, kind)
        made.settimeout(self._timeout_s)
        return made


class _Remembering:
    """The library's stream, and the last line that was read from it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.line = ""

    def write(self, text: str) -> int:
        return self._stream.write(text)

    def flush(self) -> None:
        self._stream.flush()

    def readline(self) -> str:
        self.line = self._stream.readline()
        return self.line

    def close(self) -> None:
        self._stream.close()


class GpsdClient:
    """One connection to gpsd at a time; a second client in the process is a `PositionError`."""

    def __init__(self, host: str, port: int, timeout_s: float) -> None:
        self._address = (host, port)
        self._timeout_s = timeout_s
        if not _only_one.acquire(blocking=False):
            raise PositionError("gpsd is in use by this process already; close the other source first")
        self._held = True
        self._sigmas: Sigmas = {}
        self._trouble = ""

    @property
    def trouble(self) -> str:
        """Why the newest answer held no position, in a line; "" where it held one."""
        return self._trouble

    def connect(self) -> None:
        """Connect and greet. `PositionError` within a few timeouts."""
        self.disconnect()
        gpsd.socket = _TimedSockets(self._timeout_s)
        try:
            gpsd.connect(*self._address)
        except Exception as error:  # noqa: BLE001  # the library raises Exception itself
            self.disconnect()
            raise PositionError(self._why(error)) from None
        gpsd.gpsd_stream = _Remembering(gpsd.gpsd_stream)

    def poll(self) -> Fix | None:
        """The newest fix that gpsd knows, None where it has none; the same fix until there is a newer.

        `PositionError` where gpsd does not answer.
        """
        stream = gpsd.gpsd_stream
        try:
            # Where no receiver is active (UserWarning) or a part of the report is missing (LookupError)
            # the library gives up; the report itself may still tell.
            with contextlib.suppress(UserWarning, LookupError, TypeError):
                gpsd.get_current()
            packet = json.loads(stream.line)
        except Exception as error:  # noqa: BLE001  # the library raises Exception itself
            raise PositionError(self._why(error)) from None
        self._sigmas = read_sigmas(packet, self._sigmas)
        fix = read_report(packet, self._sigmas)
        self._trouble = "" if fix is not None else read_trouble(packet, self._devices(stream))
        return fix

    def _devices(self, stream: TextIO) -> object:
        """The DEVICES report."""
        try:
            stream.write("?DEVICES;\n")
            stream.flush()
            return json.loads(stream.readline())
        except (OSError, ValueError) as error:
            raise PositionError(self._why(error)) from None

    def disconnect(self) -> None:
        """End the connection, if there is one."""
        for end in (gpsd.gpsd_stream, gpsd.gpsd_socket):
            if end is not None:
                with contextlib.suppress(OSError):
                    end.close()
        gpsd.gpsd_stream = gpsd.gpsd_socket = None

    def close(self) -> None:
        """End the connection and let another client be made; safe to call twice."""
        if self._held:
            self.disconnect()
            self._held = False
            _only_one.release()

    def _why(self, error: Exception) -> str:
        where = f"gpsd at {self._address[0]}:{self._address[1]}"
        if isinstance(error, TimeoutError):
            return f"{where} does not answer; is it stopped? Start it anew"
        if isinstance(error, OSError):
            return f"{where} cannot be reached ({error.strerror or error}); is gpsd running?"
        if isinstance(error, ValueError):
            return f"{where} ended the connection; is gpsd running?"
        return f"{where} said something unexpected ({' '.join(str(error).split())}); is it gpsd 3?"


def read_sigmas(packet: object, before: Sigmas) -> Sigmas:
    """`before`, and what a POLL report tells newly of each receiver's own error (GST)."""
    told: dict[object, tuple[float, float]] = dict(before)
    for gst in _objects(packet, "gst"):
        utc_s, north_m, east_m = _time(gst), _positive(gst, "lat"), _positive(gst, "lon")
        if utc_s is not None and north_m is not None and east_m is not None:
            told[gst.get("device")] = (utc_s, accuracy.from_sigmas(east_m, north_m))
    return told


def read_report(packet: object, sigmas: Sigmas) -> Fix | None:
    """The newest measured position in a POLL report; None where it holds none, whatever it holds."""
    fixes = [
        fix
        for tpv in _objects(packet, "tpv")
        if (fix := _fix(tpv, sigmas, _objects(packet, "sky"))) is not None
    ]
    return max(fixes, key=lambda fix: fix.utc_s, default=None)


def read_trouble(packet: object, devices: object) -> str:
    """What a POLL report without a position says of the receiver, in a line; `devices`: the DEVICES of then.

    gpsd may keep what a receiver told last, long after its cable was pulled: when data last came tells them
    apart. Both times are of gpsd's own clock.
    """
    if not _objects(packet, "tpv") or _silent(packet, devices):
        return "gpsd hears no receiver; is it plugged in?"
    return "the receiver has no position; does it see the sky?"


def _silent(packet: object, devices: object) -> bool:
    """Whether no receiver has told anything for a while."""
    if not isinstance(packet, dict) or not isinstance(devices, dict) or devices.get("class") != "DEVICES":
        return False
    now_s = _time(packet)
    heard_s = [_time(one, "activated") for one in _objects(devices, "devices")]
    return now_s is not None and all(one_s is None or now_s - one_s > _SILENT_S for one_s in heard_s)


def _fix(tpv: Packet, sigmas: Sigmas, skies: Sequence[Packet]) -> Fix | None:
    lat, lon, utc_s = _number(tpv, "lat"), _number(tpv, "lon"), _time(tpv)
    mode, status = tpv.get("mode"), tpv.get("status")
    if not isinstance(mode, int) or mode < 2 or status in _UNMEASURED:
        return None
    if lat is None or lon is None or utc_s is None or abs(lat) > 90.0 or abs(lon) > 180.0:
        return None
    if max(abs(lat), abs(lon)) < 1e-6:
        return None  # a default that hides a fault, not a place to walk
    speed_mps, course_deg = _number(tpv, "speed"), _number(tpv, "track")
    return Fix(
        utc_s=utc_s,
        lat=lat,
        lon=lon,
        accuracy_m=round(_accuracy_m(tpv, utc_s, sigmas, skies), 3),
        speed_mps=None if speed_mps is None else max(speed_mps, 0.0),
        course_deg=None if course_deg is None or speed_mps == 0.0 else course_deg % 360.0,
        source="gpsd",
    )


def _accuracy_m(tpv: Packet, utc_s: float, sigmas: Sigmas, skies: Sequence[Packet]) -> float:
    """The receiver's own sigmas where it tells them, else gpsd's 95 % errors, else the geometry."""
    told_utc_s, own_m = sigmas.get(tpv.get("device"), (-math.inf, 0.0))
    if abs(utc_s - told_utc_s) <= _SIGMA_AGE_S:
        return own_m
    east_m, north_m, radius_m = (_positive(tpv, name) for name in ("epx", "epy", "eph"))
    if east_m is not None and north_m is not None:
        return max(accuracy.from_axes_95(east_m, north_m), _FLOOR_M)
    if radius_m is not None:
        return max(accuracy.from_radius_95(radius_m), _FLOOR_M)
    hdops = [_positive(sky, "hdop") for sky in skies if sky.get("device") == tpv.get("device")]
    return max(accuracy.from_hdop(hdops[-1] if hdops else None), _FLOOR_M)


def _objects(packet: object, name: str) -> list[Packet]:
    found = packet.get(name) if isinstance(packet, dict) else None
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _number(packet: Packet, name: str) -> float | None:
    value = packet.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return float(value)


def _positive(packet: Packet, name: str) -> float | None:
    value = _number(packet, name)
    return value if value is not None and value > 0.0 else None


def _time(packet: Packet, name: str = "time") -> float | None:
    """UTC seconds, where they can be a receiver's: before its first fix its clock may say anything."""
    text = packet.get(name)
    try:
        utc_s = datetime.fromisoformat(text).timestamp() if isinstance(text, str) else math.nan
    except (ValueError, OverflowError):
        return None
    return utc_s if _GPS_BEGAN_UTC_S <= utc_s < _TWO_DIGITS_END_UTC_S else None
