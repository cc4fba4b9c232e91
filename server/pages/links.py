"""The wearer's page of share links: made for one outing, shown once, taken back."""

from typing import Annotated

from fastapi import APIRouter, Form, Path, Request
from starlette.responses import Response

from server.access import Role
from server.addresses import address_of_link
from server.callers import form_session, page_session
from server.late_routes import LateRoute
from server.links import MOST_HOURS, NewLink
from server.pages.done import done
from server.pages.render import page
from server.parts import parts_of
from server.sessions import Session

router = APIRouter(prefix="/wearer/links", include_in_schema=False, route_class=LateRoute)
_HOME = "/wearer/links"
_HOURS = (1, 2, 4, 8, MOST_HOURS)

Secret = Annotated[str, Form(alias="csrf", max_length=64)]
Name = Annotated[str, Form(min_length=1, max_length=100)]
Hours = Annotated[float, Form(gt=0.0, le=MOST_HOURS)]
LinkId = Annotated[str, Path(max_length=64)]


@router.get("")
async def home(request: Request) -> Response:
    """The links that are open, and a form for one more where an outing goes on."""
    return await _page(request, await page_session(request, Role.WEARER))


@router.post("")
async def make(
    request: Request, csrf: Secret, trip: Annotated[str, Form(max_length=64)], name: Name, hours: Hours = 2.0
) -> Response:
    """A new link; its address stands on the answer, and nowhere else."""
    session = await form_session(request, Role.WEARER, csrf)
    made = await parts_of(request).links.make(session.actor, trip, name, hours)
    return await _page(request, session, made)


@router.post("/{link_id}/revoke")
async def revoke(request: Request, link_id: LinkId, csrf: Secret) -> Response:
    """Views by it close at once."""
    session = await form_session(request, Role.WEARER, csrf)
    await parts_of(request).links.revoke(session.actor, link_id)
    return done(request, _HOME, "link_revoked")


async def _page(request: Request, session: Session, made: NewLink | None = None) -> Response:
    parts = parts_of(request)
    mine = await parts.trips.of_wearer(session.actor.user_id)
    return page(
        request,
        "links.html",
        session,
        going=next((trip for trip in mine if trip.ended_utc_s is None), None),
        links=await parts.links.of(session.actor),
        address=None if made is None else address_of_link(request, made.token),
        hours=_HOURS,
    )
