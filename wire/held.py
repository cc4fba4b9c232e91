"""Which events of one log are there: all up to a number, and ranges beyond it.

Both sides count with it: the server what is on its disk, the device what it need not send again.
"""

from typing import Final

from wire.base import value

# Each new connection during a long backlog leaves one range: far more than a day of a bad network makes.
MAX_RANGES: Final = 64

Range = tuple[int, int]  # first and last, both included


@value
class Held:
    """Everything from 1 to `acked` (0: nothing), and `beyond`: ranges above `acked + 1`, apart, in order."""

    acked: int = 0
    beyond: tuple[Range, ...] = ()

    def has(self, seq: int) -> bool:
        """Whether the event is there."""
        return seq <= self.acked or any(first <= seq <= last for first, last in self.beyond)

    def adding(self, first: int, last: int) -> "Held":
        """With `first` to `last` there too."""
        merged: list[Range] = [(0, self.acked)]  # nothing is numbered 0
        for low, high in sorted((*self.beyond, (first, last))):
            begin, end = merged[-1]
            if low <= end + 1:
                merged[-1] = (begin, max(end, high))
            else:
                merged.append((low, high))
        return Held(merged[0][1], tuple(merged[1:]))

    def joined(self, other: "Held") -> "Held":
        """What either has."""
        both = self.adding(1, other.acked) if other.acked else self
        for first, last in other.beyond:
            both = both.adding(first, last)
        return both

    def gap(self, after: int) -> tuple[int, int | None]:
        """The first run above `after` that is missing: its first and its last (None: it never ends)."""
        first = max(after, self.acked) + 1
        for low, high in self.beyond:
            if high < first:
                continue
            if low > first:
                return first, low - 1
            first = high + 1
        return first, None

    @property
    def last(self) -> int:
        """The highest that is there."""
        return self.beyond[-1][1] if self.beyond else self.acked

    @property
    def count(self) -> int:
        """How many are there."""
        return self.acked + sum(last - first + 1 for first, last in self.beyond)
