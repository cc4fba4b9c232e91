"""All that a report, a verdict file and the evaluator's pages show: values with names, ready for JSON.

Light on purpose: the server reads it, and imports no statistics.
"""

from typing import Final, Literal

from pydantic import TypeAdapter

from field_tests.issues import Issue
from wire.base import message
from wire.codec import Codec

RESULT_VERSION: Final = 1

Word = Literal["achieved", "not_achieved", "cannot_tell"]
# What is said of each word: (ja, en).
WORDS: Final[dict[Word, tuple[str, str]]] = {
    "achieved": ("達成", "achieved"),
    "not_achieved": ("未達成", "not achieved"),
    "cannot_tell": ("判定できない", "cannot tell"),
}


@message
class Estimate:
    """A change in percent with its 95 % interval. None: it could not be computed, and `note` says why.

    `key` is a row of `field_tests.study.names.ESTIMATES`; `persons` and `days` are those used.
    """

    key: str
    percent: float | None
    low: float | None
    high: float | None
    p: float | None = None
    persons: int = 0
    days: int = 0
    note_ja: str = ""
    note_en: str = ""


@message
class Gate:
    """One condition of a verdict: what was measured beside its limit, in words of both languages."""

    name: str
    passed: bool
    measured_ja: str
    measured_en: str
    limit_ja: str
    limit_en: str
    sentence_ja: str
    sentence_en: str


@message
class Verdict:
    """The word, the gate or comparison that decided, a sentence, and every gate."""

    word: Word
    decided_by: str
    sentence_ja: str
    sentence_en: str
    gates: tuple[Gate, ...]


@message
class FlowStep:
    """How many participants were left after a step, and who was not taken further and why."""

    name: str  # a row of names.FLOW
    persons: int
    left: tuple[tuple[str, str], ...] = ()  # (person, row of names.LEFT or the folder's own words)


@message
class PhaseCoverage:
    """How well a phase was observed."""

    phase: str
    persons: int
    planned_days: int
    observed_days: int
    valid_days: int
    mean_waking_coverage: float
    mean_device_hours: float


@message
class SeriesDay:
    """A day of the raw series."""

    day: str  # 2026-11-22
    phase: str | None
    minutes: float
    minutes_min: float
    minutes_max: float
    waking_coverage: float
    valid: bool
    out: bool | None


@message
class PersonResult:
    """One participant: weekly means of each phase and the raw days."""

    person: str
    analysed: bool
    start: str | None
    baseline_weekly_minutes: float | None
    active_weekly_minutes: float | None
    baseline_days_out: float | None  # a week
    active_days_out: float | None
    percent: float | None
    days: tuple[SeriesDay, ...]


@message
class Sensitivity:
    """The primary estimate under other definitions. `what`: a row of names.SENSITIVITY; `value`: its text."""

    what: str
    value: str
    estimate: Estimate


@message
class Power:
    """From the baseline: what this trial could find, and how many it would take."""

    weekly_cv: float | None
    detectable_percent: float | None  # with 80 % power, this many persons and weeks
    persons_needed: int | None  # for the target
    note_ja: str = ""
    note_en: str = ""


@message
class FeeMonth:
    """Fees of one person in one month (2026-11), integer yen; hours accompanied, and out alone if known."""

    person: str
    month: str
    phase: str
    gross_yen: int
    self_pay_yen: int
    public_yen: int
    accompanied_hours: float
    alone_hours: float | None


@message
class Fees:
    """Fees before and after, a month and person: gross, self-pay and public apart, and the verdict."""

    before_yen: int | None  # gross; None: there is no record
    after_yen: int | None
    self_pay_before_yen: int | None
    self_pay_after_yen: int | None
    public_before_yen: int | None
    public_after_yen: int | None
    target_before_yen: int
    target_after_yen: int
    change: Estimate
    months: tuple[FeeMonth, ...]
    costs: tuple[tuple[str, int], ...]  # of device and server, yen a month and person
    verdict: Verdict
    others: tuple[Estimate, ...] = ()  # self-pay, public, hours, and gross at the prices of the first day


@message
class InputFile:
    """A file that was read."""

    path: str
    sha256: str
    bytes: int


@message
class AdverseEvent:
    """A fall, near miss, injury, fault, or non-use, as recorded."""

    person: str
    day: str
    kind: str
    severity: str
    words: str


@message
class Rule:
    """A choice that was frozen before the trial, as written: how outings are counted, or what is planned."""

    name: str  # a row of names.DEFINITIONS or names.PLAN
    value: str


@message
class Reproduction:
    """How to get the same figures again."""

    command: str
    version: str
    seed: int
    definitions_sha256: str
    protocol_sha256: str
    inputs: tuple[InputFile, ...]


@message
class StudyResult:
    """A trial's figures and verdicts."""

    result: int
    title_ja: str
    title_en: str
    simulated: bool
    design: str
    first: str
    last: str
    target_percent: float
    issues: tuple[Issue, ...]
    flow: tuple[FlowStep, ...]
    coverage: tuple[PhaseCoverage, ...]
    coverage_difference: Estimate
    persons: tuple[PersonResult, ...]
    primary: Estimate
    others: tuple[Estimate, ...]
    bounds: tuple[Estimate, ...]  # all unknown time at home, all of it out
    days_out: Estimate
    sensitivity: tuple[Sensitivity, ...]
    controls: tuple[Estimate, ...]
    power: Power
    adverse: tuple[AdverseEvent, ...]
    fees: Fees | None
    verdict: Verdict
    reproduction: Reproduction
    definitions: tuple[Rule, ...] = ()
    plan: tuple[Rule, ...] = ()


RESULT: Codec[StudyResult] = Codec("result of a trial", TypeAdapter(StudyResult))
