"""The administrator's pages about people and devices of their own organisation; no walks."""

from typing import Annotated, Final, get_args

from fastapi import APIRouter, Form, Path, Request
from starlette.responses import Response

from server.access import PEOPLE, Role
from server.callers import form_session, page_session
from server.device_list import DeviceState, devices_listed
from server.device_list import Wanted as WantedDevices
from server.devices import PAGE
from server.errors import ApiError
from server.late_routes import LateRoute
from server.pages.done import done
from server.pages.lists import Choice, Number, Words, kept, one_of
from server.pages.render import Fault, page
from server.pages.steps import Secret
from server.parts import parts_of
from server.people_list import AccountState, people_listed
from server.people_list import Wanted as WantedPeople
from server.program import program_version
from server.sessions import Session
from wire.api import DeviceKind

router = APIRouter(prefix="/administrator", include_in_schema=False, route_class=LateRoute)
_HOME = "/administrator"
_ACCOUNT_STATES: Final[tuple[AccountState, ...]] = get_args(AccountState)
_ALL: Final = WantedPeople()
_DEVICE_STATES: Final[tuple[DeviceState, ...]] = get_args(DeviceState)
_KINDS: Final[tuple[str, ...]] = ("", *get_args(DeviceKind), PAGE)
ShortId = Annotated[str, Path(max_length=32)]


async def _home(
    request: Request,
    session: Session,
    wanted: WantedPeople = _ALL,
    number: int = 1,
    fault: Fault | None = None,
    **typed: str,
) -> Response:
    found = await people_listed(parts_of(request).db, session.actor, wanted, number)
    role = "" if wanted.role is None else wanted.role.value
    return page(
        request,
        "administrator.html",
        session,
        fault=fault,
        typed=typed,
        found=found,
        wanted=wanted,
        query=kept(q=wanted.text, role=role, state=wanted.state),
        roles=[role.value for role in PEOPLE],
        states=_ACCOUNT_STATES,
        now_s=parts_of(request).clock.utc_s(),
    )


@router.get("")
async def home(
    request: Request, q: Words = "", role: Choice = "", state: Choice = "", number: Number = 1
) -> Response:
    """People, and a form for a new one."""
    session = await page_session(request, Role.ADMINISTRATOR)
    whose = next((known for known in PEOPLE if known.value == role), None)
    standing = one_of(state, _ACCOUNT_STATES)
    return await _home(request, session, WantedPeople(q, whose, standing), number)


@router.post("/people")
async def add(
    request: Request,
    csrf: Secret,
    role: Annotated[Role, Form()],
    login: Annotated[str, Form(min_length=1, max_length=64)],
    name: Annotated[str, Form(min_length=1, max_length=100)],
) -> Response:
    """A new account, with a one-time password that is shown once."""
    session = await form_session(request, Role.ADMINISTRATOR, csrf)
    try:
        made = await parts_of(request).people.add(session.actor, role, login, name)
    except ApiError as error:
        return await _home(request, session, fault=Fault(error, "login"), role=role, login=login, name=name)
    return page(request, "one_time.html", session, login=made.login, password=made.password)


@router.get("/people/{person_id}")
async def person(request: Request, person_id: ShortId) -> Response:
    """One account."""
    session = await page_session(request, Role.ADMINISTRATOR)
    row = await parts_of(request).people.one(session.actor, person_id)
    return page(request, "person.html", session, person=row)


@router.post("/people/{person_id}/disable")
async def disable(request: Request, person_id: ShortId, csrf: Secret) -> Response:
    """At once."""
    session = await form_session(request, Role.ADMINISTRATOR, csrf)
    await parts_of(request).people.disable(session.actor, person_id)
    return done(request, f"{_HOME}/people/{person_id}", "person_disabled")


@router.post("/people/{person_id}/enable")
async def enable(request: Request, person_id: ShortId, csrf: Secret) -> Response:
    """It may again."""
    session = await form_session(request, Role.ADMINISTRATOR, csrf)
    await parts_of(request).people.enable(session.actor, person_id)
    return done(request, f"{_HOME}/people/{person_id}", "person_enabled")


@router.post("/people/{person_id}/password")
async def reset_password(request: Request, person_id: ShortId, csrf: Secret) -> Response:
    """A one-time password, shown once."""
    session = await form_session(request, Role.ADMINISTRATOR, csrf)
    people = parts_of(request).people
    row = await people.one(session.actor, person_id)
    password = await people.reset_password(session.actor, person_id)
    return page(request, "one_time.html", session, login=row.login, password=password)


@router.post("/people/{person_id}/second-factor")
async def reset_second_factor(request: Request, person_id: ShortId, csrf: Secret) -> Response:
    """For who has lost it."""
    session = await form_session(request, Role.ADMINISTRATOR, csrf)
    await parts_of(request).people.reset_second_factor(session.actor, person_id)
    return done(request, f"{_HOME}/people/{person_id}", "factor_reset")


@router.get("/devices")
async def devices(
    request: Request, q: Words = "", kind: Choice = "", state: Choice = "", number: Number = 1
) -> Response:
    """The devices of the organisation's wearers: heard of, updated, whole; never where."""
    parts, session = parts_of(request), await page_session(request, Role.ADMINISTRATOR)
    standing = one_of(state, _DEVICE_STATES)
    wanted = WantedDevices(q, one_of(kind, _KINDS), standing)
    found = await devices_listed(parts.db, parts.clock, session.actor, wanted, number)
    return page(
        request,
        "organisation_devices.html",
        session,
        found=found,
        wanted=wanted,
        query=kept(q=q, kind=wanted.kind, state=wanted.state),
        kinds=_KINDS,
        states=_DEVICE_STATES,
        version=program_version(),
    )


@router.post("/devices/{device_id}/revoke")
async def revoke(request: Request, device_id: ShortId, csrf: Secret) -> Response:
    """Its key opens nothing from now on."""
    parts, session = parts_of(request), await form_session(request, Role.ADMINISTRATOR, csrf)
    await parts.devices.revoke(session.actor, device_id)
    parts.hub.rights_changed()
    return done(request, f"{_HOME}/devices", "device_revoked")
