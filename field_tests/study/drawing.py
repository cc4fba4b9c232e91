"""The lots of a trial, drawn from its plan's seed: who begins when, and which weeks are silent. Pure.

Equal numbers begin at each possible start, and each participant has the planned share of silent weeks, in any
order: the randomisation test deals them anew in just this way.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.random import Generator

from field_tests.errors import ProtocolError
from field_tests.study.protocol import Lot, Phase, PhaseKind, Protocol

_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(weeks=1)
_LEAST_WEEKS: Final = 2  # of the compared time after wash-in
# Numbers that keep the streams of one seed apart.
_STARTS, _SILENT = 0x57A7, 0x511E


def starts(persons: Collection[str], plan: Protocol, already: int = 0) -> dict[str, date]:
    """The first day with the device of each person, in equal numbers, whatever order they are named in.

    `already`: how many were drawn before; who is enrolled later is drawn apart, and changes nobody's lot.
    """
    if not plan.possible_starts:
        raise ProtocolError(
            "protocol.toml: possible_starts がありません。くじの候補の日を書いてください。 / "
            "There are no possible_starts: write the days among which is drawn."
        )
    named = sorted(persons)
    rng = np.random.default_rng([plan.seed, _STARTS, already])
    dealt: list[date] = []
    while len(dealt) < len(named):  # whole rounds; of the last one a random part
        dealt += [plan.possible_starts[i] for i in rng.permutation(len(plan.possible_starts))]
    lots = dealt[: len(named)]
    return {person: lots[i] for person, i in zip(named, rng.permutation(len(named)), strict=True)}


def again(lots: Collection[Lot], plan: Protocol) -> dict[str, date]:
    """The starts that the seed draws for the same persons, round by round, whatever was written of them."""
    drawn: dict[str, date] = {}
    for number in sorted({lot.round for lot in lots}):
        drawn |= starts({lot.person for lot in lots if lot.round == number}, plan, already=len(drawn))
    return drawn


def phases(lots: Mapping[str, date], plan: Protocol) -> tuple[Phase, ...]:
    """The phases of everybody who has a start: baseline, wash-in, and what is compared."""
    for person in sorted(lots):
        _enough_left(person, lots[person], plan)
    return tuple(phase for person in sorted(lots) for phase in course(person, lots[person], plan))


def days(of: Collection[Phase]) -> dict[date, PhaseKind]:
    """What each day of one person is."""
    return {
        date.fromordinal(day): phase.kind
        for phase in of
        for day in range(phase.first.toordinal(), phase.last.toordinal() + 1)
    }


def silent_spans(of: Collection[Phase]) -> tuple[str, ...]:
    """The silent weeks of one person as a device's `wearer.silent` lists them: FIRST-DAY/LAST-DAY."""
    weeks = sorted((phase.first, phase.last) for phase in of if phase.kind == "silent")
    return tuple(f"{first}/{last}" for first, last in weeks)


def _enough_left(person: str, start: date, plan: Protocol) -> None:
    weeks = _compared_weeks(start, plan)
    if weeks < _LEAST_WEEKS:
        raise ProtocolError(
            f"{person}: {start} に始めると、慣れの期間の後に {max(weeks, 0)} 週しか残りません。"
            "last を遅くするか、possible_starts を早くしてください。 / "
            f"{person}: begun on {start}, {max(weeks, 0)} weeks are left after wash-in: "
            "move last on, or possible_starts ahead."
        )


def _compared_weeks(start: date, plan: Protocol) -> int:
    """Whole weeks between wash-in and what comes after: the closing stretch, or the trial's end."""
    until = plan.closing_from or plan.last + _DAY
    return ((until - start).days - plan.wash_in_days) // 7


def course(person: str, start: date, plan: Protocol) -> Sequence[Phase]:
    """The phases of one person who begins on `start`, with the silent weeks that the seed draws for them.

    No week is drawn in the closing stretch, if the plan has one.
    """
    compared = start + plan.wash_in_days * _DAY
    before: list[Phase] = []
    if start > plan.first:
        before.append(Phase(person, "baseline", plan.first, start - _DAY))
    if compared > start:
        before.append(Phase(person, "wash_in", start, compared - _DAY))
    if plan.design != "silent_weeks":
        return [*before, Phase(person, "active", compared, plan.last)]
    rng = np.random.default_rng([plan.seed, _SILENT, *person.encode()])
    weeks = max(_compared_weeks(start, plan), 0)
    drawn = _weeks(person, compared, _labels(weeks, plan.silent_share, rng))
    if plan.closing_from is None:
        return [*before, *drawn]
    # From the last whole week on: days left over of a week are part of it, so that no day is in no phase.
    return [*before, *drawn, Phase(person, "closing", compared + weeks * _WEEK, plan.last)]


def _labels(weeks: int, share: float, rng: Generator) -> list[PhaseKind]:
    silent = min(max(round(share * weeks), 1), weeks - 1)
    return ["silent" if place < silent else "active" for place in rng.permutation(weeks)]


def _weeks(person: str, first: date, kinds: Sequence[PhaseKind]) -> list[Phase]:
    """Weeks one after the other; those of one kind that touch are one phase."""
    runs: list[Phase] = []
    for number, kind in enumerate(kinds):
        begins, ends = first + number * _WEEK, first + (number + 1) * _WEEK - _DAY
        if runs and runs[-1].kind == kind:
            runs[-1] = Phase(person, kind, runs[-1].first, ends)
        else:
            runs.append(Phase(person, kind, begins, ends))
    return runs
