"""Rays and distances fitted together: what comes from the side is met or passed by its ray, not by metres."""

from dataclasses import replace
from math import sqrt

import numpy as np
import pytest

from vision.camera import Camera
from vision.corridor import HALF_WIDTH_M, Corridor
from vision.fits import Line
from vision.meeting import BODY_HALF_M, Course, chance
from vision.paving import PavingLine
from vision.rays import Fit, Rays, Usual
from vision.rays import fitted as fitted_each
from vision.samples import across
from vision.sightings import Sighting, measure
from vision.types import Detection, ObjectClass

SINCE = np.linspace(-1.5, 0.0, 16)
CROSSES = Usual(0.1, 0, -0.9, 0.35)
ALONG = Usual(0.9, 0, 0.0, 0.1)
LINE = Line(5.0, -1.2, 0.04, 0.0, 0.04, 0.0)  # 5 m ahead, closing at 1.2 m/s


def rays(place_m: float, speed_mps: float, line: Line = LINE, base_m: float = 0.0) -> Rays:
    """Of what is at `place_m` now: seen without an error."""
    z = line.value + line.rate * SINCE
    turn = (place_m + speed_mps * SINCE - base_m) / z
    quiet = np.eye(len(SINCE)) * 0.02**2
    return Rays(SINCE, np.full(len(SINCE), base_m), turn, quiet, np.full(len(SINCE), 0.03))


def fitted(seen: Rays, line: Line, usual: Usual) -> Fit:
    return fitted_each([(seen, [(line, usual)])])[0][0]


def course(fit: Fit) -> Course:
    return Course(*fit.mean.tolist(), fit.cov, (-0.25, 0.25))


@pytest.mark.parametrize("base_m", [0.0, 0.6, -0.6])
@pytest.mark.parametrize(("place_m", "speed_mps"), [(3.75, -0.9), (2.5, -0.6), (4.0, -1.2)])
def test_what_is_seen_well_is_where_it_is(place_m: float, speed_mps: float, base_m: float) -> None:
    fit = fitted(rays(place_m, speed_mps, base_m=base_m), LINE, CROSSES)
    assert fit.mean == pytest.approx([5.0, -1.2, place_m, speed_mps], abs=0.15)


@pytest.mark.parametrize("wrong", [0.8, 1.0, 1.25])
def test_what_keeps_its_bearing_is_met_however_wrong_its_distance_is(wrong: float) -> None:
    """Level with the body after 4 s, and in the line then; told too near or too far by a quarter."""
    place = 0.9 * (5.0 - BODY_HALF_M) / 1.2
    seen = rays(place, -0.9)
    line = replace(LINE, value=5.0 * wrong, rate=-1.2 * wrong)
    met = course(fitted(seen, line, CROSSES))
    assert abs(met.level_m[0]) < 0.2
    assert chance(met) > 0.9


def test_a_bearing_that_moves_on_is_passed() -> None:
    before = course(fitted(rays(2.2, -0.9), LINE, CROSSES))
    behind = course(fitted(rays(5.4, -0.9), LINE, CROSSES))
    assert before.level_m[0] < -HALF_WIDTH_M
    assert behind.level_m[0] > HALF_WIDTH_M
    assert max(chance(before), chance(behind)) < 0.1


def test_an_error_of_the_distance_moves_what_passes_and_not_what_meets() -> None:
    """Its sigma a fifth of it and of its rate: the place when level is off by a fifth of itself."""
    for miss_m in (0.0, 2.0):
        mean = np.array([4.8 + BODY_HALF_M, -1.2, 3.6 + miss_m, -0.9])
        cov = np.outer(mean, mean) * 0.2**2
        way = Course(*mean.tolist(), cov, (-0.2, 0.2))
        place, sigma = way.level_m
        assert place == pytest.approx(miss_m)
        assert sigma == pytest.approx(0.2 * miss_m, abs=0.05)


def test_which_way_it_goes_is_told_by_how_well_it_explains_the_rays() -> None:
    for place_m, speed_mps, better in ((1.5, 0.0, ALONG), (3.0, -0.9, CROSSES)):
        seen = rays(place_m, speed_mps)
        likely = {usual: fitted(seen, LINE, usual).likely for usual in (ALONG, CROSSES)}
        assert max(likely, key=lambda usual: likely[usual]) == better


def test_a_ray_that_jumps_moves_the_way_little() -> None:
    calm = rays(1.5, 0.0)
    turn = calm.turn.copy()
    turn[[12, 13]] -= 0.2  # a metre aside, for two frames: taken at its word it moves the place by 1.4 m
    shaken = fitted(replace(calm, turn=turn), LINE, CROSSES)
    assert abs(shaken.mean[2] - fitted(calm, LINE, CROSSES).mean[2]) < 0.4


