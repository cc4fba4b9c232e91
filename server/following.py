"""Everybody whom one caregiver follows, in one stream: how each stands now, the worst first.

Each outing in it is a view like that of its own page: asked for its right, told to the wearer, and listed
among those who watch.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Row

from server.errors import ApiError
from server.feed import sse
from server.live import Now
from server.parts import Parts
from server.sessions import Session
from server.views import View, Who
from server.watch_rights import SessionRight
from wire.base import value

MOST: Final = 20  # followed at once in one list; more is not read by anybody
_BREATH_S: Final = 0.5  # what changes meanwhile is told together
_BEAT_S: Final = 5.0  # so that a dead line is noticed, and a new outing
_RANKS: Final = {"no_contact": 1, "no_position": 2, "stale": 4, "waiting": 6, "ended": 8}


@value
class Followed:
    """How one outing stands, as its own page says it. `rank`: the smaller, the sooner to be looked at."""

    trip: str
    rank: int
    state: str
    sentence_ja: str
    sentence_en: str
    age_s: float | None
    age_of: str
    walk_ja: str
    walk_en: str
    alarm_ja: str
    alarm_en: str


_FOLLOWED: Final = TypeAdapter(list[Followed])


def followed(trip_id: str, now: Now) -> Followed:
    """What the list shows of an outing."""
    return Followed(
        trip_id,
        rank(now),
        now.state,
        now.sentence_ja,
        now.sentence_en,
        now.age_s,
        now.age_of,
        now.walk_ja,
        now.walk_en,
        now.alarm_ja,
        now.alarm_en,
    )


def rank(now: Now) -> int:
    """A call for help first, then who cannot be reached, who strays, who stands; at the end who walks."""
    if now.alarm_ja:
        return 0
    if now.state in _RANKS and not (now.state == "stale" and now.walk == "off_route"):
        return _RANKS[now.state]
    return {"off_route": 3, "paused": 5}.get(now.walk, 7)


def going(rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Of trips, newest first: each wearer's newest, where no word of its end has come."""
    newest: dict[str, Row[Any]] = {}
    for row in rows:
        newest.setdefault(row.wearer_id, row)
    return [row for row in newest.values() if row.ended_utc_s is None][:MOST]


class Following:
    """One caregiver's list while it is open. `still`: raises `ApiError` once their login is over."""

    def __init__(self, parts: Parts, session: Session, still: Callable[[], Awaitable[object]]) -> None:
        self._parts = parts
        self._session = session
        self._still = still
        self._views: dict[str, View] = {}
        self._next: dict[asyncio.Task[tuple[bytes, bool]], str] = {}

    async def stream(self) -> AsyncIterator[bytes]:
        """Server-Sent Events: `now` (those that have changed), `gone`, `changed` (another set), `closed`."""
        yield b"retry: 2000\n\n"
        try:
            async with AsyncExitStack() as opened:
                listed = await self._going()
                for trip_id in sorted(listed):
                    self._views[trip_id] = await opened.enter_async_context(self._view(trip_id))
                    self._await_next(trip_id)
                async for piece in self._pieces(listed):
                    yield piece
        except ApiError as error:
            said = json.dumps({"ja": error.ja, "en": error.en}, ensure_ascii=False)
            yield sse("closed", said.encode())
        finally:
            for task in self._next:
                task.cancel()

    async def _pieces(self, listed: frozenset[str]) -> AsyncIterator[bytes]:
        loop, asked_s = asyncio.get_running_loop(), -_BEAT_S
        while not self._parts.hub.closing:
            if loop.time() - asked_s >= _BEAT_S:
                asked_s = loop.time()
                await self._still()
                before, listed = listed, await self._going()
                if before != listed:
                    yield sse("changed", b"{}")
            changed, gone = await self._changed()
            yield sse("now", _FOLLOWED.dump_json(self._followed(changed)))  # an empty one is a beat
            for trip_id in gone:
                yield sse("gone", json.dumps({"trip": trip_id}).encode())
            await asyncio.sleep(_BREATH_S)

    async def _changed(self) -> tuple[list[str], list[str]]:
        """Outings of which there is news, and those that may not be seen any more; waits for some."""
        if not self._next:
            await asyncio.sleep(_BEAT_S)
            return [], []
        done, _ = await asyncio.wait(self._next, timeout=_BEAT_S, return_when=asyncio.FIRST_COMPLETED)
        changed, gone = [], []
        for task in done:
            trip_id = self._next.pop(task)
            _, more = task.result()
            if more:
                changed.append(trip_id)
                self._await_next(trip_id)
            else:
                gone.append(trip_id)
        return changed, gone

    def _followed(self, trip_ids: list[str]) -> list[Followed]:
        now_s = self._parts.clock.utc_s()
        return [followed(trip_id, self._views[trip_id].feed.known(now_s)) for trip_id in trip_ids]

    def _await_next(self, trip_id: str) -> None:
        self._next[asyncio.create_task(self._views[trip_id].next(), name="followed")] = trip_id

    def _view(self, trip_id: str) -> AbstractAsyncContextManager[View]:
        parts, session = self._parts, self._session
        return parts.viewing.open(
            trip_id,
            SessionRight(parts.watch_rights, session.session_id, trip_id),
            Who(user_id=session.actor.user_id, listed=True),
            None,
            allowed=lambda: parts.trips.look(session.actor, trip_id, "live"),
        )

    async def _going(self) -> frozenset[str]:
        shared = await self._parts.trips.shared_with(self._session.actor)
        return frozenset(row.id for row in going(shared))
