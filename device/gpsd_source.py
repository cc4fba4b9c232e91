"""Fixes from gpsd, in a thread of its own: stopped, killed or restarted, gpsd never holds guidance up."""

import threading
from collections import deque
from typing import Final

from device.errors import PositionError
from device.fix_health import Freshness, SourceHealth
from device.gpsd_client import GpsdClient
from device.nmea import as_written
from device.ports import Clock
from wire.position import Fix

# gpsd answers a POLL from memory, in under a millisecond, and raises its own priority. Asked every 0.2 s, one
# that is stopped is known within 1.0 s; one that was busy for half a second, opening a port, is not blamed.
POLL_S: Final = 0.2
TIMEOUT_S: Final = 0.8
# A connection to a machine's own gpsd costs nothing; its return has to be noticed within a second.
_LONGEST_RETRY_S: Final = 0.5
_OF_NOW_S: Final = 1.0
# What nobody fetched for so long is no position any more.
_OLD_S: Final = 4.0


class FixGate:
    """Which of the fixes that gpsd repeats is new, and whole. No thread, no clock.

    gpsd is asked several times a second and answers with what it has. The first answer on a
    connection may be of any age: it counts where it is of now by the receiver's own time, as known
    from the connection before; else nothing is given out until the time of the fix has moved. A new
    fix is given out at the second look, when the rest of its epoch (geometry, error) has come in.
    """

    def __init__(self) -> None:
        self._first_look = True
        self._known_utc_s: float | None = None
        self._held: Fix | None = None
        self._origin: float | None = None  # the receiver's UTC at monotonic second 0

    def reconnected(self) -> None:
        """What comes next may be old again."""
        self._first_look, self._held = True, None

    def offer(self, fix: Fix | None, now_s: float) -> Fix | None:
        """The fix to give out now, if any; `fix`: gpsd's answer at `now_s`."""
        if fix is None:
            self._first_look = False  # gpsd has none now: the next one is new
            return None
        if self._first_look:
            self._first_look = False
            if not self._is_of_now(fix, now_s):
                self._known_utc_s = fix.utc_s
                return None
        held, self._held = self._held, None
        if held is not None and held.utc_s == fix.utc_s:
            return self._give(fix, now_s)
        if fix.utc_s != self._known_utc_s:
            self._held = fix
        return None if held is None else self._give(held, now_s)

    def _give(self, fix: Fix, now_s: float) -> Fix:
        self._known_utc_s, self._origin = fix.utc_s, fix.utc_s - now_s
        return fix

    def _is_of_now(self, fix: Fix, now_s: float) -> bool:
        return self._origin is not None and abs(fix.utc_s - now_s - self._origin) <= _OF_NOW_S


class GpsdSource:
    """A `PositionSource` on gpsd at host and port. One in a process (see `device.gpsd_client`).

    gpsd is asked every `poll_s`; a fix comes out at most two of them after gpsd has it. Fixes that nobody
    fetched for 4 s are dropped. How it is: see `SourceHealth`.
    """

    def __init__(
        self, host: str, port: int, clock: Clock, *, poll_s: float = POLL_S, timeout_s: float = TIMEOUT_S
    ) -> None:
        self._clock = clock
        self._poll_s = poll_s
        self._client = GpsdClient(host, port, timeout_s)
        self._lock = threading.Lock()
        self._arrived: deque[tuple[float, Fix]] = deque(maxlen=64)
        self._fresh = Freshness()
        self._fault = "connecting to gpsd"  # "": it answers
        self._trouble = ""
        self._dropped = 0
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._live, name="gpsd", daemon=True)
        self._thread.start()

    @property
    def dropped(self) -> int:
        """How many fixes were too old when they were fetched."""
        return self._dropped

    def poll(self) -> tuple[Fix, ...]:
        """The fixes that arrived since the last call, oldest first; each once, none of 4 s ago."""
        with self._lock:
            arrived = list(self._arrived)
            self._arrived.clear()
        oldest_s = self._clock.now_s() - _OLD_S
        fresh = tuple(fix for arrived_s, fix in arrived if arrived_s >= oldest_s)
        self._dropped += len(arrived) - len(fresh)
        return fresh

    def health(self) -> SourceHealth:
        """How the source is now; never blocks."""
        now_s = self._clock.now_s()
        with self._lock:
            if self._fault:
                return self._fresh.broken(now_s, self._fault)
            return self._fresh.judge(now_s, self._trouble)

    def close(self) -> None:
        """End the thread and the connection; safe to call twice. Takes a few timeouts at most."""
        self._ending.set()
        self._thread.join()
        self._client.close()

    def _live(self) -> None:
        gate = FixGate()
        retry_s = self._poll_s
        while not self._ending.is_set():
            try:
                self._client.connect()
                gate.reconnected()
                self._note(fault="")
                retry_s = self._poll_s
                self._read(gate)
            except PositionError as fault:
                self._note(fault=str(fault))
                self._ending.wait(retry_s)
                retry_s = min(retry_s * 2.0, _LONGEST_RETRY_S)

    def _read(self, gate: FixGate) -> None:
        while not self._ending.wait(self._poll_s):
            told = self._client.poll()
            now_s = self._clock.now_s()
            fix = gate.offer(told, now_s)
            with self._lock:
                self._trouble = self._client.trouble
                if fix is not None:
                    # As a recording holds it: a replay then decides as guidance did.
                    self._arrived.append((now_s, as_written(fix, "gpsd")))
                    self._fresh.arrived(now_s)

    def _note(self, *, fault: str) -> None:
        with self._lock:
            self._fault = fault
