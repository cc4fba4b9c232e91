"""Where a trial's positions lie: `fixes/PERSON.SOURCE.csv`, packed, or a folder of a logger's many files."""

import hashlib
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from field_tests.errors import FolderError
from field_tests.outings.track import SOURCES, Source
from field_tests.study.found import Found
from field_tests.study.positions import SourceFiles
from field_tests.study.reading_run import POSITION, RUN
from field_tests.study.result import InputFile

FIXES: Final = "fixes"
_NAME: Final = re.compile(rf"([\w-]{{1,64}})\.({'|'.join(SOURCES)})(\.csv|\.csv\.gz|)")


def sources_of(root: Path, listed: Collection[str], found: Found) -> Mapping[str, tuple[SourceFiles, ...]]:
    """The files of each person on the list; others' are told. FolderError for a name that says nothing."""
    folder = root / FIXES
    if not folder.is_dir():
        return {}
    sources: dict[tuple[str, str], SourceFiles] = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        files = _files(root, path)
        person = path.name.partition(".")[0]
        if (person, files.source) in sources:
            raise FolderError(
                f"{FIXES}: {person} の {files.source} が二つあります。一つにしてください。 / "
                f"there are two of {person}'s {files.source}: keep one."
            )
        if person in listed:
            sources[person, files.source] = files
        else:
            found.add("participant_unknown", "refused", files.shown[0], person=person)
    return {
        person: tuple(files for (of, _), files in sources.items() if of == person) for person, _ in sources
    }


def source_of(path: Path) -> SourceFiles:
    """A file, or a folder of files, that stands alone; by its name a device's, else a logger's."""
    named = _NAME.fullmatch(path.name)
    paths = tuple(sorted(_within(path))) if path.is_dir() else (path,)
    device = named[2] == "device" if named is not None else any(one.name == POSITION for one in paths)
    source: Source = "device" if device else "logger"
    if not paths:
        raise FolderError(f"{path}: CSV がありません / holds no CSV")
    return SourceFiles(source, paths, tuple(str(one) for one in paths))


def hashed(files: SourceFiles) -> tuple[InputFile, ...]:
    """The files with their hashes; read in pieces."""
    return tuple(_hash(path, shown) for path, shown in zip(files.paths, files.shown, strict=True))


def _files(root: Path, path: Path) -> SourceFiles:
    named = _NAME.fullmatch(path.name)
    if named is None or path.is_dir() is not (named[3] == ""):
        raise FolderError(
            f"{FIXES}/{path.name}: 名前が分かりません。P01.logger.csv のようにしてください。 / "
            f"{FIXES}/{path.name}: a name that says nothing; make it P01.logger.csv or P01.device.csv."
        )
    alone = source_of(path)
    return SourceFiles(
        alone.source, alone.paths, tuple(one.relative_to(root).as_posix() for one in alone.paths)
    )


def _within(folder: Path) -> list[Path]:
    """The CSV files anywhere in a folder (Beiwe: an hour a file), or a device's recorded runs."""
    inside = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")]
    runs = {path.parent for path in inside if path.name == RUN}
    found = [path for path in inside if path.parent not in runs or path.name == POSITION]
    for path in found:
        if path.parent in runs:
            continue
        if not path.name.endswith((".csv", ".csv.gz")):
            raise FolderError(f"{path}: CSV ではありません。除いてください。 / is no CSV: take it away.")
    return found


def _hash(path: Path, shown: str) -> InputFile:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return InputFile(path=shown, sha256=digest, bytes=path.stat().st_size)
    except OSError as error:
        raise FolderError(f"{shown}: 読めません / cannot be read ({error.strerror})") from error
