"""The part that sees, run as its process runs it: real clip and model, glasses, and each in trouble."""

import contextlib
import os
import select
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from device.cameras import coming
from device.cameras.glasses import MOST_BAD, Glasses
from device.cameras.live import CameraStuckError
from device.config import CameraConfig, DeviceConfig, RecordConfig
from device.errors import CameraError
from device.eyes import Glance
from device.looking import Answer, Look
from device.parts import eyes
from device.parts.channel import Door, Line
from device.parts.messages import (
    FROM_PHONE,
    LOCATED,
    NOTHING,
    SEEN,
    TO_PHONE,
    FromPhone,
    Jpeg,
    Located,
    Nothing,
    PhoneFix,
    Seen,
    ToPhone,
    Watch,
)
from device.parts.part import Part
from device.sight import ModelSight, Remembering
from tests.waiting import PATIENCE_S, until
from vision.attitude import Attitude
from vision.decode import Floats
from vision.errors import ModelError
from vision.network_detector import NetworkDetector, Outputs
from vision.onnx_detector import open_detector
from vision.types import Frame, Hazard, Motion, ObjectClass, PavingSight, Scene

WALK = Path(__file__).parents[2] / "device" / "demo" / "clip" / "walk.mp4"


def jpeg(level: int = 100, size: tuple[int, int] = (64, 48)) -> bytes:
    image = np.random.default_rng(level).integers(0, 255, (size[1], size[0], 3)).astype(np.uint8)
    file = BytesIO()
    Pillow.fromarray(image).save(file, "JPEG")
    return file.getvalue()


class Watcher:
    """Guidance's end of the line, and the supervisor's end of the beats."""

    def __init__(self, part: Part, beats: int) -> None:
        self._line: Line[Seen, Nothing] = Line(part.socket("eyes"), SEEN, NOTHING)
        self._beats = beats
        self.part = part
        self.told: list[Seen] = []
        self.widest_s = 0.0
        self._last_s: float | None = None

    def until(self, what: Callable[[Seen], object], patience_s: float = PATIENCE_S) -> Seen:
        ends = time.monotonic() + patience_s
        while time.monotonic() < ends:
            for seen in self._line.poll():
                now_s = time.monotonic()
                self.widest_s = max(self.widest_s, 0.0 if self._last_s is None else now_s - self._last_s)
                self._last_s = now_s
                self.told.append(seen)
                if what(seen):
                    return seen
            select.select(self._line.filenos(), [], [], 0.02)
        raise AssertionError(f"not told; the last: {self.told[-1:]}")

    def beats(self) -> int:
        try:
            return len(os.read(self._beats, 100_000))
        except BlockingIOError:
            return 0


@contextlib.contextmanager
def running(folder: Path, camera: CameraConfig, record: RecordConfig | None = None) -> Iterator[Watcher]:
    config = DeviceConfig(runtime=folder, camera=camera, record=record or RecordConfig())
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    part = Part("eyes", config, folder, beat_fd=writer)
    thread = threading.Thread(target=eyes.serve, args=(part,))
    thread.start()
    watcher = Watcher(part, reader)
    try:
        yield watcher
    finally:
        part.ending.set()
        watcher._line.close()
        thread.join(PATIENCE_S)
        os.close(reader)
        os.close(writer)
        assert not thread.is_alive()


@pytest.fixture(scope="module")
def detector() -> NetworkDetector:
    return open_detector()


def test_it_tells_what_the_clip_shows_and_that_it_is_over(tmp_path: Path) -> None:
    # The last second of a walk: a picture each 50 ms, by the seconds that stand beside it.
    clip = tmp_path / "walk.mp4"
    clip.symlink_to(WALK)
    clip.with_suffix(".jsonl").write_text("".join(f'{{"t_s": {n / 20}}}\n' for n in range(60)))
    record = RecordConfig(folder=tmp_path / "runs", video=True, consent=True)
    with running(tmp_path, CameraConfig(source=f"file:{clip}"), record) as watcher:
        seen = watcher.until(lambda seen: seen.scene)
        assert seen.scene is not None
        assert seen.scene.looked
        assert seen.offered_s is not None
        assert seen.offered_s <= seen.began_s <= seen.ended_s <= seen.t_s
        assert seen.scene.t_s == pytest.approx(seen.offered_s, abs=1.0)
        over = watcher.until(lambda seen: seen.camera_fault)
        assert "the clip is over" in over.camera_fault
        later = watcher.until(lambda seen: seen.t_s > over.t_s + 0.3)
        assert (later.camera_fault, later.frame) == (over.camera_fault, False)
        assert watcher.beats() > 10
    assert sum(seen.frame for seen in watcher.told) > 10
    assert watcher.widest_s < 1.0
    assert list((tmp_path / "runs").glob("video-*.mp4"))


