"""Where an export lies in a trial's folder: a later one adds its files, and none is ever written over."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from server.errors import TrialError


def refuse_written(out: Path, label: str, persons: Sequence[str]) -> None:
    """`TrialError` where one of the files of these days is there, or somebody's positions in one file."""
    sources = [out / "fixes" / f"{person}.{source}" for person in persons for source in ("logger", "device")]
    names = [out / "export" / label]
    for source in sources:
        names += [
            source / f"{label}.csv",
            *(source.with_name(f"{source.name}{end}") for end in (".csv", ".csv.gz")),
        ]
    for there in names:
        if there.exists():
            raise TrialError(
                f"{there}: もうあります。別の期間にするか、先によけてください / "
                "is there already: export other days, or move it away first"
            )


@contextmanager
def gathering(out: Path, label: str) -> Iterator[Path]:
    """A folder within `out` that only its owner can read; what was not finished is not left behind."""
    try:
        out.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".export-", dir=out) as made:
            part = Path(made)
            for name in ("fixes", f"export/{label}"):
                (part / name).mkdir(mode=0o700, parents=True)
            yield part
    except OSError as error:
        raise TrialError(
            f"{error.filename or out}: {error.strerror}: 何も書き出していません / nothing was exported"
        ) from error


def add(part: Path, out: Path) -> None:
    """What was gathered, file by file, into the folder."""
    for folder in ("fixes", "export"):
        (out / folder).mkdir(mode=0o700, exist_ok=True)
    for path in sorted(path for path in part.rglob("*") if path.is_file()):
        place = out / path.relative_to(part)
        place.parent.mkdir(mode=0o700, exist_ok=True)
        path.rename(place)


def new_table(path: Path) -> TextIO:
    """For its owner alone."""
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    return os.fdopen(descriptor, "w", encoding="utf-8", newline="")
