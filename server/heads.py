"""How long a request's head may be, and take to come: uvicorn itself waits for ever and keeps all of it."""

import asyncio
import json
from http import HTTPStatus
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from server.problems import PROBLEM_JSON, problem_body

MAX_HEAD_BYTES: Final = 32_768  # browsers send one of 2 kB; proxies stop at 8 to 32
# Three round trips of a bad mobile network; who sends a byte now and then holds a connection for nothing.
HEAD_WITHIN_S: Final = 15.0
_LATE: Final = ("要求の頭が届くのに時間がかかりすぎました。", "The request's head took too long to arrive.")
_LONG: Final = ("要求の頭が長すぎます。", "The request's head is too long.")


class HeadGuard(HttpToolsProtocol):
    """One connection. Where a head is too long or too late it is answered 431 or 408, and closed.

    An open connection on which nothing was asked yet is closed as well, without a word.
    """

    within_s = HEAD_WITHIN_S
    _bytes = 0  # of a head that is not whole yet
    _timer: asyncio.TimerHandle | None = None  # runs while a head is awaited

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The first head is awaited."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is awaited any more."""
        self._stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """As uvicorn's, and counted while it is a head."""
        self._bytes += len(data)
        super().data_received(data)
        # Asked afterwards: what came may be the end of a short head and the beginning of a body.
        if self._timer is None:
            self._bytes = 0
        elif self._bytes > MAX_HEAD_BYTES:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, *_LONG)

    def on_message_begin(self) -> None:
        """The next head on a connection that was kept open."""
        super().on_message_begin()
        if self._timer is None:
            self._await_head()

    def on_headers_complete(self) -> None:
        """The head is whole; what follows is the guard's."""
        self._stop()
        super().on_headers_complete()

    def _await_head(self) -> None:
        self._timer = self.loop.call_later(self.within_s, self._too_late)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_late(self) -> None:
        self._timer = None
        if self._bytes:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, *_LATE)
        else:
            self.transport.close()

    def _refuse(self, status: HTTPStatus, ja: str, en: str) -> None:
        self._stop()
        if self.transport.is_closing():
            return
        body = json.dumps(problem_body(status, ja, en), ensure_ascii=False).encode()
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: {PROBLEM_JSON}\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()
