"""What must hold for any record of positions: bounds, sums, and indifference to how it was delivered."""

import math

import numpy as np
import pytest

pytest.importorskip("numba", reason="the extra `study` is not installed: numba is missing")

from hypothesis import given, settings
from hypothesis import strategies as st

from field_tests.outings.chain import chance_out
from field_tests.outings.days import day_of
from field_tests.outings.explained import days_of
from field_tests.outings.seen import PersonOutings
from field_tests.outings.track import Evidence, Track
from tests.field_lives import at, chosen, told, track, without

END = at(24, day=2)
MOMENTS = st.floats(at(0), END - 60.0)
SPANS = st.builds(
    lambda start, hours: (start, min(start + hours * 3600.0, END)), MOMENTS, st.floats(0.01, 9.0)
)
TRIPS = st.lists(st.builds(lambda span, far: (*span, far), SPANS, st.floats(20.0, 4000.0)), max_size=3)
EVIDENCE = st.lists(
    st.builds(
        lambda kind, span, source: Evidence(kind, *span, source=source),
        st.sampled_from(
            ["dock", "charger", "home_wifi", "not_carried", "carried_by_other", "driven", "at_home", "out"]
        ),
        SPANS,
        st.sampled_from([None, "logger", "device"]),
    ),
    max_size=3,
)


@st.composite
def records(draw: st.DrawFn) -> Track:
    whole = track(
        at(0),
        END,
        *draw(TRIPS),
        every_s=draw(st.sampled_from([30.0, 120.0])),
        accuracy_m=draw(st.floats(3.0, 60.0)),
        seed=draw(st.integers(0, 99)),
    )
    return without(whole, *draw(st.lists(SPANS, max_size=5)))


def check(found: PersonOutings) -> None:
    for row in found.days:
        assert -1e-9 <= row.minutes_min <= row.minutes + 1e-6
        assert row.minutes <= row.minutes_max + 1e-6 <= 1440.0 + 1e-5
        assert 0.0 <= row.waking_coverage <= 1.0
        assert 0.0 <= row.coverage <= 1.0
    for outing in found.outings:
        assert outing.minutes_min - 1e-6 <= outing.minutes <= outing.minutes_max + 1e-6
        assert outing.max_distance_m >= 100.0 or "out" in outing.why or "driven" in outing.why
    for a, b in zip(found.intervals, found.intervals[1:], strict=False):
        assert a.end_utc_s == b.start_utc_s, "a moment belongs to one interval"
    for interval in found.intervals:
        assert interval.end_utc_s > interval.start_utc_s
        assert 0.0 <= interval.low <= interval.best <= interval.high <= 1.0
        assert (interval.gap is None) or interval.why
    whole = {row.day: 0.0 for row in found.days}
    for interval in found.intervals:
        for start_s, end_s in days_of(interval.start_utc_s, interval.end_utc_s):
            whole[day_of(start_s)] += interval.best * (end_s - start_s) / 60.0
    assert whole == pytest.approx({row.day: row.minutes for row in found.days}, abs=1e-6)


@settings(max_examples=12, deadline=None)
@given(record=records(), other=records(), evidence=EVIDENCE)
def test_bounds_hold_the_estimate_and_days_are_the_sum_of_their_intervals(
    record: Track, other: Track, evidence: list[Evidence]
) -> None:
    device = Track("device", other.utc_s, other.lat, other.lon, other.accuracy_m)
    check(told(record, device, evidence=evidence, since_s=at(0), until_s=END))


@settings(max_examples=6, deadline=None)
@given(record=records(), cuts=st.lists(st.integers(0, 5000), max_size=6), seed=st.integers(0, 9))
def test_chunks_their_order_and_repeated_fixes_change_nothing(
    record: Track, cuts: list[int], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    parts = np.split(np.arange(len(record)), sorted(min(cut, len(record)) for cut in cuts))
    twice = [*parts, *parts[:2]]
    chunks = [chosen(record, twice[i]) for i in rng.permutation(len(twice))]
    one, many = told(record, since_s=at(0), until_s=END), told(*chunks, since_s=at(0), until_s=END)
    assert (one.intervals, one.outings, one.days) == (many.intervals, many.outings, many.days)


@settings(max_examples=6, deadline=None)
@given(trips=TRIPS, seed=st.integers(0, 99))
def test_a_day_that_was_seen_whole_has_bounds_as_wide_as_its_doors(
    trips: list[tuple[float, float, float]], seed: int
) -> None:
    found = told(track(at(0), END, *trips, every_s=20.0, seed=seed), since_s=at(0), until_s=END)
    doors = 2 * sum("door" in interval.why for interval in found.intervals)
    for row in found.days:
        assert row.coverage == pytest.approx(1.0, abs=0.001)
        assert row.minutes_max - row.minutes_min <= 1.0 + 1.5 * doors


@settings(max_examples=15, deadline=None)
@given(
    odds=st.lists(st.floats(-12.0, 12.0), min_size=1, max_size=7),
    steps=st.lists(st.floats(1.0, 5e4), min_size=7, max_size=7),
)
def test_the_chain_is_exact(odds: list[float], steps: list[float]) -> None:
    """Against the sum over all paths."""
    leave, back = 1.0 / 28_800.0, 1.0 / 5_400.0
    utc_s = np.cumsum(steps)[: len(odds)]
    share, total = leave / (leave + back), leave + back
    weights = np.zeros((len(odds), 2))
    for path in range(2 ** len(odds)):
        states = [path >> i & 1 for i in range(len(odds))]
        weight = share if states[0] else 1.0 - share
        for i in range(1, len(odds)):
            fade = math.exp(-total * (utc_s[i] - utc_s[i - 1]))
            out = share + (states[i - 1] - share) * fade
            weight *= out if states[i] else 1.0 - out
        weight *= math.exp(sum(odds[i] for i in range(len(odds)) if states[i]))
        for i, state in enumerate(states):
            weights[i, state] += weight
    assert chance_out(utc_s, np.array(odds), leave, back) == pytest.approx(
        weights[:, 1] / weights.sum(axis=1)
    )
