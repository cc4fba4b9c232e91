"""What a share link opens: one outing, read-only, without a login.

To ask for the page shows a button and nothing else, and counts for nothing: messengers ask for pages by
themselves, for a preview. Who presses the button gets a cookie for this one address, and has opened it.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request
from sqlalchemy import Row, select
from starlette.responses import RedirectResponse, Response

from server.feed import load
from server.late_routes import LateRoute
from server.links import LinkRight
from server.pages.render import page
from server.parts import Parts, parts_of
from server.picture import picture
from server.tables import trips
from server.views import EventStream, Who
from server.ways import way_of

router = APIRouter(prefix="/s", include_in_schema=False, route_class=LateRoute)
_UNLISTED = {"X-Robots-Tag": "noindex, nofollow, noarchive"}
Token = Annotated[str, Path(max_length=64)]


def _cookie(https: bool) -> str:
    # For one address only, so that `__Host-` does not fit.
    return "__Secure-opened" if https else "opened"


@router.get("/{token}")
async def shared_page(request: Request, token: Token) -> Response:
    """The button; or, where it was pressed in this browser, the outing."""
    parts = parts_of(request)
    link = await parts.links.look_up(token)
    if request.cookies.get(_cookie(parts.settings.https)) != link.id:
        answer = page(request, "shared_closed.html", token=token)
    else:
        await parts.links.opened(link)
        answer = await _outing(request, parts, link, token)
    answer.headers.update(_UNLISTED)
    return answer


@router.post("/{token}")
async def open_it(request: Request, token: Token) -> Response:
    """The button was pressed: the wearer is told, the first time."""
    parts = parts_of(request)
    link = await parts.links.look_up(token)
    await parts.links.opened(link)
    answer = RedirectResponse(f"/s/{token}", 303, _UNLISTED)
    answer.set_cookie(
        _cookie(parts.settings.https),
        link.id,
        max_age=max(int(link.expires_utc_s - parts.clock.utc_s()), 1),
        path=f"/s/{token}",
        httponly=True,
        samesite="lax",
        secure=parts.settings.https,
    )
    return answer


@router.get("/{token}/live")
async def live(
    request: Request,
    token: Token,
    last_event_id: Annotated[str | None, Header()] = None,
    after: Annotated[str | None, Query(max_length=64)] = None,
) -> Response:
    """The stream of the page: `now` without coordinates, no lines, `closed` at the end."""
    parts = parts_of(request)
    link = await parts.links.look_up(token)
    await parts.links.opened(link)
    right, who = LinkRight(parts.links, token), Who(link_id=link.id)
    answer = EventStream(parts.viewing.open(link.trip_id, right, who, last_event_id or after))
    answer.headers.update(_UNLISTED)
    return answer


async def _outing(request: Request, parts: Parts, link: Row[Any], token: str) -> Response:
    async with parts.db.read() as connection:
        row = (await connection.execute(select(trips).where(trips.c.id == link.trip_id))).one()
        feed = await load(connection, row, parts.hub.epoch)
        way = await way_of(connection, row)
    now = feed.known_by_link(parts.clock.utc_s())
    # The way ahead, but not where the wearer has been.
    drawn = None if way.route is None or now.state == "ended" else picture(way.route, (), way.first)
    return page(
        request,
        "shared.html",
        token=token,
        name=link.name,
        expires_utc_s=link.expires_utc_s,
        now=now,
        resume=f"{parts.hub.epoch}.{feed.after}",
        picture=drawn,
        attribution="" if way.route is None else way.route.source.attribution,
    )
