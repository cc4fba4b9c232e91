"""The API of one's own account: password, sessions, second factor. For people: no device's key opens it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from pydantic import Field, TypeAdapter
from sqlalchemy import select
from starlette.responses import Response

from server import audit
from server.access import Action, role_may
from server.api_bodies import PREFIX, PROBLEMS, body_of, read_body
from server.callers import api_session, keep_session
from server.late_routes import LateRoute
from server.parts import Parts, parts_of
from server.sessions import MOST_TOLD, Session
from server.tables import organisations, users
from wire.base import message
from wire.codec import Codec

Password = Annotated[str, Field(min_length=1, max_length=400)]
SessionId = Annotated[str, Path(min_length=64, max_length=64)]


async def person(session: Annotated[Session, Depends(api_session)]) -> Session:
    """A person's own session, for what they do to their own account."""
    role_may(session.actor, Action.MANAGE_SELF)
    return session


Person = Annotated[Session, Depends(person)]


@message
class Done:
    """What was done to the account by an administrator or on the server's own machine."""

    utc_s: float
    what: str


@message
class Account:
    """One's own account. `second_factor_utc_s`: since when a second factor is set up; null: none is."""

    user_id: str
    login: str
    name: str
    role: str
    organisation: str | None
    password_set_utc_s: float | None
    second_factor_utc_s: float | None
    recovery_codes_left: int
    done_to_it: tuple[Done, ...]


@message
class OwnSession:
    """A login that is open. `this`: the one that asks."""

    id: str
    created_utc_s: float
    seen_utc_s: float
    this: bool


@message
class OwnSessions:
    """The newest that are open, newest first."""

    sessions: Annotated[tuple[OwnSession, ...], Field(max_length=MOST_TOLD)]


@message
class PasswordChange:
    """The present password, and another one of at least 12 characters."""

    password: Password
    new_password: Password


@message
class OncePassword:
    """One's password once more."""

    password: Password


@message
class SecondFactorBegun:
    """For an authenticator. `pending` comes back with its first code; until then nothing has changed."""

    secret: str
    uri: str
    pending: str


@message
class SecondFactorCode:
    """The first code of the new secret, and one's password once more."""

    password: Password
    pending: Annotated[str, Field(min_length=1, max_length=1000)]
    code: Annotated[str, Field(min_length=6, max_length=40)]


@message
class RecoveryCodes:
    """Each opens once, in place of a code of the authenticator. Told this once."""

    codes: tuple[str, ...]


CHANGE: Codec[PasswordChange] = Codec("password change", TypeAdapter(PasswordChange))
ONCE: Codec[OncePassword] = Codec("password", TypeAdapter(OncePassword))
CODE: Codec[SecondFactorCode] = Codec("code", TypeAdapter(SecondFactorCode))

router = APIRouter(prefix=f"{PREFIX}/account", responses=PROBLEMS, route_class=LateRoute)


@router.get("", summary="自分の登録 / One's own account")
async def read_account(request: Request, me: Person) -> Account:
    """Who one is here, and what others did to the account."""
    return await account_of(parts_of(request), me)


async def account_of(parts: Parts, me: Session) -> Account:
    """For the API and the page."""
    query = (
        select(users, organisations.c.name.label("organisation"))
        .outerjoin(organisations, organisations.c.id == users.c.organisation_id)
        .where(users.c.id == me.actor.user_id)
    )
    async with parts.db.read() as connection:
        row = (await connection.execute(query)).one()
        done = await audit.about(connection, me.actor.user_id)
    return Account(
        user_id=row.id,
        login=row.login,
        name=row.name,
        role=row.role,
        organisation=row.organisation,
        password_set_utc_s=row.password_set_utc_s,
        second_factor_utc_s=row.totp_confirmed_utc_s,
        recovery_codes_left=await parts.second_factor.codes_left(me.actor),
        done_to_it=tuple(Done(utc_s=one.utc_s, what=one.what) for one in done),
    )


