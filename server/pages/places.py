"""The wearer's pages of places on the ground: saved places, and zones whose entering or leaving is told."""

from typing import Annotated, Final

from fastapi import APIRouter, Form, Path, Request
from pydantic import ValidationError
from starlette.responses import Response

from server.access import Role
from server.callers import form_session, page_session
from server.errors import ApiError, Malformed
from server.late_routes import LateRoute
from server.pages import spots
from server.pages.done import done
from server.pages.render import Fault, page
from server.pages.spots import Choice, Find, MapName, Position, Spot
from server.pages.steps import Secret
from server.parts import parts_of
from server.places_saved import Kind, PlaceToSave
from server.sessions import Session
from server.zones import LEAST_RADIUS_M, MOST_RADIUS_M, ZoneWanted

router = APIRouter(prefix="/wearer", include_in_schema=False, route_class=LateRoute)
_PLACES = "/wearer/places"
_ZONES = "/wearer/zones"
# What people choose from, in metres: a building, a block, a quarter, a town.
RADII: Final = (100, 200, 300, 500, 1000, 3000, 10_000)
_OFF_THE_EARTH = ("緯度と経度の値が正しくありません。", "Latitude or longitude is no place on earth.")

Name = Annotated[str, Form(min_length=1, max_length=100)]
ShortId = Annotated[str, Path(max_length=32)]
Radius = Annotated[float, Form(ge=LEAST_RADIUS_M, le=MOST_RADIUS_M)]
Tick = Annotated[bool, Form()]  # a box that is not ticked is not sent


async def _page(
    request: Request,
    session: Session,
    template: str,
    more: list[Choice] | None = None,
    fault: Fault | None = None,
    **typed: object,
) -> Response:
    parts = parts_of(request)
    places = await parts.privacy.places.listed(session.actor)
    choices = (more or []) + await spots.here(parts, session.actor)
    if template == "zones.html":
        choices += [Choice((one.name, one.name), f"{one.lat:.6f},{one.lon:.6f}") for one in places]
    return page(
        request,
        template,
        session,
        fault=fault,
        typed=typed,
        places=places,
        zones=await parts.zones.listed(session.actor) if template == "zones.html" else (),
        choices=choices,
        found=bool(more),
        maps=spots.maps_of(parts),
        radii=RADII,
    )


async def _find(request: Request, csrf: str, template: str, map_name: str, name: str) -> Response:
    session = await form_session(request, Role.WEARER, csrf)
    more, fault = await spots.found(parts_of(request), session.actor, map_name, name)
    return await _page(request, session, template, more, fault, find=name, map=map_name, name=name)


@router.get("/places")
async def places(request: Request) -> Response:
    """The wearer's places, and forms for one more."""
    return await _page(request, await page_session(request, Role.WEARER), "places.html")


@router.post("/places/find")
async def find_place(request: Request, csrf: Secret, find: Find, map_name: MapName) -> Response:
    """The same page with places of the map to choose from."""
    return await _find(request, csrf, "places.html", map_name, find)


@router.post("/places")
async def save_place(
    request: Request,
    csrf: Secret,
    name: Name,
    spot: Spot = "",
    position: Position = "",
    kind: Annotated[Kind, Form()] = "other",
) -> Response:
    """Keep a place, or move the one that has this name."""
    session = await form_session(request, Role.WEARER, csrf)
    try:
        lat, lon = spots.position_of(spot, position)
        wanted = PlaceToSave(name=name, lat=lat, lon=lon, kind=kind)
        await parts_of(request).privacy.places.save(session.actor, wanted)
    except (ApiError, ValidationError) as error:
        typed = {"name": name, "position": position or spot, "kind": kind}
        return await _page(request, session, "places.html", None, _fault(error), **typed)
    return done(request, _PLACES, "place_saved")


@router.post("/places/{place_id}/remove")
async def remove_place(request: Request, place_id: ShortId, csrf: Secret) -> Response:
    """Forget it."""
    session = await form_session(request, Role.WEARER, csrf)
    await parts_of(request).privacy.places.remove(session.actor, place_id)
    return done(request, _PLACES, "place_removed")


@router.get("/zones")
async def zones(request: Request) -> Response:
    """The wearer's zones, and forms for one more."""
    return await _page(request, await page_session(request, Role.WEARER), "zones.html")


@router.post("/zones/find")
async def find_zone(request: Request, csrf: Secret, find: Find, map_name: MapName) -> Response:
    """The same page with places of the map to choose from."""
    return await _find(request, csrf, "zones.html", map_name, find)


@router.post("/zones")
async def add_zone(
    request: Request,
    csrf: Secret,
    name: Name,
    radius_m: Radius,
    spot: Spot = "",
    position: Position = "",
    on_enter: Tick = False,
    on_leave: Tick = False,
) -> Response:
    """A new zone, also for an outing that is under way."""
    session = await form_session(request, Role.WEARER, csrf)
    when = {"on_enter": on_enter, "on_leave": on_leave}
    try:
        lat, lon = spots.position_of(spot, position)
        wanted = ZoneWanted(name=name, lat=lat, lon=lon, radius_m=radius_m, **when)
        await parts_of(request).zones.add(session.actor, wanted)
    except (ApiError, ValidationError) as error:
        typed = {"name": name, "position": position or spot, "radius_m": radius_m, **when}
        return await _page(
            request,
            session,
            "zones.html",
            None,
            _fault(error, "" if on_enter or on_leave else "on_enter"),
            **typed,
        )
    return done(request, _ZONES, "zone_added")


@router.post("/zones/{zone_id}/remove")
async def remove_zone(request: Request, zone_id: ShortId, csrf: Secret) -> Response:
    """Nothing is told of it any more."""
    session = await form_session(request, Role.WEARER, csrf)
    await parts_of(request).zones.remove(session.actor, zone_id)
    return done(request, _ZONES, "zone_removed")


def _fault(error: ApiError | ValidationError, field: str = "") -> Fault:
    if isinstance(error, ValidationError):
        return Fault(Malformed(*_OFF_THE_EARTH), "position")
    return Fault(error, "position" if isinstance(error, spots.NoPosition) else field)
