"""Wakes a part's loop from its other threads."""

import contextlib
import select
import socket


class Bell:
    """Wakes a `select` from any thread."""

    def __init__(self) -> None:
        self._heard, self._rung = socket.socketpair()
        self._heard.setblocking(False)
        self._rung.setblocking(False)

    def ring(self) -> None:
        """Wake whoever waits, now or next."""
        with contextlib.suppress(OSError):  # full: it is awake; closed: nobody waits any more
            self._rung.send(b".")

    def wait(self, others: tuple[int, ...], patience_s: float) -> None:
        """Until it rings, one of the file numbers can be read, or the time is over."""
        select.select([self._heard.fileno(), *others], [], [], max(0.0, patience_s))
        with contextlib.suppress(BlockingIOError):
            self._heard.recv(4096)

    def close(self) -> None:
        """Both ends; safe to call twice."""
        self._heard.close()
        self._rung.close()