@router.post(
    "/password",
    status_code=204,
    summary="パスワードを変える / Change the password",
    openapi_extra=body_of(PasswordChange),
)
async def change_password(request: Request, me: Person) -> Response:
    """Every other session of the account ends, and this one gets another cookie."""
    parts = parts_of(request)
    wanted = await read_body(request, CHANGE)
    await parts.sessions.change_password(me, wanted.password, wanted.new_password)
    parts.hub.rights_changed()
    return await _renewed(parts, me)


@router.get("/sessions", summary="開いているログイン / Open sessions")
async def list_sessions(request: Request, me: Person) -> OwnSessions:
    """One's own."""
    rows = await parts_of(request).sessions.of(me.actor)
    return OwnSessions(
        sessions=tuple(
            OwnSession(
                id=row.token_hash,
                created_utc_s=row.created_utc_s,
                seen_utc_s=row.seen_utc_s,
                this=row.token_hash == me.session_id,
            )
            for row in rows
        )
    )


@router.delete("/sessions", status_code=204, summary="ほかのログインを終える / End all other sessions")
async def end_sessions(request: Request, me: Person) -> Response:
    """All but the one that asks."""
    parts = parts_of(request)
    await parts.sessions.end_others(me)
    parts.hub.rights_changed()
    return Response(status_code=204)


@router.delete("/sessions/{session_id}", status_code=204, summary="ログインを一つ終える / End a session")
async def end_session(request: Request, session_id: SessionId, me: Person) -> Response:
    """One of one's own."""
    parts = parts_of(request)
    await parts.sessions.end(me.actor, session_id)
    parts.hub.rights_changed()
    return Response(status_code=204)


@router.post(
    "/second-factor",
    summary="二段階認証を始める / Begin a second factor",
    openapi_extra=body_of(OncePassword),
)
async def begin_second_factor(request: Request, me: Person) -> SecondFactorBegun:
    """A new secret. An old one holds until a code of the new one was given."""
    parts = parts_of(request)
    await parts.sessions.confirm(me.actor, (await read_body(request, ONCE)).password)
    begun = parts.second_factor.begin(me.actor, me.login)
    return SecondFactorBegun(secret=begun.secret, uri=begun.uri, pending=begun.pending)


@router.put(
    "/second-factor",
    summary="二段階認証を設定する / Set the second factor",
    openapi_extra=body_of(SecondFactorCode),
)
async def set_second_factor(request: Request, response: Response, me: Person) -> RecoveryCodes:
    """With its first code. Other sessions of the account give a code before they open anything again."""
    parts = parts_of(request)
    wanted = await read_body(request, CODE)
    await parts.sessions.confirm(me.actor, wanted.password)
    codes = await parts.second_factor.confirm(me.actor, wanted.pending, wanted.code)
    token = await parts.sessions.renew(me, second_factor=True)
    parts.hub.rights_changed()
    keep_session(response, parts, token)
    return RecoveryCodes(codes=codes)


@router.post(
    "/second-factor/codes",
    summary="復旧コードを作り直す / New recovery codes",
    openapi_extra=body_of(OncePassword),
)
async def new_recovery_codes(request: Request, me: Person) -> RecoveryCodes:
    """The ones before are void."""
    parts = parts_of(request)
    await parts.sessions.confirm(me.actor, (await read_body(request, ONCE)).password)
    return RecoveryCodes(codes=await parts.second_factor.new_codes(me.actor))


@router.delete(
    "/second-factor",
    status_code=204,
    summary="二段階認証をやめる / Remove the second factor",
    openapi_extra=body_of(OncePassword),
)
async def remove_second_factor(request: Request, me: Person) -> Response:
    """For wearers and caregivers; evaluators and administrators need one."""
    parts = parts_of(request)
    await parts.sessions.confirm(me.actor, (await read_body(request, ONCE)).password)
    await parts.second_factor.remove(me.actor)
    return await _renewed(parts, me)


async def _renewed(parts: Parts, me: Session) -> Response:
    answer = Response(status_code=204)
    keep_session(answer, parts, await parts.sessions.renew(me))
    return answer
