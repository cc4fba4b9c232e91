"""Boxes that jump, faint ones and the wearer's own speed: what following makes of them."""

from dataclasses import replace

import numpy as np
import pytest

from vision.camera import Camera
from vision.closing import OWN_SIGMA_MPS, Closing, closing_of
from vision.corridor import Corridor
from vision.courses import courses
from vision.fits import Line
from vision.hazards import judge, real
from vision.motion import ttc_s
from vision.pipeline import SLOWEST_MPS, believed
from vision.samples import Sample, sample
from vision.sightings import Sighting, measure
from vision.tracking import Track, Tracks, hints, update
from vision.types import Detection, Motion, ObjectClass

CAMERA = Camera(480, 360, pitch_deg=10, pitch_sigma_deg=1.5)
TALL_M, HALF_M = 1.63, 0.24
PICTURE = np.full((360, 480, 3), 128, np.uint8)


def seen(
    z_m: float,
    x_m: float = 0.0,
    cls: ObjectClass = ObjectClass.PERSON,
    score: float = 0.8,
    foot_off: float = 0.0,
    aside_off: float = 0.0,
) -> Sighting:
    """Somebody as his box shows him; `foot_off`, `aside_off`: shares of the box that it is off by."""
    foot, top = CAMERA.project(x_m, z_m), CAMERA.project(x_m, z_m, TALL_M)
    assert foot
    assert top
    tall = foot[1] - top[1]
    half = HALF_M / TALL_M * tall
    off = 2 * half * aside_off
    box = (foot[0] - half + off, top[1], foot[0] + half + off, foot[1] + foot_off * tall)
    found = measure(CAMERA, Detection(cls, score, box))
    assert found
    return found


def samples(zs: list[float], offs: dict[int, float], rate_hz: float = 10.0) -> tuple[Sample, ...]:
    straight_on = Corridor(None)
    return tuple(
        sample(seen(z, cls=ObjectClass.BOX, foot_off=offs.get(n, 0.0)), n / rate_hz, straight_on)
        for n, z in enumerate(zs)
    )


WALK = [6.0 - 0.1 * n for n in range(13)]  # at 1 m/s


@pytest.mark.parametrize("place", [3, 8, 12])
@pytest.mark.parametrize("off", [-0.25, 0.4])
def test_a_foot_that_jumps_once_moves_the_distance_little(place: int, off: float) -> None:
    calm = closing_of(samples(WALK, {}), ObjectClass.BOX, 1.2)
    shaken = closing_of(samples(WALK, {place: off}), ObjectClass.BOX, 1.2)
    jumped = samples(WALK, {place: off})[place].sighting.distance.distance_m
    alone = abs(jumped / WALK[place] - 1)
    assert alone > 0.15
    assert abs(shaken.ahead_m / calm.ahead_m - 1) < 0.25 * alone
    assert shaken.rate_mps == pytest.approx(calm.rate_mps, abs=0.2)


def test_feet_that_jump_for_a_third_of_a_second_do_not_pull_it_along() -> None:
    shaken = closing_of(samples(WALK, dict.fromkeys((10, 11, 12), -0.2)), ObjectClass.BOX, 1.2)
    assert shaken.ahead_m == pytest.approx(WALK[-1], rel=0.1)


def test_a_foot_at_the_horizon_says_far_and_not_how_far() -> None:
    """In metres its error has no bound; in nearness it has."""
    far = replace(seen(5.0).distance, distance_m=400.0, sigma_m=390.0, jitter_m=380.0, ahead_m=400.0)
    track = samples(WALK, {})
    lost = replace(track[6], sighting=replace(track[6].sighting, distance=far))
    told = closing_of((*track[:6], lost, *track[7:]), ObjectClass.BOX, 1.2)
    assert told.ahead_m == pytest.approx(WALK[-1], rel=0.05)


