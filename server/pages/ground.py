"""The administrator's pages about the ground: maps, what they know, new ones; and closed paths."""

from collections.abc import Sequence
from typing import Annotated, Final, get_args

from fastapi import APIRouter, Form, Path, Query, Request
from starlette.responses import Response

from server.access import Action, Role, role_may
from server.callers import form_session, page_session
from server.closed_paths import REASONS, Checked, Reason, Wanted, closed_paths_of
from server.errors import ApiError
from server.late_routes import LateRoute
from server.map_figures import worse
from server.map_jobs import Job, Kind
from server.map_shelf import Shelved
from server.pages.done import done
from server.pages.lists import Choice, Number, kept, one_of
from server.pages.render import Fault, page
from server.pages.steps import Secret
from server.parts import Parts, parts_of
from server.sessions import Session
from server.words import Pair
from wire.api import BlockageKind

router = APIRouter(prefix="/administrator", include_in_schema=False, route_class=LateRoute)
_MAPS: Final = "/administrator/maps"
_CLOSED: Final = "/administrator/blockages"
_KINDS: Final[tuple[str, ...]] = ("", *get_args(BlockageKind))
_CHECKED: Final[tuple[Checked, ...]] = get_args(Checked)
# After somebody has looked: works last for days.
_HOURS: Final = (1, 6, 24, 72, 168, 720)
MapChoice = Annotated[str, Query(alias="map", max_length=64)]
MapName = Annotated[str, Path(max_length=64)]
ShortId = Annotated[str, Path(max_length=32)]


@router.get("/maps")
async def maps(request: Request) -> Response:
    """Every map of this server: how old, how large, how much is known."""
    parts, session = parts_of(request), await page_session(request, Role.ADMINISTRATOR)
    role_may(session.actor, Action.KEEP_MAPS)
    found = await parts.maps.shelf.all()
    under_way = await parts.maps.under_way()
    now_s = parts.clock.utc_s()
    return page(request, "maps.html", session, maps=found, under_way=under_way, now_s=now_s)


@router.get("/maps/{name}")
async def one_map(request: Request, name: MapName) -> Response:
    """One map, and how its renewal stands."""
    return await _one(request, await page_session(request, Role.ADMINISTRATOR), name)


async def _one(
    request: Request, session: Session, name: str, fault: Fault | None = None, **typed: str
) -> Response:
    parts = parts_of(request)
    role_may(session.actor, Action.KEEP_MAPS)
    found, job = await parts.maps.shelf.one(name), await parts.maps.newest(name)
    area = "" if found.figures is None else ",".join(f"{side:.5f}" for side in found.figures.bounds)
    not_here, has_extract = _renewable(parts, name)
    return page(
        request,
        "one_map.html",
        session,
        fault=fault,
        typed={"area": job.area if job is not None and not found.figures else area} | typed,
        one=found,
        job=job,
        worse=_worse(found, job),
        not_here=not_here,
        has_extract=has_extract,
        now_s=parts.clock.utc_s(),
    )


def _renewable(parts: Parts, name: str) -> tuple[Pair | None, bool]:
    """Why it cannot be made anew here, and whether what it was built from lies beside it."""
    try:
        return None, parts.maps.files(name).extract.exists()
    except ApiError as error:
        return (error.ja, error.en), False


def _worse(found: Shelved, job: Job | None) -> Sequence[Pair]:
    if job is None or job.state != "asks" or found.figures is None or job.told.figures is None:
        return ()
    return worse(found.figures, job.told.figures)


@router.post("/maps/{name}/new")
async def new_map(
    request: Request,
    name: MapName,
    csrf: Secret,
    kind: Annotated[Kind, Form()],
    area: Annotated[str, Form(max_length=120)] = "",
) -> Response:
    """Ask for a new one: fetched from OpenStreetMap, or built again from what was fetched."""
    session = await form_session(request, Role.ADMINISTRATOR, csrf)
    try:
        await parts_of(request).maps.ask(session.actor, name, kind, area)
    except ApiError as error:
        return await _one(
            request, session, name, Fault(error, "area" if error.status == 422 else ""), area=area
        )
    return done(request, f"{_MAPS}/{name}", "map_asked")


@router.post("/map-jobs/{job_id}/use")
async def use(request: Request, job_id: ShortId, csrf: Secret) -> Response:
    """Take it up although it is worse."""
    session = await form_session(request, Role.ADMINISTRATOR, csrf)
    job = await parts_of(request).maps.use(session.actor, job_id)
    return done(request, f"{_MAPS}/{job.map}", "map_replaced")


@router.post("/map-jobs/{job_id}/drop")
async def drop(request: Request, job_id: ShortId, csrf: Secret) -> Response:
    """Go on with the present one."""
    session = await form_session(request, Role.ADMINISTRATOR, csrf)
    job = await parts_of(request).maps.drop(session.actor, job_id)
    return done(request, f"{_MAPS}/{job.map}", "map_dropped")


@router.get("/blockages")
async def blockages(
    request: Request, on: MapChoice = "", kind: Choice = "", checked: Choice = "", number: Number = 1
) -> Response:
    """Closed paths on every map: the street and the hour, and never who reported them."""
    parts, session = parts_of(request), await page_session(request, Role.ADMINISTRATOR)
    looked = one_of(checked, _CHECKED)
    wanted = Wanted(on, one_of(kind, _KINDS), looked)
    closed = closed_paths_of(parts)
    return page(
        request,
        "closed_paths.html",
        session,
        found=await closed.listed(session.actor, wanted, number),
        wanted=wanted,
        maps=await closed.maps(),
        kinds=_KINDS,
        hours=_HOURS,
        reasons=REASONS,
        query=kept(map=on, kind=wanted.kind, checked=looked),
    )


@router.post("/blockages/{blockage_id}/confirm")
async def confirm(
    request: Request, blockage_id: ShortId, csrf: Secret, hours: Annotated[int, Form(ge=1, le=720)]
) -> Response:
    """Somebody has looked: closed for so long from now."""
    session = await form_session(request, Role.ADMINISTRATOR, csrf)
    await closed_paths_of(parts_of(request)).confirm(session.actor, blockage_id, hours)
    return done(request, _CLOSED, "blockage_confirmed")


@router.post("/blockages/{blockage_id}/end")
async def end(
    request: Request, blockage_id: ShortId, csrf: Secret, reason: Annotated[Reason, Form()]
) -> Response:
    """It holds no more."""
    session = await form_session(request, Role.ADMINISTRATOR, csrf)
    await closed_paths_of(parts_of(request)).end(session.actor, blockage_id, reason)
    return done(request, _CLOSED, "blockage_ended")
