"""Which of the followed things will be touched, how soon, how sure. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import exp, sqrt

from vision.camera import Camera
from vision.closing import OWN_SIGMA_MPS
from vision.corridor import Corridor
from vision.courses import Courses, courses, glanced
from vision.families import FIXED, GROUND, HANGING, WALKING, WHEELED
from vision.free_side import free_side
from vision.meeting import Course, chance, overhead
from vision.motion import LONGEST_TTC_S, ttc_s
from vision.sightings import Sighting
from vision.tracking import Track, Tracks
from vision.types import Hazard, Image, Motion, ObjectClass

RANGE_M = 15.0  # a bicycle at 3 m/s, met at 1 m/s, is 4 s away
# Below this it is nothing to look out for. What is told needs more: `device.policy`.
LEAST_CHANCE = 0.15
FASTEST_WALK_MPS = 1.4
FREE_SIDE_CHANCE = 0.4  # only beside what is likely in the way is a side worth looking for

# How likely a track is of a thing at all, as log-odds: by its surest box, by how long it has been followed,
# by the share of faint boxes in it. Fitted (logistic regression) to 7,881 moments of tracks that seemed to be
# in the way in `vision encounters`, seed 11, whose detector fails as the model does, and moved by .3 towards
# doubt. Of 167 boxes of nothing 117 have no name, none is a person, three are vehicles (figures.toml).
ODDS_START, ODDS_A_SCORE, ODDS_A_SECOND = -5.4, 6.6, 1.6
ODDS_FAINT, ODDS_NAMELESS, ODDS_SELDOM_IMAGINED = -1.8, -1.1, 2.0
ODDS_UNSEEN_A_SECOND = 2.4  # where it is not found any more
SELDOM_IMAGINED = WALKING | WHEELED | HANGING
LONGEST_S = 1.5
SOONEST_S = 0.01  # a touch that is now
LEAST_HITS = 2


@dataclass(frozen=True, slots=True)
class Judged:
    """A track with what was found out about it; `hazard` None where it is not one."""

    track: Track
    real: float  # how likely it is a thing at all, 0..1
    course: Course
    touch: float  # how likely a touch is if it is one, 0..1; 0 where that was not asked
    hazard: Hazard | None

    @property
    def confirmed(self) -> bool:
        """Whether it is more likely a thing than not."""
        return self.real >= 0.5

    @property
    def span_m(self) -> tuple[float, float]:
        """Offsets of its foot from the walking line now, + right."""
        return self.course.span_m


def judge(
    tracks: Tracks,
    sightings: tuple[Sighting, ...],
    corridor: Corridor,
    camera: Camera,
    image: Image,
    own_speed_mps: float | None,
) -> tuple[Judged, ...]:
    """Every track judged, nearest hazards first."""
    # Where the ground ends somewhere, a side that looks like the ground before may lead to the fall.
    level = not any(track.cls in GROUND for track in tracks.items)
    found = []
    for judged in _judged(tracks.items, corridor, own_speed_mps):
        track = judged.track
        if level and judged.hazard is not None:
            others = tuple(s for s in sightings if s is not track.latest)
            found.append(_with_side(judged, image, camera, corridor, others))
        else:
            found.append(judged)
    return tuple(sorted(found, key=_urgency))


def _urgency(judged: Judged) -> tuple[bool, float, int]:
    hazard = judged.hazard
    return hazard is None, hazard.distance_m if hazard else 0.0, judged.track.id


def real(track: Track) -> float:
    """How likely the track is of a thing that is there: 0..1."""
    if track.hits < LEAST_HITS:
        return 0.0
    surest = max(sample.score for sample in track.samples)
    faint = sum(sample.faint for sample in track.samples) / len(track.samples)
    lasted = min(track.samples[-1].t_s - track.samples[0].t_s, LONGEST_S)
    odds = ODDS_START + ODDS_A_SCORE * surest + ODDS_A_SECOND * lasted + ODDS_FAINT * faint
    odds -= ODDS_UNSEEN_A_SECOND * (track.t_s - track.samples[-1].t_s)
    if track.cls is ObjectClass.OBSTACLE:
        odds += ODDS_NAMELESS
    elif track.cls in SELDOM_IMAGINED:
        odds += ODDS_SELDOM_IMAGINED
    return 1.0 / (1.0 + exp(-odds))


def _judged(tracks: Sequence[Track], corridor: Corridor, own_speed_mps: float | None) -> Iterator[Judged]:
    there = [0.0 if _beside(track) else real(track) for track in tracks]
    asked = [
        real_ >= LEAST_CHANCE and track.closing.ahead_m <= RANGE_M
        for track, real_ in zip(tracks, there, strict=True)
    ]
    ways = iter(courses([track for track, ask in zip(tracks, asked, strict=True) if ask]))
    for track, real_, ask in zip(tracks, there, asked, strict=True):
        if ask:
            yield _judge(track, real_, next(ways), corridor, own_speed_mps)
        else:
            yield Judged(track, real_, glanced(track), 0.0, None)  # whatever its way: no hazard


def _judge(
    track: Track, there: float, ways: Courses, corridor: Corridor, own_speed_mps: float | None
) -> Judged:
    way = max(ways, key=lambda each: each[0])[1]
    touches = [(likely * chance(way), way) for likely, way in ways]
    touch = sum(each for each, _ in touches)
    if track.cls in HANGING:
        touch *= overhead(track)
    if there * touch < LEAST_CHANCE:
        return Judged(track, there, way, touch, None)
    hazard = Hazard(
        track_id=track.id,
        cls=track.cls,
        score=track.score,
        distance_m=track.distance_m,
        distance_sigma_m=track.sigma_m,
        bearing_deg=track.latest.bearing_deg,
        on_paving=corridor.on_paving(*way.span_m, track.latest.ahead_m),
        ttc_s=_contact_s(touches) if ttc_s(track) is not None else None,
        motion=_motion(track, way, own_speed_mps),
        free_side=None,
        chance=there * touch,
    )
    return Judged(track, there, way, touch, hazard)


def _contact_s(touches: Sequence[tuple[float, Course]]) -> float | None:
    """Seconds to the touch, by the ways in which there is one, as rates: what comes soonest counts most.

    None: none of them closes in soon.
    """
    rate = sum(each / max(way.level_s, SOONEST_S) for each, way in touches if way.level_s is not None)
    whole = sum(each for each, _ in touches)
    return whole / rate if rate * LONGEST_TTC_S > whole else None


def _beside(track: Track) -> bool:
    """It came into the picture from the side, too near to show its foot: where it is cannot be told.

    It overtakes, or it is too late to say anything: less than two metres are less than 1.5 s.
    """
    return not track.footed and all(s.sighting.cut.side for s in track.samples)


def _with_side(
    judged: Judged, image: Image, camera: Camera, corridor: Corridor, others: tuple[Sighting, ...]
) -> Judged:
    """The same with the side that looks free; never beside what moves (it does not stay) or is not seen now.

    Beside what hangs, the ground says nothing of the way at head height.
    """
    hazard, track = judged.hazard, judged.track
    if hazard is None or track.misses or track.cls in HANGING or hazard.chance < FREE_SIDE_CHANCE:
        return judged
    if hazard.motion is not Motion.STANDING:
        return judged
    side = free_side(image, camera, corridor, (*judged.span_m, track.latest.ahead_m), others)
    return replace(judged, hazard=replace(hazard, free_side=side)) if side else judged


def _motion(track: Track, way: Course, own_speed_mps: float | None) -> Motion:
    """How it moves; unknown while young. Own speed None: up to a brisk walk, and nothing is overtaken."""
    if track.cls in FIXED:
        return Motion.STANDING
    if track.hits < 4:
        return Motion.UNKNOWN
    # Crossing before approaching: who crosses also comes nearer while the wearer walks.
    if abs(way.speed_mps) > 0.4 and abs(way.speed_mps) > 2 * sqrt(way.var_speed):
        return Motion.CROSSING
    closing, var = -track.closing.rate_mps, track.closing.var_r
    if own_speed_mps is None:
        return Motion.APPROACHING if closing - FASTEST_WALK_MPS > max(0.3, sqrt(var)) else Motion.STANDING
    doubt = max(0.3, sqrt(var + OWN_SIGMA_MPS**2))
    if closing - own_speed_mps > doubt:
        return Motion.APPROACHING
    return Motion.OVERTAKEN if own_speed_mps - closing > doubt else Motion.STANDING
