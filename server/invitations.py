"""A wearer asks somebody to watch over them: a code, handed over in person or by a message of their own.

Only the wearer invites, and who has the code accepts: that makes the relation, which the wearer ends at any
time. Where the caregiver's account belongs does not matter: a sister in another city may be asked, and her
own organisation's administrator sees her account, not whom she watches over.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Row, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from server import audit
from server.access import Action, Actor, Role, role_may
from server.accounts import Credentials, insert_user, login_form, new_account
from server.attempts import QUARTER_S, Attempts, Limit
from server.clock import Clock
from server.credentials import hashed, new_code, new_id, off_loop, plain, token_hash
from server.database import Database
from server.errors import AccountError, Conflict, Malformed, NotFound
from server.names import check_name
from server.organisations import organisation_of
from server.passwords import fault_of
from server.relations import agree_now
from server.tables import invitations, users

LASTS_S: Final = 7 * 86_400.0
MOST_OPEN: Final = 20  # of one wearer
# About 74 bits: no number of guesses finds one. The limit keeps the store from being asked for nothing.
_WRONG_FROM_ONE: Final = 20


@dataclass(frozen=True, slots=True)
class Invited:
    """What the wearer hands over; `code` is told this once."""

    invitation_id: str
    code: str
    expires_utc_s: float


def state_of(row: Row[tuple[object, ...]], now_s: float) -> str:
    """open, accepted, withdrawn or over."""
    if row.accepted_utc_s is not None:
        return "accepted"
    if row.withdrawn_utc_s is not None:
        return "withdrawn"
    return "open" if float(row.expires_utc_s) > now_s else "over"


class Invitations:
    """Invitations of wearers, and their answers."""

    def __init__(self, db: Database, clock: Clock, attempts: Attempts) -> None:
        self._db = db
        self._clock = clock
        self._attempts = attempts

    async def invite(self, wearer: Actor, name: str) -> Invited:
        """A code for one person, called `name` in the wearer's own words."""
        role_may(wearer, Action.INVITE)
        check_name(name)
        made = Invited(new_id(), new_code(), self._clock.utc_s() + LASTS_S)
        row = {
            "id": made.invitation_id,
            "wearer_id": wearer.user_id,
            "name": name,
            "code_hash": token_hash(plain(made.code)),
            "created_utc_s": self._clock.utc_s(),
            "expires_utc_s": made.expires_utc_s,
        }
        async with self._db.write() as connection:
            open_ones = select(func.count()).where(
                invitations.c.wearer_id == wearer.user_id, *_open(self._clock.utc_s())
            )
            if (await connection.execute(open_ones)).scalar_one() >= MOST_OPEN:
                raise Conflict(
                    "答えを待っている招待が多すぎます。古い招待を取り消してください。",
                    "Too many invitations wait for an answer: withdraw some.",
                )
            await connection.execute(insert(invitations).values(row))
        return made

    async def of_wearer(self, wearer: Actor) -> list[Row[tuple[object, ...]]]:
        """The wearer's newest, with how each ended."""
        role_may(wearer, Action.INVITE)
        query = (
            select(invitations)
            .where(invitations.c.wearer_id == wearer.user_id)
            .order_by(invitations.c.created_utc_s.desc(), invitations.c.id)
            .limit(MOST_OPEN)
        )
        async with self._db.read() as connection:
            return list(await connection.execute(query))

    async def withdraw(self, wearer: Actor, invitation_id: str) -> None:
        """The code opens nothing any more. A relation that it has made is ended as any other."""
        role_may(wearer, Action.INVITE)
        now_s = self._clock.utc_s()
        change = update(invitations).where(
            invitations.c.id == invitation_id, invitations.c.wearer_id == wearer.user_id, *_open(now_s)
        )
        async with self._db.write() as connection:
            if (await connection.execute(change.values(withdrawn_utc_s=now_s))).rowcount == 0:
                raise NotFound("答えを待っているその招待はありません。", "There is no such open invitation.")

    async def accept(self, caregiver: Actor, code: str, address: str) -> str:
        """The caregiver watches over who has invited them from now on: that wearer's name."""
        role_may(caregiver, Action.ACCEPT_INVITATION)
        attempt = await self._attempts.begin(Limit(f"invitation\n{address}", _WRONG_FROM_ONE, QUARTER_S))
        async with self._db.write() as connection:
            wearer = await self._use(connection, code, caregiver.user_id)
        await self._attempts.fits(attempt)
        return wearer

    async def register(self, code: str, login: str, name: str, password: str, address: str) -> str:
        """The same for a person without an account, which is made with it: the wearer's name.

        The account belongs to the wearer's organisation.
        """
        attempt = await self._attempts.begin(Limit(f"invitation\n{address}", _WRONG_FROM_ONE, QUARTER_S))
        async with self._db.read() as connection:
            await self._invitation(connection, code)  # nothing is judged and hashed for strangers
        made = await _account(login, name, password)
        now_s, kept = self._clock.utc_s(), await hashed(made.password)
        try:
            async with self._db.write() as connection:
                # Before the code is right nobody is told whether a login is taken.
                row = await self._invitation(connection, code)
                where = await organisation_of(connection, str(row.wearer_id))
                await insert_user(
                    connection, made, name, now_s, password_hash=kept, organisation_id=where, one_time=False
                )
                await audit.record(connection, now_s, audit.By(where), "person_invited", made.user_id)
                wearer = await self._use(connection, code, made.user_id)
        except IntegrityError:
            raise Conflict(
                "そのログイン名は使われています。別の名前にしてください。",
                "This login name is taken: choose another.",
            ) from None
        await self._attempts.fits(attempt)
        return wearer

    async def _invitation(self, connection: AsyncConnection, code: str) -> Row[tuple[object, ...]]:
        query = select(invitations, users.c.name.label("wearer")).join(
            users, users.c.id == invitations.c.wearer_id
        )
        row = (
            await connection.execute(
                query.where(
                    invitations.c.code_hash == token_hash(plain(code)),
                    *_open(self._clock.utc_s()),
                    users.c.disabled_utc_s.is_(None),
                    users.c.erased_utc_s.is_(None),
                )
            )
        ).one_or_none()
        if row is None:
            self._attempts.wrong("invitation")
            raise NotFound(
                "その招待の番号は違うか、使われたか、取り消されたか、期限が過ぎました。",
                "The invitation's code is wrong, was used or withdrawn, or is over.",
            )
        return row

    async def _use(self, connection: AsyncConnection, code: str, viewer_id: str) -> str:
        row, now_s = await self._invitation(connection, code), self._clock.utc_s()
        used = update(invitations).where(invitations.c.id == row.id, *_open(now_s))
        answer = await connection.execute(used.values(accepted_utc_s=now_s, accepted_by=viewer_id))
        if answer.rowcount == 0:
            raise Conflict("その招待は今使われました。", "The invitation was used in between.")
        await agree_now(connection, viewer_id, str(row.wearer_id), now_s)
        return str(row.wearer)


async def _account(login: str, name: str, password: str) -> Credentials:
    """The caregiver's, to be; else `Malformed`."""
    check_name(name)
    fault = await off_loop(fault_of, password, login_form(login), name)
    if fault is not None:
        raise Malformed(*fault)
    try:
        return await off_loop(new_account, Role.CAREGIVER, login, name, password)
    except AccountError as error:
        raise Malformed("ログイン名は64文字、名前は100文字までです。", f"{error}.") from None


def _open(now_s: float) -> tuple[ColumnElement[bool], ...]:
    return (
        invitations.c.accepted_utc_s.is_(None),
        invitations.c.withdrawn_utc_s.is_(None),
        invitations.c.expires_utc_s > now_s,
    )
