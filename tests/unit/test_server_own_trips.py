"""Trips that began away from the server: made known by the log itself, in whatever order it arrives."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import select

from server import accounts, consent, devices, relations
from server.access import Action, Actor, Role
from server.allow import allow_trip
from server.app import create_app
from server.consent import Purpose
from server.errors import Forbidden, NotFound
from server.fakes import FakeClock, FakePlanner, straight_route
from server.feed import load
from server.live import Now
from server.parts import Parts
from server.settings import Settings
from server.tables import trips
from server.trips import count_events
from wire.api import PlanRequest, TripRequest
from wire.held import Held
from wire.position import Fix
from wire.route import Route
from wire.trip import Happening as What
from wire.trip import HealthChanged, Moved, Rerouted, Sos, TripEnded, TripEvent, TripStarted

NOW = 1_795_323_720.0  # 14:02 in Japan
OWN, LATER = "a" * 32, "b" * 32


def fix(north_m: float, utc_s: float = NOW) -> Fix:
    return Fix(utc_s=utc_s, lat=33.2334 + north_m / 110_900.0, lon=131.6066, accuracy_m=5.0)


def route(route_id: str = "made-by-the-device", destination: str = "県立美術館") -> Route:
    return replace(straight_route(destination), route_id=route_id)


def started(way: Route | None = None) -> TripStarted:
    return TripStarted(route_id=None if way is None else way.route_id, practice=True, route=way)


@dataclass
class Stand:
    """A server with a wearer, a device, a caregiver who may look."""

    parts: Parts
    clock: FakeClock
    device: Actor
    wearer: Actor
    caregiver: Actor

    async def send(
        self, *events: tuple[int, What], trip: str = OWN, ago_s: float = 0.0, boot: str = "b"
    ) -> Held:
        """Events (seq, what), all of which happened `ago_s` before they are sent."""
        now_s = self.clock.utc_s()
        batch = tuple(
            TripEvent(boot=boot, seq=seq, trip_id=trip, utc_s=now_s - ago_s, what=what)
            for seq, what in events
        )
        assert self.device.device_id is not None
        return await self.parts.ingest.store(self.device.device_id, boot, batch, now_s)

    async def look(self, trip: str = OWN) -> tuple[list[str], Now]:
        async with self.parts.db.read() as connection:
            row = await allow_trip(connection, self.caregiver, Action.WATCH_LIVE, trip)
            feed = await load(connection, row, "e")
        return [told.line.ja for told in feed.lines], feed.known(self.clock.utc_s())

    async def row(self, trip: str = OWN):  # type: ignore[no-untyped-def]  # noqa: ANN201
        async with self.parts.db.read() as connection:
            return (await connection.execute(select(trips).where(trips.c.id == trip))).one()


@pytest.fixture
async def stand(store_url: str, tmp_path: Path) -> AsyncIterator[Stand]:
    clock = FakeClock(NOW)
    parts = create_app(
        Settings(database_url=store_url, key_file=tmp_path / "key"), clock, planner=FakePlanner()
    ).state.parts
    made = [
        await accounts.add_user(parts.db, clock, role, role, role, "correct horse 12")
        for role in (Role.WEARER, Role.CAREGIVER)
    ]
    key = await devices.add_device(parts.db, clock, made[0].user_id, "d")
    await relations.ask_relation(parts.db, clock, made[1].user_id, made[0].user_id, wearer_agreed=True)
    async with parts.db.write() as connection:
        await consent.give(connection, made[0].user_id, Purpose.LIVE_SHARING, NOW, how="page")
    yield Stand(
        parts,
        clock,
        Actor(made[0].user_id, Role.DEVICE, "d", key.device_id),
        Actor(made[0].user_id, Role.WEARER, "w"),
        Actor(made[1].user_id, Role.CAREGIVER, "c"),
    )
    await parts.db.close()


async def test_a_trip_is_made_known_with_its_route_and_only_once(stand: Stand) -> None:
    await stand.parts.trips.share(stand.wearer, None)
    for _ in range(2):
        held = await stand.send((1, started(route())), (2, Moved(fix=fix(40.0))))
    assert held == Held(2)
    row = await stand.row()
    assert (row.wearer_id, row.route_id, row.practice) == (stand.wearer.user_id, "made-by-the-device", True)
    lines, now = await stand.look()
    assert lines == ["出発しました(練習)"]
    assert now.sentence_ja == "14:02 現在、大分駅から県立美術館へ あと約160m、昭和通りの横断歩道まで約40m"
    assert await stand.parts.routes.read(stand.caregiver, "made-by-the-device") == route()
    assert await stand.parts.trips.is_shared(stand.wearer.user_id, OWN)
    assert not await stand.parts.trips.is_shared(stand.wearer.user_id, None)


async def test_a_walk_without_a_destination(stand: Stand) -> None:
    await stand.parts.trips.share(stand.wearer, None)
    await stand.send((1, started()), (2, Moved(fix=fix(40.0))))
    lines, now = await stand.look()
    assert lines == ["目的地を決めずに出発しました(練習)"]
    assert now.state == "live"
    assert now.sentence_ja.startswith("14:02 現在、経路なし、緯度と経度 33.23")
    assert (now.remaining_m, now.x) == (None, None)
    # On the way a destination is chosen.
    await stand.send((3, Rerouted(route_id="made-by-the-device", reason="off_route", route=route())))
    _, now = await stand.look()
    assert now.sentence_ja == "14:02 現在、大分駅から県立美術館へ あと約160m、昭和通りの横断歩道まで約40m"


async def test_an_id_that_no_device_makes_is_refused(stand: Stand) -> None:
    for name in ("A" * 32, "a" * 31, "trip", "../../etc"):
        with pytest.raises(Forbidden):
            await stand.send((1, started()), trip=name)
    assert await stand.parts.ingest.held(stand.device.device_id or "", "b") == Held()


async def test_a_trip_whose_beginning_is_missing_is_kept_and_completed_when_it_comes(stand: Stand) -> None:
    """The device's log was damaged on the way: what follows must not be lost, nor stop the rest."""
    await stand.parts.trips.share(stand.wearer, None)
    stand.clock.now_s += 60.0
    await stand.send((2, Moved(fix=fix(40.0, NOW + 60.0))), ago_s=30.0)
    assert (await stand.row()).route_id is None
    assert not await stand.parts.trips.is_shared(stand.wearer.user_id, OWN), "not known to be the next"
    await stand.send((1, started(route())), ago_s=40.0)
    assert (await stand.row()).route_id == "made-by-the-device"
    _, now = await stand.look()
    assert "横断歩道まで約40m" in now.sentence_ja
    # A second beginning of the same trip, from another log, changes nothing.
    await stand.send((1, started(route("another"))), boot="c")
    assert (await stand.row()).route_id == "made-by-the-device"


