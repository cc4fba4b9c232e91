"""The report's tables as text in cells: the trial's own figures, each with its caption and headers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import compress

from field_tests.issues import ISSUES, Issue
from field_tests.report.words import Words
from field_tests.study import names
from field_tests.study.result import Estimate, PersonResult, Rule, StudyResult, Verdict


@dataclass(frozen=True, slots=True)
class Grid:
    """A table. The first cell of each row is its header; `wide`: too many columns for a narrow screen."""

    name: str
    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def gates(name: str, verdict: Verdict, words: Words) -> Grid:
    """Every gate of a verdict."""
    say = words.say
    head = (
        say("条件", "condition"),
        say("結果", "result"),
        say("測った値", "measured"),
        say("限度", "limit"),
        say("説明", "in words"),
    )
    rows = (
        (
            words.named(names.GATES, gate.name),
            say("○ 満たす", "✓ holds") if gate.passed else say("✕ 満たさない", "✕ fails"),
            say(gate.measured_ja, gate.measured_en),
            say(gate.limit_ja, gate.limit_en),
            say(gate.sentence_ja, gate.sentence_en),
        )
        for gate in verdict.gates
    )
    of_fees = say("利用料の判定の前に満たすべき条件", "What must hold before a verdict on fees")
    caption = (
        of_fees if name == "fee_gates" else say("判定の前に満たすべき条件", "What must hold before a verdict")
    )
    return Grid(name, caption, head, tuple(rows))


def rules(name: str, caption: str, chosen: Sequence[Rule], words: Words) -> Grid:
    """Frozen choices and their values."""
    table = {**names.DEFINITIONS, **names.PLAN}
    head = (words.say("項目", "item"), words.say("値", "value"))
    return Grid(name, caption, head, tuple((words.named(table, one.name), one.value) for one in chosen))


def flow(result: StudyResult, words: Words) -> Grid:
    """How many were left after each step, and who was not and why."""
    say = words.say
    head = (
        say("段階", "step"),
        say("人数", "persons"),
        say("ここで外れた人と理由", "who left here, and why"),
    )
    rows = (
        (words.named(names.FLOW, step.name), words.persons(step.persons), _left(step.left, words))
        for step in result.flow
    )
    return Grid("flow", say("段階ごとの人数", "Persons at each step"), head, tuple(rows))


def _left(left: Iterable[tuple[str, str]], words: Words) -> str:
    told = [f"{person}{words.say('：', ': ')}{words.named(names.LEFT, why)}" for person, why in left]
    return words.say("、", ", ").join(told) or words.say("なし", "nobody")


def coverage(result: StudyResult, words: Words) -> Grid:
    """How well each phase was observed."""
    say = words.say
    head = (
        say("期間", "phase"),
        say("人数", "persons"),
        say("予定の日数", "planned days"),
        say("記録のある日", "days with records"),
        say("有効な日", "valid days"),
        say("有効の割合", "valid share"),
        say("起きている時間の観測", "waking hours observed"),
        say("装置の使用（1日）", "device in use (a day)"),
    )
    rows = (
        (
            words.named(names.PHASES, one.phase),
            words.persons(one.persons),
            words.number(one.planned_days),
            words.number(one.observed_days),
            words.number(one.valid_days),
            words.share(one.valid_days / one.planned_days if one.planned_days else None),
            words.share(one.mean_waking_coverage),
            words.hours(one.mean_device_hours),
        )
        for one in result.coverage
    )
    return Grid("coverage", say("期間ごとの観測のようす", "Coverage by phase"), head, tuple(rows))


def persons(result: StudyResult, words: Words) -> Grid:
    """Weekly means of everybody as they were, analysed or not; changes by the primary formula."""
    say = words.say
    head = (
        say("参加者", "participant"),
        say("解析", "analysed"),
        say("装置の開始", "start with the device"),
        say("外出 比べる期間（分/週）", "out, compared phase (min a week)"),
        say("外出 使用期（分/週）", "out, active phase (min a week)"),
        say("変化（主な推定の式で）", "change (primary formula)"),
        say("外出日 比べる期間（日/週）", "days out, compared phase (a week)"),
        say("外出日 使用期（日/週）", "days out, active phase (a week)"),
        say("有効な日", "valid days"),
    )
    rows = tuple(_person(one, words) for one in result.persons)
    return Grid("persons", say("一人ずつの比較", "Participants beside each other"), head, rows)


def _person(one: PersonResult, words: Words) -> tuple[str, ...]:
    return (
        one.person,
        words.yes(one.analysed),
        words.day(one.start),
        words.number(one.baseline_weekly_minutes),
        words.number(one.active_weekly_minutes),
        words.percent(one.percent),
        words.number(one.baseline_days_out, 1),
        words.number(one.active_days_out, 1),
        words.number(sum(1 for day in one.days if day.valid)),
    )


def estimates(name: str, caption: str, rows: Iterable[tuple[str, Estimate]], words: Words) -> Grid:
    """Estimates with their intervals, persons and days."""
    say = words.say
    head = (
        say("推定", "estimate"),
        say("変化", "change"),
        say("95％区間", "95 % interval"),
        say("p値", "p"),
        say("人数", "persons"),
        say("日数", "days"),
        say("注", "note"),
    )
    listed = list(rows)
    # A column in which nothing stands is left out: of p values that nobody asked for, of notes.
    kept = [True, True, True, any(one.p is not None for _, one in listed), True, True]
    kept.append(any(words.say(one.note_ja, one.note_en) for _, one in listed))
    told = [(label, *_estimate(one, words)) for label, one in listed]
    return Grid(name, caption, tuple(compress(head, kept)), tuple(tuple(compress(row, kept)) for row in told))


def _estimate(one: Estimate, words: Words) -> tuple[str, ...]:
    return (
        words.percent(one.percent),
        words.between(one),
        words.probability(one.p),
        words.number(one.persons),
        words.number(one.days) if one.days else words.say("―", "–"),
        words.say(one.note_ja, one.note_en),
    )


def adverse(result: StudyResult, words: Words) -> Grid:
    """Each event as it was recorded."""
    say = words.say
    head = (
        say("日", "day"),
        say("参加者", "participant"),
        say("種類", "kind"),
        say("重さ", "severity"),
        say("記録", "as recorded"),
    )
    rows = (
        (
            words.day(one.day),
            one.person,
            words.named(names.ADVERSE, one.kind),
            words.named(names.SEVERITIES, one.severity),
            one.words,
        )
        for one in result.adverse
    )
    return Grid("adverse", say("記録のとおり", "As recorded"), head, tuple(rows))


def issues(result: StudyResult, words: Words) -> Grid:
    """Each fault of the data, and what was done about it."""
    say = words.say
    head = (
        say("何が", "what"),
        say("件数", "count"),
        say("参加者", "participant"),
        say("どこで", "where"),
        say("扱い", "treatment"),
        say("詳しく", "detail"),
    )
    rows = (
        (
            words.named(ISSUES, one.code),
            words.count(one.count),
            one.person or say("―", "–"),
            one.where,
            words.named(names.EFFECTS, one.effect),
            one.detail,
        )
        for one in result.issues
    )
    return Grid("issues", say("見つかった問題", "Faults that were found"), head, tuple(rows))


def issues_by_kind(result: StudyResult, words: Words) -> Grid:
    """Each kind of fault and treatment in one row: how often, of whom, and the first place."""
    say = words.say
    head = (
        say("何が", "what"),
        say("扱い", "treatment"),
        say("件数", "count"),
        say("参加者", "participants"),
        say("最初の場所", "first place"),
    )
    kinds: dict[tuple[str, str], list[Issue]] = {}
    for one in result.issues:
        kinds.setdefault((one.code, one.effect), []).append(one)
    rows = tuple(_kind(found, words) for found in kinds.values())
    return Grid("issue_kinds", say("見つかった問題の種類", "Kinds of faults that were found"), head, rows)


def _kind(found: Sequence[Issue], words: Words) -> tuple[str, ...]:
    persons = {one.person for one in found if one.person}
    more = words.say(f" ほか{len(found) - 1}か所", f" and {len(found) - 1} more") if found[1:] else ""
    return (
        words.named(ISSUES, found[0].code),
        words.named(names.EFFECTS, found[0].effect),
        words.count(sum(one.count for one in found)),
        words.persons(len(persons)) if persons else words.say("―", "–"),
        found[0].where + more,
    )


def inputs(result: StudyResult, words: Words) -> Grid:
    """Every file that was read."""
    say = words.say
    head = (say("ファイル", "file"), say("大きさ（バイト）", "bytes"), "SHA-256")
    rows = ((one.path, words.number(one.bytes), one.sha256) for one in result.reproduction.inputs)
    return Grid("inputs", say("読んだファイル", "Files that were read"), head, tuple(rows))
