"""Which of the followed places are sure enough to be handed on, and as what. Pure.

What was handed on once and then went out of sight stays handed on, nearer by what was walked meanwhile, until
it may be passed: a word about it may be waiting for its turn.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import median

from vision.camera import Camera
from vision.paving_places import Bending, Estimate, Followed, estimate, whole_sigma_m
from vision.types import Bend, Branch, Dots, End, PavingSight

# For how long, on balance, each has to be seen. Dots are seen as such, an arm is a shape that a frayed mask
# may have, an end is something that is not seen.
DOTS_S, NARROW_DOTS_S, ROW_S, ARM_S, END_S, BEND_S = 0.3, 0.8, 0.6, 0.7, 1.0, 0.8
AT_FEET_M = 0.5  # a place that is not seen and may be this near is at the feet, or behind
WALKED_M, NEARING_MPS, END_MISFIT_M = 0.7, (0.35, 1.9), 0.2
SURE_END_S, SURE_END_M = 1.4, 3.5
SURE = -0.75  # what leads away without bars may be a row of dots
OPEN = 0.3  # below, on balance, it is not known whether the line goes on beyond an arm
SAME_PLACE_M = 0.8  # two arms that leave so near each other leave at one place


class Sort(StrEnum):
    """What is followed as a place on the ground."""

    DOTS = "dots"
    END = "end"
    LEFT = "left"  # an arm to that side
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Ahead:
    """All that is followed, and how it is looked at.

    `known`: so is the course of the line; else only what was told while it was counts, and, where `lone`
    (no strip is seen), a row of dots.
    """

    places: Mapping[Sort, Followed]
    bend: Bending | None
    camera: Camera
    own_speed_mps: float | None
    known: bool
    lone: bool


def handed_on(sight: PavingSight, ahead: Ahead) -> PavingSight:
    """`sight` with what is ahead."""
    return replace(sight, dots=_dots(ahead), branch=_branch(ahead), end=_end(ahead), bend=_bend(ahead))


@dataclass(frozen=True, slots=True)
class _Reached:
    """A place that was seen for long enough and is not passed."""

    place: Followed
    fit: Estimate
    sigma_m: float

    @property
    def as_told(self) -> tuple[int, float, float]:
        return self.place.number, self.fit.distance_m, self.sigma_m


def _reached(ahead: Ahead, sort: Sort, least_s: float) -> _Reached | None:
    place = ahead.places.get(sort)
    alone = ahead.lone and sort is Sort.DOTS
    if place is None or place.evidence_s < least_s - 1e-6 or not (ahead.known or alone or place.told):
        return None
    unseen = place.walked_m > 0
    # Of looks of a while ago the speed of now tells nothing; what was walked since holds it already.
    fit = estimate(place, None if unseen else ahead.own_speed_mps)
    sigma = whole_sigma_m(ahead.camera, fit.distance_m, fit.sigma_m)
    passed = fit.distance_m <= 0.0 or (unseen and fit.distance_m - sigma <= AT_FEET_M)
    return None if passed else _Reached(place, fit, sigma)


def _dots(ahead: Ahead) -> Dots | None:
    place = ahead.places.get(Sort.DOTS)
    told = place is not None and place.told
    found = _reached(ahead, Sort.DOTS, DOTS_S if ahead.known or told else ROW_S)
    if found is None:
        return None
    wide = found.place.leaning > 0
    # Dots no wider than the strip may be bars that slant: they have to stay.
    return Dots(*found.as_told, wide) if wide or found.place.evidence_s >= NARROW_DOTS_S else None


def _branch(ahead: Ahead) -> Branch | None:
    """The nearer arm, with the other if both leave at one place; None while it is open what the line does."""
    left, right = (_reached(ahead, sort, ARM_S) for sort in (Sort.LEFT, Sort.RIGHT))
    found = min((arm for arm in (left, right) if arm), key=lambda arm: arm.fit.distance_m, default=None)
    if found is None or abs(found.place.leaning) < OPEN:
        return None
    side = "left" if found is left else "right"
    if left and right and abs(left.fit.distance_m - right.fit.distance_m) <= SAME_PLACE_M:
        side = "both"
    leaning = found.place.leaning
    return Branch(*found.as_told, side, leaning > 0, leaning > 0 or leaning < SURE)


def _end(ahead: Ahead) -> End | None:
    """An end that came nearer as one walked. A reach of the model that stays ahead is none."""
    found = _reached(ahead, Sort.END, END_S)
    if found is None:
        return None
    place, rate = found.place, -found.fit.rate_mps
    walked = rate * (place.samples[-1][0] - place.samples[0][0])
    low, high = NEARING_MPS
    if not low <= rate <= high or walked < WALKED_M or found.fit.misfit_m > END_MISFIT_M:
        return None
    sure = place.evidence_s >= SURE_END_S and found.fit.distance_m <= SURE_END_M
    return End(*found.as_told, sure)


def _bend(ahead: Ahead) -> Bend | None:
    bend = ahead.bend
    if bend is None or bend.evidence_s < BEND_S or not (ahead.known or bend.told):
        return None
    turn = median(look[1] for look in bend.looks)
    far = [look[2] for look in bend.looks]
    middle = median(far)
    spread = 1.5 * median(abs(d - middle) for d in far)
    where = middle - bend.walked_m
    sigma = whole_sigma_m(ahead.camera, where, max(spread, 0.5) + bend.doubt_m)
    passed = bend.walked_m > 0 and where <= AT_FEET_M
    return None if passed else Bend(bend.number, where, sigma, turn)
