"""Bodies of the HTTP API `/api/v1`, shared by the server and the device that calls it.

POST /api/v1/routes  PlanRequest -> Route (404 no such place or no path, 422 bad body)
POST /api/v1/trips   TripRequest -> TripAccepted   (device key)
GET  /api/v1/routes/{route_id} -> Route
"""

from typing import Annotated

from pydantic import Field

from wire.base import message


@message
class PlanRequest:
    """From and to: a place's name on the map, or "lat,lon"."""

    map: str
    origin: Annotated[str, Field(min_length=1, max_length=200)]
    destination: Annotated[str, Field(min_length=1, max_length=200)]
    walker: str = "cane"
    at: str | None = None  # ISO 8601 with offset; sounds of signals depend on the hour


@message
class TripRequest:
    """Start a trip along a planned route."""

    route_id: str
    started_utc_s: float


@message
class TripAccepted:
    """The server's name for the trip; every event carries it."""

    trip_id: str
