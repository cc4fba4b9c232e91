"""A trial's result made by hand: 12 persons, two of them not analysed, with something of every kind in it."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from field_tests.issues import Issue
from field_tests.study.result import (
    AdverseEvent,
    Estimate,
    FeeMonth,
    Fees,
    FlowStep,
    Gate,
    InputFile,
    PersonResult,
    PhaseCoverage,
    Power,
    Reproduction,
    Rule,
    Sensitivity,
    SeriesDay,
    StudyResult,
    Verdict,
)

FIRST, LAST = date(2026, 4, 13), date(2026, 9, 27)


def estimate(
    key: str, percent: float | None, low: float | None, high: float | None, p: float | None = None
) -> Estimate:
    """Of ten persons."""
    note = ("人が足りません。", "Too few persons.") if percent is None else ("", "")
    return Estimate(
        key=key,
        percent=percent,
        low=low,
        high=high,
        p=p,
        persons=10,
        days=812,
        note_ja=note[0],
        note_en=note[1],
    )


def trial_result(persons: int = 12, days: int = 168) -> StudyResult:
    """The whole of it; the last two of `persons` were not analysed."""
    return StudyResult(
        result=1,
        title_ja="大分 実証実験（見本）",
        title_en="Oita field trial (example)",
        simulated=True,
        design="randomised_start",
        first=FIRST.isoformat(),
        last=LAST.isoformat(),
        target_percent=15.0,
        issues=_issues(),
        flow=_flow(persons),
        coverage=_coverage(),
        coverage_difference=estimate("coverage_difference", 1.2, -1.1, 3.4, 0.29),
        persons=tuple(_person(number, persons, days) for number in range(1, persons + 1)),
        primary=estimate("primary", 12.3, 1.4, 24.5, 0.031),
        others=_others(),
        bounds=_bounds(),
        days_out=estimate("days_out", 9.8, -1.0, 21.6, 0.07),
        sensitivity=_sensitivity(),
        controls=(
            estimate("shifted_start", 2.1, -7.9, 12.8, 0.68),
            estimate("permuted_labels", None, None, None),
        ),
        power=Power(
            weekly_cv=0.41,
            detectable_percent=19.5,
            persons_needed=22,
            note_ja="基準期の週から。",
            note_en="From the weeks of the baseline.",
        ),
        adverse=(
            AdverseEvent(
                person="P03", day="2026-06-02", kind="fall", severity="minor", words="段差でつまずいた"
            ),
            AdverseEvent(
                person="P07", day="2026-07-11", kind="not_used", severity="none", words="=暑さで <休んだ>"
            ),
        ),
        fees=_fees(persons),
        verdict=_verdict(),
        reproduction=Reproduction(
            command="shirube study report trial --out out --seed 7",
            version="0.1.0",
            seed=7,
            definitions_sha256="d" * 64,
            protocol_sha256="c" * 64,
            inputs=(InputFile(path="fixes/P01.logger.csv", sha256="a" * 64, bytes=123456),),
        ),
        definitions=(Rule(name="home_radius_m", value="100"),),
        plan=(Rule(name="frozen", value="2026-04-01"), Rule(name="waking_hours", value="8.0")),
    )


def empty(one: Estimate) -> Estimate:
    """The estimate that could not be computed."""
    return replace(one, percent=None, low=None, high=None, p=None)


def nothing_known(result: StudyResult) -> StudyResult:
    """The same with nothing that could be computed, and no fees."""

    persons = tuple(
        replace(
            one,
            start=None,
            percent=None,
            baseline_weekly_minutes=None,
            active_weekly_minutes=None,
            baseline_days_out=None,
            active_days_out=None,
        )
        for one in result.persons
    )
    return replace(
        result,
        persons=persons,
        primary=empty(result.primary),
        others=tuple(empty(one) for one in result.others),
        bounds=tuple(empty(one) for one in result.bounds),
        days_out=empty(result.days_out),
        controls=(),
        sensitivity=(),
        coverage_difference=empty(result.coverage_difference),
        power=Power(weekly_cv=None, detectable_percent=None, persons_needed=None),
        fees=None,
    )


def _issues() -> tuple[Issue, ...]:
    return (
        Issue(
            code="fixes_doubled", effect="mended", where="fixes/P01.logger.csv:120", count=31, person="P01"
        ),
        Issue(
            code="no_baseline",
            effect="left_out",
            where="phases.csv",
            person="P11",
            detail="<script>x</script>",
        ),
        Issue(code="weather_missing", effect="note", where="weather.csv", count=4),
    )


def _flow(persons: int) -> tuple[FlowStep, ...]:
    return (
        FlowStep(name="enrolled", persons=persons),
        FlowStep(
            name="analysed", persons=persons - 2, left=(("P11", "基準期の記録がない"), ("P12", "引っ越し"))
        ),
    )


def _coverage() -> tuple[PhaseCoverage, ...]:
    def phase(name: str, hours: float) -> PhaseCoverage:
        return PhaseCoverage(
            phase=name,
            persons=10,
            planned_days=560,
            observed_days=531,
            valid_days=488,
            mean_waking_coverage=0.871,
            mean_device_hours=hours,
        )

    return (phase("baseline", 0.0), phase("wash_in", 3.4), phase("active", 2.9))


def _others() -> tuple[Estimate, ...]:
    return (
        estimate("paired_t", 12.6, 0.8, 25.8, 0.039),
        estimate("wilcoxon", 11.9, 0.2, 24.0, 0.049),
        estimate("bootstrap", 12.3, 2.4, 23.1),
        estimate("mixed_model", 8.8, -2.1, 20.9, 0.12),
        estimate("minutes_per_day_out", 3.2, -4.1, 11.0, 0.41),
    )


def _bounds() -> tuple[Estimate, ...]:
    return (
        estimate("unknown_home", 11.8, 0.9, 23.9),
        estimate("unknown_out", 10.4, -0.6, 22.7),
        estimate("worst_case", -14.0, -21.5, -5.9),
        estimate("best_case", 44.0, 27.4, 162.8),
    )


def _sensitivity() -> tuple[Sensitivity, ...]:
    grid = {
        "home_radius_m": ("50", "200"),
        "least_minutes": ("5", "30"),
        "valid_hours": ("6", "10"),
        "leave_out": ("P01", "P02", "P03"),
    }
    return tuple(
        Sensitivity(
            what=what, value=value, estimate=estimate("primary", 10.0 + number, 0.1 + number, 22.0 + number)
        )
        for what, values in grid.items()
        for number, value in enumerate(values)
    )


def _verdict() -> Verdict:
    return Verdict(
        word="cannot_tell",
        decided_by="least_persons",
        sentence_ja="外出時間が15％増えたかどうかは、この試験からは判定できません。",
        sentence_en="Whether outing time rose by 15 % cannot be told from this trial.",
        gates=(
            Gate(
                name="least_persons",
                passed=False,
                measured_ja="6人",
                measured_en="6 persons",
                limit_ja="8人以上",
                limit_en="8 persons or more",
                sentence_ja="解析できた人が足りません。",
                sentence_en="Too few persons could be analysed.",
            ),
            Gate(
                name="most_lost",
                passed=True,
                measured_ja="17.0 %",
                measured_en="17.0 %",
                limit_ja="30.0 %以下",
                limit_en="30.0 % or less",
                sentence_ja="途中で失われた人は多くありません。",
                sentence_en="Not too many persons were lost.",
            ),
        ),
    )


def _person(number: int, persons: int, count: int) -> PersonResult:
    rng = np.random.default_rng(number)
    start = FIRST + timedelta(days=42 + 7 * (number % 3))
    before, after = float(rng.uniform(180, 900)), float(rng.normal(1.12, 0.15))
    days = tuple(_day(FIRST + timedelta(days=at), start, before, after, rng) for at in range(count))
    analysed = number <= persons - 2
    return PersonResult(
        person=f"P{number:02d}",
        analysed=analysed,
        start=start.isoformat() if analysed else None,
        baseline_weekly_minutes=before if number != persons - 1 else None,
        active_weekly_minutes=before * after if analysed else None,
        baseline_days_out=3.1,
        active_days_out=3.4 if analysed else None,
        percent=(after - 1) * 100 if analysed else None,
        days=days,
    )


def _day(day: date, start: date, before: float, after: float, rng: np.random.Generator) -> SeriesDay:
    since = (day - start).days
    phase = "baseline" if since < 0 else "wash_in" if since < 42 else "active"
    out = bool(rng.random() < 0.55)
    minutes = float(rng.gamma(3.0, before / 7 / 0.55 / 3)) * (after if since >= 0 else 1.0) if out else 0.0
    valid = bool(rng.random() < 0.87)
    return SeriesDay(
        day=day.isoformat(),
        phase=phase,
        minutes=minutes,
        minutes_min=minutes * 0.9,
        minutes_max=minutes * 1.1 + float(rng.exponential(15.0)),
        waking_coverage=0.87 if valid else 0.31,
        valid=valid,
        out=out if valid else None,
    )


def _fees(persons: int) -> Fees:
    months = tuple(
        FeeMonth(
            person=f"P{number:02d}",
            month=month,
            phase=phase,
            gross_yen=gross + 310 * number,
            self_pay_yen=(gross + 310 * number) // 10,
            public_yen=gross + 310 * number - (gross + 310 * number) // 10,
            accompanied_hours=9.5 if phase == "baseline" else 6.0,
            alone_hours=None if phase == "baseline" else 4.5,
        )
        for number in range(1, persons - 1)
        for month, phase, gross in (
            ("2026-04", "baseline", 19500),
            ("2026-05", "baseline", 20900),
            ("2026-08", "active", 13100),
        )
    )
    return Fees(
        before_yen=21905,
        after_yen=14805,
        self_pay_before_yen=2190,
        self_pay_after_yen=1480,
        public_before_yen=19715,
        public_after_yen=13325,
        target_before_yen=20160,
        target_after_yen=10080,
        change=Estimate(key="fees", percent=-32.4, low=-38.0, high=-25.9, p=0.0004, persons=10, days=900),
        months=months,
        costs=(("device", 3200), ("server", 410)),
        others=(estimate("fees_self_pay", -32.1, -37.0, -26.0),),
        verdict=Verdict(
            word="not_achieved",
            decided_by="interval",
            sentence_ja="利用料は減りましたが、半分にはなっていません。",
            sentence_en="Fees fell, but not to half.",
            gates=(
                Gate(
                    name="record",
                    passed=True,
                    measured_ja="10人",
                    measured_en="10 persons",
                    limit_ja="1人以上",
                    limit_en="1 person or more",
                    sentence_ja="前後の記録があります。",
                    sentence_en="There is a record on both sides.",
                ),
            ),
        ),
    )
