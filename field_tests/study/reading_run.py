"""Positions of a device's recorded run (docs/recorded-runs.md): the sentences of its `position.nmea`."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import reduce
from math import sqrt
from operator import xor
from pathlib import Path
from typing import Final

import numpy as np

from field_tests.errors import FolderError
from field_tests.study.reading_fixes import Block

POSITION: Final = "position.nmea"
RUN: Final = "run.json"
# The radius that holds 68 % of a circular normal error, in its 1-D sigmas: sqrt(-2 ln 0.32).
_RADIUS_68: Final = 1.51
_NOTHING: Final = float("nan")


def run_blocks(path: Path, shown: str) -> Iterator[Block]:
    """The fixes of a run, one block; sentences that are damaged are broken lines."""
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise FolderError(f"{shown}: 読めません / cannot be read ({error.strerror})") from error
    numbers: list[int] = []
    fixes: list[list[float]] = []
    broken: list[bool] = []
    for number, raw in enumerate(lines, start=1):
        cells = _cells(raw)
        kind = cells[0][2:] if cells else ""
        if kind == "GST" and fixes and not broken[-1]:
            fixes[-1][3] = _accuracy_m(cells)
        if kind == "RMC" or (raw.strip() and not cells):
            fix = _position(cells)
            numbers.append(number)
            fixes.append(fix or [_NOTHING] * 4)
            broken.append(fix is None)
    table = np.array(fixes, np.float64).reshape(-1, 4)
    yield Block(np.array(numbers, np.int64), table, np.array(broken, np.bool_))


def _cells(raw: bytes) -> Sequence[str]:
    """The cells of a whole sentence behind its second; none where it is damaged."""
    sentence = raw.strip().partition(b" ")[2]
    body, star, told = sentence.removeprefix(b"$").partition(b"*")
    try:
        whole = bool(star) and int(told, 16) == reduce(xor, body, 0)
        return body.decode("ascii").split(",") if whole else ()
    except ValueError:
        return ()


def _position(cells: Sequence[str]) -> list[float] | None:
    """UTC seconds, latitude, longitude of an RMC sentence, and no accuracy yet; None where it has no fix."""
    try:
        _, clock, status, lat, north, lon, east, *rest = cells
        when = datetime.strptime(f"{rest[2]} {clock}", "%d%m%y %H%M%S.%f").replace(tzinfo=UTC)
        if status != "A":
            return None
        return [when.timestamp(), _degrees(lat, north == "S"), _degrees(lon, east == "W"), _NOTHING]
    except (ValueError, IndexError):
        return None


def _degrees(cell: str, negative: bool) -> float:
    """`3313.98000` is 33 degrees and 13.98 minutes."""
    whole, minutes = divmod(float(cell), 100.0)
    return (-1.0 if negative else 1.0) * (whole + minutes / 60.0)


def _accuracy_m(cells: Sequence[str]) -> float:
    try:
        north_m, east_m = float(cells[6]), float(cells[7])
    except (ValueError, IndexError):
        return _NOTHING
    return _RADIUS_68 * sqrt((north_m**2 + east_m**2) / 2.0)