async def test_another_devices_trip_is_refused(stand: Stand) -> None:
    await stand.send((1, started()))
    other = await devices.add_device(stand.parts.db, stand.clock, stand.wearer.user_id, "other")
    stand.device = replace(stand.device, device_id=other.device_id)
    with pytest.raises(Forbidden):
        await stand.send((1, started()))


async def test_consent_given_after_it_began_does_not_reach_back(stand: Stand) -> None:
    stand.clock.now_s += 3600.0
    await stand.parts.trips.share(stand.wearer, None)
    stand.clock.now_s += 60.0
    await stand.send((1, started()), ago_s=1800.0)
    assert not await stand.parts.trips.is_shared(stand.wearer.user_id, OWN)
    with pytest.raises(NotFound):
        await stand.look()
    await stand.send((2, started()), trip=LATER)
    assert await stand.parts.trips.is_shared(stand.wearer.user_id, LATER)


async def test_trips_stand_in_the_order_in_which_they_were_made(stand: Stand) -> None:
    await stand.send((90, started()), trip=LATER)
    await stand.send((1, started()), (2, TripEnded(arrived=False, reason="wearer")), ago_s=86_400.0)
    assert [row.id for row in await stand.parts.trips.of_wearer(stand.wearer.user_id)] == [LATER, OWN]


async def test_what_arrives_late_never_looks_live(stand: Stand) -> None:
    await stand.parts.trips.share(stand.wearer, None)
    await stand.send((1, started(route())))
    await stand.send((50, Moved(fix=fix(150.0))))
    _, before = await stand.look()
    # The backlog, whose fixes claim to be of now: a phone whose clock is ahead.
    await stand.send(
        (2, Moved(fix=fix(10.0, NOW + 60.0))), (3, HealthChanged(part="camera", health="error")), ago_s=3000.0
    )
    lines, now = await stand.look()
    assert now == before
    assert lines[-1] == "カメラが使えません(あとから届きました)"


async def test_a_late_position_alone_is_as_old_as_it_waited(stand: Stand) -> None:
    await stand.parts.trips.share(stand.wearer, None)
    await stand.send((1, started(route())))
    await stand.send((2, Moved(fix=fix(10.0, NOW + 60.0))), ago_s=600.0)
    _, now = await stand.look()
    assert (now.state, now.age_s) == ("no_position", 600.0)