def test_without_consent_no_picture_is_kept(tmp_path: Path) -> None:
    for record in (
        RecordConfig(folder=tmp_path, video=True),
        RecordConfig(folder=tmp_path, consent=True),
        RecordConfig(video=True, consent=True),
    ):
        assert eyes.film_of(record, Part("eyes", DeviceConfig(), tmp_path).clock) is None


def test_nothing_to_see_is_told_all_the_time(tmp_path: Path) -> None:
    with running(tmp_path, CameraConfig(source="none:")) as watcher:
        first = watcher.until(lambda _: True)
        last = watcher.until(lambda seen: seen.t_s > first.t_s + 0.6)
        assert (last.frame, last.scene, last.camera_fault) == (False, None, "")
        assert len(watcher.told) >= 3


@pytest.mark.parametrize("source", ["file:/none.mp4", "v4l2:/dev/no-such-camera"])
def test_a_camera_that_is_not_there_is_told_and_it_goes_on(tmp_path: Path, source: str) -> None:
    with running(tmp_path, CameraConfig(source=source)) as watcher:
        seen = watcher.until(lambda seen: seen.camera_fault)
        assert "\n" not in seen.camera_fault
        watcher.until(lambda later: later.t_s > seen.t_s + 0.3 and later.camera_fault)
        assert watcher.beats() > 2


def test_a_clip_on_a_stick_that_is_pulled_out_is_told_and_comes_back(tmp_path: Path) -> None:
    clip = tmp_path / "walk.mp4"
    clip.symlink_to(WALK)
    with running(tmp_path, CameraConfig(source=f"file:{clip}?loop")) as watcher:
        watcher.until(lambda seen: seen.frame)
        clip.unlink()
        gone = watcher.until(lambda seen: seen.camera_fault)
        assert "walk.mp4" in gone.camera_fault
        clip.symlink_to(WALK)
        back = watcher.until(lambda seen: seen.frame)
        assert back.camera_fault == ""


def test_a_model_that_is_damaged_is_told_in_one_line_while_the_camera_goes_on(tmp_path: Path) -> None:
    model = tmp_path / "cut.onnx"
    model.write_bytes(b"\x08\x07" + bytes(100))
    with running(tmp_path, CameraConfig(source=f"file:{WALK}", model=str(model))) as watcher:
        seen = watcher.until(lambda seen: seen.fault)
        assert "cut.onnx" in seen.fault
        assert "\n" not in seen.fault
        assert (seen.scene, seen.offered_s is None) == (None, False)
        watcher.until(lambda later: later.frame and later.t_s > seen.t_s)
        watcher.until(lambda later: later.fault and later.t_s > seen.t_s + 0.3)
        assert watcher.beats() > 2


class Blocking(Remembering):
    """A network whose answers never come."""

    ends = threading.Event()

    def infer(self, blob: Floats) -> Outputs:
        self.ends.wait(PATIENCE_S)
        return super().infer(blob)


def test_a_model_that_hangs_ends_the_beats_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, detector: NetworkDetector
) -> None:
    monkeypatch.setattr(eyes, "HANGS_S", 0.5)
    monkeypatch.setattr(eyes, "model_of", lambda _: Blocking(detector))
    with running(tmp_path, CameraConfig(source=f"file:{WALK}")) as watcher:
        busy = watcher.until(lambda seen: seen.busy_since_s is not None)
        assert busy.busy_since_s is not None
        watcher.until(lambda seen: seen.t_s > (busy.busy_since_s or 0.0) + 1.0)
        watcher.beats()
        late = watcher.until(lambda seen: seen.t_s > (busy.busy_since_s or 0.0) + 1.5)
        assert (watcher.beats(), late.busy_since_s) == (0, busy.busy_since_s)
        Blocking.ends.set()


def test_the_speed_that_the_position_part_tells_goes_with_the_frames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, detector: NetworkDetector
) -> None:
    speeds: list[float | None] = []

    def see(self: ModelSight, frame: Frame, attitude: Attitude | None, own_speed_mps: float | None) -> Scene:
        speeds.append(own_speed_mps)
        return Scene(frame.index, frame.t_s, (), PavingSight(False))

    monkeypatch.setattr(ModelSight, "see", see)
    monkeypatch.setattr(eyes, "model_of", lambda _: detector)
    with running(tmp_path, CameraConfig(source=f"file:{WALK}")):
        until(lambda: speeds)
        assert speeds[0] is None, "nobody has told yet"
        door: Door[Nothing, Located] = Door(tmp_path / "position.sock", NOTHING, LOCATED)
        until(lambda: door.poll() or door.clients)
        door.send(Located(time.monotonic(), speed_mps=1.3))
        until(lambda: 1.3 in speeds)
        door.close()


