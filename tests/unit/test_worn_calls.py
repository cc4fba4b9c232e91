"""A worn day: the call for help, from the press to who is told."""

import pytest

from device.announcements import AlertKind
from device.policy import Earcon
from device.senses import (
    BeginTrip,
)
from tests.worn_day import HOME, Worn, choose, fix_at
from wire.trip import Sos, TripStarted

# --- the call for help


def test_a_call_for_help_is_counted_down_and_told_for_what_it_is() -> None:
    worn = Worn(speech_s=0.8).awake()
    worn.step(fixes=(fix_at(HOME.lat, HOME.lon, worn.now_s),))
    worn.begin = BeginTrip("t")
    worn.run(3.0)
    began_s = worn.now_s
    worn.press(3, 2.5)
    worn.run(9.0)
    counts = [say.words["ja"].text for _, say in worn.said if say.announcement.kind is AlertKind.SOS_COUNT]
    assert counts == ["5。", "4。", "3。", "2。", "1。"]
    counting = (AlertKind.SOS_BEGUN, AlertKind.SOS_COUNT)
    assert all(say.earcon is Earcon.SOS for _, say in worn.said if say.announcement.kind in counting)
    (raised,) = worn.logged(Sos)
    assert isinstance(raised, Sos)
    assert (raised.state, raised.lat) == ("raised", HOME.lat)
    raised_s = next(t for t, turn in worn.turns for item in turn.happenings if isinstance(item, Sos))
    assert 9.9 <= raised_s - began_s <= 10.3
    worn.step(sos="stored")
    worn.run(2.0)
    assert "まだ届いていません" in worn.text(AlertKind.SOS_STORED)
    assert "sos_sent" not in worn.answers()
    worn.step(sos="sent")
    worn.run(2.0)
    assert worn.answers()[-1] == "sos_sent"


@pytest.mark.parametrize("button", [1, 2, 3])
def test_any_press_stops_the_call(button: int) -> None:
    worn = Worn().awake()
    worn.press(3, 2.5)
    worn.run(2.0)
    worn.press(button)
    worn.run(12.0)
    assert worn.answers()[-1] == "sos_cancelled"
    assert not worn.logged(Sos)
    assert worn.state.desk.sos.raised_s is None


def test_a_call_without_a_trip_gets_one_to_be_logged_in() -> None:
    worn = Worn().awake()
    worn.press(3, 2.5)
    worn.run(10.0)
    (sos,) = worn.logged(Sos)
    (started,) = worn.logged(TripStarted)
    order = [type(item) for _, turn in worn.turns for item in turn.happenings]
    assert order.index(TripStarted) < order.index(Sos)
    assert (sos, started) == (Sos(state="raised"), TripStarted(route_id=None, practice=False))
    assert "trip_started" not in worn.kinds()  # it is no walk that anybody set out on


def test_a_call_that_nobody_stores_is_told_as_failed() -> None:
    worn = Worn().awake()
    worn.press(3, 2.5)
    worn.run(14.0)
    assert worn.answers()[-1] == "sos_failed"


def test_a_call_is_taken_back_by_the_menu() -> None:
    worn = Worn().awake()
    worn.press(3, 2.5)
    worn.run(10.0)
    worn.step(sos="stored")
    worn.run(3.0)
    choose(worn, 0)
    worn.run(2.0)
    assert [item.state for item in worn.logged(Sos) if isinstance(item, Sos)] == ["raised", "cancelled"]
