"""A run over a clip: outputs whole or not at all, counts that add up. The detector is scripted."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from vision.camera import Camera
from vision.errors import VideoError
from vision.run import RunSummary, run_video, scene_line
from vision.types import Detection, Detections, Frame, ObjectClass, PavingSight, Scene
from vision.video import VideoWriter, open_clip

CAMERA = Camera(480, 360, pitch_deg=12)


class BicycleAhead:
    """Sees a strip and, on it, a bicycle that is walked up to at 1 m/s from 6 m."""

    def detect(self, frame: Frame) -> Detections:
        z = 6.0 - frame.t_s
        foot, top, side = CAMERA.project(0, z), CAMERA.project(0, z, 1.05), CAMERA.project(0.3, z)
        assert foot
        assert top
        assert side
        half = side[0] - foot[0]
        mask = np.zeros((360, 480), np.uint8)
        corners = [CAMERA.project(x, d) for x, d in ((-0.15, 0.6), (0.15, 0.6), (0.15, 10), (-0.15, 10))]
        cv2.fillPoly(mask, [np.array(corners, np.float64).astype(np.int32)], 1)
        box = (foot[0] - half, top[1], foot[0] + half, foot[1])
        mask[int(box[1]) : int(box[3]), int(box[0]) : int(box[2])] = 0
        found = Detection(ObjectClass.BICYCLE, 0.8, box)
        return Detections(frame.index, frame.t_s, (480, 360), (found,), mask > 0, 0.9)


@pytest.fixture(scope="module")
def clip_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "street.mp4"
    rng = np.random.default_rng(5)
    with VideoWriter(path, (480, 360), 10.0) as writer:
        for index in range(30):
            picture = np.full((360, 480, 3), 120, np.uint8)
            picture[rng.integers(0, 360, 4000), rng.integers(0, 480, 4000)] = 220
            writer.write(np.zeros_like(picture) if index >= 20 else picture)
    return path


def test_the_outputs_and_the_summary_agree(clip_file: Path, tmp_path: Path) -> None:
    out, events = tmp_path / "new" / "out.mp4", tmp_path / "new" / "events.jsonl"
    steps: list[tuple[int, int]] = []
    summary = run_video(
        clip_file, BicycleAhead(), out=out, events=events, camera=CAMERA, rate_hz=5,
        progress=lambda done, of: steps.append((done, of)),
    )  # fmt: skip
    scenes = [json.loads(line) for line in events.read_text(encoding="utf-8").splitlines()]
    assert summary.frames == len(scenes) == 15
    assert steps[-1] == (15, 15)
    assert [scene["fault"] for scene in scenes].count("dark") == summary.faults == 2
    told = [scene for scene in scenes if scene["hazards"]]
    assert summary.frames_with_hazard == len(told) == 8  # of ten in the light, from the third
    assert (summary.hazards, summary.on_paving) == (1, 1)
    for scene in told:
        hazard = scene["hazards"][0]
        assert hazard["cls"] == "bicycle"
        assert hazard["distance_m"] == pytest.approx(6 - scene["t_s"], rel=0.12)
    clip = open_clip(out)
    assert (clip.frames, clip.fps, clip.size) == (15, pytest.approx(5), (480, 360))
    assert not list(tmp_path.rglob("*.part"))


def test_a_span_of_the_clip(clip_file: Path) -> None:
    summary = run_video(clip_file, BicycleAhead(), camera=CAMERA, start_s=1.0, end_s=2.0, rate_hz=5)
    assert summary.frames == 5
    assert isinstance(summary, RunSummary)


def test_a_run_that_breaks_leaves_earlier_outputs_alone(clip_file: Path, tmp_path: Path) -> None:
    out, events = tmp_path / "out.mp4", tmp_path / "events.jsonl"
    out.write_bytes(b"earlier clip")
    events.write_bytes(b"earlier events")

    def stop(done: int, _: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_video(clip_file, BicycleAhead(), out=out, events=events, camera=CAMERA, progress=stop)
    assert out.read_bytes() == b"earlier clip"
    assert events.read_bytes() == b"earlier events"
    assert not list(tmp_path.glob("*.part"))


def test_outputs_that_cannot_be_written_are_one_line(clip_file: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name in ("out", "events"):
        with pytest.raises(VideoError, match="cannot be written"):
            run_video(clip_file, BicycleAhead(), camera=CAMERA, **{name: tmp_path / "file" / "x"})  # type: ignore[arg-type]


def test_a_scene_is_one_line_of_json_with_numbers_worth_reading() -> None:
    scene = Scene(3, 0.123456, (), PavingSight(True, 1.23456, -0.1), None)
    line = scene_line(scene)
    assert "\n" not in line
    assert json.loads(line)["paving"] == {"seen": True, "bearing_deg": 1.235, "offset_m": -0.1}
