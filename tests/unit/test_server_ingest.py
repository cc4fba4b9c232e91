"""Ingest: contiguous, once, grouped; a full disk or a cancelled writer loses nobody's word."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from server.database import Database, migrate
from server.errors import ApiError, Forbidden, Unavailable
from server.fakes import FakeClock
from server.hub import Hub
from server.ingest import Ingest, _Waiting, new_in
from server.tables import devices, routes, trips, users
from server.trips import read_events
from wire.held import MAX_RANGES, Held
from wire.position import Fix
from wire.trip import Moved, TripEvent

FIX = Fix(utc_s=0.0, lat=33.0, lon=131.0, accuracy_m=5.0)


def events(*seqs: int, trip_id: str = "t1") -> tuple[TripEvent, ...]:
    return tuple(
        TripEvent(boot="b", seq=seq, trip_id=trip_id, utc_s=0.0, what=Moved(fix=FIX)) for seq in seqs
    )


@given(st.lists(st.integers(1, 12), max_size=20), st.lists(st.integers(1, 12), max_size=8))
def test_what_is_new_is_stored_once(seqs: list[int], before: list[int]) -> None:
    held = Held()
    for seq in before:
        held = held.adding(seq, seq)
    fresh, after = new_in(events(*seqs), held)
    assert [event.seq for event in fresh] == list(dict.fromkeys(n for n in seqs if n not in before))
    assert after.count == len(set(seqs) | set(before))


@given(st.integers(0, 30), st.lists(st.tuples(st.integers(0, 29), st.integers(1, 10)), max_size=20))
def test_sending_any_parts_again_in_any_order_stores_each_once(
    total: int, parts: list[tuple[int, int]]
) -> None:
    log = events(*range(1, total + 1))
    stored: list[int] = []
    held = Held()
    for start, count in [*parts, (0, total)]:
        fresh, held = new_in(log[start : start + count], held)
        stored += [event.seq for event in fresh]
    assert sorted(stored) == list(range(1, total + 1))
    assert held == Held(total)


def test_one_that_would_open_a_range_too_many_is_left_out() -> None:
    fresh, held = new_in(events(*range(2, 2 * MAX_RANGES + 20, 2)), Held())
    assert len(fresh) == len(held.beyond) == MAX_RANGES
    fresh, _ = new_in(events(1, 3), held)
    assert [event.seq for event in fresh] == [1, 3], "what closes a gap is always taken"


@dataclass
class Store:
    """A store with two devices, one trip each, and a count of commits."""

    db: Database
    ingest: Ingest
    commits: int = 0

    async def seqs(self, trip_id: str = "t1") -> list[int]:
        async with self.db.read() as connection:
            return [stored.event.seq for stored in await read_events(connection, trip_id, 0, 10_000)]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    url = f"sqlite:///{tmp_path}/s.db"
    migrate(url)
    db = Database(url)
    made = Store(db, Ingest(db, FakeClock(), Hub()))
    user = {
        "login": "w",
        "name": "w",
        "role": "wearer",
        "password_hash": "",
        "pseudonym": "P",
        "created_utc_s": 0,
    }
    async with db.write() as connection:
        await connection.execute(insert(users).values(id="w", **user))
        await connection.execute(insert(routes).values(id="r", body="{}", planned_utc_s=0.0))
        for n in ("1", "2"):
            device = {"id": f"d{n}", "wearer_id": "w", "label": "", "key_hash": n, "created_utc_s": 0.0}
            await connection.execute(insert(devices).values(**device))
            trip = {"device_id": f"d{n}", "wearer_id": "w", "route_id": "r", "practice": True}
            times = {"started_utc_s": 0.0, "accepted_utc_s": 0.0}
            await connection.execute(insert(trips).values(id=f"t{n}", **trip, **times))

    @event.listens_for(db._writer.sync_engine, "commit")
    def _count(_connection: object) -> None:
        made.commits += 1

    yield made
    await db.close()


async def test_many_devices_share_commits(store: Store) -> None:
    batches = [store.ingest.store("d1", "b", events(*range(10 * n + 1, 10 * n + 11))) for n in range(20)]
    others = [store.ingest.store("d2", "b", events(n + 1, trip_id="t2")) for n in range(20)]
    acked = await asyncio.gather(*batches, *others)
    assert acked[19] == Held(200)
    assert acked[39] == Held(20)
    assert store.commits <= 3
    assert await store.seqs("t1") == list(range(1, 201))
    assert await store.seqs("t2") == list(range(1, 21))


async def test_one_refused_batch_does_not_take_its_neighbours_with_it(store: Store) -> None:
    good = store.ingest.store("d1", "b", events(1, 2))
    bad = store.ingest.store("d2", "b", events(1, trip_id="t1"))
    last = store.ingest.store("d1", "b", events(3))
    answers = await asyncio.gather(good, bad, last, return_exceptions=True)
    assert answers[0] == Held(2)
    assert isinstance(answers[1], Forbidden)
    assert answers[2] == Held(3)
    assert await store.seqs() == [1, 2, 3]


async def test_a_full_disk_is_not_acknowledged_and_ends_when_there_is_room(store: Store) -> None:
    async with store.db.write() as connection:
        pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
        await connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 2}")
    with pytest.raises(Unavailable):
        await store.ingest.store("d1", "b", events(*range(1, 201)))
    assert await store.ingest.held("d1", "b") == Held()
    assert await store.seqs() == []
    async with store.db.write() as connection:
        await connection.exec_driver_sql("PRAGMA max_page_count=100000")
    assert await store.ingest.store("d1", "b", events(*range(1, 201))) == Held(200)


async def test_a_writer_that_is_cancelled_does_not_leave_the_others_waiting(store: Store) -> None:
    leader = asyncio.create_task(store.ingest.store("d1", "b", events(1)))
    others = [asyncio.create_task(store.ingest.store("d2", "b", events(n, trip_id="t2"))) for n in (1, 2)]
    await asyncio.sleep(0)
    leader.cancel()
    with suppress(asyncio.CancelledError):
        await leader
    async with asyncio.timeout(10):
        answers = await asyncio.gather(*others, return_exceptions=True)
    for answer in answers:
        assert isinstance(answer, Held | Unavailable)
    assert await store.ingest.store("d2", "b", events(1, 2, trip_id="t2")) == Held(2)
    assert await store.ingest.store("d1", "b", events(1)) == Held(1)


async def test_two_logs_of_one_device_are_two_logs(store: Store) -> None:
    await store.ingest.store("d1", "b", events(1, 2))
    assert await store.ingest.held("d1", "another") == Held()
    other = TripEvent(boot="another", seq=1, trip_id="t1", utc_s=0.0, what=Moved(fix=FIX))
    assert await store.ingest.store("d1", "another", (other,)) == Held(1)
    assert await store.ingest.held("d1", "b") == Held(2)


async def test_the_newest_may_come_first_and_the_rest_fills_the_gap(store: Store) -> None:
    assert await store.ingest.store("d1", "b", events(1, 2)) == Held(2)
    assert await store.ingest.store("d1", "b", events(90, 91)) == Held(2, ((90, 91),))
    assert await store.ingest.held("d1", "b") == Held(2, ((90, 91),))
    assert await store.ingest.store("d1", "b", events(*range(3, 93))) == Held(92)
    assert await store.seqs() == [1, 2, 90, 91, *range(3, 90), 92], "each once, numbered as they came"


async def test_a_batch_that_cannot_be_written_does_not_hold_up_the_others(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = store.ingest._apply

    async def apply(connection: AsyncConnection, waiting: _Waiting) -> Held | ApiError:
        if waiting.device_id == "d2":
            raise ValueError("a number that the store cannot hold")
        return await real(connection, waiting)

    monkeypatch.setattr(store.ingest, "_apply", apply)
    answers = await asyncio.gather(
        store.ingest.store("d1", "b", events(1)),
        store.ingest.store("d2", "b", events(1, trip_id="t2")),
        store.ingest.store("d1", "b", events(2)),
        return_exceptions=True,
    )
    assert (answers[0], answers[2]) == (Held(1), Held(2))
    assert isinstance(answers[1], Unavailable)
    assert await store.seqs() == [1, 2]
