"""What can go wrong between a map and a walk.

RoutingError
├── MapError               the file cannot serve as a map
│   ├── MapMissing         no such file, or it cannot be read
│   ├── MapNotOsm          not OpenStreetMap data
│   ├── MapDamaged         a built map that is cut off, changed, or of another format
│   ├── MapNotFetched      the map could not be fetched
│   └── MapNotWalkable     no way in it that a person may walk
├── PlanError              the map is fine, the question is not
│   ├── UnknownWalker      no profile of that name
│   ├── PlaceNotFound      no place of that name; near names are listed
│   ├── PlaceAmbiguous     the name fits several places
│   ├── BadProfile         a walker's file with a wrong key or value
│   ├── OutsideMap         the point is not on this map (or latitude and longitude are swapped)
│   ├── TooFarFromWay      the point is further from any way than one would walk unguided
│   ├── SamePlace          origin and destination are one
│   └── NoRoute            nothing walkable joins the two
├── UsageError             a command line that asks for nothing that can be done
├── TrackUnreadable        a recorded walk that is not GPX (routing.walks.gpx)
├── BenchError             a measurement that cannot be made (routing.bench.missing)
└── PracticeMapRefused     a hand-drawn map and a live position: never together
"""

# Names say what happened (`except NoRoute`): the suffix would say it twice.
# ruff: noqa: N818


class RoutingError(Exception):
    """One sentence in Japanese and one in English: what is wrong and what to do about it."""

    def __init__(self, ja: str, en: str) -> None:
        super().__init__(ja, en)
        self.ja = ja
        self.en = en

    def __str__(self) -> str:
        return f"{self.ja} / {self.en}"


class MapError(RoutingError):
    """The file cannot serve as a map."""


class MapMissing(MapError):
    """No such file, or it cannot be read."""


class MapNotOsm(MapError):
    """The file is not OpenStreetMap data."""


class MapDamaged(MapError):
    """A built map that is cut off, changed, or of another format."""


class MapNotFetched(MapError):
    """The map could not be fetched; what was fetched is kept."""


class MapNotWalkable(MapError):
    """No way in the map that a person may walk."""


class PlanError(RoutingError):
    """The map is fine, the question is not."""


class UnknownWalker(PlanError):
    """No profile of that name."""


class BadProfile(PlanError):
    """A walker's file with a wrong key or value; the message names it."""


class OutsideMap(PlanError):
    """The point is not on this map; says so if latitude and longitude look swapped."""


class PlaceNotFound(PlanError):
    """No place of that name; the message lists near names."""


class PlaceAmbiguous(PlanError):
    """The name fits several places; the message lists them."""


class TooFarFromWay(PlanError):
    """The point is further from any walkable way than one would walk unguided."""


class SamePlace(PlanError):
    """Origin and destination are one."""


class NoRoute(PlanError):
    """Nothing walkable joins origin and destination."""


class PracticeMapRefused(RoutingError):
    """A hand-drawn map and a live position: never together."""
