"""Which thing of this frame is which thing of the last: boxes over time. Pure.

Made for 4-10 frames a second on a walking head: between frames a far, thin thing can move by more than
its own width, so nearness counts beside overlap.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import hypot, log
from statistics import median

from vision.camera import Box
from vision.corridor import Corridor
from vision.families import alike
from vision.sightings import Sighting
from vision.types import ObjectClass

# "Obstacle" is a name only where there is no better one: the network says it of everything.
NAMELESS_WEIGHT = 0.5
LEAST_MATCH = 0.15
MEMORY_S = 1.6  # samples older than this say nothing about now
MOST_SAMPLES = 16
MISSES = 3  # frames that a thing may be unseen before it is dropped …
UNSEEN_S = 0.4  # … or this long, whichever is later
STRAIGHT_ON = Corridor(None)
LEAST_JITTER = 0.02  # of the distance: steps shake the head
PUSH_MPS2 = 1.0  # how hard a closing speed may change: a walker stops within a second
FIRST_SPEED_MPS = 1.5  # sigma of the closing speed of a thing just met


@dataclass(frozen=True, slots=True)
class Across:
    """Where a foot stood across the walking line as that line was seen in the same frame, metres, + right.

    `sigma_m`: of the line there. `lasts_s`: how long an error of the line stays the same.
    """

    low_m: float
    high_m: float
    sigma_m: float
    lasts_s: float


# A fitted line errs by its mask, from frame to frame; a head turns away from the way for seconds.
LINE_LASTS_S, HEAD_LASTS_S = 0.5, 3.0


def across(corridor: Corridor, sighting: Sighting) -> Across:
    """Where `sighting` stands across the walking line of its own frame."""
    z = sighting.ahead_m
    return Across(
        corridor.across_m(sighting.left_m, z),
        corridor.across_m(sighting.right_m, z),
        corridor.sigma_m(z),
        HEAD_LASTS_S if corridor.line is None else LINE_LASTS_S,
    )


@dataclass(frozen=True, slots=True)
class Sample:
    """What one frame said of a track."""

    t_s: float
    score: float
    sighting: Sighting
    across: Across


@dataclass(frozen=True, slots=True)
class Closing:
    """Kalman state: distance and its rate (negative: coming nearer), with their covariance."""

    distance_m: float
    rate_mps: float
    var_d: float
    var_dr: float
    var_r: float


@dataclass(frozen=True, slots=True)
class Track:
    """One thing over time. `samples`: oldest first, never empty."""

    id: int
    samples: tuple[Sample, ...]
    hits: int
    misses: int
    box: Box  # where it is expected at `t_s`
    speed_px: tuple[float, float]  # of the box's middle, pixels a second
    t_s: float
    closing: Closing

    @property
    def latest(self) -> Sighting:
        """The last sighting."""
        return self.samples[-1].sighting

    @property
    def cls(self) -> ObjectClass:
        """The class with the greatest sum of scores."""
        sums: dict[ObjectClass, float] = {}
        for sample in self.samples:
            name = sample.sighting.detection.cls
            worth = NAMELESS_WEIGHT if name is ObjectClass.OBSTACLE else 1.0
            sums[name] = sums.get(name, 0.0) + worth * sample.score
        return max(sums, key=lambda name: sums[name])

    @property
    def score(self) -> float:
        """Median score of the samples in memory that gave it its name."""
        name = self.cls
        return median(s.score for s in self.samples if s.sighting.detection.cls is name)

    @property
    def sigma_m(self) -> float:
        """One sigma of the distance: what filtering leaves of the jitter, and what it cannot remove."""
        own = self.latest.distance
        steady = max(own.sigma_m**2 - own.jitter_m**2, 0.0)
        return float((self.closing.var_d + steady) ** 0.5)


@dataclass(frozen=True, slots=True)
class Tracks:
    """Everything that is followed, and the next free number."""

    items: tuple[Track, ...] = ()
    next_id: int = 1


def update(
    tracks: Tracks, sightings: Sequence[Sighting], t_s: float, corridor: Corridor = STRAIGHT_ON
) -> Tracks:
    """Carry the tracks on to `t_s`, give each its sighting, begin new ones, drop the lost.

    `corridor`: the walking line as it was seen in this frame. A turn of the head turns line and things alike.
    """
    expected = [carried(track, t_s) for track in tracks.items]
    pairs = _match(expected, sightings)
    taken = set(pairs.values())
    kept = []
    for index, track in enumerate(expected):
        if index in pairs:
            sighting = sightings[pairs[index]]
            kept.append(_seen(track, _sample(sighting, t_s, corridor)))
        elif _still_alive(track, t_s):
            kept.append(replace(track, misses=track.misses + 1))
    fresh = [s for index, s in enumerate(sightings) if index not in taken]
    kept += [_begin(tracks.next_id + n, _sample(sighting, t_s, corridor)) for n, sighting in enumerate(fresh)]
    return Tracks(tuple(kept), tracks.next_id + len(fresh))


def _still_alive(track: Track, t_s: float) -> bool:
    return track.misses + 1 <= MISSES or t_s - track.samples[-1].t_s <= UNSEEN_S


def _sample(sighting: Sighting, t_s: float, corridor: Corridor) -> Sample:
    return Sample(t_s, sighting.detection.score, sighting, across(corridor, sighting))


def _begin(track_id: int, sample: Sample) -> Track:
    sighting = sample.sighting
    start = sighting.distance
    spread = max(start.jitter_m, LEAST_JITTER * start.distance_m)
    closing = Closing(start.distance_m, 0.0, spread**2, 0.0, FIRST_SPEED_MPS**2)
    return Track(track_id, (sample,), 1, 0, sighting.detection.box, (0.0, 0.0), sample.t_s, closing)


def carried(track: Track, t_s: float) -> Track:
    """The track moved on to `t_s` by its own speed; nothing is measured."""
    dt = max(t_s - track.t_s, 0.0)
    dx, dy = track.speed_px[0] * dt, track.speed_px[1] * dt
    x1, y1, x2, y2 = track.box
    k = track.closing
    push = PUSH_MPS2**2
    closing = Closing(
        max(k.distance_m + k.rate_mps * dt, 0.05),
        k.rate_mps,
        k.var_d + 2 * dt * k.var_dr + dt * dt * k.var_r + push * dt**4 / 4,
        k.var_dr + dt * k.var_r + push * dt**3 / 2,
        k.var_r + push * dt * dt,
    )
    return replace(track, box=(x1 + dx, y1 + dy, x2 + dx, y2 + dy), t_s=t_s, closing=closing)


def _seen(track: Track, sample: Sample) -> Track:
    last, sighting, t_s = track.samples[-1], sample.sighting, sample.t_s
    young = tuple(s for s in track.samples if t_s - s.t_s <= MEMORY_S)
    dt = max(t_s - last.t_s, 1e-3)
    moved = tuple(
        (b - a) / dt
        for a, b in zip(_middle(last.sighting.detection.box), _middle(sighting.detection.box), strict=True)
    )
    # Half of the new speed: a step sways the head to and fro at 2 Hz.
    speed = (0.5 * track.speed_px[0] + 0.5 * moved[0], 0.5 * track.speed_px[1] + 0.5 * moved[1])
    return Track(
        track.id,
        (*young, sample)[-MOST_SAMPLES:],
        track.hits + 1,
        0,
        sighting.detection.box,
        speed,
        t_s,
        _measured(track.closing, sighting),
    )


def _measured(k: Closing, sighting: Sighting) -> Closing:
    own = sighting.distance
    noise = max(own.jitter_m, LEAST_JITTER * own.distance_m) ** 2
    gap = own.distance_m - k.distance_m
    total = k.var_d + noise
    # A jump of more than 4 sigma is a wrong box more often than a jump of the thing: believe it less.
    surprise = gap * gap / total
    if surprise > 16:
        total *= surprise / 16
    gain_d, gain_r = k.var_d / total, k.var_dr / total
    return Closing(
        max(k.distance_m + gain_d * gap, 0.05),
        k.rate_mps + gain_r * gap,
        (1 - gain_d) * k.var_d,
        (1 - gain_d) * k.var_dr,
        k.var_r - gain_r * k.var_dr,
    )


def _match(tracks: Sequence[Track], sightings: Sequence[Sighting]) -> dict[int, int]:
    """Track index -> sighting index, best pairs first."""
    scored = []
    for i, track in enumerate(tracks):
        for j, sighting in enumerate(sightings):
            if not alike(track.cls, sighting.detection.cls):
                continue
            value = likeness(track.box, sighting.detection.box)
            if value >= LEAST_MATCH:
                scored.append((value, track.hits, -i, -j))
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for _, _, minus_i, minus_j in sorted(scored, reverse=True):
        if -minus_i not in pairs and -minus_j not in taken:
            pairs[-minus_i] = -minus_j
            taken.add(-minus_j)
    return pairs


def _middle(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def overlap(first: Box, second: Box) -> float:
    """Intersection over union."""
    wide = min(first[2], second[2]) - max(first[0], second[0])
    tall = min(first[3], second[3]) - max(first[1], second[1])
    if wide <= 0 or tall <= 0:
        return 0.0
    shared = wide * tall
    areas = sum((b[2] - b[0]) * (b[3] - b[1]) for b in (first, second))
    return shared / (areas - shared)


def likeness(first: Box, second: Box) -> float:
    """0..1.5: overlap, plus up to a half for nearness of like-sized boxes."""
    size = max(*(max(b[2] - b[0], b[3] - b[1]) for b in (first, second)), 1.0)
    (x1, y1), (x2, y2) = _middle(first), _middle(second)
    near = max(0.0, 1.0 - hypot(x1 - x2, y1 - y2) / size)
    tall = max(first[3] - first[1], 1.0) / max(second[3] - second[1], 1.0)
    same_size = max(0.0, 1.0 - abs(log(tall)) / log(2.5))
    return overlap(first, second) + 0.5 * near * same_size
