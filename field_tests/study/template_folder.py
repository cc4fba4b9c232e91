"""A new trial's folder: the plan with its comments, empty tables with their columns, forms."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template
from typing import Final

import numpy as np

from field_tests import private_files
from field_tests.errors import FolderError, ProtocolError
from field_tests.study import reading_protocol
from field_tests.study.fixes_files import FIXES
from field_tests.study.folder import COLUMNS
from field_tests.study.freezing import DEFINITIONS, shipped_definitions
from field_tests.study.protocol import Design

FORMS: Final = "forms"
_WEEK: Final = timedelta(weeks=1)
_WASH_IN_WEEKS: Final = 12  # as the template says
# Few starts, far apart: who begins late tells the season of those who are past their wash-in.
_STARTS: Final = 4
# Before the first start, and after the last one's wash-in: two weeks of valid days and many to spare.
_LEAST_WEEKS: Final = 8


@dataclass(frozen=True, slots=True)
class New:
    """What is asked of a new plan; `weeks` long from `first`."""

    design: Design
    first: date
    weeks: int
    seed: int


def write(root: Path, new: New) -> tuple[str, ...]:
    """Write the folder, which must be empty or not there; the names of what was written."""
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise FolderError(f"{root}: 空のフォルダーを指定してください / is not empty: name a folder that is")
    plan = _plan(new)
    reading_protocol.parsed(plan.encode())
    written = {reading_protocol.FILE: plan.encode(), DEFINITIONS: shipped_definitions()}
    for name, columns in COLUMNS.items():
        header = ",".join(column.removesuffix("?") for column in columns)
        written[name] = f"{header}\n".encode()
    written["README.md"] = _template().joinpath("README.md").read_bytes()
    written |= {f"{FORMS}/{name}": raw for name, raw in forms()}
    for folder in (root, *(root / name for name in (FIXES, FORMS, "fees"))):
        private_files.make_folder(folder)
    for name, raw in written.items():
        private_files.write(root / name, raw)
    return (*sorted(written), f"{FIXES}/")


def _template() -> Traversable:
    return files("field_tests.study").joinpath("template")


def forms() -> Iterator[tuple[str, bytes]]:
    """The forms that a trial is run with: names and texts."""
    for entry in files("field_tests.study").joinpath(FORMS).iterdir():
        if entry.name.endswith(".md"):
            yield entry.name, entry.read_bytes()


def _plan(new: New) -> str:
    starts = _possible_starts(new)
    return Template(_template().joinpath(reading_protocol.FILE).read_text("utf-8")).substitute(
        design=new.design,
        frozen=new.first - timedelta(days=1),
        first=new.first,
        last=new.first + new.weeks * _WEEK - timedelta(days=1),
        seed=new.seed,
        possible_starts=", ".join(start.isoformat() for start in starts),
        silent_share=0.5 if new.design == "silent_weeks" else 0.0,
    )


def _possible_starts(new: New) -> Sequence[date]:
    latest = new.weeks - _WASH_IN_WEEKS - _LEAST_WEEKS
    # The last begin when the first are past their wash-in, or no week tells the season.
    apart = _WASH_IN_WEEKS + 1 if new.design == "randomised_start" else 0
    if latest < _LEAST_WEEKS + apart:
        least = 2 * _LEAST_WEEKS + _WASH_IN_WEEKS + apart
        raise ProtocolError(
            f"--weeks {new.weeks}: 短すぎます。{least} 週は要ります / is too short: {least} weeks are needed"
        )
    count = _STARTS if new.design == "randomised_start" else 1
    weeks = sorted({round(week) for week in np.linspace(_LEAST_WEEKS, latest, count).tolist()})
    return [new.first + week * _WEEK for week in weeks]
