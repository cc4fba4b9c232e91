"""The wearer's pages: the outing, the route as a list, who may watch and who did, one's own log."""

from typing import Annotated

from fastapi import APIRouter, Form, Path, Request
from starlette.responses import Response

from server import accounts
from server.access import Role
from server.callers import form_session, page_session
from server.credentials import new_id
from server.lines import in_order, line_of
from server.pages.closed import HOURS, BlockageId, Hours, Kind, ReportId
from server.pages.login import see
from server.pages.render import lang_of, page
from server.parts import parts_of
from server.trips import PAGE

router = APIRouter(prefix="/wearer", include_in_schema=False)
_HOME = "/wearer"

Secret = Annotated[str, Form(alias="csrf", max_length=64)]
RelationId = Annotated[int, Path(ge=1, le=2**62)]
# Empty: the next trip, which has no id yet.
TripField = Annotated[str, Form(alias="trip", max_length=32)]


@router.get("")
async def home(request: Request) -> Response:
    """Everything at a glance, in the order of need."""
    parts = parts_of(request)
    session = await page_session(request, Role.WEARER)
    me = session.actor
    trips = await parts.trips.of_wearer(me.user_id)
    newest = trips[0] if trips else None
    going = newest if newest is not None and newest.ended_utc_s is None else None
    route = await parts.routes.latest(me.user_id)
    return page(
        request,
        "wearer.html",
        session,
        going=going,
        trips=trips,
        outing=None if newest is None else await parts.outings.of(me, newest.id),
        route=route,
        rehearsal=() if route is None else await parts.routes.rehearsal(route, lang_of(request)),
        relations=await accounts.relations_of(parts.db, me.user_id),
        looks=await parts.trips.looks_at(me.user_id),
        shared_now=going is not None and await parts.trips.is_shared(me.user_id, going.id),
        shared_next=await parts.trips.is_shared(me.user_id, None),
        closed=await parts.blockages.own(me),
        report=new_id(),
        hours=HOURS,
    )


@router.get("/trips/{trip_id}")
async def log(request: Request, trip_id: str) -> Response:
    """One outing: figures and everything that was said."""
    parts = parts_of(request)
    session = await page_session(request, Role.WEARER)
    lines, after = [], 0
    while found := await parts.trips.events_after(session.actor, trip_id, after, PAGE):
        lines += [line for line in map(line_of, found) if line is not None]
        after = found[-1].id
    outing = await parts.outings.of(session.actor, trip_id)
    return page(request, "log.html", session, lines=in_order(lines), outing=outing)


@router.post("/share")
async def share(request: Request, csrf: Secret, trip: TripField = "") -> Response:
    """Consent to be followed."""
    session = await form_session(request, Role.WEARER, csrf)
    await parts_of(request).trips.share(session.actor, trip or None)
    return see(_HOME)


@router.post("/unshare")
async def unshare(request: Request, csrf: Secret, trip: TripField = "") -> Response:
    """Withdraw it; open views close."""
    session = await form_session(request, Role.WEARER, csrf)
    await parts_of(request).trips.stop_sharing(session.actor, trip or None)
    return see(_HOME)


@router.post("/relations/{relation_id}/agree")
async def agree(request: Request, relation_id: RelationId, csrf: Secret) -> Response:
    """Let a person look from now on."""
    parts = parts_of(request)
    session = await form_session(request, Role.WEARER, csrf)
    await accounts.agree(parts.db, parts.clock, session.actor, relation_id)
    return see(_HOME)


@router.post("/relations/{relation_id}/end")
async def end(request: Request, relation_id: RelationId, csrf: Secret) -> Response:
    """Decline, or let them look no longer; open views close."""
    parts = parts_of(request)
    session = await form_session(request, Role.WEARER, csrf)
    await accounts.end_relation(parts.db, parts.clock, session.actor, relation_id)
    parts.hub.wake_all()
    return see(_HOME)


@router.post("/blockages")
async def report_closed(
    request: Request,
    csrf: Secret,
    trip: Annotated[str, Form(max_length=32)],
    report: ReportId,
    kind: Kind = "path_closed",
    hours: Hours = 24,
) -> Response:
    """The path is closed where the outing is now."""
    session = await form_session(request, Role.WEARER, csrf)
    await parts_of(request).blockages.report_here(session.actor, trip, report, kind, hours)
    return see(_HOME)


@router.post("/blockages/{blockage_id}/remove")
async def take_back(request: Request, blockage_id: BlockageId, csrf: Secret) -> Response:
    """It is open again, or was a mistake."""
    session = await form_session(request, Role.WEARER, csrf)
    await parts_of(request).blockages.remove(session.actor, blockage_id)
    return see(_HOME)
