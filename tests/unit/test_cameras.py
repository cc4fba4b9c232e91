"""Cameras by URI: what may be written, what each kind does with a device that is not there or not right."""

import stat
import sys
import time
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from device.cameras import csi, v4l2
from device.cameras.clip import ClipCamera, ClipOverError, video_of
from device.cameras.exposure import FIRST_PAUSE_S, LASTS_S, Exposure, brightness
from device.cameras.geometry import geometry, hfov_across, lens_of
from device.cameras.jpeg import decoded
from device.cameras.piped import PipedGrabber
from device.cameras.probe import Listed, listing, probe
from device.cameras.sources import NoCamera, camera_source
from device.cameras.uri import CameraUri, parsed, without_secrets
from device.clocks import SystemClock
from device.config import CameraConfig
from device.errors import CameraError, ConfigError
from tests.waiting import PATIENCE_S
from vision.calibration.errors import CalibrationError
from vision.camera import EYE_HEIGHT_M, EYE_HEIGHT_SIGMA_M, TOLD_HEIGHT_SIGMA_M
from vision.errors import FrameError
from vision.lens import LensError, ideal_lens
from vision.types import Image
from vision.video import VideoWriter

WALK = Path(__file__).parents[2] / "device" / "demo" / "clip" / "walk.mp4"


def street(width: int = 64, height: int = 48) -> Image:
    return np.random.default_rng(3).integers(0, 255, (height, width, 3)).astype(np.uint8)


def jpeg(image: Image | None = None, **settings: Any) -> bytes:
    file = BytesIO()
    Pillow.fromarray(street() if image is None else image).save(file, "JPEG", quality=95, **settings)
    return file.getvalue()


# --- the URI


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ("v4l2:/dev/video0", CameraUri("v4l2", "/dev/video0")),
        (
            "v4l2:/dev/v4l/by-id/usb-X?size=1280x720",
            CameraUri("v4l2", "/dev/v4l/by-id/usb-X", size=(1280, 720)),
        ),
        ("csi:0", CameraUri("csi", "0")),
        ("rtsp://u:p@cam/live", CameraUri("rtsp", "rtsp://u:p@cam/live")),
        ("file:a b?.mp4", CameraUri("file", "a b?.mp4")),
        ("file:walk.mp4?loop", CameraUri("file", "walk.mp4", loop=True)),
        ("replay:runs/one", CameraUri("replay", "runs/one")),
        ("glasses:8765", CameraUri("glasses", "8765")),
        ("glasses:0.0.0.0:8765", CameraUri("glasses", "8765")),
        ("none:", CameraUri("none", "")),
    ],
)
def test_what_may_be_written(text: str, uri: CameraUri) -> None:
    assert parsed(text) == uri


@pytest.mark.parametrize(
    "text",
    ["", "v4l2:", "usb:0", "rtsp:cam", "rtsp://", "glasses:", "glasses:0", "glasses:70000", "glasses:８０",
     "none:x", "v4l2:/dev/video0?size=big", "v4l2:/dev/video0?size=10x10", "file:"],
)  # fmt: skip
def test_what_may_not_be_written_is_told_in_one_line(text: str) -> None:
    with pytest.raises(ConfigError, match=r"camera\.source") as told:
        parsed(text)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    "uri",
    [
        "rtsp://me:secret@10.0.0.2:554/live",
        "rtsp://me:sec/ret@10.0.0.2:554/live",
        "rtsp://me:secr@et@10.0.0.2:554/live",
        "rtsps://10.0.0.2/live?user=me&password=secret",
        "rtsp://10.0.0.2/user=me_password=secret_channel=1",
        "rtsp://me:secret@[::1/live",
    ],
)
def test_a_password_is_in_no_message(uri: str) -> None:
    assert "sec" not in without_secrets(uri)
    assert "10.0.0.2" in without_secrets(uri) or "::1" in without_secrets(uri)


# --- USB


