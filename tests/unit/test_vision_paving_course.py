"""Guide blocks drawn onto the ground and walked along: what is told of their course, and what is not."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from math import cos, pi, radians, sin
from unittest.mock import ANY

import cv2
import numpy as np
import pytest

from vision.camera import Box, Camera
from vision.paving import fit_line, strip_rows, unhidden
from vision.paving_course import Course, course
from vision.paving_places import FORGET_S
from vision.paving_sure import AT_FEET_M
from vision.types import Detections, Mask, PavingSight, Quality

CAMERA = Camera(640, 480, pitch_deg=22.0, pitch_sigma_deg=1.5, lens_height_sigma_m=0.05)
OTHERWISE = replace(CAMERA, pitch_sigma_deg=6.0)  # it was refuted: all that is known is that it was wrong
RATE_HZ = 10.0
SPEED_MPS = 1.0


@dataclass(frozen=True, slots=True)
class Patch:
    """Blocks on the ground between these metres, from where the walk starts."""

    left: float
    right: float
    near: float
    far: float
    dots: bool = False


def strip(far: float, near: float = -2.0, x: float = 0.0) -> Patch:
    return Patch(x - 0.15, x + 0.15, near, far)


STRAIGHT = (strip(40.0),)
ENDS = (strip(9.0),)
DOTS_AT_END = (strip(9.0), Patch(-0.45, 0.45, 9.0, 9.6, dots=True))
PLATE = Patch(-0.3, 0.3, 8.7, 9.3, dots=True)
TO_RIGHT = Patch(0.3, 4.0, 8.85, 9.15)
TO_LEFT = Patch(-4.0, -0.3, 8.85, 9.15)
BEYOND = strip(40.0, near=9.3)
CORNER = (strip(8.7), PLATE, TO_RIGHT)
TEE = (strip(8.7), PLATE, TO_RIGHT, TO_LEFT)
BRANCH = (strip(8.7), PLATE, TO_RIGHT, BEYOND)
CROSS = (strip(8.7), PLATE, TO_RIGHT, TO_LEFT, BEYOND)


def mirrored(world: Sequence[Patch]) -> tuple[Patch, ...]:
    return tuple(replace(p, left=-p.right, right=-p.left) for p in world)


def bow(side: float) -> tuple[Patch, ...]:
    """From 4 m on the strip turns with a radius of 7 m."""
    pieces = []
    for z in np.arange(-2.0, 9.5, 0.1):
        x = side * max(z - 4.0, 0.0) ** 2 / 14
        pieces.append(Patch(x - 0.16, x + 0.16, z, z + 0.12))
    return tuple(pieces)


def still(_: float) -> float:
    return 0.0


def gait(t_s: float) -> float:
    """The head sways by 5 cm with every second step."""
    return 0.05 * sin(2 * pi * 0.9 * t_s)


def looks(t_s: float) -> float:
    """It turns with the steps and about, degrees."""
    return 0.8 * sin(2 * pi * 0.9 * t_s + 1) + 3 * sin(2 * pi * 0.15 * t_s)


def drawn(
    world: Sequence[Patch], x_m: float, walked_m: float, yaw_deg: float, camera: Camera
) -> tuple[Mask, Mask]:
    """Masks of paving and of its dots, for a lens at (x, walked) that is turned by `yaw_deg` to the right."""
    yaw = radians(yaw_deg)
    masks = [np.zeros((camera.height, camera.width), np.uint8) for _ in range(2)]
    for patch in world:
        near, far = max(patch.near - walked_m, 0.5), min(patch.far - walked_m, 14.0)
        if far <= near:
            continue
        left = [(patch.left - x_m, z) for z in np.linspace(near, far, 12)]
        right = [(patch.right - x_m, z) for z in np.linspace(far, near, 12)]
        turned = [(x * cos(yaw) - z * sin(yaw), x * sin(yaw) + z * cos(yaw)) for x, z in left + right]
        points = [camera.project(x, max(z, 0.2)) for x, z in turned]
        outline = np.array([p for p in points if p], np.float64)
        for mask, wanted in zip(masks, (True, patch.dots), strict=True):
            if wanted:
                cv2.fillPoly(mask, [np.round(outline * 16).astype(np.int32)], 1, shift=4)
    return masks[0] > 0, masks[1] > 0


@dataclass(frozen=True, slots=True)
class Told:
    t_s: float
    walked_m: float
    sight: PavingSight


def walk(
    world: Sequence[Patch],
    seconds: float = 9.0,
    *,
    x: Callable[[float], float] = still,
    yaw: Callable[[float], float] = still,
    speed: float = SPEED_MPS,
    fade_m: Callable[[float], float] | None = None,
    hiding: Callable[[float], tuple[Box, ...]] | None = None,
    seen: Callable[[float], bool] = lambda _: True,
    blocked: Callable[[float], bool] = lambda _: False,
    tells_dots: bool = True,
    own_speed: float | None = None,
    states: list[Course] | None = None,
    flipped: bool = False,
    camera: Camera = CAMERA,
    held: Callable[[float], Camera] | None = None,
) -> list[Told]:
    """The sights of a walk.

    `fade_m`: how far ahead the model sees; `hiding`: boxes before the ground; `held`: how the camera is
    believed to be held; `own_speed`: as it is told; `flipped`: a mirror before the lens. `states`: the
    memory after each frame is added to it.
    """
    state, out = Course(), []
    for frame in range(round(seconds * RATE_HZ)):
        t_s = frame / RATE_HZ
        paving, dots = drawn(world, x(t_s), speed * t_s, yaw(t_s), camera)
        boxes = hiding(speed * t_s) if hiding else ()
        if fade_m and (edge := camera.project(0.0, fade_m(t_s))):
            paving[: max(int(edge[1]), 0)] = False
        for x1, y1, x2, y2 in boxes:
            paving[max(int(y1), 0) : int(y2), max(int(x1), 0) : int(x2)] = False
        if not seen(t_s):
            paving[:] = False
        if flipped:
            paving, dots = paving[:, ::-1].copy(), dots[:, ::-1].copy()
        rows = strip_rows(paving)
        believed = held(t_s) if held else camera
        line = fit_line(rows, believed, unhidden(rows, boxes))
        size = (camera.width, camera.height)
        found = Detections(frame, t_s, size, (), paving, 0.9, dots & paving if tells_dots else None)
        state, sight = course(
            state, line, believed, found, boxes, blocked=blocked(t_s), own_speed_mps=own_speed
        )
        out.append(Told(t_s, speed * t_s, sight))
        if states is not None:
            states.append(state)
    return out


def of(told: Sequence[Told], name: str) -> list[Told]:
    return [one for one in told if getattr(one.sight, name) is not None]


NOTHING = ("dots", "branch", "end", "bend", "drift")


# --- straight on, and seen or not


def test_a_straight_strip_has_nothing_to_tell_though_the_head_sways_and_looks_about() -> None:
    told = walk(STRAIGHT, 12.0, x=gait, yaw=looks)
    assert [name for name in NOTHING if of(told, name)] == []
    assert told[-1].sight.quality is Quality.KNOWN
    assert told[-1].sight.followed


def test_the_course_is_known_after_half_a_second_and_lost_after_one_without_it() -> None:
    told = walk(STRAIGHT, 6.0, seen=lambda t_s: t_s < 3.0)
    known = [one.t_s for one in told if one.sight.quality is Quality.KNOWN]
    assert (known[0], known[-1]) == pytest.approx((0.5, 3.9), abs=0.11)
    assert all(one.sight.seen == (one.t_s < 3.0) for one in told)


def test_a_frame_that_misses_it_does_not_lose_it() -> None:
    told = walk(STRAIGHT, 6.0, seen=lambda t_s: round(t_s * 10) % 4 != 0)
    assert all(one.sight.quality is Quality.KNOWN for one in told if one.t_s > 1.5)


def test_how_much_was_seen_and_how_the_line_heads() -> None:
    told = walk(STRAIGHT, 3.0, yaw=lambda _: 5.0, fade_m=lambda _: 5.0)
    assert told[-1].sight.seen_m == pytest.approx(5.0 - 1.3, abs=0.5)
    assert told[-1].sight.heading_deg == pytest.approx(-5.0, abs=0.7)


# --- ends


@pytest.mark.parametrize("world", [ENDS, mirrored(ENDS)])
def test_an_end_is_told_with_its_distance_before_the_feet_are_there(world: tuple[Patch, ...]) -> None:
    ends = of(walk(world, 7.4, x=gait, yaw=looks), "end")
    assert ends[0].walked_m < 9.0 - 3.0
    for one in ends:
        assert one.sight.end
        truth = 9.0 - one.walked_m
        assert one.sight.end.distance_m == pytest.approx(truth, abs=max(0.25, 0.08 * truth))
        assert one.sight.end.sigma_m > 0.05
    assert not ends[0].sight.end.sure  # type: ignore[union-attr]
    assert ends[-1].sight.end.sure  # type: ignore[union-attr]
    assert len({one.sight.end.number for one in ends}) == 1  # type: ignore[union-attr]


@pytest.mark.parametrize("reach", [2.5, 3.5, 5.0])
def test_a_strip_that_fades_with_distance_has_not_ended(reach: float) -> None:
    told = walk(STRAIGHT, 9.0, x=gait, yaw=looks, fade_m=lambda t_s: reach + 0.3 * sin(t_s))
    assert of(told, "end") == []


def test_an_end_seen_while_standing_is_not_told_until_one_walks() -> None:
    assert of(walk((strip(4.0),), 5.0, speed=0.0), "end") == []


def test_an_end_that_a_thing_hides_is_not_known() -> None:
    def cart(walked_m: float) -> tuple[Box, ...]:
        foot = CAMERA.project(0.0, max(9.0 - walked_m, 0.6))
        return () if foot is None else ((foot[0] - 90, foot[1] - 260, foot[0] + 90, foot[1]),)

    assert of(walk(ENDS, 7.0), "end")
    assert of(walk(ENDS, 7.0, hiding=cart), "end") == []


def test_a_strip_that_leaves_the_picture_has_not_ended() -> None:
    down = replace(CAMERA, pitch_deg=48.0)  # its upper edge is at 3 m
    assert of(walk(STRAIGHT, 9.0, camera=down), "end") == []


def test_a_gap_of_three_worn_blocks_is_no_end() -> None:
    assert of(walk((strip(7.0), strip(40.0, near=7.9)), 9.0), "end") == []


# --- dots


@pytest.mark.parametrize("world", [DOTS_AT_END, CORNER, TEE, BRANCH])
def test_dots_ahead_are_told_with_the_distance_of_their_near_edge(world: tuple[Patch, ...]) -> None:
    near = min(p.near for p in world if p.dots)
    told = of(walk(world, 7.2, x=gait, yaw=looks), "dots")
    assert told[0].walked_m < near - 4.5
    assert len({one.sight.dots.number for one in told}) == 1  # type: ignore[union-attr]
    for one in told:
        assert one.sight.dots
        truth = near - one.walked_m
        assert one.sight.dots.distance_m == pytest.approx(truth, abs=max(0.3, 0.1 * truth))


def test_three_blocks_across_are_wide_and_a_plate_of_two_is_not() -> None:
    last = of(walk(DOTS_AT_END, 7.0), "dots")[-1].sight.dots
    plate = of(walk((strip(40.0), PLATE), 7.0), "dots")[-1].sight.dots
    assert last
    assert plate
    assert (last.wide, plate.wide) == (True, False)


def test_a_model_that_knows_no_dots_tells_none() -> None:
    assert of(walk(DOTS_AT_END, 7.0, tells_dots=False), "dots") == []


def test_the_next_dots_are_another_place() -> None:
    world = (strip(40.0), Patch(-0.3, 0.3, 5.0, 5.6, dots=True), Patch(-0.3, 0.3, 11.0, 11.6, dots=True))
    numbers = [one.sight.dots.number for one in of(walk(world, 9.5), "dots")]  # type: ignore[union-attr]
    assert len(set(numbers)) == 2
    assert numbers == sorted(numbers)


def test_a_row_of_dots_that_no_strip_leads_to_is_told_and_a_patch_is_not() -> None:
    row = walk((Patch(-1.5, 1.5, 7.0, 7.6, dots=True),), 5.0, yaw=looks)
    last = of(row, "dots")[-1]
    assert last.sight.dots
    assert last.sight.dots.distance_m == pytest.approx(7.0 - last.walked_m, abs=0.3)
    assert not last.sight.seen
    assert last.sight.quality is Quality.LOST
    assert of(walk((Patch(-0.15, 0.15, 7.0, 7.3, dots=True),), 5.0), "dots") == []


def test_a_line_that_is_all_dots_does_not_tell_them_at_every_step() -> None:
    assert of(walk((replace(strip(40.0), dots=True),), 6.0), "dots") == []


def test_a_place_stays_the_same_when_the_camera_turns_out_to_be_held_otherwise() -> None:
    wrong = replace(CAMERA, pitch_deg=30.0)
    told = of(walk(DOTS_AT_END, 7.0, held=lambda t_s: wrong if t_s < 5.0 else OTHERWISE), "dots")
    before, after = (next(one for one in told if one.t_s >= t_s - 0.01) for t_s in (4.9, 5.1))
    assert before.sight.dots
    assert after.sight.dots
    assert after.sight.dots.number == before.sight.dots.number
    assert before.sight.dots.distance_m < 0.8 * (9.0 - before.walked_m)
    assert after.sight.dots.distance_m == pytest.approx(9.0 - after.walked_m, abs=0.3)


def test_a_speck_of_dots_is_none() -> None:
    told = walk((strip(40.0), Patch(-0.05, 0.05, 6.0, 6.15, dots=True)), 6.0)
    assert of(told, "dots") == []


def test_dots_beside_the_line_are_not_on_it() -> None:
    told = walk((strip(40.0), Patch(0.8, 1.4, 6.0, 6.6, dots=True)), 6.0)
    assert of(told, "dots") == []


# --- out of sight


def until(t_s: float) -> Callable[[float], bool]:
    """The blocks are seen until then."""
    return lambda now_s: now_s < t_s - 0.01


@pytest.mark.parametrize("own_speed", [None, SPEED_MPS])
@pytest.mark.parametrize(("world", "name", "at_m"), [(DOTS_AT_END, "dots", 9.0), (BRANCH, "branch", 9.0)])
def test_what_goes_out_of_sight_comes_nearer_as_one_walks_and_is_less_sure(
    world: tuple[Patch, ...], name: str, at_m: float, own_speed: float | None
) -> None:
    told = of(walk(world, 9.0, x=gait, yaw=looks, seen=until(5.0), own_speed=own_speed), name)
    before = [one for one in told if one.t_s < 4.95][-1]
    after = [one for one in told if one.t_s > 4.95]
    assert after[-1].t_s > 6.2  # beyond the second in which the line itself is lost
    places = [getattr(one.sight, name) for one in (before, *after)]
    assert {place.number for place in places} == {places[0].number}
    assert all(later.distance_m < place.distance_m for place, later in pairwise(places))
    for one, place in zip(after, places[1:], strict=True):
        assert not one.sight.seen
        assert place.distance_m == pytest.approx(at_m - one.walked_m, abs=0.4)
    # Nearer, the camera's own doubt is less: so beside who sees them all the while.
    seen = {one.t_s: getattr(one.sight, name) for one in walk(world, 6.5, x=gait, yaw=looks)}
    doubts = [getattr(one.sight, name).sigma_m - seen[one.t_s].sigma_m for one in after if one.t_s in seen][
        2:
    ]
    assert doubts[0] > 0
    assert all(later > doubt for doubt, later in pairwise(doubts))


@pytest.mark.parametrize("own_speed", [None, 0.5, SPEED_MPS, 2.0])
@pytest.mark.parametrize(
    ("world", "name", "gone_s"),
    [(DOTS_AT_END, "dots", 4.5), (ENDS, "end", 5.5), (CORNER, "branch", 5.0), (bow(1.0), "bend", 2.5)],
)
def test_what_may_be_passed_is_not_told_and_nothing_is_for_ever(
    world: tuple[Patch, ...], name: str, gone_s: float, own_speed: float | None
) -> None:
    """Never seen again, however fast he walks: within three seconds it is not known any more."""
    told = of(walk(world, 9.0, seen=until(gone_s), own_speed=own_speed), name)
    after = [one for one in told if one.t_s > gone_s - 0.01]
    assert after
    far = [getattr(one.sight, name).distance_m for one in after]
    assert all(later < now for now, later in pairwise(far))
    assert far[-1] > AT_FEET_M
    assert after[-1].t_s < gone_s + FORGET_S


def test_who_walks_faster_is_sooner_past() -> None:
    last = [
        of(walk(DOTS_AT_END, 9.0, seen=until(5.0), own_speed=mps), "dots")[-1].t_s for mps in (0.5, 1.0, 2.0)
    ]
    assert last == sorted(set(last), reverse=True)


def test_what_is_not_seen_is_told_only_if_it_was_sure_before() -> None:
    told = walk(DOTS_AT_END, 9.0, seen=lambda t_s: 3.0 <= t_s < 3.3)
    assert of(told, "dots") == []


def test_a_bend_of_a_line_that_flickers_and_is_never_known_is_not_told() -> None:
    told = walk(bow(1.0), 3.5, seen=lambda t_s: round(t_s * 10) % 2 == 0)
    assert any(one.sight.seen for one in told)
    assert all(one.sight.quality is Quality.LOST for one in told)
    assert of(told, "bend") == []


def test_when_the_line_is_lost_only_what_was_told_is_remembered() -> None:
    states: list[Course] = []
    # Long enough for the dots, too short for the arm that they mark.
    first = of(walk(CORNER, 7.0), "branch")[0].t_s
    walk(CORNER, 8.0, seen=until(first - 0.2), states=states)
    lost = next(n for n in range(1, len(states)) if states[n - 1].known and not states[n].known)
    assert not all(place.told for place in states[lost - 1].places.values())
    assert [sort.value for sort, place in states[lost].places.items() if place.told] == ["dots"]
    assert len(states[lost].places) == 1


def test_dots_seen_again_after_the_line_was_lost_are_the_same() -> None:
    told = walk(DOTS_AT_END, 8.0, seen=lambda t_s: not 3.0 <= t_s < 4.6)
    lost = [one for one in told if one.sight.quality is Quality.LOST and one.t_s > 1.0]
    assert lost
    assert len({one.sight.dots.number for one in of(told, "dots")}) == 1  # type: ignore[union-attr]


def test_dots_that_have_come_to_the_picture_s_lower_edge_are_no_farther_than_that() -> None:
    """Out of sight for a while, and walked faster than told: seen again they lie at the edge."""
    edge_m = CAMERA.ground(CAMERA.width / 2, CAMERA.height - 1)
    assert edge_m
    away = lambda t_s: not 6.6 <= t_s < 7.9  # noqa: E731 - a name for the span
    told = walk((strip(40.0), Patch(-0.45, 0.45, 9.0, 9.9, dots=True)), 8.6, seen=away, own_speed=0.5)
    before, again = (next(one for one in told if one.t_s > t_s) for t_s in (7.75, 7.95))
    assert before.sight.dots
    assert before.sight.dots.distance_m > edge_m[1] + 0.3
    assert again.sight.dots is None or again.sight.dots.distance_m < edge_m[1] + 0.3


# --- branches, corners


@pytest.mark.parametrize(
    ("world", "side", "goes_on"),
    [
        (BRANCH, "right", True),
        (mirrored(BRANCH), "left", True),
        (CORNER, "right", False),
        (mirrored(CORNER), "left", False),
        (TEE, "both", False),
        (CROSS, "both", True),
    ],
)
def test_what_leaves_the_line_and_whether_it_goes_on(
    world: tuple[Patch, ...], side: str, goes_on: bool
) -> None:
    told = of(walk(world, 7.5, x=gait, yaw=looks), "branch")
    assert told
    assert told[0].walked_m < 9.0 - 3.0
    late = [one for one in told if one.walked_m > 5.5]
    for one in late:
        assert one.sight.branch
        assert (one.sight.branch.side, one.sight.branch.goes_on) == (side, goes_on)
        truth = 9.0 - one.walked_m
        assert one.sight.branch.distance_m == pytest.approx(truth, abs=max(0.35, 0.1 * truth))


def test_a_row_of_dots_before_a_crossing_is_no_branch() -> None:
    row = Patch(-1.5, 1.5, 9.0, 9.6, dots=True)
    told = walk((strip(9.0), row), 7.5)
    assert of(told, "dots")
    assert of(told, "branch") == []


@pytest.mark.parametrize("mirror", [False, True])
def test_a_corner_whose_strip_is_taken_for_dots_is_told_as_what_it_seems(mirror: bool) -> None:
    world = (strip(8.7), PLATE, replace(TO_RIGHT, dots=True))
    told = of(walk(mirrored(world) if mirror else world, 7.5, x=gait, yaw=looks), "branch")
    assert told
    seen = [one.sight.branch for one in told]
    assert {(b.side, b.goes_on, b.sure) for b in seen if b} == {("left" if mirror else "right", False, False)}


def test_a_row_of_dots_two_blocks_deep_is_no_corner_though_the_strip_meets_its_end() -> None:
    row = Patch(-0.3, 3.0, 9.0, 9.6, dots=True)
    assert of(walk((strip(9.0), row), 7.5), "branch") == []


def test_a_strip_that_runs_beside_is_no_branch() -> None:
    told = walk((strip(40.0), strip(40.0, x=1.2)), 6.0)
    assert of(told, "branch") == []


# --- bends


@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_a_bend_turns_to_its_side(side: float) -> None:
    told = of(walk(bow(side), 3.5), "bend")
    assert told
    assert all(one.sight.bend.turn_deg * side > 20 for one in told)  # type: ignore[union-attr]
    assert len({one.sight.bend.number for one in told}) == 1  # type: ignore[union-attr]


# --- leaving the line


def leaves(side: float, rate: float = 0.25) -> Callable[[float], float]:
    """On the line for four seconds, then away from it to one side."""
    return lambda t_s: gait(t_s) + side * rate * max(t_s - 4.0, 0.0)


@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_who_leaves_the_line_is_told_on_which_side_it_is(side: float) -> None:
    told = of(walk(STRAIGHT, 9.0, x=leaves(side), yaw=looks), "drift")
    assert told
    first = told[0].sight.drift
    assert first
    # He leaves to one side: the blocks are on the other.
    assert first.offset_m * side < 0
    assert 0.5 < abs(first.offset_m) < 1.0
    assert first.rate_mps == pytest.approx(0.25, abs=0.12)
    assert len({one.sight.drift.number for one in told}) == 1  # type: ignore[union-attr]


def test_far_from_the_line_he_does_not_follow_it_any_more() -> None:
    told = walk(STRAIGHT, 14.0, x=leaves(1.0))
    assert not told[-1].sight.followed
    assert told[-1].sight.drift is None


def test_who_was_never_on_the_line_does_not_leave_it() -> None:
    assert of(walk(STRAIGHT, 9.0, x=lambda t_s: 0.7 + 0.1 * t_s), "drift") == []


def test_who_walks_beside_the_line_does_not_leave_it() -> None:
    assert of(walk(STRAIGHT, 9.0, x=lambda t_s: 0.4 + gait(t_s), yaw=looks), "drift") == []


def test_who_walks_around_a_thing_on_the_blocks_is_told_nothing() -> None:
    told = walk(STRAIGHT, 7.0, x=leaves(1.0), blocked=lambda t_s: 2.0 < t_s < 5.0)
    assert of(told, "drift") == []


# --- left and right

SWAPPED = {"left": "right", "right": "left", "both": "both"}


def in_the_mirror(sight: PavingSight) -> PavingSight:
    """The same sight with left and right swapped."""
    branch, bend, drift = sight.branch, sight.bend, sight.drift
    return replace(
        sight,
        bearing_deg=None if sight.bearing_deg is None else -sight.bearing_deg,
        offset_m=None if sight.offset_m is None else -sight.offset_m,
        heading_deg=None if sight.heading_deg is None else -sight.heading_deg,
        branch=branch and replace(branch, side=SWAPPED[branch.side]),
        bend=bend and replace(bend, turn_deg=-bend.turn_deg),
        drift=drift and replace(drift, offset_m=-drift.offset_m),
    )


def numbers(value: object) -> object:
    """All but which place got which number: left is looked at before right."""
    if isinstance(value, dict):
        return {name: ANY if name == "number" else numbers(part) for name, part in value.items()}
    return pytest.approx(value, abs=0.02) if isinstance(value, float) else value


@pytest.mark.parametrize("world", [ENDS, DOTS_AT_END, CORNER, TEE, BRANCH, CROSS, bow(1.0)])
def test_a_mirrored_picture_is_told_with_the_sides_swapped_and_nothing_else(world: tuple[Patch, ...]) -> None:
    ahead = walk(world, 6.5, x=leaves(1.0), yaw=looks)
    back = walk(world, 6.5, x=leaves(1.0), yaw=looks, flipped=True)
    assert any(of(ahead, name) for name in NOTHING)
    for one, other in zip(ahead, back, strict=True):
        assert asdict(in_the_mirror(other.sight)) == numbers(asdict(one.sight))
