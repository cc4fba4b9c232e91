"""Whether the trial was run as it was drawn: the draw is made again from the frozen plan's seed. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from field_tests.study import drawing
from field_tests.study import gate_words as words
from field_tests.study.conditions import Measured
from field_tests.study.freezing import UNSEALED
from field_tests.study.measures import Trial
from field_tests.study.names import Pair
from field_tests.study.protocol import Lot, Participant, Phase, PhaseKind, Protocol
from field_tests.study.tables import TrialTables

# Fewer different starts than this are one before and one after: the season is not told from the device.
LEAST_STARTS: Final = 2


def frozen(trial: Trial) -> Measured:
    """The plan was frozen before the first day, and its hashes are there."""
    plan, sealed = trial.tables.protocol, _sealed(trial.tables)
    return Measured(
        sealed and plan.frozen < plan.first,
        words.day(plan.frozen) if sealed else words.NO_HASHES,
        words.before(plan.first),
    )


def _sealed(tables: TrialTables) -> bool:
    return UNSEALED not in {issue.code for issue in tables.issues}


def drawn(trial: Trial) -> Measured:
    """Starts and phases are those that the frozen seed draws, and more than one start was drawn."""
    tables = trial.tables
    if not tables.lots or not tables.protocol.possible_starts:
        return Measured(False, words.NO_LOTS, _asked(tables.protocol))
    others = len(strange(tables.lots, tables.participants, tables.phases, tables.protocol))
    different = len({who.start for who in tables.participants if who.start is not None})
    return Measured(
        others == 0 and (different >= LEAST_STARTS or not _by_start(tables.protocol)),
        _told(others, words.same(f"{different}")),
        _asked(tables.protocol),
    )


def _by_start(plan: Protocol) -> bool:
    """Whether it is the start that was drawn differently."""
    return plan.design == "randomised_start"


def strange(
    lots: Sequence[Lot], participants: Sequence[Participant], phases: Sequence[Phase], plan: Protocol
) -> tuple[str, ...]:
    """Those whose lot, start or phases are not what is drawn again."""
    again = drawing.again(lots, plan)
    wrong = {lot.person for lot in lots if lot.start != again[lot.person]}
    for who in participants:
        own = drawing.days([phase for phase in phases if phase.person == who.person])
        if not _as_drawn(who, again.get(who.person), own, plan):
            wrong.add(who.person)
    return tuple(sorted(wrong))


def _as_drawn(who: Participant, start: date | None, seen: Mapping[date, PhaseKind], plan: Protocol) -> bool:
    if start is None:
        return who.start is None and not seen
    planned = drawing.days(drawing.course(who.person, start, plan))
    begun = who.start == start or _left_before(who, start)
    return begun and (seen == planned or seen == _until(who.ended, planned))


def _left_before(who: Participant, start: date) -> bool:
    return who.start is None and who.ended is not None and who.ended < start


def _until(ended: date | None, planned: Mapping[date, PhaseKind]) -> dict[date, PhaseKind]:
    return {day: kind for day, kind in planned.items() if ended is None or day <= ended}


def _told(strange: int, different: Pair) -> tuple[str, str]:
    told_ja, told_en = words.persons(strange)
    return (
        f"くじと違う人 {told_ja}、異なる開始日の数 {different[0]}",
        f"not as drawn: {told_en}; different starts: {different[1]}",
    )


def _asked(plan: Protocol) -> tuple[str, str]:
    return _told(0, words.at_least(words.same(f"{LEAST_STARTS if _by_start(plan) else 1}")))