@dataclass
class Capture:
    """cv2.VideoCapture without a camera."""

    reads: list[tuple[bool, Image | None]]
    opens: bool = True
    exposed_ms: float = 5000.0
    settings: list[tuple[int, float]] = field(default_factory=list)
    released: int = 0

    def isOpened(self) -> bool:  # noqa: N802
        return self.opens

    def set(self, what: int, value: float) -> bool:
        self.settings.append((what, value))
        return True

    def get(self, what: int) -> float:
        assert what == cv2.CAP_PROP_POS_MSEC
        self.exposed_ms += 66.0
        return self.exposed_ms

    def read(self) -> tuple[bool, Image | None]:
        return self.reads.pop(0) if self.reads else (False, None)

    def release(self) -> None:
        self.released += 1


@pytest.fixture
def plugged(monkeypatch: pytest.MonkeyPatch) -> tuple[Capture, list[bool]]:
    capture, there = Capture([]), [True]
    monkeypatch.setattr(v4l2.cv2, "VideoCapture", lambda *_: capture)
    monkeypatch.setattr(v4l2, "is_there", lambda _: there[0])
    return capture, there


def test_a_usb_camera_gives_mjpg_in_one_buffer_with_its_own_times(
    plugged: tuple[Capture, list[bool]],
) -> None:
    capture, _ = plugged
    capture.reads = [(False, None), (True, np.zeros((0, 0, 3), np.uint8)), (True, street())]
    grabber = v4l2.v4l2_opener("/dev/video0", (800, 600))()
    grabbed = grabber.grab()
    assert grabbed.image.shape == (48, 64, 3)
    assert grabbed.exposed_s == pytest.approx(5.066)
    asked = dict(capture.settings)
    assert asked[cv2.CAP_PROP_FOURCC] == cv2.VideoWriter.fourcc(*"MJPG")
    assert (asked[cv2.CAP_PROP_BUFFERSIZE], asked[cv2.CAP_PROP_FRAME_WIDTH]) == (1, 800)
    grabber.close()
    assert capture.released == 1


def test_a_usb_camera_that_goes_or_gives_nothing(plugged: tuple[Capture, list[bool]]) -> None:
    capture, there = plugged
    grabber = v4l2.V4l2Grabber("/dev/video0")
    with pytest.raises(CameraError, match="no pictures"):
        grabber.grab()
    there[0] = False
    with pytest.raises(CameraError, match="no camera there"):
        grabber.grab()
    with pytest.raises(CameraError, match="no camera there"):
        v4l2.V4l2Grabber("/dev/video0")
    there[0], capture.opens = True, False
    with pytest.raises(CameraError, match="in use"):
        v4l2.V4l2Grabber("/dev/video0")


def test_an_exposure_that_hangs_is_begun_anew(plugged: tuple[Capture, list[bool]]) -> None:
    capture, _ = plugged
    grabber = v4l2.V4l2Grabber("/dev/video0")
    capture.settings.clear()
    for _ in range(35):  # 2.3 s
        capture.reads = [(True, np.full((48, 64, 3), 255, np.uint8))]
        grabber.grab()
    assert [value for what, value in capture.settings if what == cv2.CAP_PROP_AUTO_EXPOSURE] == [1, 3]


def test_a_file_is_no_camera(tmp_path: Path) -> None:
    (tmp_path / "video0").write_text("")
    assert not v4l2.is_there(str(tmp_path / "video0"))
    assert v4l2.is_there("/dev/null") == stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_exposure_is_tried_ever_more_rarely_and_forgotten_when_it_is_well() -> None:
    exposure, told = Exposure(), []
    for tick in range(400):
        exposure, anew = exposure.seen(3.0, tick / 10)
        if anew:
            told.append(tick / 10)
    assert told == [
        LASTS_S,
        LASTS_S + FIRST_PAUSE_S,
        LASTS_S + 3 * FIRST_PAUSE_S,
        LASTS_S + 7 * FIRST_PAUSE_S,
    ]
    assert exposure.seen(100.0, 40.0) == (Exposure(), False)
    assert Exposure().seen(254.0, 0.0)[1] is False
    assert brightness(np.full((64, 64, 3), 200, np.uint8)) == pytest.approx(200, abs=0.1)


