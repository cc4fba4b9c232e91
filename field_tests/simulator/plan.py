"""Who begins when, who stops, which weeks are silent: a trial's plan drawn as its design says. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.random import Generator

from field_tests.simulator.options import Options, closing_day, last_day, start_weeks
from field_tests.study import drawing
from field_tests.study.protocol import Lot, Participant, Phase, Protocol
from field_tests.study.tables import Adverse

_WHY: Final = (
    "転居 / moved away",
    "体調 / health",
    "重い、疲れる / heavy, tiring",
    "家族の都合 / family reasons",
)
# (kind, severity, words, mean weeks with the device between two).
_EVENTS: Final = (
    ("near_miss", "none", "自転車とすれ違いざま / a bicycle close by", 40.0),
    ("fall", "minor", "段差でつまずく / stumbled at a kerb", 90.0),
    ("device_fault", "none", "電源が入らない / did not switch on", 60.0),
    ("not_used", "none", "一週間使わず / not used for a week", 50.0),
)
_FROZEN_BEFORE: Final = timedelta(days=12)
_WEEK: Final = timedelta(weeks=1)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Course:
    """One person's way through the trial: what participants.csv, phases.csv and adverse.csv say of them."""

    participant: Participant
    phases: tuple[Phase, ...]
    adverse: tuple[Adverse, ...]

    @property
    def silent(self) -> frozenset[date]:
        """Days on which the device does not guide: silent weeks, and weeks in which it was not used."""
        spans = [(phase.first, phase.last) for phase in self.phases if phase.kind == "silent"]
        spans += [(each.day, each.day + _WEEK - _DAY) for each in self.adverse if each.kind == "not_used"]
        return frozenset(first + n * _DAY for first, last in spans for n in range((last - first).days + 1))

    @property
    def unused(self) -> frozenset[date]:
        """Days on which the device lay at home all day."""
        days = [each.day for each in self.adverse if each.kind == "not_used"]
        return frozenset(first + n * _DAY for first in days for n in range(7))


def possible_starts(options: Options) -> tuple[date, ...]:
    """The days on which a participant may begin with the device: several only in `randomised_start`."""
    return tuple(options.first + week * _WEEK for week in start_weeks(options))


def planned(options: Options) -> Protocol:
    """What the lots are drawn from, as it is frozen; without its words and hashes."""
    return Protocol(
        title_ja="",
        title_en="",
        frozen=options.first - _FROZEN_BEFORE,
        first=options.first,
        last=last_day(options),
        design=options.design,
        definitions_sha256="",
        sha256="",
        seed=options.seed,
        wash_in_days=7 * options.wash_in_weeks,
        possible_starts=possible_starts(options),
        silent_share=options.silent_share if options.design == "silent_weeks" else 0.0,
        closing_from=closing_day(options),
        simulated=True,
    )


def lots(options: Options) -> tuple[Lot, ...]:
    """Everybody's lot, drawn at once as a real trial's are."""
    names = [_name(number) for number in range(options.persons)]
    drawn = drawing.starts(names, planned(options))
    return tuple(Lot(name, 0, drawn[name]) for name in names)


def _name(number: int) -> str:
    return f"P{number + 1:02d}"


def courses(options: Options) -> tuple[Course, ...]:
    """Everybody's course, drawn from the seed."""
    return tuple(_course(number, lot, options) for number, lot in enumerate(lots(options)))


def _course(number: int, lot: Lot, options: Options) -> Course:
    rng = np.random.default_rng([options.seed, number, 0xC0])
    name, start = lot.person, lot.start
    ended, why = _stopped(options, rng)
    phases = tuple(drawing.course(name, start, planned(options)))
    if ended is not None:
        start_or_none = start if start <= ended else None
        phases = tuple(_cut(phase, ended) for phase in phases if phase.first <= ended)
    else:
        start_or_none = start
    enrolled = options.first - int(rng.integers(3, 28)) * _DAY
    until = ended or last_day(options)
    adverse = _adverse(name, start_or_none, until, rng)
    return Course(Participant(name, enrolled, start_or_none, ended, why), phases, adverse)


def _stopped(options: Options, rng: Generator) -> tuple[date | None, str]:
    chance, at, why = rng.random(), rng.uniform(0.1, 0.9), _WHY[int(rng.integers(len(_WHY)))]
    if chance >= options.stopping:
        return None, ""
    return options.first + int(at * options.weeks * 7) * _DAY, why


def _cut(phase: Phase, ended: date) -> Phase:
    return Phase(phase.person, phase.kind, phase.first, min(phase.last, ended))


def _adverse(name: str, start: date | None, until: date, rng: Generator) -> tuple[Adverse, ...]:
    if start is None:
        return ()
    found = []
    for kind, severity, words, apart_weeks in _EVENTS:
        days = (until - start).days - 6
        count = int(rng.poisson(max(days, 0) / 7.0 / apart_weeks))
        found += [
            Adverse(name, start + int(rng.integers(days)) * _DAY, kind, severity, words) for _ in range(count)
        ]
    return tuple(sorted(found, key=lambda each: each.day))
