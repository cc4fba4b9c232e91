"""`counted/` of a trial's folder: days that were counted and stay when their positions are deleted.

A table for each way of counting, and `manifest.json`, which names them by their hashes and says what they
came from. A new state is one rename of the manifest: a crash leaves the old one, whole.
"""

import csv
import hashlib
import io
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from field_tests import private_files
from field_tests.errors import FolderError
from field_tests.issues import Issue
from field_tests.outings.seen import Day
from field_tests.study.measured import MeasuredDay, SeenAt
from field_tests.study.reading_csv import read_bytes
from field_tests.study.result import InputFile
from wire.base import message
from wire.codec import Codec
from wire.errors import WireError

KEPT: Final = "counted"
MANIFEST: Final = f"{KEPT}/manifest.json"
FORM: Final = 2
# A way of counting: what was changed of the frozen definitions, and its value.
Variant = tuple[str, str]
MAIN: Final[Variant] = ("main", "")
_COLUMNS: Final = (
    "person", "day", "minutes", "minutes_min", "minutes_max", "coverage", "waking_coverage", "outings", "out",
    "seen", "device_hours", "night", "told",
)  # fmt: skip
_OUT: Final[Mapping[str, bool | None]] = {"yes": True, "no": False, "": None}
_SEEN: Final[Mapping[str, SeenAt]] = {"home": "home", "away": "away", "": ""}

PersonDays = Mapping[date, MeasuredDay]
KeptDays = Mapping[Variant, Mapping[str, PersonDays]]


@message
class KeptTable:
    """The days counted in one way; `name` within `counted/`."""

    what: str
    value: str
    name: str
    sha256: str


@message
class KeptWeek:
    """A week of a person that is counted. `positions`, `device_positions`: how many it was counted from.

    `sha256` of those positions; `known_sha256` of the homes and the evidence of its days.
    """

    person: str
    first: str
    last: str
    positions: int
    device_positions: int
    sha256: str
    known_sha256: str


@message
class Forgotten:
    """A person's positions before this day in Japan are deleted, or are about to be."""

    person: str
    before: str


@message
class Manifest:
    """What was counted, how, from what, and when last (ISO 8601). `issues`: of positions that are deleted."""

    form: int
    counted: str
    shirube: str
    estimator: int
    definitions_sha256: str
    tables: tuple[KeptTable, ...]
    weeks: tuple[KeptWeek, ...]
    forgotten: tuple[Forgotten, ...]
    sources: tuple[InputFile, ...]
    issues: tuple[Issue, ...] = ()


_CODEC: Final[Codec[Manifest]] = Codec("manifest of counted days", TypeAdapter(Manifest))


@dataclass(frozen=True)
class Kept:
    """What `counted/` holds. `files`: its files, with their hashes."""

    manifest: Manifest
    days: KeptDays
    files: tuple[InputFile, ...] = ()

    @cached_property
    def weeks(self) -> dict[tuple[str, date], KeptWeek]:
        """Counted weeks by person and first day."""
        return {(week.person, date.fromisoformat(week.first)): week for week in self.manifest.weeks}

    @cached_property
    def forgotten(self) -> dict[str, date]:
        """Persons to the day before which their positions are deleted."""
        return {one.person: date.fromisoformat(one.before) for one in self.manifest.forgotten}

    def week_days(self, variant: Variant, person: str, first: date, last: date) -> tuple[MeasuredDay, ...]:
        """The days of a counted week in one way of counting; none where it was not counted so."""
        own = self.days.get(variant, {}).get(person, {})
        return tuple(own[day] for day in sorted(own) if first <= day <= last)

    def logged(self, person: str) -> bool:
        """Whether days of this person were counted from positions of a logger."""
        return any(week.person == person and week.positions > 0 for week in self.manifest.weeks)


def read(root: Path) -> Kept | None:
    """The counted days of a folder, None where there are none; FolderError where they are not whole."""
    path = root / MANIFEST
    if not path.is_file():
        if (root / KEPT).is_dir() and any((root / KEPT).glob("*.csv")):
            raise _broken(MANIFEST, "がありません / is missing")
        return None
    raw = read_bytes(path)
    try:
        manifest = _CODEC.decode(raw)
        if manifest.form != FORM:
            raise _broken(MANIFEST, f"form {manifest.form}")
        tables = [_table(root, table) for table in manifest.tables]
        _check_days(manifest)
    except (WireError, ValueError) as error:
        raise _broken(MANIFEST, str(error)) from error
    days = {(table.what, table.value): own for table, (own, _) in zip(manifest.tables, tables, strict=True)}
    files = (_file(MANIFEST, raw), *(file for _, file in tables))
    return Kept(manifest, days, files)


