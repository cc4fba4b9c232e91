"""The folder of all recorded runs: a name for the next one, and no more than so many kept."""

import contextlib
import logging
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from device.errors import RecordError
from device.run_format import MANIFEST

_log = logging.getLogger(__name__)
_NAME: Final = re.compile(r"(\d{6})-\d{8}T\d{6}Z")


def next_run(folder: Path, utc_s: float) -> Path:
    """Where the next run is to be recorded: numbered, because the clock may be wrong after a start."""
    last = max((number for number, _ in _numbered(folder)), default=0)
    moment = datetime.fromtimestamp(utc_s, UTC)
    return folder / f"{last + 1:06}-{moment:%Y%m%dT%H%M%SZ}"


def keep_newest(folder: Path, keep: int) -> tuple[Path, ...]:
    """Delete the oldest runs, so that `keep` are left; which went. Only those that `next_run` named go."""
    runs = [path for _, path in sorted(_numbered(folder))]
    gone = tuple(runs[: max(0, len(runs) - keep)])
    for path in gone:
        # The manifest first: what is half deleted is no run.
        with contextlib.suppress(OSError):
            (path / MANIFEST).unlink()
        shutil.rmtree(path, ignore_errors=True)
        if path.exists():
            _log.warning("%s: an old run cannot be deleted", path)
    return gone


def _numbered(folder: Path) -> list[tuple[int, Path]]:
    try:
        entries = list(folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RecordError(f"{folder}: cannot be read ({error.strerror})") from None
    return [
        (int(found[1]), path) for path in entries if (found := _NAME.fullmatch(path.name)) and path.is_dir()
    ]