def test_the_cameras_that_are_plugged_in(tmp_path: Path) -> None:
    for node, name, index in (
        ("video10", "Second", "0"),
        ("video0", "USB Cam", "0"),
        ("video1", "USB Cam", "1"),
    ):
        (tmp_path / node).mkdir()
        (tmp_path / node / "name").write_text(f"{name}\n")
        (tmp_path / node / "index").write_text(f"{index}\n")
    assert listing(tmp_path) == (Listed("v4l2:/dev/video0", "USB Cam"), Listed("v4l2:/dev/video10", "Second"))
    assert listing(tmp_path / "none") == ()


# --- ribbon cables


def test_pipelines_of_both_boards() -> None:
    pi = csi.pipeline("/base/soc/i2c0mux/i2c@1/imx708@1a", (640, 480), jetson=False)
    assert 'libcamerasrc camera-name="/base/soc' in pi
    assert csi.pipeline("0", (640, 480), jetson=False).startswith("libcamerasrc ! ")
    assert "nvarguscamerasrc sensor-id=1 !" in csi.pipeline("1", (1280, 720), jetson=True)
    assert all(
        "appsink drop=true max-buffers=1" in each for each in (pi, csi.pipeline("0", (1, 1), jetson=True))
    )
    with pytest.raises(ConfigError):
        csi.csi_opener('0" ! filesink location=/x')


def test_without_anything_for_a_ribbon_camera_it_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(csi.shutil, "which", lambda _: None)
    monkeypatch.setattr(csi.cv2.videoio_registry, "hasBackend", lambda _: False)
    with pytest.raises(CameraError, match="apt install"):
        csi.csi_opener("0")()


def program(code: str) -> list[str]:
    return [sys.executable, "-S", "-c", f"import os, sys, time\nout = sys.stdout.buffer\n{code}"]


def test_a_program_that_writes_jpegs(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg())
    code = f"whole = open({str(tmp_path / 'a.jpg')!r}, 'rb').read()\n" + (
        "out.write(b'noise' + whole + whole[:100]); out.flush(); time.sleep(0.2)\n"
        "out.write(whole[100:]); out.flush(); time.sleep(60)"
    )
    grabber = PipedGrabber("csi:0", program(code), silent_s=PATIENCE_S)
    assert grabber.grab().image.shape == (48, 64, 3)
    assert grabber.grab().image.shape == (48, 64, 3)
    grabber.close()
    grabber.close()
    assert grabber._process.returncode is not None


BROKEN = r"""
for _ in range(50):
    out.write(b"\xff\xd8\xff1234\xff\xd9"); out.flush(); time.sleep(0.1)
"""


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("", "stopped"),
        ("time.sleep(60)", "no picture for"),
        (
            BROKEN,
            "damaged",
        ),
        ("out.write(bytes(9_000_000)); out.flush(); time.sleep(60)", "no JPEG"),
    ],
    ids=["ends", "silent", "garbage", "endless"],
)
def test_a_program_that_does_not(code: str, why: str) -> None:
    # Long enough for a program to begin on a busy machine, but where its silence is the matter.
    grabber = PipedGrabber("csi:0", program(code), silent_s=1.0 if "no picture" in why else PATIENCE_S)
    try:
        with pytest.raises(CameraError, match=why):
            grabber.grab()
    finally:
        grabber.close()


def test_a_program_that_is_not_there() -> None:
    with pytest.raises(CameraError, match="No such file"):
        PipedGrabber("csi:0", ["/no/rpicam-vid"])


# --- pushed pictures


