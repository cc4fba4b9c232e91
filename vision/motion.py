"""Whether a followed thing comes nearer, by its growth and its distance together. Pure.

When it is touched, its ways tell (`vision.hazards`): growth knows nothing of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

from vision.families import WALKING, WHEELED
from vision.meeting import LEAST_CLOSING_MPS
from vision.samples import Sample
from vision.tracking import Track

FASTEST_MPS, FASTEST_WHEELED_MPS = 4.0, 14.0  # a runner met by a walker; a car in a 50 km/h street
LONGEST_TTC_S = 20.0
EDGE_NOISE_PX = 2.0  # of a box's two edges together, from frame to frame
TOLD_MPS = 0.6  # one sigma of a closing speed: beyond it, nothing yet tells coming from going
SURE = 1.0  # a rate must exceed this many of its sigmas to count


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate of change with its sigma; `now`: the fitted value at the newest sample."""

    value: float
    sigma: float
    now: float = 0.0


def slope(samples: tuple[Sample, ...], value: Callable[[Sample], float], noise: float) -> Rate | None:
    """Change per second of `value` over the samples; `noise` one sigma of one value. None: too few."""
    if len(samples) < 2:
        return None
    times = [s.t_s for s in samples]
    values = [value(s) for s in samples]
    mid_t, mid_v = sum(times) / len(times), sum(values) / len(values)
    spread = sum((t - mid_t) ** 2 for t in times)
    if spread < 1e-4:
        return None
    rate = sum((t - mid_t) * (v - mid_v) for t, v in zip(times, values, strict=True)) / spread
    rest = sum((v - mid_v - rate * (t - mid_t)) ** 2 for t, v in zip(times, values, strict=True))
    # Few samples: the scatter that is seen says little, the expected noise bounds it from below.
    seen = sqrt(rest / (len(times) - 2)) if len(times) > 2 else 0.0
    return Rate(rate, max(seen, noise) / sqrt(spread), mid_v + rate * (times[-1] - mid_t))


def growth(track: Track) -> Rate | None:
    """Relative growth of the box per second; 1 / growth is the time to collision, without any geometry."""
    cut = track.latest.cut
    if cut.top and not cut.foot:
        return (
            None  # only its width would tell, and two boxes of one thing differ in that; its foot tells more
        )
    recent = track.samples[-8:]
    if not (cut.foot or cut.top):
        whole = tuple(s for s in recent if not (s.sighting.cut.foot or s.sighting.cut.top))
        return _growth(whole, _tall, max(0.03, EDGE_NOISE_PX / _tall(track.samples[-1])))
    if cut.side:
        return None
    # Walking legs swing: the width of a person says nothing within a step.
    noise = 0.25 if track.cls in WALKING else max(0.05, EDGE_NOISE_PX / _wide(track.samples[-1]))
    return _growth(tuple(s for s in recent if not s.sighting.cut.side), _wide, noise)


def _growth(samples: tuple[Sample, ...], size: Callable[[Sample], float], noise: float) -> Rate | None:
    """The inverse of a size shrinks evenly at a steady speed (the size itself does not), so it is fitted."""
    if not samples:
        return None
    scale = size(samples[-1])
    fitted = slope(samples, lambda s: scale / size(s), noise)
    if fitted is None or fitted.now < 0.3:
        return None
    return Rate(-fitted.value / fitted.now, fitted.sigma / fitted.now)


def _tall(sample: Sample) -> float:
    box = sample.sighting.detection.box
    return max(box[3] - box[1], 1.0)


def _wide(sample: Sample) -> float:
    box = sample.sighting.detection.box
    return max(box[2] - box[0], 1.0)


def ttc_s(track: Track) -> float | None:
    """Seconds to contact at the present rate, from growth and distance together; None: not closing."""
    if track.hits < 2:
        return None
    k = track.closing
    if k.var_d > k.ahead_m**2:
        return None  # it may be here or twice as far: lost from sight, or measured here and there
    if track.cls in WALKING and k.var_r > TOLD_MPS**2:
        return None  # nothing yet tells coming from going
    by_distance = Rate(-k.rate_mps / k.ahead_m, sqrt(max(k.var_r, 1e-6)) / k.ahead_m)
    rate = _together(_together(by_distance, growth(track)), _usual(track))
    if rate.value < SURE * rate.sigma or rate.value * k.ahead_m < LEAST_CLOSING_MPS:
        return None
    # Growth of a far, half-hidden thing can say what no thing can do: who walks does not close faster.
    fastest = FASTEST_WHEELED_MPS if track.cls in WHEELED else FASTEST_MPS
    time = max(1.0 / rate.value, k.ahead_m / fastest)
    return time if time <= LONGEST_TTC_S else None


def _usual(track: Track) -> Rate:
    """What closing is likely before anything is measured: a walk towards a standing thing, more on wheels."""
    far = track.closing.ahead_m
    spread = 4.0 if track.cls in WHEELED else 1.5
    return Rate(0.8 / far, spread / far)


def _together(first: Rate, second: Rate | None) -> Rate:
    if second is None:
        return first
    w1, w2 = first.sigma**-2, second.sigma**-2
    return Rate((w1 * first.value + w2 * second.value) / (w1 + w2), (w1 + w2) ** -0.5)
