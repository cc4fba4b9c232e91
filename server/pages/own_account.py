"""One's own account: password, logins, second factor; whom one watches over; accepting an invitation."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from server import relations
from server.access import SECOND_FACTOR_ROLES, Action, Role, role_may
from server.api_account import account_of
from server.callers import address_of, check_csrf, keep_session, session_of
from server.errors import ApiError, NotLoggedIn, Unfinished
from server.late_routes import LateRoute
from server.pages.done import done
from server.pages.render import Fault, page
from server.pages.steps import Code, Password, Pending, Secret, field_of, wrong_password
from server.parts import parts_of
from server.sessions import Session

router = APIRouter(include_in_schema=False, route_class=LateRoute)
_HOME = "/account"
SessionId = Annotated[str, Form(alias="session", max_length=64)]
RelationId = Annotated[int, Form(alias="relation", ge=1, le=2**31 - 1)]


async def _mine(request: Request, csrf: str) -> Session:
    session = await session_of(parts_of(request), request.cookies)
    check_csrf(session, csrf)
    return session


async def _home(request: Request, session: Session, fault: Fault | None = None) -> Response:
    parts = parts_of(request)
    looks_at: list[object] = []
    if session.actor.role in (Role.CAREGIVER, Role.EVALUATOR):
        looks_at = list(await relations.listed(parts.db, session.actor))
    return page(
        request,
        "account.html",
        session,
        fault=fault,
        account=await account_of(parts, session),
        sessions=await parts.sessions.of(session.actor),
        this_session=session.session_id,
        looks_at=looks_at,
        needs_factor=session.actor.role in SECOND_FACTOR_ROLES,
    )


@router.get(_HOME)
async def home(request: Request) -> Response:
    """All of it."""
    return await _home(request, await session_of(parts_of(request), request.cookies))


@router.post("/account/password")
async def change_password(
    request: Request, csrf: Secret, password: Password, new_password: Password
) -> Response:
    """Every other login ends."""
    parts, session = parts_of(request), await _mine(request, csrf)
    try:
        await parts.sessions.change_password(session, password, new_password)
    except ApiError as error:
        return await _home(request, session, Fault(error, field_of(error)))
    parts.hub.rights_changed()
    return await _renewed(request, session, "password_changed")


@router.post("/account/sessions/end")
async def end_session(request: Request, csrf: Secret, session_id: SessionId = "") -> Response:
    """One login, or all others."""
    parts, session = parts_of(request), await _mine(request, csrf)
    if session_id:
        await parts.sessions.end(session.actor, session_id)
    else:
        await parts.sessions.end_others(session)
    parts.hub.rights_changed()
    return done(request, _HOME, "session_ended")


@router.post("/account/second-factor")
async def begin_second_factor(request: Request, csrf: Secret, password: Password) -> Response:
    """The new secret; nothing has changed until its first code was given."""
    parts, session = parts_of(request), await _mine(request, csrf)
    if fault := await wrong_password(parts, session, password, "factor-password"):
        return await _home(request, session, fault)
    begun = parts.second_factor.begin(session.actor, session.login)
    return _set_up_page(request, session, begun)


@router.post("/account/second-factor/confirm")
async def set_second_factor(
    request: Request, csrf: Secret, password: Password, pending: Pending, code: Code
) -> Response:
    """With its first code; then the recovery codes, once."""
    parts, session = parts_of(request), await _mine(request, csrf)
    fault = await wrong_password(parts, session, password, "password")
    codes: Sequence[str] = ()
    if fault is None:
        try:
            codes = await parts.second_factor.confirm(session.actor, pending, code)
        except ApiError as error:
            fault = Fault(error, "code")
    if fault is not None:
        begun = parts.second_factor.again(session.actor, session.login, pending)
        return _set_up_page(request, session, begun, fault)
    token = await parts.sessions.renew(session, second_factor=True)
    parts.hub.rights_changed()
    answer = page(request, "recovery_codes.html", await parts.sessions.look_up(token), codes=codes)
    keep_session(answer, parts, token)
    return answer


def _set_up_page(request: Request, session: Session, begun: object, fault: Fault | None = None) -> Response:
    return page(
        request,
        "set_up.html",
        session,
        fault=fault,
        begun=begun,
        action="/account/second-factor/confirm",
        ask_password=True,
    )


@router.post("/account/second-factor/codes")
async def new_codes(request: Request, csrf: Secret, password: Password) -> Response:
    """Ten new recovery codes; the ones before are void."""
    parts, session = parts_of(request), await _mine(request, csrf)
    if fault := await wrong_password(parts, session, password, "factor-password"):
        return await _home(request, session, fault)
    try:
        codes = await parts.second_factor.new_codes(session.actor)
    except ApiError as error:
        return await _home(request, session, Fault(error))
    return page(request, "recovery_codes.html", session, codes=codes)


@router.post("/account/second-factor/remove")
async def remove_second_factor(request: Request, csrf: Secret, password: Password) -> Response:
    """Where the role does not need one."""
    parts, session = parts_of(request), await _mine(request, csrf)
    if fault := await wrong_password(parts, session, password, "factor-password"):
        return await _home(request, session, fault)
    try:
        await parts.second_factor.remove(session.actor)
    except ApiError as error:
        return await _home(request, session, Fault(error))
    return await _renewed(request, session, "factor_removed")


async def _renewed(request: Request, session: Session, what: str) -> Response:
    parts = parts_of(request)
    answer = done(request, _HOME, what)
    keep_session(answer, parts, await parts.sessions.renew(session))
    return answer


@router.post("/account/leave")
async def leave(request: Request, csrf: Secret, relation: RelationId) -> Response:
    """The caregiver or evaluator looks no longer."""
    parts, session = parts_of(request), await _mine(request, csrf)
    await relations.end_relation(parts.db, parts.clock, session.actor, relation)
    parts.hub.rights_changed()
    return done(request, _HOME, "left")


@router.get("/invitation")
async def invitation(request: Request) -> Response:
    """For who was given a code: with their account, or with a new one."""
    return _invitation_page(request, await _who(request))


@router.post("/invitation/accept")
async def accept(request: Request, csrf: Secret, code: Code) -> Response:
    """For a caregiver who is logged in."""
    parts, session = parts_of(request), await _mine(request, csrf)
    role_may(session.actor, Action.ACCEPT_INVITATION)
    try:
        wearer = await parts.invitations.accept(session.actor, code, address_of(request))
    except ApiError as error:
        return _invitation_page(request, session, Fault(error, "code"))
    return page(request, "invited.html", session, wearer=wearer)


@router.post("/invitation/register")
async def register(
    request: Request,
    code: Code,
    login: Annotated[str, Form(max_length=64)],
    name: Annotated[str, Form(min_length=1, max_length=100)],
    password: Password,
) -> Response:
    """A new account with the code, which is the secret of this form: it has no session to be misused."""
    invitations = parts_of(request).invitations
    try:
        wearer = await invitations.register(code, login, name, password, address_of(request))
    except ApiError as error:
        typed = {"code": code, "login": login, "name": name}
        return _invitation_page(request, None, Fault(error), typed)
    return page(request, "invited.html", wearer=wearer)


async def _who(request: Request) -> Session | None:
    try:
        return await session_of(parts_of(request), request.cookies)
    except (NotLoggedIn, Unfinished):
        return None


def _invitation_page(
    request: Request,
    session: Session | None,
    fault: Fault | None = None,
    typed: Mapping[str, object] = MappingProxyType({}),
) -> Response:
    return page(
        request,
        "invitation.html",
        session,
        fault=fault,
        typed=typed,
        caregiver=session is not None and session.actor.role is Role.CAREGIVER,
    )
