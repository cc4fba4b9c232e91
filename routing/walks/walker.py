"""Who walks: one who knows the way, one who leaves it at a corner, one who does as told. Seeded, no clock."""

import math
import random
from dataclasses import dataclass
from typing import Protocol

from routing import geo
from routing.actions import Action, Itinerary
from routing.cues import CueKind
from routing.directions import Sector, direction
from routing.geo import XY
from routing.walks.voice import Spoken

SLOWEST_MPS, FASTEST_MPS = 0.8, 1.35  # cane walkers: 1.17 +- 0.2 m/s
_ASTRAY_M = 60.0  # walked into the wrong street before noticing
_CLEAR_M = 35.0  # from any part of the route: else it is no wrong street
KERB_BACK_M = 0.7  # the cane finds the kerb, the feet stop before it
_REACTION_S = 1.5  # from having heard to having turned
_REACH_M = 10.0  # "here": how far a cane searches on for the corner
_WANDER_DEG = 30.0  # a way that bends less is followed by the cane
_JOIN_M, _JOIN_DEG = 8.0, 45.0  # within a street's width, walking its way: the walker is on the way again
OPENING_S = 20.0  # the opening words are heard standing
_STANDS_AFTER_S = 45.0  # after that long without words a lost walker stands still


@dataclass(frozen=True, slots=True)
class Truth:
    """One second of a walk as it was. `along_m`: place on the route, where last on it if `on` is False."""

    t_s: float
    xy: XY
    along_m: float
    on: bool
    heading_deg: float
    moving: bool


class Walker(Protocol):
    """Somebody on a route."""

    @property
    def over(self) -> bool:
        """Whether the walk has ended."""

    def step(self, t_s: float) -> Truth:
        """Where the walker is at second `t_s`; called once a second."""

    def hear(self, spoken: Spoken) -> None:
        """Words that began to be said."""


@dataclass(frozen=True, slots=True)
class Astray:
    """A wrong street: from `at_m` on, `metres` towards `heading_deg`; `back` at once or after a rest."""

    at_m: float
    heading_deg: float
    metres: float
    back: bool


def astray(plan: Itinerary, rng: random.Random) -> Astray | None:
    """A corner to leave the route at; None where every wrong street would lead along the route."""
    turns = [one for one in plan.decisions if one.act is CueKind.TURN_NOW and _midway(plan, one)]
    rng.shuffle(turns)
    for turn in turns:
        inbound = plan.line.bearing_at(turn.at_m, over_m=-8.0)
        for heading in (inbound, (inbound - math.copysign(90.0, turn.what.turn_deg or 0.0)) % 360.0):
            if _clear(plan, turn.at_m, heading):
                return Astray(turn.at_m, heading, _ASTRAY_M, rng.random() < 0.5)
    return None


def _midway(plan: Itinerary, one: Action) -> bool:
    """Behind the opening words, and before those of the arrival."""
    return 40.0 < one.at_m < plan.line.length_m - _ASTRAY_M


def _clear(plan: Itinerary, at_m: float, heading: float) -> bool:
    start = plan.line.at(at_m)
    return all(
        abs(plan.line.project(geo.destination(start, heading, metres)).offset_m) >= least
        for metres, least in ((20.0, 12.0), (40.0, 28.0), (_ASTRAY_M, _CLEAR_M))
    )


class Sure:
    """One who knows the way: walks the route whatever is said, waits at lights, and may leave it once."""

    def __init__(self, plan: Itinerary, rng: random.Random, leave: Astray | None = None) -> None:
        self._plan, self._leave = plan, leave
        self.speed_mps = rng.uniform(SLOWEST_MPS, FASTEST_MPS)
        self._waits = _waits(plan, rng)
        self._along_m = self._out_m = 0.0
        self._stage = 0  # of the wrong street: 0 before, 1 out, 2 back, 3 done
        self._rest_s = OPENING_S
        self.over = False

    def hear(self, spoken: Spoken) -> None:
        """Knows better."""

    def step(self, t_s: float) -> Truth:
        """Where the walker is now; then a second's walk."""
        moving = self._rest_s <= 0.0
        truth = self._truth(t_s, moving)
        if not moving:
            self._rest_s -= 1.0
            self.over = self._rest_s <= 0.0 and self._along_m >= self._plan.line.length_m
        elif self._stage in {1, 2}:
            self._walk_astray()
        else:
            self._walk()
        return truth

    def _truth(self, t_s: float, moving: bool) -> Truth:
        line = self._plan.line
        start = line.at(self._along_m)
        heading = line.bearing_at(self._along_m)
        leave = self._leave
        if leave is not None and self._stage in {1, 2}:
            start = geo.destination(start, leave.heading_deg, self._out_m)
            back = self._stage == 2 and moving
            heading = (leave.heading_deg + (180.0 if back else 0.0)) % 360.0
        return Truth(t_s, line.plane.to_xy(start), self._along_m, self._out_m <= 0.0, heading, moving)

    def _walk(self) -> None:
        to_m = self._along_m + self.speed_mps
        if self._leave is not None and self._stage == 0 and to_m >= self._leave.at_m:
            self._along_m, self._stage = self._leave.at_m, 1
            return
        if self._waits and to_m >= self._waits[0][0]:
            self._along_m, self._rest_s = self._waits.pop(0)
            return
        self._along_m = min(to_m, self._plan.line.length_m)
        if self._along_m >= self._plan.line.length_m:
            self._rest_s = 20.0

    def _walk_astray(self) -> None:
        leave = self._leave
        if leave is None:
            return
        self._out_m += self.speed_mps if self._stage == 1 else -self.speed_mps
        if self._stage == 1 and self._out_m >= leave.metres:
            self._stage = 2
            self._rest_s = 2.0 if leave.back else 60.0
        elif self._stage == 2 and self._out_m <= 0.0:
            self._out_m, self._stage = 0.0, 3


