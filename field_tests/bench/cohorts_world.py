"""A cohort that nobody lived.

Lives, a plan drawn by lot, and what an estimator would have made of each day. Pure.

No positions: a day's minutes get an error and a coverage like those measured on independent truth
(`shirube study bench outings`), so that hundreds of cohorts take minutes.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from field_tests.simulator.climate import weather
from field_tests.simulator.lives import Calendar, Conditions, Exposure, calendar, exposure, life
from field_tests.simulator.people import person
from field_tests.study.panel import DAYS, KINDS, Floats, Grid, Sides
from field_tests.study.protocol import Design, Protocol, ValidDay

# From winter to winter: the time of year at which before and after differ most.
FIRST: Final = date(2026, 12, 7)
WAKING_HOURS: Final = 16.0
_STOPPING: Final = 0.08
_WEEK: Final = timedelta(weeks=1)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Plan:
    """Weeks of the trial and of wash-in, weeks in which persons may begin, share of silent weeks."""

    design: Design
    weeks: int
    starts: tuple[int, ...]
    wash_in: int
    silent_share: float = 0.0


PLANS: Final[dict[Design, Plan]] = {
    # Eight weeks of wash-in leave two points of a novelty that peaks at +12 % in week 5; twelve half of one.
    "randomised_start": Plan("randomised_start", 52, (8, 16, 24, 32), wash_in=12),
    # Active and silent weeks are equally new.
    "silent_weeks": Plan("silent_weeks", 32, (8,), wash_in=8, silent_share=0.5),
}


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is true in a cohort. `drift`: by how much coverage falls once there is a device, of 1."""

    name: str
    conditions: Conditions
    drift: float = 0.0

    @property
    def works(self) -> bool:
        """The device does something, to some."""
        return self.conditions.effect != 0.0 or self.conditions.effect_sd != 0.0


@dataclass(frozen=True, slots=True)
class Watching:
    """How days are observed: shares of waking hours, and errors of minutes by the share that is missing.

    `mean_error_min` and `bias` at MISSING: mean absolute error in minutes a day, and the share by which
    minutes are too many. They are those of gaps of hours, with deaf stays and dead batteries, as the
    estimator made them while it was developed (`shirube study bench outings`, variants of hours), rounded
    up: gaps of minutes cost a tenth. `per_hour_out`: coverage lost with each hour out, so that days are
    missing not at random.
    """

    coverage: float = 0.85
    coverage_persons_sd: float = 0.05
    coverage_days_sd: float = 0.15
    per_hour_out: float = 0.015
    mean_error_min: tuple[float, float, float] = (1.0, 15.0, 40.0)
    bias: tuple[float, float, float] = (0.0, -0.01, -0.03)


MISSING: Final = (0.0, 0.2, 0.5)


@dataclass(frozen=True, slots=True, eq=False)
class Cohort:
    """A trial's plan and days, who began when, and true log ratios.

    `truth` (persons): minutes with the device to those of the same life without it, on active days; 0 for
    those who have none, or where the device does nothing.
    """

    protocol: Protocol
    starts: dict[str, date]
    grid: Grid
    truth: Floats


def cohort(plan: Plan, scenario: Scenario, persons: int, seed: int, watching: Watching) -> Cohort:
    """Cohort number `seed` of a scenario."""
    protocol = _protocol(plan, seed)
    days = calendar(weather(FIRST, protocol.last, seed))
    starts = np.random.default_rng([seed, 0xD0]).choice(plan.starts, persons)
    people = [_lived(plan, scenario, days, watching, n, int(starts[n]), seed) for n in range(persons)]
    shape = (persons, plan.weeks, DAYS)
    minutes = np.stack([each.minutes for each in people]).reshape(shape)
    grid = Grid(
        design=plan.design,
        persons=tuple(each.name for each in people),
        monday=FIRST,
        minutes=minutes,
        low=minutes,
        high=minutes,
        out=(minutes > 0.0).astype(np.float64),
        valid=np.stack([each.valid for each in people]).reshape(shape),
        kind=np.stack([each.kind for each in people]).reshape(shape),
    )
    begun = {each.name: each.start for each in people if each.start is not None}
    return Cohort(protocol, begun, grid, np.array([each.truth for each in people]))


