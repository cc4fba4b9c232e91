"""A trial's folder -> Folder: read strictly, with everything that was wrong in it told."""

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from field_tests.errors import FolderError
from field_tests.outings.definitions import Definitions, shipped
from field_tests.outings.definitions import read as read_definitions
from field_tests.outings.track import Evidence, Home
from field_tests.study import kept as keeping_files
from field_tests.study import reading_context as context
from field_tests.study import reading_people as people
from field_tests.study import reading_protocol
from field_tests.study.fixes_files import FIXES, sources_of
from field_tests.study.folder import Folder
from field_tests.study.found import Found, in_order
from field_tests.study.freezing import DEFINITIONS, tell_changes
from field_tests.study.keeping import outdated
from field_tests.study.kept import Kept
from field_tests.study.moments import midnight_s
from field_tests.study.positions import SourceFiles
from field_tests.study.protocol import Lot, Phase, Protocol
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
        phases = self._phases()
        homes = self._homes(phases)
        sources = sources_of(self._path, [one.person for one in self._participants], found)
        weather, adverse, evidence = self._weather(), self._adverse(), self._evidence(homes)
        lots = self._lots()
        tell_changes(self._path, found)
        _tell_truth(self._path, plan, found)
        kept = keeping_files.read(self._path)
        self._tell_missing(phases, homes, sources, kept)
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
            fees=self._fees(),
            sources=sources,
            issues=in_order([*found.issues(), *(kept.manifest.issues if kept else ())]),
            small=(*self._small(), *(kept.files if kept else ())),
            window=_window(plan, now_utc_s),
            lots=lots,
            kept=kept,
        )
        return replace(read, outdated=outdated(read, kept)) if kept else read

    def _phases(self) -> tuple[Phase, ...]:
        listed = people.known(self._needed("phases.csv"), self._participants, self._found, "refused")
        return people.phases(listed, self._plan, self._found)

    def _homes(self, phases: Sequence[Phase]) -> dict[str, tuple[Home, ...]]:
        homes = people.homes(self._of_listed("homes.csv"), self._definitions.home_radius_m, self._found)
        people.moved(homes, phases, self._plan, self._needed("homes.csv").name, self._found)
        return homes

    def _tell_missing(
        self,
        phases: Sequence[Phase],
        homes: Mapping[str, Sequence[Home]],
        sources: Mapping[str, Sequence[SourceFiles]],
        kept: Kept | None,
    ) -> None:
        for participant in self._participants:
            logged = kept is not None and kept.logged(participant.person)
            _tell_missing(participant.person, phases, homes, sources, logged, self._found)

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

    def _fees(self) -> FeeFiles:
        ledger, costs, bills = (self._tables[f"fees/{name}.csv"] for name in ("ledger", "costs", "bills"))
        return FeeFiles(ledger, self._tariff(), costs, bills)

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
