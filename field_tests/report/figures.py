"""Every drawing of a report, from its result."""

from collections.abc import Sequence
from dataclasses import dataclass

from field_tests.report.drawing import Figure
from field_tests.report.dumbbell import Axis, Level, Pair, dumbbells
from field_tests.report.forest import Row, forest
from field_tests.report.grids_fees import by_phase
from field_tests.report.series import series, span_of
from field_tests.report.words import Words
from field_tests.study import names
from field_tests.study.closing import fees_after
from field_tests.study.result import Estimate, FeeMonth, Fees, Sensitivity, StudyResult


@dataclass(frozen=True, slots=True)
class Figures:
    """Drawings by their place in the report. None: there is nothing to draw."""

    estimates: Figure
    persons: Figure | None
    series: tuple[Figure, ...]
    sensitivity: Figure | None
    controls: Figure | None
    fees: Figure | None

    def all(self) -> tuple[Figure, ...]:
        """Those there are."""
        some = (self.estimates, self.persons, *self.series, self.sensitivity, self.controls, self.fees)
        return tuple(one for one in some if one is not None)


def figures(result: StudyResult, words: Words) -> Figures:
    """All drawings in one language."""
    span = span_of(result.first, result.last, result.persons)
    return Figures(
        estimates=_estimates(result, words),
        persons=_persons(result, words),
        series=tuple(series(one, span, words) for one in result.persons if one.days),
        sensitivity=_sensitivity(result, words),
        controls=_controls(result, words),
        fees=None if result.fees is None else _fees(result.fees, fees_after(result.design), words),
    )


def labelled(estimate: Estimate, words: Words) -> tuple[str, Estimate]:
    """With what it is called."""
    return words.named(names.ESTIMATES, estimate.key), estimate


def varied(one: Sensitivity, words: Words) -> tuple[str, Estimate]:
    """A row of the sensitivity grid: what was varied, and the value it was given."""
    colon = words.say("：", ": ")
    return f"{words.named(names.SENSITIVITY, one.what)}{colon}{one.value}", one.estimate


def _estimates(result: StudyResult, words: Words) -> Figure:
    others = (*result.others, *result.bounds, result.days_out)
    rows = [
        Row(*labelled(result.primary, words), chief=True),
        *(Row(*labelled(one, words)) for one in others),
    ]
    title = words.say("外出時間の変化：すべての推定", "Change of outing time: all estimates")
    return forest("estimates", title, rows, result.target_percent, words)


def _persons(result: StudyResult, words: Words) -> Figure | None:
    pairs = [
        Pair(
            one.person,
            one.baseline_weekly_minutes,
            one.active_weekly_minutes,
            words.percent(one.percent) if one.analysed else words.say("解析の外", "not analysed"),
        )
        for one in sorted(result.persons, key=lambda one: (not one.analysed, -(one.percent or 0.0)))
        if one.baseline_weekly_minutes is not None or one.active_weekly_minutes is not None
    ]
    title = words.say("一人ずつの外出時間", "Outing time of each participant")
    key = words.say("○ 比べる期間　● 使用期", "○ compared phase   ● active phase")
    axis = Axis(words.say("外出時間（分/週）", "minutes out a week"), words.number, key)
    return dumbbells("persons", title, pairs, (), axis, words) if pairs else None


def _sensitivity(result: StudyResult, words: Words) -> Figure | None:
    rows = [Row(*varied(one, words)) for one in result.sensitivity]
    if not rows:
        return None
    title = words.say("定義を変えたときの主な推定", "The primary estimate under other definitions")
    first = Row(*labelled(result.primary, words), chief=True)
    return forest("sensitivity", title, [first, *rows], result.target_percent, words)


def _controls(result: StudyResult, words: Words) -> Figure | None:
    if not result.controls:
        return None
    title = words.say("変化が出ないはずの比べ方（陰性対照）", "Where no change is due (negative controls)")
    rows = [Row(*labelled(one, words)) for one in result.controls]
    return forest("controls", title, rows, None, words)


def _fees(fees: Fees, after: str, words: Words) -> Figure | None:
    """`after`: the phase whose months are compared with those of the baseline."""
    made = [_fee_pair(person, fees.months, after, words) for person in _payers(fees)]
    pairs = [one for one in made if one.before is not None or one.after is not None]
    levels = (
        Level(
            fees.target_after_yen, words.say("目標 後 ", "target after ") + words.yen(fees.target_after_yen)
        ),
        Level(
            fees.target_before_yen, words.say("計画の前 ", "plan before ") + words.yen(fees.target_before_yen)
        ),
    )
    title = words.say("一人ずつの利用料", "Fees of each participant")
    key = words.say("○ 装置の前の月　● 装置のある月", "○ months before   ● months with the device")
    axis = Axis(words.say("総額（円/月）", "gross (yen a month)"), words.number, key)
    return dumbbells("fees", title, pairs, levels, axis, words) if pairs else None


def _payers(fees: Fees) -> list[str]:
    return list(dict.fromkeys(one.person for one in by_phase(fees.months)))


def _fee_pair(person: str, months: Sequence[FeeMonth], phase: str, words: Words) -> Pair:
    own = [one for one in months if one.person == person]
    before, after = (
        _mean([one.gross_yen for one in own if one.phase == side]) for side in ("baseline", phase)
    )
    told = words.unknown
    if before is not None and after is not None and before > 0:
        told = words.percent((after / before - 1.0) * 100.0, 0)
    return Pair(person, before, after, told)


def _mean(values: list[int]) -> float | None:
    return sum(values) / len(values) if values else None
