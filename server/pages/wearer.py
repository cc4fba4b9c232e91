"""The wearer's pages: the outing, the route as a list, who may watch and who did, one's own log."""

from typing import Annotated

from fastapi import APIRouter, Form, Path, Request
from sqlalchemy import select
from starlette.responses import Response

from server import relations
from server.access import Action, Actor, Role
from server.allow import allow_trip
from server.callers import form_session, page_session
from server.consent import NotAgreed, Purpose, agreed_to_current
from server.consent_texts import current_text
from server.consents import ConsentGiven
from server.credentials import new_id
from server.late_routes import LateRoute
from server.lines import in_order, line_of
from server.looks import Look, looks_at
from server.pages.alerts import banner
from server.pages.closed import HOURS, BlockageId, Hours, Kind, ReportId
from server.pages.done import done
from server.pages.render import lang_of, page
from server.parts import Parts, parts_of
from server.tables import trips
from server.trips import PAGE

router = APIRouter(prefix="/wearer", include_in_schema=False, route_class=LateRoute)
_HOME = "/wearer"
_SHOWN_LOOKS = 10  # the newest; all have a page of their own

Secret = Annotated[str, Form(alias="csrf", max_length=64)]
RelationId = Annotated[int, Path(ge=1, le=2**62)]
# Empty: the next trip, which has no id yet.
TripField = Annotated[str, Form(alias="trip", max_length=32)]
VersionField = Annotated[str, Form(alias="version", max_length=16)]


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
        own_alerts=await banner(parts, me),
        going=going,
        trips=trips,
        outing=None if newest is None else await parts.outings.of(me, newest.id),
        route=route,
        rehearsal=() if route is None else await parts.routes.rehearsal(route, lang_of(request)),
        relations=await relations.relations_of(parts.db, me.user_id),
        looks=await _looks(parts, me),
        sharing_agreed=await _sharing_agreed(parts, me),
        sharing_text=current_text(Purpose.LIVE_SHARING.value, lang_of(request)),
        shared_now=going is not None and await parts.trips.is_shared(me.user_id, going.id),
        shared_next=await parts.trips.is_shared(me.user_id, None),
        closed=await parts.blockages.own(me),
        report=new_id(),
        hours=HOURS,
    )


async def _sharing_agreed(parts: Parts, me: Actor) -> bool:
    async with parts.db.read() as connection:
        return await agreed_to_current(connection, me.user_id, Purpose.LIVE_SHARING)


async def _looks(parts: Parts, me: Actor) -> tuple[Look, ...]:
    async with parts.db.read() as connection:
        return await looks_at(connection, me.user_id, None, _SHOWN_LOOKS)


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
    async with parts.db.read() as connection:
        summed = select(trips.c.summed_utc_s).where(trips.c.id == trip_id)
        gone = (await connection.execute(summed)).scalar_one() is not None
    return page(
        request,
        "log.html",
        session,
        lines=in_order(lines),
        outing=outing,
        track_gone=gone,
        trip_id=trip_id,
    )


@router.post("/share")
async def share(request: Request, csrf: Secret, trip: TripField = "", version: VersionField = "") -> Response:
    """Be followed. `version`: of the text above the button. Without consent: on to the text."""
    parts, session = parts_of(request), await form_session(request, Role.WEARER, csrf)
    if trip:
        async with parts.db.read() as connection:
            await allow_trip(connection, session.actor, Action.SHARE_TRIP, trip)
    if version:
        said = ConsentGiven(purpose=Purpose.LIVE_SHARING, version=version, lang=lang_of(request))
        await parts.privacy.consents.give(session.actor, said)
    try:
        await parts.trips.share(session.actor, trip or None)
    except NotAgreed as error:
        return done(request, f"/wearer/consents/{error.purpose}", "text_first")
    return done(request, _HOME, "shared")


@router.post("/unshare")
async def unshare(request: Request, csrf: Secret, trip: TripField = "") -> Response:
    """Withdraw it; open views close."""
    session = await form_session(request, Role.WEARER, csrf)
    await parts_of(request).trips.stop_sharing(session.actor, trip or None)
    return done(request, _HOME, "unshared")


@router.post("/relations/{relation_id}/agree")
async def agree(request: Request, relation_id: RelationId, csrf: Secret) -> Response:
    """Let a person look from now on."""
    parts = parts_of(request)
    session = await form_session(request, Role.WEARER, csrf)
    try:
        await relations.agree(parts.db, parts.clock, session.actor, relation_id)
    except NotAgreed as error:
        # To an evaluator nobody agrees before the text of the trial was read and agreed to.
        return done(request, f"/wearer/consents/{error.purpose}", "agree_text_first")
    return done(request, _HOME, "agreed")


@router.post("/relations/{relation_id}/end")
async def end(request: Request, relation_id: RelationId, csrf: Secret) -> Response:
    """Decline, or let them look no longer; open views close."""
    parts = parts_of(request)
    session = await form_session(request, Role.WEARER, csrf)
    await relations.end_relation(parts.db, parts.clock, session.actor, relation_id)
    parts.hub.rights_changed()
    return done(request, _HOME, "ended")


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
    return done(request, _HOME, "closed_reported")


@router.post("/blockages/{blockage_id}/remove")
async def take_back(request: Request, blockage_id: BlockageId, csrf: Secret) -> Response:
    """It is open again, or was a mistake."""
    session = await form_session(request, Role.WEARER, csrf)
    await parts_of(request).blockages.remove(session.actor, blockage_id)
    return done(request, _HOME, "closed_removed")