@pytest.mark.parametrize("own_mps", [0.0, 0.6, 1.4])
def test_what_stands_closes_in_as_fast_as_one_walks(own_mps: float) -> None:
    """One look tells no speed: what is known of the wearer's own does."""
    (one,) = samples([5.0], {})
    told = closing_of((one,), ObjectClass.BOX, 0.0, own_mps)
    assert told.rate_mps == pytest.approx(-own_mps, abs=0.01)
    assert told.var_r**0.5 == pytest.approx(OWN_SIGMA_MPS, rel=0.02)
    unknown = closing_of((one,), ObjectClass.BOX, 0.0)
    assert unknown.var_r > told.var_r


@pytest.mark.parametrize(
    ("told", "known"),
    [(None, None), (0.0, None), (SLOWEST_MPS - 0.01, None), (SLOWEST_MPS, SLOWEST_MPS), (1.2, 1.2)],
)
def test_a_receiver_that_holds_one_still_is_not_believed(told: float | None, known: float | None) -> None:
    """Believed to stand, a slow walker would be warned of what stands in the way too late."""
    assert believed(told) == known


def test_who_walks_may_come_faster_or_go_whatever_the_own_speed() -> None:
    (one,) = samples([5.0], {})
    assert closing_of((one,), ObjectClass.PERSON, 0.0, 1.0).var_r ** 0.5 > 0.7


def test_a_faint_box_is_believed_less() -> None:
    wrong = samples(WALK, dict.fromkeys(range(9, 13), -0.1))
    sure = closing_of(wrong, ObjectClass.BOX, 1.2)
    faint = tuple(replace(each, faint=n >= 9) for n, each in enumerate(wrong))
    doubtful = closing_of(faint, ObjectClass.BOX, 1.2)
    assert abs(doubtful.ahead_m - WALK[-1]) < abs(sure.ahead_m - WALK[-1])


# --- following


def walked(
    steps: int, cls: ObjectClass = ObjectClass.PERSON, own_mps: float | None = None, comes_mps: float = 1.0
) -> Tracks:
    tracks = Tracks()
    for n in range(steps):
        tracks = update(tracks, [seen(6.0 - comes_mps * n / 10, cls=cls)], n / 10, own_speed_mps=own_mps)
    return tracks


def test_a_box_that_jumps_goes_on_with_its_thing_if_no_other_is_there() -> None:
    tracks = update(walked(6), [seen(5.4, foot_off=0.3)], 0.6)
    assert [track.id for track in tracks.items] == [1]


def test_a_box_that_jumps_is_not_taken_from_the_thing_that_stands_there() -> None:
    """Two behind each other: the hidden one does not take over the other's box."""
    tracks = Tracks()
    for n in range(6):
        tracks = update(tracks, [seen(6.0 - n / 10), seen(7.6 - n / 10, 0.2)], n / 10)
    near, far = tracks.items
    after = update(tracks, [seen(5.4)], 0.6)
    found = {track.id: track.misses for track in after.items}
    assert found == {near.id: 0, far.id: 1}


def test_a_faint_box_goes_on_with_a_thing_and_begins_none() -> None:
    faint = seen(5.4, score=0.2)
    tracks = update(walked(6), [], 0.6, faint=[faint])
    (track,) = tracks.items
    assert (track.hits, track.misses, track.samples[-1].faint) == (7, 0, True)
    assert update(Tracks(), [], 0.0, faint=[faint]).items == ()
    once = update(update(Tracks(), [seen(6.0)], 0.0), [], 0.1, faint=[seen(5.9, score=0.2)])
    assert once.items[0].misses == 1  # a single look, and then a hint: nothing is known yet


def test_a_sure_box_comes_before_a_faint_one() -> None:
    tracks = update(walked(6), [seen(5.4)], 0.6, faint=[seen(5.38, score=0.2)])
    (track,) = tracks.items
    assert not track.samples[-1].faint


def test_a_faint_box_hardly_names_a_thing_nor_makes_it_less_sure() -> None:
    tracks = walked(4, ObjectClass.BICYCLE)
    before = tracks.items[0]
    for n in range(4, 10):
        tracks = update(
            tracks, [], n / 10, faint=[seen(6.0 - n / 10, cls=ObjectClass.MOTORCYCLE, score=0.25)]
        )
    (track,) = tracks.items
    assert (track.hits, track.cls, track.score) == (10, before.cls, before.score)


