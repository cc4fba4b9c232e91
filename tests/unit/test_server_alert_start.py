"""The watcher begins anew with many who walk: calls for help before all else, and nothing forgotten."""

from collections.abc import AsyncIterator

import pytest

from server.alerts import load
from server.database import Database
from server.fakes import FakeClock
from tests.watch_town import HOME, Town
from wire.position import Fix
from wire.trip import Fell, Moved, Sos, TripStarted


@pytest.fixture(autouse=True)
def little_by_little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.alerts.looker._AT_START", 2)


@pytest.fixture
async def town(store_url: str) -> AsyncIterator[Town]:
    made = Town(Database(store_url), FakeClock())
    yield made
    await made.db.close()


def here(utc_s: float) -> Moved:
    return Moved(fix=Fix(utc_s=utc_s, lat=HOME[0], lon=HOME[1], accuracy_m=5.0))


async def test_who_has_called_meanwhile_is_heard_before_all_are_loaded(town: Town) -> None:
    walkers = [await town.walker(f"w{number}") for number in range(9)]
    looker = await town.looker()
    for trip_id in walkers:
        await town.tell(trip_id, TripStarted(route_id=None, practice=False))
    while await looker.look():
        pass
    await town.tell(walkers[8], Fell(), Sos(state="raised"))
    anew = await town.looker()
    assert await anew.look()
    assert anew.watched < len(walkers)
    assert await town.alerts(walkers[8]) == [("fell", "asking", None), ("sos", "open", None)]
    await town.tell(walkers[7], Sos(state="raised"))  # while the others are still loaded
    assert await anew.look()
    assert await town.alerts(walkers[7]) == [("sos", "open", None)]
    while await anew.look():
        pass
    assert anew.watched == len(walkers)
    assert len(await town.alerts(walkers[8])) == 2, "met again in their turn, and told once"
    assert await town.state(walkers[8]) == "sos"


async def test_what_fell_due_meanwhile_and_where_somebody_was_last_is_known(town: Town) -> None:
    walkers = [await town.walker(f"w{number}") for number in range(5)]
    looker = await town.looker()
    for trip_id in walkers:
        await town.tell(trip_id, TripStarted(route_id=None, practice=False), here(town.clock.now_s))
    while await looker.look():
        pass
    town.clock.now_s += 590.0
    await looker.look()
    town.clock.now_s += 15.0  # the next process begins within half a minute
    anew = await town.looker()
    while await anew.look():
        pass
    assert [await town.alerts(trip_id) for trip_id in walkers] == [[("no_contact", "open", None)]] * 5
    assert all(anew._watches[trip_id].where is not None for trip_id in walkers)


async def test_of_many_positions_some_are_read_and_the_newest(town: Town) -> None:
    trip_id = await town.walker("hanako")
    looker = await town.looker()
    began_s = town.clock.now_s
    await town.tell(trip_id, TripStarted(route_id=None, practice=False))
    for _ in range(4):
        town.clock.now_s += 50.0
        await town.tell(trip_id, *(here(town.clock.now_s - 50.0 + second) for second in range(1, 51)))
    while await looker.look():
        pass
    anew = await town.looker()
    while await anew.look():
        pass
    watch = anew._watches[trip_id]
    assert watch.walk.contact_utc_s == began_s + 200.0
    assert watch.walk.last is not None
    assert watch.walk.last.utc_s == began_s + 200.0
    assert 200 // load._EACH <= len(watch.still.samples) <= 200 // load._EACH + 2
