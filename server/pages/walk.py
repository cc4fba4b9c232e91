"""The wearer's own walk in a browser: where to, by which way, and on the way. All of it works by forms.

`static/walk*.js` adds what forms cannot: the position of the phone, what is spoken, and the countdown of a
call for help.
"""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated, Any, Final, NamedTuple

from fastapi import APIRouter, Form, Request
from sqlalchemy import Row
from starlette.responses import Response

from routing.manner import Lang
from server.access import Action, Actor, Role
from server.allow import allow_trip
from server.api_walk import browser_cookie, browser_id
from server.callers import form_session, page_session
from server.errors import ApiError, Malformed, NotFound
from server.late_routes import LateRoute
from server.pages import spots
from server.pages.done import done
from server.pages.render import Fault, lang_of, page
from server.pages.spots import Choice, Find, MapName
from server.pages.steps import Secret
from server.parts import Parts, parts_of
from server.places_saved import SAVED, SavedPlace
from server.sessions import Session
from server.walk_now import walk_now
from server.walks import Recent, walks_of
from server.ways import way_of
from server.words import Pair
from wire.api import PlanRequest
from wire.route import Place, Route, StretchKind

router = APIRouter(prefix="/wearer/walk", include_in_schema=False, route_class=LateRoute)
_HOME: Final = "/wearer/walk"
_YEAR_S: Final = 365 * 86_400
_HERE: Final = "here"  # the phone's position, which only a script can tell
_SAME_DEG: Final = 2e-5  # two metres: a plan to a saved place goes to its position
# Only the pages of a walk may ask the phone where it is.
_MAY_POSITION: Final = {"Permissions-Policy": "camera=(), microphone=(), geolocation=(self)"}
_CROSSINGS: Final = frozenset({StretchKind.CROSSING, StretchKind.LEVEL_CROSSING})
_WHERE_I_AM: Final[Pair] = ("今いる所", "Where you are")
_NO_ORIGIN: Final = (
    "出発地を選ぶか、名前か緯度と経度を入れてください。",
    "Choose where you start, or give its name, or latitude and longitude.",
)
_NO_DESTINATION: Final = (
    "行き先を選ぶか、名前か緯度と経度を入れてください。",
    "Choose where you go, or give its name, or latitude and longitude.",
)

Chosen = Annotated[str, Form(max_length=200)]
RouteField = Annotated[str, Form(alias="route", max_length=64)]


class Proposal(NamedTuple):
    """A route to choose."""

    route: Route
    why: Pair
    length_m: int
    minutes: int
    crossings: int
    rehearsal: tuple[str, ...]


@router.get("")
async def home(request: Request) -> Response:
    """The walk that goes on in this browser; else the choice of a destination."""
    session = await page_session(request, Role.WEARER)
    going = await walks_of(parts_of(request)).going(session.actor, browser_id(request))
    return await (_choose(request, session) if going is None else _walk(request, session, going))


async def _walk(request: Request, session: Session, trip: Row[Any]) -> Response:
    parts = parts_of(request)
    async with parts.db.read() as connection:
        await allow_trip(connection, session.actor, Action.WATCH_LIVE, trip.id)
        route = (await way_of(connection, trip)).route
    shown = page(
        request,
        "walk.html",
        session,
        trip=trip,
        device=browser_id(request),
        route=route,
        to=None if route is None else _name(route.destination, await _saved(parts, session.actor)),
        now=await walk_now(parts, session.actor, trip.id),
        rehearsal=() if route is None else await parts.routes.rehearsal(route, lang_of(request)),
        shared=await parts.trips.is_shared(session.actor.user_id, trip.id),
    )
    shown.headers.update(_MAY_POSITION)
    return shown


async def _choose(
    request: Request,
    session: Session,
    found: Sequence[Choice] = (),
    fault: Fault | None = None,
    **typed: object,
) -> Response:
    parts, me, this = parts_of(request), session.actor, browser_id(request)
    walks, saved = walks_of(parts), await _saved(parts, me)
    recent = [] if found else await walks.recent(me)
    shown = page(
        request,
        "walk_plan.html",
        session,
        fault=fault,
        typed=typed,
        saved=[Choice((one.name, one.name), f"{SAVED}{one.name}") for one in saved],
        recent=[Choice(_name(one.place, saved), _position(one.place)) for one in recent],
        found=found,
        maps=spots.maps_of(parts),
        last_map=typed.get("map") or _map_of(recent),
        elsewhere=await walks.elsewhere(me, this),
        revoked=await walks.was_revoked(me, this),
    )
    shown.headers.update(_MAY_POSITION)
    return shown


@router.post("/find")
async def find(request: Request, csrf: Secret, find: Find, map_name: MapName) -> Response:
    """The same page with places of the map to go to."""
    session = await form_session(request, Role.WEARER, csrf)
    found, fault = await spots.found(parts_of(request), session.actor, map_name, find)
    return await _choose(request, session, _by_name(found), fault, find=find, map=map_name)


def _by_name(found: Sequence[Choice]) -> list[Choice]:
    """The same, each asked for by its name where that is one place only: the walk then is to a name."""
    count = Counter(one.name for one in found)
    return [one._replace(position=one.name) if count[one.name] == 1 else one for one in found]


