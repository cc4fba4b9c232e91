"""One bad row, a long backlog, a worker's death: nobody else's call for help may wait for that."""

from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import delete, insert, select, update

from server.alerts import delivery, reading, rules
from server.alerts.escalation import Escalation
from server.alerts.watched import Known, new_watch
from server.alerts.watched import Trip as WatchedTrip
from server.database import Database
from server.errors import StoreError
from server.fakes import FakeClock
from server.hub import ALERTS, notices_for
from server.notices import tell
from server.tables import alerts, channels, deliveries, events, routes, trip_logs, trips
from tests.alert_town import AlertTown, alert_town
from tests.live_stand import Stand, Watch, fix
from tests.watch_town import HOME, Town
from wire.position import Fix
from wire.trip import Fell, HealthChanged, Moved, Sos, TripStarted

LOW = HealthChanged(part="battery", health="error")


@pytest.fixture
async def town(sqlite_url: str) -> AsyncIterator[Town]:
    made = Town(Database(sqlite_url), FakeClock())
    yield made
    await made.db.close()


@pytest.fixture
async def telling(sqlite_url: str) -> AsyncIterator[AlertTown]:
    async with alert_town(sqlite_url, "emergency_sharing") as made:
        yield made


async def test_an_event_and_a_route_that_cannot_be_read_stop_no_watch(town: Town) -> None:
    bad, good = await town.walker("hanako"), await town.walker("taro")
    async with town.db.write() as connection:
        await connection.execute(insert(routes).values(id="r", body="{", planned_utc_s=0.0))
    await town.trip("hanako", lost := "hanako 2".ljust(32, "-"), route_id="r")
    looker = await town.looker()
    await town.tell(bad, LOW)
    async with town.db.write() as connection:
        await connection.execute(update(events).values(body="{"))
    await town.tell(bad, Sos(state="raised"))
    await town.tell(lost, TripStarted(route_id="r", practice=False), Sos(state="raised"))
    await town.tell(good, Sos(state="raised"))
    await looker.look()
    for trip_id in (bad, lost, good):
        assert await town.alerts(trip_id) == [("sos", "open", None)]
    assert await (await town.looker()).look() is False  # and who begins anew meets the same rows


