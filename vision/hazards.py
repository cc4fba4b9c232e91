"""Which of the followed things are in the way, and what is worth knowing of them. Pure."""

from dataclasses import dataclass
from statistics import median

from vision.camera import Camera
from vision.corridor import Corridor
from vision.families import GROUND, HANGING
from vision.free_side import free_side
from vision.motion import Rate, motion, sideways, ttc_s
from vision.sightings import Sighting
from vision.tracking import Sample, Track, Tracks
from vision.types import Hazard, Image, Motion

CONFIRM_SAMPLES = 3
# The median of three at 0.4 or more: what Frigate asks for before it believes a detection is a thing.
CONFIRM_SCORE = 0.40
URGENT_TTC_S = 1.5
RANGE_M = 12.0
LOOK_AHEAD_S = 2.0  # who crosses is a hazard if in the corridor within this time


@dataclass(frozen=True, slots=True)
class Judged:
    """A track with what was found out about it; `hazard` None where it is not one."""

    track: Track
    confirmed: bool
    span_m: tuple[float, float]  # offsets of its foot from the walking line, + right
    hazard: Hazard | None


def judge(
    tracks: Tracks,
    sightings: tuple[Sighting, ...],
    corridor: Corridor,
    camera: Camera,
    image: Image,
    own_speed_mps: float | None,
) -> tuple[Judged, ...]:
    """Every track judged, nearest hazards first."""
    found = []
    # Where the ground ends somewhere, a side that looks like the ground before may lead to the fall.
    level = not any(track.cls in GROUND for track in tracks.items)
    for track in tracks.items:
        others = tuple(s for s in sightings if s is not track.latest)
        found.append(_judge(track, others, corridor, camera, image if level else None, own_speed_mps))
    return tuple(sorted(found, key=_urgency))


def _urgency(judged: Judged) -> tuple[bool, float, int]:
    hazard = judged.hazard
    return hazard is None, hazard.distance_m if hazard else 0.0, judged.track.id


def confirmed(track: Track, ttc: float | None) -> bool:
    """Whether it was seen well enough to be spoken of: three samples, or two where contact is near."""
    scores = [sample.score for sample in track.samples]
    if ttc is not None and ttc < URGENT_TTC_S and len(scores) >= 2:
        return median(scores) >= CONFIRM_SCORE
    return len(scores) >= CONFIRM_SAMPLES and median(scores) >= CONFIRM_SCORE


def _fading(track: Track) -> bool:
    """Unseen now, and not seen often enough before to be believed in on memory."""
    return track.misses > 0 and track.hits < 2 * CONFIRM_SAMPLES


def _judge(
    track: Track,
    others: tuple[Sighting, ...],
    corridor: Corridor,
    camera: Camera,
    image: Image | None,
    own_speed_mps: float | None,
) -> Judged:
    """`image` None: no side of anything is to be called free."""
    ahead = track.latest.ahead_m

    # Where the picture's edge cuts it, its middle moves with what is left: its inner edge does not.
    cut = any(sample.sighting.cut.side for sample in track.samples)

    def place(sample: Sample) -> float:
        low, high = _offsets(corridor, sample.sighting)
        middle = (low + high) / 2
        return middle if not cut else (low if middle > 0 else high)

    drift = sideways(track, place)
    ttc = ttc_s(track)
    moves = motion(track, drift, own_speed_mps)
    span = _span(track, corridor, moves)
    sure = confirmed(track, ttc)
    if (
        not sure
        or _fading(track)
        or track.closing.distance_m > RANGE_M
        or not _in_the_way(corridor, span, ahead, moves, drift)
    ):
        return Judged(track, sure, span, None)
    # Beside what hangs, the ground says nothing of the way at head height.
    side = None
    if image is not None and track.misses == 0 and track.cls not in HANGING:
        side = free_side(image, camera, corridor, (*span, ahead), others)
    hazard = Hazard(
        track_id=track.id,
        cls=track.cls,
        score=track.score,
        distance_m=track.closing.distance_m,
        distance_sigma_m=track.sigma_m,
        bearing_deg=track.latest.bearing_deg,
        on_paving=corridor.on_paving(*span, ahead),
        ttc_s=ttc,
        motion=moves,
        # What moves does not stay where it leaves room.
        free_side=side if moves is Motion.STANDING else None,
    )
    return Judged(track, sure, span, hazard)


def _offsets(corridor: Corridor, sighting: Sighting) -> tuple[float, float]:
    z = sighting.ahead_m
    return corridor.across_m(sighting.left_m, z), corridor.across_m(sighting.right_m, z)


def _span(track: Track, corridor: Corridor, moves: Motion) -> tuple[float, float]:
    """Offsets of the foot: of the last sighting where it moves, the median of three where it stands."""
    recent = track.samples[-1:] if moves is Motion.CROSSING else track.samples[-3:]
    spans = [_offsets(corridor, sample.sighting) for sample in recent]
    return median(low for low, _ in spans), median(high for _, high in spans)


def _in_the_way(
    corridor: Corridor, span: tuple[float, float], ahead: float, moves: Motion, drift: Rate | None
) -> bool:
    if corridor.holds(*span, ahead):
        return True
    if moves is not Motion.CROSSING or drift is None:
        return False
    shift = drift.value * LOOK_AHEAD_S
    low, high = (span[0] + min(shift, 0.0), span[1] + max(shift, 0.0))
    return corridor.holds(low, high, ahead)
