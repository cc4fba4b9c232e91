"""What a rehearsed walk is made of: where one walks, what the camera sees, what hands do. Values, no time."""

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import Any, Final

from device.controls.gestures import Button, Press
from device.senses import Senses, Settings, Turn
from routing.geo import XY, Local
from routing.simulated import OITA_STATION
from vision.types import Scene
from wire.position import Fix
from wire.route import Route

PLANE: Final = Local.around(OITA_STATION)
WALK_MPS: Final = 1.5  # brisker than a cane walker in town: recordings stay short
# 2026-11-22 11:27:45 in Oita, by day.
START_UTC_S: Final = 1_795_314_465.0

Given = Mapping[str, Any]  # fields of `device.senses.Senses`
# What the world answers to a turn: so many seconds later, these senses.
Answers = Callable[[Turn], Sequence[tuple[float, Given]]]


def no_answers(_turn: Turn) -> Sequence[tuple[float, Given]]:
    """Nobody answers."""
    return ()


@dataclass(frozen=True, slots=True)
class Walker:
    """Walks along `path` (metres east and north of Oita station) from second `from_s` on.

    `stops`: (metres walked, seconds standing there). `silent`: (from, to) seconds without a fix. `poor`:
    those in which the receiver tells an error of 45 m.
    """

    path: tuple[XY, ...]
    from_s: float = 2.0
    speed_mps: float = WALK_MPS
    stops: tuple[tuple[float, float], ...] = ()
    silent: tuple[tuple[float, float], ...] = ()
    poor: tuple[tuple[float, float], ...] = ()
    start_utc_s: float = START_UTC_S
    every_s: float = 2.0  # slower than most receivers: recordings stay small

    def fix(self, t_s: float) -> Fix | None:
        """What the receiver says at this second; nothing between two of its fixes."""
        if t_s % self.every_s or any(begin <= t_s < end for begin, end in self.silent):
            return None
        walked_m, moving = self._walked(t_s - self.from_s)
        (east, north), course_deg = self._at(walked_m)
        lat, lon = PLANE.from_xy((east, north))
        poor = any(begin <= t_s < end for begin, end in self.poor)
        return Fix(
            utc_s=self.start_utc_s + t_s,
            lat=lat,
            lon=lon,
            accuracy_m=45.0 if poor else 4.0,
            speed_mps=self.speed_mps if moving else 0.0,
            course_deg=course_deg if moving else None,
            source="nmea",
        )

    def seconds(self) -> float:
        """When the end of the path is reached."""
        return self.from_s + _length_m(self.path) / self.speed_mps + sum(wait_s for _, wait_s in self.stops)

    def _walked(self, t_s: float) -> tuple[float, bool]:
        """Metres walked after so many seconds, and whether one moves just then."""
        if t_s <= 0.0:
            return 0.0, False
        for at_m, wait_s in self.stops:
            reached_s = at_m / self.speed_mps
            if t_s < reached_s:
                break
            if t_s < reached_s + wait_s:
                return at_m, False
            t_s -= wait_s
        walked_m = t_s * self.speed_mps
        length_m = _length_m(self.path)
        return min(walked_m, length_m), walked_m < length_m

    def _at(self, walked_m: float) -> tuple[XY, float]:
        """Place and course."""
        lengths = [_distance(a, b) for a, b in pairwise(self.path)]
        along = list(accumulate(lengths, initial=0.0))
        index = min(max(bisect_right(along, walked_m) - 1, 0), len(lengths) - 1)
        a, b = self.path[index], self.path[index + 1]
        share = min((walked_m - along[index]) / lengths[index], 1.0)
        place = (a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1]))
        return place, _course_deg(a, b)


@dataclass(frozen=True, slots=True)
class Play:
    """One rehearsed walk. `about`: what it is for, ja / en.

    `given`: what comes in at these seconds. `sees`: the scene at a second; None: nothing is looked at.
    `blind`: (from, to) seconds in which no picture comes.
    """

    name: str
    about: str
    seconds: float
    settings: Settings = field(default_factory=Settings)
    route: Route | None = None  # followed from the beginning
    walker: Walker | None = None
    given: tuple[tuple[float, Given], ...] = ()
    sees: Callable[[float], Scene | None] = lambda _t_s: None
    blind: tuple[tuple[float, float], ...] = ()
    answers: Answers = no_answers
    tick_s: float = 0.5  # a device steps oftener, when something comes; for words this is enough


def presses(*hands: tuple[float, Button, float]) -> tuple[tuple[float, Given], ...]:
    """Presses as the senses take them: (second, button, how long it is held)."""
    changes = [Press(at_s, button, True) for at_s, button, _ in hands]
    changes += [Press(round(at_s + held_s, 3), button, False) for at_s, button, held_s in hands]
    return tuple((press.t_s, {"presses": (press,)}) for press in sorted(changes, key=lambda one: one.t_s))


def joined(now_s: float, utc_s: float, given: Sequence[Given], known: Given) -> Senses:
    """One step's senses of all that came; presses and changes of health one after the other."""
    fields: dict[str, Any] = dict(known)
    for one in given:
        for name, value in one.items():
            both = isinstance(value, tuple) and name in fields
            fields[name] = (*fields[name], *value) if both else value
    return Senses(now_s, utc_s, **fields)


def _length_m(path: Sequence[XY]) -> float:
    return sum(_distance(a, b) for a, b in pairwise(path))


def _distance(a: XY, b: XY) -> float:
    return math.dist(a, b)


def _course_deg(a: XY, b: XY) -> float:
    return math.degrees(math.atan2(b[0] - a[0], b[1] - a[1])) % 360.0
