"""Writes what happened, in a thread: an SD card may take a second for one commit, or stop answering.

Packets wait together for `GROUP_S`, so that the card is asked twice a second at most; urgent ones go at once.
While the disk takes nothing they wait in memory, and it is tried again twice a second; where it is full, a
call for help gets the room that is kept for it.
"""

import contextlib
import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from device.errors import OutboxDamaged, OutboxError
from device.log.intake import Intake, Verdict, urgent
from device.log.reserve import RESERVE_BYTES, Reserve
from device.outbox import Outbox
from device.outbox_file import set_aside
from device.parts.messages import Store
from wire.trip import Sos

_log = logging.getLogger(__name__)
GROUP_S: Final = 0.5
RETRY_S: Final = 0.5
# A commit takes a card 5 to 300 ms; one that takes so long does not answer.
STUCK_S: Final = 2.0
# With a full disk waiting helps; after other faults the file may have to be opened anew.
_REOPEN_AFTER: Final = 4


@dataclass(frozen=True, slots=True)
class SosWritten:
    """The newest `Sos` on the disk: its place in the log, and the packets that were written with it."""

    boot: str
    seq: int
    numbers: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Writing:
    """How it is. `storing` False: the disk takes nothing; `detail` says why, or what was moved aside."""

    storing: bool = True
    detail: str = ""
    waiting: int = 0  # events in memory


