"""NMEA 0183 sentences to values: framing, checksum and fields, nothing remembered.

Only what the standard allows passes: an 8-bit checksum lets one damaged line in 256 through, so
every field is checked as well.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

KNOT_MPS: Final = 1852.0 / 3600.0
# The standard says 82; receivers with more digits go beyond (Trimble: 88). More is noise.
MAX_LENGTH: Final = 120

_FRAME = re.compile(r"\$([A-Z]{2})([A-Z]{3}),([ -)+-~]*)\*([0-9A-Fa-f]{2})")
# Makers' own sentences ($P…) and AIS (!…): they may look different, and tell no position here.
_PRIVATE = re.compile(r"(\$P[A-Z0-9]|!)[ -~]*\*[0-9A-Fa-f]{2}")
_TIME = re.compile(r"([01]\d|2[0-3])([0-5]\d)([0-5]\d|60)(\.\d*)?", re.ASCII)
_NUMBER = re.compile(r"-?\d+(\.\d*)?|-?\.\d+", re.ASCII)
_ANGLE = re.compile(r"(\d{2,3})([0-5]\d(\.\d*)?)", re.ASCII)
_DATE = re.compile(r"(\d\d)(\d\d)(\d\d)", re.ASCII)
_FULL_DATE = re.compile(r"\d\d,\d\d,(19[89]|20\d)\d", re.ASCII)

# GGA quality: 1 GPS, 2 differential, 3 PPS, 4 and 5 RTK. Not 6 (dead reckoning), 7 (typed in), 8 (simulator).
_MEASURED_QUALITIES = frozenset("12345")
# RMC mode, where told: E (dead reckoning), M (typed in), N (not valid), S (simulator) are not measured.
_UNMEASURED_MODES = frozenset("EMNS")


class RejectedError(ValueError):
    """A sentence that is not to be believed; the text is a short reason that can be counted."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What one sentence told. None: not told. `second` is the UTC second of the day it speaks of."""

    kind: str
    second: float | None = None
    midnight_utc_s: float | None = None
    void: bool = False  # the receiver says that it has no fix
    lat: float | None = None
    lon: float | None = None
    hdop: float | None = None
    sigma_north_m: float | None = None
    sigma_east_m: float | None = None
    speed_mps: float | None = None
    course_deg: float | None = None


def checksum(body: str) -> int:
    """XOR of the characters between `$` and `*`."""
    total = 0
    for character in body:
        total ^= ord(character)
    return total


def hear(line: str | bytes) -> Heard | None:
    """What a line tells of the position; None where it is no such sentence; `RejectedError` if damaged."""
    text = (line.decode("ascii", "replace") if isinstance(line, bytes) else line).strip()
    if not text or text.startswith("#"):
        return None
    # A torn line followed by a whole one: the last "$" begins the only sentence that can be whole.
    text = text[max(text.rfind("$"), 0) :]
    if _PRIVATE.fullmatch(text):
        return None
    if len(text) > MAX_LENGTH:
        raise RejectedError("too long")
    frame = _FRAME.fullmatch(text)
    if frame is None:
        raise RejectedError("not a sentence")
    talker, kind, fields, told = frame.groups()
    if checksum(f"{talker}{kind},{fields}") != int(told, 16):
        raise RejectedError("wrong checksum")
    read = _READERS.get(kind)
    return read(fields.split(",")) if read is not None else None


def _rmc(fields: list[str]) -> Heard:
    _need(fields, 9)
    mode = fields[11] if len(fields) > 11 else ""
    if fields[1] not in ("A", "V"):
        raise RejectedError("bad status")
    if fields[1] == "V" or mode in _UNMEASURED_MODES or not fields[0]:
        return Heard("RMC", second=_second(fields[0]), midnight_utc_s=_midnight(fields[8]), void=True)
    speed_knots = _number(fields[6], low=0.0)
    return Heard(
        "RMC",
        second=_second(fields[0]),
        midnight_utc_s=_midnight(fields[8]),
        lat=_angle(fields[2], fields[3], "NS", 90.0),
        lon=_angle(fields[4], fields[5], "EW", 180.0),
        speed_mps=None if speed_knots is None else speed_knots * KNOT_MPS,
        course_deg=_course(fields[7]),
    )


