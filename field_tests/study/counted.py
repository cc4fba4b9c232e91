"""Outings of a trial's persons, or of a file that stands alone, ready to be told. Values in, values out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final

from field_tests.errors import FolderError, StudyError
from field_tests.issues import Issue
from field_tests.outings.definitions import Definitions
from field_tests.outings.estimate import estimate
from field_tests.outings.seen import PersonOutings
from field_tests.outings.track import SOURCES, Home, Source
from field_tests.study.count import OF_ESTIMATE, measured, varied
from field_tests.study.fixes_files import source_of
from field_tests.study.folder import Folder
from field_tests.study.found import Found, in_order
from field_tests.study.measured import MEASURED_BY
from field_tests.study.positions import tracks
from field_tests.study.protocol import PhaseKind
from field_tests.study.quality import Window
from field_tests.study.sharing import Prints

_PARTS: Final = (2, 3)


@dataclass(frozen=True, slots=True)
class Counted:
    """One person's outings, the phase of each day that has one, and what was wrong in their files."""

    person: str
    seen: PersonOutings
    phases: dict[date, PhaseKind]
    issues: tuple[Issue, ...]


def of_folder(
    folder: Folder, persons: Sequence[str], definitions: Definitions, *, with_device: bool
) -> tuple[Counted, ...]:
    """The persons asked for (none: all), counted as the report counts them, or by the device too."""
    listed = [participant.person for participant in folder.participants]
    for person in persons:
        if person not in listed:
            raise StudyError(
                f"{person}: 名簿にいません（{', '.join(listed[:20])}）。 / {person}: is not on the list."
            )
    sources: Sequence[Source] = SOURCES if with_device else MEASURED_BY
    asked = varied(folder, definitions)
    return tuple(_person(asked, person, definitions, sources) for person in persons or listed)


def _person(folder: Folder, person: str, definitions: Definitions, sources: Sequence[Source]) -> Counted:
    found = Found()
    seen, days = measured(folder, person, definitions, sources, found, Prints())
    seen = replace(seen, days=tuple(one.day for one in days))
    own = [issue for issue in folder.issues if issue.person == person]
    return Counted(person, seen, folder.phase_days(person), in_order([*own, *found.issues()]))


def of_file(path: Path, homes: Sequence[Home], definitions: Definitions, *, now_utc_s: float) -> Counted:
    """A file, or a logger's folder of files, over the days that it tells of."""
    if not path.exists():
        raise FolderError(f"{path}: ありません / is not there")
    if not homes:
        raise StudyError(
            f"{path}: 自宅が分かりません。--home 緯度,経度 を付けてください。 / "
            "Where is home? Give --home LAT,LON (in degrees)."
        )
    files, found = source_of(path), Found()
    seen = estimate(tracks(files, Window(now_s=now_utc_s), found), homes, (), definitions)
    for code, number in seen.counts:
        if code in OF_ESTIMATE:
            found.add(code, "left_out", files.shown[0], count=number)
    return Counted(path.name, seen, {}, in_order(found.issues()))


def home_of(text: str, number: int, usual_radius_m: float) -> Home:
    """A home written as LAT,LON or LAT,LON,RADIUS in degrees and metres; StudyError where it is none."""
    parts = text.split(",")
    try:
        values = [float(part) for part in parts]
    except ValueError:
        values = []
    if len(values) not in _PARTS or not all(math.isfinite(value) for value in values):
        raise StudyError(
            f"--home {text}: 33.2382,131.6126 か 33.2382,131.6126,50 / such as 33.2382,131.6126,50"
        )
    lat, lon, *radius = values
    if not (-90.0 <= lat <= 90.0 and -180.0 <= lon <= 180.0):
        raise StudyError(f"--home {text}: 緯度,経度 の順です / latitude comes first, then longitude")
    return Home(
        lat, lon, radius[0] if radius else usual_radius_m, "home" if number == 0 else f"home{number + 1}"
    )