@router.post("/plan")
async def plan(
    request: Request,
    csrf: Secret,
    map_name: MapName,
    origin: Chosen = "",
    start: Chosen = "",
    here: Annotated[str, Form(max_length=64)] = "",
    destination: Chosen = "",
    to: Chosen = "",
) -> Response:
    """The routes to choose from. What was typed counts before what was chosen."""
    parts, session = parts_of(request), await form_session(request, Role.WEARER, csrf)
    typed = {"map": map_name, "origin": origin, "start": start, "destination": destination, "to": to}
    begin = start.strip() or (here if origin == _HERE else origin)
    end = to.strip() or destination
    if not begin or not end:
        fault = Fault(Malformed(*_NO_DESTINATION), "to") if begin else Fault(Malformed(*_NO_ORIGIN), "start")
        return await _choose(request, session, (), fault, **typed)
    wanted = PlanRequest(map=map_name, origin=begin, destination=end)
    try:
        resolved = await parts.privacy.places.resolved(session.actor, wanted)
        alternatives = await parts.routes.alternatives(session.actor, resolved)
    except ApiError as error:
        return await _choose(request, session, (), Fault(error), **typed)
    lang, saved = lang_of(request), await _saved(parts, session.actor)
    proposals = [
        await _proposal(parts, one.route, (one.why_ja, one.why_en), lang) for one in alternatives.routes
    ]
    first = proposals[0].route
    return page(
        request,
        "walk_routes.html",
        session,
        proposals=proposals,
        ends=(
            _WHERE_I_AM if here and begin == here else _name(first.origin, saved),
            _name(first.destination, saved),
        ),
        shared=await parts.trips.is_shared(session.actor.user_id, None),
    )


async def _proposal(parts: Parts, route: Route, why: Pair, lang: Lang) -> Proposal:
    crossings = sum(stretch.kind in _CROSSINGS for stretch in route.stretches)
    minutes = max(round(route.duration_s / 60.0), 1)
    return Proposal(
        route,
        why,
        round(route.length_m / 10.0) * 10,  # nobody walks to a metre
        minutes,
        crossings,
        await parts.routes.rehearsal(route, lang),
    )


@router.post("/start")
async def start(request: Request, csrf: Secret, route: RouteField = "") -> Response:
    """Set out, along a route or (none) without one."""
    session = await form_session(request, Role.WEARER, csrf)
    walks = walks_of(parts_of(request))
    device_id = await walks.browser_or_new(session.actor, browser_id(request))
    await walks.begin(session.actor, device_id, route or None)
    return _kept(request, device_id, "walk_begun")


@router.post("/sos")
async def call(request: Request, csrf: Secret) -> Response:
    """Call for help. Without a script there is no position but the last one that came."""
    session = await form_session(request, Role.WEARER, csrf)
    walks = walks_of(parts_of(request))
    device_id = await walks.browser_or_new(session.actor, browser_id(request))
    await walks.call(session.actor, device_id)
    return _kept(request, device_id, "sos_raised")


@router.post("/sos/cancel")
async def take_back(request: Request, csrf: Secret) -> Response:
    """It was a mistake, or help is not needed any more."""
    session = await form_session(request, Role.WEARER, csrf)
    await walks_of(parts_of(request)).take_back(session.actor, browser_id(request))
    return done(request, _HOME, "sos_back")


@router.post("/stop")
async def stop(request: Request, csrf: Secret, arrived: Annotated[bool, Form()] = False) -> Response:
    """The outing is over. Pressed once more it is over still."""
    session = await form_session(request, Role.WEARER, csrf)
    with suppress(NotFound):
        await walks_of(parts_of(request)).end(session.actor, browser_id(request), arrived=arrived)
    return done(request, _HOME, "walk_ended")


@router.post("/left")
async def end_left(request: Request, csrf: Secret) -> Response:
    """The outing of a device that was revoked on the way is over."""
    session = await form_session(request, Role.WEARER, csrf)
    walks = walks_of(parts_of(request))
    device_id = await walks.browser_or_new(session.actor, browser_id(request))
    await walks.end_left(session.actor, device_id)
    return _kept(request, device_id, "walk_ended")


def _kept(request: Request, device_id: str, what: str) -> Response:
    """On to the walk, and this browser is that device from now on."""
    https = parts_of(request).settings.https
    answer = done(request, _HOME, what)
    answer.set_cookie(
        browser_cookie(https), device_id, max_age=_YEAR_S, httponly=True, samesite="lax", secure=https
    )
    return answer


async def _saved(parts: Parts, wearer: Actor) -> tuple[SavedPlace, ...]:
    return await parts.privacy.places.listed(wearer)


def _name(place: Place, saved: Sequence[SavedPlace]) -> Pair:
    """The wearer's own word for it, if there is one: plans themselves do not hold it."""
    own = next(
        (
            one.name
            for one in saved
            if abs(one.lat - place.lat) < _SAME_DEG and abs(one.lon - place.lon) < _SAME_DEG
        ),
        None,
    )
    return (own, own) if own is not None else (place.name.ja, place.name.en or place.name.ja)


def _position(place: Place) -> str:
    return f"{place.lat:.6f},{place.lon:.6f}"


def _map_of(recent: Sequence[Recent]) -> str:
    return next((one.map for one in recent if one.map), "")
