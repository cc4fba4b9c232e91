"""The stream of a person's own alerts, for every page that they have open.

The whole short list of what goes on comes each time that something changes: nothing that is shown can be old
or missing. Beside it numbered events tell what is new, by which a page that was cut off resumes.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import func, select

from server.access import Actor
from server.alerts.book import Alert, Book, told_since
from server.alerts.topics import alerts_of
from server.clock import Clock, hour_minute
from server.database import Database
from server.errors import ApiError, TooMany
from server.hub import RIGHTS, Hub
from server.tables import deliveries

_BEAT_S: Final = 5.0  # so that a dead line is noticed
_BEATS: Final = 6  # after so many everything is asked anew, the session too: a wake-up may be lost
_BREATH_S: Final = 0.1
MOST_OF_ONE: Final = 20

# Who the viewer is at this moment; raises `ApiError` when their session is over.
StillWho = Callable[[], Awaitable[Actor]]


def shown(alert: Alert, now_s: float) -> dict[str, Any]:
    """What a page shows of an alert. No position: that is on the alert's own page."""
    return {
        "id": alert.id,
        "trip": alert.trip_id,
        "kind": alert.kind,
        "state": alert.state,
        "urgent": alert.urgent,
        "unanswered": alert.unanswered,
        "informs": alert.informs,
        "time": hour_minute(alert.raised_utc_s),
        "age_s": round(max(now_s - alert.raised_utc_s, 0.0), 1),
        "ja": alert.sentence[0],
        "en": alert.sentence[1],
        "outcome_ja": "" if alert.outcome is None else alert.outcome[0],
        "outcome_en": "" if alert.outcome is None else alert.outcome[1],
    }


class AlertStream:
    """One person's stream."""

    def __init__(self, db: Database, clock: Clock, hub: Hub, book: Book) -> None:
        self._db = db
        self._clock = clock
        self._hub = hub
        self._book = book
        self._open: Counter[str] = Counter()

    def has_room(self, user_id: str) -> None:
        """Raise `TooMany` where one person has too many streams open in this process."""
        if self._open[user_id] >= MOST_OF_ONE:
            raise TooMany(
                "同じ画面が多く開かれています。ほかの画面を閉じてください。",
                "Too many pages are open: close some.",
                {"Retry-After": "60"},
            )

    async def follow(self, who: StillWho, resume: str | None) -> AsyncIterator[str]:
        """Server-Sent Events: `told` (numbered), `alerts`, `beat`, `closed` at the end."""
        after = _number(resume, self._hub.epoch)
        yield "retry: 2000\n\n"
        try:
            actor = await who()
            after = await self._newest(actor) if after is None else after
            with self._counted(actor.user_id), self._hub.listen(alerts_of(actor.user_id), RIGHTS) as woken:
                while not self._hub.closing:
                    woken.clear()
                    actor = await who()
                    news = await self._news(actor, after)
                    for number, alert_id in news:
                        yield _sse("told", {"alert": alert_id}, f"{self._hub.epoch}.{number}")
                        after = number
                    now_s = self._clock.utc_s()
                    going_on = [shown(alert, now_s) for alert in await self._book.active(actor)]
                    yield _sse("alerts", {"alerts": going_on})
                    for _ in range(_BEATS):
                        if await _woken(woken):
                            break
                        yield _sse("beat", {})
        except ApiError as error:
            yield _sse("closed", {"ja": error.ja, "en": error.en})

    @contextmanager
    def _counted(self, user_id: str) -> Iterator[None]:
        self._open[user_id] += 1
        try:
            yield
        finally:
            self._open[user_id] -= 1
            if not self._open[user_id]:
                del self._open[user_id]

    async def _news(self, actor: Actor, after: int) -> list[tuple[int, str]]:
        async with self._db.read() as connection:
            return await told_since(connection, actor, after)

    async def _newest(self, actor: Actor) -> int:
        """For a page that opens: what was told before is in its list already."""
        query = select(func.max(deliveries.c.id)).where(deliveries.c.user_id == actor.user_id)
        async with self._db.read() as connection:
            return (await connection.execute(query)).scalar_one_or_none() or 0


async def _woken(woken: asyncio.Event) -> bool:
    await asyncio.sleep(_BREATH_S)
    try:
        return await asyncio.wait_for(woken.wait(), _BEAT_S - _BREATH_S)
    except TimeoutError:
        return False


def _number(last: str | None, epoch: str) -> int | None:
    """The number to go on after. None: the viewer saw another run of the server, or nothing yet."""
    said, _, number = (last or "").partition(".")
    known = said == epoch and number.isascii() and number.isdigit() and len(number) < 19
    return int(number) if known else None


def _sse(kind: str, data: dict[str, Any], number: str | None = None) -> str:
    head = "" if number is None else f"id: {number}\n"
    return f"{head}event: {kind}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
