"""Around every request: how long its body may be and take to come, and the headers that close pages."""

import asyncio
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wire.uplink import MAX_MESSAGE_BYTES

MAX_BODY_BYTES: Final = 65_536  # the longest honest body of a person is a plan request of some hundred bytes
_LARGER: Final = {"/api/v1/uplink/events": MAX_MESSAGE_BYTES}  # what a device sends at once
# A body of 64 kB takes 5 s at 100 kbit/s; who sends a byte now and then holds a connection for nothing.
BODY_WITHIN_S: Final = 15.0

CLOSED = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class Guard:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, *, https: bool, body_within_s: float = BODY_WITHIN_S) -> None:
        self._app = app
        self._body_within_s = body_within_s
        self._headers = dict(CLOSED)
        if https:
            self._headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with a counted body and more headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add_headers(MutableHeaders(scope=message), scope["path"])
            await send(message)

        limit = _LARGER.get(scope["path"], MAX_BODY_BYTES)
        await self._app(scope, _Counted(receive, limit, self._body_within_s), send_guarded)

    def _add_headers(self, headers: MutableHeaders, path: str) -> None:
        for name, value in self._headers.items():
            headers.setdefault(name, value)
        # Positions and names must not stay in a shared browser's cache.
        static = path.startswith("/static/")
        headers.setdefault("Cache-Control", "public, max-age=3600" if static else "no-store")


class _Counted:
    """`receive` that stops a body which is longer or slower than allowed, whatever its header claims."""

    def __init__(self, receive: Receive, limit: int, within_s: float) -> None:
        self._receive = receive
        self._limit = limit
        self._within_s = within_s
        self._seen = 0
        self._until_s: float | None = None
        self._whole = False

    async def __call__(self) -> Message:
        if self._whole:
            return await self._receive()  # waits for the caller to go: as long as the answer takes
        if self._until_s is None:
            self._until_s = asyncio.get_running_loop().time() + self._within_s
        try:
            async with asyncio.timeout_at(self._until_s):
                message = await self._receive()
        except TimeoutError:
            raise HTTPException(408) from None
        if message["type"] == "http.request":
            self._seen += len(message.get("body", b""))
            self._whole = not message.get("more_body", False)
            if self._seen > self._limit:
                raise HTTPException(413)
        return message
