"""Ingest: contiguous, once, grouped; a full disk or a cancelled writer loses nobody's word."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, select, update

from server import ingest
from server.database import Database
from server.errors import Forbidden, Unavailable
from server.fakes import FakeClock
from server.group import Batch, new_in
from server.hub import Hub
from server.ingest import Ingest
from server.stores import straight
from server.tables import devices, routes, trips, users
from server.tables import events as stored_events
from server.trips import read_events
from wire.held import MAX_RANGES, Held
from wire.position import Fix
from wire.trip import Moved, Rerouted, TripEvent

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

    async def ids(self) -> list[int]:
        async with self.db.read() as connection:
            return list((await connection.execute(select(stored_events.c.id))).scalars())


@pytest.fixture
async def store(store_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Store]:
    db = Database(store_url)
    made = Store(db, Ingest(db, FakeClock(), Hub()))
    await add_people(db)

    transaction = db._events.transaction

    @contextmanager
    def counted(*first: str) -> Iterator[Connection]:
        with transaction(*first) as connection:
            yield connection
        made.commits += 1

    monkeypatch.setattr(db._events, "transaction", counted)
    yield made
    await db.close()


async def add_people(db: Database) -> None:
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


async def test_a_full_disk_is_not_acknowledged_and_ends_when_there_is_room(sqlite_url: str) -> None:
    db = Database(sqlite_url)
    store = Store(db, Ingest(db, FakeClock(), Hub()))
    await add_people(db)

    async def pragma(text: str) -> int:
        def ask(connection: Connection) -> int:
            return int(connection.exec_driver_sql(f"PRAGMA {text}").scalar_one())

        return await db.write_events(ask, alone=True)

    await pragma(f"max_page_count={await pragma('page_count') + 2}")
    with pytest.raises(Unavailable):
        await store.ingest.store("d1", "b", events(*range(1, 201)))
    assert await store.ingest.held("d1", "b") == Held()
    assert await store.seqs() == []
    await pragma("max_page_count=100000")
    assert await store.ingest.store("d1", "b", events(*range(1, 201))) == Held(200)
    await db.close()


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


async def test_a_batch_that_cannot_be_written_does_not_hold_up_the_others(store: Store) -> None:
    too_large = replace(events(1, trip_id="t2")[0], seq=2**70)  # a number that no store can hold
    answers = await asyncio.gather(
        store.ingest.store("d1", "b", events(1)),
        store.ingest.store("d2", "b", (too_large,)),
        store.ingest.store("d1", "b", events(2)),
        *(store.ingest.store("d2", "b", events(n, trip_id="t2")) for n in range(1, 10)),
        return_exceptions=True,
    )
    assert (answers[0], answers[2]) == (Held(1), Held(2))
    assert isinstance(answers[1], Unavailable)
    assert await store.seqs() == [1, 2]
    assert await store.seqs("t2") == list(range(1, 10))


async def test_a_group_takes_as_many_statements_for_many_as_for_one(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[object] = []
    cursor = straight._cursor

    def counted(connection: Connection) -> AbstractContextManager[Any]:
        said.append(connection)
        return cursor(connection)

    monkeypatch.setattr(straight, "_cursor", counted)  # each statement takes one

    async def count(*batches: Awaitable[Held]) -> int:
        said.clear()
        await asyncio.gather(*batches)
        return len(said)

    await store.ingest.store("d1", "b", events(1))
    await store.ingest.store("d2", "b", events(1, trip_id="t2"))
    one = await count(store.ingest.store("d1", "b", events(2)))
    many = await count(
        *(store.ingest.store("d1", "b", events(n)) for n in range(3, 67)),
        *(store.ingest.store("d2", "b", events(n, trip_id="t2")) for n in range(2, 66)),
    )
    # Events go sixty-four in a statement on SQLite, so that 128 take one more than one does.
    assert 0 < one <= many <= one + 1


async def test_a_device_was_heard_of_to_a_minute(store: Store) -> None:
    async def seen() -> float | None:
        async with store.db.read() as connection:
            query = select(devices.c.seen_utc_s).where(devices.c.id == "d1")
            return (await connection.execute(query)).scalar_one()

    clock = FakeClock(1000.0)
    server = Ingest(store.db, clock, Hub())
    assert await seen() is None
    for now_s, told_s in ((1000.0, 1000.0), (1059.0, 1000.0), (1060.0, 1060.0)):
        clock.now_s = now_s
        await server.store("d1", "b", events(int(now_s)))
        assert await seen() == told_s


async def test_what_does_not_fit_waits_and_is_stored(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "_MOST_ROWS", 10)
    monkeypatch.setattr(ingest, "_GROUP_ROWS", 7)
    sent = [
        asyncio.create_task(store.ingest.store("d1", "b", events(*range(5 * n + 1, 5 * n + 6))))
        for n in range(20)
    ]
    most = 0
    while not all(task.done() for task in sent):
        most = max(most, store.ingest._rows)
        await asyncio.sleep(0)
    assert most <= 10 + 4
    assert await store.seqs() == list(range(1, 101))


async def test_who_waits_for_room_is_not_overtaken_for_good(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch over HTTP beside connections that fill the line again in the very call that tells of room."""
    monkeypatch.setattr(ingest, "_MOST_ROWS", 4)
    monkeypatch.setattr(ingest, "_GROUP_ROWS", 2)
    numbers, ends = iter(range(1, 1000)), False

    def fill() -> None:
        if not ends:
            store.ingest.submit(Batch("d1", "b", events(next(numbers), next(numbers)), None), lambda _: None)
            store.ingest.when_room(fill)

    for _ in range(3):
        fill()
    try:
        async with asyncio.timeout(5.0):
            assert await store.ingest.store("d2", "b", events(1, trip_id="t2")) == Held(1)
    finally:
        ends = True


