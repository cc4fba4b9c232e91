"""A new trial's folder: the plan with its comments, empty tables with their columns, forms."""

from collections.abc import Iterator, Mapping, Sequence
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
from field_tests.study.closing import LEAST_MONTHS, closing_from
from field_tests.study.fixes_files import FIXES
from field_tests.study.freezing import DEFINITIONS, shipped_definitions
from field_tests.study.protocol import Design
from field_tests.study.reading_folder import COLUMNS

FORMS: Final = "forms"
_WEEK: Final = timedelta(weeks=1)
# What is new is used most in week 5. Compared with a time without it, twelve weeks leave half a point of that
# and eight two; active and silent weeks are equally new, and eight are enough (decision 0034).
_WASH_IN_WEEKS: Final[Mapping[Design, int]] = {"randomised_start": 12, "silent_weeks": 8, "before_after": 12}
# Few starts, far apart: who begins late tells the season of those who are past their wash-in.
_STARTS: Final = 4
# Before the first start, and after the last one's wash-in: two weeks of valid days and many to spare.
_LEAST_WEEKS: Final = 8
_DAY: Final = timedelta(days=1)


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
    closing = _closing(new)
    return Template(_template().joinpath(reading_protocol.FILE).read_text("utf-8")).substitute(
        design=new.design,
        frozen=new.first - _DAY,
        first=new.first,
        last=_last(new),
        seed=new.seed,
        wash_in_days=7 * _WASH_IN_WEEKS[new.design],
        possible_starts=", ".join(start.isoformat() for start in starts),
        silent_share=0.5 if new.design == "silent_weeks" else 0.0,
        closing="# closing_from = 2027-02-01" if closing is None else f"closing_from = {closing}",
    )


def _last(new: New) -> date:
    return new.first + new.weeks * _WEEK - _DAY


def _closing(new: New) -> date | None:
    """With silent weeks: the whole months at the end, for the verdict on fees."""
    return closing_from(_last(new), LEAST_MONTHS) if new.design == "silent_weeks" else None


def _possible_starts(new: New) -> Sequence[date]:
    closing = _closing(new)
    closed = 0 if closing is None else -(-(_last(new) + _DAY - closing) // _WEEK)
    wash_in = _WASH_IN_WEEKS[new.design]
    latest = new.weeks - closed - wash_in - _LEAST_WEEKS
    # The last begin when the first are past their wash-in, or no week tells the season.
    apart = wash_in + 1 if new.design == "randomised_start" else 0
    if latest < _LEAST_WEEKS + apart:
        least = 2 * _LEAST_WEEKS + wash_in + apart + closed
        raise ProtocolError(
            f"--weeks {new.weeks}: 短すぎます。{least} 週は要ります / is too short: {least} weeks are needed"
        )
    count = _STARTS if new.design == "randomised_start" else 1
    weeks = sorted({round(week) for week in np.linspace(_LEAST_WEEKS, latest, count).tolist()})
    return [new.first + week * _WEEK for week in weeks]
