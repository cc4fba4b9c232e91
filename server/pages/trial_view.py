"""A trial's report as an evaluator's page shows it: the tables and drawings of the report itself. Pure.

Loaded by the page that needs it: a start of the server waits for no drawing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from markupsafe import Markup

from field_tests.report import grids, grids_fees
from field_tests.report.all_grids import all_grids
from field_tests.report.drawing import Figure
from field_tests.report.figures import Figures, figures
from field_tests.report.grids import Grid
from field_tests.report.refuting import Refutation, refutations
from field_tests.report.saying import differing, reach
from field_tests.report.series import series, span_of
from field_tests.report.words import Words
from field_tests.study import names
from field_tests.study.result import WORDS, SeriesDay, StudyResult, Verdict
from routing.manner import Lang


@dataclass(frozen=True, slots=True)
class Said:
    """A verdict in words: the word, the sentence, and what decided."""

    word: str
    sentence: str
    decided_by: str


@dataclass(frozen=True, slots=True)
class View:
    """Everything on the page of a result, in one language."""

    words: Words
    result: StudyResult
    outings: Said
    fees: Said | None
    grids: Mapping[str, Grid]
    drawn: Figures
    refutations: tuple[Refutation, ...]
    differing: str
    reach: str


@dataclass(frozen=True, slots=True)
class PersonView:
    """Everything on the page of one participant, in one language. `left`: why they were not analysed."""

    words: Words
    person: str
    figures: Grid
    drawing: Figure | None
    days: Grid
    others: tuple[Grid, ...]
    left: tuple[str, ...]


def view(result: StudyResult, lang: Lang) -> View:
    """Of a whole result."""
    words = Words(lang)
    # A drawing of each participant's days stands on a page of its own.
    bare = replace(result, persons=tuple(replace(one, days=()) for one in result.persons))
    return View(
        words=words,
        result=result,
        outings=_said(result.verdict, words),
        fees=None if result.fees is None else _said(result.fees.verdict, words),
        grids=all_grids(result, words),
        drawn=figures(bare, words),
        refutations=refutations(result, words),
        differing=differing(result, words),
        reach=reach(result, words),
    )


def person_view(result: StudyResult, person: str, days: tuple[SeriesDay, ...], lang: Lang) -> PersonView:
    """Of one participant whom the result names; `result` without raw days will do."""
    words = Words(lang)
    known = next((one for one in result.persons if one.person == person), None)
    mine = None if known is None else replace(known, days=days)
    own = _only(replace(result, persons=() if mine is None else (mine,)), person)
    span = span_of(result.first, result.last, own.persons)
    return PersonView(
        words=words,
        person=person,
        figures=grids.persons(own, words),
        drawing=series(mine, span, words) if mine is not None and days else None,
        days=_days(days, words),
        others=tuple(grid for grid in _others(own, words) if grid.rows),
        left=tuple(
            f"{words.named(names.FLOW, step.name)}{words.say('：', ': ')}{words.named(names.LEFT, why)}"
            for step in result.flow
            for who, why in step.left
            if who == person
        ),
    )


def picture(figure: Figure) -> Markup:
    """The drawing as it stands in a page: our own SVG, whose words were escaped when it was drawn."""
    return Markup(figure.svg)  # noqa: S704


def _said(verdict: Verdict, words: Words) -> Said:
    return Said(
        word=words.say(*WORDS[verdict.word]),
        sentence=words.say(verdict.sentence_ja, verdict.sentence_en),
        decided_by=words.named(names.GATES, verdict.decided_by),
    )


def _only(result: StudyResult, person: str) -> StudyResult:
    """What the result has of that participant alone."""
    fees = result.fees
    if fees is not None:
        fees = replace(fees, months=tuple(month for month in fees.months if month.person == person))
    return replace(
        result,
        adverse=tuple(one for one in result.adverse if one.person == person),
        issues=tuple(one for one in result.issues if one.person == person),
        fees=fees,
    )


def _others(own: StudyResult, words: Words) -> Iterable[Grid]:
    if own.fees is not None:
        yield grids_fees.monthly(own.fees, words)
    yield grids.adverse(own, words)
    yield grids.issues(own, words)


def _days(days: Iterable[SeriesDay], words: Words) -> Grid:
    say = words.say
    head = (
        say("日", "day"),
        say("期間", "phase"),
        say("外出時間(分)", "minutes out"),
        say("最小〜最大(分)", "least to most (min)"),
        say("起きている時間の観測", "waking hours observed"),
        say("有効な日", "valid day"),
        say("外出した日", "day out"),
    )
    rows = tuple(
        (
            day.day,
            words.say("なし", "none") if day.phase is None else words.named(names.PHASES, day.phase),
            words.number(day.minutes),
            f"{words.number(day.minutes_min)}{say('〜', ' to ')}{words.number(day.minutes_max)}",
            words.share(day.waking_coverage),
            words.yes(day.valid),
            words.yes(day.out),
        )
        for day in days
    )
    return Grid("days", say("日ごとの記録", "Day by day"), head, rows)
