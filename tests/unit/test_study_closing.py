"""Silent weeks and fees in one trial: a closing stretch without drawn weeks, whose months are compared."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("statsmodels", reason="needs the extra `study`")

from field_tests.errors import ProtocolError, StudyError
from field_tests.fees.compare import fees_of
from field_tests.simulator import climate, fees
from field_tests.simulator.lives import Calendar, Conditions, calendar, exposure, life
from field_tests.simulator.options import Options, checked, last_day
from field_tests.simulator.people import person
from field_tests.simulator.plan import Course, courses, lots, planned
from field_tests.simulator.protocol_file import protocol_toml
from field_tests.study import drawing
from field_tests.study.analyse import Analysis, Draws, analyse
from field_tests.study.closing import closing_from, whole_months
from field_tests.study.measures import Trial
from field_tests.study.measures_draw import drawn
from field_tests.study.protocol import Protocol
from field_tests.study.protocol_rules import faults
from field_tests.study.reading_protocol import parsed
from field_tests.study.result import Fees
from field_tests.study.tables import PersonDay, TrialTables
from field_tests.study.verdict import judge
from tests import fee_records

FIRST, LAST, CLOSING = date(2026, 4, 13), date(2027, 4, 11), date(2027, 2, 1)
START = date(2026, 6, 8)
Row = tuple[object, ...]


def plan(**changed: object) -> Protocol:
    usual: dict[str, object] = {
        "title_ja": "", "title_en": "", "frozen": date(2026, 4, 1), "first": FIRST, "last": LAST,
        "design": "silent_weeks", "definitions_sha256": "d", "sha256": "p", "seed": 7, "wash_in_days": 84,
        "possible_starts": (START,), "silent_share": 0.5, "closing_from": CLOSING,
    }  # fmt: skip
    return Protocol(**(usual | changed))  # type: ignore[arg-type]


# --- months -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        (date(2026, 2, 1), date(2026, 2, 28), 1),
        (date(2026, 2, 2), date(2026, 2, 28), 0),
        (date(2026, 2, 1), date(2026, 2, 27), 0),
        (date(2026, 12, 1), date(2027, 1, 31), 2),
        (date(2026, 11, 2), date(2027, 1, 30), 1),
        (date(2026, 4, 1), date(2026, 3, 31), 0),
    ],
)
def test_whole_months_are_counted(first: date, last: date, months: int) -> None:
    assert whole_months(first, last) == months


@given(last=st.dates(date(2020, 1, 1), date(2060, 1, 1)), months=st.integers(1, 30))
def test_the_closing_stretch_is_the_shortest_that_holds_its_months(last: date, months: int) -> None:
    first = closing_from(last, months)
    assert whole_months(first, last) == months
    assert whole_months(first + timedelta(days=1), last) == months - 1


# --- the plan ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"design": "randomised_start"}, "is of silent_weeks alone"),
        ({"closing_from": FIRST}, "must lie after first"),
        ({"closing_from": date(2027, 2, 2)}, "must hold 2 whole calendar months"),
        ({"closing_from": date(2027, 5, 1)}, "must hold 2 whole calendar months"),
    ],
)
def test_a_closing_stretch_that_compares_nothing_is_no_plan(changed: dict[str, object], wrong: str) -> None:
    assert list(faults(plan())) == []
    assert [wrong in en for _, en in faults(plan(**changed))] == [True]


def test_a_day_in_quotes_is_no_day() -> None:
    with pytest.raises(ProtocolError, match="closing_from = '2027-02-01'"):
        parsed(b'closing_from = "2027-02-01"\n' + b"\n".join(_plain()))


def _plain() -> Sequence[bytes]:
    days = (f"{name} = {day}" for name, day in (("frozen", FIRST), ("first", FIRST), ("last", LAST)))
    texts = ('title_ja = ""', 'title_en = ""', 'design = "silent_weeks"', 'definitions_sha256 = ""')
    return [line.encode() for line in (*days, *texts, "seed = 7")]


# --- the draw ---------------------------------------------------------------------------------


@pytest.mark.parametrize("closing", [CLOSING, date(2027, 1, 28)])
def test_no_week_of_the_closing_stretch_is_drawn_and_no_day_is_in_no_phase(closing: date) -> None:
    days = drawing.days(drawing.course("P01", START, plan(closing_from=closing)))
    assert list(days) == [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    assert {kind for day, kind in days.items() if day >= closing} == {"closing"}
    begun = min(day for day, kind in days.items() if kind == "closing")
    assert timedelta() <= closing - begun < timedelta(weeks=1)
    lived = [kind for kind in days.values() if kind in ("active", "silent")]
    assert len(lived) % 7 == 0
    assert abs(lived.count("silent") - lived.count("active")) <= 7


def test_the_lots_are_those_of_a_trial_that_ends_there() -> None:
    whole = drawing.course("P01", START, plan())
    ends = drawing.course("P01", START, plan(closing_from=None, last=CLOSING - timedelta(days=1)))
    assert [phase for phase in whole if phase.kind != "closing"] == ends


def test_a_stretch_that_leaves_no_weeks_to_draw_is_refused() -> None:
    with pytest.raises(ProtocolError, match="1 weeks are left"):
        drawing.phases({"P01": START}, plan(closing_from=date(2026, 9, 8)))


def test_a_stretch_chosen_after_the_draw_is_not_as_drawn() -> None:
    """The hash of the plan shows it first; the phases show it too, where the hash was made anew."""
    trial = _trial(_options())
    moved = replace(trial, protocol=replace(trial.protocol, closing_from=date(2026, 11, 1)))
    assert drawn(Trial(trial, _analysed())).passed
    assert not drawn(Trial(moved, _analysed())).passed


def test_a_simulated_plan_says_its_stretch_and_is_run_by_it() -> None:
    options = _options()
    told = parsed(protocol_toml(options, b"").encode())
    assert told.closing_from == planned(options).closing_from == date(2027, 1, 1)
    assert whole_months(options.first, told.possible_starts[0] - timedelta(days=1)) == 2


@pytest.mark.parametrize(
    "bad", [{"design": "randomised_start"}, {"closing_months": 1}, {"weeks": 30}, {"closing_months": -2}]
)
def test_a_stretch_that_cannot_be_simulated_is_told(bad: dict[str, Any]) -> None:
    with pytest.raises(StudyError, match="--closing"):
        checked(replace(_options(), **bad))


# --- a trial ----------------------------------------------------------------------------------


def _options(fee_effect: float = 0.75) -> Options:
    return checked(
        Options(
            persons=16, weeks=48, wash_in_weeks=8, seed=12, design="silent_weeks", closing_months=2,
            stopping=0.0, fee_effect=fee_effect, conditions=Conditions(effect=0.6),
        )
    )  # fmt: skip


def _lived(options: Options) -> tuple[list[PersonDay], list[Row]]:
    """Days as they were, seen all through, and the services' lines: a simulated trial without positions."""
    dates = calendar(climate.weather(options.first, last_day(options), options.seed))
    days: list[PersonDay] = []
    lines: list[Row] = []
    for number, course in enumerate(courses(options)):
        name = course.participant.person
        rng = np.random.default_rng([options.seed, number, 0x11])
        device = exposure(dates, course.participant.start, course.silent)
        lived = life(person(name, number, options.seed), dates, device, options.conditions, rng)
        days += _days(course, dates, lived.minutes.tolist())
        lines += fees.ledger(course, lived, len(dates) * 86_400.0, options)
    return days, lines


