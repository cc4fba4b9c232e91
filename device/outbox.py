"""The durable log of what happened, from which the uplink sends: nothing lost, nothing numbered twice.

One SQLite file. `synchronous=FULL`: NORMAL may lose committed rows when the power goes. The file
carries its `boot` name, made with the file: after a restart the same file goes on with the same
boot and the next `seq` (see `wire.trip`).
"""

import contextlib
import os
import secrets
import sqlite3
import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from device.errors import OutboxError
from wire.codec import EVENT, WireError
from wire.trip import Happening, TripEvent

# Acknowledged events stay a while: a server restored from a backup asks for them again. About 5 hours.
KEEP_ACKED: Final = 20_000
# What is held in memory while the disk takes nothing: more than an hour of a walk.
HELD_LIMIT: Final = 5_000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS log (
  one INTEGER PRIMARY KEY CHECK (one = 1), boot TEXT NOT NULL, acked INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY, event TEXT NOT NULL);
"""

Happened = tuple[float, Happening]  # (UTC second, what)


class Outbox:
    """Append from one thread, send from another; every method may be called from any thread.

    `max_bytes` bounds the file, so that a log cannot fill the disk that the recorder needs.
    """

    def __init__(self, path: Path, *, max_bytes: int | None = None, keep_acked: int = KEEP_ACKED) -> None:
        self._path = path
        self._keep_acked = keep_acked
        self._lock = threading.Lock()
        self._held: deque[tuple[str, float, Happening]] = deque(maxlen=HELD_LIMIT)
        self._dropped = 0
        try:
            # Where someone walked is nobody else's business: readable by the owner only.
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=1.0)
        except (OSError, sqlite3.Error) as error:
            raise OutboxError(f"{path}: the trip log cannot be opened ({error})") from None
        try:
            self._prepare(max_bytes)
            self._boot: str = self._db.execute("SELECT boot FROM log").fetchone()[0]
            self._acked: int = self._db.execute("SELECT acked FROM log").fetchone()[0]
            self._last: int = self._db.execute("SELECT max(seq) FROM events").fetchone()[0] or self._acked
        except sqlite3.Error as error:
            self._db.close()
            raise OutboxError(_unusable(path, error)) from None

    @property
    def boot(self) -> str:
        """The name of this log."""
        return self._boot

    @property
    def last_seq(self) -> int:
        """The highest seq that is on the disk (0: none yet)."""
        return self._last

    @property
    def acked_seq(self) -> int:
        """The highest seq that the server said is on its disk."""
        return self._acked

    @property
    def held(self) -> int:
        """How many happenings wait in memory because the disk took none."""
        return len(self._held)

    @property
    def dropped(self) -> int:
        """How many happenings were lost because the memory for them was full as well."""
        return self._dropped

    def append(self, trip_id: str, utc_s: float, what: Happening) -> int:
        """Write one happening; its seq once it is on the disk. `OutboxError` as in `append_many`."""
        return self.append_many(trip_id, ((utc_s, what),))[-1]

    def append_many(self, trip_id: str, happened: Iterable[Happened]) -> tuple[int, ...]:
        """Write several in one commit; their seqs. Those held from before go first and are not among them.

        `OutboxError` where the disk takes nothing: they are held in memory, in order, and written
        with the next call that succeeds. Guidance goes on; the caller reports the fault.
        """
        new = [(trip_id, utc_s, what) for utc_s, what in happened]
        with self._lock:
            waiting = [*self._held, *new]
            try:
                self._write(waiting)
            except sqlite3.Error as error:
                self._hold(new)
                raise OutboxError(self._not_written(error)) from None
            self._held.clear()
            return tuple(range(self._last - len(new) + 1, self._last + 1))

    def pending(self, after: int, limit: int) -> tuple[TripEvent, ...]:
        """Up to `limit` events with seq above `after`, in order."""
        with self._lock:
            return self._read(after, limit)

    def acked(self, seq: int) -> None:
        """The server holds everything up to `seq`: the oldest of it need not be kept. Never goes back."""
        with self._lock:
            seq = min(seq, self._last)
            if seq <= self._acked:
                return
            try:
                self._db.execute("BEGIN IMMEDIATE")
                self._db.execute("UPDATE log SET acked = ?", (seq,))
                self._db.execute("DELETE FROM events WHERE seq <= ?", (seq - self._keep_acked,))
                self._db.execute("COMMIT")
            except sqlite3.Error as error:
                self._roll_back()
                raise OutboxError(f"{self._path}: the answer was not noted ({error})") from None
            self._acked = seq

    def renew(self) -> str:
        """Go on under a new boot: what the server has not acknowledged is numbered from 1 again.

        For a log that went back in time (a card that lost its last writes, a restored copy): the
        server knows higher numbers of the old boot, and would take ours for ones it has.
        """
        with self._lock:
            boot = _new_boot()
            try:
                unsent = self._read(self._acked, -1)
                self._db.execute("BEGIN IMMEDIATE")
                self._db.execute("DELETE FROM events")
                self._insert(replace(event, boot=boot, seq=n) for n, event in enumerate(unsent, 1))
                self._db.execute("UPDATE log SET boot = ?, acked = 0", (boot,))
                self._db.execute("COMMIT")
            except sqlite3.Error as error:
                self._roll_back()
                raise OutboxError(f"{self._path}: the log was not renewed ({error})") from None
            self._boot, self._acked, self._last = boot, 0, len(unsent)
            return boot

    def close(self) -> None:
        """Write what is held, if the disk takes it now, and close. Safe to call twice."""
        with self._lock:
            try:
                if self._held:
                    self._write(list(self._held))
                    self._held.clear()
            except sqlite3.Error as error:
                raise OutboxError(self._not_written(error)) from None
            finally:
                self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _prepare(self, max_bytes: int | None) -> None:
        # One process only: two that number events of one log would overwrite each other's.
        self._db.execute("PRAGMA locking_mode=EXCLUSIVE")
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        if max_bytes is not None:
            page_bytes = self._db.execute("PRAGMA page_size").fetchone()[0]
            self._db.execute(f"PRAGMA max_page_count={max(max_bytes // page_bytes, 8)}")
        self._db.executescript(_SCHEMA)
        self._db.execute("INSERT OR IGNORE INTO log VALUES (1, ?, 0)", (_new_boot(),))

    def _write(self, waiting: list[tuple[str, float, Happening]]) -> None:
        """One transaction, or nothing."""
        if not waiting:
            return
        events = [
            TripEvent(boot=self._boot, seq=seq, trip_id=trip_id, utc_s=utc_s, what=what)
            for seq, (trip_id, utc_s, what) in enumerate(waiting, self._last + 1)
        ]
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._insert(events)
            self._db.execute("COMMIT")
        except sqlite3.Error:
            self._roll_back()
            raise
        self._last = events[-1].seq

    def _insert(self, events: Iterable[TripEvent]) -> None:
        rows = ((event.seq, EVENT.encode(event)) for event in events)
        self._db.executemany("INSERT INTO events VALUES (?, ?)", rows)

    def _read(self, after: int, limit: int) -> tuple[TripEvent, ...]:
        query = "SELECT event FROM events WHERE seq > ? ORDER BY seq LIMIT ?"
        try:
            rows = self._db.execute(query, (after, limit)).fetchall()
            return tuple(EVENT.decode(text) for (text,) in rows)
        except (sqlite3.Error, WireError) as error:
            raise OutboxError(f"{self._path}: the trip log cannot be read ({error}); move it away") from None

    def _roll_back(self) -> None:
        # What cannot be rolled back (a closed or lost file) is not there: the first error tells it.
        with contextlib.suppress(sqlite3.Error):
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")

    def _hold(self, new: list[tuple[str, float, Happening]]) -> None:
        self._dropped += max(len(self._held) + len(new) - HELD_LIMIT, 0)
        self._held.extend(new)

    def _not_written(self, error: sqlite3.Error) -> str:
        lost = f", {self._dropped} lost" if self._dropped else ""
        advice = "free some space" if "full" in str(error) else "look at its disk"
        return (
            f"{self._path}: the trip log cannot be written ({error}); {advice}: "
            f"{len(self._held)} events are held in memory{lost}"
        )


def _unusable(path: Path, error: sqlite3.Error) -> str:
    if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
        return f"{path}: the trip log is in use; end the other shirube that runs on it"
    return f"{path}: not a usable trip log ({error}); move it away and start again"


def _new_boot() -> str:
    return secrets.token_hex(8)
