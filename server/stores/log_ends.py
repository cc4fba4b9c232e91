"""Of bringing SQLite's log into the file beside those who write, and not by whoever commits one page more.

A commit that also does that takes ten times as long as the others, and everybody's acknowledgement waits for
it. Most of it is done here on a connection and a thread of its own, while others go on; the little that came
meanwhile follows between two transactions, after which the log begins again from its start: unless somebody
reads in it at that moment. Under load somebody always does, and then they are waited for.
"""

import logging
import sqlite3
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Final

_BRING: Final = "PRAGMA wal_checkpoint(PASSIVE)"  # waits for nobody, and nobody waits for it
# Changed rows, about 4,000 pages. Each time delays some commits: seldom, then, and more at once.
_EVERY: Final = 3_000
_LONG: Final = 8_000  # pages, 32 MB: from here on the log has to begin again
_BEGIN_AGAIN: Final = "PRAGMA wal_checkpoint(RESTART)"  # waits for those who read in the log
_WITHIN_MS: Final = 100  # a view reads for milliseconds; a copy of the store, for minutes, is not waited for
_log = logging.getLogger(__name__)


class LogEnds:
    """For the one thread that writes most, which calls `between` before each transaction."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="log-ends")
        self._brought: Future[None] | None = None
        self._changes = 0
        self._long = _LONG

    def between(self, connection: sqlite3.Connection) -> None:
        """Begin to bring the log into the file when enough was written, or end what was begun."""
        changes = connection.total_changes
        if self._brought is None:
            if abs(changes - self._changes) >= _EVERY:  # a new connection counts from 0
                self._changes = changes
                self._brought = self._thread.submit(self._bring)
        elif self._brought.done():
            self._brought = None
            self._shorten(connection)

    def _shorten(self, connection: sqlite3.Connection) -> None:
        pages = _bring(connection)
        if pages >= self._long:
            # In vain: it is not waited for again before the log is twice as long.
            self._long = _LONG if _begun_again(connection) else 2 * pages
        elif pages < _LONG:
            self._long = _LONG

    def _bring(self) -> None:
        try:
            # Never a new file where the store has gone.
            address = f"{self._path.absolute().as_uri()}?mode=rw"
            with closing(sqlite3.connect(address, uri=True, isolation_level=None)) as connection:
                connection.execute("PRAGMA synchronous=FULL")
                _bring(connection)
        except sqlite3.Error as error:
            _tell(error)

    def close(self) -> None:
        """Wait for what was begun."""
        self._thread.shutdown()


def _bring(connection: sqlite3.Connection) -> int:
    """How many pages the log has. It is tried again soon; where it is never possible, the commits do it."""
    try:
        _, pages, _ = connection.execute(_BRING).fetchone()
    except sqlite3.Error as error:
        _tell(error)
        return 0
    return int(pages)


def _begun_again(connection: sqlite3.Connection) -> bool:
    """Whether the next change begins the log again. Who begins to read meanwhile needs no log."""
    (patience_ms,) = connection.execute("PRAGMA busy_timeout").fetchone()
    connection.execute(f"PRAGMA busy_timeout={_WITHIN_MS}")
    try:
        busy, _, _ = connection.execute(_BEGIN_AGAIN).fetchone()
    except sqlite3.Error as error:
        _tell(error)
        return False
    finally:
        connection.execute(f"PRAGMA busy_timeout={patience_ms}")
    return not busy


def _tell(error: sqlite3.Error) -> None:
    _log.error("the log is not brought into the file: %s", " ".join(str(error).split()))
