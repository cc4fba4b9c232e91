"""Fixes from gpsd, in a thread of its own: stopped, killed or restarted, gpsd never holds guidance up."""

import threading
from collections import deque
from dataclasses import dataclass
from typing import Final, Literal

from device.errors import PositionError
from device.gpsd_client import GpsdClient
from device.nmea import as_written
from device.ports import Clock
from wire.position import Fix

_LONGEST_RETRY_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How a source is: "ok", "warn" (no fix yet), "stale" (no new fix), "error" (no connection)."""

    state: Literal["ok", "warn", "stale", "error"]
    detail: str
    age_s: float | None  # since a new fix arrived; None: none yet


class FixGate:
    """Which of the fixes that gpsd repeats is new, and whole. No thread, no clock.

    gpsd is asked several times a second and answers with what it has. The first answer on a
    connection may be of any age, so nothing is given out until the time of the fix has moved. A new
    fix is given out at the second look, when the rest of its epoch (geometry, error) has come in.
    """

    def __init__(self) -> None:
        self._first_look = True
        self._known_utc_s: float | None = None
        self._held: Fix | None = None

    def reconnected(self) -> None:
        """What comes next may be old again."""
        self._first_look, self._held = True, None

    def offer(self, fix: Fix | None) -> Fix | None:
        """The fix to give out now, if any."""
        if fix is None:
            self._first_look = False  # gpsd has none now: the next one is new
            return None
        if self._first_look:
            self._first_look, self._known_utc_s = False, fix.utc_s
            return None
        held, self._held = self._held, None
        if held is not None and held.utc_s == fix.utc_s:
            self._known_utc_s = fix.utc_s
            return fix
        if fix.utc_s != self._known_utc_s:
            self._held = fix
        if held is not None:
            self._known_utc_s = held.utc_s
        return held


class GpsdSource:
    """A `PositionSource` on gpsd at host and port. One in a process (see `device.gpsd_client`).

    gpsd is asked every `poll_s`; a fix comes out at most two of them after gpsd has it. Without a
    new fix for `stale_s` the source is stale, and fixes that nobody fetched for so long are dropped.
    """

    def __init__(
        self,
        host: str,
        port: int,
        clock: Clock,
        *,
        poll_s: float = 0.2,
        timeout_s: float = 2.0,
        stale_s: float = 4.0,
    ) -> None:
        self._clock = clock
        self._poll_s, self._stale_s = poll_s, stale_s
        self._client = GpsdClient(host, port, timeout_s)
        self._lock = threading.Lock()
        self._arrived: deque[tuple[float, Fix]] = deque(maxlen=64)
        self._newest_s: float | None = None
        self._connected = False
        self._fault = "connecting to gpsd"
        self._dropped = 0
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._live, name="gpsd", daemon=True)
        self._thread.start()

    @property
    def dropped(self) -> int:
        """How many fixes were too old when they were fetched."""
        return self._dropped

    def poll(self) -> tuple[Fix, ...]:
        """The fixes that arrived since the last call, oldest first; each once, none older than stale."""
        with self._lock:
            arrived = list(self._arrived)
            self._arrived.clear()
        oldest_s = self._clock.now_s() - self._stale_s
        fresh = tuple(fix for arrived_s, fix in arrived if arrived_s >= oldest_s)
        self._dropped += len(arrived) - len(fresh)
        return fresh

    def health(self) -> SourceHealth:
        """How the source is now; never blocks."""
        now_s = self._clock.now_s()
        with self._lock:
            age_s = None if self._newest_s is None else now_s - self._newest_s
            if not self._connected:
                return SourceHealth("error", self._fault, age_s)
        if age_s is None:
            return SourceHealth("warn", "gpsd has no position fix yet", None)
        if age_s > self._stale_s:
            return SourceHealth("stale", f"no new position for {age_s:.0f} s", age_s)
        return SourceHealth("ok", "", age_s)

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
                self._note(connected=True)
                retry_s = self._poll_s
                self._read(gate)
            except PositionError as fault:
                self._note(connected=False, fault=str(fault))
                self._ending.wait(retry_s)
                retry_s = min(retry_s * 2.0, _LONGEST_RETRY_S)

    def _read(self, gate: FixGate) -> None:
        while not self._ending.wait(self._poll_s):
            fix = gate.offer(self._client.poll())
            if fix is not None:
                now_s = self._clock.now_s()
                with self._lock:
                    # As a recording holds it: a replay then decides as guidance did.
                    self._arrived.append((now_s, as_written(fix, "gpsd")))
                    self._newest_s = now_s

    def _note(self, *, connected: bool, fault: str = "") -> None:
        with self._lock:
            self._connected, self._fault = connected, fault
