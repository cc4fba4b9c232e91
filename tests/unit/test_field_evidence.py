"""Evidence beside positions, and two sources of one person."""

import numpy as np
import pytest

pytest.importorskip("numba", reason="the extra `study` is not installed: numba is missing")

from field_tests.outings.overlay import overlaid
from field_tests.outings.stretches import Stretch
from field_tests.outings.track import Evidence, EvidenceKind
from tests.field_lives import at, told, track, without

DAY = (at(0), at(24))
WALK = (at(10), at(11), 1800.0)
AWAY = 12 * 60.0


@pytest.mark.parametrize("kind", ["dock", "charger", "home_wifi"])
def test_what_is_plugged_in_at_home_is_at_home_whatever_its_positions_say(kind: EvidenceKind) -> None:
    found = told(track(*DAY, WALK), evidence=[Evidence(kind, at(9, 50), at(11, 10), source="logger")])
    assert found.days[0].minutes == pytest.approx(0.0, abs=0.1)
    assert any(kind in interval.why for interval in found.intervals)


def test_evidence_explains_time_without_positions() -> None:
    hole = without(track(*DAY), (at(9), at(18)))
    (row,) = told(hole, evidence=[Evidence("home_wifi", at(9) - 60.0, at(18), source="logger")]).days
    assert row.coverage == pytest.approx(1.0)
    assert (row.minutes_max, row.out) == (pytest.approx(0.0, abs=0.1), False)


@pytest.mark.parametrize("kind", ["not_carried", "carried_by_other"])
def test_a_source_that_the_person_did_not_have_says_nothing(kind: EvidenceKind) -> None:
    (row,) = told(track(*DAY, WALK), evidence=[Evidence(kind, at(9), at(12), source="logger")]).days
    assert row.minutes_min == 0.0
    assert row.minutes_max == pytest.approx(180.0, abs=1.0)
    assert row.coverage == pytest.approx(21.0 / 24.0, abs=0.01)


@pytest.mark.parametrize(("kind", "minutes"), [("out", 120.0), ("driven", 120.0), ("at_home", 0.0)])
def test_a_diary_goes_before_positions(kind: EvidenceKind, minutes: float) -> None:
    found = told(track(*DAY, WALK), evidence=[Evidence(kind, at(10), at(12))])
    assert found.days[0].minutes == pytest.approx(minutes, abs=1.0)
    labels = {label for outing in found.outings for label in outing.labels}
    assert labels == ({"logger_left_at_home"} if minutes else set()) | ({kind} & {"driven"})


def test_out_where_any_carried_source_is_out() -> None:
    logger = track(*DAY, source="logger")
    device = track(at(9, 30), at(11, 30), WALK, source="device", seed=2)
    found = told(logger, device)
    (outing,) = found.outings
    assert outing.minutes == pytest.approx(60.0, abs=2.0)
    assert outing.labels == ("logger_left_at_home",)
    assert "left_at_home" in outing.why


def test_an_outing_without_the_device_counts_the_same() -> None:
    logger = track(*DAY, WALK)
    worn = track(at(14), at(15), source="device", seed=2)
    assert told(logger, worn).days[0].minutes == pytest.approx(told(logger).days[0].minutes, abs=0.1)


def test_two_sources_that_agree_are_one_outing() -> None:
    found = told(track(*DAY, WALK), track(*DAY, WALK, source="device", seed=2))
    (outing,) = found.outings
    assert outing.minutes == pytest.approx(60.0, abs=2.0)
    assert {"fixes_logger", "fixes_device"} <= set(outing.why)


def test_a_device_in_its_dock_does_not_say_where_the_person_is() -> None:
    docked = [Evidence("dock", at(8), at(18), source="device")]
    logger = without(track(*DAY), (at(9), at(17)))
    assert told(logger, evidence=docked).days[0].out is None
    alone = told(track(*DAY, source="device"), evidence=docked)
    assert alone.days[0].out is False


def test_evidence_of_no_length_or_turned_round_is_ignored() -> None:
    rows = [Evidence("out", at(14), at(14)), Evidence("out", at(16), at(15))]
    assert told(track(*DAY), evidence=rows).days[0].minutes == pytest.approx(0.0, abs=0.1)


def test_overlays_keep_what_neither_changed() -> None:
    below = (
        Stretch(0.0, 100.0, False, fixes=10, why=("a",)),
        Stretch(100.0, 200.0, True, fixes=10, why=("b",)),
    )
    above = (Stretch(50.0, 150.0, True, why=("c",)),)
    laid = overlaid(below, above, lambda a, b: b or a)
    assert [(part.start_s, part.end_s, part.why) for part in laid] == [
        (0.0, 50.0, ("a",)),
        (50.0, 150.0, ("c",)),
        (150.0, 200.0, ("b",)),
    ]
    assert np.sum([part.fixes for part in laid]) == 10


def test_a_phone_left_at_home_says_nothing_until_the_device_is_seen_again() -> None:
    device = without(
        track(at(9, 30), at(14), (at(10), at(13), 900.0), source="device", seed=2), (at(10, 30), at(12, 30))
    )
    (outing,) = told(track(*DAY), device).outings
    assert outing.minutes == pytest.approx(180.0, abs=10.0)
    assert outing.minutes_max >= 180.0


