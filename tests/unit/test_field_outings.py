"""Outings from positions: noise at home, doors, midnight, gaps of each kind, disorder, poor data."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

pytest.importorskip("numba", reason="the extra `study` is not installed: numba is missing")

from field_tests.errors import OutingError
from field_tests.outings.rules import LABELS, RULES
from field_tests.outings.track import Evidence, Home, Track
from tests.field_lives import HOME, NORTH, at, chosen, told, track, without
from tests.field_lives import RULES as DEFINITIONS

DAY = (at(0), at(24))
WALK = (at(10), at(11), 1800.0)


@pytest.mark.parametrize("accuracy_m", [8.0, 20.0, 30.0, 45.0])
@pytest.mark.parametrize("seed", range(2))
def test_noise_at_home_is_no_outing(accuracy_m: float, seed: int) -> None:
    found = told(track(*DAY, accuracy_m=accuracy_m, hold_s=45.0, seed=seed))
    assert found.outings == ()
    (row,) = found.days
    assert row.minutes == pytest.approx(0.0, abs=0.01)
    assert row.minutes_max < 1.0
    assert row.out is False
    assert row.coverage == row.waking_coverage == pytest.approx(1.0)


def test_a_reflection_of_minutes_is_one_witness() -> None:
    """Six minutes 120 m off with a stated accuracy of 10 m: sixty fixes that agree, and no outing."""
    still = track(*DAY, accuracy_m=10.0)
    shifted = np.where((still.utc_s >= at(14)) & (still.utc_s < at(14, 6)), 120.0 * NORTH, 0.0)
    assert told(replace(still, lat=still.lat + shifted)).outings == ()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("accuracy_m", [8.0, 25.0])
def test_an_outing_is_measured_from_door_to_door(accuracy_m: float, seed: int) -> None:
    found = told(track(*DAY, WALK, accuracy_m=accuracy_m, seed=seed))
    (outing,) = found.outings
    assert outing.minutes == pytest.approx(60.0, abs=1.5)
    assert outing.minutes_min <= 60.0 <= outing.minutes_max
    assert outing.minutes_max - outing.minutes_min < 6.0
    assert outing.start_utc_s == pytest.approx(at(10), abs=60.0)
    assert outing.end_utc_s == pytest.approx(at(11), abs=60.0)
    assert outing.max_distance_m == pytest.approx(1800.0, abs=150.0)
    assert outing.coverage == 1.0
    assert found.days[0].outings == 1
    assert found.days[0].out is True


def test_doors_are_dated_without_bias() -> None:
    errors = []
    for seed in range(9):
        (outing,) = told(track(at(9), at(12), WALK, accuracy_m=20.0, seed=seed)).outings
        errors.append(outing.minutes - 60.0)
    assert abs(float(np.mean(errors))) < 0.35


def test_the_mailbox_is_no_outing_and_neither_is_a_short_errand() -> None:
    short = told(track(*DAY, (at(10), at(10, 8), 400.0), (at(14), at(15), 70.0)))
    assert short.outings == ()
    assert short.days[0].minutes == pytest.approx(0.0, abs=0.5)
    assert any("too_short" in interval.why for interval in short.intervals)


def test_a_visit_next_door_that_would_be_far_for_other_definitions_is_too_near() -> None:
    whole = track(*DAY, (at(10), at(12), 150.0), accuracy_m=5.0)
    assert len(told(whole).outings) == 1
    near = told(whole, rules=replace(DEFINITIONS, least_distance_m=300.0))
    assert near.outings == ()
    assert any("too_near" in interval.why for interval in near.intervals)


def test_order_repetition_and_chunks_mean_nothing() -> None:
    whole = track(*DAY, WALK)
    rng = np.random.default_rng(5)
    index = rng.permutation(np.concatenate((np.arange(len(whole)), np.arange(0, len(whole), 3))))
    again = told(*(chosen(whole, part) for part in np.array_split(index, 7)))
    assert (again.intervals, again.outings, again.days) == (
        told(whole).intervals,
        told(whole).outings,
        told(whole).days,
    )
    assert dict(again.counts)["fixes_disordered"] > 0


def test_poor_fixes_are_not_believed() -> None:
    still = track(at(9), at(11))
    far = Track("logger", at(9) + 5.0 * np.arange(700), *(np.full(700, v) for v in (34.0, 131.0, 900.0)))
    found = told(still, far)
    assert found.outings == ()
    assert dict(found.counts)["fixes_poor"] == 700


@pytest.mark.parametrize(
    ("code", "column", "value"),
    [
        ("fixes_not_numbers", "lat", np.nan),
        ("fixes_not_numbers", "utc_s", np.nan),
        ("fixes_not_numbers", "lon", np.inf),
        ("fixes_off_earth", "lat", 95.0),
        ("fixes_no_accuracy", "accuracy_m", np.nan),
        ("fixes_no_accuracy", "accuracy_m", 0.0),
        ("fixes_no_accuracy", "accuracy_m", -3.0),
    ],
)
def test_values_that_mean_nothing_are_left_out_and_counted(code: str, column: str, value: float) -> None:
    whole = track(*DAY, WALK)
    bad = getattr(whole, column).copy()
    bad[::50] = value
    found = told(replace(whole, **{column: bad}))
    assert dict(found.counts)[code] == len(bad[::50])
    assert found.days[0].minutes == pytest.approx(told(whole).days[0].minutes, abs=0.5)


def test_null_island_and_lone_jumps_are_left_out() -> None:
    whole = track(*DAY, WALK)
    lat, lon = whole.lat.copy(), whole.lon.copy()
    lat[100], lon[100] = 0.0, 0.0
    lat[3000] += 1.0
    counts = dict(told(replace(whole, lat=lat, lon=lon)).counts)
    assert (counts["fixes_null_island"], counts["fixes_impossible_speed"]) == (1, 1)


def test_a_gap_inside_an_outing_widens_its_bounds_and_lowers_its_coverage() -> None:
    whole = without(track(*DAY, (at(10), at(14), 900.0)), (at(10, 20), at(10, 40)))
    found = told(whole)
    (outing,) = found.outings
    assert outing.minutes == pytest.approx(240.0, abs=2.0)
    (gap,) = (i for i in found.intervals if i.gap == "inside_away")
    assert gap.state == "out"
    assert gap.why == ("gap_same_place",)
    assert outing.coverage == pytest.approx(1.0 - 20.0 / 240.0, abs=0.01)


def test_fifteen_minutes_without_a_fix_are_still_seen() -> None:
    (outing,) = told(without(track(*DAY, WALK), (at(10, 20), at(10, 34)))).outings
    assert outing.coverage == 1.0


def test_hours_without_a_fix_at_home_may_have_been_an_outing() -> None:
    (row,) = told(without(track(*DAY), (at(9), at(18)))).days
    assert row.minutes_min == 0.0
    assert row.minutes_max == pytest.approx(540.0, abs=1.0)
    assert 0.0 < row.minutes < 200.0
    assert row.out is None
    assert row.coverage == pytest.approx(15.0 / 24.0, abs=0.01)
    assert row.waking_coverage == pytest.approx(7.0 / 16.0, abs=0.01)


def test_a_night_without_a_fix_is_explained_where_nights_were_seen_at_home() -> None:
    week = without(track(at(0), at(24, day=14)), (at(1, day=10), at(5, day=10)))
    found = told(week)
    (gap,) = (i for i in found.intervals if i.gap is not None and i.minutes > 5.0)
    assert (gap.state, gap.gap, gap.why) == ("home", "explained_home", ("gap_home",))
    assert found.days[9].coverage == pytest.approx(1.0, abs=0.001)


def test_leaving_in_a_gap_is_bounded_by_all_of_it_and_nothing() -> None:
    (outing,) = told(without(track(*DAY, (at(10), at(12), 900.0)), (at(9, 50), at(10, 30)))).outings
    assert outing.minutes_max - outing.minutes_min == pytest.approx(40.0, abs=3.0)
    assert outing.minutes_min < outing.minutes < outing.minutes_max
    assert "gap_change" in outing.why


def test_somebody_still_on_the_way_left_as_long_ago_as_the_way_takes() -> None:
    found = told(without(track(*DAY, (at(10), at(12), 4000.0)), (at(9, 30), at(10, 5))))
    assert found.days[0].minutes == pytest.approx(120.0, abs=3.0)


def test_an_outing_over_midnight_belongs_to_both_days() -> None:
    found = told(track(at(0), at(24, day=2), (at(23), at(1, day=2), 900.0)))
    assert len(found.outings) == 1
    first, second = found.days
    assert (first.day, second.day) == (date(2026, 6, 1), date(2026, 6, 2))
    assert first.minutes == pytest.approx(60.0, abs=1.0)
    assert second.minutes == pytest.approx(60.0, abs=1.0)
    assert (first.outings, second.outings) == (1, 1)
    assert found.outings[0].labels == ()


def test_a_night_elsewhere_is_out_and_labelled() -> None:
    found = told(track(at(0), at(24, day=2), (at(15), at(11, day=2), 3000.0)))
    (outing,) = found.outings
    assert outing.labels == ("night_away",)
    assert outing.minutes == pytest.approx(20 * 60.0, abs=2.0)


def test_a_night_at_a_second_registered_home_is_home() -> None:
    second = Home(HOME.lat + 3000.0 * NORTH, HOME.lon, name="family")
    whole = track(at(0), at(24, day=2), (at(15), at(11, day=2), 3000.0))
    found = told(whole, homes=(HOME, second))
    assert [outing.labels for outing in found.outings] == [(), ()]
    assert sum(outing.minutes for outing in found.outings) == pytest.approx(2 * 3000.0 / 1.2 / 60.0, abs=3.0)


def test_a_home_counts_only_in_its_time() -> None:
    moved = (
        replace(HOME, until_utc_s=at(0, day=3)),
        Home(HOME.lat + 0.1, HOME.lon, since_utc_s=at(0, day=3)),
    )
    rows = told(track(at(0), at(24, day=4)), homes=moved).days
    assert [round(row.minutes) for row in rows] == [0, 0, 1440, 1440]


def test_days_of_which_nothing_is_known_are_rows_too() -> None:
    rows = told(track(at(8), at(9)), track(at(8, day=4), at(9, day=4))).days
    assert [row.day.day for row in rows] == [1, 2, 3, 4]
    assert rows[1].coverage == 0.0
    assert rows[1].out is None
    assert (rows[1].minutes_min, rows[1].minutes_max) == (0.0, pytest.approx(24 * 60.0))


def test_the_record_reaches_as_far_as_it_is_said_to() -> None:
    found = told(track(at(8), at(20), WALK), since_s=at(-24), until_s=at(48))
    assert [row.day.day for row in found.days] == [31, 1, 2]
    assert told(since_s=at(0), until_s=at(24)).days[0].coverage == 0.0
    assert told().days == ()
    until_midnight = [Evidence("home_wifi", at(1), at(24), source="logger")]
    assert len(told(track(at(8), at(9)), evidence=until_midnight).days) == 1


def test_two_outings_with_home_between_are_two() -> None:
    assert len(told(track(*DAY, WALK, (at(12), at(13), 1800.0))).outings) == 2


def test_without_a_home_nothing_is_guessed() -> None:
    with pytest.raises(OutingError, match="no home is registered"):
        told(track(*DAY), homes=())
    with pytest.raises(OutingError, match="radius above 0 m"):
        Home(lat=33.0, lon=131.0, radius_m=0.0)


def test_every_reason_and_label_has_its_sentences() -> None:
    rich = told(
        without(track(at(0), at(24, day=3), WALK, (at(15), at(11, day=2), 3000.0)), (at(9), at(10, 20))),
        evidence=[Evidence("driven", at(15), at(16)), Evidence("home_wifi", at(20, day=3), at(22, day=3))],
    )
    assert {why for i in rich.intervals for why in i.why} <= set(RULES)
    assert {label for outing in rich.outings for label in outing.labels} <= set(LABELS)
    assert all(ja and en for ja, en in (*RULES.values(), *LABELS.values()))


def test_the_night_of_a_longer_gap_is_told_by_nights_that_were_seen() -> None:
    trips = [(at(hour, day=day), at(hour + 1, day=day), 900.0) for day in range(1, 15) for hour in (11, 16)]
    whole = track(at(0), at(24, day=14), *trips, every_s=60.0)
    found = told(without(whole, (at(17, 30, day=10), at(10, day=11))))
    usual = [i for i in found.intervals if "usual_hours" in i.why]
    assert {(i.state, i.gap) for i in usual} == {("home", "explained_home")}
    assert sum(i.minutes for i in usual) >= 6 * 60.0
    assert found.days[9].coverage < 1.0
    assert 120.0 < found.days[9].minutes_max < 2 * 60.0 + 5 * 60.0


def test_the_evening_on_which_somebody_came_back_unseen_stays_open() -> None:
    whole = track(at(0), at(24, day=14), (at(16, day=10), at(21, day=10), 900.0), every_s=60.0)
    found = told(without(whole, (at(18, day=10), at(10, day=11))))
    assert found.days[9].minutes_max >= 6 * 60.0 - 1.0
    assert found.days[9].minutes_min <= 120.0 + 1.0
    assert any("usual_hours" in i.why and "gap_change" in i.why for i in found.intervals)


def test_a_gap_of_days_may_be_a_journey() -> None:
    found = told(without(track(at(0), at(24, day=14), every_s=60.0), (at(18, day=8), at(10, day=11))))
    assert [row.coverage for row in found.days[8:10]] == [0.0, 0.0]


def test_hours_in_a_building_are_out_even_where_one_left_it_towards_home() -> None:
    whole = track(at(0), at(24, day=7), (at(9, day=6), at(17, day=6), 2000.0), every_s=30.0)
    step = np.where((whole.utc_s >= at(16, 0, day=6)) & (whole.utc_s < at(16, 3, day=6)), 60.0 * NORTH, 0.0)
    whole = replace(whole, lat=whole.lat + step * (whole.utc_s - at(16, day=6)) / 60.0)
    found = told(without(whole, (at(9, 35, day=6), at(16, day=6))))
    (gap,) = (i for i in found.intervals if "gap_same_place" in i.why)
    assert gap.best > 0.9