async def test_an_unreadable_name_of_a_route_stops_nobodys_walk(store: Store) -> None:
    """PostgreSQL takes no NUL in a text."""
    walk = (
        TripEvent(boot="b", seq=1, trip_id="t1", utc_s=0.0, what=Rerouted(route_id="\0", reason="off_route")),
        TripEvent(boot="b", seq=2, trip_id="\0", utc_s=0.0, what=Moved(fix=FIX)),
    )
    assert await store.ingest.store("d1", "b", walk[:1]) == Held(1)
    with pytest.raises(Forbidden):
        await store.ingest.store("d1", "b", walk[1:])


async def test_numbers_follow_the_order_of_commits_over_two_writers(store: Store) -> None:
    """Whoever has read up to a number has missed nothing, whichever server stored it."""
    other_db = Database(store.db.address.blocking)
    other = Ingest(other_db, FakeClock(), Hub())
    read: list[int] = []
    done = asyncio.Event()

    async def follow() -> None:
        while True:
            last = done.is_set()
            async with store.db.read() as connection:
                newer = select(stored_events.c.id).where(stored_events.c.id > (read[-1] if read else 0))
                read.extend((await connection.execute(newer.order_by(stored_events.c.id))).scalars())
            if last:
                return

    reader = asyncio.create_task(follow())
    await asyncio.gather(
        *(store.ingest.store("d1", "b", events(*range(20 * n + 1, 20 * n + 21))) for n in range(20)),
        *(other.store("d2", "b", events(*range(20 * n + 1, 20 * n + 21), trip_id="t2")) for n in range(20)),
        *_one_by_one(store.ingest, "d1", "c", "t1"),
        *_one_by_one(other, "d2", "c", "t2"),
    )
    done.set()
    await reader
    assert read == sorted(await store.ids())
    assert len(read) == 2 * 400 + 2 * 30
    await other_db.close()


def _one_by_one(server: Ingest, device: str, boot: str, trip: str) -> list[Awaitable[None]]:
    async def send() -> None:
        for seq in range(1, 31):
            one = TripEvent(boot=boot, seq=seq, trip_id=trip, utc_s=0.0, what=Moved(fix=FIX))
            await server.store(device, boot, (one,))

    return [send()]


async def test_one_device_at_two_servers_doubles_nothing(store: Store) -> None:
    """It has connected anew while the first server still stores what it had sent there."""
    other_db = Database(store.db.address.blocking)
    other = Ingest(other_db, FakeClock(), Hub())
    both = [
        server.store("d1", "b", events(*range(5 * n + 1, 5 * n + 6)))
        for n in range(20)
        for server in (store.ingest, other)
    ]
    held = await asyncio.gather(*both)
    assert max(one.acked for one in held) == 100
    assert sorted(await store.seqs()) == list(range(1, 101))
    await other_db.close()


async def test_a_key_that_is_revoked_stores_nothing_more(store: Store) -> None:
    await store.ingest.store("d1", "b", events(1))
    async with store.db.write() as connection:
        await connection.execute(update(devices).where(devices.c.id == "d1").values(revoked_utc_s=1.0))
    with pytest.raises(Forbidden):
        await store.ingest.store("d1", "b", events(2))
    assert await store.seqs() == [1]