async def test_where_the_rules_fail_calls_for_help_are_seen(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    trip_id = await town.walker("hanako")
    looker = await town.looker()
    monkeypatch.setattr(rules.rule_device, "battery", lambda *_: 1 / 0)
    await town.tell(trip_id, LOW, Sos(state="raised"))
    await looker.look()
    assert await town.alerts(trip_id) == [("sos", "open", None)]


async def test_an_alert_that_the_store_refuses_keeps_no_other_from_it(town: Town) -> None:
    bad, good = await town.walker("hanako"), await town.walker("taro")
    looker = await town.looker()
    await town.tell(bad, TripStarted(route_id=None, practice=False))
    await looker.look()
    async with town.db.write() as connection:  # she was erased
        for table in (events, trip_logs, trips):
            await connection.execute(delete(table))
    town.clock.now_s += 650.0
    await town.trip("taro", good)
    await town.tell(good, Sos(state="raised"))
    await looker.look()
    assert await town.alerts(good) == [("sos", "open", None)]
    assert looker.watched == 2
    town.clock.now_s += 15.0
    await looker.look()
    assert looker.watched == 1  # the store does not know her any more


async def test_a_call_behind_a_long_backlog_is_seen_in_the_first_look(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST", 10)
    monkeypatch.setattr("server.alerts.looker.MOST", 10)
    trip_id, other = await town.walker("hanako"), await town.walker("taro")
    looker = await town.looker()
    here = Fix(utc_s=town.clock.now_s, lat=HOME[0], lon=HOME[1], accuracy_m=5.0)
    await town.tell(other, *[Moved(fix=here)] * 50)
    await town.tell(trip_id, Sos(state="raised"), Fell())
    assert await looker.look()
    assert await town.alerts(trip_id) == [("fell", "asking", None), ("sos", "open", None)]
    while await looker.look():
        pass
    assert len(await town.alerts(trip_id)) == 2  # met again in its turn, and told once


async def test_practice_is_quiet_though_its_beginning_comes_last(town: Town) -> None:
    trip_id = await town.walker("hanako")
    looker = await town.looker()
    await town.tell(trip_id, HealthChanged(part="camera", health="ok"))
    await looker.look()
    async with town.db.write() as connection:  # as the ingest does with the beginning
        await connection.execute(update(trips).values(practice=True))
    await town.tell(trip_id, TripStarted(route_id=None, practice=True), Fell(), LOW)
    await looker.look()
    assert await town.alerts(trip_id) == []


async def test_an_end_on_a_page_is_known_to_the_watcher(town: Town) -> None:
    trip_id = await town.walker("hanako")
    looker = await town.looker()
    await town.tell(trip_id, Sos(state="raised"))
    await looker.look()
    assert await town.state(trip_id) == "sos"
    async with town.db.write() as connection:
        await connection.execute(update(alerts).values(state="over", over_why="answered_ok"))
    await looker.read_alerts()
    await looker.look()
    assert await town.state(trip_id) == "planned"
    await town.tell(trip_id, Sos(state="raised"))  # once more, and meant
    await looker.look()
    assert await town.state(trip_id) == "sos"
    assert len(await town.alerts(trip_id)) == 2


async def test_a_clock_that_is_put_back_stops_no_question(town: Town) -> None:
    trip_id = await town.walker("hanako")
    looker = await town.looker()
    await town.tell(trip_id, Fell())
    await looker.look()
    town.clock.now_s -= 3600.0
    with pytest.raises(StoreError):
        await looker.look()
    await (await town.looker()).look()
    assert await town.alerts(trip_id) == [("fell", "open", None)]


def test_no_alert_is_wanted_twice_under_one_name() -> None:
    watch = new_watch(WatchedTrip("t", "w", "d", 0.0))
    watch = rules.heard(watch, watch.walk, 100.0, 100.0)
    assert [effect.key for effect in rules.look(watch, 800.0) if hasattr(effect, "key")] == ["100"]
    known = Known("a", "no_contact", "100", "over", raised_s=50.0, changed_s=50.0, at_s=100.0)
    assert rules.look(rules.next_alerts(watch, [known]), 800.0) == ()


async def test_an_alert_that_cannot_be_moved_on_holds_up_no_other(
    telling: AlertTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    await telling.caregiver("次郎")
    bad, good = await telling.alert(), await telling.alert()
    move = Escalation._move

    async def stumbling(self: Escalation, connection: Any, row: Any) -> set[str]:
        if row.id == bad:
            raise KeyError("a mistake")
        return await move(self, connection, row)

    monkeypatch.setattr(Escalation, "_move", stumbling)
    await telling.escalate()
    assert (await telling.row_of(good)).step == 1
    monkeypatch.setattr(Escalation, "_move", move)
    await telling.pass_s(11.0)
    assert (await telling.row_of(bad)).step == 1


async def test_a_clock_that_is_put_back_stops_no_chain(telling: AlertTown) -> None:
    await telling.caregiver("次郎")
    alert_id = await telling.alert()
    await telling.escalate()
    await telling.pass_s(-3600.0)
    assert (await telling.row_of(alert_id)).step == 2


async def test_an_address_that_no_key_opens_holds_up_no_other(telling: AlertTown) -> None:
    jiro, hanae = await telling.caregiver("次郎"), await telling.caregiver("花江")
    lost, kept = await telling.channel(jiro, "email"), await telling.channel(hanae, "email")
    async with telling.db.write() as connection:
        await connection.execute(update(channels).where(channels.c.id == lost).values(address="?"))
    await telling.alert()
    await telling.escalate()
    await telling.deliver()
    found = {row.channel_id: (row.state, row.tries) for row in await telling.rows() if row.channel_id}
    assert found == {lost: ("failed", 1), kept: ("sent", 1)}


async def test_a_call_for_help_goes_before_what_waits_to_be_tried_again(
    telling: AlertTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "_AT_ONCE", 1)
    jiro, hanae = await telling.caregiver("次郎"), await telling.caregiver("花江")
    await telling.share()
    await telling.channel(jiro, "email")
    await telling.alert("battery")
    await telling.escalate()
    await telling.channel(hanae, "email")
    telling.clock.now_s += 1.0
    async with telling.db.write() as connection:
        await connection.execute(update(channels).values(confirmed_utc_s=1.0))
    sos = await telling.alert()
    await telling.escalate()
    await telling.telling.delivery.work()
    await telling.telling.delivery.idle()
    assert [letter.alert_id for _, letter in telling.senders["email"].sent] == [sos]


async def test_a_try_that_never_tells_how_it_went_is_not_made_for_ever(telling: AlertTown) -> None:
    jiro = await telling.caregiver("次郎")
    await telling.channel(jiro, "webhook")
    await telling.alert()
    await telling.escalate()
    async with telling.db.write() as connection:
        await connection.execute(
            update(deliveries).where(deliveries.c.kind == "webhook").values(tries=80, created_utc_s=0.0)
        )
    await telling.deliver()
    (row,) = [row for row in await telling.rows() if row.kind == "webhook"]
    assert row.state == "given_up"


async def test_other_processes_hear_of_it_though_this_one_dies_after_the_commit(postgres_url: str) -> None:
    """Whoever commits wakes its own hub, and nobody else: all that the others hear is in the transaction."""
    made = AlertTown(Database(postgres_url))
    await made.populate()
    await made.agree("emergency_sharing")
    jiro = await made.caregiver("次郎")
    async with await psycopg.AsyncConnection.connect(postgres_url, autocommit=True) as other:
        await other.execute("LISTEN shirube")
        await made.alert()
        await made.escalate()
        async with made.db.write() as connection:
            await tell(connection, made.wearer, made.trip, "watching", made.clock.now_s)
        heard = {
            topic
            async for told in other.notifies(timeout=1.0)
            for topic in told.payload.partition(":")[2].split(",")
        }
    await made.db.close()
    assert {ALERTS, f"alerts {jiro.user_id}", notices_for(made.wearer)} <= heard


async def _now(watch: Watch, *, calling: bool) -> dict[str, Any]:
    while True:
        _, now, _ = await watch.until("now")
        if (now["alarm_ja"] != "") == calling:
            return now


async def test_a_call_that_was_ended_on_a_page_is_over_on_the_live_page(sqlite_url: str) -> None:
    stand = Stand(Database(sqlite_url))
    await stand.populate()
    async with stand.running(), stand.watched() as watch:
        await stand.send(Moved(fix=fix(10.0)), Sos(state="raised"))
        now = await _now(watch, calling=True)
        assert now["walk"] == "sos"
        async with stand.db.write() as connection:
            (event,) = await connection.execute(select(events).where(events.c.type == "sos"))
            row = {"id": "a", "wearer_id": stand.wearer.user_id, "trip_id": stand.trip_id, "kind": "sos"}
            times = {"raised_utc_s": 0.0, "changed_utc_s": 0.0, "step": 0, "detail": "{}"}
            ended = {"key": f"{event.log_id}.{event.seq}", "state": "over", "over_why": "answered_ok"}
            await connection.execute(insert(alerts).values(row | times | ended))
        stand.hub.wake({ALERTS})
        now = await _now(watch, calling=False)
        assert now["walk"] != "sos"
        await stand.send(Sos(state="raised"))
        assert (await _now(watch, calling=True))["walk"] == "sos"
    await stand.db.close()
