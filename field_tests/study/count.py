"""Everybody's positions -> days of the trial, with their phases and whether they count. Memory stays flat."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from datetime import date
from multiprocessing import get_context
from typing import Final

from field_tests.errors import StudyError
from field_tests.issues import Issue
from field_tests.outings.definitions import Definitions
from field_tests.outings.estimate import estimate
from field_tests.outings.seen import PersonOutings
from field_tests.outings.track import SOURCES, Source
from field_tests.study.fixes_files import FIXES
from field_tests.study.folder import Folder
from field_tests.study.found import Found, in_order
from field_tests.study.keeping import days_of_person
from field_tests.study.measured import (
    MEASURED_BY,
    MeasuredDay,
    evidence_of,
    measured_days,
    never_home,
    worn_hours,
)
from field_tests.study.panel import COMPARED_TO
from field_tests.study.protocol import PhaseKind
from field_tests.study.sharing import Print, Prints, shared, shared_weeks
from field_tests.study.tables import PersonDay, TrialTables
from field_tests.study.weeks import held

Progress = Callable[[int, int], None]
# Seen by the estimator alone; the reader tells the others by file and line.
OF_ESTIMATE: Final = ("fixes_impossible_speed", "fixes_poor")
# With one of these none of a person's days can count.
_WHOLE_PERSON: Final = ("home_never_seen", "no_logger", "home_missing", "no_fixes")


@dataclass(frozen=True, slots=True)
class PersonCount:
    """One person counted: days of the trial, what was wrong in their files, and their positions in sums."""

    days: tuple[PersonDay, ...]
    issues: tuple[Issue, ...]
    prints: Mapping[Source, frozenset[Print]]


def count(
    folder: Folder,
    definitions: Definitions | None = None,
    *,
    jobs: int = 1,
    progress: Progress = lambda done, of: None,
) -> TrialTables:
    """The tables of a trial, counted by `definitions` (None: the folder's), `jobs` persons beside each other.

    `progress` is told how many persons of how many are counted. The answer does not depend on `jobs`.
    """
    rules = definitions or folder.definitions
    counted = []
    for person in _each(varied(folder, rules), rules, jobs):
        counted.append(person)
        progress(len(counted), len(folder.participants))
    names = [participant.person for participant in folder.participants]
    prints = {
        (name, source): days
        for name, person in zip(names, counted, strict=True)
        for source, days in person.prints.items()
    }
    copies = (*shared(prints), *(shared_weeks(folder.kept) if folder.kept else ()))
    found = [*folder.issues, *copies, *(issue for person in counted for issue in person.issues)]
    return TrialTables(
        protocol=folder.protocol,
        participants=folder.participants,
        phases=folder.phases,
        days=tuple(day for person in counted for day in person.days),
        weather=folder.weather,
        adverse=folder.adverse,
        issues=in_order(found),
        definitions_sha256=rules.sha256,
        lots=folder.lots,
    )


def varied(folder: Folder, definitions: Definitions) -> Folder:
    """The folder counted by other definitions; days that are kept do not tell of those."""
    if definitions.sha256 == folder.definitions.sha256:
        return folder
    return replace(folder, definitions=definitions, variant=("definitions", definitions.sha256[:12]))


def valid_at(tables: TrialTables, definitions: Definitions, waking_hours: float) -> TrialTables:
    """The same trial with another least number of observed waking hours in a valid day; not counted anew."""
    plan = replace(tables.protocol, valid=replace(tables.protocol.valid, waking_hours=waking_hours))
    left_out = _left_out(tables.issues)
    days = tuple(
        replace(
            day, valid=day.person not in left_out and _enough(day.waking_coverage, definitions, waking_hours)
        )
        for day in tables.days
    )
    return replace(tables, protocol=plan, days=days)


def outings_of(
    folder: Folder,
    person: str,
    definitions: Definitions,
    sources: Sequence[Source],
    found: Found,
    prints: Prints,
) -> PersonOutings:
    """One person's outings over the trial (or until now) as `sources` tell them; nothing without a home."""
    homes = folder.homes.get(person, ())
    if not homes:
        return PersonOutings((), (), ())
    window = folder.window_of(person)
    return estimate(
        prints.passing(folder.tracks(person, sources=sources, found=found)),
        homes,
        evidence_of(folder.evidence.get(person, ()), sources),
        definitions,
        since_utc_s=max(window.since_s, window.forgotten_s),
        until_utc_s=min(window.until_s, window.now_s),
    )


def of_estimate(folder: Folder, person: str, seen: PersonOutings, found: Found) -> None:
    """Tells which positions only the estimate shows to be wrong."""
    shown = [one.shown[0] for one in folder.sources.get(person, ()) if one.source in MEASURED_BY]
    for code, number in seen.counts:
        if code in OF_ESTIMATE:
            found.add(code, "left_out", shown[0], person=person, count=number)


def measured(
    folder: Folder,
    person: str,
    definitions: Definitions,
    sources: Sequence[Source],
    found: Found,
    prints: Prints,
) -> tuple[PersonOutings, tuple[MeasuredDay, ...]]:
    """One person's outings, as far as positions are there, and all their days, also those kept from before.

    The device only says how long it was worn. Tells what only the estimate shows to be wrong; `prints` is
    told each source's positions.
    """
    seen = outings_of(folder, person, definitions, sources, found, prints)
    of_estimate(folder, person, seen, found)
    twice = "device" in sources  # read for the outings too
    device = folder.tracks(person, sources=("device",), found=Found() if twice else found)
    worn = worn_hours(
        device if twice else prints.passing(device), folder.protocol.first, folder.protocol.last
    )
    if folder.kept is not None and tuple(sources) == MEASURED_BY:
        days = days_of_person(folder, person, held(folder, person, Found()), found)
    else:
        days = measured_days(seen, worn, definitions)
    _tell_homes(folder, person, days, found)
    return seen, days


def _tell_homes(folder: Folder, person: str, days: Sequence[MeasuredDay], found: Found) -> None:
    """Who was not at a registered home at all, or in one of the phases that are compared."""
    if never_home(days):
        found.add("home_never_seen", "left_out", "homes.csv", person=person)
        return
    phases = folder.phase_days(person)
    for kind in (COMPARED_TO[folder.protocol.design], "active"):
        if never_home(one for one in days if phases.get(one.day.day) == kind):
            found.add("home_never_seen", "left_out", "homes.csv", person=person, detail=kind)


def _tell_unusable(folder: Folder, person: str, prints: Prints, found: Found) -> None:
    """A file without a usable line is no record; one that is not there was told when the folder was read."""
    kept = folder.kept is not None and folder.kept.logged(person)
    if not kept and person in folder.homes and folder.has(person, "logger") and not prints.usable("logger"):
        code = "no_logger" if prints.usable("device") else "no_fixes"
        found.add(code, "left_out", FIXES, person=person)


def person_count(folder: Folder, person: str, definitions: Definitions) -> PersonCount:
    """One person's days of the trial, and what was wrong."""
    found, prints = Found(), Prints()
    _, days = measured(folder, person, definitions, MEASURED_BY, found, prints)
    _tell_unusable(folder, person, prints, found)
    issues = found.issues()
    usable = person not in _left_out([*folder.issues, *issues])
    phases = folder.phase_days(person)
    rows = (_row(person, one, phases, folder, definitions, usable) for one in days)
    return PersonCount(tuple(rows), issues, {source: prints.of(source) for source in SOURCES})


def _each(folder: Folder, rules: Definitions, jobs: int) -> Iterator[PersonCount]:
    names = [participant.person for participant in folder.participants]
    if jobs <= 1 or len(names) <= 1:
        yield from (person_count(folder, name, rules) for name in names)
        return
    # Started anew, not forked: libraries below have threads, and a copy of a locked lock never opens.
    with ProcessPoolExecutor(min(jobs, len(names)), mp_context=get_context("spawn")) as pool:
        try:
            yield from pool.map(_counted, [(folder, name, rules) for name in names])
        except BrokenProcessPool as broken:
            raise StudyError(
                "数えていたプロセスが止められました。メモリ不足かもしれません。--jobs 1 で、もう一度。 / "
                "A process that counted was ended, perhaps for want of memory: try again with --jobs 1."
            ) from broken


def _counted(task: tuple[Folder, str, Definitions]) -> PersonCount:
    return person_count(*task)


def _left_out(issues: Iterable[Issue]) -> frozenset[str]:
    """Persons whose days cannot count at all."""
    return frozenset(issue.person for issue in issues if issue.person and issue.code in _WHOLE_PERSON)


def _row(
    person: str,
    told: MeasuredDay,
    phases: Mapping[date, PhaseKind],
    folder: Folder,
    definitions: Definitions,
    usable: bool,
) -> PersonDay:
    day = told.day
    first, last = definitions.waking
    return PersonDay(
        person=person,
        day=day.day,
        phase=phases.get(day.day),
        minutes=day.minutes,
        minutes_min=day.minutes_min,
        minutes_max=day.minutes_max,
        coverage=day.coverage,
        waking_coverage=day.waking_coverage,
        valid=usable and _enough(day.waking_coverage, definitions, folder.protocol.valid.waking_hours),
        out=day.out,
        outings=day.outings,
        device_hours=told.device_hours,
        logger_hours=day.waking_coverage * (last - first),
        night_home=told.night_home,
        told=told.told,
    )


def _enough(waking_coverage: float, definitions: Definitions, waking_hours: float) -> bool:
    first, last = definitions.waking
    return waking_coverage * (last - first) >= waking_hours
