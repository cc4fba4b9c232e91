"""Positions of counted days are deleted: whole files, or the lines of a file that are older."""

import gzip
import io
import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import IO, cast

import numpy as np
from numpy.typing import NDArray

from field_tests.issues import Issue
from field_tests.study.count import OF_ESTIMATE, outings_of
from field_tests.study.folder import Folder
from field_tests.study.found import Found
from field_tests.study.kept import durably, sync_folder
from field_tests.study.measured import MEASURED_BY
from field_tests.study.moments import midnight_s
from field_tests.study.reading_fixes import CutShort, blocks
from field_tests.study.reading_run import POSITION, run_blocks
from field_tests.study.sharing import Prints


def forgotten_issues(folder: Folder, before: Mapping[str, date]) -> tuple[Issue, ...]:
    """What was wrong in the positions that are about to be deleted: nobody could tell it afterwards."""
    told: list[Issue] = []
    for person, day in before.items():
        found = Found()
        old = replace(folder, window=replace(folder.window, told_until_s=_until_s(folder, day)))
        seen = outings_of(old, person, folder.definitions, MEASURED_BY, found, Prints())
        for _ in old.tracks(person, sources=("device",), found=found):
            pass
        for code, number in seen.counts:
            if code in OF_ESTIMATE:
                found.add(code, "left_out", "fixes", person=person, count=number)
        told += [issue for issue in found.issues() if issue.code != "fixes_counted"]
    return tuple(told)


def forget(folder: Folder, person: str, before: date) -> int:
    """Delete a person's positions from before this day, and lines that are none; how many lines went.

    A file is replaced in one move: after a crash it is the old one or the new one.
    """
    since_s, lines = _until_s(folder, before), 0
    for files in folder.sources.get(person, ()):
        for path, shown in zip(files.paths, files.shown, strict=True):
            forgets = _forget_run if path.name == POSITION else _forget_lines
            lines += forgets(path, shown, since_s)
    return lines


def erase(folder: Folder, person: str) -> None:
    """Delete all files of a person's positions."""
    for files in folder.sources.get(person, ()):
        for path in files.paths:
            _delete(path)


def _until_s(folder: Folder, before: date) -> float:
    """When the last day of the trial is forgotten, so is what loggers wrote after it."""
    return math.inf if before > folder.protocol.last else midnight_s(before)


def _forget_run(path: Path, shown: str, since_s: float) -> int:
    """A recorded run is of one walk: it goes when its last position is old."""
    (block,) = run_blocks(path, shown)
    seconds = block.fixes[:, 0]
    if np.any(seconds >= since_s):
        return 0
    _delete(path)
    return len(seconds)


def _forget_lines(path: Path, shown: str, since_s: float) -> int:
    try:
        parts = [block.fixes[:, 0] >= since_s for block in blocks(path, shown)]
    except CutShort:
        return 0  # what breaks off is copied again first
    wanted = np.concatenate([np.zeros(0, np.bool_), *parts])
    gone = int(np.count_nonzero(~wanted))
    if gone == len(wanted):
        _delete(path)
    elif gone:
        _rewrite(path, wanted)
    return gone


def _rewrite(path: Path, wanted: NDArray[np.bool_]) -> None:
    """The header and the lines that stay, byte by byte."""
    text = io.BytesIO()
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        lines = cast("IO[bytes]", file)
        text.write(lines.readline())
        text.writelines(line for line, stays in zip(lines, wanted.tolist(), strict=True) if stays)
    raw = text.getvalue()
    durably(path, gzip.compress(raw, 6, mtime=0) if path.suffix == ".gz" else raw)


def _delete(path: Path) -> None:
    """The file, and the folders that are empty then: an empty folder of positions is no record."""
    path.unlink()
    folder = path.parent
    while folder.name != "fixes" and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
    sync_folder(folder)
