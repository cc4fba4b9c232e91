"""Where a trip lies in its device's logs: noted with its events, and enough to find them all."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import func, select, text

from server.database import Database
from server.fakes import FakeClock
from server.feed import last_seen
from server.hub import Hub
from server.ingest import Ingest
from server.spans import AHEAD, positions, read, read_last, spans_of
from server.tables import events, trip_logs
from server.trips import count_events, read_events, read_track
from tests.watch_town import HOME, Town
from wire.position import Fix
from wire.trip import Moved, TripEvent

_NUMBERS = positions(events.c.log_id, events.c.seq)


@pytest.fixture
async def town(store_url: str) -> AsyncIterator[Town]:
    made = Town(Database(store_url), FakeClock())
    yield made
    await made.db.close()


class Walks:
    """Trips of one device, told by hand."""

    def __init__(self, town: Town, device_id: str) -> None:
        self._device_id = device_id
        self.db = town.db
        self.ingest = Ingest(town.db, town.clock, Hub())

    async def tell(self, trip_id: str, *numbers: int, boot: str = "boot") -> None:
        """Positions with these numbers."""
        moved = Moved(fix=Fix(utc_s=1.0, lat=HOME[0], lon=HOME[1], accuracy_m=5.0))
        first = TripEvent(boot=boot, seq=1, trip_id=trip_id, utc_s=1.0, what=moved)
        batch = tuple(
            replace(first, seq=n, what=replace(moved, fix=replace(moved.fix, utc_s=float(n))))
            for n in numbers
        )
        await self.ingest.store(self._device_id, boot, batch)

    async def places(self, trip_id: str) -> list[tuple[int, int]]:
        async with self.db.read() as connection:
            return [tuple(row) for row in await read(connection, _NUMBERS, trip_id)]

    async def spans(self, trip_id: str) -> list[tuple[int, int]]:
        async with self.db.read() as connection:
            return [(span["first_seq"], span["last_seq"]) for span in await spans_of(connection, trip_id)]


@pytest.fixture
async def walks(town: Town) -> Walks:
    await town.walker("hanako")
    async with town.db.read() as connection:
        device_id = (await connection.execute(text("SELECT id FROM devices"))).scalar_one()
    return Walks(town, device_id)


A, B = "a" * 32, "b" * 32


async def test_it_is_widened_now_and_then_and_never_too_narrow(walks: Walks) -> None:
    await walks.tell(A, 10)
    assert await walks.spans(A) == [(10, 10 + AHEAD)]
    await walks.tell(A, 11, 12)
    assert await walks.spans(A) == [(10, 10 + AHEAD)]
    await walks.tell(A, 3, 4)  # the newest came first
    assert await walks.spans(A) == [(3, 10 + AHEAD)]
    await walks.tell(A, 11 + AHEAD)
    assert await walks.spans(A) == [(3, 11 + 2 * AHEAD)]
    assert [seq for _, seq in await walks.places(A)] == [3, 4, 10, 11, 12, 11 + AHEAD]


async def test_trips_of_one_log_are_told_apart(walks: Walks) -> None:
    await walks.tell(A, *range(1, 6))
    await walks.tell(B, *range(6, 11))
    await walks.tell(A, 11)
    assert [seq for _, seq in await walks.places(A)] == [1, 2, 3, 4, 5, 11]
    assert [seq for _, seq in await walks.places(B)] == [6, 7, 8, 9, 10]
    async with walks.db.read() as connection:
        assert await count_events(connection, A) == {"moved": 6}
        assert [one.event.seq for one in await read_events(connection, B, 0, 3)] == [6, 7, 8]
        assert [fix.utc_s for fix in await read_track(connection, B, 2)] == [8.0]
        seen = await last_seen(connection, B)
        assert seen is not None
        assert seen.fix.utc_s == 10.0


async def test_a_trip_in_two_logs_is_read_in_their_order(walks: Walks) -> None:
    await walks.tell(A, 1, 2)
    await walks.tell(A, 1, 2, boot="again")
    assert await walks.places(A) == [(1, 1), (1, 2), (2, 1), (2, 2)]
    async with walks.db.read() as connection:
        last = await read_last(connection, _NUMBERS, A, 3)
    assert [tuple(row) for row in last] == [(2, 2), (2, 1), (1, 2)]


async def test_a_group_that_is_undone_is_noted_when_it_comes_again(walks: Walks) -> None:
    await walks.tell(A, 1)
    async with walks.db.write() as connection:
        await connection.execute(text("UPDATE logs SET beyond = '[[900, 900]]'"))  # not as it is known here
    await walks.tell(A, 200 + AHEAD)
    assert await walks.spans(A) == [(1, 200 + 2 * AHEAD)]
    assert [seq for _, seq in await walks.places(A)] == [1, 200 + AHEAD]


async def test_every_event_lies_where_its_trip_is_said_to_lie(walks: Walks) -> None:
    for number in range(1, 400, 7):
        await walks.tell(A if number % 2 else B, number, number + 3)
    outside = (
        select(func.count())
        .select_from(events)
        .outerjoin(
            trip_logs,
            (trip_logs.c.trip_id == events.c.trip_id)
            & (trip_logs.c.log_id == events.c.log_id)
            & events.c.seq.between(trip_logs.c.first_seq, trip_logs.c.last_seq),
        )
        .where(trip_logs.c.id.is_(None))
    )
    async with walks.db.read() as connection:
        assert (await connection.execute(outside)).scalar_one() == 0
