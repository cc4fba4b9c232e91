"""Fees: a ledger is added up in whole yen and months, and what is missing is never taken for nothing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from field_tests.fees.compare import fees_of
from field_tests.fees.ledger import read
from field_tests.fees.months import fee_months
from field_tests.issues import Issue
from field_tests.study.found import Found
from field_tests.study.protocol import Phase
from field_tests.study.result import Fees
from field_tests.study.tables import TrialTables
from tests.fee_records import (
    PERSONS,
    TARIFF,
    bills,
    ended,
    files,
    halved,
    month_of_days,
    outing_gates,
    service,
    tables,
)


def _fees(
    rows: Sequence[dict[str, str]],
    trial: TrialTables | None = None,
    tariff: str | None = TARIFF,
    costs: Sequence[dict[str, str]] = (),
    *,
    billed: Sequence[dict[str, str]] | None = None,
    failed: Sequence[str] = (),
) -> tuple[Fees, tuple[Issue, ...]]:
    read = files(rows, tariff, costs, bills(rows) if billed is None else billed)
    fees, issues = fees_of(read, trial or tables(), outing_gates(*failed))
    assert fees is not None
    return fees, issues


def _failed(fees: Fees) -> list[str]:
    return [gate.name for gate in fees.verdict.gates if not gate.passed]


# --- a whole record -----------------------------------------------------------------------


def test_half_the_hours_is_half_the_fees_and_is_told_as_achieved() -> None:
    fees, issues = _fees(halved())
    assert (fees.before_yen, fees.after_yen) == (20_160, 9_520)  # 4 of 9 persons use one half hour less
    assert (fees.self_pay_before_yen, fees.public_before_yen) == (2_016, 18_144)
    assert fees.change.percent == pytest.approx(100.0 * (9_520 / 20_160 - 1.0))
    assert fees.change.low is not None
    assert fees.change.high is not None
    assert fees.change.low < fees.change.percent < fees.change.high < -50.0
    assert (fees.change.persons, fees.change.days) == (9, 9 * (30 + 31 + 31 + 30))
    assert (fees.verdict.word, fees.verdict.decided_by) == ("achieved", "estimate")
    assert issues == ()


def test_gross_self_pay_and_public_are_kept_apart() -> None:
    """Who stops paying, because the municipality pays instead, costs what they cost before."""
    rows = [
        row if row["day"] < "2026-06-01"
        else service(row["person"], row["day"], 8, self_pay_yen="0", public_yen="10080")
        for row in halved()
    ]  # fmt: skip
    fees, _ = _fees(rows)
    assert (fees.before_yen, fees.after_yen) == (20_160, 20_160)
    assert (fees.self_pay_before_yen, fees.self_pay_after_yen) == (2_016, 0)
    assert fees.verdict.word == "not_achieved"
    others = {one.key: one.percent for one in fees.others}
    assert others["fees_self_pay"] == pytest.approx(-100.0)
    assert others["fees_hours"] == pytest.approx(0.0)


def test_cheaper_hours_are_not_fewer_hours() -> None:
    """The tariff is halved in July, the hours stay: gross fees fall by half, and use did not."""
    cheap = """
