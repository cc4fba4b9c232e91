"""What else tells where somebody was: dock, charger, Wi-Fi, a diary, a word about a ride. Pure."""

from typing import Final

import numpy as np
from numpy.random import Generator

from field_tests.japan import DAY_S
from field_tests.outings.track import Evidence, EvidenceKind, Source
from field_tests.simulator.ground import F64, merged
from field_tests.simulator.holes import cut
from field_tests.simulator.people import KINDS
from field_tests.simulator.recording import Recorded
from field_tests.simulator.story import Happening, Story

_HOUR_S, _DIARY_S = 3600.0, 300.0
_DRIVEN_TOLD, _NOT_CARRIED_TOLD, _BORROWED_TOLD, _DOCK_TOLD, _DIARY_TOLD = 0.8, 0.6, 0.7, 0.9, 0.6
_WIFI_BREAKS_CHANCE: Final = 0.1
_WIFI_REACH_S: Final = 30.0  # it holds on to a phone that goes down the street
_LEAST_S: Final = 60.0


def evidence(
    of: Story, phone: Recorded, wearable: Recorded | None, left: F64, rng: Generator
) -> tuple[Evidence, ...]:
    """Everything told about one participant, by time; seconds from the first midnight."""
    told = _chargers(of, phone, rng) + _wifi(of, phone, rng) + _docked(of, wearable, rng)
    told += [one for each in of.happenings for one in _words(of, each, rng)]
    told += [
        Evidence("not_carried", start, end, "device")
        for start, end in left.tolist()
        if rng.random() < _NOT_CARRIED_TOLD
    ]
    told += _quiet_days(of, rng) if of.ways.keeps_diary else []
    return tuple(sorted(told, key=lambda each: (each.start_utc_s, each.kind)))


def homes_of(of: Story) -> tuple[F64, F64]:
    """(spans in which the person's house is where they are when not out, the same of the family's)."""
    stays = [each for each in of.life.stays if each.registered]
    family = np.array([(each.leave_min, each.back_min) for each in stays]).reshape(-1, 2) * 60.0
    return cut(np.array([[0.0, of.last_s]]), family), family


def _evidence(kind: EvidenceKind, spans: F64, source: Source | None, home: str | None) -> list[Evidence]:
    return [
        Evidence(kind, float(start), float(end), source, home)
        for start, end in spans
        if end - start >= _LEAST_S
    ]


def _phone_at_home(of: Story, phone: Recorded) -> F64:
    own, _ = homes_of(of)
    return cut(own, merged(phone.out))


def _chargers(of: Story, phone: Recorded, rng: Generator) -> list[Evidence]:
    nights = np.arange(len(of.days) - 1) * DAY_S
    start = nights + _HOUR_S * rng.uniform(21.5, 23.7, len(nights))
    end = nights + DAY_S + _HOUR_S * rng.uniform(5.8, 7.5, len(nights))
    on = rng.random(len(nights)) < of.ways.charges_at_night
    spans = np.column_stack([start, end])[on]
    elsewhere = cut(np.array([[0.0, of.last_s]]), _phone_at_home(of, phone))
    # Nobody plugs in a forgotten phone from a friend's house.
    out = np.array([(each.start_s, each.end_s) for each in of.happenings]).reshape(-1, 2)
    plugged = cut(spans, np.concatenate([elsewhere, out, phone.lost.dead]))
    return _evidence("charger", plugged, "logger", "home")


def _wifi(of: Story, phone: Recorded, rng: Generator) -> list[Evidence]:
    if not of.ways.has_wifi:
        return []
    spans = _phone_at_home(of, phone) + np.array([[_LEAST_S, _WIFI_REACH_S]])
    breaks = rng.random(len(spans)) < _WIFI_BREAKS_CHANCE
    spans[breaks, 1] -= (spans[breaks, 1] - spans[breaks, 0]) * rng.uniform(0.1, 0.9, int(breaks.sum()))
    return _evidence("home_wifi", cut(spans, phone.lost.dead), "logger", "home")


def _docked(of: Story, wearable: Recorded | None, rng: Generator) -> list[Evidence]:
    start = of.course.participant.start
    if start is None or wearable is None:
        return []
    begins = (start - of.days.first).days * DAY_S + 18.0 * _HOUR_S
    own = cut(np.array([[begins, of.last_s]]), wearable.on)
    own = cut(own, homes_of(of)[1])
    return _evidence("dock", own[rng.random(len(own)) < _DOCK_TOLD], "device", "home")


def _words(of: Story, each: Happening, rng: Generator) -> list[Evidence]:
    """What people say of one outing, each with a chance of not saying it."""
    driven, carried, borrowed, diary = rng.random(4)
    start, end = each.start_s, each.end_s
    if each.of_other:
        return [Evidence("carried_by_other", start, end, "logger")] if borrowed < _BORROWED_TOLD else []
    if each.outing < 0:
        return []
    told = []
    if KINDS[of.life.kind[each.outing]] in {"day_care", "family"} and driven < _DRIVEN_TOLD:
        told += [Evidence("driven", float(first), float(last)) for first, last in each.moves.driven]
    if not each.phone and carried < _NOT_CARRIED_TOLD:
        told.append(Evidence("not_carried", start - 2.0 * _DIARY_S, end + 2.0 * _DIARY_S, "logger"))
    if of.ways.keeps_diary and diary < _DIARY_TOLD:
        told.append(Evidence("out", _round(start), max(_round(end), _round(start) + _DIARY_S)))
    return told


def _quiet_days(of: Story, rng: Generator) -> list[Evidence]:
    quiet = np.flatnonzero((of.life.minutes == 0.0) & (rng.random(len(of.days)) < _DIARY_TOLD))
    spans = np.column_stack([quiet * DAY_S + 9.0 * _HOUR_S, quiet * DAY_S + 20.0 * _HOUR_S])
    errands = [(each.start_s, each.end_s) for each in of.happenings if each.outing < 0 and not each.of_other]
    inside = spans[spans[:, 1] <= of.last_s]
    return _evidence("at_home", cut(inside, np.array(errands).reshape(-1, 2)), None, None)


def _round(moment_s: float) -> float:
    """A diary knows five minutes."""
    return round(moment_s / _DIARY_S) * _DIARY_S
