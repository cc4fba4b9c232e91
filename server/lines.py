"""The lines of an event list: what is written for a stored event, where it stands, and when it came late."""

from collections.abc import Iterable
from dataclasses import dataclass

from server.clock import day_hour_minute, hour_minute
from server.trips import Stored
from server.words import Pair, event_words

LATE_S = 120.0  # as long as nobody speaks of "no contact"
_ANOTHER_DAY_S = 12 * 3600.0


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the event list. `log`, `seq`: its place in the list, whenever it arrived."""

    id: int
    time: str
    ja: str
    en: str
    log: int
    seq: int


def line_of(stored: Stored) -> Line | None:
    """The line for a stored event; None where there is nothing to read."""
    words = event_words(stored.event)
    return None if words is None else Line(stored.id, time_of(stored), *_marked(stored, words), *stored.place)


def in_order(lines: Iterable[Line]) -> list[Line]:
    """As things happened, oldest first."""
    return sorted(lines, key=lambda line: (line.log, line.seq))


def _late_s(stored: Stored) -> float:
    """How late an event arrived: what its own second says, or how long the device kept it."""
    return max(stored.received_utc_s - stored.event.utc_s, stored.waited_s or 0.0)


def time_of(stored: Stored) -> str:
    """The hour and minute of an event; the day too, where it came so late that it may be of another one."""
    late = _late_s(stored) >= _ANOTHER_DAY_S
    return (day_hour_minute if late else hour_minute)(stored.event.utc_s)


def _marked(stored: Stored, words: Pair) -> Pair:
    """What comes from the device's log after minutes or days must not look like news."""
    if _late_s(stored) < LATE_S:
        return words
    return f"{words[0]}(あとから届きました)", f"{words[1]} (arrived later)"
