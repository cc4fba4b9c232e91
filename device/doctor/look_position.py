"""Looks for the position: receivers, satellites and a fix of gpsd, or whether a file or device is there."""

import json
import socket
import time
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from device.doctor.receiver import PositionFacts
from device.gpsd_client import read_report
from device.ports import Clock
from device.positions import position_source

# Speeds are tried one after the other, 1.4 s each.
_SERIAL_S: Final = 8.0
_WATCH: Final = b'?WATCH={"enable":true,"json":true}\n'


def look_at_position(source: str, clock: Clock, seconds: float = 4.0) -> PositionFacts:
    """Wait up to `seconds` for what a receiver tells once a second."""
    kind, _, rest = source.partition(":")
    if kind == "gpsd":
        parts = urlsplit(source)
        return _gpsd(source, parts.hostname or "127.0.0.1", parts.port or 2947, clock, seconds)
    if kind == "serial":
        return _serial(source, clock)
    if kind in ("nmea", "replay"):
        return PositionFacts(source, Path(rest).exists(), "ありません / not there", live=False)
    return PositionFacts(source, True, fix=False)


def _serial(source: str, clock: Clock) -> PositionFacts:
    """Through the device's own reader, which also finds the speed out."""
    receiver = position_source(source, clock)
    until_s = clock.now_s() + _SERIAL_S
    try:
        while clock.now_s() < until_s:
            for fix in receiver.poll():
                return PositionFacts(source, True, receivers=1, fix=True, accuracy_m=fix.accuracy_m)
            time.sleep(0.1)
        health = receiver.health()
    finally:
        receiver.close()
    return PositionFacts(source, health.state != "error", health.detail, receivers=1)


def _gpsd(source: str, host: str, port: int, clock: Clock, seconds: float) -> PositionFacts:
    try:
        with socket.create_connection((host, port), timeout=2.0) as line:
            line.sendall(_WATCH)
            told = _reports(line, clock, clock.now_s() + seconds)
    except OSError as error:
        return PositionFacts(source, False, error.strerror or str(error) or type(error).__name__)
    if not told:
        return PositionFacts(source, False, "何も答えません / says nothing")
    return _facts(source, told)


def _reports(line: socket.socket, clock: Clock, until_s: float) -> list[dict[str, object]]:
    """What it says until the time is over, or a fix and its satellites have come."""
    told: list[dict[str, object]] = []
    waiting = b""
    while (left_s := until_s - clock.now_s()) > 0:
        line.settimeout(left_s)
        try:
            data = line.recv(1 << 16)
        except TimeoutError:
            break
        if not data:
            break
        *whole, waiting = (waiting + data).split(b"\n")
        told += [report for text in whole if (report := _object(text)) is not None]
        if _facts("", told).accuracy_m is not None and _last(told, "SKY"):
            break
    return told


def _object(text: bytes) -> dict[str, object] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _last(told: list[dict[str, object]], kind: str) -> list[dict[str, object]]:
    return [report for report in told if report.get("class") == kind][-1:]


def _facts(source: str, told: list[dict[str, object]]) -> PositionFacts:
    devices = [report.get("devices") for report in _last(told, "DEVICES")]
    receivers = len(devices[0]) if devices and isinstance(devices[0], list) else None
    sky = next(iter(_last(told, "SKY")), {})
    satellites = sky.get("satellites")
    seen = [one for one in satellites if isinstance(one, dict)] if isinstance(satellites, list) else None
    fix = read_report({"tpv": _last(told, "TPV"), "sky": _last(told, "SKY")}, {})
    return PositionFacts(
        source,
        True,
        receivers=receivers,
        fix=fix is not None,
        satellites_used=None if seen is None else sum(one.get("used") is True for one in seen),
        satellites_seen=None if seen is None else len(seen),
        accuracy_m=None if fix is None else fix.accuracy_m,
    )
