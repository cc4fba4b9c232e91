"""The API of who may look at whom: the list, its ends, and invitations."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from pydantic import Field, TypeAdapter
from starlette.responses import Response

from server import relations
from server.access import Action, role_may
from server.api_bodies import MOST, PREFIX, PROBLEMS, AfterNumber, Caller, Limit, body_of, problems, read_body
from server.callers import address_of, api_session
from server.invitations import MOST_OPEN, state_of
from server.late_routes import LateRoute
from server.parts import parts_of
from server.sessions import Session
from wire.base import message
from wire.codec import Codec

RelationId = Annotated[int, Path(ge=1, le=2**31 - 1)]
InvitationId = Annotated[str, Path(max_length=32)]
Code = Annotated[str, Field(min_length=10, max_length=40)]
Person = Annotated[Session, Depends(api_session)]


@message
class Relation:
    """`name`: of the other side, who looks or who is looked at; for an evaluator a pseudonym.

    `agreed_utc_s` null: asked, not answered. `alert_order`: 1 is told first, the same number together; null:
    not told of alerts.
    """

    id: int
    name: str
    role: str
    asked_utc_s: float
    agreed_utc_s: float | None
    alert_order: int | None


@message
class Relations:
    """All that have not ended, by id. Ask again with `after=next` until that is null."""

    relations: tuple[Relation, ...]
    next: int | None


@message
class AlertOrder:
    """When alerts reach this caregiver: 1 first, the same number together, null: not at all."""

    alert_order: Annotated[int, Field(ge=1, le=relations.MOST_STEPS)] | None


@message
class NewInvitation:
    """Whom the wearer means, in their own words; one's password once more."""

    password: Annotated[str, Field(min_length=1, max_length=400)]
    name: Annotated[str, Field(min_length=1, max_length=100)]


@message
class InvitationCode:
    """To be handed over by the wearer, who knows the person; told this once."""

    id: str
    code: str
    expires_utc_s: float


@message
class Invitation:
    """`state`: open, accepted, withdrawn, over."""

    id: str
    name: str
    created_utc_s: float
    expires_utc_s: float
    state: str


@message
class InvitationList:
    """The newest ones, newest first: there are never more."""

    invitations: Annotated[tuple[Invitation, ...], Field(max_length=MOST_OPEN)]


@message
class Acceptance:
    """The code that the wearer handed over. Spaces, hyphens and capitals do not count."""

    code: Code


@message
class Registration:
    """The code, and the account to be made with it."""

    code: Code
    login: Annotated[str, Field(min_length=1, max_length=64)]
    name: Annotated[str, Field(min_length=1, max_length=100)]
    password: Annotated[str, Field(min_length=1, max_length=400)]


@message
class Accepted:
    """Whom one watches over from now on."""

    wearer: str


ALERT_ORDER: Codec[AlertOrder] = Codec("order", TypeAdapter(AlertOrder))
NEW_INVITATION: Codec[NewInvitation] = Codec("invitation", TypeAdapter(NewInvitation))
ACCEPTANCE: Codec[Acceptance] = Codec("code", TypeAdapter(Acceptance))
REGISTRATION: Codec[Registration] = Codec("registration", TypeAdapter(Registration))

router = APIRouter(prefix=PREFIX, responses=PROBLEMS, route_class=LateRoute)


@router.get("/relations", summary="見守りの関係 / Who may look at whom")
async def list_relations(
    request: Request, caller: Caller, after: AfterNumber = None, limit: Limit = MOST
) -> Relations:
    """One's own: for a wearer who looks or asks to, for others at whom they look."""
    rows = await relations.listed(parts_of(request).db, caller, after or 0, limit)
    return Relations(
        relations=tuple(
            Relation(
                id=row.id,
                name=row.name,
                role=row.role,
                asked_utc_s=row.asked_utc_s,
                agreed_utc_s=row.agreed_utc_s,
                alert_order=row.alert_order,
            )
            for row in rows
        ),
        next=rows[-1].id if len(rows) == limit else None,
    )


