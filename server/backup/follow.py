"""Following an SQLite store: a whole copy, and from then on what changed, every half second.

Nothing is missed, by SQLite's own locks. The log of a store begins again from its start only when all of it
is in the database file and nobody reads from the log. One read is open at every moment here, and a new one is
opened, and all up to it shipped, before the old one ends:

- A read that uses the log (any mark but 0) keeps it from beginning again, until all is shipped.
- A read that needs nothing of the log (mark 0: all of it is in the file) keeps any more of it from being
  brought into the file. So the log can begin again once at most, and only if nothing was written since; the
  round's number then has grown by one. Anything else is told as missed, and a new whole copy is taken.
"""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from server.backup.errors import BackupError, BusyError, MissedError
from server.backup.manifest import write_whole
from server.backup.segments import Chain
from server.backup.take import Place, finish_sqlite, forget_old, new_folder, open_store
from server.backup.wal import Committed, committed, frames
from server.clock import Clock

EVERY_S: Final = 0.5
# The log is brought into the file by us when it is longer: as long as somebody reads, nobody else can end it.
_LONG_LOG: Final = 4000  # frames: 16 MB
# A new whole copy, so that a restore has not too much to go through.
_MOST_BYTES: Final = 256 << 20
_LONGEST_S: Final = 24 * 3600.0
_TURN_WITHIN_S: Final = 20.0
_GAP_WITHIN_S: Final = 0.2  # shipping must not wait for it
_STATE: Final = "following.json"
_INDEX_BYTES: Final = 96


@dataclass(slots=True)
class Shipped:
    """Where in the log everything is shipped up to."""

    salts: bytes
    frame: int


class Follower:
    """One store, followed into one place."""

    def __init__(self, path: Path, place: Place, clock: Clock) -> None:
        self._path = path
        self._place = place
        self._clock = clock
        self._holding = open_store(path)
        self._spare = open_store(path)
        self._writer = open_store(path)
        self._writer.execute("PRAGMA busy_timeout=0")
        # Opened once and closed last: closing any descriptor of these files ends the locks that this process
        # holds on them (POSIX), and with them the reads that everything here rests on.
        self._holding.execute("SELECT count(*) FROM sqlite_master").fetchone()
        self._index = os.open(f"{path}-shm", os.O_RDONLY)
        self._log = os.open(f"{path}-wal", os.O_RDONLY)
        self._inode = path.stat().st_ino
        self._begin()

    def _begin(self) -> None:
        """A whole copy of a moment at which nobody writes; the read that sees it stays open."""
        for connection in (self._holding, self._spare):
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        with self._nobody_writes():
            now_s, state = self._clock.utc_s(), self._committed()
            _read(self._holding)
        self._at = Shipped(state.salts, state.max_frame)
        folder = new_folder(self._place, now_s)
        manifest = finish_sqlite(folder, self._holding, now_s, self._place.key, follows=True)
        self._chain = Chain(folder, manifest.sha256, self._place.key)
        self._folder, self._began_s, self._base_bytes = folder, now_s, manifest.bytes
        forget_old(self._place, now_s)

    @contextmanager
    def _nobody_writes(self, within_s: float = _TURN_WITHIN_S) -> Iterator[None]:
        """Take the writers' turn for a moment."""
        # SQLite's own waiting grows to a tenth of a second, in which who writes all the time has long begun
        # again: here it is asked every millisecond.
        end_s = time.monotonic() + within_s
        while not self._took_turn():
            if time.monotonic() > end_s:
                raise BusyError(
                    f"{self._path}: 書き込みが終わりません / somebody writes all the time: try again"
                )
            time.sleep(0.001)
        try:
            yield
        finally:
            self._writer.execute("ROLLBACK")

    def _took_turn(self) -> bool:
        try:
            self._writer.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            return False
        return True

    def step(self) -> int:
        """Ship what was committed since; how many pages. Takes a new whole copy where it is time for one."""
        if self._path.stat().st_ino != self._inode:
            raise BackupError(f"{self._path}: 別のファイルになりました / is another file now: follow it anew")
        try:
            count = self._ship()
            if self._at.frame > _LONG_LOG:
                with suppress(BusyError):  # half a second later there may be a gap
                    self._shorten()
        except MissedError:
            self._begin()
            return 0
        now_s = self._clock.utc_s()
        if self._chain.bytes > max(_MOST_BYTES, 4 * self._base_bytes) or now_s - self._began_s > _LONGEST_S:
            self._begin()
        self._tell(now_s)
        return count

    def _ship(self) -> int:
        _read(self._spare)
        now_s, state = self._clock.utc_s(), self._committed()
        changed = self._changed(state)
        if changed:
            self._chain.add(now_s, state.page_size, state.pages, changed)
        self._holding.execute("ROLLBACK")
        self._holding, self._spare = self._spare, self._holding
        return len(changed)

    def _shorten(self) -> None:
        """Bring the log into the file while nobody writes, so that the next one who does begins it again."""
        self._spare.execute("PRAGMA wal_checkpoint(PASSIVE)")  # most of it, while others go on
        with self._nobody_writes(_GAP_WITHIN_S):
            self._ship()
            self._holding.execute("ROLLBACK")
            self._holding.execute("PRAGMA wal_checkpoint(PASSIVE)")
            _read(self._holding)

    def _changed(self, state: Committed) -> dict[int, bytes]:
        """The newest content of each page that was committed since; moves on."""
        if state.max_frame == 0:
            return {}  # the log is about to begin again
        first = self._at.frame + 1
        if state.salts != self._at.salts:
            # A log that was empty begins with salts of its own; one that begins again counts on.
            if self._at.frame and state.round != (int.from_bytes(self._at.salts[:4], "big") + 1) % 2**32:
                raise MissedError("the log began again more than once")
            first = 1
        changed: dict[int, bytes] = {}
        checksum = state.checksum
        for frame in frames(self._log, first, state.max_frame, state.page_size):
            if frame.salts != state.salts:
                raise MissedError("the log began again while it was read")
            changed[frame.page] = frame.content
            checksum = frame.checksum
        if checksum != state.checksum:
            raise MissedError("the log ends before its index says")
        self._at = Shipped(state.salts, state.max_frame)
        return changed

    def _committed(self) -> Committed:
        for _ in range(1000):
            state = committed(os.pread(self._index, _INDEX_BYTES, 0))
            if state is not None:
                return state
            time.sleep(0.001)  # a commit is being written down
        raise BackupError(f"{self._path}-shm: 読めません / cannot be read: another version of SQLite?")

    def _tell(self, now_s: float) -> None:
        """For whoever watches: until when everything is shipped."""
        text = f'{{"utc_s": {now_s:.3f}, "copy": "{self._folder.name}", "segment": {self._chain.number}}}\n'
        write_whole(self._place.folder / _STATE, text.encode())

    def close(self) -> None:
        """End the reads, then the descriptors."""
        for connection in (self._holding, self._spare, self._writer):
            connection.close()
        os.close(self._index)
        os.close(self._log)


def follow(path: Path, place: Place, clock: Clock, stopped: Callable[[float], bool]) -> None:
    """Follow until `stopped(seconds)`, which waits that long, says so. What is committed then is shipped."""
    with closing(Follower(path, place, clock)) as follower:
        while not stopped(EVERY_S):
            try:
                follower.step()
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                    raise BackupError(f"{path}: {error}") from error
        follower.step()


def _read(connection: sqlite3.Connection) -> None:
    """Open a read that lasts: it begins with the first look."""
    connection.execute("BEGIN")
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
