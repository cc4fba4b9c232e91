"""Recorded walks: GPX files of phones, with accuracy, speed and bearing per point where they hold them."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

from routing import geo
from routing.errors import RoutingError
from wire.position import Fix

_PLAIN_ACCURACY_M = 8.0  # of a phone that tells none
_LARGEST_BYTES = 200_000_000
_LEAST_POINTS = 10
_SPREAD_DEG = 60.0  # a bearing told less sure than this is none


class TrackUnreadable(RoutingError):  # noqa: N818 - says what happened, as its sisters do
    """The file is no recording of a walk; the message says why."""


@dataclass(frozen=True, slots=True)
class Recording:
    """Fixes in order of time; `dropped`: points without a usable place or time, or not newer."""

    name: str
    fixes: tuple[Fix, ...]
    dropped: int


def read(path: Path) -> Recording:
    """The fixes of all track points of a file.

    Time may be ISO 8601 or milliseconds since 1970. Raises `TrackUnreadable` for what is no GPX, and
    for a track without times.
    """
    points = [one for one in _root(path).iter() if _local(one.tag) == "trkpt"]
    fixes: list[Fix] = []
    for point in points:
        fix = _fix(point)
        if fix is not None and (not fixes or fix.utc_s > fixes[-1].utc_s):
            fixes.append(fix)
    if len(fixes) < _LEAST_POINTS:
        raise TrackUnreadable(
            f"{path.name} には時刻のある位置が {len(fixes)} 個だけです ({_LEAST_POINTS} 個以上必要)",
            f"{path.name} holds {len(fixes)} points with a time; a walk needs {_LEAST_POINTS} or more",
        )
    return Recording(path.stem, tuple(fixes), len(points) - len(fixes))


def _root(path: Path) -> ElementTree.Element:
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise TrackUnreadable(f"{path} は大きすぎます", f"{path} is too large for a walk")
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or "?"
        raise TrackUnreadable(
            f"{path} を読めません ({reason})", f"cannot read {path}: {reason}; give a GPX file"
        ) from None
    if b"<!ENTITY" in data[:4096]:  # entities can blow up to gigabytes; no recorder writes them
        raise TrackUnreadable(f"{path.name} は GPX として読めません", f"{path.name} declares XML entities")
    try:
        root = ElementTree.fromstring(data)  # noqa: S314 - no entities, see above
    except (ElementTree.ParseError, ValueError) as error:
        raise TrackUnreadable(
            f"{path.name} は壊れているか、GPX ではありません ({error})",
            f"{path.name} is damaged or no GPX: {error}",
        ) from None
    if _local(root.tag) != "gpx":
        raise TrackUnreadable(f"{path.name} は GPX ではありません", f"{path.name} is no GPX file")
    return root


def _local(tag: object) -> str:
    """A tag without its namespace, also where the writer put its own tags into GPX's."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _fix(point: ElementTree.Element) -> Fix | None:
    told = {_local(one.tag): (one.text or "").strip() for one in point.iter()}
    lat, lon = _number(point.get("lat")), _number(point.get("lon"))
    utc_s = _seconds(told.get("time", ""))
    if lat is None or lon is None or utc_s is None or abs(lat) > 90.0 or abs(lon) > 180.0:
        return None
    accuracy = _number(told.get("accuracy")) or _PLAIN_ACCURACY_M
    speed = _number(told.get("speed"))
    course = _number(told.get("bearing") or told.get("course"))
    spread = _number(told.get("bearingAccuracyDegrees"))
    # A phone writes bearing 0 +- 0, or +- 180, where it knows none.
    blind = course is None or (course == 0.0 and spread in {None, 0.0}) or (spread or 0.0) > _SPREAD_DEG
    return Fix(
        utc_s=utc_s,
        lat=lat,
        lon=lon,
        accuracy_m=max(accuracy, 0.1),
        speed_mps=max(speed, 0.0) if speed is not None else None,
        course_deg=None if blind or course is None else course % 360.0 % 360.0,
        source="replay",
    )


def _number(text: str | None) -> float | None:
    try:
        value = float(text) if text else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _seconds(text: str) -> float | None:
    if text.isdigit():
        return int(text) / 1000.0
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def length_m(fixes: tuple[Fix, ...]) -> float:
    """Metres along a recording, standing and all."""
    return geo.length_m([(fix.lat, fix.lon) for fix in fixes])
