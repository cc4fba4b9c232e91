"""Files of a trial's folder, written so that the same values give the same bytes."""

import csv
import gzip
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Final

import numpy as np

from field_tests.japan import JST
from field_tests.simulator.faults import Rows

_PACKED: Final = 4  # of 9: a third of the text's size, at the speed of a disk


def moment(utc_s: float) -> str:
    """A moment as people in Japan write it, with its offset, to the second."""
    return datetime.fromtimestamp(round(utc_s), JST).isoformat()


def midnight(day: date) -> float:
    """UTC seconds of the day's beginning in Japan."""
    return datetime(day.year, day.month, day.day, tzinfo=JST).timestamp()


def table(path: Path, header: str, rows: Iterable[Iterable[object]]) -> None:
    """A CSV file with a header line; None is empty."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(header + "\n")
        csv.writer(file, lineterminator="\n").writerows(rows)


@contextmanager
def fixes(path: Path) -> Iterator[gzip.GzipFile]:
    """A packed file of positions, without the moment at which it was packed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as raw, gzip.GzipFile("", "wb", _PACKED, raw, mtime=0) as file:
        file.write(b"utc_s,lat,lon,accuracy_m\n")
        yield file


def lines(rows: Rows) -> bytes:
    """Rows as lines: seconds, a millionth of a degree, decimetres.

    What is no number is NaN or, of the accuracy, left empty.
    """
    columns = (rows.utc_s.tolist(), rows.lat.tolist(), rows.lon.tolist(), rows.accuracy_m.tolist())
    text = "".join(map("%.0f,%.6f,%.6f,%.1f\n".__mod__, zip(*columns, strict=True)))
    if np.isnan(rows.lat).any() or np.isnan(rows.accuracy_m).any():
        text = text.replace(",nan\n", ",\n").replace("nan", "NaN")
    return text.encode("ascii")
