"""The caregiver's pages: which outings are shared, and one of them as it happens."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from server.access import Action, Role, allow_trip
from server.callers import form_session, page_session
from server.credentials import new_id
from server.lines import in_order
from server.live import LiveTrip
from server.pages.closed import HOURS, BlockageId, Hours, Kind, ReportId
from server.pages.login import see
from server.pages.render import lang_of, page
from server.parts import parts_of
from server.picture import picture, track_picture
from server.trips import read_fixes
from server.ways import way_of

router = APIRouter(prefix="/caregiver", include_in_schema=False)
Secret = Annotated[str, Form(alias="csrf", max_length=64)]
SHOWN_LINES = 50  # the newest; the rest is history, and a long page is slow to listen to


@router.get("")
async def home(request: Request) -> Response:
    """The outings that are shared with this caregiver."""
    session = await page_session(request, Role.CAREGIVER)
    parts = parts_of(request)
    shared = await parts.trips.shared_with(session.actor)
    return page(
        request, "caregiver.html", session, shared=shared, closed=await parts.blockages.own(session.actor)
    )


@router.get("/trips/{trip_id}")
async def trip(request: Request, trip_id: str) -> Response:
    """One outing: the sentence first, then what happened, then the drawing."""
    parts = parts_of(request)
    session = await page_session(request, Role.CAREGIVER)
    async with parts.db.read() as connection:
        row = await allow_trip(connection, session.actor, Action.WATCH_LIVE, trip_id)
        way = await way_of(connection, row)
        fixes = await read_fixes(connection, trip_id)
    live = LiveTrip(parts.db, parts.clock, trip_id, way)
    lines, after, now = await live.look(session.actor, 0)
    more = lines
    while more:
        more, after, now = await live.look(session.actor, after)
        lines += more
    await parts.trips.look(session.actor, trip_id, "live")
    drawn = track_picture(fixes) if way.route is None else picture(way.route, fixes, way.first)
    return page(
        request,
        "live.html",
        session,
        trip=row,
        route=way.route,
        now=now,
        lines=in_order(lines)[::-1][:SHOWN_LINES],
        resume=f"{parts.hub.epoch}.{after}",
        picture=drawn,
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
    await parts_of(request).blockages.report_here(session.actor, trip_id, report, kind, hours)
    return see(f"/caregiver/trips/{trip_id}")


@router.post("/blockages/{blockage_id}/remove")
async def take_back(request: Request, blockage_id: BlockageId, csrf: Secret) -> Response:
    """It is open again, or was a mistake."""
    session = await form_session(request, Role.CAREGIVER, csrf)
    await parts_of(request).blockages.remove(session.actor, blockage_id)
    return see("/caregiver")
