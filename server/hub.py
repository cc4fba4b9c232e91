"""Wake-ups for those who watch: "look again", never the data itself, which is read from the store."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from server.credentials import new_id

# Topics beside the ids of trips.
ANY_TRIP: Final = "any trip"  # something was stored of some trip
ALERTS: Final = "alerts"  # an alert or a delivery is due
URGENT: Final = "urgent"  # a call for help, a fall or an answer to a question was stored
GROUND: Final = "ground"  # somebody's zones or kept places have changed
RIGHTS: Final = "rights"  # who may look at what has changed


def notices_for(wearer_id: str) -> str:
    """The topic of what the server has to tell a wearer."""
    return f"notices {wearer_id}"


class Hub:
    """Listeners by topic in this process; `publish` passes a wake-up on to the other processes."""

    def __init__(self) -> None:
        # New with each start, so that a viewer who resumes knows to read everything again.
        self.epoch: Final = new_id()[:12]
        self.closing = False
        # Grows whenever somebody's right to look may have ended: who has asked since need not ask again.
        self.rights = 0
        self.publish: Callable[[frozenset[str]], None] | None = None
        self._listeners: dict[str, set[asyncio.Event]] = {}

    @contextmanager
    def listen(self, *topics: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever there is something new about one of the topics."""
        woken = asyncio.Event()
        for topic in topics:
            self._listeners.setdefault(topic, set()).add(woken)
        try:
            yield woken
        finally:
            for topic in topics:
                self._listeners[topic].discard(woken)
                if not self._listeners[topic]:
                    del self._listeners[topic]

    def wake(self, topics: Iterable[str]) -> None:
        """Something happened on these trips or topics, and is in the store: tell everybody."""
        told = frozenset(topics)
        self.wake_here(told)
        if self.publish is not None:
            self.publish(told)

    def wake_here(self, topics: Iterable[str]) -> None:
        """As `wake`, in this process only: what another process has told."""
        for topic in topics:
            self.rights += topic == RIGHTS
            for woken in self._listeners.get(topic, ()):
                woken.set()

    def rights_changed(self) -> None:
        """Somebody's right to look may have ended: open views ask again at once."""
        self.wake((RIGHTS,))

    def wake_all_here(self) -> None:
        """Anything may have happened, rights included: everybody in this process looks, and asks, again."""
        self.rights += 1
        for listeners in self._listeners.values():
            for woken in listeners:
                woken.set()

    def close(self) -> None:
        """The server is going: every open view ends and says so."""
        self.closing = True
        self.wake_all_here()
