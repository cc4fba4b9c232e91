"""What an administrator does: the accounts of their own organisation, never where anybody walks."""

from typing import Final

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server import accounts, audit
from server.access import PEOPLE, Action, Actor, Role, role_may
from server.accounts import Credentials
from server.allow import allow_person
from server.clock import Clock
from server.database import Database
from server.errors import AccountError, Conflict, Forbidden
from server.hub import Hub
from server.listing import Listing, listing
from server.names import check_name
from server.organisations import organisation_of
from server.tables import users

_MOST_ROWS: Final = 50_000  # of a table: more is for the operator's own tools


class People:
    """The accounts of the administrator's organisation. Each act is written down with itself."""

    def __init__(self, db: Database, clock: Clock, hub: Hub) -> None:
        self._db = db
        self._clock = clock
        self._hub = hub

    async def listed(self, administrator: Actor, after: str, limit: int) -> list[Row[tuple[object, ...]]]:
        """Accounts by id, above `after`."""
        role_may(administrator, Action.LIST_PEOPLE)
        async with self._db.read() as connection:
            own = await organisation_of(connection, administrator.user_id)
            query = (
                select(users)
                .where(users.c.organisation_id == own, users.c.id > after, users.c.erased_utc_s.is_(None))
                .order_by(users.c.id)
                .limit(limit)
            )
            return list(await connection.execute(query))

    async def one(self, administrator: Actor, user_id: str) -> Row[tuple[object, ...]]:
        """One account."""
        async with self._db.read() as connection:
            return await allow_person(connection, administrator, Action.LIST_PEOPLE, user_id)

    async def add(self, administrator: Actor, role: Role, login: str, name: str) -> Credentials:
        """A new account with a one-time password. `Conflict` where the login is taken or is none."""
        role_may(administrator, Action.CHANGE_PERSON)
        if role not in PEOPLE:
            raise Forbidden("この役割の登録は作れません。", "No account of this role can be made.")
        by = await self._by(administrator)
        try:
            return await accounts.add_user(self._db, self._clock, role, login, name, by=by, one_time=True)
        except AccountError as error:
            raise Conflict(
                "そのログイン名は使われているか、使えません。別の名前にしてください。", f"{error}."
            ) from None

    async def disable(self, administrator: Actor, user_id: str) -> None:
        """At once: sessions end, devices and open views are cut off. Not oneself."""
        if user_id == administrator.user_id:
            raise Conflict("自分の登録は止められません。", "You cannot disable your own account.")
        async with self._db.write() as connection:
            by = await self._may(connection, administrator, user_id)
            await accounts.disable(connection, self._clock.utc_s(), by, user_id)
        self._hub.rights_changed()

    async def enable(self, administrator: Actor, user_id: str) -> None:
        """It may again."""
        async with self._db.write() as connection:
            by = await self._may(connection, administrator, user_id)
            await accounts.enable(connection, self._clock.utc_s(), by, user_id)

    async def reset_password(self, administrator: Actor, user_id: str) -> str:
        """A one-time password, told this once; sessions end. One's own is changed, not reset."""
        if user_id == administrator.user_id:
            raise Conflict(
                "自分のパスワードは「わたしの登録」で変えます。",
                "Change your own password on your account's page.",
            )
        async with self._db.write() as connection:
            by = await self._may(connection, administrator, user_id)
            password = await accounts.reset_password(connection, self._clock.utc_s(), by, user_id)
        self._hub.rights_changed()
        return password

    async def reset_second_factor(self, administrator: Actor, user_id: str) -> None:
        """For who has lost it; sessions end. Not one's own: another administrator, or the command line."""
        if user_id == administrator.user_id:
            raise Conflict(
                "自分の二段階認証は、ほかの管理者が戻します。",
                "Another administrator resets your second factor.",
            )
        async with self._db.write() as connection:
            by = await self._may(connection, administrator, user_id)
            await accounts.forget_second_factor(connection, self._clock.utc_s(), by, user_id)
        self._hub.rights_changed()

    async def rename(self, administrator: Actor, user_id: str, name: str) -> None:
        """The name that others see."""
        check_name(name)
        async with self._db.write() as connection:
            by = await self._may(connection, administrator, user_id)
            await connection.execute(update(users).where(users.c.id == user_id).values(name=name))
            await audit.record(connection, self._clock.utc_s(), by, "person_renamed", user_id)

    async def audited(self, administrator: Actor, after: int, limit: int) -> list[Row[tuple[object, ...]]]:
        """What was done in the organisation, oldest first, numbered above `after`."""
        role_may(administrator, Action.READ_AUDIT)
        async with self._db.read() as connection:
            own = await organisation_of(connection, administrator.user_id)
            return await audit.of_organisation(connection, own, after, limit)

    async def audit_page(
        self, administrator: Actor, wanted: audit.Wanted, number: int
    ) -> tuple[Listing[Row[tuple[object, ...]]], list[str]]:
        """One page of what was done in the organisation, newest first; and every kind of it."""
        role_may(administrator, Action.READ_AUDIT)
        async with self._db.read() as connection:
            own = await organisation_of(connection, administrator.user_id)
            kinds = await audit.kinds(connection, own)
            return await listing(connection, audit.newest_first(own, wanted), number), kinds

    async def audit_table(self, administrator: Actor, wanted: audit.Wanted) -> list[Row[tuple[object, ...]]]:
        """All of it, for a table."""
        role_may(administrator, Action.READ_AUDIT)
        async with self._db.read() as connection:
            own = await organisation_of(connection, administrator.user_id)
            return list(await connection.execute(audit.newest_first(own, wanted).limit(_MOST_ROWS)))

    async def _by(self, administrator: Actor) -> audit.By:
        async with self._db.read() as connection:
            return audit.By(await organisation_of(connection, administrator.user_id), administrator.user_id)

    async def _may(self, connection: AsyncConnection, administrator: Actor, user_id: str) -> audit.By:
        row = await allow_person(connection, administrator, Action.CHANGE_PERSON, user_id)
        return audit.By(str(row.organisation_id), administrator.user_id)
