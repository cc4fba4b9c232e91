"""A trial's folder (docs/trial-folder.md): read strictly, with everything that was wrong in it told."""

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from field_tests.errors import FolderError
from field_tests.issues import Issue
from field_tests.outings.definitions import Definitions, shipped
from field_tests.outings.definitions import read as read_definitions
from field_tests.outings.track import SOURCES, Evidence, Home, Source, Track
from field_tests.study import drawing, reading_protocol
from field_tests.study import kept as keeping_files
from field_tests.study import reading_context as context
from field_tests.study import reading_people as people
from field_tests.study.fixes_files import FIXES, hashed, sources_of
from field_tests.study.found import Found, in_order
from field_tests.study.freezing import DEFINITIONS, tell_changes
from field_tests.study.keeping import outdated
from field_tests.study.kept import MAIN, Kept, Variant
from field_tests.study.moments import midnight_s
from field_tests.study.positions import SourceFiles, tracks
from field_tests.study.protocol import Lot, Participant, Phase, PhaseKind, Protocol
from field_tests.study.quality import Window
from field_tests.study.reading_context import FeeFiles
from field_tests.study.reading_csv import Table, read_bytes, table
from field_tests.study.result import InputFile
from field_tests.study.tables import Adverse, Weather

TARIFF: Final = "fees/tariff.toml"
TRUTH: Final = "truth"
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "participants.csv": people.PARTICIPANTS,
    "lots.csv": people.LOTS,
    "phases.csv": people.PHASES,
    "homes.csv": people.HOMES,
    "evidence.csv": people.EVIDENCE,
    "weather.csv": context.WEATHER,
    "adverse.csv": context.ADVERSE,
    "fees/ledger.csv": context.LEDGER,
    "fees/costs.csv": context.COSTS,
    "fees/bills.csv": context.BILLS,
}
_TOMLS: Final = (reading_protocol.FILE, DEFINITIONS, TARIFF)


@dataclass(frozen=True, slots=True)
class Folder:
    """All small tables of a trial, and where its positions lie. `issues`: what was wrong in the tables.

    `small`: the files that were read, with their hashes; `inputs()` has those of the positions too.
    `kept`: days that are counted already; `outdated`: its weeks that would be counted otherwise now;
    `variant`: what was changed of the frozen way of counting.
    """

    path: Path
    protocol: Protocol
    definitions: Definitions
    participants: tuple[Participant, ...]
    phases: tuple[Phase, ...]
    homes: Mapping[str, tuple[Home, ...]]
    evidence: Mapping[str, tuple[Evidence, ...]]
    weather: tuple[Weather, ...]
    adverse: tuple[Adverse, ...]
    fees: FeeFiles
    sources: Mapping[str, tuple[SourceFiles, ...]]
    issues: tuple[Issue, ...]
    small: tuple[InputFile, ...]
    window: Window
    lots: tuple[Lot, ...] = ()
    kept: Kept | None = None
    outdated: Mapping[tuple[str, date], tuple[str, str]] = field(default_factory=dict)
    variant: Variant = MAIN

    def tracks(
        self, person: str, *, sources: Sequence[Source] = SOURCES, found: Found | None = None
    ) -> Iterator[Track]:
        """A person's usable positions in chunks, read when asked for; what is wrong goes to `found`."""
        told = Found() if found is None else found
        window = self.window_of(person)
        for files in self.sources.get(person, ()):
            if files.source in sources:
                yield from tracks(files, window, told, person)

    def window_of(self, person: str) -> Window:
        """The time of the trial from which this person's positions are used."""
        before = self.kept.forgotten.get(person) if self.kept else None
        return self.window if before is None else replace(self.window, forgotten_s=midnight_s(before))

    def has(self, person: str, source: Source) -> bool:
        """Whether there is a file of this source of this person."""
        return any(files.source == source for files in self.sources.get(person, ()))

    def phase_days(self, person: str) -> dict[date, PhaseKind]:
        """The days of a person that belong to a phase."""
        return drawing.days([phase for phase in self.phases if phase.person == person])

    def inputs(self) -> tuple[InputFile, ...]:
        """Every file that the figures depend on, by name, with its hash."""
        large = [file for own in self.sources.values() for files in own for file in hashed(files)]
        return tuple(sorted([*self.small, *large], key=lambda file: file.path))


def read(path: Path, *, now_utc_s: float = math.inf) -> Folder:
    """The folder at `path`; FolderError or ProtocolError where nothing could be concluded from it at all.

    A position later than `now_utc_s` is of the future; a simulated trial may lie there whole.
    """
    if not path.is_dir():
        raise FolderError(f"{path}: フォルダーがありません / there is no such folder")
    _check_names(path)
    plan = reading_protocol.read(path)
    found = Found()
    tables = {name: table(path, name, columns, found) for name, columns in COLUMNS.items()}
    return _Reading(path, plan, tables, found).folder(now_utc_s)


