"""What is kept between groups of events is as good as asked again, whoever else writes meanwhile."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from server import group
from server.database import Database
from server.devices import revoke_device
from server.errors import Forbidden, Unavailable
from server.fakes import FakeClock
from server.hub import Hub
from server.ingest import Ingest
from server.stores import log_ends
from server.tables import devices, events, logs, trip_logs, trips, users
from wire.held import Held
from wire.position import Fix
from wire.trip import Moved, TripEvent

FIX = Fix(utc_s=0.0, lat=33.0, lon=131.0, accuracy_m=5.0)


def walk(*seqs: int, trip_id: str = "t") -> tuple[TripEvent, ...]:
    return tuple(
        TripEvent(boot="b", seq=seq, trip_id=trip_id, utc_s=0.0, what=Moved(fix=FIX)) for seq in seqs
    )


@asynccontextmanager
async def server(url: str) -> AsyncIterator[tuple[Database, Ingest]]:
    """As another process would have it."""
    db = Database(url)
    yield db, Ingest(db, FakeClock(), Hub())
    await db.close()


async def stored(db: Database) -> list[int]:
    async with db.read() as connection:
        return list((await connection.execute(select(events.c.seq).order_by(events.c.id))).scalars())


async def settle(url: str) -> str:
    """A wearer with one device and one trip."""
    async with server(url) as (db, _), db.write() as connection:
        user = {"login": "w", "name": "w", "role": "wearer", "password_hash": "", "pseudonym": "P"}
        await connection.execute(insert(users).values(id="w", created_utc_s=0.0, **user))
        device = {"id": "d", "wearer_id": "w", "label": "", "key_hash": "k", "created_utc_s": 0.0}
        await connection.execute(insert(devices).values(**device))
        times = {"started_utc_s": 0.0, "accepted_utc_s": 0.0}
        await connection.execute(
            insert(trips).values(id="t", device_id="d", wearer_id="w", practice=True, **times)
        )
    return url


@pytest.fixture
async def town(store_url: str) -> str:
    return await settle(store_url)


async def test_a_key_that_another_process_revokes_is_refused_by_the_next_group(town: str) -> None:
    async with server(town) as (db, ingest), server(town) as (other, _):
        assert await ingest.store("d", "b", walk(1)) == Held(1)
        assert await ingest.store("d", "b", walk(2)) == Held(2)
        await revoke_device(other, FakeClock(), "d")
        with pytest.raises(Forbidden):
            await ingest.store("d", "b", walk(3))
        assert await stored(db) == [1, 2]


async def test_what_another_process_stored_of_a_log_is_seen(town: str) -> None:
    """Two servers at one store by mistake: neither takes back what the other has acknowledged."""
    async with server(town) as (db, ingest), server(town) as (_, other):
        assert await ingest.store("d", "b", walk(1, 2)) == Held(2)
        assert await other.store("d", "b", walk(3, 4)) == Held(4)
        assert await ingest.store("d", "b", walk(4, 5)) == Held(5)
        assert await other.store("d", "b", walk(9)) == Held(5, ((9, 9),))
        assert await ingest.store("d", "b", walk(7)) == Held(5, ((7, 7), (9, 9)))
        assert await stored(db) == [1, 2, 3, 4, 5, 9, 7]


async def test_nothing_of_a_group_that_was_undone_is_believed(
    town: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> None:
        raise ValueError("the disk is full")

    async with server(town) as (db, ingest):
        assert await ingest.store("d", "b", walk(1)) == Held(1)
        with monkeypatch.context() as broken:
            broken.setattr(group, "_note_seen", full)  # after the events were written
            with pytest.raises(Unavailable):
                await ingest.store("d", "b", walk(2, 3))
        assert await ingest.store("d", "b", walk(3)) == Held(1, ((3, 3),))
        assert await ingest.store("d", "b", walk(2)) == Held(3)
        assert await stored(db) == [1, 3, 2]


async def test_what_was_erased_meanwhile_takes_no_events(town: str) -> None:
    async with server(town) as (db, ingest), server(town) as (other, _):
        assert await ingest.store("d", "b", walk(1)) == Held(1)
        async with other.write() as connection:
            for table in (events, trip_logs, logs, trips):
                await connection.execute(delete(table))
        with pytest.raises(Forbidden):  # the trip is nobody's, and its id is none that a device makes
            await ingest.store("d", "b", walk(2))
        assert await stored(db) == []


async def test_a_key_comes_back_for_another_wearer(town: str) -> None:
    """A device that was given to somebody else stores nothing in the walk of the first."""
    async with server(town) as (db, ingest), server(town) as (other, _):
        assert await ingest.store("d", "b", walk(1)) == Held(1)
        async with other.write() as connection:
            user = {"login": "v", "name": "v", "role": "wearer", "password_hash": "", "pseudonym": "Q"}
            await connection.execute(insert(users).values(id="v", created_utc_s=0.0, **user))
            await connection.execute(update(devices).values(wearer_id="v"))
        own = "0" * 32
        assert await ingest.store("d", "b", walk(2, trip_id=own)) == Held(2)
        async with db.read() as connection:
            whose = select(trips.c.wearer_id).where(trips.c.id == own)
            assert (await connection.execute(whose)).scalar_one() == "v"


async def test_the_log_of_a_file_does_not_grow_without_end(sqlite_url: str) -> None:
    async with server(await settle(sqlite_url)) as (db, ingest):
        assert db.address.path is not None
        log = db.address.path.with_name(f"{db.address.path.name}-wal")
        for n in range(120):
            await ingest.store("d", "b", walk(*range(50 * n + 1, 50 * n + 51)))
        assert await stored(db) == list(range(1, 6001))
        assert log.stat().st_size < 8 << 20


async def test_the_log_begins_again_though_somebody_always_reads(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_ends, "_LONG", 250)  # pages, 1 MB
    monkeypatch.setattr(log_ends, "_EVERY", 500)
    async with server(await settle(sqlite_url)) as (db, ingest):
        assert db.address.path is not None
        log = db.address.path.with_name(f"{db.address.path.name}-wal")
        over = False

        def read(connection: Connection) -> None:
            for _ in range(2):
                connection.execute(select(logs.c.id)).all()
                time.sleep(0.02)

        async def go_on_reading(after_s: float) -> None:
            await asyncio.sleep(after_s)
            while not over:
                await db.look(lambda there: there.run_sync(read))

        reading = [asyncio.create_task(go_on_reading(0.01 * n)) for n in range(4)]
        for n in range(120):
            await ingest.store("d", "b", walk(*range(50 * n + 1, 50 * n + 51)))
        over = True
        await asyncio.gather(*reading)
        assert await stored(db) == list(range(1, 6001))
        assert log.stat().st_size < 2.5 * (1 << 20)


async def test_a_read_that_does_not_end_is_not_waited_for_again_and_again(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy of the whole store is one read."""
    monkeypatch.setattr(log_ends, "_LONG", 100)
    waits = 0
    begun_again = log_ends._begun_again

    def counted(connection: sqlite3.Connection) -> bool:
        nonlocal waits
        waits += 1
        return begun_again(connection)

    monkeypatch.setattr(log_ends, "_begun_again", counted)
    async with server(await settle(sqlite_url)) as (db, ingest), db.read() as copying:
        await copying.execute(select(logs.c.id))
        for n in range(120):
            await ingest.store("d", "b", walk(*range(50 * n + 1, 50 * n + 51)))
        assert await stored(db) == list(range(1, 6001))
        assert 1 <= waits <= 5, "at 100 pages, 200, 400 ..."
        (patience_ms,) = db._events.driver.execute("PRAGMA busy_timeout").fetchone()
        assert patience_ms == 5000