class LogWriter:
    """The outbox at `path` behind a queue. `woken` is called in its thread at each change."""

    def __init__(
        self, path: Path, woken: Callable[[], None] = lambda: None, *, max_bytes: int | None = None
    ) -> None:
        self._path = path
        self._woken = woken
        self._max_bytes = max_bytes
        self._changed = threading.Condition()
        self._intake: Intake | None = None  # None: not known yet what is on the disk
        self._unsorted: list[Store] = []
        self._since_s: float | None = None  # when the oldest that waits came
        self._hurry = self._ending = False
        self._fault = ""
        self._aside = ""
        self._short = ""  # the disk is full, and the reserve was given up
        self._reserve = Reserve(path.with_name(f"{path.name}.reserve"))
        self._failures = 0
        self._busy_since_s: float | None = None
        self._sos: SosWritten | None = None
        self._outbox: Outbox | None = None
        self.commits = 0
        self._thread = threading.Thread(target=self._live, name="log-writer", daemon=True)
        self._thread.start()

    @property
    def outbox(self) -> Outbox | None:
        """The open log; None while it cannot be opened. Another one after a damage."""
        return self._outbox

    @property
    def sos(self) -> SosWritten | None:
        """The newest call for help that was written here."""
        return self._sos

    def works(self) -> bool:
        """Whether the thread is there."""
        return self._thread.is_alive()

    def offer(self, store: Store) -> Verdict:
        """Take a packet in; never waits."""
        with self._changed:
            if self._intake is None:
                # Not taken and not refused: sorted when it is known what is written already.
                self._unsorted.append(store)
                return "taken"
            verdict = self._intake.offer(store)
            if verdict == "taken":
                self._queued(store)
            return verdict

    def written(self) -> dict[str, int]:
        """How far each sender's packets are on the disk."""
        with self._changed:
            return {} if self._intake is None else dict(self._intake.written)

    def state(self) -> Writing:
        """How it is now; never waits."""
        with self._changed:
            busy_s = self._busy_since_s
            waiting = sum(len(store.happened) for store in self._unsorted)
            waiting += 0 if self._intake is None else self._intake.events
        if busy_s is not None and time.monotonic() - busy_s > STUCK_S:
            return Writing(False, f"{self._path}: the disk does not answer; {waiting} events wait", waiting)
        fault = self._fault or self._short
        return Writing(not fault, fault or self._aside, waiting)

    def close(self, timeout_s: float = 5.0) -> None:
        """Write what waits, if the disk takes it now, and end. Safe to call twice."""
        with self._changed:
            self._ending = True
            self._changed.notify_all()
        self._thread.join(timeout_s)

    def _queued(self, store: Store) -> None:
        if self._since_s is None:
            self._since_s = time.monotonic()
        self._hurry = self._hurry or urgent(store)
        self._changed.notify_all()

    def _live(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(self._ready, self._wait_s())
                ending = self._ending
            if self._outbox is None:
                self._open()
            if self._outbox is not None and (ending or self._due()):
                self._write(self._outbox)
            if ending and (self._fault or not self._left()):
                break
        if self._outbox is not None:
            with contextlib.suppress(OutboxError):
                self._outbox.close()

    def _left(self) -> int:
        with self._changed:
            return 0 if self._intake is None else len(self._intake)

    def _ready(self) -> bool:
        if self._ending:
            return True
        return not self._fault and (self._outbox is None or self._due())

    def _due(self) -> bool:
        if self._since_s is None:
            return False
        return self._hurry or time.monotonic() - self._since_s >= GROUP_S

    def _wait_s(self) -> float:
        if self._fault or self._since_s is None:
            return RETRY_S
        return max(self._since_s + GROUP_S - time.monotonic(), 0.0) + 0.001

    def _open(self) -> None:
        self._busy_since_s = time.monotonic()
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            outbox = self._begun()
            numbers = outbox.numbers()
        except (OSError, OutboxError) as error:
            self._failed(str(error))
            return
        finally:
            self._busy_since_s = None
        self._reserve.keep()
        self._outbox = outbox
        with self._changed:
            if self._intake is None:
                self._intake = Intake(numbers)
            else:
                self._intake.reset(numbers)
            unsorted, self._unsorted = self._unsorted, []
            for store in unsorted:
                if self._intake.offer(store) == "taken":
                    self._queued(store)
            if not len(self._intake):
                self._fault, self._failures = "", 0  # else what waits has to show whether it can be written
        self._woken()

    def _begun(self) -> Outbox:
        """The log; a new one where the file is damaged, which is kept."""
        try:
            return Outbox(self._path, max_bytes=self._max_bytes, check=True)
        except OutboxDamaged as damage:
            aside = set_aside(self._path)
            self._aside = f"{damage}; it is kept as {aside.name}, and a new log was begun"
            _log.error("%s", self._aside)
            return Outbox(self._path, max_bytes=self._max_bytes)

    def _write(self, outbox: Outbox) -> None:
        with self._changed:
            if self._intake is None:
                return
            entries, numbers = self._intake.batch()
            self._hurry = False
        self._busy_since_s = time.monotonic()
        try:
            boot, first = outbox.write(entries, numbers)
        except OutboxDamaged as error:
            self._leave(outbox)
            self._failed(str(error))
        except OutboxError as error:
            self._failed(str(error))
            if "full" in str(error):
                self._make_room(outbox)
            elif self._failures % _REOPEN_AFTER == 0:
                self._leave(outbox)
        else:
            calls = [n for n, (_, _, what) in enumerate(entries) if isinstance(what, Sos)]
            if calls:
                self._sos = SosWritten(boot, first + calls[-1], tuple(numbers.items()))
            self._settle(numbers)
        finally:
            self._busy_since_s = None
        self._woken()

    def _make_room(self, outbox: Outbox) -> None:
        """For a call for help, which waits behind the rest: the next attempt writes both."""
        with self._changed:
            if self._intake is None or not self._intake.has_sos:
                return
        self._reserve.give()
        with contextlib.suppress(OutboxError):
            outbox.widen(RESERVE_BYTES)
        self._short = f"{self._path}: the disk is full; free some space: only an SOS had room still"

    def _settle(self, numbers: dict[str, int]) -> None:
        self.commits += 1
        self._fault, self._failures = "", 0
        if self._short and self._reserve.keep():
            self._short = ""
        with self._changed:
            assert self._intake is not None  # noqa: S101  (what was written came from it)
            self._intake.settle(numbers)
            self._since_s = time.monotonic() if len(self._intake) else None

    def _failed(self, fault: str) -> None:
        self._failures += 1
        told, self._fault = self._fault, fault
        if fault != told:
            if not told:  # then only the number that waits changes
                _log.error("%s", fault)
            self._woken()

    def _leave(self, outbox: Outbox) -> None:
        """Close it; it is opened anew, or a new one is begun."""
        self._outbox = None
        with contextlib.suppress(OutboxError, sqlite3.Error):
            outbox.close()
