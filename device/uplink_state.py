"""How the link to the server is: noted by the uplink, read in any thread, and never waited for."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from device.outbox import Outbox


@dataclass(frozen=True, slots=True)
class LinkState:
    """How the link is. `refused`: the server said no; it is asked again rarely, with a new key at once."""

    connected: bool
    acked: int
    pending: int
    last_error: str | None
    refused: bool = False


class LinkNotes:
    """The state of one link; `outbox` tells how much there is to send."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._changed = threading.Condition()
        self._connected = False
        self._refused = False
        self._last_error: str | None = None
        self._acked = outbox.acked_seq
        self._ahead = 0  # events beyond `acked` that the server has

    def state(self) -> LinkState:
        """How the link is now; never blocks."""
        with self._changed:
            return LinkState(
                connected=self._connected,
                acked=self._acked,
                pending=max(self._outbox.last_seq - self._acked - self._ahead, 0),
                last_error=self._last_error,
                refused=self._refused,
            )

    def wait_until(self, predicate: Callable[[LinkState], bool], timeout_s: float) -> bool:
        """Wait (in real time) until the state satisfies `predicate`; whether it did in time."""
        end_s = time.monotonic() + timeout_s
        while not predicate(self.state()):
            left_s = end_s - time.monotonic()
            if left_s <= 0.0:
                return False
            with self._changed:
                # Appending to the outbox tells nobody: look again soon even where nothing is told.
                self._changed.wait(min(left_s, 0.05))
        return True

    def accepted(self) -> None:
        """The server has taken the key."""
        with self._changed:
            self._refused = False

    def note(
        self,
        *,
        connected: bool,
        acked: int | None = None,
        ahead: int | None = None,
        error: str | None = None,
        refused: bool = False,
    ) -> None:
        """What is new; None: as before, but that a link that is there has no error."""
        with self._changed:
            self._connected = connected
            self._refused = self._refused or refused
            self._last_error = error if error is not None or connected else self._last_error
            self._acked = self._acked if acked is None else acked
            self._ahead = self._ahead if ahead is None else ahead
            self._changed.notify_all()
