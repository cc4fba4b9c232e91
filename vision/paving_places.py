"""A place on the line ahead, followed from frame to frame: is it there, how far, does it come nearer. Pure.

One frame is a doubtful witness: masks fray, fade with distance and flicker. A place keeps to the ground, so
its distance shrinks as one walks; what stays as far away as it was is the reach of the model, not an end.
While it is not seen, one walks on: what was walked since is taken off, and the doubt of it grows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import hypot, radians
from typing import TypeVar

from vision.camera import Camera
from vision.closing import OWN_SIGMA_MPS

WINDOW_S = 2.0  # of looks from which distance and rate are taken
FORGET_S = 3.0  # without any look at it; as long as a word about it may wait for its turn
LONGEST_STEP_S = 0.25  # between two frames; a longer gap is no evidence of what was in it
GATE_M, GATE_SHARE = 0.5, 0.15  # a look this far from where the place should be is of another
PASSED_M = 0.2
NOISE_M, NOISE_SHARE = 0.08, 0.03  # of one look: a cell of the mask, and the nod of a step
USUAL_MPS, SPREAD_MPS = 0.9, 0.6  # walking with a cane, or standing
MISSED = 2.0  # a frame that should show it and does not weighs as two that do


@dataclass(frozen=True, slots=True)
class Followed:
    """One place. `samples`: (second, metres ahead); `evidence_s`: for how long, on balance, it was seen.

    `leaning`: a running mean of what else was seen of it, -1..1; its owner says what. `walked_m`: since it
    was last seen, with one sigma, `doubt_m`. `told`: it was sure enough once to be handed on.
    """

    number: int
    samples: tuple[tuple[float, float], ...]
    evidence_s: float = 0.0
    leaning: float = 0.0
    walked_m: float = 0.0
    doubt_m: float = 0.0
    told: bool = False

    @property
    def seen_s(self) -> float:
        """When it was last seen."""
        return self.samples[-1][0]


@dataclass(frozen=True, slots=True)
class Bending:
    """A line that turns: (second, degrees, metres ahead) of late; the rest as of a `Followed`."""

    number: int
    looks: tuple[tuple[float, float, float], ...]
    evidence_s: float = 0.0
    walked_m: float = 0.0
    doubt_m: float = 0.0
    told: bool = False

    @property
    def seen_s(self) -> float:
        """When it was last seen."""
        return self.looks[-1][0]


@dataclass(frozen=True, slots=True)
class Estimate:
    """Metres ahead now, with one sigma; m/s at which it comes (negative), as seen alone; misfit of looks.

    `pace_mps`: how fast one walks towards it, by the looks and what is usual.
    """

    distance_m: float
    sigma_m: float
    rate_mps: float
    pace_mps: float
    misfit_m: float


@dataclass(frozen=True, slots=True)
class Moment:
    """One frame: its second, the step since the last, the camera as held, what of the line was in view.

    `own_speed_mps`: of the wearer; None: not known.
    """

    now_s: float
    step_s: float
    camera: Camera
    near_m: float = 0.0
    far_m: float = 0.0
    own_speed_mps: float | None = None


def followed(
    old: Followed | None, seen_m: float | None, moment: Moment, number: int, leaning: float = 0.0
) -> Followed | None:
    """The place after one more frame. `number`: its name if it is a new one."""
    now_s, step_s = moment.now_s, min(moment.step_s, LONGEST_STEP_S)
    new = None if seen_m is None else Followed(number, ((now_s, seen_m),), leaning=leaning)
    if old is None or now_s - old.seen_s > FORGET_S:
        return new
    old = unseen(old, moment)
    expected = estimate(old).distance_m
    if seen_m is not None and (same := _same(old, seen_m, expected, moment)) is not None:
        return replace(
            same,
            samples=(*(s for s in same.samples if now_s - s[0] <= WINDOW_S), (now_s, seen_m)),
            evidence_s=old.evidence_s + step_s,
            leaning=old.leaning + (leaning - old.leaning) * 0.2,
            walked_m=0.0,
            doubt_m=0.0,
        )
    if expected < max(moment.near_m, PASSED_M):  # below the picture or behind: what is seen is the next one
        return new or (old if expected >= -PASSED_M else None)
    if expected > moment.far_m:
        return old
    doubted = old.evidence_s - MISSED * step_s
    return replace(old, evidence_s=doubted) if doubted >= 0 else new


def gate_m(place: Followed, expected_m: float) -> float:
    """How far from where it should be a look may be and yet be of it."""
    return GATE_M + GATE_SHARE * expected_m + place.doubt_m


def _same(old: Followed, seen_m: float, expected_m: float, moment: Moment) -> Followed | None:
    """`old` if the look may be of it, its distances measured anew where the camera is now held otherwise.

    When the pose turns out to be wrong, everything ahead moves at once by as much as the pose is in doubt.
    """
    off, gate = abs(seen_m - expected_m), gate_m(old, expected_m)
    if off <= gate:
        return old
    if expected_m < GATE_M or off > gate + whole_sigma_m(moment.camera, expected_m, 0.0):
        return None
    return replace(old, samples=tuple((t, d * seen_m / expected_m) for t, d in old.samples))


# --- while it is not seen


P = TypeVar("P", Followed, Bending)


def unseen(place: P, moment: Moment) -> P:
    """The place after a step in which it was not seen.

    Not known how fast he walks, looks are believed within what is usual: a mask's reach moves along with
    him, and what seems to stay where it is would be told as ahead once it was passed.
    """
    pace, doubt = moment.own_speed_mps, OWN_SIGMA_MPS
    if pace is None:
        looked = estimate(place).pace_mps if isinstance(place, Followed) else USUAL_MPS
        pace = min(max(looked, USUAL_MPS - SPREAD_MPS), USUAL_MPS + SPREAD_MPS)
        doubt = SPREAD_MPS
    walked = place.walked_m + pace * moment.step_s
    return replace(place, walked_m=walked, doubt_m=place.doubt_m + doubt * moment.step_s)


def remembered(place: P, moment: Moment) -> P | None:
    """`unseen` of a place of which this frame tells nothing; None: it was not seen for too long."""
    return unseen(place, moment) if moment.now_s - place.seen_s <= FORGET_S else None


# --- how far


def estimate(place: Followed, own_speed_mps: float | None = None) -> Estimate:
    """A straight line through the looks, drawn towards the usual speed while they are few."""
    usual = -(USUAL_MPS if own_speed_mps is None else own_speed_mps)
    times = [t - place.seen_s for t, _ in place.samples]
    far = [d for _, d in place.samples]
    weight = (NOISE_M + NOISE_SHARE * max(far[-1], 0.0)) ** -2
    s1, st, stt = len(far) * weight, weight * sum(times), weight * sum(t * t for t in times)
    sd, std = weight * sum(far), weight * sum(t * d for t, d in zip(times, far, strict=True))
    prior = SPREAD_MPS**-2
    rate, distance, variance = _solved(s1, st, stt + prior, sd, std + prior * usual)
    off = [d - (distance + rate * t) for t, d in zip(times, far, strict=True)]
    misfit = (sum(o * o for o in off) / len(off)) ** 0.5
    left, sigma = distance - place.walked_m, hypot(variance**0.5, place.doubt_m)
    return Estimate(left, sigma, _alone(times, far), -rate, misfit)


def _solved(s1: float, st: float, stt: float, sd: float, std: float) -> tuple[float, float, float]:
    """Rate, value at 0, and the value's variance, of weighted sums."""
    pivot = s1 * stt - st * st
    return (s1 * std - st * sd) / pivot, (stt * sd - st * std) / pivot, stt / pivot


def _alone(times: Sequence[float], far: Sequence[float]) -> float:
    """The rate that the looks give without any assumption; 0 where they are at one moment."""
    middle_t, middle_d = sum(times) / len(times), sum(far) / len(far)
    spread = sum((t - middle_t) ** 2 for t in times)
    along = sum((t - middle_t) * (d - middle_d) for t, d in zip(times, far, strict=True))
    return along / spread if spread > 1e-6 else 0.0


def whole_sigma_m(camera: Camera, distance_m: float, sigma_m: float) -> float:
    """With what no averaging removes, pitch and height of the camera: as `vision.ranging.ground_distance`."""
    lens = camera.lens_height_m
    tilt = (distance_m**2 + lens**2) / lens * radians(camera.pitch_sigma_deg)
    return hypot(sigma_m, tilt, distance_m * camera.lens_height_sigma_m / lens)
