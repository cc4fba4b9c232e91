"""The watcher on a real store: what it writes, what it finds again after a crash, how it is woken."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import pytest
from sqlalchemy import func, insert, select, update

from server.alerts.looker import Looker
from server.alerts.watch import Watcher
from server.database import Database
from server.errors import StoreError
from server.fakes import FakeClock, straight_route
from server.hub import ALERTS, GROUND, notices_for
from server.only_one import OnlyOne
from server.tables import alerts, marks, notices, routes, saved_places, trips
from tests.waiting import PATIENCE_S
from tests.watch_town import HOME, Town
from wire.codec import ROUTE
from wire.position import Fix
from wire.trip import Answered, Fell, HealthChanged, Moved, Sos, TripStarted


@pytest.fixture
async def town(store_url: str) -> AsyncIterator[Town]:
    made = Town(Database(store_url), FakeClock())
    yield made
    await made.db.close()


@pytest.fixture
async def small_town(_migrated_file: Path) -> AsyncIterator[Town]:
    """On SQLite, in memory where the system has a file system there: some tests commit thousands of times."""
    memory = Path("/dev/shm")  # noqa: S108  (a folder of its own in it)
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        shutil.copyfile(_migrated_file, Path(folder) / "s.db")
        made = Town(Database(f"sqlite:///{folder}/s.db"), FakeClock())
        yield made
        await made.db.close()


async def test_a_call_for_help_becomes_an_alert_with_its_place(town: Town) -> None:
    trip_id = await town.walker("hanako")
    looker = await town.looker()
    await town.tell(trip_id, Sos(state="raised", lat=33.1, lon=131.1, accuracy_m=9.0))
    await looker.look()
    async with town.db.read() as connection:
        (row,) = await connection.execute(select(alerts))
    assert (row.kind, row.state, row.step, row.lat, row.lon) == ("sos", "open", 0, 33.1, 131.1)
    assert row.next_utc_s == row.raised_utc_s == town.clock.now_s
    assert await town.state(trip_id) == "sos"
    await town.tell(trip_id, Sos(state="cancelled"))
    await looker.look()
    assert await town.alerts(trip_id) == [("sos", "over", "taken_back")]
    assert await town.state(trip_id) == "planned"


async def test_who_is_woken(town: Town) -> None:
    trip_id = await town.walker("hanako")
    looker = await town.looker()
    with town.hub.listen(ALERTS) as people, town.hub.listen(notices_for("hanako")) as wearer:
        await town.tell(trip_id, Fell())
        people.clear()
        await looker.look()
        assert wearer.is_set()
        assert not people.is_set()
        await town.tell(trip_id, Answered(notice_id=await town.question(trip_id), answer="help"))
        people.clear()
        await looker.look()
        assert people.is_set()
    assert await town.alerts(trip_id) == [("fell", "open", None)]


async def test_the_next_process_goes_on_where_the_last_one_ended(town: Town) -> None:
    trip_id = await town.walker("hanako")
    await town.stand(await town.looker(), trip_id, 200)
    await town.stand(await town.looker(), trip_id, 150)
    assert [kind for kind, *_ in await town.alerts(trip_id)] == ["not_moving"]
    town.clock.now_s += 80.0
    await (await town.looker()).look()
    assert await town.alerts(trip_id) == [("not_moving", "open", None)]
    await town.stand(await town.looker(), trip_id, 400)
    assert await town.alerts(trip_id) == [("not_moving", "open", None)]


async def test_a_person_who_has_taken_an_alert_keeps_it_until_it_is_over(town: Town) -> None:
    trip_id = await town.walker("hanako")
    looker = await town.looker()
    await town.tell(trip_id, HealthChanged(part="battery", health="warn"))
    await looker.look()
    async with town.db.write() as connection:
        await connection.execute(update(alerts).values(state="acknowledged"))
    await looker.look()
    assert await town.alerts(trip_id) == [("battery", "acknowledged", None)]
    await town.tell(trip_id, HealthChanged(part="battery", health="ok"))
    await looker.look()
    assert await town.alerts(trip_id) == [("battery", "over", "charged")]


async def test_silence_is_written_by_the_clock_alone(town: Town) -> None:
    trip_id = await town.walker("hanako")
    looker = await town.looker()
    await town.tell(trip_id, TripStarted(route_id=None, practice=False))
    await looker.look()
    for wait_s, state, raised in ((119.0, "walking", 0), (2.0, "no_contact", 0), (480.0, "no_contact", 1)):
        town.clock.now_s += wait_s
        await looker.look()
        assert await town.state(trip_id) == state
        assert len(await town.alerts(trip_id)) == raised
    await town.tell(trip_id, HealthChanged(part="camera", health="ok"))
    await looker.look()
    assert await town.alerts(trip_id) == [("no_contact", "over", "contact")]
    assert await town.state(trip_id) == "walking"


async def test_a_new_outing_of_the_device_ends_the_silence_of_the_old_one(town: Town) -> None:
    old = await town.walker("hanako")
    looker = await town.looker()
    await town.tell(old, TripStarted(route_id=None, practice=False))
    await looker.look()
    town.clock.now_s += 700.0
    await looker.look()
    new = "hanako 2".ljust(32, "-")
    await town.trip("hanako", new)
    await town.tell(new, TripStarted(route_id=None, practice=False))
    await looker.look()
    assert await town.alerts(old) == [("no_contact", "over", "another_trip")]
    town.clock.now_s += 700.0
    await (await town.looker()).look()
    assert len(await town.alerts(old)) == 1


async def test_after_hours_without_a_server_nobody_is_called_for_its_own_silence(town: Town) -> None:
    trip_id = await town.walker("hanako")
    looker = await town.looker()
    await town.tell(trip_id, TripStarted(route_id=None, practice=False))
    await looker.look()
    town.clock.now_s += 7200.0
    looker = await town.looker()
    await looker.look()
    assert await town.alerts(trip_id) == []
    town.clock.now_s += 181.0
    await looker.look()
    assert [kind for kind, *_ in await town.alerts(trip_id)] == ["no_contact"]


async def test_practice_and_phones_logs_ask_nobody(town: Town) -> None:
    practice = await town.walker("hanako", practice=True)
    phone = await town.walker("taro", kind="logger")
    looker = await town.looker()
    for trip_id in (practice, phone):
        await town.tell(trip_id, Fell(), HealthChanged(part="battery", health="error"))
        await looker.look()
        assert await town.alerts(trip_id) == []


async def test_at_a_kept_place_and_in_a_zone_made_on_the_way_nobody_is_asked(small_town: Town) -> None:
    town = small_town
    trip_id = await town.walker("hanako")
    looker = await town.looker()
    await town.stand(looker, trip_id, 100)
    row = {"id": "p", "wearer_id": "hanako", "name": "家", "kind": "home", "created_utc_s": 0.0}
    async with town.db.write() as connection:
        await connection.execute(insert(saved_places).values(row | {"lat": HOME[0], "lon": HOME[1]}))
    await looker.read_grounds()
    await town.stand(looker, trip_id, 400)
    assert await town.alerts(trip_id) == []


async def test_a_walk_off_its_route_is_told(small_town: Town) -> None:
    town = small_town
    route = straight_route()
    async with town.db.write() as connection:
        row = {"id": route.route_id, "body": ROUTE.encode(route), "planned_utc_s": 0.0}
        await connection.execute(insert(routes).values(row))
    trip_id = await town.walker("hanako", route_id=route.route_id)
    looker = await town.looker()
    for second in range(0, 400, 20):
        town.clock.now_s += 20.0
        times = [(second + 5.0 * part, town.clock.now_s - 15.0 + 5.0 * part) for part in range(4)]
        lons = [(HOME[1] + max(at_s - 50.0, 0.0) / 93_000.0, utc_s) for at_s, utc_s in times]
        fixes = [Fix(utc_s=utc_s, lat=HOME[0] + 0.0003, lon=lon, accuracy_m=5.0) for lon, utc_s in lons]
        await town.tell(trip_id, *(Moved(fix=fix) for fix in fixes))
        await looker.look()
    assert await town.alerts(trip_id) == [("off_route", "open", None)]
    assert await town.state(trip_id) == "off_route"


async def test_two_watchers_at_once_end_the_one_that_is_not_alone(small_town: Town) -> None:
    trip_id = await small_town.walker("hanako")
    first, second = await small_town.looker(), await small_town.looker()
    await small_town.tell(trip_id, Sos(state="raised"))
    await first.look()
    with pytest.raises(StoreError):
        await second.look()
    assert await small_town.alerts(trip_id) == [("sos", "open", None)]


class Crashing:
    """A store that fails at its n-th step: at a statement, before a commit, or after it."""

    def __init__(self, db: Database, at: int) -> None:
        self._db = db
        self.at = at
        self.steps = 0

    def step(self) -> None:
        self.steps += 1
        if self.steps == self.at:
            raise StoreError("crashed")

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Any]:
        async with self._db.read() as connection:
            yield _Counted(connection, self.step)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Any]:
        async with self._db.write() as connection:
            yield _Counted(connection, self.step)
            self.step()
        self.step()


class _Counted:
    def __init__(self, connection: Any, step: Callable[[], None]) -> None:
        self._connection = connection
        self._step = step

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    async def execute(self, *arguments: object) -> Any:
        self._step()
        return await self._connection.execute(*arguments)


async def _day(town: Town, trip_id: str, db: Any) -> bool:
    """A fall without an answer, a call taken back, a low battery, silence; whether the watcher failed."""
    looker: Looker | None = None
    failed = False

    async def look() -> None:
        nonlocal looker, failed
        for _ in range(3):
            try:
                looker = looker or await Looker.begin(cast("Database", db), town.clock, town.hub)
                await looker.look()
                return
            except StoreError:
                looker, failed = None, True
        raise AssertionError("it never came back")

    await look()
    low = HealthChanged(part="battery", health="error")
    await town.tell(trip_id, TripStarted(route_id=None, practice=False), Fell(), Sos(state="raised"), low)
    await look()
    town.clock.now_s += 620.0
    await look()
    await town.tell(trip_id, Sos(state="cancelled"), Fell())
    await look()
    return failed


async def test_a_crash_at_any_step_loses_nothing_and_doubles_nothing(
    small_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Here the clock leaps; else each process after a crash would wait for devices to come back first.
    monkeypatch.setattr("server.alerts.looker._DEAF_S", 3600.0)
    town = small_town
    whole = await town.walker("w0")
    counting = Crashing(town.db, at=0)
    await _day(town, whole, counting)
    expected = await town.alerts(whole)
    assert [kind for kind, *_ in expected] == ["battery", "fell", "fell", "no_contact", "sos"]
    assert counting.steps > 30
    for at in range(1, counting.steps + 1):
        async with town.db.write() as connection:
            await connection.execute(update(trips).values(ended_utc_s=1.0))
            await connection.execute(update(alerts).values(state="over"))
        trip_id = await town.walker(f"w{at}")
        assert await _day(town, trip_id, Crashing(town.db, at)), at
        assert await town.alerts(trip_id) == expected, at
        async with town.db.read() as connection:
            asked = select(func.count()).where(notices.c.trip_id == trip_id)
            assert (await connection.execute(asked)).scalar_one() == 2, at


async def test_the_job_hears_a_call_at_once_and_a_new_zone(town: Town) -> None:
    trip_id = await town.walker("hanako")
    job = asyncio.create_task(Watcher(town.db, town.clock, town.hub, OnlyOne(town.db, "alerts")).run())
    try:
        await _until(lambda: _marked(town))
        with town.hub.listen(ALERTS) as told:
            await town.tell(trip_id, Sos(state="raised"))
            await asyncio.wait_for(told.wait(), PATIENCE_S)
        assert await town.alerts(trip_id) == [("sos", "open", None)]
        town.hub.wake((GROUND,))
        await town.tell(trip_id, Sos(state="cancelled"))
        await _until(lambda: _over(town, trip_id))
    finally:
        job.cancel()
        with suppress(asyncio.CancelledError):
            await job


async def _marked(town: Town) -> bool:
    async with town.db.read() as connection:
        return (await connection.execute(select(func.count()).select_from(marks))).scalar_one() > 0


async def _over(town: Town, trip_id: str) -> bool:
    return await town.alerts(trip_id) == [("sos", "over", "taken_back")]


async def _until(holds: Callable[[], Any]) -> None:
    for _ in range(int(PATIENCE_S / 0.01)):
        if await holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came to hold")
