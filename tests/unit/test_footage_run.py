"""`shirube vision run` with scripted detectors: outputs whole or not at all, events that tell everything."""

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from device.footage.cli import Choice, as_plain, notices, open_camera, open_models, told
from device.footage.progress import Progress
from device.footage.run import Model, Options, Result, run
from vision.calibration.errors import CalibrationError
from vision.camera import Camera
from vision.errors import ModelError, VideoError
from vision.run import Span
from vision.types import Detection, Detections, Frame, ObjectClass
from vision.video import VideoWriter, frames, open_clip

CAMERA = Camera(480, 360, pitch_deg=12)


class BicycleAhead:
    """Sees a strip and, from `late_s` on, on it a bicycle that is walked up to at 1 m/s from 6 m."""

    def __init__(self, late_s: float = 0.0) -> None:
        self._late_s = late_s

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
        found = (Detection(ObjectClass.BICYCLE, 0.8, box),) if frame.t_s >= self._late_s else ()
        return Detections(frame.index, frame.t_s, (480, 360), found, mask > 0, 0.9)


@pytest.fixture(scope="module")
def clip_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five seconds, the last one in the dark."""
    path = tmp_path_factory.mktemp("clip") / "street.mp4"
    rng = np.random.default_rng(5)
    with VideoWriter(path, (480, 360), 10.0) as writer:
        for index in range(50):
            picture = np.full((360, 480, 3), 120, np.uint8)
            picture[rng.integers(0, 360, 4000), rng.integers(0, 480, 4000)] = 220
            writer.write(np.zeros_like(picture) if index >= 40 else picture)
    return path


def go(clip: Path, *detectors: BicycleAhead, **more: Any) -> Result:
    models = [Model(f"model-{n}", each) for n, each in enumerate(detectors or (BicycleAhead(),))]
    return run(Options(clip, camera=CAMERA, **more), models)


def lines(path: Path, event: str | None = None) -> list[dict[str, Any]]:
    all_lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [line for line in all_lines if event is None or line["event"] == event]


def test_the_outputs_and_the_summary_agree(clip_file: Path, tmp_path: Path) -> None:
    out, events = tmp_path / "new" / "out.mp4", tmp_path / "new" / "events.jsonl"
    result = go(clip_file, out=out, events=events, span=Span(rate_hz=5))
    counts = result.histories[0].counts
    scenes = lines(events, "scene")
    assert counts.frames == len(scenes) == 25
    assert counts.faults == sum(scene["fault"] is not None for scene in scenes) > 0
    assert counts.frames_with_hazard == sum(bool(scene["hazards"]) for scene in scenes) > 0
    for scene in scenes:
        for hazard in scene["hazards"]:
            assert hazard["distance_m"] == pytest.approx(6 - scene["t_s"], rel=0.12)
    clip = open_clip(out)
    assert (clip.frames, clip.fps) == (25, pytest.approx(5))
    assert clip.size[0] == 480
    assert clip.size[1] > 360  # room for words below the picture
    assert not list(tmp_path.rglob("*.part"))
    assert result.seconds == pytest.approx(5.0)


def test_the_events_say_what_was_run_and_what_would_be_said(clip_file: Path, tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    result = go(clip_file, events=events)
    (head,) = lines(events, "run")
    assert lines(events)[0] == head
    assert (head["source"], head["size"], head["format"]) == (str(clip_file), [480, 360], 1)
    assert head["models"] == [{"name": "model-0"}]
    scene = lines(events, "scene")[20]
    assert {"model", "frame_index", "t_s", "hazards", "paving", "fault", "looked", "tracks"} <= set(scene)
    (track,) = scene["tracks"]
    assert {"id", "cls", "box", "distance_m", "distance_sigma_m", "measured_m", "hazard"} <= set(track)
    said = lines(events, "said")
    assert [each["text_ja"] for each in said if each["started_s"] is not None] == [
        each.text_ja for each in result.histories[0].spoken
    ]
    first = said[0]
    assert set(first) == {
        "event", "model", "kind", "key", "urgency", "text_ja", "text_en", "created_s", "started_s", "ended_s",
        "outcome", "track_id",
    }  # fmt: skip
    assert "自転車" in first["text_ja"]
    assert 0.2 < first["started_s"] < 3.0
    assert first["track_id"] == track["id"]


def test_words_are_on_the_picture_while_they_sound(clip_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    spoken = go(clip_file, out=out).histories[0].spoken
    for frame in frames(open_clip(out)):
        band = frame.image[364:]
        heard = any(said.sounds(frame.t_s) for said in spoken)
        assert (band.max() > 180) == heard


def test_two_models_stand_side_by_side_and_are_told_apart(clip_file: Path, tmp_path: Path) -> None:
    out, events = tmp_path / "out.mp4", tmp_path / "events.jsonl"
    result = go(clip_file, BicycleAhead(), BicycleAhead(late_s=1.5), out=out, events=events)
    assert open_clip(out).size[0] == 964
    assert {line["model"] for line in lines(events) if "model" in line} == {"model-0", "model-1"}
    assert len(lines(events, "scene")) == 100
    assert result.difference is not None
    pair = result.difference.detections
    assert pair.first - pair.second == 15
    assert pair.both == pair.second
    text = "\n".join(told(result, []))
    assert "A: model-0" in text
    assert "B: model-1" in text
    plain = as_plain(result, [])
    assert set(plain["models"]) == {"model-0", "model-1"}  # type: ignore[call-overload]
    json.dumps(plain)


def test_a_part_is_as_in_the_whole_and_nothing_before_it_is_written(clip_file: Path, tmp_path: Path) -> None:
    whole, part = tmp_path / "whole.jsonl", tmp_path / "part.jsonl"
    go(clip_file, events=whole)
    result = go(clip_file, events=part, out=tmp_path / "part.mp4", span=Span(2.5, 3.5))
    scenes = lines(part, "scene")
    assert [scene["t_s"] for scene in scenes] == [2.5 + n / 10 for n in range(10)]
    assert open_clip(tmp_path / "part.mp4").frames == 10
    assert result.histories[0].counts.frames == 10
    by_time = {scene["t_s"]: scene for scene in lines(whole, "scene")}
    for scene in scenes:
        (hazard,) = scene["hazards"]
        (same,) = by_time[scene["t_s"]]["hazards"]
        assert hazard["cls"] == same["cls"]
        assert hazard["distance_m"] == pytest.approx(same["distance_m"], rel=0.05)


def test_every_third_frame(clip_file: Path, tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    go(clip_file, events=events, every=3)
    gaps = np.diff([scene["frame_index"] for scene in lines(events, "scene")])
    assert set(gaps.tolist()) <= {3, 4}


def test_a_run_that_breaks_leaves_earlier_outputs_alone(clip_file: Path, tmp_path: Path) -> None:
    out, events = tmp_path / "out.mp4", tmp_path / "events.jsonl"
    out.write_bytes(b"earlier clip")
    events.write_bytes(b"earlier events")

    def stop(done: int, _: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(Options(clip_file, out, events, camera=CAMERA), [Model("m", BicycleAhead())], stop)
    assert out.read_bytes() == b"earlier clip"
    assert events.read_bytes() == b"earlier events"
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize(
    ("name", "file"), [("out", "x"), ("out", "x.mp4"), ("out", "x.png"), ("events", "x")]
)
def test_outputs_that_cannot_be_written_are_one_line(
    clip_file: Path, tmp_path: Path, name: str, file: str
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(VideoError, match="cannot be written"):
        go(clip_file, **{name: tmp_path / "file" / file})


def test_nothing_is_written_over_what_is_looked_at(clip_file: Path, tmp_path: Path) -> None:
    content = clip_file.read_bytes()
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    cv2.imwrite(str(pictures / "1.png"), np.full((64, 96, 3), 90, np.uint8))
    beside = clip_file.parent / "." / clip_file.name
    for source, outputs in (
        (clip_file, {"out": clip_file}),
        (clip_file, {"events": beside}),
        (pictures, {"out": pictures}),
        (pictures, {"out": pictures / "2.png"}),
        (pictures / "1.png", {"out": pictures / "1.png"}),
    ):
        with pytest.raises(VideoError, match="written over"):
            go(source, **outputs)
    with pytest.raises(VideoError, match="the same file"):
        go(clip_file, out=tmp_path / "x.mp4", events=tmp_path / "x.mp4")
    assert clip_file.read_bytes() == content
    assert [path.name for path in pictures.iterdir()] == ["1.png"]


@pytest.mark.parametrize(("name", "file"), [("out", "taken.mp4"), ("out", "taken.png"), ("events", "taken")])
def test_a_folder_in_the_way_is_told_before_the_run(
    clip_file: Path, tmp_path: Path, name: str, file: str
) -> None:
    (tmp_path / file).mkdir()
    with pytest.raises(VideoError, match="a folder of that name"):
        go(clip_file, **{name: tmp_path / file})
    assert not list(tmp_path.glob("*.part"))


def test_an_unknown_kind_of_video_is_refused_before_anything_is_done(clip_file: Path, tmp_path: Path) -> None:
    with pytest.raises(VideoError, match=r"write \.mp4"):
        go(clip_file, out=tmp_path / "out.avi", events=tmp_path / "events.jsonl")
    assert not list(tmp_path.iterdir())


def test_pictures_come_out_of_a_picture_and_of_a_folder(clip_file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for frame in frames(open_clip(clip_file), end_s=1.2):
        cv2.imwrite(str(folder / f"{frame.index}.png"), frame.image)
    go(folder, out=tmp_path / "out", folder_fps=10.0)
    assert [path.name for path in sorted((tmp_path / "out").iterdir())] == [f"{n:06d}.png" for n in range(12)]
    go(folder / "3.png", out=tmp_path / "one.png")
    drawn = cv2.imread(str(tmp_path / "one.png"))
    assert drawn is not None
    assert drawn.shape[1] == 480


def test_a_file_that_breaks_off_is_told(clip_file: Path) -> None:
    whole = go(clip_file)
    assert notices(whole) == []
    assert notices(go(clip_file, span=Span(end_s=2.0))) == []
    (text,) = notices(replace(whole, until_s=2.0))
    assert "2.0" in text
    assert "breaks off" in text


def test_the_summary_says_how_fast_it_was(clip_file: Path) -> None:
    result = go(clip_file)
    assert result.x_real_time == pytest.approx(result.seconds / result.took_s)
    assert "x real time" in told(result, [])[-1]


# --- models and cameras


def test_the_same_model_twice_is_refused() -> None:
    with pytest.raises(ModelError, match="nothing would differ"):
        open_models([Choice(), Choice()], 1, lambda text: None)


def test_a_camera_that_is_no_lens_is_refused(tmp_path: Path) -> None:
    (tmp_path / "camera.toml").write_text("[lens]\nmodel = 'pinhole'\n")
    with pytest.raises(CalibrationError, match=r"camera\.toml"):
        open_camera(tmp_path / "camera.toml")


def test_a_measured_lens_is_used(tmp_path: Path) -> None:
    path = tmp_path / "camera.toml"
    path.write_text(
        "[lens]\nmodel = 'pinhole'\nwidth = 480\nheight = 360\nfx = 350.0\nfy = 350.0\n"
        "cx = 240.0\ncy = 180.0\ndistortion = [0.0, 0.0, 0.0, 0.0, 0.0]\n"
    )
    camera = open_camera(path)
    assert camera.focal_px == pytest.approx(350, rel=0.01)


# --- progress


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_one_line_on_a_terminal_and_seldom_in_a_log() -> None:
    terminal, log = _Terminal(), io.StringIO()
    now = [0.0]
    for out in (terminal, log):
        now[0] = 0.0
        progress = Progress(0.1, out, lambda: now[0])
        for done in range(1, 201):
            now[0] += 0.05
            progress(done, 400)
        progress.end()
    shown = terminal.getvalue().split("\r")
    assert "198/400  49 %  20.0 frames/s  実時間の / x real time 2.0  あと / left 0:10" in terminal.getvalue()
    assert len(shown) > 20
    assert terminal.getvalue().endswith("\r\x1b[K")
    assert "\r" not in log.getvalue()
    assert len(log.getvalue().splitlines()) == 1