@router.post("/relations/{relation_id}/agree", status_code=204, summary="同意する / Agree to who asks")
async def agree(request: Request, relation_id: RelationId, caller: Caller) -> Response:
    """For the wearer. 409 for an evaluator without consent to the trial: `Link` says where its text is."""
    parts = parts_of(request)
    await relations.agree(parts.db, parts.clock, caller, relation_id)
    return Response(status_code=204)


@router.delete("/relations/{relation_id}", status_code=204, summary="見守りを終える / End a relation")
async def end(request: Request, relation_id: RelationId, caller: Caller) -> Response:
    """For the wearer, or for the caregiver or evaluator who leaves. Open views close."""
    parts = parts_of(request)
    await relations.end_relation(parts.db, parts.clock, caller, relation_id)
    parts.hub.rights_changed()
    return Response(status_code=204)


@router.put(
    "/relations/{relation_id}/alert-order",
    responses=problems(409),
    status_code=204,
    summary="知らせる順番 / The order in which caregivers are told",
    openapi_extra=body_of(AlertOrder),
)
async def set_alert_order(request: Request, relation_id: RelationId, caller: Caller) -> Response:
    """For the wearer."""
    wanted = await read_body(request, ALERT_ORDER)
    await relations.set_alert_order(parts_of(request).db, caller, relation_id, wanted.alert_order)
    return Response(status_code=204)


@router.post(
    "/invitations",
    responses=problems(409),
    status_code=201,
    summary="見守りに招く / Invite a caregiver",
    openapi_extra=body_of(NewInvitation),
)
async def invite(request: Request, me: Person) -> InvitationCode:
    """For the wearer: a code for one person, good once, for seven days."""
    parts = parts_of(request)
    role_may(me.actor, Action.INVITE)
    wanted = await read_body(request, NEW_INVITATION)
    await parts.sessions.confirm(me.actor, wanted.password)
    made = await parts.invitations.invite(me.actor, wanted.name)
    return InvitationCode(id=made.invitation_id, code=made.code, expires_utc_s=made.expires_utc_s)


@router.get("/invitations", summary="招待の一覧 / Invitations")
async def list_invitations(request: Request, me: Person) -> InvitationList:
    """The wearer's own, without their codes."""
    parts = parts_of(request)
    rows = await parts.invitations.of_wearer(me.actor)
    now_s = parts.clock.utc_s()
    return InvitationList(
        invitations=tuple(
            Invitation(
                id=row.id,
                name=row.name,
                created_utc_s=row.created_utc_s,
                expires_utc_s=row.expires_utc_s,
                state=state_of(row, now_s),
            )
            for row in rows
        )
    )


@router.delete(
    "/invitations/{invitation_id}", status_code=204, summary="招待を取り消す / Withdraw an invitation"
)
async def withdraw(request: Request, invitation_id: InvitationId, me: Person) -> Response:
    """Before it is accepted; after that the relation is ended."""
    await parts_of(request).invitations.withdraw(me.actor, invitation_id)
    return Response(status_code=204)


@router.post(
    "/invitations/accept",
    responses=problems(404, 409),
    summary="招待を受ける / Accept an invitation",
    openapi_extra=body_of(Acceptance),
)
async def accept(request: Request, me: Person) -> Accepted:
    """For a caregiver who has an account."""
    parts = parts_of(request)
    role_may(me.actor, Action.ACCEPT_INVITATION)
    wanted = await read_body(request, ACCEPTANCE)
    return Accepted(wearer=await parts.invitations.accept(me.actor, wanted.code, address_of(request)))


@router.post(
    "/invitations/register",
    responses=problems(404, 409),
    status_code=201,
    summary="招待を受けて登録する / Accept an invitation with a new account",
    openapi_extra=body_of(Registration),
)
async def register(request: Request) -> Accepted:
    """Without a login: the code is what opens, once. Then log in."""
    wanted = await read_body(request, REGISTRATION)
    invitations, address = parts_of(request).invitations, address_of(request)
    return Accepted(
        wearer=await invitations.register(wanted.code, wanted.login, wanted.name, wanted.password, address)
    )
