"""Which thing of this frame is which thing of the last: boxes over time. Pure.

Made for 4-10 frames a second on a walking head: between frames a far, thin thing can move by more than
its own width, so nearness counts beside overlap.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import hypot, sqrt
from statistics import median

from vision.boxes import likeness, middle, overlap
from vision.camera import Box
from vision.closing import Closing, ahead_later_m, closing_of, later
from vision.corridor import Corridor
from vision.families import HANGING, alike
from vision.samples import Sample, hung, placed, sample
from vision.sightings import Sighting
from vision.types import Detection, ObjectClass

# "Obstacle" is a name only where there is no better one: the network says it of everything.
NAMELESS_WEIGHT = 0.5
FAINT_WEIGHT = 0.2  # of the names of faint boxes one in five is right (vision/encounters/figures.toml)
HINTED_HITS = 2  # so often was a thing surely seen before a faint box may go on with it
LEAST_MATCH = 0.15
# A box this like a thing's goes on with it though it stands elsewhere, if no other thing is there for it:
# edges jump, and what is given a new number is a stranger that is told anew.
JUMPED_MATCH = 0.6
SECOND_BOX = 0.5  # detectors leave two boxes of one thing whose IoU is below .7, or that have two names
MEMORY_S = 1.6  # samples older than this say nothing about now
MOST_SAMPLES = 16
FOOT_MEMORY_S = 4.0  # 1.9 m of a slow walk
MISSES = 3  # frames that a thing may be unseen before it is dropped …
UNSEEN_S = 0.4  # … or this long, whichever is later
# What was well seen does not vanish: a detector that misses it does so for a third of a second and longer
# (vision/encounters/figures.toml, [persistence]), and what is found again under a new number is a stranger.
KNOWN_HITS, KNOWN_S, KNOWN_UNSEEN_S = 4, 0.3, 1.2
AGAIN_REACH = 1.7  # sizes of its box
STEADY_S = 0.3  # a box goes on sideways for so long: then the head has swayed back
# A place that is one sigma from where it should be takes so much from a likeness of up to 1.5; beyond three
# sigmas nothing more. Sigmas: of a foot in its box, of a distance's jitter, and of a step aside while unseen.
ELSEWHERE, MOST_OFF = 0.1, 9.0
NEAR_M, AWAY_SHARE, ASIDE_SHARE, ASIDE_MPS = 0.2, 0.06, 0.03, 0.7
STRAIGHT_ON = Corridor(None)


@dataclass(frozen=True, slots=True)
class Track:
    """One thing over time. `samples`: oldest first, never empty. `cls`: that with the greatest sum of scores.

    `footed`: the last that showed its foot. A foot leaves the picture 1.9 m ahead, and below the picture a
    thing has no place that could be measured: what was known before is carried on.
    """

    id: int
    samples: tuple[Sample, ...]
    footed: tuple[Sample, ...]
    hits: int
    misses: int
    box: Box  # where it is expected at `t_s`
    speed_px: tuple[float, float]  # of the box's middle, pixels a second
    t_s: float
    closing: Closing
    cls: ObjectClass

    @property
    def placed(self) -> tuple[Sample, ...]:
        """The samples that say where it stands: those that showed its foot, if there are any."""
        return placed(self.samples, self.footed, hangs=self.cls in HANGING)

    @property
    def latest(self) -> Sighting:
        """The last sighting."""
        return self.samples[-1].sighting

    @property
    def score(self) -> float:
        """Median score of the samples in memory that gave it its name: of the sure ones, if any did."""
        mine = [s for s in self.samples if s.sighting.detection.cls is self.cls]
        return median([s.score for s in mine if not s.faint] or [s.score for s in mine])

    @property
    def distance_m(self) -> float:
        """Metres along the ground to its nearest point."""
        return self.closing.ahead_m * self._aside

    @property
    def sigma_m(self) -> float:
        """One sigma of the distance: what filtering leaves of the jitter, and what it cannot remove."""
        own = self.latest.distance
        steady = max(own.sigma_m**2 - own.jitter_m**2, 0.0)
        return float((self.closing.var_d * self._aside**2 + steady) ** 0.5)

    @property
    def _aside(self) -> float:
        """How much longer the way to it is than straight ahead: 1 and more."""
        return self.latest.distance.distance_m / self.latest.distance.ahead_m


@dataclass(frozen=True, slots=True)
class Tracks:
    """Everything that is followed, and the next free number."""

    items: tuple[Track, ...] = ()
    next_id: int = 1


def update(
    tracks: Tracks,
    sightings: Sequence[Sighting],
    t_s: float,
    corridor: Corridor = STRAIGHT_ON,
    *,
    faint: Sequence[Sighting] = (),
    own_speed_mps: float | None = None,
) -> Tracks:
    """Carry the tracks on to `t_s`, give each its sighting, begin new ones, drop the lost.

    `corridor`: the walking line as it was seen in this frame. A turn of the head turns line and things alike.
    `faint`: of boxes below their thresholds: they go on with what no sure box is of, and begin nothing.
    """
    expected = [carried(track, t_s) for track in tracks.items]
    fresh = [sample(sighting, t_s, corridor) for sighting in sightings]
    pairs = _match(expected, fresh)
    known = {index: fresh[place] for index, place in pairs.items()} | _hinted(
        expected, [sample(sighting, t_s, corridor, faint=True) for sighting in faint], pairs
    )
    kept = []
    for index, track in enumerate(expected):
        if index in known:
            kept.append(_seen(track, known[index], own_speed_mps))
        elif _still_alive(track, t_s):
            kept.append(replace(track, misses=track.misses + 1))
    taken = set(pairs.values())
    strange = [each for place, each in enumerate(fresh) if place not in taken and not _again_of(each, kept)]
    kept += [_begin(tracks.next_id + n, first, own_speed_mps) for n, first in enumerate(strange)]
    return Tracks(tuple(kept), tracks.next_id + len(strange))


def _again_of(newest: Sample, tracks: Sequence[Track]) -> bool:
    """Whether it is a second box of a thing that has its own in this frame: of that, nothing new is known."""
    mine = newest.sighting.detection
    return any(
        track.misses == 0 and alike(track.cls, mine.cls) and overlap(track.box, mine.box) >= SECOND_BOX
        for track in tracks
    )


def _hinted(tracks: Sequence[Track], hints: Sequence[Sample], pairs: Mapping[int, int]) -> dict[int, Sample]:
    """By place of a track that no sure box is of: the faint one that it goes on with."""
    left = [n for n, track in enumerate(tracks) if n not in pairs and track.hits >= HINTED_HITS]
    if not left or not hints:
        return {}
    return {left[i]: hints[j] for i, j in _match([tracks[n] for n in left], hints).items()}


def hints(tracks: Tracks, faint: Sequence[Detection], t_s: float) -> tuple[Detection, ...]:
    """Those of the faint boxes that may be of a track: all others are not worth measuring."""
    boxes = [expected_box(track, t_s) for track in tracks.items if track.hits >= HINTED_HITS] if faint else []
    return tuple(d for d in faint if any(likeness(box, d.box) >= LEAST_MATCH for box in boxes))


def _still_alive(track: Track, t_s: float) -> bool:
    unseen_s = t_s - track.samples[-1].t_s
    return track.misses + 1 <= MISSES or unseen_s <= (KNOWN_UNSEEN_S if _known(track) else UNSEEN_S)


def _known(track: Track) -> bool:
    return track.hits >= KNOWN_HITS and track.samples[-1].t_s - track.samples[0].t_s >= KNOWN_S


def _begin(track_id: int, first: Sample, own_speed_mps: float | None) -> Track:
    detection = first.sighting.detection
    closing = closing_of((first,), detection.cls, first.t_s, own_speed_mps)
    footed = _footed((first,), first.t_s)
    return Track(
        track_id, (first,), footed, 1, 0, detection.box, (0.0, 0.0), first.t_s, closing, detection.cls
    )


def carried(track: Track, t_s: float) -> Track:
    """The track moved on to `t_s` by its own speed; nothing is measured."""
    closing = later(track.closing, max(t_s - track.t_s, 0.0))
    return replace(track, box=expected_box(track, t_s), t_s=t_s, closing=closing)


def expected_box(track: Track, t_s: float) -> Box:
    """That of `carried`."""
    dt = max(t_s - track.t_s, 0.0)
    swaying_s = min(dt, max(STEADY_S - (track.t_s - track.samples[-1].t_s), 0.0))
    x, y = middle(track.box)
    x, y = x + track.speed_px[0] * swaying_s, y + track.speed_px[1] * swaying_s
    # What comes nearer grows: after a second unseen its old box would not be known again.
    grown = min(track.closing.ahead_m / ahead_later_m(track.closing, dt), 2.0)
    half = (track.box[2] - track.box[0]) / 2 * grown, (track.box[3] - track.box[1]) / 2 * grown
    return x - half[0], y - half[1], x + half[0], y + half[1]


def _seen(track: Track, newest: Sample, own_speed_mps: float | None) -> Track:
    last, sighting, t_s = track.samples[-1], newest.sighting, newest.t_s
    young = tuple(s for s in track.samples if t_s - s.t_s <= MEMORY_S)
    samples = (*young, newest)[-MOST_SAMPLES:]
    footed, cls = _footed((*track.footed, newest), t_s), _named(samples)
    dt = max(t_s - last.t_s, 1e-3)
    moved = tuple(
        (b - a) / dt
        for a, b in zip(middle(last.sighting.detection.box), middle(sighting.detection.box), strict=True)
    )
    # Half of the new speed: a step sways the head to and fro at 2 Hz.
    speed = (0.5 * track.speed_px[0] + 0.5 * moved[0], 0.5 * track.speed_px[1] + 0.5 * moved[1])
    return Track(
        track.id,
        samples,
        footed,
        track.hits + 1,
        0,
        sighting.detection.box,
        speed,
        t_s,
        closing_of(placed(samples, footed, hangs=cls in HANGING), cls, t_s, own_speed_mps, track.closing),
        cls,
    )


def _named(samples: tuple[Sample, ...]) -> ObjectClass:
    """The class with the greatest sum of scores."""
    sums: dict[ObjectClass, float] = {}
    for each in samples:
        name = each.sighting.detection.cls
        worth = NAMELESS_WEIGHT if name is ObjectClass.OBSTACLE else 1.0
        worth *= FAINT_WEIGHT if each.faint else 1.0
        sums[name] = sums.get(name, 0.0) + worth * each.score
    return max(sums, key=lambda name: sums[name])


def _footed(samples: tuple[Sample, ...], t_s: float) -> tuple[Sample, ...]:
    whole = (s for s in samples if not s.sighting.cut.foot and t_s - s.t_s <= FOOT_MEMORY_S)
    return tuple(whole)[-MOST_SAMPLES:]


def _match(tracks: Sequence[Track], fresh: Sequence[Sample]) -> dict[int, int]:
    """Track index -> sample index, best pairs first."""
    scored, jumped = [], []
    for i, track in enumerate(tracks):
        for j, each in enumerate(fresh):
            if not alike(track.cls, each.sighting.detection.cls):
                continue
            value = likeness(track.box, each.sighting.detection.box)
            if value >= LEAST_MATCH and (less := value - elsewhere(track, each)) >= LEAST_MATCH:
                scored.append((less, track.hits, -i, -j))
            elif value >= JUMPED_MATCH:
                jumped.append((value, track.hits, -i, -j))
    return _paired(scored, _again(tracks, fresh), jumped)


def _again(tracks: Sequence[Track], fresh: Sequence[Sample]) -> list[tuple[float, int, int, int]]:
    """What was unseen for some frames and is found again about where it was: the head has swayed."""
    scored = []
    for i, track in enumerate(tracks):
        if track.misses == 0 or not _known(track):
            continue
        for j, each in enumerate(fresh):
            detection = each.sighting.detection
            near = likeness(track.box, detection.box, AGAIN_REACH)
            if near > LEAST_MATCH and track.cls is detection.cls:
                near -= elsewhere(track, each)
                if near > LEAST_MATCH:
                    scored.append((near, track.hits, -i, -j))
    return scored


def elsewhere(track: Track, newest: Sample) -> float:
    """How much less like the track a sample is for the place on the ground where it stands: 0 and more.

    Boxes of two people behind each other are alike while their places are a step apart; and a place is
    told against the walking line, so a turn of the head does not move it.
    """
    last = track.samples[-1]
    if hung(last) or hung(newest):
        return 0.0  # its size tells where it is, and a branch half out of the picture is another size
    unseen_s = newest.t_s - last.t_s
    far, own = track.closing.ahead_m, newest.sighting.distance
    off = 0.0
    if not (last.sighting.cut.foot or newest.sighting.cut.foot):
        jitter = own.jitter_share * own.ahead_m
        spread = hypot(NEAR_M, AWAY_SHARE * far, jitter, sqrt(track.closing.var_d))
        off += ((own.ahead_m - far) / spread) ** 2
        if not (last.sighting.cut.side or newest.sighting.cut.side):
            line = hypot(last.across.sigma_m, newest.across.sigma_m)
            spread = hypot(NEAR_M, ASIDE_SHARE * far, line, ASIDE_MPS * unseen_s)
            off += ((newest.across.middle_m - last.across.middle_m) / spread) ** 2
    return ELSEWHERE * min(off, MOST_OFF)


def _paired(*passes: list[tuple[float, int, int, int]]) -> dict[int, int]:
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for scored in passes:
        for _, _, minus_i, minus_j in sorted(scored, reverse=True):
            if -minus_i not in pairs and -minus_j not in taken:
                pairs[-minus_i] = -minus_j
                taken.add(-minus_j)
    return pairs
