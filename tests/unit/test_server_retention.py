"""Clocks: tracks become figures of a day, once; nothing comes twice; nobody waits for it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import get_args

import pytest
from sqlalchemy import func, insert, select, update

from server import audit
from server.credentials import new_id
from server.database import Database
from server.day_figures import SKELETON, WITH_PLACES, Figures, added, day_of, midnight_after, without_places
from server.fakes import FakeClock, straight_route
from server.hub import Hub
from server.ingest import Ingest
from server.only_one import OnlyOne
from server.outings import Outings
from server.retention import SLICE, Retention
from server.sealing import sealer_from
from server.settings import Settings
from server.tables import alerts, days, devices, events, logs, trips, users
from tests.households import everything, settle
from wire.codec import EVENT
from wire.position import Fix
from wire.trip import Fell, Happening, Moved, Sos, TripEnded, TripEvent, TripStarted

DAY_S = 86_400.0
NORTH_DEG_PER_M = 1.0 / 110_900.0


@dataclass
class Walks:
    db: Database
    clock: FakeClock
    settings: Settings
    device: str = "glasses"
    boots: list[str] = field(default_factory=list)

    @property
    def retention(self) -> Retention:
        return Retention(self.db, self.clock, self.settings, OnlyOne(self.db, "retention"))

    @property
    def ingest(self) -> Ingest:
        return Ingest(self.db, self.clock, Hub())

    async def person(self) -> None:
        async with self.db.write() as connection:
            row = {"id": "hanako", "login": "hanako", "name": "h", "role": "wearer", "password_hash": "!"}
            more = {"pseudonym": "P-1", "created_utc_s": 0.0}
            await connection.execute(insert(users).values(row | more))
            for device in ("glasses", "phone"):
                kind = "glasses" if device == "glasses" else "logger"
                row = {"id": device, "wearer_id": "hanako", "label": "d", "key_hash": device, "kind": kind}
                await connection.execute(insert(devices).values(row | {"created_utc_s": 0.0}))

    async def walk(self, minutes: int = 10, device: str = "glasses", *, practice: bool = False) -> str:
        """A walk of a metre a second, that begins now."""
        boot, trip, start_s = new_id(), new_id(), self.clock.now_s
        self.boots.append(boot)
        route = straight_route()
        route = replace(route, source=replace(route.source, practice=practice))
        began = TripStarted(route_id=route.route_id, practice=practice, route=route)
        whats: list[tuple[float, Happening]] = [(start_s, began)]
        for second in range(minutes * 60):
            lat = 33.2334 + second * NORTH_DEG_PER_M
            fix = Fix(utc_s=start_s + second, lat=lat, lon=131.6066, accuracy_m=3.0)
            whats.append((start_s + second, Moved(fix=fix)))
        cry = Sos(state="raised", lat=33.2334, lon=131.6066, accuracy_m=3.0, fix_utc_s=start_s)
        whats += [(start_s + 30.0, cry), (start_s + 31.0, Fell(lat=33.2334, lon=131.6066))]
        whats.append((start_s + minutes * 60.0, TripEnded(arrived=True, reason="arrived")))
        self.clock.now_s = start_s + minutes * 60.0
        told = tuple(
            TripEvent(boot=boot, seq=seq, trip_id=trip, utc_s=utc_s, what=what)
            for seq, (utc_s, what) in enumerate(whats, 1)
        )
        for first in range(0, len(told), 200):
            await self.ingest.store(device, boot, told[first : first + 200], self.clock.now_s)
        async with self.db.write() as connection:
            began_then = update(trips).where(trips.c.id == trip).values(accepted_utc_s=start_s)
            await connection.execute(began_then)
        self.told = told
        return trip

    async def count(self, *types: str) -> int:
        query = select(func.count()).select_from(events)
        async with self.db.read() as connection:
            return int(
                (
                    await connection.execute(query.where(events.c.type.in_(types)) if types else query)
                ).scalar_one()
            )

    async def days(self) -> list[tuple[object, ...]]:
        columns = (days.c.device_kind, days.c.day, days.c.trips, days.c.minutes, days.c.distance_m)
        async with self.db.read() as connection:
            rows = await connection.execute(select(*columns).order_by(days.c.day, days.c.device_kind))
            return [tuple(row) for row in rows]


@pytest.fixture
async def walks(store_url: str, tmp_path: Path) -> AsyncIterator[Walks]:
    settings = Settings(database_url=store_url, key_file=tmp_path / "key")
    made = Walks(Database(store_url), FakeClock(), settings)
    await made.person()
    yield made
    await made.db.close()


def test_every_type_of_event_stays_or_goes_by_decision() -> None:
    types = {get_args(kind.__annotations__["type"])[0] for kind in get_args(get_args(Happening)[0])}
    assert types == {"moved", "announced"} | set(SKELETON)
    assert set(WITH_PLACES) <= set(SKELETON)


async def test_a_track_becomes_the_figures_of_its_day_and_only_a_skeleton_stays(walks: Walks) -> None:
    trip = await walks.walk()
    began_s = walks.clock.now_s - 600.0
    async with walks.db.read() as connection:
        row = (await connection.execute(select(trips).where(trips.c.id == trip))).one()
        before = await Outings(walks.db).measure(connection, row)
    walks.clock.now_s += 89.0 * DAY_S
    assert (await walks.retention.once()).trips == 0
    walks.clock.now_s = midnight_after(began_s) + 89.0 * DAY_S
    done = await walks.retention.once()
    assert (done.trips, done.events) == (1, 600)
    assert await walks.count() == 4
    ((kind, day, number, minutes, distance_m),) = await walks.days()
    assert (kind, day, number) == ("glasses", "2026-11-22", 1)
    assert minutes == pytest.approx(before.minutes, abs=0.05)
    assert distance_m == pytest.approx(before.distance_m, abs=0.5)
    async with walks.db.read() as connection:
        bodies = list((await connection.execute(select(events.c.body))).scalars())
        left = (await connection.execute(select(trips))).one()
    assert not [body for body in bodies if "33.2" in body or "131.6" in body or "大分駅" in body]
    assert (left.id, left.arrived, left.route_id) == (trip, True, None)
    assert not (await everything(walks.db))["routes"]
    assert not (await everything(walks.db))["plans"]


async def test_it_is_counted_once_whatever_comes_again(walks: Walks) -> None:
    await walks.walk()
    walks.clock.now_s += 91.0 * DAY_S
    await walks.retention.once()
    counted = await walks.days()
    held = await walks.ingest.store("glasses", walks.boots[0], walks.told[:200], walks.clock.now_s)
    assert held.acked == len(walks.told)
    assert await walks.count("moved") == 0
    await walks.retention.once()
    assert await walks.days() == counted
    async with walks.db.read() as connection:
        assert (await connection.execute(select(func.count()).select_from(logs))).scalar_one() == 1


async def test_what_comes_late_for_a_summed_trip_is_deleted_and_not_added(walks: Walks) -> None:
    trip = await walks.walk()
    walks.clock.now_s += 91.0 * DAY_S
    await walks.retention.once()
    counted = await walks.days()
    fix = Fix(utc_s=1.0, lat=33.2, lon=131.6, accuracy_m=3.0)
    cry = Sos(state="raised", lat=33.2, lon=131.6)
    late = tuple(
        TripEvent(boot="late", seq=seq, trip_id=trip, utc_s=1.0, what=what)
        for seq, what in enumerate((Moved(fix=fix), cry), 1)
    )
    walks.clock.now_s += 1.0
    await walks.ingest.store("glasses", "late", late)
    await walks.retention.once()
    assert await walks.days() == counted
    assert await walks.count("moved") == 0
    async with walks.db.read() as connection:
        bodies = (await connection.execute(select(events.c.body))).scalars()
        assert not [body for body in bodies if "33.2" in body]


async def test_trips_of_a_day_add_up_by_kind_of_device_and_practice_does_not_count(walks: Walks) -> None:
    await walks.walk(10)
    await walks.walk(5)
    await walks.walk(5, "phone")
    await walks.walk(5, practice=True)
    walks.clock.now_s += 91.0 * DAY_S
    assert (await walks.retention.once()).trips == 4
    glasses, phone = await walks.days()
    assert glasses[:3] == ("glasses", "2026-11-22", 2)
    assert phone[:3] == ("logger", "2026-11-22", 1)
    assert glasses[3] == pytest.approx(15.0, abs=0.5)
    assert glasses[4] == pytest.approx(900.0, rel=0.1)


async def test_a_run_that_was_cut_off_is_gone_on_with(walks: Walks, monkeypatch: pytest.MonkeyPatch) -> None:
    await walks.walk()
    walks.clock.now_s += 91.0 * DAY_S

    async def cut(_self: Retention, _since: float) -> int:
        raise OSError("the power failed")

    with monkeypatch.context() as patch:
        patch.setattr(Retention, "_delete_tracks", cut)
        with pytest.raises(OSError, match="power"):
            await walks.retention.once()
    counted = await walks.days()
    assert await walks.count("moved") == 600
    assert (await walks.retention.once()).events == 600
    assert await walks.days() == counted


async def test_ingest_goes_on_beside_it(walks: Walks) -> None:
    """An hour of fixes is summed and deleted while a device sends; its answers do not wait for that."""
    await walks.walk(60)
    walks.clock.now_s += 91.0 * DAY_S
    trip = new_id()
    job = asyncio.create_task(walks.retention.once())
    seq = 0
    while not job.done():
        seq += 1
        fix = Fix(utc_s=walks.clock.now_s, lat=33.2, lon=131.6, accuracy_m=3.0)
        event = TripEvent(boot="now", seq=seq, trip_id=trip, utc_s=walks.clock.now_s, what=Moved(fix=fix))
        await walks.ingest.store("glasses", "now", (event,), walks.clock.now_s)
        await asyncio.sleep(0.01)
    assert (await job).events == 60 * 60
    # Not in milliseconds, since a loaded machine makes anything slow: the device had its turn between slices.
    assert seq >= 60 * 60 // SLICE // 2


async def test_each_clock_ends_what_is_its_own(store_url: str, tmp_path: Path) -> None:
    settings = Settings(database_url=store_url, key_file=tmp_path / "key")
    db, clock = Database(store_url), FakeClock()
    await settle(db, sealer_from(settings.sealing_key_file), "hanako")
    retention = Retention(db, clock, settings, OnlyOne(db, "retention"))
    async with db.write() as connection:
        await connection.execute(update(alerts).values(lat=33.2, lon=131.6, kind="zone_enter"))
        await audit.record(connection, clock.now_s, audit.By(None), "kept", None)
    clock.now_s += 91.0 * DAY_S
    await retention.once()
    stored = await everything(db)
    assert [(row["lat"], row["detail"], row["notice_id"]) for row in stored["alerts"]] == [(None, "{}", None)]
    for name in ("notices", "sessions", "blockages", "pairings", "plans", "routes"):
        assert not stored[name], name
    for name in ("looks", "links", "audit", "consents", "relations", "trips", "logs", "days", "saved_places"):
        assert stored[name], name
    clock.now_s += 275.0 * DAY_S
    await retention.once()
    stored = await everything(db)
    for name in ("looks", "links", "alerts", "deliveries"):
        assert not stored[name], name
    assert stored["audit"]
    clock.now_s += 731.0 * DAY_S
    await retention.once()
    assert not (await everything(db))["audit"]
    await db.close()


def test_sums_keep_what_is_known() -> None:
    one = Figures(10.0, 9.0, 12.0, 0.5, 600.0)
    assert added(one, Figures()) == one
    assert added(Figures(), one) == one
    both = added(one, Figures(20.0, 18.0, 24.0, 1.0, 1000.0))
    assert (both.minutes, both.minutes_min, both.minutes_max, both.distance_m) == (30.0, 27.0, 36.0, 1600.0)
    assert both.coverage == pytest.approx((0.5 * 12.0 + 24.0) / 36.0)


def test_days_are_those_of_japan() -> None:
    assert day_of(1_795_323_720.0) == "2026-11-22"
    assert day_of(midnight_after(1_795_323_720.0) - 0.001) == "2026-11-22"
    assert day_of(midnight_after(1_795_323_720.0)) == "2026-11-23"


def test_an_event_without_places_is_else_the_same() -> None:
    what = Sos(state="raised", lat=33.2, lon=131.6, accuracy_m=3.0, fix_utc_s=5.0)
    event = TripEvent(boot="b", seq=7, trip_id="t", utc_s=5.0, what=what)
    bare = EVENT.decode(without_places(EVENT.encode(event)))
    assert (bare.seq, bare.what) == (7, Sos(state="raised"))


@pytest.mark.parametrize("value", [0.0, 91.0])
def test_tracks_are_not_kept_longer_than_the_texts_say(value: float) -> None:
    with pytest.raises(ValueError, match="raw_days"):
        Settings(raw_days=value)
