"""Whether a thing will be touched, how far it is and how fast it comes: on things projected exactly."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.camera import Camera
from vision.corridor import BESIDE_MOST_M, Beside, Corridor, beside
from vision.courses import courses
from vision.meeting import BODY_HALF_M, chance, overhead
from vision.paving import PavingLine
from vision.sightings import Sighting, measure
from vision.tracking import Track, Tracks, update
from vision.types import Detection, ObjectClass

CAMERA = Camera(480, 360, pitch_deg=10, pitch_sigma_deg=1.5)
TALL = {ObjectClass.PERSON: 1.63, ObjectClass.BOLLARD: 0.8}
RATE_HZ = 8


def bar(x_m: float, z_m: float, cls: ObjectClass, wide_m: float = 0.4, camera: Camera = CAMERA) -> Sighting:
    """A flat upright thing, as its box shows it: clipped by the picture."""
    corners = [
        point
        for side in (-wide_m / 2, wide_m / 2)
        for up in (0.0, TALL.get(cls, 1.0))
        if (point := camera.project(x_m + side, z_m, up))
    ]
    xs, ys = zip(*corners, strict=True)
    box = (max(min(xs), 0.0), max(min(ys), 0.0), min(max(xs), 480.0), min(max(ys), 360.0))
    found = measure(camera, Detection(cls, 0.8, box))
    assert found
    return found


def followed(
    x_m: float, cls: ObjectClass, from_m: float = 6.0, across_mps: float = 0.0, seconds: float = 1.5
) -> Track:
    """After a walk of 1.1 m/s towards where the thing is."""
    tracks = Tracks()
    for step in range(int(seconds * RATE_HZ) + 1):
        t_s = step / RATE_HZ
        seen = bar(x_m + across_mps * t_s, from_m - 1.1 * t_s, cls)
        tracks = update(tracks, [seen], t_s)
    (track,) = tracks.items
    return track


def touch(track: Track) -> float:
    return sum(likely * chance(way) for likely, way in courses([track])[0])


def test_what_stands_in_line_will_be_touched_and_what_stands_beside_will_not() -> None:
    assert touch(followed(0.0, ObjectClass.BOLLARD)) > 0.85
    assert touch(followed(1.8, ObjectClass.BOLLARD)) < 0.1
    assert touch(followed(-1.8, ObjectClass.BOLLARD)) < 0.1


def test_the_ways_are_shares_of_one() -> None:
    ways = courses([followed(0.5, ObjectClass.PERSON)])[0]
    assert len(ways) > 1
    assert sum(likely for likely, _ in ways) == pytest.approx(1.0)


@pytest.mark.parametrize("side", [-1, 1])
def test_who_crosses_and_meets_will_be_touched_and_who_passes_before_will_not(side: int) -> None:
    """Two seconds on, one is in the line together with the wearer, one is 2 m beyond it."""
    meets = followed(2.4 * side, ObjectClass.PERSON, 4.4, -0.6 * side, seconds=2.0)
    passes = followed(2.0 * side, ObjectClass.PERSON, 4.4, -1.0 * side, seconds=2.0)
    assert touch(meets) > 0.6
    assert touch(passes) < 0.1
    (_, way) = max(courses([passes])[0], key=lambda each: each[0])
    assert way.speed_mps == pytest.approx(-1.0 * side, abs=0.25)


@settings(deadline=None)
@given(
    st.floats(-2.0, 2.0),
    st.floats(-1.0, 1.0),
    st.sampled_from([ObjectClass.PERSON, ObjectClass.BOLLARD, ObjectClass.BICYCLE, ObjectClass.OBSTACLE]),
)
def test_left_and_right_are_alike(x_m: float, across_mps: float, cls: ObjectClass) -> None:
    one, other = followed(x_m, cls, 6.0, across_mps), followed(-x_m, cls, 6.0, -across_mps)
    assert touch(one) == pytest.approx(touch(other), abs=1e-6)
    # Who comes from the left comes from the right in a mirror.
    from_sides = {3: (0, 2, 1), 4: (0, 1, 3, 2), 1: (0,)}
    ways = courses([other])[0]
    for (likely, way), place in zip(courses([one])[0], from_sides[len(ways)], strict=True):
        like, mirrored = ways[place]
        assert likely == pytest.approx(like, abs=1e-6)
        assert way.speed_mps == pytest.approx(-mirrored.speed_mps, abs=1e-6)
        assert way.span_m == pytest.approx((-mirrored.span_m[1], -mirrored.span_m[0]), abs=1e-6)


def hung(above_lens_m: float) -> Track:
    tracks = Tracks()
    for step in range(2 * RATE_HZ + 1):
        t_s = step / RATE_HZ
        z = 5.0 - 1.1 * t_s
        low = CAMERA.project(0.0, z, CAMERA.lens_height_m + above_lens_m)
        side = CAMERA.project(0.5, z, CAMERA.lens_height_m + above_lens_m)
        assert low
        assert side
        if low[1] < 10:  # above the picture from here on
            break
        half = side[0] - low[0]
        box = (low[0] - half, max(low[1] - 2 * half, 0.0), low[0] + half, low[1])
        found = measure(CAMERA, Detection(ObjectClass.OVERHEAD, 0.8, box))
        assert found
        tracks = update(tracks, [found], t_s)
    (track,) = tracks.items
    return track


def test_what_hangs_above_the_head_rises_as_it_comes_and_is_not_touched() -> None:
    high, low = hung(0.9), hung(-0.1)
    rises = [sample.sighting.rise for sample in high.samples]
    assert rises == sorted(rises)
    assert overhead(high) < 0.3
    assert overhead(low) > 0.6


def test_one_frame_that_calls_a_branch_a_planter_does_not_move_it() -> None:
    tracks = Tracks()
    for step in range(RATE_HZ):
        t_s = step / RATE_HZ
        low = CAMERA.project(0.0, 5.0 - t_s, 1.2)
        assert low
        cls = ObjectClass.PLANTER if step == 5 else ObjectClass.OVERHEAD
        found = measure(CAMERA, Detection(cls, 0.8, (low[0] - 40, low[1] - 60, low[0] + 40, low[1])))
        assert found
        tracks = update(tracks, [found], t_s)
    (track,) = tracks.items
    assert {s.sighting.detection.cls for s in track.samples} == {ObjectClass.PLANTER, ObjectClass.OVERHEAD}
    assert {s.sighting.detection.cls for s in track.placed} == {ObjectClass.OVERHEAD}
    assert track.distance_m < 8.0


def parked(inner_m: float, from_m: float, deep_m: float) -> Track:
    """A car that stands beside the way with its inner side at `inner_m`, passed at 1.1 m/s."""
    tracks = Tracks()
    for step in range(2 * RATE_HZ):
        t_s = step / RATE_HZ
        near = from_m - 1.1 * t_s
        corners = [
            point
            for x in (inner_m, inner_m + 1.6)
            for z in (near, near + deep_m)
            for up in (0.0, 1.6)
            if (point := CAMERA.project(x, z, up))
        ]
        xs, ys = zip(*corners, strict=True)
        box = (max(min(xs), 0.0), max(min(ys), 0.0), min(max(xs), 480.0), min(max(ys), 360.0))
        found = measure(CAMERA, Detection(ObjectClass.CAR, 0.8, box))
        assert found
        tracks = update(tracks, [found], t_s)
    (track,) = tracks.items
    return track


@pytest.mark.parametrize("deep_m", [1.6, 3.6])
def test_a_car_parked_beside_the_way_does_not_reach_into_it(deep_m: float) -> None:
    track = parked(1.3, 5.0, deep_m)
    assert touch(track) < 0.3
    _, way = max(courses([track])[0], key=lambda each: each[0])
    assert abs(way.speed_mps) < 0.4
    assert way.span_m[0] == pytest.approx(1.3, abs=0.5)


def test_what_stands_does_not_bend_its_way_and_who_walks_does_not_bend_it_ever_more() -> None:
    ways = [max(courses([followed(0.3, cls)])[0])[1] for cls in (ObjectClass.OBSTACLE, ObjectClass.PERSON)]
    assert [way.bends_mps > 0 for way in ways] == [False, True]
    lost = []
    for in_s in (0.0, 2.0, 4.0):
        away = replace(ways[1], ahead_m=BODY_HALF_M + in_s, rate_mps=-1.0)
        lost.append(chance(replace(away, bends_mps=0.0)) - chance(away))
    assert lost[0] == pytest.approx(0.0)
    assert lost == sorted(lost)


def near_the_feet() -> tuple[Track, Track]:
    """The track when its foot was last in the picture, and 0.5 s later."""
    tracks, shown = Tracks(), None
    for step in range(6 * RATE_HZ):
        t_s = step / RATE_HZ
        seen = bar(0.3, 5.0 - 1.1 * t_s, ObjectClass.PERSON)
        tracks = update(tracks, [seen], t_s)
        if not seen.cut.foot:
            shown = tracks.items[0]
        elif shown and t_s - shown.t_s >= 0.5:
            return shown, tracks.items[0]
    raise AssertionError("its foot never left the picture")


def test_a_foot_that_leaves_the_picture_keeps_its_last_place_and_does_not_jump() -> None:
    shown, hidden = near_the_feet()
    assert hidden.latest.cut.foot
    assert shown.id == hidden.id
    assert not any(s.sighting.cut.foot for s in hidden.placed)
    _, way = max(courses([hidden])[0], key=lambda each: each[0])
    assert (way.span_m[0] + way.span_m[1]) / 2 == pytest.approx(0.3, abs=0.15)
    walked_m = 1.1 * (hidden.t_s - shown.t_s)
    assert shown.closing.ahead_m - hidden.closing.ahead_m == pytest.approx(walked_m, abs=0.3)
    assert -hidden.closing.rate_mps == pytest.approx(1.1, abs=0.3)


@pytest.mark.parametrize("speed_mps", [0.6, 1.1, 1.8])
def test_the_rate_is_that_of_the_approach(speed_mps: float) -> None:
    tracks = Tracks()
    for step in range(2 * RATE_HZ + 1):
        t_s = step / RATE_HZ
        tracks = update(tracks, [bar(0.0, 7.0 - speed_mps * t_s, ObjectClass.PERSON)], t_s)
    closing = tracks.items[0].closing
    assert -closing.rate_mps == pytest.approx(speed_mps, abs=0.2)
    assert closing.ahead_m == pytest.approx(7.0 - 2 * speed_mps, rel=0.05)


@settings(deadline=None)
@given(st.floats(-1.6, 1.6), st.floats(3.0, 6.0), st.floats(0.0, 20.0), st.floats(0.1, 0.6))
def test_an_upright_thing_is_as_wide_and_where_it_is_however_the_camera_is_pitched(
    x_m: float, z_m: float, pitch_deg: float, wide_m: float
) -> None:
    """Its box is wider: uprights lean in a pitched picture."""
    camera = replace(CAMERA, pitch_deg=pitch_deg, pitch_sigma_deg=0.5)
    seen = bar(x_m, z_m, ObjectClass.POLE, wide_m, camera)
    if seen.cut.side or seen.cut.foot or seen.cut.top:
        return
    scale = seen.ahead_m / z_m  # how far it is is measured apart
    assert seen.right_m - seen.left_m == pytest.approx(wide_m * scale, abs=0.03)
    assert (seen.left_m + seen.right_m) / 2 == pytest.approx(x_m * scale, abs=0.03)


def line_at(offset_m: float) -> PavingLine:
    return PavingLine(offset_m, 0.0, 0.0, 1.2, 6.0, 0.03)


@pytest.mark.parametrize("offset_m", [-0.5, 0.5])
def test_who_walks_beside_the_blocks_is_as_far_on_their_other_side(offset_m: float) -> None:
    now = beside(Beside(), line_at(offset_m), 0.0)
    assert now.value_m == pytest.approx(-offset_m)
    line = line_at(offset_m)
    corridor = Corridor(line, now.value_m)
    assert corridor.middle_m(4.0) == pytest.approx(0.0)
    assert corridor.across_m(0.0, 4.0) == pytest.approx(0.0)
    assert corridor.on_paving(offset_m - 0.1, offset_m + 0.1, 4.0)
    assert not corridor.on_paving(-0.1, 0.1, 4.0)


def test_a_sway_about_the_blocks_is_no_walk_beside_them() -> None:
    now = Beside()
    for step in range(100):
        now = beside(now, line_at(0.15 if step % 2 else -0.15), step * 0.25)
    assert abs(now.value_m) < 0.05


def test_a_step_aside_is_followed_within_seconds_and_blocks_out_of_sight_change_nothing() -> None:
    now = beside(Beside(), line_at(0.0), 0.0)
    for step in range(1, 41):
        now = beside(now, line_at(-0.6), step / 10)
    assert now.value_m == pytest.approx(0.6, abs=0.06)
    assert beside(now, None, 9.0) == now


def test_blocks_far_aside_tell_the_direction_only() -> None:
    assert beside(Beside(), line_at(3.0), 0.0).value_m == pytest.approx(-BESIDE_MOST_M)