def _gga(fields: list[str]) -> Heard:
    _need(fields, 9)
    if fields[5] not in _MEASURED_QUALITIES or not fields[0]:
        return Heard("GGA", second=_second(fields[0]), void=True)
    return Heard(
        "GGA",
        second=_second(fields[0]),
        lat=_angle(fields[1], fields[2], "NS", 90.0),
        lon=_angle(fields[3], fields[4], "EW", 180.0),
        hdop=_positive(fields[7]),
    )


def _gst(fields: list[str]) -> Heard:
    _need(fields, 7)
    return Heard(
        "GST",
        second=_second(fields[0]),
        sigma_north_m=_positive(fields[5]),
        sigma_east_m=_positive(fields[6]),
    )


def _gsa(fields: list[str]) -> Heard:
    _need(fields, 17)
    return Heard("GSA", hdop=_positive(fields[15]))


def _zda(fields: list[str]) -> Heard:
    _need(fields, 4)
    return Heard("ZDA", second=_second(fields[0]), midnight_utc_s=_full_date(*fields[1:4]))


def _vtg(fields: list[str]) -> Heard:
    _need(fields, 7)
    speed_knots = _number(fields[4], low=0.0)
    speed_mps = None if speed_knots is None else speed_knots * KNOT_MPS
    return Heard("VTG", speed_mps=speed_mps, course_deg=_course(fields[0]))


_READERS: dict[str, Callable[[list[str]], Heard]] = {
    "RMC": _rmc,
    "GGA": _gga,
    "GST": _gst,
    "GSA": _gsa,
    "VTG": _vtg,
    "ZDA": _zda,
}


def _need(fields: list[str], count: int) -> None:
    if len(fields) < count:
        raise RejectedError("too few fields")


def _number(text: str, *, low: float = -math.inf, high: float = math.inf) -> float | None:
    if not text:
        return None
    if not _NUMBER.fullmatch(text) or not low <= float(text) <= high:
        raise RejectedError("bad number")
    return float(text)


def _positive(text: str) -> float | None:
    """A number above zero. Receivers write 0.0 where they do not know."""
    return _number(text, low=0.0) or None


def _course(text: str) -> float | None:
    degrees = _number(text, low=0.0, high=360.0)
    return None if degrees is None else degrees % 360.0


def _second(text: str) -> float | None:
    if not text:
        return None
    match = _TIME.fullmatch(text)
    if match is None:
        raise RejectedError("bad time")
    hours, minutes, seconds, fraction = match.groups()
    # Milliseconds: the same instant written as "20.6" and "20.600" must be equal.
    return round(int(hours) * 3600 + int(minutes) * 60 + int(seconds) + float(f"0{fraction or '.0'}"), 3)


def _midnight(text: str) -> float | None:
    if not text:
        return None
    match = _DATE.fullmatch(text)
    if match is None:
        raise RejectedError("bad date")
    day, month, year = match.groups()
    # Two digits: GPS began in 1980.
    return _full_date(day, month, f"{'19' if int(year) >= 80 else '20'}{year}")


def _full_date(day: str, month: str, year: str) -> float | None:
    if not (day or month or year):
        return None
    if not _FULL_DATE.fullmatch(f"{day},{month},{year}"):
        raise RejectedError("bad date")
    try:
        return datetime(int(year), int(month), int(day), tzinfo=UTC).timestamp()
    except ValueError:
        raise RejectedError("bad date") from None


def _angle(text: str, hemisphere: str, allowed: str, limit: float) -> float:
    match = _ANGLE.fullmatch(text)
    if match is None or len(match[1]) != (2 if limit == 90.0 else 3) or hemisphere not in (*allowed,):
        raise RejectedError("bad position")
    degrees = int(match[1]) + float(match[2]) / 60.0
    if degrees > limit:
        raise RejectedError("bad position")
    return round(degrees if hemisphere == allowed[0] else -degrees, 9)
