"""What planning prepares for a person at an hour, and keeps on the map until the next plan needs it."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np

from routing import hierarchy
from routing.blockages import Blockage, blocked_links
from routing.columns import I32, U8
from routing.hour import Hour
from routing.stretches import Crossings
from routing.walkers import Walker
from routing.weights import Wish, weights, wish
from wire.route import Choice

if TYPE_CHECKING:
    from routing.hierarchy import Metric
    from routing.network import WalkingMap

T = TypeVar("T")

# A metric of a city is some megabytes; three profiles by day and night, plain and with blocks, the
# shortest way, and some people's own.
_KEPT = 32


class Kept(Generic[T]):
    """The last so many values by their key; safe for many threads."""

    def __init__(self, count: int = _KEPT) -> None:
        self._count = count
        self._values: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of `key`; made outside the lock where it is not known, so others go on."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        made = make()
        with self._lock:
            self._values[key] = made
            while len(self._values) > self._count:
                self._values.popitem(last=False)
        return made


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """One person's plans at one hour, with what is closed."""

    on: "WalkingMap"
    who: Walker
    hour: Hour
    blocked: I32
    closed: U8  # [L]: 1 where blocked

    def metric(self, choice: Choice, paving: float | None = None) -> "Metric":
        """The map's costs as the search needs them; `paving`: another factor for guide blocks."""
        wanted = wish(self.who, choice)
        if paving is not None:
            wanted = _with_paving(wanted, paving)
        # Metres know neither sounds nor light.
        hour = None if wanted.metres_only else self.hour
        key = ("metric", wanted, hour, self.blocked.tobytes())
        return self.on.kept.get(key, lambda: self._metric(wanted))

    def _metric(self, wanted: Wish) -> "Metric":
        on = self.on
        sounding = on.timetable.sounding(self.hour)
        costs = weights(on.columns, wanted, sounding, dark=self.hour.dark, blocked=self.blocked)
        return hierarchy.customise(on.hierarchy, costs)

    @property
    def crossings(self) -> Crossings:
        """The map's crossings at this hour."""
        on = self.on
        return on.kept.get(
            ("crossings", self.hour.sounds),
            lambda: Crossings(on, on.timetable.sounding(self.hour)),
        )


def task(on: "WalkingMap", who: Walker, at: datetime, blocked: tuple[Blockage, ...]) -> Task:
    """The task of a person who sets out at `at` (aware)."""
    south, west, north, east = on.bounds
    minute = at.replace(second=0, microsecond=0)
    hour = on.kept.get(
        ("hour", minute), lambda: on.timetable.at(at, (south + north) / 2.0, (west + east) / 2.0)
    )
    links, closed = on.kept.get(("closed", blocked), lambda: _closed(on, blocked))
    return Task(on, who, hour, links, closed)


def _closed(on: "WalkingMap", blocked: tuple[Blockage, ...]) -> tuple[I32, U8]:
    links = blocked_links(on, blocked) if blocked else np.zeros(0, dtype=np.int32)
    closed = np.zeros(len(on.columns.link_a), dtype=np.uint8)
    closed[links] = 1
    return links, closed


def _with_paving(wanted: Wish, factor: float) -> Wish:
    return replace(wanted, who=replace(wanted.who, paving_factor=factor))
