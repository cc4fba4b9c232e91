"""The API of trips: which there are, how they stand, who watches one, and its share links."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field, TypeAdapter
from starlette.responses import Response

from server.access import Action
from server.addresses import address_of_link
from server.allow import allow_trip
from server.api_bodies import PREFIX, PROBLEMS, AfterId, Caller, Id, body_of, problems, read_body
from server.late_routes import LateRoute
from server.links import MOST_HOURS, MOST_OPEN
from server.parts import parts_of
from server.trip_list import MOST, TripPage, TripStanding, listed, one
from server.viewing import who_watches
from wire.base import message
from wire.codec import Codec

router = APIRouter(prefix=PREFIX, responses=PROBLEMS, route_class=LateRoute)
MOST_WATCHERS = 200  # told of, in one answer


@message
class Watcher:
    """Somebody who has the trip open now. `role`: caregiver, wearer, or link (whoever has that address)."""

    name: str
    role: str
    since_utc_s: float


@message
class Watchers:
    """Who has a live view of the trip open, oldest first; true to a few seconds."""

    viewers: Annotated[tuple[Watcher, ...], Field(max_length=MOST_WATCHERS)]


@message
class LinkRequest:
    """A read-only view of one trip. `name`: whom it is for, in the wearer's words; heard when it opens."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    hours: Annotated[float, Field(gt=0.0, le=MOST_HOURS)] = 2.0


@message
class LinkMade:
    """The address holds the secret, and is told this once."""

    id: str
    address: str
    expires_utc_s: float


@message
class LinkShown:
    """A link that still opens something. `opened_utc_s`: for the first time; null: never."""

    id: str
    trip_id: str
    name: str
    created_utc_s: float
    expires_utc_s: float
    opened_utc_s: float | None


@message
class LinksShown:
    """Newest first; all stand in one answer."""

    links: Annotated[tuple[LinkShown, ...], Field(max_length=MOST_OPEN)]


_LINK: Codec[LinkRequest] = Codec("link", TypeAdapter(LinkRequest))


@router.get("/trips", summary="外出の一覧 / List trips")
async def list_trips(
    request: Request,
    caller: Caller,
    after: AfterId = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 20,
) -> TripPage:
    """A wearer's own, those shared with a caregiver, or those of an evaluator's trial by pseudonym."""
    parts = parts_of(request)
    async with parts.db.read() as connection:
        return await listed(connection, caller, after, limit, parts.clock.utc_s())


@router.get("/trips/{trip_id}", summary="外出の様子 / How a trip stands")
async def read_trip(request: Request, trip_id: Id, caller: Caller) -> TripStanding:
    """State, since when, and the age of the last position; the position itself is in the live view."""
    parts = parts_of(request)
    now_s = parts.clock.utc_s()
    found = await parts.db.look(lambda connection: one(connection, caller, trip_id, now_s))
    await parts.trips.look(caller, trip_id, "state")
    return found


@router.get("/trips/{trip_id}/viewers", summary="今見ている人 / Who watches now")
async def read_viewers(request: Request, trip_id: Id, caller: Caller) -> Watchers:
    """For the wearer: everybody who has the trip's live view open at this moment."""
    parts = parts_of(request)
    async with parts.db.read() as connection:
        await allow_trip(connection, caller, Action.SEE_VIEWERS, trip_id)
        rows = await who_watches(connection, trip_id, parts.clock.utc_s())
    return Watchers(
        viewers=tuple(
            Watcher(
                name=row.name or row.link_name or "",
                role="link" if row.link_id is not None else row.role or "",
                since_utc_s=row.since_utc_s,
            )
            for row in rows[:MOST_WATCHERS]
        )
    )


@router.post(
    "/trips/{trip_id}/links",
    responses=problems(409),
    status_code=201,
    summary="共有リンクを作る / Make a share link",
    openapi_extra=body_of(LinkRequest),
)
async def make_link(request: Request, trip_id: Id, caller: Caller) -> LinkMade:
    """Whoever has the address may watch this trip until it expires. Needs consent to live sharing."""
    wanted = await read_body(request, _LINK)
    made = await parts_of(request).links.make(caller, trip_id, wanted.name, wanted.hours)
    address = address_of_link(request, made.token)
    return LinkMade(id=made.id, address=address, expires_utc_s=made.expires_utc_s)


@router.get("/links", summary="共有リンクの一覧 / List share links")
async def list_links(request: Request, caller: Caller) -> LinksShown:
    """The wearer's own that still open something."""
    rows = await parts_of(request).links.of(caller)
    return LinksShown(
        links=tuple(
            LinkShown(
                id=row.id,
                trip_id=row.trip_id,
                name=row.name,
                created_utc_s=row.created_utc_s,
                expires_utc_s=row.expires_utc_s,
                opened_utc_s=row.opened_utc_s,
            )
            for row in rows
        )
    )


@router.delete("/links/{link_id}", status_code=204, summary="共有リンクを取り消す / Take a share link back")
async def revoke_link(request: Request, link_id: Id, caller: Caller) -> Response:
    """It opens nothing from now on, and views that are open close."""
    await parts_of(request).links.revoke(caller, link_id)
    return Response(status_code=204)
