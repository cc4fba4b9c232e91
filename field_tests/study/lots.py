"""Lots written into a trial's tables: lots.csv, `start` of participants.csv and lines of phases.csv."""

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

from field_tests.errors import FolderError, ProtocolError
from field_tests.study import drawing, freezing, reading_people, reading_protocol
from field_tests.study.found import Found
from field_tests.study.protocol import Lot, Participant, Phase
from field_tests.study.reading_csv import Table, read_bytes, stored, table

_PARTICIPANTS: Final = "participants.csv"
_PHASES: Final = "phases.csv"
LOTS: Final = "lots.csv"


def draw(root: Path) -> dict[str, date]:
    """Draw for everybody on the list who has no lot; the starts that were drawn, by person.

    What was drawn before stays. ProtocolError where the plan is not frozen: a seed that may change could
    be tried until it pleases.
    """
    plan = reading_protocol.read(root)
    _must_be_frozen(root)
    participants = reading_people.participants(
        _clean(root, _PARTICIPANTS, reading_people.PARTICIPANTS), Found()
    )
    before = _clean(root, _PHASES, reading_people.PHASES)
    earlier = _earlier(root, participants)
    waiting = {one.person for one in participants if one.start is None and one.ended is None}
    waiting -= {lot.person for lot in earlier}
    lots = drawing.starts(waiting, plan, already=len(earlier)) if waiting else {}
    added = drawing.phases(lots, plan)
    told = {row.cells["person"] for row in before.rows} & set(lots)
    if told:
        raise ProtocolError(
            f"{_PHASES}: {', '.join(sorted(told))} の行がすでにあります。消してから引いてください。 / "
            f"There are lines of {', '.join(sorted(told))} already: take them out before drawing."
        )
    if lots:
        drawn = [replace(one, start=lots.get(one.person, one.start)) for one in participants]
        _write(root / _PARTICIPANTS, reading_people.PARTICIPANTS, map(_participant_cells, drawn))
        kept = [[row.cells[column] for column in reading_people.PHASES] for row in before.rows]
        _write(root / _PHASES, reading_people.PHASES, [*kept, *map(_phase_cells, added)])
        # Last: broken off before, the same lots are drawn again.
        _write(root / LOTS, reading_people.LOTS, map(_lot_cells, [*earlier, *_round(lots, earlier)]))
    return lots


def sha256(root: Path) -> str:
    """The hash of the lots' file."""
    return hashlib.sha256(read_bytes(root / LOTS)).hexdigest()


def _earlier(root: Path, participants: Sequence[Participant]) -> tuple[Lot, ...]:
    """The lots that were drawn before; who has a start without one was not drawn."""
    read = _clean(root, LOTS, reading_people.LOTS) if stored(root, LOTS) else None
    earlier = reading_people.lots(read, participants, Found()) if read else ()
    strange = {one.person for one in participants if one.start} - {lot.person for lot in earlier}
    if strange:
        raise ProtocolError(
            f"{_PARTICIPANTS}: {', '.join(sorted(strange))} の開始日はくじ（{LOTS}）にありません。"
            "開始日を消してから引いてください。 / "
            f"The start of {', '.join(sorted(strange))} is not in {LOTS}: take it out, then draw."
        )
    return earlier


def _round(lots: Mapping[str, date], earlier: Sequence[Lot]) -> Iterator[Lot]:
    number = 1 + max((lot.round for lot in earlier), default=-1)
    return (Lot(person, number, lots[person]) for person in sorted(lots))


def _must_be_frozen(root: Path) -> None:
    found = Found()
    freezing.tell_changes(root, found)
    if not (root / freezing.HASHES).is_file() or found.issues():
        raise ProtocolError(
            "手順書が凍結されていないか、その後で変わっています。先に shirube study protocol freeze。 / "
            "The plan is not frozen, or was changed since: run `shirube study protocol freeze` first."
        )


def _clean(root: Path, name: str, columns: Sequence[str]) -> Table:
    """A plain table in which every line can be read: it is written anew, and nothing may be lost by that."""
    found = Found()
    read = table(root, name, columns, found)
    if read is None or read.name != name:
        raise FolderError(
            f"{root / name}: ありません / is not there; it must be plain CSV to be written into"
        )
    if name == _PARTICIPANTS:
        reading_people.participants(read, found)
    if name == LOTS:
        reading_people.lots(read, [Participant(row.cells["person"], date.min) for row in read.rows], found)
    if faults := found.issues():
        raise FolderError(
            f"{faults[0].where}: 読めない行があります。直してください / cannot be read: {faults[0].detail}"
        )
    return read


def _participant_cells(one: Participant) -> list[str]:
    return [
        one.person,
        one.enrolled.isoformat(),
        *(day.isoformat() if day else "" for day in (one.start, one.ended)),
        one.why,
    ]


def _lot_cells(lot: Lot) -> list[str]:
    return [lot.person, str(lot.round), lot.start.isoformat()]


def _phase_cells(phase: Phase) -> list[str]:
    return [phase.person, phase.kind, phase.first.isoformat(), phase.last.isoformat()]


def _write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    text = io.StringIO(newline="")
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow([column.removesuffix("?") for column in columns])
    lines.writerows(rows)
    freezing.write_whole(path, text.getvalue())
