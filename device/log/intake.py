"""What waits for the disk: packets of happenings, each sender's in order and once. No threads, no disk.

A packet that was written already, or waits here, is known: it is not taken again. A packet that comes too
early (one before it is missing) is not taken either: the sender is asked to begin again after the last one
that is written, which costs nothing, since it keeps all until it is told that they are on the disk.
"""

from collections import deque
from collections.abc import Mapping
from typing import Final, Literal

from device.outbox import Entry
from device.parts.messages import Store
from wire.trip import Announced, Answered, Fell, Happening, Sos, TripEnded, TripStarted

Verdict = Literal["taken", "known", "again"]

# As many as a sender keeps at most: five hours of a walk, about 20 MB.
MOST_WAITING: Final = 20_000
# In one commit: a card writes so much in a tenth of a second.
MOST_TOGETHER: Final = 2_000
_URGENT: Final = frozenset({"hazard", "stop"})


class Intake:
    """The queue. `written`: how far each sender's packets are on the disk. Not thread-safe."""

    def __init__(self, written: Mapping[str, int], *, most: int = MOST_WAITING) -> None:
        self.written = dict(written)
        self._taken = dict(written)
        self._most = most
        self._waiting: deque[Store] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def events(self) -> int:
        """How many events wait."""
        return sum(len(store.happened) for store in self._waiting)

    @property
    def has_sos(self) -> bool:
        """Whether a call for help waits, or its end."""
        return any(isinstance(what, Sos) for store in self._waiting for _, what in store.happened)

    def offer(self, store: Store) -> Verdict:
        """Take a packet in, or say why not."""
        # Of a sender that is not known the log has nothing: whatever it begins with is its first.
        taken = self._taken.get(store.sender, store.number - 1)
        if store.number <= taken:
            return "known"
        if store.number > taken + 1 or len(self._waiting) >= self._most:
            return "again"
        self._taken[store.sender] = store.number
        self._waiting.append(store)
        return "taken"

    def batch(self) -> tuple[list[Entry], dict[str, int]]:
        """What to write next in one commit: the entries, and how far each sender is then."""
        entries: list[Entry] = []
        numbers: dict[str, int] = {}
        for store in self._waiting:
            if entries and len(entries) + len(store.happened) > MOST_TOGETHER:
                break
            entries += [(store.trip_id, utc_s, what) for utc_s, what in store.happened]
            numbers[store.sender] = store.number
        return entries, numbers

    def settle(self, numbers: Mapping[str, int]) -> None:
        """A batch is on the disk."""
        self.written.update(numbers)
        while self._waiting and self._waiting[0].number <= numbers.get(self._waiting[0].sender, -1):
            self._waiting.popleft()

    def reset(self, written: Mapping[str, int]) -> None:
        """The log was opened anew, with that in it; what waits and is not there goes there."""
        # A commit that was said to have failed may be on the disk all the same.
        self.written = dict(written)
        self._waiting = deque(
            store for store in self._waiting if store.number > written.get(store.sender, store.number - 1)
        )


def urgent(store: Store) -> bool:
    """Whether it is to be on the disk, and on its way, at once."""
    return any(_urgent(what) for _, what in store.happened)


def _urgent(what: Happening) -> bool:
    if isinstance(what, Announced):
        return what.urgency in _URGENT
    return isinstance(what, (Answered, Fell, Sos, TripStarted, TripEnded))
