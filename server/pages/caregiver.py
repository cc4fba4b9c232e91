"""The caregiver's pages: which outings are shared, and one of them as it happens."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from sqlalchemy import Row
from starlette.responses import Response

from server.access import Action, Actor, Role
from server.allow import allow_trip
from server.callers import form_session, page_session
from server.credentials import new_id
from server.feed import load
from server.following import Followed, followed, going
from server.late_routes import LateRoute
from server.live import Now
from server.map_reading import PATIENCE_S, WalkSeen, facts_of, map_of
from server.pages.alerts import banner, late
from server.pages.closed import HOURS, BlockageId, Hours, Kind, ReportId
from server.pages.done import done
from server.pages.front_end import leaflet
from server.pages.render import lang_of, page
from server.parts import Parts, parts_of
from server.picture import picture, track_picture
from server.trips import is_shared_with, read_track
from server.ways import way_of

router = APIRouter(prefix="/caregiver", include_in_schema=False, route_class=LateRoute)
Secret = Annotated[str, Form(alias="csrf", max_length=64)]


@router.get("")
async def home(request: Request) -> Response:
    """Everybody who shares an outing now, the worst first; below, the outings that are over."""
    session = await page_session(request, Role.CAREGIVER)
    parts = parts_of(request)
    shared = await parts.trips.shared_with(session.actor)
    now = going(shared)
    ids = {row.id for row in now}
    return page(
        request,
        "caregiver.html",
        session,
        alerts=await banner(parts, session.actor),
        alerts_late=await late(parts),
        going=await _standing(parts, session.actor, now),
        history=[row for row in shared if row.id not in ids],
        closed=await parts.blockages.own(session.actor),
    )


async def _standing(parts: Parts, actor: Actor, rows: list[Row[Any]]) -> list[tuple[Row[Any], Followed, Now]]:
    """How each outing stands at this moment, the worst first."""
    now_s = parts.clock.utc_s()
    for row in rows:
        await parts.trips.look(actor, row.id, "live")
    async with parts.db.read() as connection:
        nows = [(await load(connection, row, parts.hub.epoch)).known(now_s) for row in rows]
    found = [(row, followed(row.id, now), now) for row, now in zip(rows, nows, strict=True)]
    return sorted(found, key=lambda each: each[1].rank)


@router.get("/trips/{trip_id}")
async def trip(request: Request, trip_id: str) -> Response:
    """One outing: the sentence first, then what happened, then the drawing."""
    parts = parts_of(request)
    session = await page_session(request, Role.CAREGIVER)
    async with parts.db.read() as connection:
        row = await allow_trip(connection, session.actor, Action.WATCH_LIVE, trip_id)
        shared = await is_shared_with(connection, session.actor, trip_id)
        way = await way_of(connection, row)
        # An emergency opens where they are now, not where they have been.
        fixes = await read_track(connection, trip_id) if shared else []
        feed = await load(connection, row, parts.hub.epoch)
        map_name = await map_of(connection, row, way)
    await parts.trips.look(session.actor, trip_id, "live")
    closed = () if map_name is None else await parts.blockages.on_map(map_name)
    now = feed.known(parts.clock.utc_s())
    seen = WalkSeen(way.route, fixes, now, map_name, closed, feed.after)
    drawn = track_picture(fixes) if way.route is None else picture(way.route, fixes, way.first)
    return page(
        request,
        "live.html",
        session,
        alerts=await banner(parts, session.actor),
        alerts_late=await late(parts),
        trip=row,
        route=way.route,
        shared=shared,
        now=now,
        lines=[told.line for told in reversed(feed.lines)],
        resume=f"{parts.hub.epoch}.{feed.after}",
        picture=drawn,
        facts=await facts_of(parts, seen, PATIENCE_S),
        facts_address=f"/api/v1/trips/{trip_id}/map-facts",
        leaflet=leaflet(),
        report=new_id(),
        hours=HOURS,
        rehearsal=() if way.route is None else await parts.routes.rehearsal(way.route, lang_of(request)),
    )


@router.post("/trips/{trip_id}/blockages")
async def report_closed(
    request: Request,
    trip_id: str,
    csrf: Secret,
    report: ReportId,
    kind: Kind = "path_closed",
    hours: Hours = 24,
) -> Response:
    """The path is closed where the shared outing is now."""
    session = await form_session(request, Role.CAREGIVER, csrf)
    parts = parts_of(request)
    await parts.blockages.report_here(session.actor, trip_id, report, kind, hours)
    await parts.trips.look(session.actor, trip_id, "events")  # their report holds the trip's position
    return done(request, f"/caregiver/trips/{trip_id}", "closed_reported")


@router.post("/blockages/{blockage_id}/remove")
async def take_back(request: Request, blockage_id: BlockageId, csrf: Secret) -> Response:
    """It is open again, or was a mistake."""
    session = await form_session(request, Role.CAREGIVER, csrf)
    await parts_of(request).blockages.remove(session.actor, blockage_id)
    return done(request, "/caregiver", "closed_removed")
