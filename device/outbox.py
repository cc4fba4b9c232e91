"""The durable log of what happened, from which the uplink sends: nothing lost, nothing numbered twice.

One SQLite file. `synchronous=FULL`: NORMAL may lose committed rows when the power goes. The file
carries its `boot` name, made with the file: after a restart the same file goes on with the same
boot and the next `seq` (see `wire.trip`). It knows too how far each sender's packets are written, in the
same commit as the events: a packet that comes again after a death is not written again.
"""

import contextlib
import math
import os
import secrets
import sqlite3
import threading
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from device.errors import OutboxError
from device.outbox_file import SCHEMA, is_damage, unusable
from wire.codec import EVENT
from wire.errors import WireError
from wire.trip import Happening, HealthChanged, Rerouted, TripEvent, TripStarted

# Acknowledged events stay a while: a server restored from a backup asks for them again. About 5 hours.
KEEP_ACKED: Final = 20_000
# What is held in memory while the disk takes nothing: more than an hour of a walk.
HELD_LIMIT: Final = 5_000
# Each start of guidance is a new sender; older ones than these send no more.
_KEEP_SENDERS: Final = 16

Happened = tuple[float, Happening]  # (UTC second, what)
Entry = tuple[str, float, Happening]  # of which trip


class Outbox:
    """Append from one thread, send from another; every method may be called from any thread.

    `max_bytes` bounds the file, so that a log cannot fill the disk that the recorder needs.
    `check` looks through the whole file first: `OutboxDamaged` where it is not whole.
    """

    def __init__(
        self, path: Path, *, max_bytes: int | None = None, keep_acked: int = KEEP_ACKED, check: bool = False
    ) -> None:
        self._path = path
        self._keep_acked = keep_acked
        self._lock = threading.Lock()
        self._held: deque[Entry] = deque(maxlen=HELD_LIMIT)
        self._dropped = 0
        try:
            # Where someone walked is nobody else's business: readable by the owner only.
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=1.0)
        except (OSError, sqlite3.Error) as error:
            raise OutboxError(f"{path}: the trip log cannot be opened ({error})") from None
        try:
            self._prepare(max_bytes, check)
            self._boot: str = self._db.execute("SELECT boot FROM log").fetchone()[0]
            self._acked: int = self._db.execute("SELECT acked FROM log").fetchone()[0]
            self._noted = self._acked  # what of it is on the disk
            self._last: int = self._db.execute("SELECT max(seq) FROM events").fetchone()[0] or self._acked
        except sqlite3.Error as error:
            self._db.close()
            raise unusable(path, error) from None

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
        """The highest seq up to which the server said that all is on its disk."""
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
            try:
                self._write([*self._held, *new], {})
            except sqlite3.Error as error:
                self._hold(new)
                raise OutboxError(self._not_written(error, len(self._held))) from None
            self._held.clear()
            return tuple(range(self._last - len(new) + 1, self._last + 1))

    def write(self, entries: Sequence[Entry], numbers: Mapping[str, int]) -> tuple[str, int]:
        """Write all, and how far the packets of each sender are written, in one commit; or nothing.

        The boot and the seq of the first of them.

        `OutboxError` where the disk takes nothing; the caller keeps them. `OutboxDamaged`: this file takes
        no more.
        """
        with self._lock:
            first = self._last + 1
            try:
                self._write(entries, numbers)
            except sqlite3.Error as error:
                if is_damage(error):
                    raise unusable(self._path, error) from None
                raise OutboxError(self._not_written(error, len(entries))) from None
            return self._boot, first

    def widen(self, by_bytes: int) -> None:
        """Let the file grow by that from what it is now, over its bound. `OutboxError` as in `write`."""
        with self._lock:
            (page_bytes,), (pages,) = (self._ask(f"PRAGMA {of}", ())[0] for of in ("page_size", "page_count"))
            most = self._ask("PRAGMA max_page_count", ())[0][0]
            self._ask(f"PRAGMA max_page_count={max(most, pages + by_bytes // page_bytes)}", ())

    def numbers(self) -> dict[str, int]:
        """How far the packets of each sender are written."""
        with self._lock:
            return dict(self._ask("SELECT sender, number FROM senders", ()))

    def pending(self, after: int, limit: int) -> tuple[TripEvent, ...]:
        """Up to `limit` events with seq above `after`, in order."""
        with self._lock:
            return self._read("seq > ? ORDER BY seq LIMIT ?", (after, limit))

    def between(self, first: int, last: int) -> tuple[TripEvent, ...]:
        """The events `first` to `last`, in order."""
        with self._lock:
            return self._read("seq BETWEEN ? AND ? ORDER BY seq", (first, last))

    def beginnings(self, after: int) -> tuple[int, ...]:
        """The seqs above `after`, in order, of each trip's beginning, and of the newest trip's newest route.

        They must be known before a trip's other events are of use.
        """
        query = """SELECT seq FROM beginnings WHERE seq > ?1 AND (type = 'trip_started' OR seq = (
          SELECT max(seq) FROM beginnings
          WHERE trip_id = (SELECT trip_id FROM beginnings ORDER BY seq DESC LIMIT 1)
        )) ORDER BY seq"""
        with self._lock:
            return tuple(seq for (seq,) in self._ask(query, (after,)))

    def acked(self, seq: int) -> None:
        """The server holds everything up to `seq`: the oldest of it need not be kept. Never goes back.

        Noted on the disk with the next events: it spares the card a commit, and the server says it again
        anyway. Never waits, also not for a commit that a dying card does not end: the link's loop calls it.
        """
        self._acked = max(self._acked, min(seq, self._last))

    def renew(self) -> str:
        """Go on under a new boot: what the server has not acknowledged is numbered from 1 again.

        For a log that went back in time (a card that lost its last writes, a restored copy): the
        server knows higher numbers of the old boot, and would take ours for ones it has.
        """
        with self._lock:
            boot = _new_boot()
            unsent = self._read("seq > ? ORDER BY seq", (self._acked,))
            try:
                self._db.execute("BEGIN IMMEDIATE")
                self._db.execute("DELETE FROM events")
                self._db.execute("DELETE FROM beginnings")
                self._insert(replace(event, boot=boot, seq=n) for n, event in enumerate(unsent, 1))
                self._db.execute("UPDATE log SET boot = ?, acked = 0", (boot,))
                self._db.execute("COMMIT")
            except sqlite3.Error as error:
                self._roll_back()
                raise OutboxError(f"{self._path}: the log was not renewed ({error})") from None
            self._boot, self._acked, self._noted, self._last = boot, 0, 0, len(unsent)
            return boot

    def close(self) -> None:
        """Write what is held, if the disk takes it now, and close. Safe to call twice."""
        with self._lock:
            try:
                if self._held or self._noted < self._acked:
                    self._write(list(self._held), {})
                    self._held.clear()
            except sqlite3.Error as error:
                if self._held:
                    raise OutboxError(self._not_written(error, len(self._held))) from None
            finally:
                self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _prepare(self, max_bytes: int | None, check: bool) -> None:
        # One process only: two that number events of one log would overwrite each other's.
        self._db.execute("PRAGMA locking_mode=EXCLUSIVE")
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        if max_bytes is not None:
            page_bytes = self._db.execute("PRAGMA page_size").fetchone()[0]
            self._db.execute(f"PRAGMA max_page_count={max(max_bytes // page_bytes, 8)}")
        if check and (found := self._db.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise sqlite3.DatabaseError(f"malformed: {found}")
        self._db.executescript(SCHEMA)
        self._db.execute("INSERT OR IGNORE INTO log VALUES (1, ?, 0)", (_new_boot(),))

    def _write(self, entries: Sequence[Entry], numbers: Mapping[str, int]) -> None:
        """One transaction, or nothing."""
        if not entries and not numbers and self._noted >= self._acked:
            return
        events = [
            TripEvent(boot=self._boot, seq=seq, trip_id=trip_id, utc_s=utc_s, what=what)
            for seq, (trip_id, utc_s, what) in enumerate(entries, self._last + 1)
        ]
        last, acked = self._last + len(events), self._acked
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._note_acked(acked)
            self._insert(events)
            self._note_numbers(numbers, last)
            self._db.execute("COMMIT")
        except sqlite3.Error:
            self._roll_back()
            raise
        self._last, self._noted = last, acked

    def _insert(self, events: Iterable[TripEvent]) -> None:
        for event in events:
            self._db.execute("INSERT INTO events VALUES (?, ?)", (event.seq, _text(event)))
            if isinstance(event.what, (TripStarted, Rerouted)):
                row = (event.seq, event.trip_id, event.what.type)
                self._db.execute("INSERT INTO beginnings VALUES (?, ?, ?)", row)

    def _note_acked(self, acked: int) -> None:
        if self._noted < acked:
            self._db.execute("UPDATE log SET acked = ?", (acked,))
            for table in ("events", "beginnings"):
                self._db.execute(
                    f"DELETE FROM {table} WHERE seq <= ?",  # noqa: S608  (the names stand above)
                    (acked - self._keep_acked,),
                )

    def _note_numbers(self, numbers: Mapping[str, int], seq: int) -> None:
        rows = [(sender, number, seq) for sender, number in numbers.items()]
        self._db.executemany("INSERT OR REPLACE INTO senders VALUES (?, ?, ?)", rows)
        if rows:
            newest = "SELECT sender FROM senders ORDER BY seq DESC, rowid DESC"
            old = f"DELETE FROM senders WHERE sender NOT IN ({newest} LIMIT ?)"  # noqa: S608  (no value in it)
            self._db.execute(old, (_KEEP_SENDERS,))

    def _read(self, where: str, values: tuple[int, ...]) -> tuple[TripEvent, ...]:
        try:
            query = f"SELECT event FROM events WHERE {where}"  # noqa: S608  (written above)
            rows = self._db.execute(query, values).fetchall()
            return tuple(EVENT.decode(text) for (text,) in rows)
        except (sqlite3.Error, WireError) as error:
            raise OutboxError(f"{self._path}: the trip log cannot be read ({error}); move it away") from None

    def _ask(self, query: str, values: tuple[int, ...]) -> list[tuple[Any, ...]]:
        try:
            return self._db.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise OutboxError(f"{self._path}: the trip log cannot be read ({error}); move it away") from None

    def _roll_back(self) -> None:
        # What cannot be rolled back (a closed or lost file) is not there: the first error tells it.
        with contextlib.suppress(sqlite3.Error):
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")

    def _hold(self, new: list[Entry]) -> None:
        self._dropped += max(len(self._held) + len(new) - HELD_LIMIT, 0)
        self._held.extend(new)

    def _not_written(self, error: sqlite3.Error, held: int) -> str:
        lost = f", {self._dropped} lost" if self._dropped else ""
        advice = "free some space" if "full" in str(error) else "look at its disk"
        return (
            f"{self._path}: the trip log cannot be written ({error}); {advice}: "
            f"{held} events are held in memory{lost}"
        )


def _text(event: TripEvent) -> str:
    """The event as it is kept, and sent. One that nobody could read must not stop all that come after it."""
    text = EVENT.encode(event)
    try:
        EVENT.decode(text)
    except WireError as error:  # a number that JSON cannot hold
        lost = HealthChanged(part="recorder", health="warn", detail=f"{event.what.type} not kept: {error}")
        utc_s = event.utc_s if math.isfinite(event.utc_s) else 0.0
        return EVENT.encode(replace(event, utc_s=utc_s, what=lost))
    return text


def _new_boot() -> str:
    return secrets.token_hex(8)
