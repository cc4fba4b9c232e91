"""Who takes part, in which phases, living where: lines of a folder's tables -> values, and what was wrong."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Final, TypeVar, get_args

from field_tests.issues import Effect
from field_tests.outings.track import Evidence, EvidenceKind, Home, Source
from field_tests.study.found import Found
from field_tests.study.moments import day, day_of, midnight_s, moment
from field_tests.study.protocol import Lot, Participant, Phase, PhaseKind, Protocol
from field_tests.study.reading_csv import Row, Table, number, person_of

PARTICIPANTS: Final = ("person", "enrolled", "start?", "ended?", "why?")
LOTS: Final = ("person", "round", "start")
PHASES: Final = ("person", "phase", "first", "last")
HOMES: Final = ("person", "home", "lat", "lon", "radius_m?", "since?", "until?")
EVIDENCE: Final = ("person", "kind", "start", "end", "source?", "home?")
# South, west, north, east of all of Japan: Okinotorishima to Hokkaido, Yonaguni to Minamitorishima.
_JAPAN: Final = (20.0, 122.0, 46.0, 154.0)
# What only says that a source, not the person, is at a home.
_ABOUT_A_SOURCE: Final = ("dock", "charger", "home_wifi", "not_carried", "carried_by_other")
# With silent weeks, one after the other by the lots, and the closing stretch of which no outing is compared.
_DRAWN_AND_AFTER: Final[frozenset[PhaseKind]] = frozenset({"silent", "active", "closing"})
# A home that changes within so many days of a border changes with the phase.
_NEAR_BORDER_DAYS: Final = 7
T = TypeVar("T")


def each(table: Table, read: Callable[[Row], T], found: Found, code: str = "line_unreadable") -> Iterator[T]:
    """What `read` makes of each line; a ValueError of it leaves the line out and is told under `code`."""
    for row in table.rows:
        try:
            value = read(row)
        except ValueError as error:
            person = row.cells["person"] if code != "line_unreadable" else None
            found.add(code, "left_out", table.name, row.line, person=person or None, detail=str(error))
        else:
            yield value


def participants(table: Table, found: Found) -> tuple[Participant, ...]:
    """The list, each person once: a second line of a person is not used."""

    def one(row: Row) -> tuple[int, Participant]:
        cells = row.cells
        start, ended = (day(cells[name]) if cells[name] else None for name in ("start", "ended"))
        read = Participant(person_of(cells), day(cells["enrolled"]), start, ended, cells["why"])
        if ended is not None and ended < read.enrolled:
            raise ValueError("ended before enrolled")
        return row.line, read

    listed: dict[str, Participant] = {}
    for line, read in each(table, one, found):
        if read.person in listed:
            found.add("participant_doubled", "left_out", table.name, line, person=read.person)
        else:
            listed[read.person] = read
    return tuple(listed.values())


def lots(table: Table, listed: Sequence[Participant], found: Found) -> tuple[Lot, ...]:
    """What was drawn, each person once. Who is not on the list stays: the others were drawn beside them."""

    def one(row: Row) -> Lot:
        person, when = person_of(row.cells), row.cells["round"]
        if not (when.isascii() and when.isdigit() and len(when) < 7):
            raise ValueError(f"round: {when[:40]!r} is no whole number from 0")
        if person in drawn:
            raise ValueError(f"person: {person} was drawn before")
        lot = Lot(person, int(when), day(row.cells["start"]))
        if person not in names:
            found.add("lot_unlisted", "refused", table.name, row.line, person=person)
        return lot

    names, drawn = {participant.person for participant in listed}, dict[str, Lot]()
    for lot in each(table, one, found):
        drawn[lot.person] = lot
    return tuple(drawn.values())


def known(table: Table, listed: Sequence[Participant], found: Found, effect: Effect = "left_out") -> Table:
    """The table without lines of persons who are not on the list, who are told with this effect."""
    names = {participant.person for participant in listed}
    for row in table.rows:
        if row.cells["person"] not in names:
            person = row.cells["person"][:64]
            found.add("participant_unknown", effect, table.name, row.line, person=person)
    return replace(table, rows=tuple(row for row in table.rows if row.cells["person"] in names))


@dataclass(frozen=True, slots=True)
class _LinedPhase:
    line: int
    phase: Phase


def phases(table: Table, plan: Protocol, found: Found) -> tuple[Phase, ...]:
    """The phases of everybody, by person and day, within the trial, no day in two of them."""

    def one(row: Row) -> _LinedPhase:
        cells = row.cells
        kind = cells["phase"]
        if kind not in get_args(PhaseKind):
            raise ValueError(f"phase: {kind[:40]!r} is none of {', '.join(get_args(PhaseKind))}")
        known_kind: PhaseKind = kind  # type: ignore[assignment]
        read = Phase(person_of(cells), known_kind, day(cells["first"]), day(cells["last"]))
        return _LinedPhase(row.line, read)

    by_person: dict[str, list[_LinedPhase]] = {}
    for lined in each(table, one, found):
        for inside in _within(lined, plan, table.name, found):
            by_person.setdefault(lined.phase.person, []).append(inside)
    return tuple(
        phase for lined_ones in by_person.values() for phase in _apart(lined_ones, table.name, found)
    )


def _within(lined: _LinedPhase, plan: Protocol, file: str, found: Found) -> Iterator[_LinedPhase]:
    phase = lined.phase
    if phase.last < phase.first:
        found.add("phase_reversed", "left_out", file, lined.line, person=phase.person)
        return
    first, last = max(phase.first, plan.first), min(phase.last, plan.last)
    if (first, last) != (phase.first, phase.last):
        told = f"{phase.first} - {phase.last}"
        effect: Final = "mended" if first <= last else "left_out"
        found.add("phase_outside_trial", effect, file, lined.line, person=phase.person, detail=told)
    if first <= last:
        yield replace(lined, phase=replace(phase, first=first, last=last))


def _apart(lined_ones: Sequence[_LinedPhase], file: str, found: Found) -> tuple[Phase, ...]:
    """Phases without the days that two of them claim: nobody can tell to which such a day belongs."""
    claims: dict[date, list[_LinedPhase]] = {}
    for lined in sorted(lined_ones, key=lambda one: (one.phase.first, one.phase.last)):
        for number_ in range((lined.phase.last - lined.phase.first).days + 1):
            claims.setdefault(lined.phase.first + timedelta(days=number_), []).append(lined)
    doubled = {when: claimed for when, claimed in claims.items() if len(claimed) > 1}
    if doubled:
        first = min(doubled)
        line, person = doubled[first][-1].line, doubled[first][-1].phase.person
        detail = f"{first} - {max(doubled)}"
        found.add("phases_overlap", "left_out", file, line, person=person, detail=detail, count=len(doubled))
    return _joined({when: claimed[0].phase for when, claimed in claims.items() if when not in doubled})


def _joined(days: Mapping[date, Phase]) -> tuple[Phase, ...]:
    runs: list[Phase] = []
    for when in sorted(days):
        phase, last = days[when], runs[-1] if runs else None
        if last is not None and last.kind == phase.kind and last.last + timedelta(days=1) == when:
            runs[-1] = replace(last, last=when)
        else:
            runs.append(Phase(phase.person, phase.kind, when, when))
    return tuple(runs)


def homes(table: Table, usual_radius_m: float, found: Found) -> dict[str, tuple[Home, ...]]:
    """Each person's registered homes; one that lies outside Japan is a slip of the pen, and is not used."""

    def one(row: Row) -> tuple[int, str, Home]:
        cells = row.cells
        person, lat, lon = person_of(cells), number(cells, "lat"), number(cells, "lon")
        radius_m = number(cells, "radius_m") if cells["radius_m"] else usual_radius_m
        if not 5.0 <= radius_m <= 1000.0:
            raise ValueError(f"radius_m: {radius_m} is not 5 to 1000 m")
        since = _moment(row, "since", table.name, found) if cells["since"] else -math.inf
        until = _moment(row, "until", table.name, found) if cells["until"] else math.inf
        if not since < until:
            raise ValueError("until is not after since")
        return row.line, person, Home(lat, lon, radius_m, cells["home"] or "home", since, until)

    registered: dict[str, list[Home]] = {}
    for line, person, home in each(table, one, found):
        if _in_japan(home.lat, home.lon):
            registered.setdefault(person, []).append(home)
        else:
            # Not where: of a swapped pair that would be the home.
            detail = "lat and lon are swapped?" if _in_japan(home.lon, home.lat) else ""
            found.add("home_outside_japan", "left_out", table.name, line, person=person, detail=detail)
    return {person: tuple(listed) for person, listed in registered.items()}


