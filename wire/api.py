"""Bodies of the HTTP API `/api/v1`, shared by the server and the device that calls it.

POST   /api/v1/routes               PlanRequest -> Route
POST   /api/v1/routes/alternatives  PlanRequest -> Alternatives (its `choice` is not looked at)
GET    /api/v1/routes/{route_id}    -> Route
GET    /api/v1/places?map=&q=       -> FoundPlaces
POST   /api/v1/trips                TripRequest -> TripAccepted   (device key)
POST   /api/v1/blockages            BlockageReport -> Blocked
GET    /api/v1/blockages?map=       -> BlockedPlaces
DELETE /api/v1/blockages/{id}       -> nothing (204), by who reported it
POST   /api/v1/pairings/redeem      PairRequest -> PairedDevice   (no key yet: the code is what opens)
POST   /api/v1/devices/self/key     -> NewKey                     (device key; no body)

404: no such map or place, a name that fits several, or no way between two places. 422: a bad body,
an unknown profile, a point outside the map or far from any way, origin and destination in one
place. 503: the map cannot be used now. Every problem is one sentence in ja and in en.
"""

from typing import Annotated, Literal

from pydantic import Field

from wire.base import message
from wire.position import Latitude, Longitude
from wire.route import Choice, Name, Route


@message
class PlanRequest:
    """From and to: a place's name on the map, "lat,lon", or "saved:NAME" of a place that the wearer saved."""

    map: str
    origin: Annotated[str, Field(min_length=1, max_length=200)]
    destination: Annotated[str, Field(min_length=1, max_length=200)]
    walker: str = "cane"
    at: str | None = None  # ISO 8601 with offset; sounds of signals depend on the hour
    choice: Choice = "recommended"


@message
class Alternative:
    """A route and, in one sentence, what speaks for it."""

    route: Route
    why_ja: str
    why_en: str


@message
class Alternatives:
    """The recommended route first; those equal to one before are left out."""

    routes: Annotated[tuple[Alternative, ...], Field(min_length=1)]


@message
class FoundPlace:
    """A place of a map. `kind`: the tag that makes it a place, "amenity=townhall"."""

    name: Name
    kind: str
    lat: Latitude
    lon: Longitude


@message
class FoundPlaces:
    """Best first: the whole name, then its beginning, then a part of it."""

    places: tuple[FoundPlace, ...]


BlockageKind = Literal["path_closed", "construction", "other"]
MAX_BLOCKAGE_HOURS = 14 * 24


@message
class BlockageReport:
    """A path that cannot be walked now: at `lat`, `lon`, or where the trip `here` is at this moment.

    `id` is the caller's own: sending the same report again changes nothing.
    """

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
    map: Annotated[str, Field(min_length=1, max_length=64)]
    lat: Latitude | None = None
    lon: Longitude | None = None
    here: Annotated[str, Field(max_length=64)] | None = None
    kind: BlockageKind = "path_closed"
    hours: Annotated[float, Field(gt=0.0, le=MAX_BLOCKAGE_HOURS)] = 24.0


@message
class Blocked:
    """A reported blockage. Who reported it is told to nobody; when, to others, by the hour only."""

    id: str  # the server's name for it
    map: str
    lat: Latitude
    lon: Longitude
    kind: BlockageKind
    reported_utc_s: float
    expires_utc_s: float
    mine: bool  # the caller reported it, and may take it back


@message
class BlockedPlaces:
    """What is in force on a map now, by id. Ask again with `after=next` until that is null."""

    blockages: tuple[Blocked, ...]
    next: str | None = None


@message
class TripRequest:
    """Start a trip along a planned route."""

    route_id: str
    started_utc_s: float


@message
class TripAccepted:
    """The server's name for the trip; every event carries it."""

    trip_id: str


DeviceKind = Literal["glasses", "logger"]
Label = Annotated[str, Field(min_length=1, max_length=100)]
Version = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.+-]{1,64}$")]


@message
class PairRequest:
    """A device gives the code that the wearer was shown. Spaces and hyphens in it do not count.

    404: no such code, or it is over or used. 409: it was made for another `kind`.
    429: too many wrong codes; `Retry-After` says for how long.
    """

    code: Annotated[str, Field(min_length=8, max_length=16)]
    label: Label | None = None  # None: as the wearer called it
    kind: DeviceKind = "glasses"
    version: Version | None = None  # of the program on the device


@message
class PairedDevice:
    """The device's name and its key, which is told this once."""

    device_id: str
    key: str


@message
class NewKey:
    """Valid beside the old key until it is first used; then the old one opens nothing any more.

    A new key that is not used until `use_before_utc_s` is void, and the old one goes on.
    """

    key: str
    use_before_utc_s: float
