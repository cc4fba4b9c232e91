"""Search of a map's places while somebody types: as written, as read aloud, in English. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from routing.geo import distance_m
from routing.places import MapPlace, normalised
from wire.api import FoundPlace

# The two poles of a stop, the entrances of one house: one line of a list is enough.
_ONE_PLACE_M = 150.0


@dataclass(frozen=True, slots=True)
class _Entry:
    place: MapPlace
    spellings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlaceIndex:
    """The places with every spelling made comparable, once."""

    entries: tuple[_Entry, ...]

    @classmethod
    def of(cls, places: Iterable[MapPlace]) -> "PlaceIndex":
        """The index of a map's places."""
        return cls(tuple(_Entry(place, _spellings(place)) for place in places))

    def find(self, query: str, limit: int) -> tuple[FoundPlace, ...]:
        """Up to `limit` places that fit: the whole name first, then its beginning, then a part.

        Of equal rank the shorter name comes first. What lies within 150 m under one name is told once.
        """
        wanted = normalised(query)
        if not wanted:
            return ()
        ranked = [(_rank(entry, wanted), entry.place) for entry in self.entries]
        fitting = sorted(
            ((rank, place) for rank, place in ranked if rank is not None),
            key=lambda each: (each[0], len(each[1].name.ja), each[1].name.ja, each[1].point),
        )
        found: list[MapPlace] = []
        for _, place in fitting:
            if len(found) == limit:
                break
            if not any(_same(place, other) for other in found):
                found.append(place)
        return tuple(_told(place) for place in found)


def _spellings(place: MapPlace) -> tuple[str, ...]:
    texts = (place.name.ja, place.name.kana, place.name.en, *place.aliases)
    return tuple(normalised(text) for text in texts if text)


def _rank(entry: _Entry, wanted: str) -> int | None:
    fits = [
        0 if spelling == wanted else 1 if spelling.startswith(wanted) else 2
        for spelling in entry.spellings
        if wanted in spelling
    ]
    return min(fits, default=None)


def _same(place: MapPlace, other: MapPlace) -> bool:
    return place.name.ja == other.name.ja and distance_m(place.point, other.point) <= _ONE_PLACE_M


def _told(place: MapPlace) -> FoundPlace:
    lat, lon = place.point
    return FoundPlace(name=place.name, kind=place.kind, lat=round(lat, 7), lon=round(lon, 7))
