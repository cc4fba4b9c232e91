"""What the server tells a device, by WebSocket and by plain requests, and the phone that only logs."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from device.outbox import Outbox
from device.uplink import Pace, Uplink
from device.uplink_posts import PostTalk
from server import accounts, audit
from server.access import Actor, Role
from server.devices import add_device
from server.organisations import LOCAL
from tests.notice_town import OWN, UTC_S, Town, event, hear, hears_nothing, notice_town, say
from tests.waiting import PATIENCE_S, becomes
from wire.codec import BATCH, BATCH_ANSWER
from wire.trip import Answered
from wire.uplink import (
    BATCH_PATH,
    MAX_MESSAGE_BYTES,
    OLDEST_PROTOCOL,
    PROTOCOL,
    UPLINK_PATH,
    Ack,
    Batch,
    BatchAnswer,
    Events,
    Hello,
    Notice,
    Refused,
    Welcome,
)


@pytest.fixture
async def town(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with notice_town(sqlite_url, tmp_path) as made:
        yield made


@pytest.fixture
async def either(store_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    """On both stores: for what is written and read again."""
    async with notice_town(store_url, tmp_path) as made:
        yield made


# --- which protocol


@pytest.mark.parametrize(
    ("spoken", "agreed"), [(OLDEST_PROTOCOL, OLDEST_PROTOCOL), (PROTOCOL, PROTOCOL), (999, PROTOCOL)]
)
async def test_both_speak_the_lower_protocol(town: Town, spoken: int, agreed: int) -> None:
    async with town.connect() as socket:
        assert await say(socket, Hello(protocol=spoken, boot="b")) == Welcome(protocol=agreed, acked=0)
        assert await say(socket, Events(events=(event(1),))) == Ack(boot="b", acked=1)


async def test_an_older_device_is_told_to_update_and_a_3_is_told_nothing_else(town: Town) -> None:
    await town.tell("watching", name="母")
    async with town.connect() as socket:
        answer = await say(socket, Hello(protocol=OLDEST_PROTOCOL - 1, boot="b"))
        assert isinstance(answer, Refused)
        assert (answer.code, "更新" in answer.detail_ja) == ("protocol", True)
        with pytest.raises(ConnectionClosed):
            await hear(socket)
    async with town.connect() as socket:
        await say(socket, Hello(protocol=OLDEST_PROTOCOL, boot="b"))
        assert await hears_nothing(socket)


# --- notices


async def test_a_notice_goes_to_the_trips_device_at_once_and_again_until_it_is_answered(either: Town) -> None:
    before = await either.tell("link_opened", name="となり")
    either.clock.now_s += 10.0
    async with either.connect() as first, either.connect("second") as second:
        for socket in (first, second):
            await say(socket, Hello(boot="b"))
        told = await hear(first)
        assert told == Notice(id=before, kind="link_opened", trip_id=OWN, name="となり", left_s=3590.0)
        later = await either.tell("sos_sent", count=2)
        told = await hear(first)
        assert (told.id, told.count, told.left_s) == (later, 2, 3600.0)
        assert await hears_nothing(first)
        assert await hears_nothing(second)
        heard = event(1, Answered(notice_id=before, answer="heard"))
        assert await say(first, Events(events=(heard,))) == Ack(boot="b", acked=1)
    assert (await either.answer_of(before), await either.answer_of(later)) == ("heard", None)
    async with either.connect() as again:
        await say(again, Hello(boot="b"))
        assert (await hear(again)).id == later
        assert await hears_nothing(again)
    either.clock.now_s += 3700.0
    async with either.connect() as late:
        await say(late, Hello(boot="b"))
        assert await hears_nothing(late)


async def test_only_the_wearers_first_answer_counts(either: Town) -> None:
    asked = await either.tell("are_you_ok")
    other = await accounts.add_user(
        either.parts.db, either.clock, Role.WEARER, "taro", "太郎", "correct horse 12"
    )
    key = await add_device(either.parts.db, either.clock, other.user_id, "his")
    said = Answered(notice_id=asked, answer="ok")
    await either.parts.ingest.store(key.device_id, "x", (event(1, said, boot="x", trip="c" * 32),))
    assert await either.answer_of(asked) is None
    first = event(1, Answered(notice_id=asked, answer="no_answer"))
    await either.parts.ingest.store(either.ids["first"], "b", (first, event(2, said)))
    assert await either.answer_of(asked) == "no_answer"


async def test_a_thousand_devices_that_ask_together_cost_one_look(town: Town) -> None:
    looks: list[int] = []
    board = town.parts.board
    look: Callable[[], Awaitable[Any]] = board._look

    async def counted() -> Any:
        looks.append(1)
        return await look()

    board._look = counted  # type: ignore[method-assign, assignment]
    told = await town.tell("watching")
    answers = await asyncio.gather(*(board.pending(town.ids["first"]) for _ in range(1000)))
    assert len(looks) == 1
    assert {one[0].id for one in answers} == {told}
    # Whoever asks after something was written hears of it, though a look was under way.
    asking = asyncio.create_task(board.pending(town.ids["first"]))
    await asyncio.sleep(0.05)
    newer = await town.tell("link_opened")
    assert newer in {one.id for one in await board.pending(town.ids["first"])}
    await asking


# --- by plain requests


async def post(http: httpx.AsyncClient, batch: Batch) -> BatchAnswer:
    answer = await http.post(BATCH_PATH, content=BATCH.encode(batch))
    assert answer.status_code == 200, answer.text
    return BATCH_ANSWER.decode(answer.content)


async def test_requests_do_what_the_websocket_does(either: Town) -> None:
    told = await either.tell("watching", name="母")
    async with either.http() as http:
        empty = await post(http, Batch(boot="b"))
        assert (empty.protocol, empty.acked, [one.id for one in empty.notices]) == (PROTOCOL, 0, [told])
        some = (event(1), event(2), event(5))
        for _ in range(2):  # twice is once
            answer = await post(http, Batch(boot="b", events=some, sent_utc_s=UTC_S + 9.0))
            assert (answer.acked, answer.beyond) == (2, ((5, 5),))
        heard = event(3, Answered(notice_id=told, answer="heard"))
        answer = await post(http, Batch(boot="b", events=(heard, event(4))))
        assert (answer.acked, answer.notices) == (5, ())
        assert (await post(http, Batch(protocol=OLDEST_PROTOCOL, boot="b"))).protocol == OLDEST_PROTOCOL
    assert len(await either.stored("first")) == 1 + 5
    async with either.connect() as socket:
        assert (await say(socket, Hello(boot="b"))).acked == 5


async def test_bad_requests_are_refused_with_the_right_status(town: Town) -> None:
    good = Batch(boot="b", events=(event(1),))
    async with town.http() as http:
        for body, status in (
            (BATCH.encode(Batch(protocol=2, boot="b")), 409),
            (BATCH.encode(Batch(boot="other", events=(event(1),))), 422),
            ('{"boot": ""}', 422),
            ("[", 422),
            ("x" * (MAX_MESSAGE_BYTES + 1), 413),
        ):
            answer = await http.post(BATCH_PATH, content=body)
            assert answer.status_code == status, body[:60]
            assert answer.json()["detail_ja"]
    async with town.http("second") as http:
        assert (await http.post(BATCH_PATH, content=BATCH.encode(good))).status_code == 403
    async with town.http("") as http:
        assert (await http.post(BATCH_PATH, content=BATCH.encode(good))).status_code == 401


async def test_a_device_behind_a_proxy_without_websockets_sends_and_hears_all_the_same(
    town: Town, tmp_path: Path
) -> None:
    told = await town.tell("watching", name="母")
    heard: list[Notice] = []
    pace = Pace(
        poll_s=0.02, first_retry_s=0.02, longest_retry_s=0.1, posting_s=0.4, trying_s=0.2, post_every_s=0.05
    )
    async with _proxy(town.port) as (port, upgrades):
        with Outbox(tmp_path / "outbox.sqlite") as outbox:
            for _ in range(300):
                outbox.append(OWN, UTC_S, event(1).what)
            url = f"ws://127.0.0.1:{port}{UPLINK_PATH}"
            link = Uplink(url, town.keys["first"], outbox, pace=pace, seed=1, tell=heard.append).start()
            try:
                assert await asyncio.to_thread(link.wait_until, lambda state: state.pending == 0, PATIENCE_S)
                assert link.state().connected
                tried, began_s = len(upgrades), time.monotonic()
                outbox.append(OWN, UTC_S, Answered(notice_id=told, answer="heard"))
                # Until a WebSocket was tried again twice: nothing is told of that as a loss.
                await becomes(lambda: not link.state().connected or len(upgrades) >= tried + 2)
                assert link.state().connected
                passed_s = time.monotonic() - began_s
                assert len(upgrades) <= tried + 1 + passed_s / pace.posting_s, "seldom"
                await becomes(lambda: link.state().pending == 0)
                boot = outbox.boot
            finally:
                await asyncio.to_thread(link.close)
    assert {one.id for one in heard} == {told}
    assert await town.answer_of(told) == "heard"
    stored = [row.seq for row in await town.stored("first") if row.boot == boot]
    assert sorted(stored) == list(range(1, 302))


async def test_after_a_tunnel_a_websocket_is_tried_soon_though_a_request_got_through_first(
    town: Town, tmp_path: Path
) -> None:
    pace = Pace(poll_s=0.02, first_retry_s=0.02, longest_retry_s=0.1, trying_s=0.3, post_every_s=0.05)
    async with _proxy(town.port) as (port, upgrades):
        with Outbox(tmp_path / "outbox.sqlite") as outbox:
            url = f"ws://127.0.0.1:{port}{UPLINK_PATH}"
            link = Uplink(url, town.keys["first"], outbox, pace=pace, seed=1)
            link._sockets_failed = pace.sockets_tried  # as at the end of a tunnel
            link.start()
            try:
                assert await asyncio.to_thread(link.wait_until, lambda _: len(upgrades) >= 1, PATIENCE_S)
                assert link.state().connected
                # This network lets none through: from now on it is tried once in ten minutes.
                assert not await asyncio.to_thread(link.wait_until, lambda _: len(upgrades) > 1, 1.5)
            finally:
                await asyncio.to_thread(link.close)


async def test_a_server_that_asks_for_fewer_requests_is_no_lost_link(tmp_path: Path) -> None:
    asked: list[int] = []

    def server(request: httpx.Request) -> httpx.Response:
        batch = BATCH.decode(request.content)
        asked.append(len(batch.events))
        if len(asked) == 2:
            return httpx.Response(429, headers={"Retry-After": "1"})
        acked = max((one.seq for one in batch.events), default=0)
        return httpx.Response(200, text=BATCH_ANSWER.encode(BatchAnswer(boot=batch.boot, acked=acked)))

    with Outbox(tmp_path / "outbox.sqlite") as outbox:
        for _ in range(3):
            outbox.append(OWN, UTC_S, event(1).what)
        transport = httpx.MockTransport(server)
        async with httpx.AsyncClient(base_url="http://server", transport=transport) as http:
            talk = PostTalk(http, outbox, Pace(poll_s=0.02, post_every_s=0.0), lambda: UTC_S, lambda _: None)
            await talk.greet()
            while outbox.acked_seq < 3:
                await talk.step()
    assert asked == [0, 3, 3]


@contextlib.asynccontextmanager
async def _proxy(target: int) -> AsyncIterator[tuple[int, list[str]]]:
    """Lets plain requests through, and answers a WebSocket's handshake as a proxy that knows none."""
    upgrades: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far = None
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                if b"upgrade: websocket" in head.lower():
                    upgrades.append(head.decode().splitlines()[0])
                    writer.write(
                        b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                    )
                    await writer.drain()
                    return
                far = far or await asyncio.open_connection("127.0.0.1", target)
                length = next(
                    int(line.split(b":")[1])
                    for line in head.split(b"\r\n")
                    if line.lower().startswith(b"content-length")
                )
                far[1].write(head + await reader.readexactly(length))
                answer = await far[0].readuntil(b"\r\n\r\n")
                size = next(
                    int(line.split(b":")[1])
                    for line in answer.split(b"\r\n")
                    if line.lower().startswith(b"content-length")
                )
                writer.write(answer + await far[0].readexactly(size))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            for end in (writer, *((far[1],) if far else ())):
                end.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1], upgrades


# --- a key that is revoked while a connection is open


async def test_a_revoked_key_or_a_closed_account_cuts_an_open_connection_and_it_hears_nothing_more(
    town: Town,
) -> None:
    async with town.connect() as lost, town.connect("second") as kept:
        for socket in (lost, kept):
            await say(socket, Hello(boot="b"))
        wearer = Actor(town.wearer_id, Role.WEARER, "hanako")
        await town.parts.devices.revoke(wearer, town.ids["first"])
        town.parts.hub.rights_changed()
        refused = await hear(lost)
        assert isinstance(refused, Refused)
        assert (refused.code, "取り消" in refused.detail_ja) == ("forbidden", True)
        with pytest.raises(ConnectionClosed):
            await hear(lost)
        assert await say(kept, Events(events=(event(1, trip="b" * 32),))) == Ack(boot="b", acked=1)
        async with town.parts.db.write() as connection:
            await accounts.disable(connection, town.clock.utc_s(), audit.By(LOCAL), town.wearer_id)
        town.parts.hub.rights_changed()
        assert isinstance(await hear(kept), Refused)
