"""Small files that must be whole after any loss of power: written beside, flushed, moved into place.

`Keeper` writes in a thread of its own, the newest of each file: an SD card may take a second for it, and
whoever guides must not wait.
"""

import contextlib
import logging
import os
import threading
from pathlib import Path

_log = logging.getLogger(__name__)


def write_whole(path: Path, text: str, mode: int = 0o600) -> None:
    """All of it or nothing, also where the supply is lost: a reader never sees half a file. `OSError`."""
    draft = path.with_name(path.name + ".new")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        _sync_folder(path.parent)
    except OSError:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise


def set_aside(path: Path) -> Path:
    """Move a file that cannot be read out of the way, for whoever looks into it; where it is now."""
    aside = path.with_name(path.name + ".broken")
    with contextlib.suppress(OSError):
        path.replace(aside)
    return aside


def _sync_folder(folder: Path) -> None:
    """The move itself is on the disk only when the folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Keeper:
    """Writes files in a thread. `keep` and `drop` never block; the newest text for a file counts."""

    def __init__(self) -> None:
        self._wanted: dict[Path, str | None] = {}
        self._changed = threading.Condition()
        self._busy = self._ending = False
        self._thread = threading.Thread(target=self._work, name="keeper", daemon=True)
        self._thread.start()

    def keep(self, path: Path, text: str) -> None:
        """Have `path` hold `text`."""
        self._want(path, text)

    def drop(self, path: Path) -> None:
        """Have no file `path`."""
        self._want(path, None)

    def settled(self, timeout_s: float) -> bool:
        """Wait until all is written; False where it took longer."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._wanted and not self._busy, timeout_s)

    def close(self, timeout_s: float = 5.0) -> None:
        """Write what is left, and end. Safe to call twice."""
        with self._changed:
            self._ending = True
            self._changed.notify_all()
        self._thread.join(timeout_s)

    def _want(self, path: Path, text: str | None) -> None:
        with self._changed:
            self._wanted[path] = text
            self._changed.notify_all()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._busy = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._wanted or self._ending)
                if not self._wanted:
                    return
                path = next(iter(self._wanted))
                text = self._wanted.pop(path)
                self._busy = True
            _carry_out(path, text)


def _carry_out(path: Path, text: str | None) -> None:
    try:
        if text is None:
            path.unlink(missing_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, text)
    except OSError as error:
        # Guidance goes on; after a restart the older file counts.
        _log.error("%s: cannot be written (%s)", path, error.strerror)
