"""Guesses at secrets, counted in the store: over all processes, and before the guess is looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, func, insert, or_, select

from server.clock import Clock
from server.credentials import token_hash
from server.database import Database
from server.errors import TooMany
from server.metrics import Metrics
from server.tables import login_failures

QUARTER_S: Final = 900.0
DAY_S: Final = 86_400.0  # no limit looks further back


@dataclass(frozen=True, slots=True)
class Limit:
    """Up to `most` wrong guesses within `window_s` that have `who` in common (stored as a hash)."""

    who: str
    most: int
    window_s: float

    @property
    def key(self) -> str:
        """As it is stored."""
        return token_hash(self.who)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One guess that was let through; `limits` in the order in which they were given."""

    rows: tuple[int, ...]
    limits: tuple[Limit, ...]


class Attempts:
    """All guesses of the last day."""

    def __init__(self, db: Database, clock: Clock, metrics: Metrics | None = None) -> None:
        self._db = db
        self._clock = clock
        self._refused = (metrics or Metrics()).refused

    async def begin(self, *limits: Limit) -> Attempt:
        """Count a guess; `TooMany` where one of the limits is passed.

        Written first and counted after: of guesses that come together, on several processes too, no more than
        the limit get through.
        """
        now_s = self._clock.utc_s()
        rows = []
        async with self._db.write() as connection:
            await connection.execute(delete(login_failures).where(login_failures.c.utc_s < now_s - DAY_S))
            for limit in limits:
                row = insert(login_failures).values(who=limit.key, utc_s=now_s)
                key = (await connection.execute(row)).inserted_primary_key
                assert key is not None  # noqa: S101  (one row was inserted)
                rows.append(int(key[0]))
        attempt = Attempt(tuple(rows), limits)
        wait_s = await self._wait_s(limits, now_s)
        if wait_s > 0.0:
            await self._forget(attempt.rows, ())
            self._refused.labels("guesses").inc()
            raise _too_many(wait_s)
        return attempt

    async def fits(self, attempt: Attempt, *, forgive: int = 0) -> None:
        """The guess was right: it does not count, nor the wrong ones of the first `forgive` limits."""
        await self._forget(attempt.rows, attempt.limits[:forgive])

    def wrong(self, what: str) -> None:
        """For the metrics: a guess at a login, a second factor, a pairing, an invitation was wrong."""
        self._refused.labels(what).inc()

    async def _wait_s(self, limits: Sequence[Limit], now_s: float) -> float:
        wait_s = 0.0
        async with self._db.read() as connection:
            for limit in limits:
                counted = select(func.count(), func.min(login_failures.c.utc_s)).where(
                    login_failures.c.who == limit.key, login_failures.c.utc_s >= now_s - limit.window_s
                )
                count, oldest_s = (await connection.execute(counted)).one()
                if count > limit.most:
                    wait_s = max(wait_s, oldest_s + limit.window_s - now_s, 1.0)
        return wait_s

    async def _forget(self, rows: Sequence[int], limits: Sequence[Limit]) -> None:
        keys = [limit.key for limit in limits]
        async with self._db.write() as connection:
            await connection.execute(
                delete(login_failures).where(
                    or_(login_failures.c.id.in_(rows), login_failures.c.who.in_(keys))
                )
            )


def _too_many(wait_s: float) -> TooMany:
    minutes = int(wait_s // 60) + 1
    return TooMany(
        f"間違いが続きました。{minutes}分ほど待ってください。",
        f"Too many wrong attempts: wait about {minutes} minutes.",
        {"Retry-After": str(int(wait_s) + 1)},
    )