def moved(
    registered: Mapping[str, Sequence[Home]], phases: Sequence[Phase], plan: Protocol, file: str, found: Found
) -> None:
    """Homes that begin or end within the trial: told, and no verdict where that is at a border of phases.

    Who moved as the phase changed cannot be compared, and a home of one phase alone changes all its days.
    """
    weekly = plan.design == "silent_weeks"
    for person, homes_ in registered.items():
        own = sorted((one for one in phases if one.person == person), key=lambda one: one.first)
        borders = [
            later.first
            for early, later in pairwise(own)
            if not (weekly and {early.kind, later.kind} <= _DRAWN_AND_AFTER)
        ]
        for when in sorted({edge for home in homes_ for edge in (home.since_utc_s, home.until_utc_s)}):
            if not midnight_s(plan.first) < when < midnight_s(plan.last + timedelta(days=1)):
                continue
            changed = day_of(when)
            near = any(abs((changed - border).days) <= _NEAR_BORDER_DAYS for border in borders)
            effect: Effect = "refused" if near else "note"
            found.add("home_changed", effect, file, person=person, detail=f"{changed}")


def evidence(
    table: Table, registered: Mapping[str, Sequence[Home]], found: Found
) -> dict[str, tuple[Evidence, ...]]:
    """What is known of each person and their devices besides positions, by time."""

    def one(row: Row) -> tuple[str, Evidence]:
        cells = row.cells
        person = person_of(cells)
        kind, source = _choice(cells, "kind", EvidenceKind), cells["source"] or None
        if source is not None:
            _choice(cells, "source", Source)
        elif kind in _ABOUT_A_SOURCE:
            raise ValueError(f"source: {kind} is about the logger or the device; say which")
        start, end = (_moment(row, name, table.name, found) for name in ("start", "end"))
        if not start < end:
            raise ValueError("end is not after start")
        home = cells["home"] or None
        if home is not None and home not in {one.name for one in registered.get(person, ())}:
            raise ValueError(f"home: {home[:40]!r} is not registered")
        return person, Evidence(kind, start, end, source, home)  # type: ignore[arg-type]

    told: dict[str, list[Evidence]] = {}
    for person, read in each(table, one, found, "evidence_bad"):
        told.setdefault(person, []).append(read)
    return {
        person: tuple(sorted(lines, key=lambda read: (read.start_utc_s, read.end_utc_s)))
        for person, lines in told.items()
    }


def _choice(cells: Mapping[str, str], column: str, kinds: object) -> str:
    if cells[column] not in get_args(kinds):
        raise ValueError(f"{column}: {cells[column][:40]!r} is none of {', '.join(get_args(kinds))}")
    return cells[column]


def _moment(row: Row, column: str, file: str, found: Found) -> float:
    """UTC seconds; without its zone a moment cannot be used, of another it is converted: both are told."""
    person = row.cells["person"]
    try:
        utc_s, zone = moment(row.cells[column])
    except ValueError:
        raise ValueError(f"{column}: {row.cells[column][:40]!r} is no moment") from None
    if zone == "none":
        found.add("time_without_zone", "left_out", file, row.line, person=person, detail=row.cells[column])
        raise ValueError(f"{column}: {row.cells[column]} has no zone; write {row.cells[column]}+09:00")
    if zone == "other":
        found.add("other_time_zone", "mended", file, row.line, person=person, detail=row.cells[column])
    return utc_s


def _in_japan(lat: float, lon: float) -> bool:
    south, west, north, east = _JAPAN
    return south <= lat <= north and west <= lon <= east
