"""Open views: one viewer on one trip each, as Server-Sent Events.

A view opens with a right and closes within a second when that ends (`server.viewing`).
"""

import asyncio
import json
from collections import deque
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, closing
from dataclasses import dataclass
from typing import Final, Protocol

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from server.errors import ApiError
from server.feed import Feed, Told, sse

MOST_BEHIND: Final = 100  # lines that wait for a slow reader; then it begins anew
UNREAD_S: Final = 30.0  # a reader that takes nothing for so long is gone, or means no good
UNASKED_S: Final = 60.0  # whose right could not be asked for so long sees no more
_BEGIN: Final = b"retry: 2000\n\n"


class Right(Protocol):
    """Why somebody may look."""

    async def ask(self) -> float:
        """Until when (UTC seconds) it holds by itself; `ApiError` where it does not, or not any more."""


@dataclass(frozen=True, slots=True)
class Who:
    """Who looks: a person, or (no `user_id`) whoever has the address of a share link.

    `listed`: not at one outing's page, but at the list of all whom they follow.
    """

    user_id: str | None = None
    link_id: str | None = None
    listed: bool = False


class View:
    """What one viewer has still to be told. `resume`: the last number they had, with its epoch."""

    def __init__(self, feed: Feed, right: Right, who: Who, epoch: str, resume: str | None) -> None:
        self.feed = feed
        self.right = right
        self.who = who
        self.since_utc_s = 0.0
        self.until_utc_s = 0.0  # the right is asked again then at the latest
        self.asked_s = _loop_s()
        self._epoch = epoch
        # A number is good in the process that gave it out. Another one may have opened a restored backup,
        # where it stands for something else; and to begin anew costs a page nothing but its list.
        missed = _missed(feed, epoch, resume)
        self._waiting = deque(missed or ())
        self._anew = missed is None
        self._last = feed.after
        self._first = True
        self._end: bytes | None = None
        self._woken = asyncio.Event()
        self._woken.set()

    def told(self, lines: Sequence[Told]) -> None:
        """More lines, and a new `now`, which is read when it is sent: the newest wins."""
        for told in lines:
            if told.line.id > self._last:
                self._last = told.line.id
                self._waiting.append(told)
        if len(self._waiting) > MOST_BEHIND:
            self._waiting.clear()
            self._anew = True
        self._woken.set()

    def close(self, error: ApiError) -> None:
        """It ends, and says why; what waits is not told any more."""
        said = json.dumps({"ja": error.ja, "en": error.en}, ensure_ascii=False)
        self._end = sse("closed", said.encode())
        self._woken.set()

    def over(self) -> None:
        """It ends without a last word: the server goes, or cannot ask. The viewer comes back by itself."""
        self._end = b""
        self._woken.set()

    async def next(self) -> tuple[bytes, bool]:
        """What is to be sent next, and whether more may follow."""
        await self._woken.wait()
        self._woken.clear()
        if self._end is None and _loop_s() - self.asked_s > UNASKED_S:
            self.over()
        if self._end is not None:
            return self._end, False
        return self._chunk(), True

    def _chunk(self) -> bytes:
        parts = [_BEGIN] if self._first else []
        self._first = False
        if self._anew:
            parts.append(sse("resync", json.dumps({"epoch": self._epoch}).encode()))
            self._waiting = deque(self.feed.all())
            self._last, self._anew = self.feed.after, False
        if self.who.user_id is None:
            parts.append(self.feed.public)  # no line, no coordinates
        else:
            parts += [told.data for told in self._waiting]
            parts.append(self.feed.now)
        self._waiting.clear()
        return b"".join(parts)


def _missed(feed: Feed, epoch: str, resume: str | None) -> list[Told] | None:
    """The lines since the number in `resume`; None: begin anew."""
    said, _, number = (resume or "").partition(".")
    if said != epoch or not number.isascii() or not number.isdigit() or len(number) >= 19:
        return None
    return feed.since(int(number))


class EventStream(Response):
    """A view as an answer; it ends with the view, with the viewer, or when nothing is read any more."""

    media_type = "text/event-stream"

    def __init__(self, opened: AbstractAsyncContextManager[View]) -> None:
        super().__init__(headers={"X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._opened = opened

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until it is over. `ApiError` before anything is sent, where it cannot be opened."""
        async with self._opened as view:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            gone = asyncio.create_task(_until_gone(receive, view))
            try:
                async with asyncio.timeout(None) as limit:
                    with closing(_Patience(limit)) as patience:
                        await _tell(view, send, patience)
            except TimeoutError:
                return  # unfinished: the server cuts the connection
            finally:
                gone.cancel()


class _Patience:
    """Lets `limit` run out once a piece was not taken for `UNREAD_S`.

    One timer for a view: one for each piece would cost a sixth of what sending it costs.
    """

    def __init__(self, limit: asyncio.Timeout) -> None:
        self.since_s: float | None = None  # while a piece is being sent
        self._limit = limit
        self._look()

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        now_s = loop.time()
        until_s = (now_s if self.since_s is None else self.since_s) + UNREAD_S
        if until_s <= now_s:
            self._limit.reschedule(now_s)
        else:
            self._timer = loop.call_at(until_s, self._look)

    def close(self) -> None:
        """The view is over."""
        self._timer.cancel()


async def _tell(view: View, send: Send, patience: _Patience) -> None:
    more = True
    while more:
        data, more = await view.next()
        patience.since_s = _loop_s()
        await send({"type": "http.response.body", "body": data, "more_body": more})
        patience.since_s = None


async def _until_gone(receive: Receive, view: View) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    view.over()


def _loop_s() -> float:
    return asyncio.get_running_loop().time()
