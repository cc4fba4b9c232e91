"""Which columns of a file of positions say what: ours, and those of loggers that people have. Pure."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from field_tests.errors import FolderError

# s, ms: since 1970 in UTC; iso: ISO 8601 with its zone.
TimeUnit = Literal["s", "ms", "iso"]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a line has what: numbers of its columns. `width`: how many a line has."""

    of: str
    width: int
    time: int
    unit: TimeUnit
    lat: int
    lon: int
    accuracy: int


@dataclass(frozen=True, slots=True)
class _Kind:
    """A logger's names for time, latitude, longitude and accuracy, and the others that it may have."""

    of: str
    names: tuple[str, str, str, str]
    unit: TimeUnit
    others: frozenset[str] | None  # None: whatever the program writes beside them


_KINDS: Final = (
    _Kind("shirube", ("utc_s", "lat", "lon", "accuracy_m"), "s", frozenset()),
    _Kind("shirube", ("time", "lat", "lon", "accuracy_m"), "iso", frozenset()),
    # Beiwe: an hour of GPS a file.
    _Kind(
        "Beiwe",
        ("timestamp", "latitude", "longitude", "accuracy"),
        "ms",
        frozenset({"UTC time", "altitude"}),
    ),
    # GPSLogger for Android; time is UTC and says so.
    _Kind("GPSLogger", ("time", "lat", "lon", "accuracy"), "iso", None),
    # OwnTracks Recorder: ocat --format csv.
    _Kind("OwnTracks", ("tst", "lat", "lon", "acc"), "s", None),
)


def layout_of(first_line: str, file: str) -> Layout:
    """How a file that begins with this line is to be read; FolderError where nobody knows."""
    try:
        head = [cell.strip() for cell in next(csv.reader([first_line.removeprefix("\ufeff")]), [])]
    except csv.Error:
        head = []
    for kind in _KINDS:
        if _fits(kind, head):
            time, lat, lon, accuracy = (head.index(name) for name in kind.names)
            return Layout(kind.of, len(head), time, kind.unit, lat, lon, accuracy)
    told = ",".join(head)[:80]
    raise FolderError(
        f"{file}: 1行目の列（{told}）が分かりません。utc_s,lat,lon,accuracy_m にしてください。 / "
        f"{file}: the columns of its first line ({told}) are not known: make them utc_s,lat,lon,accuracy_m."
    )


def _fits(kind: _Kind, head: Sequence[str]) -> bool:
    once: Mapping[str, int] = {name: head.count(name) for name in head}
    if any(once.get(name) != 1 for name in kind.names):
        return False
    return kind.others is None or set(head) <= set(kind.names) | kind.others
