"""A trial's folder to its result: counted, counted again, analysed, judged, with how to do it again."""

from collections.abc import Callable
from dataclasses import fields, replace

from field_tests.fees.compare import fees_of
from field_tests.outings.definitions import Definitions
from field_tests.study.analyse import Analysis, Draws, analyse
from field_tests.study.count import count
from field_tests.study.folder import Folder
from field_tests.study.found import in_order
from field_tests.study.protocol import FeeTarget, Gates, Protocol, ValidDay
from field_tests.study.recounts import recounts
from field_tests.study.result import (
    RESULT_VERSION,
    AdverseEvent,
    Reproduction,
    Rule,
    StudyResult,
)
from field_tests.study.tables import TrialTables
from field_tests.study.verdict import judge

# What is being done, "count" or "recount", and how many of how many.
Progress = Callable[[str, int, int], None]


def study_result(
    folder: Folder,
    *,
    command: str,
    seed: int | None,
    version: str,
    jobs: int = 1,
    progress: Progress = lambda step, done, of: None,
) -> StudyResult:
    """All figures and verdicts of the trial, the same of the same folder.

    `seed`: of the bootstrap beside the primary estimate; None: the frozen plan's, which alone decides.
    """
    tables = count(folder, jobs=jobs, progress=lambda done, of: progress("count", done, of))
    varied = recounts(folder, tables, jobs=jobs, progress=lambda done, of: progress("recount", done, of))
    analysis = analyse(tables, varied, Draws(bootstrap_seed=seed))
    again = Reproduction(
        command=command,
        version=version,
        seed=folder.protocol.seed if seed is None else seed,
        definitions_sha256=folder.definitions.sha256,
        protocol_sha256=folder.protocol.sha256,
        inputs=folder.inputs(),
    )
    result = _result(folder.definitions, tables, analysis, again)
    fees, faults = fees_of(folder.fees, tables, result.verdict.gates)
    return replace(
        result,
        fees=fees,
        issues=in_order([*tables.issues, *faults]),
    )


def _result(
    definitions: Definitions, tables: TrialTables, analysis: Analysis, again: Reproduction
) -> StudyResult:
    plan = tables.protocol
    return StudyResult(
        result=RESULT_VERSION,
        title_ja=plan.title_ja,
        title_en=plan.title_en,
        simulated=plan.simulated,
        design=plan.design,
        first=plan.first.isoformat(),
        last=plan.last.isoformat(),
        target_percent=plan.target_percent,
        issues=tables.issues,
        flow=analysis.flow,
        coverage=analysis.coverage,
        coverage_difference=analysis.coverage_difference,
        persons=analysis.persons,
        primary=analysis.primary,
        others=analysis.others,
        bounds=analysis.bounds,
        days_out=analysis.days_out,
        sensitivity=analysis.sensitivity,
        controls=analysis.controls,
        power=analysis.power,
        adverse=_adverse(tables),
        fees=None,
        verdict=judge(tables, analysis),
        reproduction=again,
        definitions=defined(definitions),
        plan=planned(plan),
    )


def _adverse(tables: TrialTables) -> tuple[AdverseEvent, ...]:
    return tuple(
        AdverseEvent(
            person=one.person, day=one.day.isoformat(), kind=one.kind, severity=one.severity, words=one.words
        )
        for one in tables.adverse
    )


def defined(definitions: Definitions) -> tuple[Rule, ...]:
    """How outings are counted, as the file of definitions says."""
    names = [field.name for field in fields(Definitions) if field.name != "sha256"]
    return tuple(Rule(name=name, value=_written(getattr(definitions, name))) for name in names)


def planned(plan: Protocol) -> tuple[Rule, ...]:
    """What the plan froze."""
    own = ("frozen", "wash_in_days", "possible_starts", "silent_share", "closing_from", "target_percent")
    parts = ((plan, own), *((part, _names(part)) for part in (plan.valid, plan.gates, plan.fees)))
    return tuple(
        Rule(name=name, value=_written(getattr(part, name))) for part, names in parts for name in names
    )


def _names(part: ValidDay | Gates | FeeTarget) -> tuple[str, ...]:
    return tuple(field.name for field in fields(part))


def _written(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, tuple):
        return ", ".join(_written(one) for one in value) or "-"
    return f"{value:g}" if isinstance(value, float) else str(value)
