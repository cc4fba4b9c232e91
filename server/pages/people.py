"""The wearer's page about people and devices: who is told first, invitations, devices, pairing."""

from typing import Annotated

from fastapi import APIRouter, Form, Path, Request
from starlette.responses import Response

from server import relations
from server.access import Action, Role, role_may
from server.callers import form_session, page_session
from server.devices import add_device
from server.errors import ApiError
from server.invitations import state_of
from server.late_routes import LateRoute
from server.pages.done import done
from server.pages.render import Fault, page
from server.pages.steps import Password, Secret, wrong_password
from server.parts import parts_of
from server.sessions import Session
from wire.api import DeviceKind

router = APIRouter(prefix="/wearer/people", include_in_schema=False, route_class=LateRoute)
_HOME = "/wearer/people"
_MOST_DEVICES = 50
RelationId = Annotated[int, Path(ge=1, le=2**31 - 1)]
ShortId = Annotated[str, Path(max_length=32)]
Name = Annotated[str, Form(min_length=1, max_length=100)]


async def _home(request: Request, session: Session, fault: Fault | None = None, **typed: str) -> Response:
    parts, me = parts_of(request), session.actor
    now_s = parts.clock.utc_s()
    invited = await parts.invitations.of_wearer(me)
    return page(
        request,
        "people.html",
        session,
        fault=fault,
        typed=typed,
        relations=await relations.relations_of(parts.db, me.user_id),
        orders=range(1, relations.MOST_STEPS + 1),
        invitations=[(row, state_of(row, now_s)) for row in invited],
        devices=await parts.devices.listed(me, "", _MOST_DEVICES),
    )


@router.get("")
async def home(request: Request) -> Response:
    """All of it."""
    return await _home(request, await page_session(request, Role.WEARER))


@router.post("/invitations")
async def invite(request: Request, csrf: Secret, name: Name, password: Password) -> Response:
    """A code to hand over, shown once."""
    parts, session = parts_of(request), await form_session(request, Role.WEARER, csrf)
    if fault := await wrong_password(parts, session, password, "invite-password"):
        return await _home(request, session, fault, name=name)
    try:
        made = await parts.invitations.invite(session.actor, name)
    except ApiError as error:
        return await _home(request, session, Fault(error, "name"), name=name)
    return _code_page(request, session, "invitation", name, made.code, made.expires_utc_s)


@router.post("/invitations/{invitation_id}/withdraw")
async def withdraw(request: Request, invitation_id: ShortId, csrf: Secret) -> Response:
    """Its code opens nothing any more."""
    session = await form_session(request, Role.WEARER, csrf)
    await parts_of(request).invitations.withdraw(session.actor, invitation_id)
    return done(request, _HOME, "invitation_withdrawn")


@router.post("/relations/{relation_id}/order")
async def set_order(
    request: Request,
    relation_id: RelationId,
    csrf: Secret,
    order: Annotated[int, Form(ge=0, le=relations.MOST_STEPS)],
) -> Response:
    """When alerts reach them; 0: not at all."""
    session = await form_session(request, Role.WEARER, csrf)
    await relations.set_alert_order(parts_of(request).db, session.actor, relation_id, order or None)
    return done(request, _HOME, "order_set")


@router.post("/pairings")
async def pair(
    request: Request,
    csrf: Secret,
    label: Name,
    password: Password,
    kind: Annotated[DeviceKind, Form()] = "glasses",
) -> Response:
    """Eight digits for a new device, shown once; for a phone that logs, which asks no server, its key."""
    parts, session = parts_of(request), await form_session(request, Role.WEARER, csrf)
    if fault := await wrong_password(parts, session, password, "pair-password"):
        return await _home(request, session, fault, label=label)
    try:
        if kind == "logger":
            return await _logger_key(request, session, label)
        made = await parts.pairing.code(session.actor, label, kind)
    except ApiError as error:
        return await _home(request, session, Fault(error, "label"), label=label)
    code = f"{made.code[:4]} {made.code[4:]}"
    return _code_page(request, session, "device", label, code, made.expires_utc_s)


def _code_page(
    request: Request, session: Session, what: str, name: str, code: str, until_s: float | None
) -> Response:
    known = parts_of(request).settings.telling.public_url or str(request.base_url)
    return page(
        request,
        "code.html",
        session,
        what=what,
        name=name,
        code=code,
        until_s=until_s,
        login=session.login,
        address=known.rstrip("/"),
    )


async def _logger_key(request: Request, session: Session, label: str) -> Response:
    parts = parts_of(request)
    role_may(session.actor, Action.PAIR_DEVICE)
    made = await add_device(parts.db, parts.clock, session.actor.user_id, label, kind="logger")
    return _code_page(request, session, "logger", label, made.key, None)


@router.post("/devices/{device_id}/rename")
async def rename(request: Request, device_id: ShortId, csrf: Secret, label: Name) -> Response:
    """What the wearer calls it."""
    session = await form_session(request, Role.WEARER, csrf)
    await parts_of(request).devices.rename(session.actor, device_id, label)
    return done(request, _HOME, "device_renamed")


@router.post("/devices/{device_id}/revoke")
async def revoke(request: Request, device_id: ShortId, csrf: Secret) -> Response:
    """Lost, sold, broken: its key opens nothing from now on."""
    parts, session = parts_of(request), await form_session(request, Role.WEARER, csrf)
    await parts.devices.revoke(session.actor, device_id)
    parts.hub.rights_changed()
    return done(request, _HOME, "device_revoked")