def test_rays_that_do_not_agree_do_not_put_a_thing_at_the_feet() -> None:
    """All rays begin there: three looks at two things, a metre apart across, would meet nowhere else."""
    since = np.array([-2.9, -2.6, -1.7])
    ahead = np.array([2.2, 3.4, 2.9])
    turn = np.array([-0.41, 0.24, 0.62]) / ahead
    line = Line(1.5, -0.84, 0.42, 0.0, 0.13, 0.0)
    told = Rays(since, np.zeros(3), turn, np.eye(3) * 0.03**2, np.full(3, 0.05))
    fit = fitted(told, line, Usual(1.0, 0, 0.0, 0.001))
    assert fit.mean[0] == pytest.approx(1.5, abs=0.5)


def test_ways_that_are_fitted_together_are_fitted_as_each_alone() -> None:
    """Some settle after a round, some after three, and one begins anew: none may leave a trace in another."""
    walk, clash = rays(1.5, 0.0), rays(3.0, -0.9)
    turn = walk.turn.copy()
    turn[[3, 12]] -= 0.2
    slow = replace(LINE, value=9.0, rate=-0.4)
    ways = [(LINE, ALONG), (LINE, CROSSES), (slow, Usual(0.1, 0, 0.9, 0.35)), (slow, ALONG)]
    for seen in (walk, clash, replace(walk, turn=turn), replace(walk, turn=clash.turn[::-1].copy())):
        for fit, (line, usual) in zip(fitted_each([(seen, ways)])[0], ways, strict=True):
            alone = fitted(seen, line, usual)
            assert fit.mean == pytest.approx(alone.mean, rel=1e-9)
            assert fit.cov == pytest.approx(alone.cov, rel=1e-9)
            assert fit.likely == pytest.approx(alone.likely, rel=1e-9)


def test_things_that_are_fitted_together_are_fitted_as_each_alone() -> None:
    """However many rays each has: of the shorter, what fills the row must have no say."""
    whole = rays(1.5, 0.3)
    few = Rays(
        whole.since[-3:], whole.base[-3:], whole.turn[-3:], whole.steady[-3:, -3:], whole.edge[-3:] * 0.5
    )
    one = Rays(*(part[-1:] for part in (few.since, few.base, few.turn)), few.steady[-1:, -1:], few.edge[-1:])
    clash = rays(3.0, -0.9)
    far = replace(LINE, value=9.0, rate=-0.4)
    things = [
        (few, [(LINE, ALONG)]),
        (whole, [(LINE, ALONG), (LINE, CROSSES)]),
        (one, [(far, ALONG), (far, CROSSES)]),
        (replace(clash, turn=clash.turn[::-1].copy()), [(LINE, CROSSES)]),
    ]
    for fits, (seen, ways) in zip(fitted_each(things), things, strict=True):
        for fit, alone in zip(fits, fitted_each([(seen, ways)])[0], strict=True):
            assert fit.mean == pytest.approx(alone.mean, rel=1e-9)
            assert fit.cov == pytest.approx(alone.cov, rel=1e-9)
            assert fit.likely == pytest.approx(alone.likely, rel=1e-9)
    assert fitted_each([]) == ()


def test_what_does_not_close_in_counts_where_it_is() -> None:
    away = Course(3.0, 0.4, 0.2, -0.9, np.diag([0.01, 0.01, 0.04, 0.01]), (-0.2, 0.2))
    assert away.level_s is None
    assert away.level_m == pytest.approx((0.2, sqrt(0.04)))


def seen(x_m: float, z_m: float) -> Sighting:
    camera = Camera(640, 480, hfov_deg=100.0, pitch_deg=10.0)
    foot, top = camera.project(x_m, z_m), camera.project(x_m, z_m, 1.63)
    assert foot
    assert top
    half = 0.1 * (foot[1] - top[1])
    found = measure(
        camera, Detection(ObjectClass.PERSON, 0.9, (foot[0] - half, top[1], foot[0] + half, foot[1]))
    )
    assert found
    return found


@pytest.mark.parametrize("x_m", [-4.0, -2.0, 2.0, 4.0])
def test_ahead_is_straight_ahead_and_the_distance_is_along_the_ground(x_m: float) -> None:
    """Taken for metres ahead, the distance of what is at the side would put it a half too far aside."""
    sighting = seen(x_m, 4.0)
    assert sighting.ahead_m == pytest.approx(4.0, rel=0.06)
    assert (sighting.left_m + sighting.right_m) / 2 == pytest.approx(x_m, rel=0.08)
    assert sighting.distance.distance_m == pytest.approx(sqrt(16.0 + (abs(x_m) - 0.25) ** 2), rel=0.08)


def test_a_ray_begins_at_the_feet_or_as_far_beside_the_blocks_as_they_are() -> None:
    sighting = seen(1.0, 4.0)
    assert across(Corridor(None, turned_rad=0.1), sighting).base_m == pytest.approx(0.0, abs=1e-9)
    line = PavingLine(0.3, 0.0, 0.0, 0.0, 9.0, 0.02)
    assert across(Corridor(line, beside_m=0.2), sighting).base_m == pytest.approx(-0.5)
