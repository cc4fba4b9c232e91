"""What planning prepares for a person at an hour, and keeps on the map until the next plan needs it."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from routing import hierarchy
from routing.blockages import Blockage
from routing.closures import closures
from routing.columns import F64, I32
from routing.hour import Hour, Timetable, timetable
from routing.landmarks import PlaceGrid, place_grid
from routing.stretches import Crossings
from routing.walkers import Walker
from routing.weights import Wish, weights, wish
from wire.route import Choice

if TYPE_CHECKING:
    from routing.hierarchy import Metric
    from routing.network import WalkingMap


@dataclass(frozen=True, slots=True, eq=False)
class Desk:
    """A map with what every plan on it needs."""

    on: "WalkingMap"
    timetable: Timetable
    places: PlaceGrid


def desk(on: "WalkingMap") -> Desk:
    """The map's desk, made with its first plan."""
    made: Desk = on.memory.get("desk", lambda: _desk(on))
    return made


def _desk(on: "WalkingMap") -> Desk:
    columns = on.columns
    texts = {int(each): on.text(int(each)) for each in np.unique(columns.crossing_hours)}
    return Desk(on, timetable(columns, texts), place_grid(on))


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """One person's plans at one hour, with what is closed."""

    desk: Desk
    who: Walker
    hour: Hour
    crossings: Crossings
    blocked: I32
    token: bytes  # tells this task from others: for the names of plans
    closed: F64  # [L]: where along a link it is blocked; nan where it is not
    metrics: dict[tuple[Choice, float | None], "Metric"] = field(default_factory=dict)  # asked for so far

    def metric(self, choice: Choice, paving: float | None = None) -> "Metric":
        """The map's costs as the search needs them; `paving`: another factor for guide blocks."""
        known = self.metrics.get((choice, paving))
        if known is None:
            known = self.metrics[choice, paving] = self._shared(choice, paving)
        return known

    def _shared(self, choice: Choice, paving: float | None) -> "Metric":
        """The metric, which other tasks may have as well."""
        wanted = wish(self.who, choice)
        if paving is not None:
            wanted = _with_paving(wanted, paving)
        # Metres know neither sounds nor light.
        hour = None if wanted.metres_only else self.hour
        key = ("metric", wanted, hour, self.blocked.tobytes())
        made: Metric = self.desk.on.memory.get(key, lambda: self._metric(wanted))
        return made

    def _metric(self, wanted: Wish) -> "Metric":
        on = self.desk.on
        sounding = self.desk.timetable.sounding(self.hour)
        costs = weights(on.columns, wanted, sounding, dark=self.hour.dark, blocked=self.blocked)
        return hierarchy.customise(on.hierarchy, costs)


def task(on: "WalkingMap", who: Walker, at: datetime, blocked: tuple[Blockage, ...]) -> Task:
    """The task of a person who sets out at `at` (aware)."""
    minute = at.replace(second=0, microsecond=0)
    made: Task = on.memory.get(("task", who, minute, blocked), lambda: _task(on, who, at, blocked))
    return made


def _task(on: "WalkingMap", who: Walker, at: datetime, blocked: tuple[Blockage, ...]) -> Task:
    here = desk(on)
    hour = here.timetable.at(at, *on.plane.origin)
    links, closed = _closed(on, blocked)
    crossings = on.memory.get(
        ("crossings", hour.sounds), lambda: Crossings(on, here.timetable.sounding(hour))
    )
    return Task(here, who, hour, crossings, links, repr((on.source, who, hour)).encode(), closed)


def _closed(on: "WalkingMap", blocked: tuple[Blockage, ...]) -> tuple[I32, F64]:
    found = closures(on, blocked)
    closed = np.full(len(on.columns.link_a), np.nan)
    closed[found.links] = found.share
    return found.links, closed


def _with_paving(wanted: Wish, factor: float) -> Wish:
    return replace(wanted, who=replace(wanted.who, paving_factor=factor))
