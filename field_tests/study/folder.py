"""A trial's folder (docs/trial-folder.md) as a value: its tables, and where its positions lie."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from field_tests.issues import Issue
from field_tests.outings.definitions import Definitions
from field_tests.outings.track import SOURCES, Evidence, Home, Source, Track
from field_tests.study import drawing
from field_tests.study.fixes_files import hashed
from field_tests.study.found import Found
from field_tests.study.kept import MAIN, Kept, Variant
from field_tests.study.moments import midnight_s
from field_tests.study.positions import SourceFiles, tracks
from field_tests.study.protocol import Lot, Participant, Phase, PhaseKind, Protocol
from field_tests.study.quality import Window
from field_tests.study.reading_context import FeeFiles
from field_tests.study.result import InputFile
from field_tests.study.tables import Adverse, Weather


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
