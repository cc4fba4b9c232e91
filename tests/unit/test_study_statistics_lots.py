"""The lots: the randomisation test, re-dealing, and the negative controls."""

import math
from itertools import permutations

import numpy as np
import pytest

pytest.importorskip("scipy", reason="the extra `study` is not installed")
pytest.importorskip("statsmodels", reason="the extra `study` is not installed")

from field_tests.study.analyse import count, primary
from field_tests.study.controls import controls, shifted_start
from field_tests.study.panel import ACTIVE, COMPARISON, NEITHER
from field_tests.study.protocol import PhaseKind
from field_tests.study.randomisation import Left, dealt, drawn, left_over, relabelled, weeks_of
from field_tests.study.tables import TrialTables
from tests.small_trials import plan_of, trial

_NOISE = np.random.default_rng(11).gamma(3.0, 1.0 / 3.0, (8, 7 * 16))


def _lived(number: int, day: int, kind: str, ratio: float) -> float:
    season = 1.0 + 0.05 * (day // 7)
    return 60.0 * season * _NOISE[number, day] * (ratio if kind == "active" else 1.0)


def _staggered(ratio: float) -> TrialTables:
    plans = [plan_of(start, 16) for start in (2, 4, 6, 8, 2, 4, 6, 8)]
    return trial(plans, lambda n, day, kind: _lived(n, day, kind, ratio))


def test_a_large_effect_is_found_and_none_is_not() -> None:
    assert primary(count(_staggered(1.8))).p == pytest.approx(0.0005, abs=0.005)
    assert primary(count(_staggered(1.0))).p > 0.05


def test_the_same_seed_gives_the_same_p() -> None:
    assert primary(count(_staggered(1.1))) == primary(count(_staggered(1.1)))


def test_starts_that_were_all_the_same_cannot_be_dealt_anew() -> None:
    same = [*[plan_of(4, 16)] * 3, ["baseline"] * 16, ["baseline"] * 16]
    assert primary(count(trial(same, lambda n, day, kind: _lived(n, day, kind, 1.5)))).p is None


def test_p_is_the_share_of_all_ways_to_deal_the_starts() -> None:
    """Four starts, 24 ways: each way's sides laid out and compared one by one."""
    starts = (2, 5, 8, 11)
    plans = [plan_of(start, 16) for start in starts]
    counted = count(trial(plans, lambda n, day, kind: _lived(n, day, kind, 1.15)))
    begun = counted.grid.panel().on(np.full(counted.grid.kind.shape, COMPARISON, dtype=np.int8))
    left = left_over(begun)
    sizes = [abs(_student(left, way)) for way in permutations(starts)]
    exact = np.mean(np.array(sizes) >= sizes[0] - 1e-9)
    assert primary(counted).p == pytest.approx(exact, abs=0.03)


def _student(left: Left, starts: tuple[int, ...]) -> float:
    excess = []
    for seen, expected, start in zip(left.seen, left.expected, starts, strict=True):
        before, after = slice(0, 7 * start), slice(7 * (start + 1), None)
        excess.append(seen[after].sum() / expected[after].sum() - seen[before].sum() / expected[before].sum())
    return float(np.mean(excess) / (np.std(excess, ddof=1) / np.sqrt(len(excess))))


def test_silent_weeks_are_dealt_within_each_person() -> None:
    silent = [_silent_in(1, 4, 6), _silent_in(2, 5, 9), _silent_in(3, 7, 10), _silent_in(4, 8, 12)] * 2

    def p_of(ratio: float) -> float | None:
        lived = trial(silent, lambda n, day, kind: _lived(n, day, kind, ratio), design="silent_weeks")
        return primary(count(lived)).p

    assert p_of(2.0) < 0.01
    assert p_of(1.0) > 0.05


def test_dealing_keeps_the_starts_and_their_wash_in() -> None:
    counted = count(_staggered(1.0))
    starts = {who.person: who.start for who in counted.tables.participants}
    lots = drawn(counted.grid, starts, 7)
    side = dealt(counted.grid.kind.shape, lots, np.random.default_rng(1)).reshape(8, -1)
    first_active = sorted(int(np.argmax(row == ACTIVE)) for row in side)
    assert first_active == sorted(7 * (start + 1) for start in (2, 4, 6, 8, 2, 4, 6, 8))
    assert ((side == NEITHER).sum(axis=1) == 7).all()


def test_relabelled_weeks_stay_whole_and_as_many() -> None:
    plan: list[PhaseKind] = [
        "baseline",
        "wash_in",
        "active",
        "silent",
        "silent",
        "active",
        "active",
        "silent",
    ]
    counted = count(trial([plan] * 3, lambda n, day, kind: 30.0, design="silent_weeks"))
    before = counted.grid.panel().side
    after = relabelled(before, np.random.default_rng(2))
    assert (after != before).any()
    for old, new in zip(before.reshape(3, -1), after.reshape(3, -1), strict=True):
        assert [len(week) for week in weeks_of(old)] == [7] * 6
        assert (new == COMPARISON).sum() == (old == COMPARISON).sum()
        assert all(len(set(new[week].tolist())) == 1 for week in weeks_of(old))


def test_controls_see_nothing_where_there_is_nothing_and_a_false_start_where_there_is_one() -> None:
    counted = count(_staggered(1.6))
    lots = drawn(counted.grid, {who.person: who.start for who in counted.tables.participants}, 7)
    shifted, permuted = controls(counted.grid, counted.eligible, lots, np.random.default_rng(4), 40)
    assert shifted.low < 0.0 < shifted.high
    assert permuted.low < 0.0 < permuted.high
    assert permuted.days > 0

    def crept(number: int, day: int, kind: str) -> float:
        # Something else began in the middle of each baseline.
        half = (2, 4, 6, 8, 2, 4, 6, 8)[number] * 7 / 2
        return _lived(number, day, kind, 1.0) * (2.5 if day >= half else 1.0)

    plans = [plan_of(start, 16) for start in (2, 4, 6, 8, 2, 4, 6, 8)]
    disturbed = count(trial(plans, crept))
    seen = shifted_start(disturbed.grid, disturbed.eligible)
    assert seen.low > 0.0
    assert math.isfinite(seen.percent)


def test_silent_weeks_are_shifted_onto_active_ones() -> None:
    plan: list[PhaseKind] = ["baseline", *["active", "active", "silent"] * 4]
    noisy = trial(
        [plan] * 6, lambda n, day, kind: _lived(n, day, kind, 2.0), design="silent_weeks", days_per_phase=5
    )
    counted = count(noisy)
    seen = shifted_start(counted.grid, counted.eligible)
    # All silent weeks are the same: no week tells the season, and the control says so.
    assert seen.percent is None
    mixed = [_silent_in(1, 4, 6), _silent_in(2, 5, 9), _silent_in(3, 7, 10), _silent_in(4, 8, 12)]
    counted = count(trial(mixed * 2, lambda n, day, kind: _lived(n, day, kind, 2.0), design="silent_weeks"))
    assert primary(counted).low > 0.0
    seen = shifted_start(counted.grid, counted.eligible)
    assert seen.low < 0.0 < seen.high


def _silent_in(*weeks: int) -> list[PhaseKind]:
    """A baseline week, and thirteen with the device of which these are silent."""
    compared: list[PhaseKind] = ["silent" if week in weeks else "active" for week in range(13)]
    return ["baseline", *compared]
