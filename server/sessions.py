"""Logging in to the pages: random tokens hashed at rest, two expiries, a limit on guesses.

A stranger who guesses must not shut a person out: guesses are counted for a name from one address, for an
address, and for a name from browsers that have never logged in to it. A browser that has is counted by
itself.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, bindparam, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.access import SECOND_FACTOR_ROLES, Actor, Role
from server.accounts import login_form
from server.attempts import Attempts, Limit
from server.buckets import Buckets, Rate
from server.clock import Clock
from server.credentials import hashed, new_token, off_loop, password_fits, token_hash
from server.database import Database
from server.errors import Forbidden, Malformed, NotFound, NotLoggedIn, StoreError, TooMany
from server.passwords import MAX_PASSWORD, fault_of
from server.sealing import Sealer
from server.settings import Settings
from server.tables import sessions, users
from server.together import Together

# Many people may sit behind one address (an office): a wider limit than for one name.
_ADDRESS_FACTOR: Final = 10
# From all unknown browsers of the world together: 100 guesses a quarter of an hour, 10^4 a day.
_NAME_FACTOR: Final = 20
MOST_TOLD: Final = 100  # of one person, in a list
_HASHES: Final = Rate(1.0 / 15.0, 30.0)  # of one person: thirty at once, four a minute
_TOUCH_S: Final = 60.0  # the idle clock is written at most this often
_TOKENS: Final = 500  # in one query
# Made once: they take longer to put together than to ask.
_OVER: Final = or_(
    sessions.c.seen_utc_s < bindparam("idle_since"), sessions.c.created_utc_s < bindparam("begun_before")
)
_OPEN_ONES: Final = (
    select(
        sessions,
        users.c.role,
        users.c.name,
        users.c.login,
        users.c.totp_confirmed_utc_s,
        users.c.password_set_utc_s,
    )
    .join(users, users.c.id == sessions.c.user_id)
    .where(
        users.c.disabled_utc_s.is_(None),
        users.c.erased_utc_s.is_(None),
        sessions.c.token_hash.in_(bindparam("hashes", expanding=True)),
        ~_OVER,
    )
)
_DROP_OVER: Final = delete(sessions).where(_OVER)
_OWN: Final = (
    select(sessions.c.token_hash, sessions.c.created_utc_s, sessions.c.seen_utc_s)
    .where(sessions.c.user_id == bindparam("user"), ~_OVER)
    .order_by(sessions.c.created_utc_s.desc(), sessions.c.token_hash)
    .limit(MOST_TOLD)
)


class Missing(StrEnum):
    """What a session still needs before it opens anything else."""

    SECOND_FACTOR = "second_factor"  # a code of the one that is set up
    PASSWORD = "password"  # noqa: S105  (one's own in place of the one-time password)
    SET_UP = "set_up"  # a second factor, which the role needs


@dataclass(frozen=True, slots=True)
class Session:
    """Who is logged in, the secret that their forms carry, until when (UTC seconds), and what is missing."""

    actor: Actor
    csrf: str
    session_id: str
    login: str
    until_s: float
    missing: Missing | None = None


class Sessions:
    """The pages' sessions."""

    def __init__(
        self, db: Database, clock: Clock, settings: Settings, attempts: Attempts, sealer: Sealer
    ) -> None:
        self._db = db
        self._clock = clock
        self._settings = settings
        self._attempts = attempts
        self._sealer = sealer
        self._hashed = Buckets()
        self._rows: Together[str, Row[tuple[object, ...]]] = Together(self._open_ones)

    async def log_in(self, login: str, password: str, address: str, browser: str | None = None) -> str:
        """A new session's token. `TooMany` after repeated failures, `NotLoggedIn` on a wrong pair.

        `browser`: the mark that `mark_for` gave this browser at an earlier login.
        """
        login = login_form(login)
        limits = self._limits(login, address, self.known(browser, login))
        attempt = await self._attempts.begin(*limits)
        self._not_too_often(limits[0].key)
        async with self._db.read() as connection:
            able = (users.c.login == login, users.c.disabled_utc_s.is_(None), users.c.erased_utc_s.is_(None))
            user = (await connection.execute(select(users).where(*able))).one_or_none()
        stored = None if user is None else user.password_hash
        if not await password_fits(stored, password[: MAX_PASSWORD + 1]) or user is None:
            self._attempts.wrong("login")
            raise NotLoggedIn("名前かパスワードが違います。", "The name or the password is wrong.")
        await self._attempts.fits(attempt, forgive=1)
        return await self._open(user.id)

    def _limits(self, login: str, address: str, known: str | None) -> tuple[Limit, ...]:
        most, window_s = self._settings.login_failures, self._settings.login_window_s
        if known is not None:
            return (Limit(f"{login}\nbrowser\n{known}", most, window_s),)
        return (
            Limit(f"{login}\n{address}", most, window_s),
            Limit(f"\n{address}", most * _ADDRESS_FACTOR, window_s),
            Limit(f"{login}\n", most * _NAME_FACTOR, window_s),
        )

    def mark_for(self, session: Session, browser: str | None = None) -> str:
        """For the cookie of a browser in which this person has logged in: it is not a stranger's.

        `browser`: the mark that it has; the same one stays, as long as it is this person's.
        """
        known = self.known(browser, session.login) or new_token()
        return self._sealer.seal(f"browser\n{session.login}\n{known}")

    def known(self, browser: str | None, login: str) -> str | None:
        """Which browser it is, by its mark; None: not one in which this person has logged in."""
        if browser is None:
            return None
        try:
            what, owner, known = self._sealer.open(browser).split("\n")
        except (StoreError, ValueError):
            return None
        return known if (what, owner) == ("browser", login) else None

    async def confirm(self, actor: Actor, password: str) -> None:
        """The same person once more, before what matters most. `Forbidden`; `TooMany` after failures."""
        most, window_s = self._settings.login_failures, self._settings.login_window_s
        limit = Limit(f"confirm\n{actor.user_id}", most, window_s)
        attempt = await self._attempts.begin(limit)
        self._not_too_often(limit.key)
        async with self._db.read() as connection:
            query = select(users.c.password_hash).where(users.c.id == actor.user_id)
            stored = (await connection.execute(query)).scalar_one_or_none()
        if not await password_fits(stored, password[: MAX_PASSWORD + 1]):
            raise Forbidden("今のパスワードが違います。", "Your present password is wrong.")
        await self._attempts.fits(attempt, forgive=1)

    def _not_too_often(self, key: str) -> None:
        """Right passwords are counted too: each costs a tenth of a second of a core."""
        wait_s = self._hashed.wait_s("hashed", key, _HASHES, self._clock.utc_s())
        if wait_s > 0.0:
            raise TooMany(
                "パスワードの確認が多すぎます。少し待ってください。",
                "The password was checked too often: wait a little.",
                {"Retry-After": str(int(wait_s) + 1)},
            )

    async def change_password(self, session: Session, password: str, new: str) -> None:
        """One's own; every other session of the account ends. The caller tells `hub.rights_changed()`."""
        await self.confirm(session.actor, password)
        fault = await off_loop(fault_of, new, session.login, session.actor.name)
        if fault is None and new == password:
            fault = ("今と違うパスワードにしてください。", "choose another password than the present one")
        if fault is not None:
            raise Malformed(*fault)
        values = {"password_hash": await hashed(new), "password_set_utc_s": self._clock.utc_s()}
        async with self._db.write() as connection:
            await connection.execute(update(users).where(users.c.id == session.actor.user_id).values(values))
            await connection.execute(delete(sessions).where(self._others(session)))

    async def _open(self, user_id: str) -> str:
        token, now_s = new_token(), self._clock.utc_s()
        row = {
            "token_hash": token_hash(token),
            "user_id": user_id,
            "csrf": new_token(),
            "created_utc_s": now_s,
            "seen_utc_s": now_s,
        }
        async with self._db.write() as connection:
            await connection.execute(_DROP_OVER, self._ends(now_s))
            await connection.execute(insert(sessions).values(row))
            await connection.execute(update(users).where(users.c.id == user_id).values(login_utc_s=now_s))
        return token

    async def renew(self, session: Session, *, second_factor: bool = False) -> str:
        """Another token for the same session, whose old one opens nothing any more (ASVS 7.2.4)."""
        token = new_token()
        values: dict[str, object] = {"token_hash": token_hash(token), "csrf": new_token()}
        if second_factor:
            values["second_factor_utc_s"] = self._clock.utc_s()
        change = update(sessions).where(sessions.c.token_hash == session.session_id).values(values)
        async with self._db.write() as connection:
            if (await connection.execute(change)).rowcount == 0:
                raise NotLoggedIn
        return token

    async def look_up(self, token: str, *, touch: bool = True, half: bool = False) -> Session | None:
        """The session, or None when unknown, expired or (unless `half`) not finished.

        `touch`: this is a person's own doing.
        """
        row = await self._rows.one(token_hash(token))
        if row is None:
            return None
        session, now_s = self._session(row), self._clock.utc_s()
        if session.missing is not None and not half:
            return None
        if touch and now_s - row.seen_utc_s > _TOUCH_S:
            await self._touch(row.token_hash, now_s)
        return session

    async def opened(self, connection: AsyncConnection, session_ids: Collection[str]) -> dict[str, Session]:
        """Those of these that open something still, by id; nothing is touched."""
        rows = await self._open_in(connection, sorted(session_ids))
        found = {session_id: self._session(row) for session_id, row in rows.items()}
        return {session_id: session for session_id, session in found.items() if session.missing is None}

    def _session(self, row: Row[tuple[object, ...]]) -> Session:
        actor = Actor(row.user_id, Role(row.role), row.name)
        idle_s, absolute_s = self._settings.session_idle_s, self._settings.session_absolute_s
        until_s = min(row.seen_utc_s + idle_s, row.created_utc_s + absolute_s)
        return Session(actor, row.csrf, row.token_hash, row.login, until_s, _missing(row))

    async def _open_ones(self, hashes: frozenset[str]) -> dict[str, Row[tuple[object, ...]]]:
        return await self._db.look(lambda connection: self._open_in(connection, sorted(hashes)))

    async def _open_in(
        self, connection: AsyncConnection, hashes: Sequence[str]
    ) -> dict[str, Row[tuple[object, ...]]]:
        """The sessions with these hashes that are open, by hash."""
        ends = self._ends(self._clock.utc_s())
        found: dict[str, Row[tuple[object, ...]]] = {}
        for first in range(0, len(hashes), _TOKENS):
            some = ends | {"hashes": hashes[first : first + _TOKENS]}
            found |= {str(row.token_hash): row for row in await connection.execute(_OPEN_ONES, some)}
        return found

    def _ends(self, now_s: float) -> dict[str, Any]:
        """For `_OVER`: who was quiet, or logged in, for longer than this is not logged in any more."""
        idle_s, absolute_s = self._settings.session_idle_s, self._settings.session_absolute_s
        return {"idle_since": now_s - idle_s, "begun_before": now_s - absolute_s}

    async def _touch(self, hashed: str, now_s: float) -> None:
        seen = update(sessions).where(sessions.c.token_hash == hashed).values(seen_utc_s=now_s)
        async with self._db.write() as connection:
            await connection.execute(seen)

    async def of(self, actor: Actor) -> list[Row[tuple[object, ...]]]:
        """The person's newest sessions that are open, newest first: token_hash, created_utc_s, seen_utc_s."""
        mine = self._ends(self._clock.utc_s()) | {"user": actor.user_id}
        async with self._db.read() as connection:
            return list(await connection.execute(_OWN, mine))

    async def end(self, actor: Actor, session_id: str) -> None:
        """One of one's own. The caller tells `hub.rights_changed()`."""
        mine = (sessions.c.token_hash == session_id, sessions.c.user_id == actor.user_id)
        async with self._db.write() as connection:
            if (await connection.execute(delete(sessions).where(*mine))).rowcount == 0:
                raise NotFound("そのログインはありません。", "There is no such session.")

    async def end_others(self, session: Session) -> None:
        """All of one's own but this. The caller tells `hub.rights_changed()`."""
        async with self._db.write() as connection:
            await connection.execute(delete(sessions).where(self._others(session)))

    def _others(self, session: Session) -> ColumnElement[bool]:
        mine = sessions.c.user_id == session.actor.user_id
        return mine & (sessions.c.token_hash != session.session_id)

    async def log_out(self, token: str) -> None:
        """The token opens nothing from now on."""
        async with self._db.write() as connection:
            await connection.execute(delete(sessions).where(sessions.c.token_hash == token_hash(token)))


def _missing(row: Row[tuple[object, ...]]) -> Missing | None:
    """A one-time password is changed before a second factor is set up, by the same person."""
    if row.totp_confirmed_utc_s is not None and row.second_factor_utc_s is None:
        return Missing.SECOND_FACTOR
    if row.password_set_utc_s is None:
        return Missing.PASSWORD
    if row.role in SECOND_FACTOR_ROLES and row.totp_confirmed_utc_s is None:
        return Missing.SET_UP
    return None
