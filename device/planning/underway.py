"""The trip that is under way, kept on the disk so that it goes on after a restart where it was."""

import logging
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import Field, TypeAdapter, ValidationError

from device.kept_files import set_aside, write_whole
from wire.base import message
from wire.route import Route

_log = logging.getLogger(__name__)

FORMAT: Final = 1
# Who set out yesterday does not go on today: a battery died, and the wearer went home without it.
LONGEST_S: Final = 12 * 3600.0


@message
class TripUnderWay:
    """A trip that has begun and not ended. `route` None: a walk. `leg`: routes before this one."""

    format: int = FORMAT
    trip_id: Annotated[str, Field(min_length=1, max_length=64)]
    route: Route | None
    began_utc_s: float
    shared: bool = False
    leg: Annotated[int, Field(ge=0)] = 0


_TRIP: Final = TypeAdapter(TripUnderWay)
_HEAD: Final[TypeAdapter[dict[str, Any]]] = TypeAdapter(dict[str, Any])


def as_text(trip: TripUnderWay) -> str:
    """What the file holds; `device.kept_files.Keeper` writes it without holding up guidance."""
    return _TRIP.dump_json(trip).decode() + "\n"


def write_trip(path: Path, trip: TripUnderWay) -> None:
    """Keep it now. `OSError` where the disk takes nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, as_text(trip))


def read_trip(path: Path, utc_s: float | None = None) -> TripUnderWay | None:
    """The trip to go on with; None where there is none, or none that this version can read.

    `utc_s`: now, where the clock is believed: a trip that began more than half a day ago is not gone on with.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        _log.error("%s: cannot be read (%s): the trip does not go on", path, error.strerror)
        return None
    trip = _decoded(path, data)
    if trip is not None and utc_s is not None and utc_s - trip.began_utc_s > LONGEST_S:
        _log.warning("%s: the trip %s began too long ago: it does not go on", path, trip.trip_id)
        return None
    return trip


def _decoded(path: Path, data: bytes) -> TripUnderWay | None:
    try:
        head = _HEAD.validate_json(data)
    except ValidationError:
        _log.error("%s: is no trip: it does not go on; kept as %s", path, set_aside(path))
        return None
    version = head.get("format")
    if isinstance(version, int) and version > FORMAT:
        _log.error(
            "%s: written by a newer version (format %d, this one reads %d): it does not go on; kept as %s",
            path, version, FORMAT, set_aside(path),
        )  # fmt: skip
        return None
    try:
        return _TRIP.validate_json(data)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in fault["loc"])
        _log.error("%s: %s: %s: it does not go on; kept as %s", path, where, fault["msg"], set_aside(path))
        return None
