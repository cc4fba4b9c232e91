"""Around every request: how long its body may be and take to come, and the headers that close pages."""

import asyncio
from collections.abc import Iterable
from typing import Final

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope

from wire.uplink import MAX_MESSAGE_BYTES

MAX_BODY_BYTES: Final = 65_536  # the longest honest body of a person is a plan request of some hundred bytes
_LARGER: Final = {"/api/v1/uplink/events": MAX_MESSAGE_BYTES}  # what a device sends at once
# A body of 64 kB takes 5 s at 100 kbit/s; who sends a byte now and then holds a connection for nothing.
BODY_WITHIN_S: Final = 15.0
_Header = tuple[bytes, bytes]
_HTTPS_ONLY: Final = "max-age=31536000; includeSubDomains"
_NO_STORE: Final = (b"cache-control", b"no-store")
_STATIC: Final = (b"cache-control", b"public, max-age=3600")

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
    """The limits of bodies, and what every answer says beside its own."""

    def __init__(self, *, https: bool, body_within_s: float = BODY_WITHIN_S) -> None:
        self._body_within_s = body_within_s
        headers = CLOSED | ({"Strict-Transport-Security": _HTTPS_ONLY} if https else {})
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    def counted(self, scope: Scope, receive: Receive) -> Receive:
        """`receive`, which raises 413 and 408 where the body is too long or too slow."""
        return _Counted(receive, _LARGER.get(scope["path"], MAX_BODY_BYTES), self._body_within_s)

    def closed(self, given: Iterable[_Header], path: str, *more: _Header) -> list[_Header]:
        """An answer's headers, with those that close it where it does not say otherwise itself."""
        headers = list(given)
        said = {name.lower() for name, _ in headers}
        # Positions and names must not stay in a shared browser's cache.
        kept = _STATIC if path.startswith("/static/") else _NO_STORE
        headers += [header for header in (*self._headers, kept) if header[0] not in said]
        headers += more
        return headers


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
