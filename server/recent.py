"""Events that this process has stored a moment ago, as values: whoever reads their rows need not decode them.

    recent.add(log_id, event)      # the ingest, once the event is committed: never before
    recent.get(log_id, event.seq)  # whoever has read the event's row from the store; None: decode the row

It is no source of truth. Nothing is told because it is in here: only rows that were read from the store are
handed on. It holds some seconds and no more, so that what is erased lives on in it no longer than that.
"""

from typing import Final

from wire.trip import TripEvent

_MOST: Final = 20_000  # events, about 1 kB each: ten seconds of the fullest load
TURN_S: Final = 5.0  # the watcher reads once a second


class Recent:
    """Bounded in number and, by whoever calls `turn` each `TURN_S`, in age: twice that."""

    def __init__(self) -> None:
        self._young: dict[tuple[int, int], TripEvent] = {}
        self._old: dict[tuple[int, int], TripEvent] = {}

    def add(self, log_id: int, event: TripEvent) -> None:
        """An event that is committed under that number of its log."""
        if len(self._young) >= _MOST // 2:
            self.turn()
        self._young[log_id, event.seq] = event

    def get(self, log_id: int, seq: int) -> TripEvent | None:
        """The event that stands there in the log, if it was stored here lately."""
        return self._young.get((log_id, seq)) or self._old.get((log_id, seq))

    def turn(self) -> None:
        """Forget what has been here since before the last turn."""
        self._young, self._old = {}, self._young
