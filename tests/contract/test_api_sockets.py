"""Over a real socket: heads and bodies that are too long or too slow, and what is no HTTP at all."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvicorn

from server.app import create_app
from server.fakes import FakeClock, FakePlanner
from server.guard import MAX_BODY_BYTES, Guard
from server.heads import MAX_HEAD_BYTES, HeadGuard
from server.settings import Settings
from tests.waiting import PATIENCE_S

_SOON_S = 0.5
OK = b"GET /healthz HTTP/1.1\r\nHost: server\r\n\r\n"


@dataclass
class Talk:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Status, headers, body."""
        async with asyncio.timeout(PATIENCE_S):
            first, *lines = (await self.reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
            headers = {name.lower(): said for name, _, said in (line.partition(": ") for line in lines)}
            return (
                int(first.split()[1]),
                headers,
                await self.reader.readexactly(int(headers["content-length"])),
            )

    async def closed(self) -> bool:
        async with asyncio.timeout(PATIENCE_S):
            return await self.reader.read(1) == b""


@dataclass
class Served:
    port: int
    talks: list[Talk] = field(default_factory=list)

    async def talk(self) -> Talk:
        self.talks.append(Talk(*await asyncio.open_connection("127.0.0.1", self.port)))
        return self.talks[-1]


@pytest.fixture
async def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Served]:
    monkeypatch.setattr(HeadGuard, "within_s", _SOON_S)
    monkeypatch.setitem(Guard.__init__.__kwdefaults__, "body_within_s", _SOON_S)
    app = create_app(Settings(database_url=f"sqlite:///{tmp_path}/s.db"), FakeClock(), planner=FakePlanner())
    config = uvicorn.Config(app, http=HeadGuard, lifespan="off", log_level="error", access_log=False)
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        await server.startup(sockets=[listener])
        made = Served(listener.getsockname()[1])
        yield made
        for talk in made.talks:
            talk.writer.close()
        await server.shutdown(sockets=[listener])
    await app.state.parts.db.close()


def problem_of(answer: tuple[int, dict[str, str], bytes]) -> int:
    status, headers, body = answer
    told = json.loads(body)
    assert headers["content-type"] == "application/problem+json"
    assert told["status"] == status
    assert told["detail_ja"]
    assert told["detail_en"]
    return status


async def test_a_head_without_end_is_refused(served: Served) -> None:
    talk = await served.talk()
    await talk.send(b"GET /healthz HTTP/1.1\r\nHost: server\r\nX: " + b"a" * (MAX_HEAD_BYTES + 1))
    assert problem_of(await talk.answer()) == 431
    assert await talk.closed()
    many = await served.talk()
    await many.send(b"GET /healthz HTTP/1.1\r\n" + b"A: b\r\n" * (MAX_HEAD_BYTES // 6 + 1))
    assert problem_of(await many.answer()) == 431


async def test_a_head_that_drips_and_a_connection_that_says_nothing_are_closed(served: Served) -> None:
    slow, silent = await served.talk(), await served.talk()
    await slow.send(b"GET /healthz HTTP/1.1\r\nHost: ser")
    assert problem_of(await slow.answer()) == 408
    assert await slow.closed()
    assert await silent.closed()


async def test_one_connection_takes_request_after_request_each_with_its_own_time(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HeadGuard, "within_s", 2.0)  # a busy machine may be late within it
    talk = await served.talk()
    for _ in range(3):
        await talk.send(OK)
        assert (await talk.answer())[0] == 200
        await asyncio.sleep(0.8)
    await talk.send(OK[:20])
    assert problem_of(await talk.answer()) == 408


@pytest.mark.parametrize("told", [True, False])
async def test_a_body_that_is_too_long_is_refused_whatever_its_head_says(served: Served, told: bool) -> None:
    talk, body = await served.talk(), b"x" * (MAX_BODY_BYTES + 1)
    head = b"POST /api/v1/invitations/register HTTP/1.1\r\nHost: s\r\nContent-Type: application/json\r\n"
    if told:
        await talk.send(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    else:
        await talk.send(head + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body) + body)
    assert problem_of(await talk.answer()) == 413


async def test_a_body_that_does_not_come_is_given_up(served: Served) -> None:
    talk = await served.talk()
    await talk.send(b"POST /api/v1/invitations/register HTTP/1.1\r\nHost: s\r\nContent-Length: 50\r\n\r\n{")
    assert problem_of(await talk.answer()) == 408


@pytest.mark.parametrize(
    "said",
    [
        b"NONSENSE\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: s\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: s\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: s\r\nA\x00B: c\r\n\r\n",
    ],
)
async def test_what_is_no_request_is_refused(served: Served, said: bytes) -> None:
    talk = await served.talk()
    await talk.send(said)
    status, headers, _ = await talk.answer()
    assert status == 400
    assert headers["connection"] == "close"
