"""One participant with everything that happens to them, before anything is measured. Pure but for the map."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator

from field_tests.japan import DAY_S
from field_tests.simulator import moves, receiver
from field_tests.simulator.ground import F64
from field_tests.simulator.lives import Calendar, Life, exposure, life
from field_tests.simulator.moves import Moves
from field_tests.simulator.neighbourhood import Neighbourhood, neighbourhood
from field_tests.simulator.options import Options
from field_tests.simulator.people import KINDS, MEAN_RIDE_MIN, Person, person
from field_tests.simulator.plan import Course
from field_tests.simulator.receiver import Receiver
from field_tests.simulator.ways import Town

_SPEED_MPS: Final = (0.65, 1.1)  # with a cane, along guide blocks


@dataclass(frozen=True, slots=True)
class Ways:
    """Ways of a person with their things; chances unless told otherwise."""

    speed_mps: float
    home: Receiver
    wears_device: float
    forgets_phone: float
    has_wifi: bool
    charges_at_night: float
    keeps_diary: bool
    rubbish: tuple[int, int]  # weekdays


@dataclass(frozen=True, slots=True, eq=False)
class Happening:
    """A movement, and which things came along.

    `outing`: index into the life's outings; -1: an errand at the door, or somebody else with the phone.
    """

    start_s: float
    end_s: float
    moves: Moves
    outing: int
    phone: bool
    device: bool
    of_other: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Story:
    """All of it. Seconds count from the midnight before the first day; `last_s`: the end of taking part."""

    course: Course
    person: Person
    days: Calendar
    life: Life
    around: Neighbourhood
    ways: Ways
    happenings: tuple[Happening, ...]
    last_s: float

    def spans(self, *, phone: bool) -> F64:
        """Rows of start and end of what the phone (else the device) was taken along to, by time."""
        taken = [
            (each.start_s, each.end_s) for each in self.happenings if (each.phone if phone else each.device)
        ]
        return np.array(taken).reshape(-1, 2)


def story(course: Course, number: int, days: Calendar, options: Options, town: Town) -> Story:
    """Participant `number`: a life drawn from the seed, on that map."""
    who = person(course.participant.person, number, options.seed)
    chosen = np.random.default_rng([options.seed, number, 0x11])
    lived = life(
        who, days, exposure(days, course.participant.start, course.silent), options.conditions, chosen
    )
    rng = np.random.default_rng([options.seed, number, 0x5A])
    ride_min = lived.stays[0].ride_min if lived.stays else MEAN_RIDE_MIN
    around = neighbourhood(town, ride_min * 60.0, rng)
    ways = _ways(rng)
    ended = course.participant.ended
    last_s = ((ended - days.first).days + 1 if ended else len(days)) * DAY_S
    happened = _outings(course, days, lived, around, ways, rng)
    happened += _errands(len(days), days, happened, around, ways, rng)
    happened += _borrowed(len(days), happened, rng)
    happened = [each for each in happened if each.end_s < last_s]
    happened.sort(key=lambda each: each.start_s)
    return Story(course, who, days, lived, around, ways, tuple(happened), last_s)


def _ways(rng: Generator) -> Ways:
    first = int(rng.integers(5))
    return Ways(
        speed_mps=rng.uniform(*_SPEED_MPS),
        home=receiver.drawn(rng),
        wears_device=rng.uniform(0.6, 0.95),
        forgets_phone=rng.uniform(0.0, 0.03),
        has_wifi=bool(rng.random() < 0.6),
        charges_at_night=float(rng.choice([0.0, 0.7, 0.95])),
        keeps_diary=bool(rng.random() < 0.2),
        rubbish=(first, (first + 3) % 7),
    )


def _outings(
    course: Course, days: Calendar, lived: Life, around: Neighbourhood, ways: Ways, rng: Generator
) -> list[Happening]:
    start = course.participant.start
    begins = (start - days.first).days if start else len(days)
    unused = {(day - days.first).days for day in course.unused}
    found = []
    for index, (start_min, end_min) in enumerate(zip(lived.start_min, lived.end_min, strict=True)):
        start_s, end_s = float(start_min) * 60.0, float(end_min) * 60.0
        kind, stay = KINDS[lived.kind[index]], int(lived.stay[index])
        if stay >= 0:
            there = lived.stays[stay].leave_min == start_min
            ends = ((0.0, 0.0), around.family) if there else (around.family, (0.0, 0.0))
            moved = moves.one_way(start_s, end_s, *ends, rng)
        else:
            moved = moves.outing(kind, start_s, end_s, around, ways.speed_mps, rng)
        day = int(start_min // 1440.0)
        wears = ways.wears_device * (0.3 if kind in {"day_care", "family"} else 1.0)
        device = bool(rng.random() < wears) and day >= begins and day not in unused and kind != "family"
        phone = bool(rng.random() >= ways.forgets_phone) or kind == "family"
        found.append(Happening(start_s, end_s, moved, index, phone, device))
    return found


def _at_home(start_s: float, end_s: float, happened: list[Happening]) -> bool:
    return all(each.end_s + 300.0 < start_s or each.start_s - 300.0 > end_s for each in happened)


def _errands(
    count: int, days: Calendar, happened: list[Happening], around: Neighbourhood, ways: Ways, rng: Generator
) -> list[Happening]:
    found = []
    for day in range(count):
        start_s = day * DAY_S + rng.uniform(7.2, 8.3) * 3600.0
        end_s, phone = start_s + rng.uniform(150.0, 330.0), bool(rng.random() < 0.5)
        if int(days.weekday[day]) in ways.rubbish and _free(start_s, end_s, happened):
            found.append(Happening(start_s, end_s, moves.errand(start_s, end_s, around), -1, phone, False))
    return found


def _free(start_s: float, end_s: float, happened: list[Happening]) -> bool:
    """At the person's own home then: neither out nor at the family's."""
    if not _at_home(start_s, end_s, happened):
        return False
    before = [each for each in happened if each.end_s < start_s]
    return not before or bool(np.all(before[-1].moves.xy[-1] == 0.0))


def _borrowed(count: int, happened: list[Happening], rng: Generator) -> list[Happening]:
    """Somebody of the house drives off with the phone: about once a year."""
    found = []
    for day in np.flatnonzero(rng.random(count) < 1.0 / 300.0):
        start_s = float(day) * DAY_S + rng.uniform(9.0, 18.0) * 3600.0
        end_s, to = start_s + rng.uniform(1500.0, 4000.0), tuple(rng.uniform(-2500.0, -600.0, 2).tolist())
        if _free(start_s, end_s, sorted(happened, key=lambda each: each.start_s)):
            moved = moves.ridden(start_s, end_s, (to[0], to[1]), rng)
            found.append(Happening(start_s, end_s, moved, -1, True, False, of_other=True))
    return found
