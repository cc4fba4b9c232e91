"""What the statistics work on: one row a person and day, and what it may depend on. Pure values."""

from dataclasses import dataclass
from datetime import date

from field_tests.issues import Issue
from field_tests.study.protocol import Lot, Participant, Phase, PhaseKind, Protocol


@dataclass(frozen=True, slots=True)
class PersonDay:
    """A day of a person in a phase. Minutes out with bounds; `out` None: cannot be told.

    `valid`: it counts (`Protocol.valid`). `device_hours`: hours in which the device gave positions, a part of
    what was observed; it never decides about minutes. `logger_hours`: waking hours that the passive logger's
    positions and evidence alone tell of; None: not counted, and the gate `logger` fails: nothing else sees
    outings without the device. `night_home`: whether the small hours saw them at a registered home; None: not
    seen, or not counted. `told`: share of the waking hours that is somebody's word (`at_home`, `out`, …).
    """

    person: str
    day: date
    phase: PhaseKind | None
    minutes: float
    minutes_min: float
    minutes_max: float
    coverage: float
    waking_coverage: float
    valid: bool
    out: bool | None
    outings: int = 0
    device_hours: float = 0.0
    logger_hours: float | None = None
    night_home: bool | None = None
    told: float = 0.0


@dataclass(frozen=True, slots=True)
class Weather:
    """A day's weather at the place of the trial."""

    day: date
    rain_mm: float
    mean_c: float


@dataclass(frozen=True, slots=True)
class Adverse:
    """A fall, a near miss, an injury, a fault, or that the device was not used; kept, never taken out."""

    person: str
    day: date
    kind: str
    severity: str
    words: str


@dataclass(frozen=True, slots=True)
class TrialTables:
    """All that a trial's analysis is given. `definitions_sha256`: of those that the days were counted by."""

    protocol: Protocol
    participants: tuple[Participant, ...]
    phases: tuple[Phase, ...]
    days: tuple[PersonDay, ...]
    weather: tuple[Weather, ...]
    adverse: tuple[Adverse, ...]
    issues: tuple[Issue, ...]
    definitions_sha256: str = ""  # empty: not told, and the gate `definitions` fails
    lots: tuple[Lot, ...] = ()  # as drawn, by round; none: the gate `drawn` fails
