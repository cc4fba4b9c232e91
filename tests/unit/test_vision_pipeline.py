"""A made-up street, projected exactly, walked through: what the pipeline makes of each frame."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
import pytest

from vision.camera import Camera
from vision.pipeline import Pipeline, PipelineState, Seen, Settings, advance
from vision.types import Detection, Detections, Frame, Image, Motion, ObjectClass

CAMERA = Camera(480, 360, pitch_deg=12, pitch_sigma_deg=2)


@dataclass(frozen=True, slots=True)
class Thing:
    cls: ObjectClass
    x_m: float
    z_m: float  # from where the walk starts
    tall_m: float = 1.05
    wide_m: float = 0.5
    vx_mps: float = 0.0
    vz_mps: float = 0.0


def box_of(thing: Thing, x: float, z: float) -> tuple[float, float, float, float] | None:
    foot, top = CAMERA.project(x, z), CAMERA.project(x, z, thing.tall_m)
    left, right = CAMERA.project(x - thing.wide_m / 2, z), CAMERA.project(x + thing.wide_m / 2, z)
    if not (foot and top and left and right) or z < 0.3:
        return None
    box = (max(left[0], 0), max(top[1], 0), min(right[0], 480), min(foot[1], 360))
    return box if box[2] - box[0] > 2 and box[3] - box[1] > 2 else None


def look(
    things: list[Thing], t_s: float, walked_m: float, paving_x: float | None
) -> tuple[Frame, Detections]:
    rng = np.random.default_rng(round(t_s * 1000))
    image = rng.integers(118, 138, (360, 480, 3), np.uint8)  # even ground with a sensor's noise
    mask = np.zeros((360, 480), np.uint8)
    if paving_x is not None:
        corners = [CAMERA.project(paving_x + side, z) for side, z in
                   ((-0.15, 0.5), (0.15, 0.5), (0.15, 12), (-0.15, 12))]  # fmt: skip
        cv2.fillPoly(mask, [np.array(corners, np.float64).astype(np.int32)], 1)
        image[mask > 0] = (40, 190, 220)
    found = []
    for thing in things:
        box = box_of(thing, thing.x_m + thing.vx_mps * t_s, thing.z_m + thing.vz_mps * t_s - walked_m)
        if box:
            found.append(Detection(thing.cls, 0.8, box))
            x1, y1, x2, y2 = (int(v) for v in box)
            mask[y1:y2, x1:x2] = 0
            image[y1:y2, x1:x2] = (60, 40, 40)
    index = round(t_s * 10)
    seen = Detections(index, t_s, (480, 360), tuple(found), mask > 0, 0.9 if paving_x is not None else 0.0)
    return Frame(index, t_s, image), seen


def walk(
    things: list[Thing], seconds: float, rate_hz: float = 5, speed: float = 1.1, paving_x: float | None = 0.0
) -> list[Seen]:
    state, told = PipelineState(), []
    for step in range(int(seconds * rate_hz) + 1):
        t_s = step / rate_hz
        frame, detections = look(things, t_s, speed * t_s, paving_x)
        state, seen = advance(state, frame, detections, CAMERA, Settings(), own_speed_mps=speed)
        told.append(seen)
    return told


def test_a_bicycle_on_the_paving_is_told_in_time_with_its_distance() -> None:
    told = walk([Thing(ObjectClass.BICYCLE, 0.0, 7.0)], 3.6)
    first = next(s for s in told if s.scene.hazards)
    hazard = first.scene.hazards[0]
    assert hazard.distance_m > 5
    assert hazard.on_paving
    for seen in told[5:]:
        (hazard,) = seen.scene.hazards
        truth = 7.0 - 1.1 * seen.scene.t_s
        assert hazard.distance_m == pytest.approx(truth, abs=max(0.1 * truth, 2 * hazard.distance_sigma_m))
        assert hazard.track_id == 1
    assert hazard.motion is Motion.STANDING
    assert hazard.ttc_s == pytest.approx(truth / 1.1, rel=0.3)


def test_what_stands_beside_the_line_is_no_hazard() -> None:
    beside = Thing(ObjectClass.POLE, 1.6, 6.0, 2.5, 0.15)
    assert not any(s.scene.hazards for s in walk([beside], 4.0))


def test_near_the_paving_but_not_on_it() -> None:
    told = walk([Thing(ObjectClass.POLE, 0.55, 6.0, 2.5, 0.15)], 3.0)
    hazards = [h for s in told for h in s.scene.hazards]
    assert hazards
    assert not any(h.on_paving for h in hazards)
    assert all(h.bearing_deg > 0 for h in hazards)


def test_who_walks_beside_the_blocks_meets_what_stands_there_and_not_what_stands_on_them() -> None:
    """The line runs 0.9 m to the right: the walk goes along it, not on it."""
    ahead = walk([Thing(ObjectClass.SIGN, 0.0, 6.0, 0.9, 0.4)], 3.0, paving_x=0.9)
    last = ahead[-1].scene.hazards[0]
    assert last.chance > 0.75
    assert not last.on_paving
    on_line = walk([Thing(ObjectClass.SIGN, 0.9, 6.0, 0.9, 0.4)], 3.0, paving_x=0.9)
    assert all(h.chance < 0.45 for h in on_line[-1].scene.hazards)


def test_without_paving_straight_ahead_counts_and_nothing_is_on_paving() -> None:
    told = walk([Thing(ObjectClass.SIGN, 0.0, 6.0, 0.9, 0.4)], 3.0, paving_x=None)
    hazards = [h for s in told for h in s.scene.hazards]
    assert hazards
    assert not any(h.on_paving for h in hazards)
    assert not any(s.scene.paving.seen for s in told)


def test_someone_who_crosses_is_told_where_the_two_will_meet_and_not_where_he_will_have_passed() -> None:
    # Both are at the crossing of their ways after 4 s.
    meets = Thing(ObjectClass.PERSON, 2.4, 4.6, 1.65, 0.5, vx_mps=-0.6)
    told = walk([meets], 2.4)
    last = told[-1].scene.hazards[0]
    assert (last.motion, last.free_side) == (Motion.CROSSING, None)
    assert not last.on_paving
    assert last.chance > 0.8
    assert last.ttc_s == pytest.approx(1.6, abs=0.3)
    # This one is over the blocks after 2.4 s, and 5 m beyond them when the wearer comes.
    passes = Thing(ObjectClass.PERSON, 2.2, 7.0, 1.65, 0.5, vx_mps=-0.9)
    assert all(h.chance < 0.45 for s in walk([passes], 3.0, speed=0.8) for h in s.scene.hazards)


def test_someone_who_comes_towards_the_wearer_is_approaching() -> None:
    told = walk([Thing(ObjectClass.PERSON, 0.0, 11.0, 1.65, 0.5, vz_mps=-1.2)], 3.2)
    last = told[-1].scene.hazards[0]
    assert last.motion is Motion.APPROACHING
    assert last.ttc_s == pytest.approx((11 - 2.3 * 3.2) / 2.3, rel=0.35)


def test_one_frame_is_not_enough() -> None:
    (only,) = walk([Thing(ObjectClass.BICYCLE, 0.0, 6.0)], 0.0)
    assert only.judged
    assert only.scene.hazards == ()


def test_the_free_side_is_the_one_with_even_ground() -> None:
    thing = Thing(ObjectClass.SIGN, 0.15, 5.2, 0.9, 0.5)
    told = walk([thing], 2.0)
    assert {h.free_side for s in told for h in s.scene.hazards} >= {"left"}
    assert "right" not in {h.free_side for s in told for h in s.scene.hazards}


def test_a_thing_beside_takes_the_free_side_away() -> None:
    things = [
        Thing(ObjectClass.SIGN, 0.0, 5.2, 0.9, 0.4),
        Thing(ObjectClass.BICYCLE, -0.9, 5.2),
        Thing(ObjectClass.BICYCLE, 0.9, 5.4),
    ]
    hazards = [h for s in walk(things, 2.0) for h in s.scene.hazards]
    assert hazards
    assert {h.free_side for h in hazards} == {None}


@pytest.mark.parametrize("cls", [ObjectClass.STAIRS, ObjectClass.PLATFORM_EDGE])
def test_where_the_ground_ends_no_side_of_anything_is_called_free(cls: ObjectClass) -> None:
    sign, end = Thing(ObjectClass.SIGN, 0.15, 5.2, 0.9, 0.5), Thing(cls, 0.0, 8.0, 0.3, 3.0)
    hazards = [h for s in walk([sign, end], 3.0) for h in s.scene.hazards]
    assert {h.cls for h in hazards} == {ObjectClass.SIGN, cls}
    assert {h.free_side for h in hazards} == {None}
    assert {h.motion for h in hazards} == {Motion.STANDING}
    last = next(h for h in hazards[::-1] if h.cls is cls)
    assert last.distance_m == pytest.approx(8.0 - 3.3, rel=0.15)


def test_what_hangs_over_the_way_is_told_before_it_is_met() -> None:
    state, told = PipelineState(), []
    for step in range(21):
        t_s = step / 5
        frame, seen = look([], t_s, 1.1 * t_s, 0.0)
        z = 6.0 - 1.1 * t_s
        low, high = CAMERA.project(-0.5, z, 1.4), CAMERA.project(0.5, z, 2.1)
        assert low
        assert high
        box = (low[0], max(high[1], 0), high[0], low[1])
        branch = Detection(ObjectClass.OVERHEAD, 0.7, box)
        state, now = advance(state, frame, replace(seen, objects=(branch,)), CAMERA, Settings(), 1.1)
        told += [(z, hazard) for hazard in now.scene.hazards]
    assert told[0][0] > 5.0
    assert all(hazard.free_side is None and hazard.motion is Motion.STANDING for _, hazard in told)
    assert all(hazard.distance_sigma_m > 0.3 * hazard.distance_m for _, hazard in told)
    near = [(z, hazard.ttc_s) for z, hazard in told if z < 3.5]
    assert all(ttc is not None and 0.4 < ttc / (z / 1.1) < 2.2 for z, ttc in near), near


def test_ground_that_changes_beside_the_thing_is_not_called_free() -> None:
    """A planter without a class of its own stands left and right: unknown, so no side is named."""
    state, sides = PipelineState(), set()
    for step in range(10):
        t_s = step / 5
        frame, seen = look([Thing(ObjectClass.SIGN, 0.0, 5.2, 0.9, 0.4)], t_s, 1.1 * t_s, 0.0)
        image = frame.image.copy()
        for x in (-0.8, 0.8):
            box = box_of(Thing(ObjectClass.SIGN, x, 5.2, 0.6, 0.8), x, 5.2 - 1.1 * t_s)
            assert box
            x1, y1, x2, y2 = (int(v) for v in box)
            image[y1:y2, x1:x2] = (40, 90, 50)
        frame = replace(frame, image=image)
        state, told = advance(state, frame, seen, CAMERA, Settings(), 1.1)
        sides |= {h.free_side for h in told.scene.hazards}
    assert sides == {None}


def test_a_wrong_pitch_is_corrected_by_the_paving() -> None:
    wrong = replace(CAMERA, pitch_deg=17, pitch_sigma_deg=5)
    state, told = PipelineState(), None
    for step in range(12):
        frame, seen = look([Thing(ObjectClass.BICYCLE, 0.0, 6.0)], step / 5, 0.0, 0.0)
        state, told = advance(state, frame, seen, wrong, Settings(), 0.0)
    assert told
    assert told.camera.pitch_deg == pytest.approx(12, abs=1.5)
    (judged,), (hazard,) = told.judged, told.scene.hazards
    assert judged.track.latest.distance.distance_m == pytest.approx(6.0, rel=0.08)
    assert hazard.distance_m == pytest.approx(6.0, abs=2 * hazard.distance_sigma_m)
    assert hazard.distance_sigma_m < 0.1 * 6.0
    state, off = advance(PipelineState(), frame, seen, wrong, Settings(follow_paving=False))
    assert off.camera.pitch_deg == 17


class Scripted:
    """A detector that says what it is told, and counts."""

    def __init__(self, answer: Callable[[Frame], Detections]) -> None:
        self._answer = answer
        self.calls = 0

    def detect(self, frame: Frame) -> Detections:
        self.calls += 1
        return self._answer(frame)


def nothing(frame: Frame) -> Detections:
    return Detections(frame.index, frame.t_s, (480, 360), (), np.zeros((360, 480), bool))


def noisy(index: int, t_s: float, level: int = 128) -> Frame:
    rng = np.random.default_rng(index)
    low, high = max(level - 60, 0), min(level + 60, 255)
    return Frame(index, t_s, np.repeat(rng.integers(low, high, (45, 60, 3), np.uint8), 8, 0).repeat(8, 1))


@pytest.mark.parametrize(
    ("image", "fault"),
    [
        (np.full((360, 480, 3), 6, np.uint8), "dark"),
        (np.full((360, 480, 3), 90, np.uint8), "covered"),
        (np.zeros((360, 480), np.uint8), "undecodable"),
    ],
)
def test_picture_faults_are_told_once_sure_and_the_detector_is_not_asked(image: Image, fault: str) -> None:
    detector = Scripted(nothing)
    pipeline = Pipeline(detector, CAMERA)
    scenes = [pipeline.see(Frame(n, n / 10, image)).scene for n in range(8)]
    assert [scene.fault for scene in scenes] == [None] * 5 + [fault] * 3
    assert not any(scene.looked for scene in scenes)
    assert detector.calls == 0
    after = [pipeline.see(noisy(n, n / 10)).scene for n in range(8, 20)]
    assert all(scene.looked for scene in after)
    assert (after[0].fault, after[-1].fault) == (fault, None)
    assert detector.calls == 12


def test_a_blurred_picture_is_told_and_looked_at_all_the_same() -> None:
    detector = Scripted(nothing)
    pipeline = Pipeline(detector, CAMERA)
    soft = [np.asarray(cv2.GaussianBlur(noisy(n, 0.0).image, (0, 0), 8), np.uint8) for n in range(10)]
    scenes = [pipeline.see(Frame(n, n / 10, image)).scene for n, image in enumerate(soft)]
    assert (scenes[-1].fault, scenes[-1].looked) == ("blurred", True)
    assert detector.calls == 10


def test_the_same_picture_for_half_a_second_is_a_frozen_one() -> None:
    pipeline = Pipeline(Scripted(nothing), CAMERA)
    image = noisy(7, 0.0).image
    faults = [pipeline.see(Frame(i, i * 0.5, image)).scene.fault for i in range(7)]
    assert faults == [None] * 2 + ["frozen"] * 5
    assert [pipeline.see(noisy(n, n * 0.5)).scene.fault for n in (8, 9)] == ["frozen", None]


def test_the_same_walk_gives_the_same_answer() -> None:
    things = [Thing(ObjectClass.BICYCLE, 0.1, 6.0), Thing(ObjectClass.PERSON, 1.5, 9.0, 1.65, 0.5, -0.5)]
    assert [s.scene for s in walk(things, 2.0)] == [s.scene for s in walk(things, 2.0)]
