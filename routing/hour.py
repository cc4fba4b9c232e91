"""A map at one hour: which signals sound, whether it is dark. Pure.

Two hours at which the same signals sound and the light is the same are one to planning.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from routing.columns import I64, KNOWN, U8, Columns
from routing.hours import sound_at
from routing.sun import dark
from routing.tags import CrossingFacts


@dataclass(frozen=True, slots=True)
class Hour:
    """`sounds`: the answer for each of the map's kinds of sound hours; hashable, so a cache's key."""

    sounds: tuple[int, ...]
    dark: bool


@dataclass(frozen=True, slots=True, eq=False)
class Timetable:
    """The map's distinct hours of sound: `kind` [C] numbers them, `facts` is one of each."""

    kind: I64
    facts: tuple[CrossingFacts, ...]

    def at(self, at: datetime, lat: float, lon: float) -> Hour:
        """The hour of a walk that sets out at `at` (aware) near a place."""
        sounds = tuple(KNOWN.index(sound_at(facts, at)) for facts in self.facts)
        return Hour(sounds, dark(at, lat, lon))

    def sounding(self, hour: Hour) -> U8:
        """Of each crossing [C]: whether its signal sounds, as KNOWN."""
        return np.array(hour.sounds or (0,), dtype=np.uint8)[self.kind]


def timetable(columns: Columns, hours_text: dict[int, str | None]) -> Timetable:
    """The timetable of a map; `hours_text`: the texts of its distinct `crossing_hours`."""
    rows = np.stack(
        [columns.crossing_signals, columns.crossing_sound, columns.crossing_hours], axis=1
    ).astype(np.int64)
    kinds, kind = np.unique(rows, axis=0, return_inverse=True)
    facts = tuple(
        CrossingFacts(signals=KNOWN[signals], sound=KNOWN[sound], sound_hours=hours_text.get(hours))
        for signals, sound, hours in kinds.tolist()
    )
    return Timetable(kind.reshape(-1).astype(np.int64), facts)
