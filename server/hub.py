"""Wake-ups for those who watch: "look again", never the data itself, which is read from the store."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from server.credentials import new_id


class Hub:
    """Listeners by trip. One process: several will need the database's own notifications."""

    def __init__(self) -> None:
        # New with each start, so that a viewer who resumes knows to read everything again.
        self.epoch: Final = new_id()[:12]
        self.closing = False
        self._listeners: dict[str, set[asyncio.Event]] = {}

    @contextmanager
    def listen(self, trip_id: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever there is something new about the trip."""
        woken = asyncio.Event()
        self._listeners.setdefault(trip_id, set()).add(woken)
        try:
            yield woken
        finally:
            self._listeners[trip_id].discard(woken)
            if not self._listeners[trip_id]:
                del self._listeners[trip_id]

    def wake(self, trip_id: str) -> None:
        """Something happened on this trip."""
        for woken in self._listeners.get(trip_id, ()):
            woken.set()

    def wake_all(self) -> None:
        """Somebody's right to look may have ended."""
        for trip_id in self._listeners:
            self.wake(trip_id)

    def close(self) -> None:
        """The server is going: every open view ends and says so."""
        self.closing = True
        self.wake_all()