@dataclass(frozen=True, slots=True, eq=False)
class _Person:
    name: str
    start: date | None
    kind: Sides
    minutes: Floats
    valid: NDArray[np.bool_]
    truth: float


def _lived(
    plan: Plan, scenario: Scenario, days: Calendar, watching: Watching, number: int, start: int, seed: int
) -> _Person:
    """One person's course, true days and what was seen of them."""
    rng = np.random.default_rng([seed, number, 0xD1])
    kind, begun = _course(plan, start, rng)
    first = FIRST + start * _WEEK if begun else None
    quiet = frozenset(FIRST + int(n) * _DAY for n in np.flatnonzero(kind == KINDS.index("silent")))
    device = exposure(days, first, quiet)
    someone = person(f"P{number + 1:02d}", number, seed)
    lives = [seed, number, 0xD2]
    minutes = life(someone, days, device, scenario.conditions, np.random.default_rng(lives)).minutes
    truth = 0.0
    active = kind == KINDS.index("active")
    if scenario.works and active.any():
        idle = Exposure(guided=np.zeros_like(device.guided), weeks=device.weeks)
        plain = life(someone, days, idle, scenario.conditions, np.random.default_rng(lives)).minutes
        truth = float(np.log(minutes[active].sum() / plain[active].sum()))
    found, valid = _observed(kind, minutes, scenario.drift, watching, rng)
    return _Person(someone.name, first, kind, found, valid, truth)


def _protocol(plan: Plan, seed: int) -> Protocol:
    last = FIRST + plan.weeks * _WEEK - _DAY
    return Protocol(
        title_ja="統計の確認",
        title_en="a check of the statistics",
        frozen=FIRST - _WEEK,
        first=FIRST,
        last=last,
        design=plan.design,
        definitions_sha256="",
        sha256="",
        seed=seed,
        wash_in_days=plan.wash_in * DAYS,
        possible_starts=tuple(FIRST + week * _WEEK for week in plan.starts),
        silent_share=plan.silent_share,
        simulated=True,
        valid=ValidDay(),
    )


def _course(plan: Plan, start: int, rng: Generator) -> tuple[Sides, bool]:
    """Kind of phase of each day, -1 after a person stopped; and whether they began with the device."""
    compared = plan.weeks - start - plan.wash_in
    silent = rng.permutation(compared) < round(plan.silent_share * compared)
    week = np.full(plan.weeks, KINDS.index("baseline"), dtype=np.int8)
    week[start : start + plan.wash_in] = KINDS.index("wash_in")
    week[start + plan.wash_in :] = np.where(silent, KINDS.index("silent"), KINDS.index("active"))
    kind = np.repeat(week, DAYS)
    stops, at = rng.random() < _STOPPING, int(rng.uniform(0.1, 0.9) * len(kind))
    if stops:
        kind[at:] = -1
    return kind, not stops or at > start * DAYS


def _observed(
    kind: Sides, minutes: Floats, drift: float, watching: Watching, rng: Generator
) -> tuple[Floats, NDArray[np.bool_]]:
    """Minutes as an estimator would tell them, and which days count."""
    usual = watching.coverage + watching.coverage_persons_sd * rng.standard_normal()
    coverage = usual + watching.coverage_days_sd * rng.standard_normal(len(kind))
    coverage -= drift * (kind != KINDS.index("baseline")) + watching.per_hour_out * minutes / 60.0
    missing = 1.0 - np.clip(coverage, 0.0, 1.0)
    # A Laplace error: its mean absolute value is its scale. On a day at home there is less to be wrong about.
    error = rng.laplace(0.0, np.interp(missing, MISSING, watching.mean_error_min))
    error *= np.where(minutes > 0.0, 1.0, _AT_HOME)
    found = np.clip(minutes * (1.0 + np.interp(missing, MISSING, watching.bias)) + error, 0.0, 1440.0)
    valid = (WAKING_HOURS * (1.0 - missing) >= ValidDay().waking_hours) & (kind >= 0)
    return np.where(found < _SHORTEST_MIN, 0.0, found), valid


_AT_HOME: Final = 0.25
# An outing is ten minutes or more (field_tests/outings/definitions.toml).
_SHORTEST_MIN: Final = 10.0
