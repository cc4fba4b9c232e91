"""Devices that hold a connection open: cut when their key opens nothing any more."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from server.connected import MOST_OF_ONE, REVOKED, TOO_MANY, Connected
from server.database import Database
from server.tables import devices, users
from tests.live_stand import NOW, Stand


@pytest.fixture
async def stand(store_url: str) -> AsyncIterator[Stand]:
    made = Stand(Database(store_url))
    await made.populate()
    yield made
    await made.db.close()


async def _cut(connected: Connected, stand: Stand) -> bool:
    with connected.open(stand.device_id) as line:
        await connected.ask()
        return line.cut.is_set()


async def test_a_device_is_cut_when_its_key_or_its_wearer_s_account_is_closed(stand: Stand) -> None:
    connected = Connected(stand.db, stand.hub)
    assert not await _cut(connected, stand)
    for table, end in ((devices, "revoked_utc_s"), (users, "disabled_utc_s"), (users, "erased_utc_s")):
        await stand.change(table, **{end: NOW})
        assert await _cut(connected, stand), end
        await stand.change(table, **{end: None})
    assert not await _cut(connected, stand)


async def test_the_job_asks_when_somebody_s_rights_have_changed(stand: Stand) -> None:
    connected = Connected(stand.db, stand.hub)
    job = asyncio.create_task(connected.run())
    with connected.open(stand.device_id) as line:
        await stand.change(devices, revoked_utc_s=NOW)
        while not line.cut.is_set():
            stand.hub.rights_changed()
            await asyncio.sleep(0.01)
    assert line.why == REVOKED
    job.cancel()
    await asyncio.wait([job])


async def test_one_device_holds_a_few_connections_and_the_newest_counts(stand: Stand) -> None:
    connected = Connected(stand.db, stand.hub)
    opened = [connected.open(stand.device_id) for _ in range(MOST_OF_ONE + 1)]
    lines = [one.__enter__() for one in opened]
    assert [line.cut.is_set() for line in lines] == [True] + [False] * MOST_OF_ONE
    assert lines[0].why == TOO_MANY
    for one in opened:
        one.__exit__(None, None, None)