def _days(course: Course, dates: Calendar, minutes: Sequence[float]) -> list[PersonDay]:
    kinds = drawing.days(course.phases)
    return [
        PersonDay(
            course.participant.person, day := dates.first + timedelta(days=n), kinds.get(day), of_day, of_day,
            of_day, 1.0, 1.0, valid=True, out=of_day > 0.0, device_hours=2.0, logger_hours=16.0,
            night_home=True,
        )
        for n, of_day in enumerate(minutes)
    ]  # fmt: skip


@cache
def _trial(options: Options) -> TrialTables:
    days, _ = _lived(options)
    people = courses(options)
    return TrialTables(
        protocol=replace(planned(options), definitions_sha256="d"),
        participants=tuple(each.participant for each in people),
        phases=tuple(phase for each in people for phase in each.phases),
        days=tuple(days),
        weather=(),
        adverse=(),
        issues=(),
        definitions_sha256="d",
        lots=lots(options),
    )


@cache
def _analysed() -> Analysis:
    return _analysis(_trial(_options()))


def _analysis(trial: TrialTables) -> Analysis:
    return analyse(trial, {("home_radius_m", "100"): trial}, Draws(bootstrap=50, permuted=39, lots=999))


def _judged(options: Options, rows: Sequence[Row]) -> Fees:
    cells = [dict(zip(fee_records.HEAD, map(str, row), strict=True)) for row in rows]
    tariff = fee_records.TARIFF.replace("caps = { low = 9300 }\n", "")
    read = fee_records.files(cells, tariff, billed=fee_records.bills(cells))
    found, _ = fees_of(read, _trial(options), judge(_trial(_options()), _analysed()).gates)
    assert found is not None
    return found


def test_one_trial_with_silent_weeks_has_both_verdicts() -> None:
    outing = judge(_trial(_options()), _analysed())
    assert (outing.word, outing.decided_by) == ("achieved", "estimate"), outing.sentence_en
    seen = _judged(_options(), _lived(_options())[1])
    assert (seen.verdict.word, seen.verdict.decided_by) == ("achieved", "estimate"), seen.verdict.sentence_en
    assert "is not told from the device" in seen.verdict.sentence_en
    assert "区別していません" in seen.verdict.sentence_ja
    assert "2026-05 – 2026-06, with the device 2027-01 – 2027-02" in seen.change.note_en


def test_one_that_saves_no_hour_has_them_too() -> None:
    seen = _judged(_options(0.0), _lived(_options(0.0))[1])
    assert (seen.verdict.word, seen.verdict.decided_by) == ("not_achieved", "interval")
    assert "is not told from the device" in seen.verdict.sentence_en


def test_outing_time_knows_nothing_of_the_closing_stretch() -> None:
    trial = _trial(_options())
    much = replace(
        trial,
        days=tuple(
            replace(day, minutes=1000.0, minutes_max=1440.0) if day.phase == "closing" else day
            for day in trial.days
        ),
    )
    again, before = _analysis(much), _analysed()
    assert {row.phase for row in again.coverage} == {"baseline", "wash_in", "active", "silent", "closing"}
    persons = [replace(one, days=()) for one in again.persons]
    assert persons == [replace(one, days=()) for one in before.persons]
    assert replace(again, persons=before.persons) == before


def test_months_taken_out_of_the_stretch_take_their_persons_along() -> None:
    """The cheapest month alone would look like a fall: who lacks one of the others is not compared."""
    rows = _lived(_options())[1]
    cut = [row for row in rows if not (str(row[0]) <= "P05" and str(row[1]).startswith("2027-01"))]
    seen = _judged(_options(), cut)
    assert seen.change.persons == 11
    assert [gate.name for gate in seen.verdict.gates if not gate.passed] == ["most_lost"]