async def test_time_that_goes_back_changes_no_order(stand: Stand) -> None:
    """Before the first satellites the clock was years off."""
    await stand.parts.trips.share(stand.wearer, None)
    stand.clock.now_s = NOW + 1e8
    await stand.send((1, started(route())), (2, Moved(fix=fix(10.0, NOW))))
    stand.clock.now_s = NOW
    await stand.send((3, Moved(fix=fix(40.0))))
    lines, now = await stand.look()
    assert lines[0].startswith("出発しました")
    assert "横断歩道まで約40m" in now.sentence_ja


async def test_the_route_that_is_followed_is_the_last_of_the_log(stand: Stand) -> None:
    await stand.parts.trips.share(stand.wearer, None)
    first, second, third = (route(name, f"{name}の店") for name in ("one", "two", "three"))
    await stand.send((1, started(first)))
    await stand.send((9, Rerouted(route_id="three", reason="off_route", route=third)))
    await stand.send((5, Rerouted(route_id="two", reason="path_closed", route=second)))
    await stand.send((10, Moved(fix=fix(150.0))))
    _, now = await stand.look()
    assert now.sentence_ja == "14:02 現在、大分駅からthreeの店へ あと約50m"


async def test_a_devices_route_never_changes_what_others_planned(stand: Stand) -> None:
    plan = PlanRequest(map="oita", origin="a", destination="b")
    kept = await stand.parts.routes.plan(stand.device, plan)
    bent = replace(kept, points=((33.0, 131.0), *kept.points[1:]))
    await stand.send((1, started(bent)))
    assert await stand.parts.routes.read(stand.device, kept.route_id) == kept
    row = await stand.row()
    assert row.route_id != kept.route_id
    stored = await stand.parts.routes.read(stand.device, row.route_id)
    assert replace(stored, route_id=kept.route_id) == bent
    # The same way is the same route.
    await stand.send((2, started(kept)), trip=LATER)
    assert (await stand.row(LATER)).route_id == kept.route_id


async def test_two_trips_of_one_second_are_two(stand: Stand) -> None:
    """A device without a clock begins every day at the same second."""
    await stand.send((1, started(route())))
    await stand.send((2, started(route())), trip=LATER)
    assert len(await stand.parts.trips.of_wearer(stand.wearer.user_id)) == 2
    request = TripRequest(route_id="made-by-the-device", started_utc_s=NOW)
    assert await stand.parts.trips.start(stand.device, request) in (OWN, LATER)


async def test_an_sos_stays_until_it_is_taken_back(stand: Stand) -> None:
    await stand.parts.trips.share(stand.wearer, None)
    await stand.send((1, started()), (2, Sos(state="raised", lat=33.2, lon=131.6)))
    lines, now = await stand.look()
    assert lines[-1] == "SOS: 助けを求めています"
    assert now.alarm_ja.startswith("SOS: 14:02 に助けを求めました")
    assert "119" in now.alarm_en
    await stand.send((3, Sos(state="cancelled")))
    lines, now = await stand.look()
    assert lines[-1] == "SOS を取り消しました"
    assert now.alarm_ja == now.alarm_en == ""


async def test_a_clock_that_is_behind_when_it_sends_does_not_make_consent_reach_back(stand: Stand) -> None:
    """The log's seconds are of satellites, the machine's own clock is not set yet."""
    began_s = NOW
    stand.clock.now_s += 3600.0
    await stand.parts.trips.share(stand.wearer, None)
    stand.clock.now_s += 60.0
    event = TripEvent(boot="b", seq=1, trip_id=OWN, utc_s=began_s, what=started())
    await stand.parts.ingest.store(stand.device.device_id or "", "b", (event,), began_s - 86_400.0)
    assert not await stand.parts.trips.is_shared(stand.wearer.user_id, OWN)
    assert (await stand.row()).accepted_utc_s == began_s


async def test_a_device_with_a_new_key_goes_on_with_its_walk_and_doubles_nothing(stand: Stand) -> None:
    await stand.send((1, started()), (2, Moved(fix=fix(10.0))))
    old = stand.device.device_id or ""
    new = await devices.add_device(stand.parts.db, stand.clock, stand.wearer.user_id, "again")
    stand.device = replace(stand.device, device_id=new.device_id)
    assert await stand.parts.ingest.held(new.device_id, "b") == Held(), "while the old one is in use"
    await devices.revoke_device(stand.parts.db, stand.clock, old)
    assert await stand.parts.ingest.held(new.device_id, "b") == Held(2)
    assert await stand.send((2, Moved(fix=fix(10.0))), (3, Sos(state="raised"))) == Held(3)
    assert await stand.send((4, Moved(fix=fix(20.0)))) == Held(4)
    async with stand.parts.db.read() as connection:
        assert await count_events(connection, OWN) == {"trip_started": 1, "moved": 2, "sos": 1}
