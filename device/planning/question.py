"""The questions to the planner's process and its answers, as one line of JSON each way."""

from typing import Annotated, Final, Literal

from pydantic import Field, TypeAdapter

from wire.base import message
from wire.position import Latitude, Longitude
from wire.route import Choice, MapSource, Name, Route

# no_map: no map file, or none that can be read. outside_map: a point beyond the map's frame. far_from_way: on
# the map, but further from any way than one would walk unguided. no_way: nothing walkable joins the two.
# unknown_place: a name that the map does not hold, or holds twice. walker: a profile that cannot be read.
# late: it took too long. broken: the planner ended without an answer.
Failure = Literal[
    "no_map", "outside_map", "far_from_way", "no_way", "practice_map", "same_place", "unknown_place",
    "walker", "late", "broken",
]  # fmt: skip


@message
class ClosedPlace:
    """A place that cannot be walked, as `routing.blockages.Blockage`; in force until `expires_utc_s`."""

    lat: Latitude
    lon: Longitude
    reported_utc_s: float
    expires_utc_s: float


@message
class PlanQuestion:
    """Plan a walk on the map file `map`. Origin and destination: "lat,lon", or a place's name on the map.

    `utc_s`: when one sets out; signals sound at certain hours. `live`: the route is to guide a live position,
    for which a hand-drawn map is refused.
    """

    type: Literal["plan"] = "plan"
    map: str
    origin: str
    destination: str
    utc_s: float
    walker: str = "cane"
    choice: Choice = "recommended"
    closed: tuple[ClosedPlace, ...] = ()
    live: bool = True


@message
class Planned:
    """The route, and what making it took in the planner's process: seconds, and memory at its peak."""

    type: Literal["planned"] = "planned"
    route: Route
    took_s: float = 0.0
    peak_mb: float = 0.0


@message
class NotPlanned:
    """Why there is none, in a sentence for a person in each language.

    `map`: which map was asked, where it could be read. `point`: which of the two is outside it, and how far
    (`off_km`).
    """

    type: Literal["not_planned"] = "not_planned"
    failure: Failure
    ja: str
    en: str
    map: MapSource | None = None
    point: Literal["origin", "destination"] | None = None
    off_km: float | None = None


@message
class AroundQuestion:
    """What is at this point of the map file `map`? `live`: as of a plan."""

    type: Literal["around"] = "around"
    map: str
    lat: Latitude
    lon: Longitude
    live: bool = True


@message
class NamedPlace:
    """A place of the map: how far from the point, and at which true bearing."""

    name: Name
    distance_m: float
    bearing_deg: float


@message
class Around:
    """What is at a point: None where the map names nothing near."""

    type: Literal["around"] = "around"
    street: Name | None = None
    place: NamedPlace | None = None


Answer = Planned | NotPlanned
AnyQuestion = Annotated[PlanQuestion | AroundQuestion, Field(discriminator="type")]
AnyAnswer = Annotated[Planned | NotPlanned | Around, Field(discriminator="type")]

QUESTION: Final[TypeAdapter[PlanQuestion | AroundQuestion]] = TypeAdapter(AnyQuestion)
ANSWER: Final[TypeAdapter[Planned | NotPlanned | Around]] = TypeAdapter(AnyAnswer)