[[version]]
since = 2026-07-01
source = "made up"
[[version.service]]
name = "同行援護"
bands = [[30, 630]]
beyond = [30, 630]
at_edge = "same"
"""
    text = TARIFF.replace("since = 2026-01-01", "since = 2026-01-01\nuntil = 2026-06-30") + cheap
    rows = [
        service(row["person"], row["day"], 8, gross_yen="5040", self_pay_yen="504", public_yen="4536")
        if row["day"] > "2026-07"
        else service(row["person"], row["day"], 8)
        for row in halved()
    ]
    fees, issues = _fees(rows, tariff=text)
    assert fees.after_yen == 10_080
    assert (fees.verdict.word, fees.verdict.decided_by) == ("cannot_tell", "prices")
    assert {one.key: one.percent for one in fees.others}["fees_fixed_prices"] == pytest.approx(0.0)
    assert issues == ()


def test_the_same_seed_gives_the_same_interval_and_another_one_hardly_another() -> None:
    first, again = _fees(halved())[0].change, _fees(halved())[0].change
    assert first == again
    other = tables()
    other = replace(other, protocol=replace(other.protocol, seed=8))
    moved = _fees(halved(), other)[0].change
    assert moved.percent == first.percent
    assert moved.low == pytest.approx(first.low, abs=1.0)


def test_costs_are_told_beside_and_not_subtracted() -> None:
    costs = [{"month": f"2026-{month:02}", "what": "device", "yen": "45000"} for month in (6, 7, 8, 9)]
    fees, _ = _fees(halved(), costs=[*costs, {"month": "2026-04", "what": "server", "yen": "3600"}])
    assert dict(fees.costs) == {"device": 5_000, "server": 100}
    assert fees.after_yen == 9_520


# --- whole months -------------------------------------------------------------------------


def test_only_whole_months_of_one_phase_are_compared() -> None:
    fees, _ = _fees(halved())
    phases = {month.month: month.phase for month in fees.months if month.person == "P01"}
    assert phases == {
        "2026-04": "baseline",
        "2026-05": "baseline",
        "2026-06": "wash_in",
        "2026-08": "active",
        "2026-09": "active",
    }


def test_a_month_in_which_somebody_stopped_is_not_scaled_to_a_whole_one() -> None:
    stopped = ended(tables(), "P01", date(2026, 9, 15))
    fees, _ = _fees(halved(), stopped)
    assert {month.month: month.phase for month in fees.months if month.person == "P01"}["2026-09"] == "part"
    assert fees.change.persons == 9  # August is whole
    early = ended(tables(), "P01", date(2026, 8, 15))
    rows = [row for row in halved() if not (row["person"] == "P01" and row["day"] > "2026-08-15")]
    assert _fees(rows, early)[0].change.persons == 8


def test_a_record_that_began_with_the_trial_in_the_middle_of_a_month_has_no_whole_month_of_it() -> None:
    trial = tables()
    begun = replace(trial, protocol=replace(trial.protocol, first=date(2026, 4, 5)))
    fees, _ = _fees(halved(), begun)
    assert {month.month: month.phase for month in fees.months if month.person == "P01"}["2026-04"] == "part"
    assert fees.before_yen == 20_160  # May alone


def test_bills_from_before_the_trial_are_a_baseline() -> None:
    trial = tables()
    late = replace(trial, protocol=replace(trial.protocol, first=date(2026, 5, 20)))
    fees, _ = _fees(halved(), late)
    assert {month.month: month.phase for month in fees.months if month.person == "P01"}[
        "2026-04"
    ] == "baseline"
    assert fees.verdict.word == "achieved"


def test_a_month_without_a_line_is_unknown_and_a_line_of_nothing_is_a_month_without_use() -> None:
    rows = [row for row in halved() if not (row["person"] == "P01" and row["day"].startswith("2026-09"))]
    unknown, _ = _fees(rows)
    assert unknown.change.persons == 8
    none, _ = _fees([*rows, service("P01", "2026-09-30", 0)])
    assert none.change.persons == 9
    assert none.after_yen == 9_520 - round(10_080 / 2 / 9)


# --- what is missing ----------------------------------------------------------------------


def test_without_a_record_before_nothing_can_be_told() -> None:
    fees, _ = _fees([row for row in halved() if row["day"] > "2026-06"])
    assert (fees.verdict.word, fees.verdict.decided_by) == ("cannot_tell", "record")
    assert fees.before_yen is None
    assert fees.change.percent is None
    assert "記録が必要です" in fees.verdict.sentence_ja


def test_no_file_of_fees_is_no_comparison_and_an_empty_ledger_is_no_record() -> None:
    none = replace(files([]), ledger=None, tariff=None, costs=None)
    assert fees_of(none, tables(), outing_gates()) == (None, ())
    assert _fees([])[0].verdict.decided_by == "record"


def test_before_and_after_cannot_tell_even_a_perfect_fall() -> None:
    trial = tables()
    plain = replace(trial, protocol=replace(trial.protocol, design="before_after"))
    assert _failed(_fees(halved(), plain)[0]) == ["design"]


def test_without_a_tariff_nobody_can_tell_prices_from_use() -> None:
    fees, issues = _fees(halved(), tariff=None)
    assert fees.verdict.decided_by == "tariff"
    assert {issue.code for issue in issues} == {"fee_without_tariff"}


def test_too_few_persons_with_a_whole_record() -> None:
    assert _failed(_fees(halved(PERSONS[:7]), tables(PERSONS[:7]))[0]) == ["least_persons"]
    assert _failed(_fees(halved(PERSONS[:8]), tables([*PERSONS, *(f"Q{n}" for n in range(9))]))[0]) == [
        "most_lost"
    ]


# --- lines that are wrong -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "code", "effect"),
    [
        ({"gross_yen": "10081"}, "fee_does_not_add", "left_out"),
        ({"gross_yen": "10080.5"}, "line_unreadable", "left_out"),
        ({"gross_yen": "-10080"}, "line_unreadable", "left_out"),
        ({"gross_yen": "1_0080"}, "line_unreadable", "left_out"),
        ({"gross_yen": ""}, "line_unreadable", "left_out"),
        ({"hours": "25"}, "line_unreadable", "left_out"),
        ({"hours": "nan"}, "line_unreadable", "left_out"),
        ({"day": "2026-02-30"}, "line_unreadable", "refused"),
        ({"person": ""}, "line_unreadable", "refused"),
        ({"service": "移動支援"}, "fee_without_tariff", "note"),
        ({"day": "2025-05-10"}, "fee_without_tariff", "note"),
        ({"gross_yen": "10200", "public_yen": "9192"}, "fee_off_tariff", "note"),
        ({"self_pay_yen": "9000", "public_yen": "1080"}, "fee_over_cap", "note"),
        ({"person": "P77"}, "participant_unknown", "left_out"),
    ],
)
def test_a_line_that_is_wrong_is_named_with_its_place(cells: dict[str, str], code: str, effect: str) -> None:
    rows = [*halved(), {**service("P01", "2026-05-28", 8), **cells}]
    _, issues = _fees(rows)
    assert [(issue.code, issue.effect) for issue in issues if issue.code == code] == [(code, effect)]
    assert all(issue.where.startswith("fees/ledger.csv") for issue in issues)


def test_a_month_with_a_line_that_cannot_be_used_has_no_sum() -> None:
    """Without the line fees would look lower than they were."""
    wrong = service("P01", "2026-09-28", 8, gross_yen="1")
    fees, _ = _fees([*halved(), wrong])
    assert fees.change.persons == 8


def test_a_line_that_nobody_can_place_stops_the_verdict() -> None:
    fees, _ = _fees([*halved(), service("P01", "2026-13-01", 8)])
    assert _failed(fees) == ["ledger"]
    unread = replace(
        tables(), issues=(Issue(code="line_unreadable", effect="left_out", where="fees/ledger.csv:9"),)
    )
    assert _failed(_fees(halved(), unread)[0]) == ["ledger"]


def test_a_service_listed_twice_counts_once_and_two_that_differ_in_their_note_twice() -> None:
    rows = halved()
    twice, issues = _fees([*rows, rows[0]])
    assert (twice.before_yen, twice.after_yen) == (20_160, 9_520)
    assert [(issue.code, issue.count, issue.person) for issue in issues] == [("fee_doubled", 1, "P01")]
    noted, told = _fees([*rows, {**rows[0], "note": "午後"}])
    assert noted.before_yen == 20_160 + round(10_080 / 2 / 9)
    assert [(issue.code, issue.effect, issue.person, issue.detail) for issue in told] == [
        ("fee_maybe_doubled", "note", "P01", "2026-04-10")
    ]


# --- bills --------------------------------------------------------------------------------


def test_a_line_that_was_never_written_shows_beside_the_bill() -> None:
    """Half of the services of all months with the device are left out: without bills a perfect fall."""
    honest = [
        service(who, f"{month}-{day:02}", 8)
        for who in PERSONS
        for month in ("2026-04", "2026-05", "2026-06", "2026-08", "2026-09")
        for day in (10, 20)
    ]
    cut = [row for row in honest if row["day"] < "2026-06" or row["day"].endswith("10")]
    fees, issues = _fees(cut, billed=bills(honest))
    assert (fees.verdict.word, fees.verdict.decided_by) == ("cannot_tell", "record")
    told = [issue for issue in issues if issue.code == "fee_bill_differs"]
    assert {issue.person for issue in told} == set(PERSONS)
    assert {(issue.effect, issue.count, issue.where) for issue in told} == {
        ("left_out", 3, "fees/ledger.csv")
    }
    assert told[0].detail == "2026-06: 10080 != 20160"


def test_months_without_a_bill_cannot_be_judged() -> None:
    rows = halved()
    assert _failed(_fees(rows, billed=[])[0]) == ["bills"]
    none, _ = fees_of(files(rows, billed=None), tables(), outing_gates())
    assert none is not None
    assert _failed(none) == ["bills"]
    but_one = [bill for bill in bills(rows) if (bill["person"], bill["month"]) != ("P02", "2026-08")]
    fees, _ = _fees(rows, billed=but_one)
    assert _failed(fees) == ["bills"]
    assert "1 month (asked: none)" in fees.verdict.sentence_en
    # June is of the wash-in and not compared.
    assert _fees(rows, billed=[bill for bill in bills(rows) if bill["month"] != "2026-06"])[
        0
    ].verdict.word == ("achieved")


@pytest.mark.parametrize(
    ("cells", "code", "persons"),
    [
        ({"gross_yen": "1"}, "fee_bill_differs", 8),  # two bills of a month that say different sums
        ({"gross_yen": "20160"}, None, 9),  # the same bill twice
        ({"month": "2026-13"}, "line_unreadable", 9),
        ({"gross_yen": "20,160"}, "line_unreadable", 9),
        ({"person": ""}, "line_unreadable", 9),
    ],
)
def test_a_line_of_the_bills_that_is_wrong_is_named(
    cells: dict[str, str], code: str | None, persons: int
) -> None:
    rows = halved()
    wrong = {"person": "P01", "month": "2026-04", "gross_yen": "20160", **cells}
    fees, issues = _fees(rows, billed=[*bills(rows), wrong])
    assert [issue.code for issue in issues] == ([] if code is None else [code])
    assert all(issue.where == "fees/bills.csv:47" for issue in issues)
    assert fees.change.persons == persons


# --- the trial's own gates ----------------------------------------------------------------


@pytest.mark.parametrize("gate", ["frozen", "definitions", "data", "drawn"])
def test_a_trial_that_is_not_its_plans_has_no_verdict_on_fees(gate: str) -> None:
    fees, _ = _fees(halved(), failed=[gate])
    assert (fees.verdict.word, fees.verdict.decided_by) == ("cannot_tell", gate)
    assert _failed(fees) == [gate]


def test_gates_of_outings_alone_do_not_stop_fees() -> None:
    assert _fees(halved(), failed=["controls", "robust", "logger"])[0].verdict.word == "achieved"


def test_gates_that_nobody_looked_at_are_not_taken_for_passed() -> None:
    fees, _ = fees_of(files(halved(), billed=bills(halved())), tables())
    assert fees is not None
    assert _failed(fees) == ["frozen", "definitions", "data", "drawn"]
    assert "not looked at here" in fees.verdict.sentence_en


# --- silent weeks -------------------------------------------------------------------------

_NO_RECORD = "There is no record before, or nothing was paid."


def _silent(last: tuple[Phase, ...]) -> TrialTables:
    """Weeks drawn silent in August, after a wash-in until 2 August; what `last` says afterwards."""
    trial = tables()
    weeks = [
        Phase(who, kind, date(2026, 8, 3) + timedelta(weeks=n), date(2026, 8, 9) + timedelta(weeks=n))
        for who in PERSONS
        for n, kind in enumerate(("silent", "active", "active", "silent"))
    ]
    before = [
        replace(phase, last=date(2026, 8, 2)) if phase.kind == "wash_in" else phase
        for phase in trial.phases
        if phase.kind != "active"
    ]
    after = [replace(phase, person=who) for who in PERSONS for phase in last]
    plan = replace(trial.protocol, design="silent_weeks", silent_share=0.5, last=date(2026, 10, 31))
    return replace(trial, protocol=plan, phases=(*before, *weeks, *after))


def _autumn() -> list[dict[str, str]]:
    """The same lines, and October as September."""
    rows = halved()
    return [
        *rows,
        *({**row, "day": f"2026-10{row['day'][7:]}"} for row in rows if row["day"][:7] == "2026-09"),
    ]


def test_a_month_with_a_silent_week_is_no_month_with_the_device() -> None:
    fees, _ = _fees(_autumn(), _silent(()))
    assert fees.verdict.decided_by == "record"
    assert "active" not in {month.phase for month in fees.months}


@pytest.mark.parametrize(
    "last",
    [
        (Phase("", "closing", date(2026, 8, 31), date(2026, 10, 31)),),
        (
            Phase("", "closing", date(2026, 8, 31), date(2026, 9, 13)),
            Phase("", "closing", date(2026, 9, 14), date(2026, 10, 31)),
        ),
    ],
    ids=["in one piece", "week after week"],
)
def test_whole_months_of_the_closing_stretch_are_compared(last: tuple[Phase, ...]) -> None:
    # A quarter of the hours before: with silent weeks half is within what season could have helped.
    rows = [row for row in _autumn() if row["day"] < "2026-09" or row["day"].endswith("10")]
    fees, _ = _fees(rows, _silent(last))
    assert {month.month for month in fees.months if month.phase == "closing"} == {"2026-09", "2026-10"}
    assert fees.verdict.word == "achieved"
    assert "before 2026-04 – 2026-05, with the device 2026-09 – 2026-10" in fees.change.note_en


def test_an_active_month_by_the_luck_of_the_lots_is_not_compared() -> None:
    fees, _ = _fees(_autumn(), _silent((Phase("", "active", date(2026, 8, 31), date(2026, 10, 31)),)))
    assert {month.month for month in fees.months if month.phase == "active"} == {"2026-09", "2026-10"}
    assert (fees.verdict.decided_by, fees.change.note_en) == ("record", _NO_RECORD)


# --- hours alone --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "minutes", "spread", "alone"),
    [
        (30, 60.0, 10.0, 30.0 - 8.0),
        (29, 60.0, 10.0, None),  # a day that nobody counted
        (30, 60.0, 61.0, None),  # more unknown than counted
        (30, 10.0, 0.0, None),  # accompanied for longer than out: one of the two is wrong
        (30, 16.0, 0.0, 0.0),
    ],
)
def test_hours_alone_are_what_is_left_of_outings_or_unknown(
    count: int, minutes: float, spread: float, alone: float | None
) -> None:
    trial = tables(days=month_of_days("P01", date(2026, 4, 1), count, minutes, spread))
    months = {(m.person, m.month): m for m in _fees(halved(), trial)[0].months}
    seen = months["P01", "2026-04"]
    assert seen.accompanied_hours == 8.0
    assert seen.alone_hours == (None if alone is None else pytest.approx(alone))
    assert months["P01", "2026-05"].alone_hours is None


# --- properties ---------------------------------------------------------------------------

_LINES = st.builds(
    lambda person, month, day, half, own: service(
        person,
        f"2026-{month:02}-{day:02}",
        half,
        self_pay_yen=str(min(own, 1260 * half)),
        public_yen=str(1260 * half - min(own, 1260 * half)),
        note=f"{person}{month}{day}{half}{own}",
    ),
    st.sampled_from(PERSONS),
    st.integers(4, 9),
    st.integers(1, 28),
    st.integers(0, 12),
    st.integers(0, 9_300),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(_LINES, max_size=30, unique_by=lambda line: line["note"]), st.randoms(use_true_random=False))
def test_sums_are_whole_and_the_order_of_lines_does_not_matter(
    lines: list[dict[str, str]], dice: object
) -> None:
    months = fee_months(read(files(lines), Found()), tables())
    assert sum(month.gross_yen for month in months) == sum(int(line["gross_yen"]) for line in lines)
    for month in months:
        assert month.gross_yen == month.self_pay_yen + month.public_yen
        assert isinstance(month.gross_yen, int)
    shuffled = list(lines)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert fee_months(read(files(shuffled), Found()), tables()) == months


def test_the_order_of_lines_does_not_change_the_verdict() -> None:
    rows = halved()
    assert _fees(rows)[0] == _fees(rows[::-1])[0]


def test_means_that_are_shown_add_up() -> None:
    rows = [{**row, "self_pay_yen": str(n), "public_yen": str(int(row["gross_yen"]) - n)}
            for n, row in enumerate(halved())]  # fmt: skip
    fees, _ = _fees(rows)
    assert fees.before_yen is not None
    assert fees.self_pay_before_yen is not None
    assert fees.before_yen - fees.self_pay_before_yen == fees.public_before_yen
