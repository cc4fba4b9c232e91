"""What the logger and the device record of a story: positions in columns, week by week. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator

from field_tests.japan import DAY_S
from field_tests.simulator.faults import Rows
from field_tests.simulator.ground import F64, merged, within
from field_tests.simulator.holes import Holes, holes
from field_tests.simulator.moves import joined
from field_tests.simulator.options import Options
from field_tests.simulator.receiver import Receiver, observed
from field_tests.simulator.story import Story

_CHUNK_S: Final = 7 * DAY_S
_COMES_THROUGH, _WEAK_COMES_THROUGH = 0.97, 0.15
# A wearable with its own antenna, out of the pocket.
_DEVICE: Final = Receiver(home_m=9.0, street_m=3.6, flatters=1.0)
_DEVICE_EVERY_S: Final = 10
_ON_BEFORE_S, _ON_AFTER_S = 240.0, 150.0
_LEFT_ON_CHANCE: Final = 0.03  # of outings: switched on, and left on the table


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """Where a source was (`t_s`, `xy`), when it was on and when away from home, what it could not see."""

    t_s: F64
    xy: F64
    on: F64
    out: F64
    inside: F64
    lost: Holes
    receiver: Receiver
    every_s: int


def logger(of: Story, options: Options) -> Recorded:
    """The phone: on all the time, with holes."""
    rng = _rng(of, options, 0x1C)
    taken = joined([each.moves for each in of.happenings if each.phone])
    missing = missing_share(of, options)
    lost = holes(missing, taken.inside, rng)
    on = np.array([[0.0, of.last_s]])
    return Recorded(
        taken.t_s, taken.xy, on, of.spans(phone=True), taken.inside, lost, of.ways.home, options.every_s
    )


def device(of: Story, options: Options) -> Recorded | None:
    """The wearable: on when it is worn, and now and then when it lies at home. None: it was never on."""
    rng = _rng(of, options, 0xDE)
    out = of.spans(phone=False)
    taken = joined([each.moves for each in of.happenings if each.device])
    left = left_on(of, options)
    worn = out + np.array([[-_ON_BEFORE_S, _ON_AFTER_S]])
    on = merged(np.concatenate([worn, left]))
    if len(on) == 0:
        return None
    lost = holes(np.full(len(of.days), 0.03), taken.inside, rng)
    every_s = min(options.every_s, _DEVICE_EVERY_S)
    return Recorded(taken.t_s, taken.xy, on, out, taken.inside, lost, _DEVICE, every_s)


def left_on(of: Story, options: Options) -> F64:
    """Outings on which the device was switched on and left at home."""
    start = of.course.participant.start
    rng = _rng(of, options, 0x1E)
    begins = (start - of.days.first).days * DAY_S if start else of.last_s
    spans = [
        (each.start_s, each.end_s)
        for each in of.happenings
        if rng.random() < _LEFT_ON_CHANCE and each.outing >= 0 and not each.device and each.start_s > begins
    ]
    return np.array(spans).reshape(-1, 2)


def missing_share(of: Story, options: Options) -> F64:
    """Of each day, as asked for; it drifts when the device comes."""
    start = of.course.participant.start
    share = np.full(len(of.days), options.missing)
    if start is not None:
        share[(start - of.days.first).days :] += options.coverage_drift
    return np.asarray(np.clip(share, 0.0, 0.97))


def rows(of: Story, recorded: Recorded, rng: Generator, first_utc_s: float) -> Iterator[Rows]:
    """The fixes of one source by time, in parts of a week."""
    begin = 0.0
    while begin < of.last_s:
        moments = _moments(recorded, begin, min(begin + _CHUNK_S, of.last_s), rng)
        if len(moments):
            part = _seen(of, recorded, moments, rng, first_utc_s)
            if len(part):
                yield part
        begin += _CHUNK_S


def _moments(recorded: Recorded, begin: float, end: float, rng: Generator) -> F64:
    spans = recorded.on[(recorded.on[:, 1] > begin) & (recorded.on[:, 0] < end)]
    every = float(recorded.every_s)
    grid = [
        np.arange(np.ceil(max(start, begin) / every) * every, min(stop, end), every) for start, stop in spans
    ]
    if not grid:
        return np.zeros(0)
    moments = np.concatenate(grid)
    late = rng.integers(0, max(1, recorded.every_s // 5), len(moments))
    return np.asarray(moments + late)


def _seen(of: Story, recorded: Recorded, moments: F64, rng: Generator, first_utc_s: float) -> Rows:
    inside = within(moments, recorded.inside)
    indoors = ~within(moments, recorded.out)
    error, accuracy = observed(recorded.receiver, moments, indoors, inside, recorded.every_s, rng)
    chance = np.where(within(moments, recorded.lost.weak), _WEAK_COMES_THROUGH, _COMES_THROUGH)
    keep = (rng.random(len(moments)) < chance) & ~within(moments, recorded.lost.silent)
    xy = _true(recorded, moments)[keep] + error[keep]
    lat, lon = of.around.ground.latlon(xy[:, 0], xy[:, 1])
    return Rows(first_utc_s + moments[keep], lat, lon, accuracy[keep])


def _true(recorded: Recorded, moments: F64) -> F64:
    if len(recorded.t_s) == 0:
        return np.zeros((len(moments), 2))
    columns = [np.interp(moments, recorded.t_s, recorded.xy[:, axis]) for axis in (0, 1)]
    return np.column_stack(columns)


def _rng(of: Story, options: Options, stream: int) -> Generator:
    return np.random.default_rng([options.seed, int(of.course.participant.person[1:]), stream])