def write(root: Path, manifest: Manifest, days: KeptDays) -> Manifest:
    """Keep this state: durable when it returns; until then the old one stays. Its manifest."""
    folder = root / KEPT
    private_files.make_folder(folder)
    tables = []
    for (what, value), own in days.items():
        raw = _csv(own)
        digest = hashlib.sha256(raw).hexdigest()
        name = f"{'-'.join(part for part in (what, value) if part)}.{digest[:12]}.csv"
        durably(folder / name, raw)
        tables.append(KeptTable(what=what, value=value, name=name, sha256=digest))
    made = replace(manifest, tables=tuple(tables))
    durably(root / MANIFEST, _CODEC.encode(made).encode())
    wanted = {table.name for table in tables}
    for old in folder.glob("*.csv"):
        if old.name not in wanted:
            old.unlink()
    return made


def durably(path: Path, raw: bytes) -> None:
    """The file in one move, on the disk when this returns."""
    whole = path.with_name(f".{path.name}.new")
    with private_files.open_new(whole) as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
    whole.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """The names in a folder, on the disk when this returns."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _csv(days: Mapping[str, PersonDays]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for person in sorted(days):
        for day in sorted(days[person]):
            writer.writerow([person, *_cells(days[person][day])])
    return text.getvalue().encode()


def _cells(one: MeasuredDay) -> Iterator[str]:
    """Numbers as they are: what is read again is what was counted, to the last bit."""
    day = one.day
    yield day.day.isoformat()
    for number in (day.minutes, day.minutes_min, day.minutes_max, day.coverage, day.waking_coverage):
        yield repr(float(number))
    yield str(day.outings)
    yield "" if day.out is None else "yes" if day.out else "no"
    yield one.seen
    yield repr(float(one.device_hours))
    yield one.night
    yield repr(float(one.told))


def _table(root: Path, table: KeptTable) -> tuple[dict[str, dict[date, MeasuredDay]], InputFile]:
    name = f"{KEPT}/{table.name}"
    if "/" in table.name or not (root / name).is_file():
        raise _broken(name, "がありません / is missing")
    raw = read_bytes(root / name)
    file = _file(name, raw)
    if file.sha256 != table.sha256:
        raise _broken(name, "変わっています / was changed")
    days: dict[str, dict[date, MeasuredDay]] = {}
    for cells in list(csv.reader(io.StringIO(raw.decode(), newline="")))[1:]:
        one = _day(dict(zip(_COLUMNS, cells, strict=True)))
        days.setdefault(cells[0], {})[one.day.day] = one
    return days, file


def _day(cells: Mapping[str, str]) -> MeasuredDay:
    if cells["out"] not in _OUT or not {cells["seen"], cells["night"]} <= set(_SEEN):
        raise ValueError(f"{cells['person']} {cells['day']}")
    day = Day(
        day=date.fromisoformat(cells["day"]),
        minutes=float(cells["minutes"]),
        minutes_min=float(cells["minutes_min"]),
        minutes_max=float(cells["minutes_max"]),
        coverage=float(cells["coverage"]),
        waking_coverage=float(cells["waking_coverage"]),
        outings=int(cells["outings"]),
        out=_OUT[cells["out"]],
    )
    return MeasuredDay(
        day,
        _SEEN[cells["seen"]],
        float(cells["device_hours"]),
        _SEEN[cells["night"]],
        float(cells["told"]),
    )


def _check_days(manifest: Manifest) -> None:
    for text in (*(week.first for week in manifest.weeks), *(one.before for one in manifest.forgotten)):
        date.fromisoformat(text)


def _file(name: str, raw: bytes) -> InputFile:
    return InputFile(path=name, sha256=hashlib.sha256(raw).hexdigest(), bytes=len(raw))


def _broken(name: str, how: str) -> FolderError:
    return FolderError(
        f"{name}: {how}。控えから {KEPT}/ を戻してください。"
        f"位置がすべて残っていれば、{KEPT}/ を消して数え直せます。 / "
        f"{name}: not as it was written. Put {KEPT}/ back from its copy; where all positions are still "
        f"there, delete {KEPT}/ and count again."
    )
