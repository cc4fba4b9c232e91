"""Silent weeks of a trial: nothing of danger and way is told, and that is told; all else is as always."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from device.config_uris import days
from device.senses import BeginTrip, Health
from device.silence import REMIND_S, Moment, Silence, step
from tests.worn_day import BICYCLE, ROUTE, UTC_0, Worn
from vision.types import PavingSight, Scene
from wire.position import Fix

_JST = timezone(timedelta(hours=9))
TODAY = datetime.fromtimestamp(UTC_0, _JST).date()
WEEK = ((TODAY, TODAY + timedelta(days=6)),)
STOP = replace(BICYCLE, distance_m=0.8, ttc_s=0.9, chance=0.9)


def at(moment: datetime, now_s: float = 0.0, *, walking: bool = True, began: bool = False) -> Moment:
    fix = Fix(utc_s=moment.timestamp(), lat=33.23, lon=131.6, accuracy_m=5.0)
    return Moment(now_s, fix, walking, began)


def out_with(worn: Worn) -> Worn:
    """A walk has begun, its first sentences are over, and a bicycle is about to be touched."""
    worn.step(ready=True, frame=True)
    worn.begin = BeginTrip("t", ROUTE)
    here = ROUTE.points[0]
    for _ in range(200):
        fix = Fix(utc_s=UTC_0 + worn.now_s, lat=here[0], lon=here[1], accuracy_m=4.0)
        worn.step(fixes=(fix,), frame=True)
    for _ in range(3):
        worn.step(scene=Scene(1, worn.now_s, (STOP,), PavingSight(False), None), frame=True)
    worn.run(3.0, frame=True)
    return worn


def test_a_danger_and_the_way_are_not_told_and_that_is_told() -> None:
    spoken = out_with(Worn(camera=True)).kinds()
    assert "stop_now" in spoken
    assert "start" in spoken
    silent = out_with(Worn(camera=True, silent=WEEK)).kinds()
    assert "stop_now" not in silent
    assert not {"start", "face", "reassure"} & set(silent)
    assert "silent" in silent


def test_faults_and_what_is_asked_for_are_told_and_help_is_called() -> None:
    worn = out_with(Worn(camera=True, silent=WEEK))
    before = len(worn.said)
    worn.step(health=(Health("model", healthy=False),), frame=True)
    worn.run(6.0, frame=True)
    worn.press(1, 1.0)
    worn.run(6.0, frame=True)
    worn.press(3, 2.5)
    worn.run(14.0, frame=True)
    assert {"model_lost", "where_am_i", "sos_begun"} <= set(worn.kinds()[before:])


def test_before_a_position_it_speaks() -> None:
    worn = Worn(camera=True, silent=WEEK)
    worn.step(ready=True, frame=True)
    worn.run(8.0, frame=True)
    for _ in range(3):
        worn.step(scene=Scene(1, worn.now_s, (STOP,), PavingSight(False), None), frame=True)
    assert worn.kinds()[-1] == "stop_now"


def test_it_is_told_at_once_at_each_start_and_every_ten_minutes_of_a_walk() -> None:
    noon = datetime.combine(TODAY, datetime.min.time(), _JST) + timedelta(hours=12)
    told: list[float] = []
    state = Silence()
    for second in range(0, 2000, 10):
        moment = at(noon, float(second), walking=second < 1500, began=second == 700)
        state, new = step(state, WEEK, moment)
        told += [float(second)] * len(new)
    assert told == [0.0, REMIND_S, 700.0, 700.0 + REMIND_S]


def test_the_days_are_those_of_japan_and_the_end_is_told_once() -> None:
    last = datetime.combine(WEEK[0][1], datetime.max.time(), _JST)
    assert last.astimezone(UTC).date() == WEEK[0][1]  # 14:59 in Greenwich
    state, _ = step(Silence(), WEEK, at(last))
    assert state.on
    state, told = step(state, WEEK, at(last + timedelta(seconds=2), 2.0))
    assert not state.on
    assert [one.kind.value for one in told] == ["silent_over"]
    assert step(state, WEEK, at(last + timedelta(seconds=4), 4.0)) == (Silence(), ())


def test_days_are_written_as_first_and_last() -> None:
    assert days("2027-06-07/2027-06-13") == (date(2027, 6, 7), date(2027, 6, 13))
    assert days("2027-06-07") == (date(2027, 6, 7), date(2027, 6, 7))
    for wrong in ("", "2027-06-13/2027-06-07", "2027-6-7/2027-06-13", "June", "2027-06-07/"):
        with pytest.raises(ValueError):  # noqa: PT011 - the configuration tells of it in its own words
            days(wrong)
