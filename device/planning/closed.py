"""Closed places that the wearer told of: avoided for a day, kept over restarts, told to the server."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, TypeAdapter, ValidationError

from device.kept_files import set_aside
from device.planning.question import ClosedPlace
from routing.geo import Point, distance_m
from wire.base import message
from wire.position import Latitude, Longitude

_log = logging.getLogger(__name__)

# As long as the server keeps a report whose end nobody told (`wire.api.BlockageReport.hours`).
KEPT_S: Final = 24 * 3600.0
_SAME_M: Final = 5.0  # said twice of one place: a fix is as wrong
_MOST: Final = 200  # nobody meets more in a day


@message
class Closed:
    """One place, and whether the server has it. `id`: the report's name, however often it is sent."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
    lat: Latitude
    lon: Longitude
    utc_s: float
    reported: bool = False


@message
class ClosedFile:
    """What the file holds."""

    format: Literal[1] = 1
    places: tuple[Closed, ...] = ()


_FILE: Final = TypeAdapter(ClosedFile)


@dataclass(frozen=True, slots=True)
class ClosedPlaces:
    """The places, oldest first."""

    places: tuple[Closed, ...] = ()

    def told(self, point: Point, utc_s: float, new_id: Callable[[], str]) -> "ClosedPlaces":
        """With `point`, closed from now on for a day; a place that is known keeps its name."""
        known = next((one for one in self.places if distance_m((one.lat, one.lon), point) <= _SAME_M), None)
        if known is not None:
            new = replace(known, utc_s=utc_s)
        else:
            new = Closed(id=new_id(), lat=point[0], lon=point[1], utc_s=utc_s)
        rest = tuple(one for one in self.places if one is not known)
        return ClosedPlaces((*rest, new)[-_MOST:])

    def sent(self, id_: str) -> "ClosedPlaces":
        """The server has it."""
        return ClosedPlaces(
            tuple(replace(one, reported=True) if one.id == id_ else one for one in self.places)
        )

    def now(self, utc_s: float) -> "ClosedPlaces":
        """Those of the last day."""
        return ClosedPlaces(tuple(one for one in self.places if utc_s < one.utc_s + KEPT_S))

    def in_force(self, utc_s: float) -> tuple[ClosedPlace, ...]:
        """For the planner."""
        return tuple(
            ClosedPlace(lat=one.lat, lon=one.lon, reported_utc_s=one.utc_s, expires_utc_s=one.utc_s + KEPT_S)
            for one in self.now(utc_s).places
        )

    @property
    def unreported(self) -> tuple[Closed, ...]:
        """What the server does not know yet."""
        return tuple(one for one in self.places if not one.reported)

    def as_text(self) -> str:
        """What the file holds."""
        return _FILE.dump_json(ClosedFile(places=self.places)).decode() + "\n"


def read_closed(path: Path) -> ClosedPlaces:
    """What was kept; none where there is no file, or one that cannot be read."""
    try:
        return ClosedPlaces(_FILE.validate_json(path.read_bytes()).places)
    except FileNotFoundError:
        return ClosedPlaces()
    except OSError as error:
        _log.warning("%s: cannot be read (%s); no closed places are known", path, error.strerror)
    except ValidationError:
        _log.warning(
            "%s: holds something else; no closed places are known; kept as %s", path, set_aside(path)
        )
    return ClosedPlaces()


class ClosedMemory:
    """The places of this device: read at the start, kept whenever they change. `keep` must not wait.

    Used by the planner's thread alone, after it was made.
    """

    def __init__(self, path: Path, keep: Callable[[Path, str], None], new_id: Callable[[], str]) -> None:
        self._path, self._keep, self._new_id = path, keep, new_id
        self.places = read_closed(path)

    def tell(self, point: Point, utc_s: float) -> None:
        """The wearer says that it is closed here."""
        self._set(self.places.now(utc_s).told(point, utc_s, self._new_id))

    def sent(self, id_: str) -> None:
        """The server has it."""
        self._set(self.places.sent(id_))

    def _set(self, places: ClosedPlaces) -> None:
        self.places = places
        self._keep(self._path, places.as_text())
