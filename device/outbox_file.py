"""The file of the outbox: its tables, and what is to be done with one that cannot be used."""

import contextlib
import sqlite3
from pathlib import Path
from typing import Final

from device.errors import OutboxDamaged, OutboxError

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS log (
  one INTEGER PRIMARY KEY CHECK (one = 1), boot TEXT NOT NULL, acked INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY, event TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS senders (sender TEXT PRIMARY KEY, number INTEGER NOT NULL, seq INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS beginnings (seq INTEGER PRIMARY KEY, trip_id TEXT NOT NULL, type TEXT NOT NULL);
"""


def set_aside(path: Path) -> Path:
    """Move a damaged log and what belongs to it out of the way, and keep it; where it is now."""
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    for tail in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + tail).rename(aside.with_name(aside.name + tail))
    return aside


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the file itself is broken, not its disk."""
    return any(word in str(error) for word in ("malformed", "not a database"))


def unusable(path: Path, error: sqlite3.Error) -> OutboxError:
    """One line for a file that cannot be used: in use, not to be opened, or `OutboxDamaged`."""
    if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
        return OutboxError(f"{path}: the trip log is in use; end the other shirube that runs on it")
    if isinstance(error, sqlite3.OperationalError) and not is_damage(error):
        return OutboxError(f"{path}: the trip log cannot be opened ({error})")
    return OutboxDamaged(f"{path}: not a usable trip log ({error}); move it away and start again")