def test_a_jpeg_is_turned_upright_by_its_exif_and_what_came_beside_it() -> None:
    image = np.zeros((48, 64, 3), np.uint8)
    image[:16, :16] = 255  # upper left
    exif = Pillow.Exif()
    exif[0x0112] = 6  # the camera was turned: 90 degrees clockwise make it upright
    assert decoded(jpeg(image)).shape == (48, 64, 3)
    assert decoded(jpeg(image, exif=exif)).shape == (64, 48, 3)
    assert decoded(jpeg(image, exif=exif))[4, -4, 0] > 200
    assert decoded(jpeg(image, exif=exif), 90)[-4, -4, 0] > 200
    assert decoded(jpeg(image.astype(np.uint8)[:, :, 0])).shape == (48, 64, 3)  # grey


def bomb(width: int, height: int) -> bytes:
    """A small JPEG whose header claims another size."""
    whole = bytearray(jpeg())
    at = whole.index(b"\xff\xc0") + 5
    whole[at : at + 4] = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    return bytes(whole)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not a JPEG"),
        (b"GIF89a" + bytes(100), "not a JPEG"),
        (jpeg()[:-200], "cut short"),
        (jpeg()[: len(jpeg()) // 2], "cut short"),
        (bomb(65500, 65500), "too large"),
        (bomb(4000, 1001), "too large"),
        (jpeg()[:-2] + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" * 500, "too large"),
        (jpeg(street(16, 16)), "too small"),
        (bomb(0, 48), "too small|cut short|not a JPEG"),
    ],
    ids=["nothing", "another kind", "nearly whole", "half", "bomb", "large", "scans", "small", "no width"],
)
def test_what_is_no_picture_is_refused_before_it_is_decoded(data: bytes, why: str) -> None:
    began = time.process_time()
    with pytest.raises(FrameError, match=why):
        decoded(data)
    assert time.process_time() - began < 2.0


def test_a_large_picture_in_many_scans_is_refused_and_a_usual_one_is_not() -> None:
    def progressive(width: int, height: int) -> bytes:
        done, data = cv2.imencode(
            ".jpg", np.zeros((height, width, 3), np.uint8), [cv2.IMWRITE_JPEG_PROGRESSIVE, 1]
        )
        assert done
        return data.tobytes()

    assert decoded(progressive(1280, 720)).shape == (720, 1280, 3)
    with pytest.raises(FrameError, match="scans: send a baseline JPEG"):
        decoded(progressive(2000, 1500))


def test_any_damage_is_a_picture_or_a_clear_refusal() -> None:
    whole, rng = jpeg(), np.random.default_rng(5)
    told: list[str] = []
    for _ in range(300):
        data = bytearray(whole)
        for at in rng.integers(0, len(data), 6):
            data[at] = int(rng.integers(0, 256))
        try:
            assert decoded(bytes(data)).shape[2] == 3
        except FrameError as error:
            told.append(str(error))
    assert told
    assert not any("\n" in each for each in told)


# --- recordings


@dataclass
class Hand:
    seconds: float = 50.0

    def now_s(self) -> float:
        return self.seconds

    def utc_s(self) -> float:
        return self.seconds


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    with VideoWriter(tmp_path / "video-1.mp4", (64, 48), 10.0) as writer:
        for _ in range(3):
            writer.write(street())
    return tmp_path / "video-1.mp4"


def seen_until_over(camera: ClipCamera, most: int = 50) -> list[tuple[int, float]]:
    seen: list[tuple[int, float]] = []
    ends = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends and len(seen) < most:
        try:
            frame = camera.latest()
        except ClipOverError:
            return seen
        if frame is not None:
            seen.append((frame.index, round(frame.t_s - camera.began_s, 2)))
        time.sleep(0.001)
    return seen


def test_a_clip_is_shown_in_real_time_and_its_end_is_told_once(clip: Path) -> None:
    camera = ClipCamera(clip, SystemClock())
    assert seen_until_over(camera) == [(0, 0.0), (1, 0.1), (2, 0.2)]
    assert camera.latest() is None
    camera.close()


def test_a_clip_in_a_loop_goes_on_in_time(clip: Path) -> None:
    camera = ClipCamera(clip, SystemClock(), loop=True)
    assert seen_until_over(camera, most=5) == [(0, 0.0), (1, 0.1), (2, 0.2), (3, 0.3), (4, 0.4)]
    camera.close()


def test_a_recorded_walk_is_shown_by_its_own_seconds(clip: Path) -> None:
    clip.with_suffix(".jsonl").write_text('{"t_s": 7.0}\n{"t_s": 7.05}\n{"t_s": 7.2}\n{"t_s":')
    assert video_of(clip.parent) == clip
    camera = ClipCamera(clip, SystemClock())
    assert seen_until_over(camera) == [(0, 0.0), (1, 0.05), (2, 0.2)]
    camera.close()
    with pytest.raises(CameraError, match="no video"):
        video_of(clip.parent / "elsewhere")


# --- sources, probing


@pytest.mark.parametrize(
    ("uri", "kind"),
    [
        ("file:/none.mp4", CameraError),
        ("replay:/none", CameraError),
        ("glasses:8765", ConfigError),
        ("usb:0", ConfigError),
    ],
)
def test_what_cannot_be_opened_says_so_at_once(uri: str, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        camera_source(CameraConfig(source=uri), Hand())
    assert probe(uri).fault


def test_no_camera_is_a_choice() -> None:
    camera = camera_source(CameraConfig(source="none:"), Hand())
    assert isinstance(camera, NoCamera)
    assert camera.latest() is None
    camera.close()


def test_a_probe_tells_what_a_camera_gives() -> None:
    found = probe(f"file:{WALK}", 1.0)
    assert (found.opens, found.fault, found.size, found.picture_fault) == (True, "", (480, 360), None)
    assert found.fps == pytest.approx(4.0, abs=1.0)
    assert found.brightness is not None
    assert found.brightness > 60
    missing = probe("v4l2:/dev/no-such-camera", 1.0)
    assert (missing.opens, missing.size) == (False, None)
    assert "no camera there" in missing.fault


# --- geometry


def test_a_makers_angle_is_along_the_longer_side() -> None:
    assert hfov_across(90.0, 640, 480) == pytest.approx(90.0)
    assert hfov_across(90.0, 480, 640) == pytest.approx(73.74, abs=0.01)
    config = CameraConfig(hfov_deg=90.0, height_m=1.3)
    upright, lying = geometry(config, None, 480, 640), geometry(config, None, 640, 480)
    assert upright.focal_px == pytest.approx(lying.focal_px)
    assert upright.lens_height_m == 1.3


def test_a_height_that_was_measured_is_believed_and_one_that_is_assumed_less() -> None:
    assumed = geometry(CameraConfig(), None, 640, 480)
    assert (assumed.lens_height_m, assumed.lens_height_sigma_m) == (EYE_HEIGHT_M, EYE_HEIGHT_SIGMA_M)
    for height_m in (1.3, EYE_HEIGHT_M):  # the same height, too, is better known once it was measured
        told = geometry(CameraConfig(height_m=height_m), None, 640, 480)
        assert (told.lens_height_m, told.lens_height_sigma_m) == (height_m, TOLD_HEIGHT_SIGMA_M)
    bent = geometry(CameraConfig(height_m=1.3), ideal_lens(640, 480, 60.0), 640, 480)
    assert (bent.lens_height_m, bent.lens_height_sigma_m) == (1.3, TOLD_HEIGHT_SIGMA_M)
    assert TOLD_HEIGHT_SIGMA_M < EYE_HEIGHT_SIGMA_M / 3


def test_a_measured_lens_is_of_one_shape_and_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    lens = ideal_lens(640, 480, 60.0)
    assert geometry(CameraConfig(hfov_deg=90.0), lens, 320, 240).hfov_deg == pytest.approx(60.0)
    with pytest.raises(LensError):
        geometry(CameraConfig(), lens, 480, 640)
    assert lens_of(CameraConfig()) is None
    with pytest.raises(CalibrationError):
        lens_of(CameraConfig(calibration=tmp_path / "camera.toml"))
