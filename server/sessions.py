"""Logging in to the pages: random tokens hashed at rest, two expiries, a limit on guesses."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, update

from server.access import Actor, Role
from server.accounts import MAX_PASSWORD, login_form
from server.clock import Clock
from server.credentials import new_token, password_fits, token_hash
from server.database import Database
from server.errors import NotLoggedIn, TooMany
from server.settings import Settings
from server.tables import login_failures, sessions, users

# Many people may sit behind one address (an office): a wider limit than for one name.
_ADDRESS_FACTOR = 10
_TOUCH_S = 60.0  # the idle clock is written at most this often


@dataclass(frozen=True, slots=True)
class Session:
    """Who is logged in, and the secret that their forms carry."""

    actor: Actor
    csrf: str


class Sessions:
    """The pages' sessions."""

    def __init__(self, db: Database, clock: Clock, settings: Settings) -> None:
        self._db = db
        self._clock = clock
        self._settings = settings

    async def log_in(self, login: str, password: str, address: str) -> str:
        """A new session's token. `TooMany` after repeated failures, `NotLoggedIn` on a wrong pair."""
        login = login_form(login)
        who = (token_hash(f"{login}\n{address}"), token_hash(f"\n{address}"))
        await self._count_attempt(who)
        async with self._db.read() as connection:
            user = (await connection.execute(select(users).where(users.c.login == login))).one_or_none()
        stored = None if user is None else user.password_hash
        if not await password_fits(stored, password[: MAX_PASSWORD + 1]) or user is None:
            raise NotLoggedIn("名前かパスワードが違います。", "The name or the password is wrong.")
        return await self._open(user.id, who[0])

    async def _count_attempt(self, who: tuple[str, str]) -> None:
        """Counted before the password is looked at, so that parallel guesses count too."""
        since_s = self._clock.utc_s() - self._settings.login_window_s
        limits = (self._settings.login_failures, self._settings.login_failures * _ADDRESS_FACTOR)
        async with self._db.write() as connection:
            await connection.execute(delete(login_failures).where(login_failures.c.utc_s < since_s))
            for key, limit in zip(who, limits, strict=True):
                failures = select(func.count()).where(login_failures.c.who == key)
                if (await connection.execute(failures)).scalar_one() >= limit:
                    raise TooMany(
                        "ログインの失敗が続きました。15分ほど待ってください。",
                        "Too many failed logins: wait about 15 minutes.",
                    )
            now_s = self._clock.utc_s()
            await connection.execute(insert(login_failures), [{"who": key, "utc_s": now_s} for key in who])

    async def _open(self, user_id: str, who: str) -> str:
        token, now_s = new_token(), self._clock.utc_s()
        row = {
            "token_hash": token_hash(token),
            "user_id": user_id,
            "csrf": new_token(),
            "created_utc_s": now_s,
            "seen_utc_s": now_s,
        }
        async with self._db.write() as connection:
            await connection.execute(delete(login_failures).where(login_failures.c.who == who))
            await connection.execute(delete(sessions).where(self._over(now_s)))
            await connection.execute(insert(sessions).values(row))
        return token

    async def look_up(self, token: str, *, touch: bool = True) -> Session | None:
        """The session, or None when unknown or expired. `touch`: this is a person's own doing."""
        now_s = self._clock.utc_s()
        query = (
            select(sessions, users.c.role, users.c.name)
            .join(users, users.c.id == sessions.c.user_id)
            .where(sessions.c.token_hash == token_hash(token), ~self._over(now_s))
        )
        async with self._db.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        if touch and now_s - row.seen_utc_s > _TOUCH_S:
            await self._touch(row.token_hash, now_s)
        return Session(Actor(row.user_id, Role(row.role), row.name), row.csrf)

    def _over(self, now_s: float) -> ColumnElement[bool]:
        return or_(
            sessions.c.seen_utc_s < now_s - self._settings.session_idle_s,
            sessions.c.created_utc_s < now_s - self._settings.session_absolute_s,
        )

    async def _touch(self, hashed: str, now_s: float) -> None:
        seen = update(sessions).where(sessions.c.token_hash == hashed).values(seen_utc_s=now_s)
        async with self._db.write() as connection:
            await connection.execute(seen)

    async def log_out(self, token: str) -> None:
        """The token opens nothing from now on."""
        async with self._db.write() as connection:
            await connection.execute(delete(sessions).where(sessions.c.token_hash == token_hash(token)))
