"""What the configuration's texts may be: sources, addresses, paths. Pure; `ValueError` for what it is not.

Whether a thing that is named is there is asked later: a camera may be plugged in after the start.
"""

import re
from datetime import date
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

_HOST_PORT: Final = re.compile(r"//(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?/?")
_GLASSES: Final = re.compile(r"(?:(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):)?[0-9]{4,5}")
_GPIO: Final = re.compile(r"[0-9]{1,2},[0-9]{1,2},[0-9]{1,2}")
_DIGITS: Final = re.compile(r"[0-9]{1,7}")
_PINS: Final = range(28)  # BCM numbers of a Raspberry Pi's header
_BAUDS: Final = frozenset({4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600})
_WALKERS: Final = ("cane", "dog", "low-vision")


def a_path(path: Path) -> Path:
    """A path that says something; "~somebody" is somebody of this machine."""
    if not path.name or not str(path).isprintable():
        raise ValueError("not a path")
    try:
        path.expanduser()
    except RuntimeError as error:
        raise ValueError(str(error)) from None
    return path


def walker(text: str) -> str:
    """A profile's name, or a person's own in a TOML file."""
    if text in _WALKERS or (text.endswith(".toml") and len(text) > len(".toml")):
        return text
    raise ValueError("no such profile")


def silent_days(text: str) -> str:
    """2026-06-01/2026-06-07: the first and the last."""
    days(text)
    return text


def days(text: str) -> tuple[date, date]:
    """The first and the last day of `2026-06-01/2026-06-07`, or twice that of `2026-06-01`."""
    first, slash, last = text.partition("/")
    span = (date.fromisoformat(first), date.fromisoformat(last if slash else first))
    if span[0] > span[1]:
        raise ValueError("the last day is before the first")
    return span


def camera(text: str) -> str:
    """v4l2:DEVICE csi:N rtsp://HOST/… file:CLIP replay:RUN glasses:[HOST:]PORT none:."""
    kind, rest = _parts(text)
    match kind:
        case "v4l2" | "file" | "replay":
            return _with_path(text, rest)
        case "csi" if 0 <= _number(rest.partition("?size=")[0]) <= 9:
            return text
        case "rtsp" | "rtsps" if urlsplit(text).hostname:
            return text
        case "glasses" if _GLASSES.fullmatch(rest) and 1024 <= int(rest.rpartition(":")[2]) <= 65535:
            return text
        case "none" if not rest:
            return text
    raise ValueError("not a camera")


def imu(text: str) -> str:
    """none: file:LOG glasses:."""
    kind, rest = _parts(text)
    if kind == "file":
        return _with_path(text, rest)
    if kind in ("none", "glasses") and not rest:
        return text
    raise ValueError("not a motion sensor")


def position(text: str) -> str:
    """gpsd://HOST:PORT nmea:FILE serial:DEVICE[@BAUD] glasses: replay:RUN none:."""
    kind, rest = _parts(text)
    match kind:
        case "gpsd":
            found = _HOST_PORT.fullmatch(rest)
            if found and 1 <= int(found[1] or 1) <= 65535:
                return text
        case "nmea" | "replay":
            return _with_path(text, rest)
        case "serial":
            device, at, baud = rest.partition("@")
            if not at or _number(baud) in _BAUDS:
                return _with_path(text, device)
        case "glasses" | "none" if not rest:
            return text
    raise ValueError("not a position source")


def speaker(text: str) -> str:
    """system:[PLAYER] wav:FOLDER null:."""
    kind, rest = _parts(text)
    if kind == "wav":
        return _with_path(text, rest)
    if kind == "system" or (kind == "null" and not rest):
        return text
    raise ValueError("not a speaker")


def buttons(text: str) -> str:
    """gpio:A,B,C evdev:DEVICE glasses: stdin:."""
    kind, rest = _parts(text)
    match kind:
        case "gpio" if _GPIO.fullmatch(rest):
            pins = [int(pin) for pin in rest.split(",")]
            if len(set(pins)) == len(pins) and all(pin in _PINS for pin in pins):
                return text
        case "evdev":
            return _with_path(text, rest)
        case "glasses" | "stdin" if not rest:
            return text
    raise ValueError("not a source of presses")


def web(text: str) -> str:
    """http://HOST[:PORT] or https://HOST[:PORT]."""
    parts = urlsplit(text)  # ValueError for a bracket that is not closed
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("not a server's address")
    if parts.username is not None or (parts.port is not None and parts.port == 0):
        raise ValueError("not a server's address")
    return text


def without_secrets(text: str) -> str:
    """An address as it may be shown: who and the password of `rtsp://who:password@host` left out.

    Up to the last @: a password with a slash or an @ in it breaks the rules, and is typed all the same.
    """
    return re.sub(r"//\S*@", "//…@", text)


def _parts(text: str) -> tuple[str, str]:
    kind, colon, rest = text.partition(":")
    if not colon or text != text.strip() or not text.isprintable():
        raise ValueError("KIND: is missing")
    return kind, rest


def _with_path(text: str, rest: str) -> str:
    a_path(Path(rest))
    return text


def _number(text: str) -> int:
    """A plain number of at most seven digits; -1 for anything else, such as digits of other scripts."""
    return int(text) if _DIGITS.fullmatch(text) else -1