def test_half_of_what_is_faint_is_of_nothing_so_it_counts_less_than_sure_looks() -> None:
    sure, half = walked(10), walked(5)
    for n in range(5, 10):
        half = update(half, [], n / 10, faint=[seen(6.0 - n / 10, score=0.2)])
    assert real(half.items[0]) < real(sure.items[0])
    assert real(half.items[0]) > real(update(walked(5), [], 0.9).items[0])  # and more than to be lost


def test_only_hints_near_what_is_followed_are_worth_measuring() -> None:
    here = Detection(ObjectClass.PERSON, 0.2, walked(6).items[0].box)
    there = Detection(ObjectClass.PERSON, 0.2, (5.0, 5.0, 25.0, 60.0))
    assert hints(walked(6), (here, there), 0.6) == (here,)
    assert hints(Tracks(), (here, there), 0.6) == ()


# --- across the way, and how it moves


def standing_aside(offs: dict[int, float]) -> Track:
    tracks = Tracks()
    for n in range(13):
        z = 6.0 - 0.1 * n
        tracks = update(tracks, [seen(z, 1.6, aside_off=offs.get(n, 0.0))], n / 10)
    (track,) = tracks.items
    return track


def test_edges_that_jump_do_not_make_somebody_cross() -> None:
    """A box that is off towards the way for three frames is a box that is off."""
    calm, shaken = standing_aside({}), standing_aside(dict.fromkeys((10, 11, 12), -0.4))
    for track in (calm, shaken):
        likely, way = max(courses([track])[0], key=lambda each: each[0])
        assert likely > 0.8
        assert abs(way.speed_mps) < 0.15
        assert way.place_m == pytest.approx(1.6, abs=0.25)


def test_somebody_who_does_cross_is_still_seen_to() -> None:
    tracks = Tracks()
    for n in range(13):
        tracks = update(tracks, [seen(6.0 - 0.1 * n, 1.6 - 0.09 * n)], n / 10)
    likely, way = max(courses([tracks.items[0]])[0], key=lambda each: each[0])
    assert way.speed_mps == pytest.approx(-0.9, abs=0.2)
    assert likely > 0.8


@pytest.mark.parametrize(
    ("comes_mps", "own_mps", "motion"),
    [
        (1.0, 1.0, Motion.STANDING),
        (2.2, 1.0, Motion.APPROACHING),
        (0.5, 1.3, Motion.OVERTAKEN),
        (0.5, None, Motion.STANDING),
        (2.6, None, Motion.APPROACHING),
    ],
)
def test_how_somebody_ahead_moves(comes_mps: float, own_mps: float | None, motion: Motion) -> None:
    tracks = walked(18, own_mps=own_mps, comes_mps=comes_mps)
    (judged,) = judge(tracks, (), Corridor(None), CAMERA, PICTURE, own_mps)
    assert judged.hazard
    assert judged.hazard.motion is motion
    assert judged.hazard.free_side is None or motion is Motion.STANDING


def test_a_closing_begins_where_it_was_expected() -> None:
    """With two looks of which one jumped, what was known before says which."""
    before = Closing((Line(5.05, -1.0, 0.01, 0.0, 0.05, 0.0),))
    told = closing_of(samples(WALK[:10], {9: -0.2}), ObjectClass.BOX, 0.9, None, before)
    assert told.ahead_m == pytest.approx(5.1, rel=0.05)


def test_what_may_be_here_or_twice_as_far_has_no_time_to_contact() -> None:
    """Lost from sight after looks that contradict each other: its chance must not grow with its doubt."""
    (track,) = walked(12).items
    (line,) = track.closing.lines
    assert ttc_s(track) is not None
    lost = replace(line, var_value=(1.1 * line.value) ** 2)
    assert ttc_s(replace(track, closing=Closing((lost,)))) is None
