"""A whole copy of an SQLite store while it serves, and what is checked of it."""

import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from server.backup.errors import BackupError
from server.tables import metadata


@dataclass(frozen=True, slots=True)
class Checked:
    """What a copy holds."""

    revision: str
    last_event_id: int
    rows: Mapping[str, int]


def copy(source: sqlite3.Connection, target: Path) -> None:
    """Everything that `source` sees, in one step: a snapshot. Who writes meanwhile does not wait."""
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with closing(sqlite3.connect(target)) as made:
        source.backup(made)
    # A connection in WAL mode may leave these beside it; they are empty.
    for ending in ("-wal", "-shm"):
        target.with_name(target.name + ending).unlink(missing_ok=True)


def check(path: Path) -> Checked:
    """What the file holds; `BackupError` where SQLite finds it damaged, or rows refer to nothing."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as connection:
            answer = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if answer != "ok" or connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
                raise BackupError(f"{path}: 壊れています / is damaged ({answer})")
            return _checked(connection)
    except sqlite3.DatabaseError as error:
        raise BackupError(f"{path}: {error}") from error


def _checked(connection: sqlite3.Connection) -> Checked:
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "alembic_version" not in there:
        raise BackupError("標の保管庫ではありません / this is not a store of Shirube")
    (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    rows = {}
    for name in sorted(there & metadata.tables.keys()):
        rows[name] = int(connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0])  # noqa: S608  (our tables)
    last = (
        connection.execute("SELECT coalesce(max(id), 0) FROM events").fetchone()[0]
        if "events" in there
        else 0
    )
    return Checked(str(revision), int(last), rows)
