"""Room on the disk that nothing but a call for help may use: a file that is given up for it.

A full disk takes no events, and what is not on the disk is not sent. For a lost position that is borne; an
SOS has to go out, so its room is taken while there is some.
"""

import contextlib
import os
from pathlib import Path
from typing import Final

# All that may wait in memory (20 MB of messages are 8 MB of rows), and SQLite's journal beside it.
RESERVE_BYTES: Final = 16 * 1024 * 1024
# Left to others when it is made, so that it is not what fills the disk.
_LEFT_BYTES: Final = 4 * RESERVE_BYTES


class Reserve:
    """The file at `path`. What fails is no error: there is no reserve then."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def keep(self) -> bool:
        """Make it where there is room; whether it is there."""
        try:
            if self._path.exists() and self._path.stat().st_size >= RESERVE_BYTES:
                return True
            disk = os.statvfs(self._path.parent)
            if disk.f_bavail * disk.f_frsize < RESERVE_BYTES + _LEFT_BYTES:
                return False
            with self._path.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, RESERVE_BYTES)
        except OSError:
            self.give()
            return False
        return True

    def give(self) -> None:
        """Free its room."""
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)
