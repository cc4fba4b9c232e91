"""The API for administrators: accounts and audit of their own organisation. Nothing here tells of a walk."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Request
from pydantic import Field, TypeAdapter
from sqlalchemy import Row
from starlette.responses import Response

from server.access import Actor, Role
from server.api_bodies import (
    MOST,
    PREFIX,
    PROBLEMS,
    AfterId,
    AfterNumber,
    Limit,
    body_of,
    problems,
    read_body,
)
from server.callers import api_session
from server.late_routes import LateRoute
from server.parts import parts_of
from server.sessions import Session
from wire.base import message
from wire.codec import Codec


async def administrator(session: Annotated[Session, Depends(api_session)]) -> Actor:
    """A person with a session; that their role may is asked with each act."""
    return session.actor


Administrator = Annotated[Actor, Depends(administrator)]
PersonId = Annotated[str, Path(max_length=32)]


@message
class Person:
    """An account. `second_factor`: one is set up. `one_time_password`: they have not chosen their own yet."""

    id: str
    role: str
    login: str
    name: str
    created_utc_s: float
    disabled_utc_s: float | None
    second_factor: bool
    one_time_password: bool


@message
class PeoplePage:
    """By id. Ask again with `after=next` until that is null."""

    people: tuple[Person, ...]
    next: str | None


@message
class NewPerson:
    """The first administrator of an organisation is made on the server's own command line."""

    role: Literal["wearer", "caregiver", "evaluator", "administrator"]
    login: Annotated[str, Field(min_length=1, max_length=64)]
    name: Annotated[str, Field(min_length=1, max_length=100)]


@message
class NewName:
    """The name that others see."""

    name: Annotated[str, Field(min_length=1, max_length=100)]


@message
class OneTime:
    """A password for one login, told this once."""

    id: str
    login: str
    password: str


@message
class Act:
    """Something that was done. `actor_id` null: on the server's own machine. `detail`: kinds, as JSON."""

    id: int
    utc_s: float
    actor_id: str | None
    what: str
    object_id: str | None
    detail: str


@message
class ActPage:
    """Oldest first. Ask again with `after=next` until that is null."""

    acts: tuple[Act, ...]
    next: int | None


NEW_PERSON: Codec[NewPerson] = Codec("person", TypeAdapter(NewPerson))
NEW_NAME: Codec[NewName] = Codec("name", TypeAdapter(NewName))

router = APIRouter(prefix=PREFIX, responses=PROBLEMS, route_class=LateRoute)


def told(row: Row[tuple[object, ...]]) -> Person:
    """An account as an administrator sees it."""
    return Person(
        id=row.id,
        role=row.role,
        login=row.login,
        name=row.name,
        created_utc_s=row.created_utc_s,
        disabled_utc_s=row.disabled_utc_s,
        second_factor=row.totp_confirmed_utc_s is not None,
        one_time_password=row.password_set_utc_s is None,
    )


@router.get("/people", summary="組織の人 / People of the organisation")
async def list_people(
    request: Request, me: Administrator, after: AfterId = None, limit: Limit = MOST
) -> PeoplePage:
    """Of the administrator's own organisation."""
    rows = await parts_of(request).people.listed(me, after or "", limit)
    return PeoplePage(people=tuple(map(told, rows)), next=rows[-1].id if len(rows) == limit else None)


@router.post(
    "/people",
    responses=problems(409),
    status_code=201,
    summary="人を登録する / Add a person",
    openapi_extra=body_of(NewPerson),
)
async def add_person(request: Request, me: Administrator) -> OneTime:
    """With a one-time password, told this once."""
    wanted = await read_body(request, NEW_PERSON)
    made = await parts_of(request).people.add(me, Role(wanted.role), wanted.login, wanted.name)
    return OneTime(id=made.user_id, login=made.login, password=made.password)


@router.get("/people/{person_id}", summary="ひとりの登録 / One person's account")
async def read_person(request: Request, person_id: PersonId, me: Administrator) -> Person:
    """Of one's own organisation."""
    return told(await parts_of(request).people.one(me, person_id))


@router.patch(
    "/people/{person_id}",
    status_code=204,
    summary="呼び名を変える / Rename a person",
    openapi_extra=body_of(NewName),
)
async def rename_person(request: Request, person_id: PersonId, me: Administrator) -> Response:
    """The name that others see; the login stays."""
    wanted = await read_body(request, NEW_NAME)
    await parts_of(request).people.rename(me, person_id, wanted.name)
    return Response(status_code=204)


@router.post(
    "/people/{person_id}/disable",
    responses=problems(409),
    status_code=204,
    summary="登録を止める / Disable an account",
)
async def disable_person(request: Request, person_id: PersonId, me: Administrator) -> Response:
    """At once: their sessions end, their devices and open views are cut off. What is stored stays."""
    await parts_of(request).people.disable(me, person_id)
    return Response(status_code=204)


@router.post("/people/{person_id}/enable", status_code=204, summary="登録を戻す / Enable an account")
async def enable_person(request: Request, person_id: PersonId, me: Administrator) -> Response:
    """They and their devices may again."""
    await parts_of(request).people.enable(me, person_id)
    return Response(status_code=204)


@router.post(
    "/people/{person_id}/password", responses=problems(409), summary="パスワードを作り直す / Reset a password"
)
async def reset_password(request: Request, person_id: PersonId, me: Administrator) -> OneTime:
    """A one-time password, told this once; their sessions end, and their own page tells them of it."""
    people = parts_of(request).people
    row = await people.one(me, person_id)
    return OneTime(id=person_id, login=str(row.login), password=await people.reset_password(me, person_id))


@router.delete(
    "/people/{person_id}/second-factor",
    responses=problems(409),
    status_code=204,
    summary="二段階認証を戻す / Reset a second factor",
)
async def reset_second_factor(request: Request, person_id: PersonId, me: Administrator) -> Response:
    """For who has lost it; their sessions end, and their own page tells them of it."""
    await parts_of(request).people.reset_second_factor(me, person_id)
    return Response(status_code=204)


@router.get("/audit", summary="管理の記録 / What was done to accounts and devices")
async def read_audit(
    request: Request,
    me: Administrator,
    after: AfterNumber = None,
    limit: Limit = MOST,
) -> ActPage:
    """By administrators and on the command line, in one's own organisation: no names, no positions."""
    rows = await parts_of(request).people.audited(me, after or 0, limit)
    acts = tuple(
        Act(
            id=row.id,
            utc_s=row.utc_s,
            actor_id=row.actor_id,
            what=row.what,
            object_id=row.object_id,
            detail=row.detail,
        )
        for row in rows
    )
    return ActPage(acts=acts, next=acts[-1].id if len(acts) == limit else None)
