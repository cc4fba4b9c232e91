"""When which trip is to be looked at again though nothing comes."""

import heapq


class Due:
    """A heap in which each trip stands once, at or before its time: that moves on with each event."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, str]] = []
        self._earliest: dict[str, float] = {}

    def at(self, trip_id: str, utc_s: float) -> None:
        """The trip is to be looked at then, at the latest."""
        if utc_s < self._earliest.get(trip_id, float("inf")):
            self._earliest[trip_id] = utc_s
            heapq.heappush(self._heap, (utc_s, trip_id))

    def pop(self, now_s: float) -> set[str]:
        """Trips whose time has come; some of them may be forgotten since."""
        due = set()
        while self._heap and self._heap[0][0] <= now_s:
            at_s, trip_id = heapq.heappop(self._heap)
            if self._earliest.get(trip_id) == at_s:
                del self._earliest[trip_id]
            due.add(trip_id)
        return due

    def forget(self, trip_id: str) -> None:
        """Nobody waits for it."""
        self._earliest.pop(trip_id, None)
