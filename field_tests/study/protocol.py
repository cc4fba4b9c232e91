"""The plan of a trial, frozen before it begins: who, when, which formula, which gates. Pure values."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

# randomised_start: each participant's start with the device was drawn (multiple baseline, stepped wedge);
# silent_weeks: after wash-in, drawn weeks in which the device logs and does not guide;
# before_after: neither: season and novelty cannot be told from the device.
Design = Literal["randomised_start", "silent_weeks", "before_after"]
# baseline: the logger alone; wash_in: the first weeks with the device, when novelty is largest, not compared;
# active: compared; silent: the device logs only;
# closing: after the drawn weeks, the device guides on all days, and fees alone are compared.
PhaseKind = Literal["baseline", "wash_in", "active", "silent", "closing"]


@dataclass(frozen=True, slots=True)
class Phase:
    """Days of one kind of one person, `first` to `last`, both counted."""

    person: str
    kind: PhaseKind
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody on the list. Nobody leaves it: who stopped keeps `ended` and `why`."""

    person: str  # a pseudonym
    enrolled: date
    start: date | None = None  # first day with the device
    ended: date | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Lot:
    """Somebody's lot: in which round of drawing (0, 1, …) it was drawn, and the first day with the device."""

    person: str
    round: int
    start: date


@dataclass(frozen=True, slots=True)
class ValidDay:
    """When a day counts: enough of it was observed; and how many such days a phase needs of each person."""

    waking_hours: float = 8.0  # observed or explained, of `Definitions.waking`
    days_per_phase: int = 14


@dataclass(frozen=True, slots=True)
class Gates:
    """What must hold before a verdict other than "cannot tell" is given. The gate's name is the field's."""

    least_persons: int = 8
    most_coverage_difference: float = 0.05  # of mean waking coverage between phases, absolute
    least_valid_share: float = 0.6  # of the planned days of the compared phases
    most_bounds_width: float = 1.0  # (max - min) / best of the minutes: as much unknown as counted
    most_lost: float = 0.3  # of those enrolled, not analysed


@dataclass(frozen=True, slots=True)
class FeeTarget:
    """Yen a month and person, gross."""

    before_yen: int = 20_160
    after_yen: int = 10_080


@dataclass(frozen=True, slots=True)
class Protocol:
    """A trial's plan. `sha256` of its file's bytes; `simulated`: nobody is behind it, as each page says."""

    title_ja: str
    title_en: str
    frozen: date
    first: date
    last: date
    design: Design
    definitions_sha256: str
    sha256: str
    seed: int
    wash_in_days: int = 56  # novelty peaks about week 5
    possible_starts: tuple[date, ...] = ()  # of randomised_start: what each draw could give
    silent_share: float = 0.0  # of silent_weeks: weeks drawn silent, of those compared
    closing_from: date | None = None  # of silent_weeks: from this day to `last` no week is drawn
    target_percent: float = 15.0
    simulated: bool = False
    valid: ValidDay = ValidDay()
    gates: Gates = Gates()
    fees: FeeTarget = FeeTarget()
