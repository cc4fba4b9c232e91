"""Frames through the pipeline: in order however many are detected at once, warmed up, each frame once."""

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vision.camera import Camera
from vision.errors import ModelError, VideoError
from vision.events import Tally, line, scene_event
from vision.pipeline import Seen
from vision.run import Moment, Span, moments
from vision.sources import open_source
from vision.types import Detection, Detections, Frame, ObjectClass, PavingSight, Scene
from vision.video import VideoWriter

CAMERA = Camera(480, 360, pitch_deg=12)


class BicycleAhead:
    """Sees a bicycle that is walked up to at 1 m/s from 6 m; counts who asks."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.most = self._now = 0
        self._lock = threading.Lock()

    def detect(self, frame: Frame) -> Detections:
        with self._lock:
            self.asked.append(frame.index)
            self._now += 1
            self.most = max(self.most, self._now)
        z = 6.0 - frame.t_s
        foot, top, side = CAMERA.project(0, z), CAMERA.project(0, z, 1.05), CAMERA.project(0.3, z)
        assert foot
        assert top
        assert side
        half = side[0] - foot[0]
        found = Detection(ObjectClass.BICYCLE, 0.8, (foot[0] - half, top[1], foot[0] + half, foot[1]))
        with self._lock:
            self._now -= 1
        return Detections(frame.index, frame.t_s, (480, 360), (found,), np.zeros((360, 480), bool))


@pytest.fixture(scope="module")
def clip_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds in the light, one in the dark."""
    path = tmp_path_factory.mktemp("clip") / "street.mp4"
    rng = np.random.default_rng(5)
    with VideoWriter(path, (480, 360), 10.0) as writer:
        for index in range(40):
            picture = np.full((360, 480, 3), 120, np.uint8)
            picture[rng.integers(0, 360, 4000), rng.integers(0, 480, 4000)] = 220
            writer.write(np.zeros_like(picture) if index >= 30 else picture)
    return path


def look(path: Path, span: Span | None = None, jobs: int = 1) -> tuple[list[Moment], BicycleAhead]:
    detector = BicycleAhead()
    found = moments(open_source(path), [detector], span or Span(), CAMERA, jobs=jobs)
    return list(found), detector


def test_every_frame_comes_once_and_in_order(clip_file: Path) -> None:
    found, detector = look(clip_file)
    assert [moment.frame.index for moment in found] == list(range(40))
    assert sorted(detector.asked) == list(range(40))
    hazards = [moment.seen[0].scene.hazards for moment in found]
    for moment, told in zip(found, hazards, strict=True):
        for hazard in told:
            assert hazard.distance_m == pytest.approx(6 - moment.frame.t_s, rel=0.12)
    assert any(hazards)


def test_several_at_once_give_the_same_answers(clip_file: Path) -> None:
    one, _ = look(clip_file)
    many, detector = look(clip_file, jobs=4)
    assert [moment.seen[0].scene for moment in many] == [moment.seen[0].scene for moment in one]
    assert detector.most == 1  # nobody promises that this one may be asked by two threads


def test_a_span_is_warmed_up_and_its_frames_are_those_of_the_whole(clip_file: Path) -> None:
    whole, _ = look(clip_file, Span(rate_hz=5))
    part, _ = look(clip_file, Span(2.4, 2.9, rate_hz=5, warm_up_s=1.0))
    wanted = [moment for moment in part if moment.wanted]
    assert [m.frame.index for m in wanted] == [
        m.frame.index for m in whole if 2.4 - 1e-6 <= m.frame.t_s < 2.9
    ]
    warm = [moment for moment in part if not moment.wanted]
    assert warm
    assert all(1.4 - 1e-6 <= moment.frame.t_s < 2.4 for moment in warm)
    assert wanted[0].seen[0].scene.hazards  # it is known already
    cold, _ = look(clip_file, Span(2.4, 2.9, rate_hz=5, warm_up_s=0.0))
    assert not cold[0].seen[0].scene.hazards


@pytest.mark.parametrize("span", [Span(9.0), Span(4.5), Span(2.0, 1.0), Span(-1.0), Span(warm_up_s=-1.0)])
def test_a_span_without_frames_is_one_line(clip_file: Path, span: Span) -> None:
    with pytest.raises(VideoError) as caught:
        look(clip_file, span)
    assert "\n" not in str(caught.value)


def test_a_model_that_fails_ends_the_run(clip_file: Path) -> None:
    class Broken:
        def detect(self, frame: Frame) -> Detections:
            raise ModelError("the network failed")

    with pytest.raises(ModelError, match="the network failed"):
        list(moments(open_source(clip_file), [Broken()], Span(), CAMERA, jobs=2))


def test_two_detectors_see_the_same_frames(clip_file: Path) -> None:
    pair = [BicycleAhead(), BicycleAhead()]
    found = list(moments(open_source(clip_file), pair, Span(end_s=1.0), CAMERA, jobs=2))
    assert all(moment.seen[0].scene == moment.seen[1].scene for moment in found)
    assert sorted(pair[0].asked) == sorted(pair[1].asked) == list(range(10))


def test_the_tally_adds_up(clip_file: Path) -> None:
    found, _ = look(clip_file)
    tally = Tally()
    for moment in found:
        tally.add(moment.seen[0])
    counts = tally.counts
    scenes = [moment.seen[0].scene for moment in found]
    assert counts.frames == 40
    assert counts.faults == sum(scene.fault is not None for scene in scenes) > 0
    assert counts.frames_with_hazard == sum(bool(scene.hazards) for scene in scenes)
    assert counts.hazards == len({h.track_id for scene in scenes for h in scene.hazards}) == 1
    assert counts.detections == sum(scene.looked for scene in scenes)


def test_a_scene_is_one_line_of_json_with_numbers_worth_reading() -> None:
    scene = Scene(3, 0.123456, (), PavingSight(True, 1.23456, -0.1), None)
    seen = Seen(scene, None, replace(CAMERA, pitch_deg=17.98765))
    text = line(scene_event(seen, "paving-v3"))
    assert "\n" not in text
    assert '"bearing_deg":1.235' in text
    assert '"pitch_deg":17.988' in text
    assert '"model":"paving-v3"' in text
