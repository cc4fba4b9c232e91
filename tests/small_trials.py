"""Small trials with known answers, for the tests of the statistics."""

from collections.abc import Callable
from datetime import date, timedelta

from field_tests.study.protocol import Design, Participant, Phase, PhaseKind, Protocol, ValidDay
from field_tests.study.tables import PersonDay, TrialTables, Weather

FIRST = date(2026, 4, 6)  # a Monday

# Minutes of a person (by number) on a day (by number) in a phase.
Minutes = Callable[[int, int, PhaseKind], float]


def plan_of(start_week: int, weeks: int, wash_in: int = 1) -> list[PhaseKind]:
    """Kinds by week: baseline, wash-in, active."""
    before: list[PhaseKind] = ["baseline"] * start_week
    return before + ["wash_in"] * wash_in + ["active"] * (weeks - start_week - wash_in)


def trial(
    plans: list[list[PhaseKind]],
    minutes: Minutes,
    design: Design = "randomised_start",
    valid: Callable[[int, int], bool] = lambda person, day: True,
    weather: tuple[Weather, ...] = (),
    days_per_phase: int = 5,
) -> TrialTables:
    """Tables of a trial in which everything is seen, except days that are not valid."""
    names = [f"P{number + 1:02d}" for number in range(len(plans))]
    phases, days, people = [], [], []
    for number, (name, plan) in enumerate(zip(names, plans, strict=True)):
        begun = next((week for week, kind in enumerate(plan) if kind != "baseline"), None)
        start = None if begun is None else FIRST + timedelta(weeks=begun)
        people.append(Participant(name, FIRST - timedelta(days=7), start))
        for week, kind in enumerate(plan):
            monday = FIRST + timedelta(weeks=week)
            phases.append(Phase(name, kind, monday, monday + timedelta(days=6)))
            days += [_day(name, number, 7 * week + n, kind, minutes, valid) for n in range(7)]
    last = FIRST + timedelta(weeks=max(len(plan) for plan in plans)) - timedelta(days=1)
    starts = sorted({who.start for who in people if who.start is not None})
    protocol = Protocol(
        "題", "title", FIRST - timedelta(days=9), FIRST, last, design, "", "", seed=5,
        wash_in_days=7, possible_starts=tuple(starts), valid=ValidDay(days_per_phase=days_per_phase),
    )  # fmt: skip
    return TrialTables(protocol, tuple(people), tuple(phases), tuple(days), weather, (), ())


def _day(
    name: str,
    number: int,
    day: int,
    kind: PhaseKind,
    minutes: Minutes,
    valid: Callable[[int, int], bool],
) -> PersonDay:
    found = minutes(number, day, kind)
    return PersonDay(
        name, FIRST + timedelta(days=day), kind, found, 0.9 * found, 1.2 * found, 0.9, 0.9,
        valid=valid(number, day), out=found > 0.0, logger_hours=14.0,
    )  # fmt: skip
