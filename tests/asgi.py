"""Requests straight to an application: no socket, no client; a stream is left after its first piece."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from starlette.types import ASGIApp, Message

from tests.waiting import PATIENCE_S


@dataclass(frozen=True)
class Answer:
    """`headers`: by their small names; `cookies`: those that are set, whole."""

    status: int
    headers: dict[str, list[str]]
    body: bytes

    def header(self, name: str) -> str:
        return self.headers.get(name, [""])[0]


async def ask(
    app: ASGIApp,
    method: str,
    address: str,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    *,
    client: str = "127.0.0.1",
) -> Answer:
    """The answer. An exception that the application does not answer comes through."""
    parts = urlsplit(address)
    sent = [
        (name.lower().encode("latin-1"), said.encode("latin-1")) for name, said in (headers or {}).items()
    ]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(parts.path, errors="replace"),
        "raw_path": parts.path.encode(),
        "query_string": parts.query.encode(),
        "root_path": "",
        "headers": [(b"host", b"server"), *sent],
        "client": (client, 1),
        "server": ("server", 80),
        "state": {},
    }
    call = _Call(body)
    running = asyncio.create_task(app(scope, call.receive, call.send))  # type: ignore[arg-type]
    enough = asyncio.create_task(call.enough.wait())
    try:
        await asyncio.wait((running, enough), return_when=asyncio.FIRST_COMPLETED)
    finally:
        enough.cancel()
    # A stream ends by itself once its reader has gone.
    async with asyncio.timeout(PATIENCE_S):
        await running
    return Answer(call.status, call.headers, b"".join(call.pieces))


class _Call:
    def __init__(self, body: bytes) -> None:
        self._body: bytes | None = body
        self.enough = asyncio.Event()
        self.status = 0
        self.headers: dict[str, list[str]] = {}
        self.pieces: list[bytes] = []

    async def receive(self) -> Message:
        if self._body is None:
            await self.enough.wait()
            return {"type": "http.disconnect"}
        body, self._body = self._body, None
        return {"type": "http.request", "body": body or b"", "more_body": False}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            for name, said in message["headers"]:
                self.headers.setdefault(name.decode("latin-1").lower(), []).append(said.decode("latin-1"))
        elif message["type"] == "http.response.body":
            self.pieces.append(message.get("body", b""))
            if self.headers.get("content-type", [""])[0].startswith("text/event-stream"):
                self.enough.set()
