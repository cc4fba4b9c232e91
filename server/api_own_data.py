"""The API of one's own data: who looked, the blurred map, a copy of everything, and erasure."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import Field, TypeAdapter
from starlette.responses import Response, StreamingResponse

from server import audit
from server.access import Action, role_may
from server.allow import allow_person
from server.api_bodies import PREFIX, PROBLEMS, AfterNumber, Caller, Id, Limit, body_of, problems, read_body
from server.blurred_maps import BlurredMap
from server.late_routes import LateRoute
from server.looks import Look, looks_at
from server.parts import parts_of
from wire.base import message
from wire.codec import Codec

router = APIRouter(prefix=PREFIX, responses=PROBLEMS, route_class=LateRoute)
_ZIP: dict[int | str, dict[str, Any]] = {200: {"content": {"application/zip": {}}, "description": "ZIP"}}
ZIP_HEADERS = {"Content-Disposition": 'attachment; filename="shirube.zip"'}


@message
class Again:
    """The caller's password, once more."""

    password: Annotated[str, Field(min_length=1, max_length=400)]


@message
class LookPage:
    """Newest first. `next`: ask again with `after` set to it; null: there are no more."""

    looks: tuple[Look, ...]
    next: int | None


@message
class ErasureState:
    """`due_utc_s`: when everything will be erased; null: it was not asked for."""

    due_utc_s: float | None


_AGAIN: Codec[Again] = Codec("password", TypeAdapter(Again))


@router.get("/looks", summary="だれがいつ見たか / Who looked when")
async def read_looks(
    request: Request,
    caller: Caller,
    after: AfterNumber = None,
    limit: Limit = 50,
) -> LookPage:
    """For wearers: every look of others at their outings, newest first, from the one before `after` on."""
    role_may(caller, Action.READ_LOOKS)
    async with parts_of(request).db.read() as connection:
        found = await looks_at(connection, caller.user_id, after, limit)
    return LookPage(looks=found, next=found[-1].id if len(found) == limit else None)


@router.get("/trips/{trip_id}/map", summary="ぼかした地図 / The blurred map")
async def read_map(request: Request, trip_id: Id, caller: Caller) -> BlurredMap:
    """For evaluators whom the wearer agreed to, and for the wearer, who may see what they see.

    Nothing within 300 m of home, all else on a grid of about 100 m, no times.
    """
    parts = parts_of(request)
    found = await parts.privacy.maps.of(caller, trip_id)
    await parts.trips.look(caller, trip_id, "map")
    return found


@router.post(
    "/export",
    response_class=Response,
    responses=_ZIP,
    summary="自分の情報の写し / A copy of one's own data",
    openapi_extra=body_of(Again),
)
async def export(request: Request, caller: Caller) -> Response:
    """ZIP: JSON of every table, GPX of tracks, CSV of outings. Needs the password again; three in an hour."""
    parts = parts_of(request)
    role_may(caller, Action.MANAGE_SELF)
    await parts.sessions.confirm(caller, (await read_body(request, _AGAIN)).password)
    pieces = await parts.privacy.exports.begin(caller)
    return StreamingResponse(pieces, media_type="application/zip", headers=ZIP_HEADERS)


@router.get("/erasure", summary="消去の申し込み / One's wish to be erased")
async def read_erasure(request: Request, caller: Caller) -> ErasureState:
    """Whether there is one, and when it will be carried out."""
    role_may(caller, Action.MANAGE_SELF)
    return ErasureState(due_utc_s=await parts_of(request).privacy.erasures.due_utc_s(caller.user_id))


@router.post(
    "/erasure",
    status_code=202,
    summary="自分の情報を消す / Be erased",
    openapi_extra=body_of(Again),
)
async def ask_erasure(request: Request, caller: Caller) -> ErasureState:
    """Needs the password again. All consents end now.

    All data goes after the cooling-off days; until then the wish can be taken back, afterwards nothing can.
    """
    parts = parts_of(request)
    role_may(caller, Action.MANAGE_SELF)
    await parts.sessions.confirm(caller, (await read_body(request, _AGAIN)).password)
    return ErasureState(due_utc_s=await parts.privacy.erasures.ask(caller.user_id))


@router.delete(
    "/erasure", responses=problems(404, 409), status_code=204, summary="消去を取りやめる / Take the wish back"
)
async def take_back_erasure(request: Request, caller: Caller) -> Response:
    """Stay. Consents do not come back by themselves."""
    role_may(caller, Action.MANAGE_SELF)
    await parts_of(request).privacy.erasures.take_back(caller.user_id)
    return Response(status_code=204)


@router.post(
    "/people/{user_id}/erasure",
    status_code=202,
    response_class=Response,
    summary="人の情報を消す / Erase a person",
    openapi_extra=body_of(Again),
)
async def erase_person(
    request: Request, user_id: Annotated[str, Path(max_length=32)], caller: Caller
) -> Response:
    """For administrators, of their own organisation, on the person's request, for good. Needs their password.

    Nameless and closed when this answers, deleted within minutes.
    """
    parts = parts_of(request)
    role_may(caller, Action.CHANGE_PERSON)
    # A browser that was left open must not be able to do what nobody can undo.
    await parts.sessions.confirm(caller, (await read_body(request, _AGAIN)).password)
    async with parts.db.write() as connection:
        person = await allow_person(connection, caller, Action.CHANGE_PERSON, user_id)
        by = audit.By(str(person.organisation_id), caller.user_id)
        await audit.record(connection, parts.clock.utc_s(), by, "person_erased", user_id)
    await parts.privacy.erasures.order(user_id)
    return Response(status_code=202)