def _waits(plan: Itinerary, rng: random.Random) -> list[tuple[float, float]]:
    """(metres, seconds): at every kerb for traffic, long at half of the lights; now and then elsewhere."""
    waits = []
    for one in plan.decisions:
        if one.act is CueKind.CROSSING_NOW and one.at_m > 5.0:
            light = one.what.crossing is not None and one.what.crossing.signals == "yes"
            red = light and rng.random() < 0.5
            seconds = rng.uniform(10.0, 50.0) if red else rng.uniform(3.0, 8.0)
            waits.append((one.at_m - KERB_BACK_M, seconds))
    pauses = [
        (rng.uniform(20.0, plan.line.length_m), rng.uniform(3.0, 15.0))
        for _ in range(round(plan.line.length_m / 500.0))
    ]
    return sorted(waits + [one for one in pauses if not _on_road(plan, one[0])])


def _on_road(plan: Itinerary, along_m: float) -> bool:
    return any(
        one.act is CueKind.CROSSING_NOW and one.at_m - 2.0 <= along_m <= one.end_m for one in plan.decisions
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """What the walker will do: turn by `turn_deg` (as the words' sectors say) from `from_s` on."""

    kind: CueKind
    turn_deg: float
    from_s: float
    at_m: float  # where along the route it was heard


_SAID_DEG = {Sector.AHEAD: 0.0, Sector.SLIGHT: 40.0, Sector.TURN: 90.0, Sector.SHARP: 135.0}


class Listening:
    """One who does as told, and does not know the way.

    Follows the way underfoot (bends under 30 degrees by the cane), and turns only when told: at the corner
    if the words came up to 10 m before it, on the spot if they came behind it. Between streets the
    walker goes straight on until told, or stands after 45 s without words.
    """

    def __init__(self, plan: Itinerary, rng: random.Random) -> None:
        self._plan = plan
        self.speed_mps = rng.uniform(SLOWEST_MPS, FASTEST_MPS)
        self._corners = [one for one in plan.decisions if _must_turn(plan, one)]
        self._waits = _waits(plan, rng)
        self._along_m: float = 0.0
        self._free: XY | None = None  # where, when off the way
        self._heading = plan.line.bearing_at(0.0)
        self._told: _Told | None = None
        self._now_s = self._heard_s = 0.0
        self._rest_s = OPENING_S
        self.arrived = False
        self.most_off_m = 0.0
        self._limit_s = 120.0 + 3.0 * plan.line.length_m / self.speed_mps

    @property
    def over(self) -> bool:
        """Arrived as told, or given up."""
        return self.arrived or self._now_s > self._limit_s

    @property
    def missed_m(self) -> float:
        """Metres from the end of the route."""
        return math.dist(self._xy(), self._plan.line.xy[-1])

    def hear(self, spoken: Spoken) -> None:
        """Takes the turn of the words, as rough as words are, once they were understood."""
        self._heard_s = spoken.end_s
        cue = spoken.cue
        if cue.kind is CueKind.ARRIVED:
            self.arrived = True
        turn = _turn_of(spoken)
        if turn is None or (turn == 0.0 and cue.kind is not CueKind.TURN_NOW):
            return
        self._told = _Told(cue.kind, turn, spoken.heard_s + _REACTION_S - 1.5, self._along_m)

    def step(self, t_s: float) -> Truth:
        """Where the walker is now; then a second's walk."""
        self._now_s = t_s
        moving = self._rest_s <= 0.0 and not self._lost()
        truth = Truth(t_s, self._xy(), self._along_m, self._free is None, self._heading, moving)
        if self._rest_s > 0.0:
            self._rest_s -= 1.0
        elif moving:
            self._walk()
        elif self._told is not None:
            self._obey_free()
        return truth

    def _lost(self) -> bool:
        return self._free is not None and self._now_s - self._heard_s > _STANDS_AFTER_S

    def _xy(self) -> XY:
        return self._free or self._plan.line.plane.to_xy(self._plan.line.at(self._along_m))

    def _walk(self) -> None:
        if self._free is not None:
            self._walk_free()
            return
        self._obey_early()
        to_m = self._along_m + self.speed_mps
        corner = next((one for one in self._corners if self._along_m <= one.at_m < to_m), None)
        if self._free is None and corner is not None and not self._may_turn(corner):
            self._leave(corner.at_m, to_m - corner.at_m, self._heading)
        elif self._free is None and self._waits and to_m >= self._waits[0][0]:
            at_m, self._rest_s = self._waits.pop(0)
            self._along_m = max(self._along_m, at_m)
        elif self._free is None:
            self._advance(to_m, corner)

    def _advance(self, to_m: float, corner: Action | None) -> None:
        length = self._plan.line.length_m
        self._along_m = to_m
        self._heading = self._plan.line.bearing_at(to_m)
        if corner is not None:
            self._told = None
        if to_m >= length:
            self._leave(length, to_m - length, self._plan.line.bearing_at(length, over_m=-5.0))

    def _may_turn(self, corner: Action) -> bool:
        """Told to turn that way, within the reach of a search: the corner itself does the rest."""
        told = self._told
        if told is None or self._now_s < told.from_s or corner.at_m - told.at_m > _REACH_M + 10.0:
            return False
        before = self._plan.line.bearing_at(corner.at_m, over_m=-6.0)
        needed = geo.turn_deg(before, self._plan.line.bearing_at(corner.at_m + 0.5, over_m=6.0))
        return abs(geo.turn_deg(told.turn_deg, needed)) <= 60.0

    def _obey_early(self) -> None:
        """Words for a corner that is not found within the reach are obeyed where the search ended."""
        told = self._told
        if told is None or told.kind is not CueKind.TURN_NOW or self._now_s < told.from_s:
            return
        ahead = next((one.at_m for one in self._corners if one.at_m >= told.at_m - 0.5), math.inf)
        if self._along_m - told.at_m > _REACH_M and ahead - self._along_m > _REACH_M and told.turn_deg:
            self._told = None
            self._leave(self._along_m, 0.0, (self._heading + told.turn_deg) % 360.0)

    def _leave(self, at_m: float, beyond_m: float, heading: float) -> None:
        x, y = self._plan.line.plane.to_xy(self._plan.line.at(at_m))
        angle = math.radians(heading)
        self._free = (x + beyond_m * math.sin(angle), y + beyond_m * math.cos(angle))
        self._along_m, self._heading = at_m, heading

    def _walk_free(self) -> None:
        self._obey_free()
        x, y = self._free or (0.0, 0.0)
        angle = math.radians(self._heading)
        self._free = (x + self.speed_mps * math.sin(angle), y + self.speed_mps * math.cos(angle))
        line = self._plan.line
        near = line.project(line.plane.from_xy(self._free))
        self.most_off_m = max(self.most_off_m, abs(near.offset_m))
        along = abs(geo.turn_deg(line.bearing_at(near.along_m), self._heading)) <= _JOIN_DEG
        if abs(near.offset_m) <= _JOIN_M and along and near.along_m < line.length_m - 1.0:
            self._free, self._along_m = None, near.along_m
            self._heading = line.bearing_at(near.along_m)
            self._waits = [one for one in self._waits if one[0] > near.along_m]

    def _obey_free(self) -> None:
        if self._told is not None and self._now_s >= self._told.from_s:
            self._heading = (self._heading + self._told.turn_deg) % 360.0
            self._told = None


def _must_turn(plan: Itinerary, one: Action) -> bool:
    """Whether the way does not lead there by itself."""
    if one.at_m < 1.0 or one.act not in {CueKind.TURN_NOW, CueKind.CROSSING_NOW}:
        return False
    before = plan.line.bearing_at(one.at_m, over_m=-6.0)
    return abs(geo.turn_deg(before, plan.line.bearing_at(one.at_m + 0.5, over_m=6.0))) >= _WANDER_DEG


def _turn_of(spoken: Spoken) -> float | None:
    """The turn that the words ask for at once, in the words' own sectors; None: none."""
    cue = spoken.cue
    relative = cue.kind in {CueKind.FACE, CueKind.OFF_ROUTE, CueKind.BACK_ON_ROUTE, CueKind.WRONG_WAY}
    act = cue.kind in {CueKind.TURN_NOW, CueKind.CROSSING_NOW}
    angle = cue.relative_deg if relative else cue.turn_deg if act else None
    if angle is None and act and cue.then is not None:
        angle = cue.then.turn_deg
    if angle is None:
        return None
    told = direction(angle)
    size = 180.0 if told.sector is Sector.BEHIND else _SAID_DEG[told.sector]
    return -size if told.side == "left" else size
