"""What was stored a moment ago is at hand as a value: for some seconds, and never instead of the store."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import delete

from server import recent
from server.database import Database
from server.recent import Recent
from server.stores.follow import new_of_trips
from server.tables import shares, trips
from server.tail import Tail
from tests.live_stand import NOW, Stand
from wire.trip import HealthChanged, TripEvent


def event(seq: int, detail: str = "") -> TripEvent:
    what = HealthChanged(part="battery", health="ok", detail=detail)
    return TripEvent(boot="b", seq=seq, trip_id="t", utc_s=NOW, what=what)


def test_it_is_there_until_the_second_turn() -> None:
    store = Recent()
    store.add(1, event(7))
    assert store.get(1, 7) == event(7)
    assert (store.get(2, 7), store.get(1, 8)) == (None, None)
    store.turn()
    assert store.get(1, 7) == event(7)
    store.turn()
    assert store.get(1, 7) is None, "what was erased lives on no longer"


def test_it_holds_no_more_than_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "_MOST", 20)
    store = Recent()
    for seq in range(1, 101):
        store.add(1, event(seq))
    held = [seq for seq in range(1, 101) if store.get(1, seq) is not None]
    assert 10 <= len(held) <= 20
    assert held == list(range(101 - len(held), 101)), "the newest"


@pytest.fixture
async def stand(store_url: str) -> AsyncIterator[Stand]:
    made = Stand(Database(store_url))
    await made.populate()
    yield made
    await made.db.close()


async def test_new_events_of_some_trips_are_read_in_the_order_of_their_numbers(stand: Stand) -> None:
    other = await stand.trip(shared=False)
    for north_m in (1.0, 2.0):
        await stand.move(north_m)
        await stand.move(north_m, trip=other)
    async with stand.db.read() as connection:
        mine = await new_of_trips(connection, (stand.trip_id,), 0, 10**9, 10)
        both = await new_of_trips(connection, (stand.trip_id, other), 0, 10**9, 10)
        some = await new_of_trips(connection, (stand.trip_id, other), both[0].id, both[2].id, 1)
    assert {row.trip_id for row in mine} == {stand.trip_id}
    assert [row.seq for row in both] == [1, 2, 3, 4]
    assert [row.id for row in some] == [both[1].id]


async def test_nothing_is_told_that_was_not_read_from_the_store(stand: Stand) -> None:
    held = Recent()
    tail = Tail(stand.db, stand.clock, stand.hub, held)
    feed = await tail.feed(stand.trip_id)
    await stand.send(event(1).what)
    [row] = await stand.db.look(lambda there: new_of_trips(there, (stand.trip_id,), 0, 10**9, 10))
    held.add(row.log_id, event(1, "as it was stored here"))
    held.add(row.log_id, event(2, "not in the store"))
    await tail.look()
    assert [told.line.en for told in feed.lines] == ["The battery is back (as it was stored here)"]


async def test_a_trip_that_is_erased_while_it_is_read_takes_nobody_elses_views_along(stand: Stand) -> None:
    other = await stand.trip(shared=False)
    tail = Tail(stand.db, stand.clock, stand.hub)
    feed, others = await tail.feed(stand.trip_id), await tail.feed(other)
    feed.new_way = True  # as after an event that was read a moment before
    async with stand.db.write() as connection:
        await connection.execute(delete(shares).where(shares.c.trip_id == stand.trip_id))
        await connection.execute(delete(trips).where(trips.c.id == stand.trip_id))
    await stand.move(1.0, trip=other)
    await tail.look()
    assert others.walk.last is not None
    assert stand.trip_id not in tail._followed