def test_a_camera_whose_reads_hang_again_and_again_ends_the_beats(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stuck:
        def latest(self) -> Frame | None:
            raise CameraStuckError("cam: hangs")

        def close(self) -> None:
            pass

    monkeypatch.setattr(coming, "camera_source", lambda *_: Stuck())
    with running(tmp_path, CameraConfig()) as watcher:
        seen = watcher.until(lambda seen: seen.camera_fault)
        watcher.beats()
        watcher.until(lambda later: later.t_s > seen.t_s + 0.5)
        assert watcher.beats() == 0


# --- glasses


class Phone:
    """Plays the phone part."""

    def __init__(self, folder: Path) -> None:
        self.door: Door[ToPhone, FromPhone] = Door(folder / "phone.sock", TO_PHONE, FROM_PHONE)
        self.asked: list[ToPhone] = []

    def push(self, *messages: FromPhone) -> None:
        until(self._hears)
        for message in messages:
            self.door.send(message)
        self.door.poll()

    def _hears(self) -> bool:
        self.asked += [message for _, message in self.door.poll()]
        return bool(self.asked)


@pytest.fixture
def phone(tmp_path: Path) -> Iterator[Phone]:
    made = Phone(tmp_path)
    yield made
    made.door.close()


class Hand:
    seconds = 10.0

    def now_s(self) -> float:
        return self.seconds

    def utc_s(self) -> float:
        return self.seconds


def test_pictures_of_glasses_come_with_how_the_head_was_held(tmp_path: Path, phone: Phone) -> None:
    glasses = Glasses(tmp_path / "phone.sock", Hand(), rotate_deg=90)
    assert glasses.latest() is None
    held = Attitude(9.8, 12.0, -3.0)
    old = Jpeg(9.7, jpeg(1), attitude=replace(held, t_s=9.7))
    phone.push(old, PhoneFix(9.8), Jpeg(9.8, jpeg(2), rotate_deg=90, attitude=held))
    frame = glasses.latest()
    assert frame is not None
    assert (frame.index, frame.t_s, frame.image.shape) == (0, 9.8, (48, 64, 3))
    assert glasses.attitudes.at(9.8) == held
    assert glasses.attitudes.at(10.1) == held  # still the newest when it is asked whether the sensor lives
    assert phone.asked == [Watch("frames")]
    assert glasses.latest() is None
    assert glasses.filenos()
    glasses.close()


def test_pictures_that_are_none_are_counted_and_told_when_they_go_on(tmp_path: Path, phone: Phone) -> None:
    glasses = Glasses(tmp_path / "phone.sock", Hand())
    glasses.latest()
    phone.push()
    for number in range(MOST_BAD):
        assert glasses.latest() is None
        phone.push(Jpeg(10.0 + number, jpeg()[:-100]))
    with pytest.raises(CameraError, match="cut short"):
        glasses.latest()
    phone.push(Jpeg(20.0, b"no"))
    assert glasses.latest() is None
    phone.push(Jpeg(21.0, jpeg()))
    assert glasses.latest() is not None
    assert glasses.refused == {"cut short or damaged": MOST_BAD, "not a JPEG": 1}
    glasses.close()


def test_a_picture_that_a_link_held_back_is_not_looked_at(tmp_path: Path, phone: Phone) -> None:
    clock = Hand()
    glasses = Glasses(tmp_path / "phone.sock", clock)
    assert glasses.latest() is None
    phone.push(Jpeg(7.9, jpeg()))
    assert glasses.latest() is None
    clock.seconds += 2.1
    phone.push(Jpeg(10.0, jpeg()))
    with pytest.raises(CameraError, match="open its page"):
        glasses.latest()
    assert glasses.refused["old"] == 2
    phone.push(Jpeg(10.2, jpeg()), Jpeg(9.0, jpeg()))
    frame = glasses.latest()
    assert frame is not None
    assert frame.t_s == 10.2
    glasses.close()


def test_glasses_that_send_nothing_are_told_once_and_again_after_they_were_back(
    tmp_path: Path, phone: Phone
) -> None:
    clock = Hand()
    glasses = Glasses(tmp_path / "phone.sock", clock)
    assert glasses.latest() is None
    clock.seconds += 2.1
    with pytest.raises(CameraError, match="open its page"):
        glasses.latest()
    assert glasses.latest() is None
    phone.push(Jpeg(12.0, jpeg()))
    assert glasses.latest() is not None
    phone.door.close()
    clock.seconds += 2.1
    with pytest.raises(CameraError, match="phone part is not there"):
        glasses.latest()
    glasses.close()


def test_the_part_sees_through_glasses(tmp_path: Path, phone: Phone) -> None:
    with running(tmp_path, CameraConfig(source="glasses:8765", imu="glasses:")) as watcher:
        watcher.until(lambda _: True)
        now_s = watcher.part.clock.now_s()
        phone.push(Jpeg(now_s, jpeg(1, (160, 120)), attitude=Attitude(now_s, 14.0, 2.0)))
        seen = watcher.until(lambda seen: seen.frame)
        assert seen.attitude == Attitude(now_s, 14.0, 2.0)
        scene = watcher.until(lambda seen: seen.scene).scene
        assert scene is not None
        assert scene.t_s == pytest.approx(now_s, abs=1e-3)


# --- the pieces


def test_a_model_is_tried_again_until_it_can_be_opened(detector: NetworkDetector) -> None:
    tries: list[int] = []

    def opening() -> NetworkDetector:
        tries.append(1)
        if len(tries) == 1:
            raise ModelError("paving.onnx: install again\nsecond line")
        if len(tries) == 2:
            raise RuntimeError("odd")
        return detector

    sight = ModelSight(CameraConfig(), opening, Hand(), retry_s=0.2)
    frame = Frame(0, 1.0, np.random.default_rng(0).integers(0, 255, (48, 64, 3)).astype(np.uint8))
    with pytest.raises(ModelError) as told:
        sight.see(frame, None, None)
    assert str(told.value) == "paving.onnx: install again"
    assert sight.loading_since_s is None
    until(lambda: not sight.fault)
    assert sight.see(frame, None, None).frame_index == 0
    assert len(tries) == 3
    sight.close()


def test_another_picture_size_is_another_camera(detector: NetworkDetector) -> None:
    kept: list[int] = []
    sight = ModelSight(
        CameraConfig(), lambda: detector, Hand(), lambda frame, hidden: kept.append(frame.index)
    )
    rng = np.random.default_rng(0)
    for index, size in enumerate([(480, 640), (640, 480), (640, 480)]):
        image = rng.integers(0, 255, (*size, 3)).astype(np.uint8)
        scene = sight.see(Frame(index, float(index), image), None, None)
        assert scene.frame_index == index
    assert sight._size == (480, 640)
    assert kept == [0, 1, 2]
    sight.close()


def test_heads_are_found_in_what_was_just_looked_at(detector: NetworkDetector) -> None:
    remembering = Remembering(detector)
    image = np.random.default_rng(0).integers(0, 255, (384, 512, 3)).astype(np.uint8)
    assert remembering.hidden(Frame(0, 0.0, image)) == ()
    assert remembering.detect(Frame(0, 0.0, image)) == detector.detect(Frame(0, 0.0, image))
    assert isinstance(remembering.hidden(Frame(0, 0.0, image)), tuple)


def test_a_camera_fault_stands_until_a_frame_comes_and_scenes_are_as_recorded() -> None:
    teller = eyes.Teller()
    assert teller.seen(Glance(), 1.0, "", None) is None
    told = teller.seen(Glance(camera_fault="gone"), 1.1, "", None)
    assert told is not None
    assert told.camera_fault == "gone"
    assert teller.still(1.3, Glance(), "").camera_fault == "gone"
    hazard = Hazard(1, ObjectClass.POLE, 0.512345, 2.34567, 0.2, 1.0, True, None, Motion.STANDING, None)
    scene = Scene(3, 1.23456, (hazard,), PavingSight(False))
    seen = teller.seen(Glance(True, look=Look(Answer(1.2, 1.25, 1.3, scene), 1.3)), 1.4, "", None)
    assert seen is not None
    assert (seen.camera_fault, seen.frame, seen.busy_since_s) == ("", True, 1.3)
    assert seen.scene is not None
    assert seen.scene.hazards[0].distance_m == 2.346
    assert SEEN.validate_json(SEEN.dump_json(seen)) == seen


def test_a_recorded_motion_sensor_goes_with_the_clip(tmp_path: Path) -> None:
    (tmp_path / "imu.jsonl").write_text('{"t_s": 0.0, "pitch_deg": 10, "roll_deg": 0}\n' * 1)
    config = CameraConfig(source=f"file:{WALK}", imu=f"file:{tmp_path / 'imu.jsonl'}")
    clock = Hand()
    camera = coming.ComingCamera(config, clock, lambda: None, tmp_path)
    imu = coming.imu_source(config, camera, clock)
    assert imu is not None
    clock.seconds = 20.0
    camera.latest()
    assert imu.at(20.05) == Attitude(20.05, 10.0, 0.0)
    assert imu.at(25.0) is None
    camera.close()
    absent = coming.imu_source(replace(config, imu="file:/none.jsonl"), camera, clock)
    assert absent is not None
    assert absent.at(20.0) is None
    assert coming.imu_source(replace(config, imu="none:"), camera, clock) is None