class _Reading:
    """What is worked out from the tables, in the order in which one needs the other."""

    def __init__(self, path: Path, plan: Protocol, tables: Mapping[str, Table | None], found: Found) -> None:
        self._path, self._plan, self._tables, self._found = path, plan, tables, found
        self._participants = people.participants(self._needed("participants.csv"), found)
        if not self._participants:
            raise FolderError(
                "participants.csv に使える行がありません。1行に一人、仮名と登録日を書いてください。 / "
                "participants.csv has no usable line: write one a person, pseudonym and day of enrolment."
            )
        self._definitions = _definitions(path)

    def folder(self, now_utc_s: float) -> Folder:
        """All of it, with every fault that was met on the way."""
        found, plan = self._found, self._plan
        listed = people.known(self._needed("phases.csv"), self._participants, found, "refused")
        phases = people.phases(listed, plan, found)
        homes = people.homes(self._of_listed("homes.csv"), self._definitions.home_radius_m, found)
        people.moved(homes, phases, plan, self._needed("homes.csv").name, found)
        sources = sources_of(self._path, [one.person for one in self._participants], found)
        weather, adverse, evidence = self._weather(), self._adverse(), self._evidence(homes)
        lots = self._lots()
        tell_changes(self._path, found)
        _tell_truth(self._path, plan, found)
        kept = keeping_files.read(self._path)
        for participant in self._participants:
            logged = kept is not None and kept.logged(participant.person)
            _tell_missing(participant.person, phases, homes, sources, logged, found)
        read = Folder(
            path=self._path,
            protocol=plan,
            definitions=self._definitions,
            participants=self._participants,
            phases=phases,
            homes=homes,
            evidence=evidence,
            weather=weather,
            adverse=adverse,
            fees=FeeFiles(
                self._tables["fees/ledger.csv"],
                self._tariff(),
                self._tables["fees/costs.csv"],
                self._tables["fees/bills.csv"],
            ),
            sources=sources,
            issues=in_order([*found.issues(), *(kept.manifest.issues if kept else ())]),
            small=(*self._small(), *(kept.files if kept else ())),
            window=_window(plan, now_utc_s),
            lots=lots,
            kept=kept,
        )
        return replace(read, outdated=outdated(read, kept)) if kept else read

    def _needed(self, name: str) -> Table:
        read = self._tables[name]
        if read is None:
            raise FolderError(
                f"{self._path} に {name} がありません。1行目は {','.join(COLUMNS[name])} です。 / "
                f"There is no {name}: its first line is {','.join(COLUMNS[name])}."
            )
        return read

    def _of_listed(self, name: str) -> Table:
        return people.known(self._needed(name), self._participants, self._found)

    def _lots(self) -> tuple[Lot, ...]:
        read = self._tables["lots.csv"]
        return people.lots(read, self._participants, self._found) if read else ()

    def _weather(self) -> tuple[Weather, ...]:
        read = self._tables["weather.csv"]
        days = context.weather(read, self._found) if read else ()
        context.without_weather(days, self._plan, read.name if read else "weather.csv", self._found)
        return days

    def _adverse(self) -> tuple[Adverse, ...]:
        if self._tables["adverse.csv"] is None:
            return ()
        return context.adverse(self._of_listed("adverse.csv"), self._found)

    def _evidence(self, homes: Mapping[str, Sequence[Home]]) -> dict[str, tuple[Evidence, ...]]:
        if self._tables["evidence.csv"] is None:
            return {}
        return people.evidence(self._of_listed("evidence.csv"), homes, self._found)

    def _tariff(self) -> str | None:
        path = self._path / TARIFF
        if not path.is_file():
            return None
        try:
            return read_bytes(path).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise FolderError(
                f"{TARIFF}: UTF-8 ではありません / is not UTF-8: save it again as UTF-8"
            ) from error

    def _small(self) -> Iterator[InputFile]:
        for name in _TOMLS:
            if (self._path / name).is_file():
                raw = read_bytes(self._path / name)
                yield InputFile(path=name, sha256=hashlib.sha256(raw).hexdigest(), bytes=len(raw))
        for read in self._tables.values():
            if read is not None:
                yield read.file


def _definitions(root: Path) -> Definitions:
    path = root / DEFINITIONS
    return read_definitions(path) if path.is_file() else shipped()


def _tell_truth(root: Path, plan: Protocol, found: Found) -> None:
    """A simulated trial that does not say so."""
    if not plan.simulated and (root / TRUTH).exists():
        found.add("truth_beside", "refused", TRUTH)


def _window(plan: Protocol, now_utc_s: float) -> Window:
    until_s = midnight_s(plan.last + timedelta(days=1))
    return Window(midnight_s(plan.first), until_s, math.inf if plan.simulated else now_utc_s)


def _tell_missing(
    person: str,
    phases: Sequence[Phase],
    homes: Mapping[str, Sequence[Home]],
    sources: Mapping[str, Sequence[SourceFiles]],
    logged: bool,
    found: Found,
) -> None:
    """What a participant lacks, without whom nobody can be compared to themselves."""
    own = {files.source for files in sources.get(person, ())}
    kinds = {phase.kind for phase in phases if phase.person == person}
    for lacks, code, file in (
        (person not in homes, "home_missing", "homes.csv"),
        (not own and not logged, "no_fixes", FIXES),
        (bool(own) and "logger" not in own and not logged, "no_logger", FIXES),
        (
            "baseline" not in kinds,
            "no_baseline",
            "phases.csv",
        ),
    ):
        if lacks:
            found.add(code, "left_out", file, person=person)


def _check_names(root: Path) -> None:
    """A table whose name has a slip would be missing silently."""
    known = {*COLUMNS, *_TOMLS}
    for path in [*root.iterdir(), *(root / "fees").glob("*")]:
        name = path.relative_to(root).as_posix()
        looks = path.is_file() and name.removesuffix(".gz").endswith((".csv", ".toml"))
        if looks and not path.name.startswith(".") and name.removesuffix(".gz") not in known:
            raise FolderError(
                f"{name}: 知らないファイルです。名前を直すか、除いてください。 / "
                f"{name}: a file that is not known: correct its name or take it away."
            )