def test_a_phone_that_moves_was_taken_along_again() -> None:
    device = track(at(9, 30), at(10, 30), (at(10), at(13), 900.0), source="device", seed=2)
    found = told(track(*DAY, (at(11), at(15), 2000.0)), device)
    assert found.outings[-1].minutes_min > 230.0


def test_who_was_driven_away_from_a_phone_at_home_is_out_until_driven_back() -> None:
    rides = [Evidence("driven", at(9), at(9, 10)), Evidence("driven", at(15), at(15, 10))]
    found = told(track(*DAY), evidence=rides)
    (outing,) = found.outings
    assert outing.minutes == pytest.approx(370.0, abs=15.0)
    assert set(outing.labels) == {"driven", "logger_left_at_home"}


def wifi(start_s: float, end_s: float) -> Evidence:
    return Evidence("home_wifi", start_s, end_s, source="logger")


def test_minutes_at_the_door_without_wifi_are_out() -> None:
    slow = track(*DAY, (at(10), at(12), 900.0))
    evidence = [wifi(at(0), at(10) - 120.0), wifi(at(12) + 120.0, at(24))]
    (outing,) = told(slow, evidence=evidence).outings
    assert outing.minutes == pytest.approx(124.0, abs=1.0)
    assert "wifi_out_of_reach" in outing.why


def test_lost_wifi_means_having_left_where_it_usually_did() -> None:
    """Five days on which Wi-Fi was lost when the person left; on the sixth nothing else was seen."""
    trips = [(at(10, day=day), at(11, day=day), 900.0) for day in range(1, 7)]
    edges = [at(0), *(edge for start_s, end_s, _ in trips for edge in (start_s, end_s)), at(24, day=6)]
    evidence = [wifi(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    whole = without(track(at(0), at(24, day=6), *trips), (at(9, 30, day=6), at(11, 30, day=6)))
    last = told(whole, evidence=evidence).days[-1]
    assert 40.0 < last.minutes <= 60.0
    assert (last.minutes_min, last.out) == (0.0, None)
    never = [wifi(at(0), at(10, day=6)), wifi(at(11, day=6), at(24, day=6))]
    assert told(whole, evidence=never).days[-1].minutes < last.minutes


@pytest.mark.parametrize("kind", ["out", "driven"])
def test_a_door_that_was_seen_goes_before_the_minutes_of_a_diary(kind: EvidenceKind) -> None:
    (outing,) = told(track(*DAY, WALK), evidence=[Evidence(kind, at(9, 55), at(11, 10))]).outings
    assert outing.minutes == pytest.approx(60.0, abs=1.5)
    assert outing.minutes_min <= 60.0 <= outing.minutes_max
    assert "logger_left_at_home" not in outing.labels


def test_a_phone_that_came_home_was_not_left_there_by_a_diary_that_is_late() -> None:
    """Nobody saw them come back: the diary says quarter past eleven, the Wi-Fi eleven."""
    coming = without(track(*DAY, WALK), (at(10, 40), at(14)))
    (row,) = told(coming, evidence=[Evidence("out", at(10), at(11, 15)), wifi(at(11), at(24))]).days
    assert row.coverage == pytest.approx(1.0, abs=0.01)
    assert row.minutes_min <= 60.0 <= row.minutes_max < 90.0


def test_the_minutes_of_a_diary_alone_are_not_exact() -> None:
    unseen = without(track(*DAY), (at(9), at(13)))
    outing = told(unseen, evidence=[Evidence("out", at(10), at(11, 30))]).outings[0]
    assert outing.minutes_min <= 90.0 - 2 * 15.0


def test_two_sources_pass_one_door_together() -> None:
    device = track(at(9, 55), at(11, 5), WALK, source="device", accuracy_m=25.0, seed=7)
    for seed in range(4):
        found = told(track(*DAY, WALK, seed=seed), device)
        (outing,) = found.outings
        assert outing.labels == ()
        assert outing.minutes_min <= 60.0 <= outing.minutes_max


def test_an_errand_of_minutes_without_wifi_is_no_outing() -> None:
    blind = without(track(*DAY), (at(7), at(8)))
    (row,) = told(blind, evidence=[wifi(at(0), at(7, 38)), wifi(at(7, 45), at(24))]).days
    assert (row.minutes, row.minutes_max, row.out) == (0.0, 0.0, False)


def test_a_witness_opens_bounds_and_changes_no_minute() -> None:
    device = track(at(9, 55), at(11, 5), WALK, source="device", seed=7)
    alone = told(track(*DAY))
    seen = told(track(*DAY), device, counted=("logger",))
    (row,) = seen.days
    assert row.minutes == alone.days[0].minutes
    assert (row.minutes_min, row.out, seen.outings) == (0.0, None, ())
    assert row.minutes_max == pytest.approx(60.0, abs=4.0)
    assert any("other_source_out" in i.why and i.gap == "unknown" for i in seen.intervals)


def test_a_witness_that_went_blind_on_the_way_leaves_the_rest_open() -> None:
    device = track(at(9, 55), at(10, 30), WALK, source="device", seed=7)
    (row,) = told(track(*DAY), device, counted=("logger",)).days
    assert row.minutes_max >= 60.0


def test_a_witness_of_the_same_outing_says_nothing_new() -> None:
    device = track(at(9, 55), at(11, 5), WALK, source="device", seed=7)
    both = told(track(*DAY, WALK), device, counted=("logger",))
    assert (both.days, both.counts) == (told(track(*DAY, WALK)).days, told(track(*DAY, WALK)).counts)
