"""What cameras are here, and whether one works: for the doctor, and for `shirube device cameras`."""

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from device.cameras.clip import ClipOverError
from device.cameras.exposure import brightness
from device.cameras.sources import camera_source
from device.clocks import SystemClock
from device.config import CameraConfig
from device.errors import CameraError, ConfigError
from device.ports import Clock
from vision.errors import VisionError
from vision.faults import Watch, watch
from vision.types import Frame

SYSFS: Final = Path("/sys/class/video4linux")
# A camera of its own is the first node; others of the same card give metadata, not pictures.
_PICTURES: Final = "0"
OPENS_S: Final = 12.0  # an RTSP camera may need five, a USB one a few


@dataclass(frozen=True, slots=True)
class Listed:
    """A device of this machine. `uri`: for the configuration; `name`: as the camera calls itself."""

    uri: str
    name: str


@dataclass(frozen=True, slots=True)
class CameraProbe:
    """How a camera did. `first_s`: until its first picture; `brightness`: mean luminance, 0 to 255.

    `picture_fault`: of `vision.faults.FAULTS`, by the last picture; `fault`: one line, empty where it works.
    """

    opens: bool
    fault: str = ""
    first_s: float | None = None
    fps: float = 0.0
    size: tuple[int, int] | None = None
    brightness: float | None = None
    picture_fault: str | None = None


def listing(sysfs: Path = SYSFS) -> tuple[Listed, ...]:
    """The V4L2 cameras that are plugged in, by the kernel's word: nothing is opened."""
    nodes = sorted(sysfs.glob("video*"), key=lambda node: int(node.name.removeprefix("video") or 0))
    return tuple(
        Listed(f"v4l2:/dev/{node.name}", _text(node / "name") or node.name)
        for node in nodes
        if _text(node / "index") in (_PICTURES, "")
    )


def probe(
    source: CameraConfig | str, seconds: float = 3.0, clock: Clock | None = None, phone: Path | None = None
) -> CameraProbe:
    """Open the camera, look for `seconds` after its first picture, close it. A fault is told, not raised.

    Takes as long as it says, and at most OPENS_S more. `phone`: as `camera_source` takes it.
    """
    config = CameraConfig(source=source) if isinstance(source, str) else source
    clock, wake = clock or SystemClock(), threading.Event()
    trial = _Trial(clock.now_s())
    try:
        camera = camera_source(config, clock, wake.set, phone)
    except (CameraError, ConfigError) as error:
        return CameraProbe(False, str(error))
    try:
        while clock.now_s() < trial.ends_s(seconds):
            wake.wait(0.05)
            wake.clear()
            frame = camera.latest()
            if frame is not None:
                trial.came(frame, clock.now_s())
    except ClipOverError:
        pass  # shorter than the trial
    except (CameraError, VisionError) as error:
        return trial.result(str(error))
    finally:
        camera.close()
    return trial.result("" if trial.last else "画像が来ません / no picture came")


@dataclass(slots=True)
class _Trial:
    """What came so far."""

    began_s: float
    first_s: float | None = None
    last_s: float = 0.0
    last: Frame | None = None
    count: int = 0
    picture: Watch = field(default_factory=Watch)

    def ends_s(self, seconds: float) -> float:
        return self.began_s + OPENS_S if self.first_s is None else self.first_s + seconds

    def came(self, frame: Frame, now_s: float) -> None:
        self.first_s = now_s if self.first_s is None else self.first_s
        self.last, self.last_s = frame, now_s
        self.picture = watch(self.picture, frame.image, frame.t_s)
        self.count += 1

    def result(self, fault: str) -> CameraProbe:
        if self.last is None or self.first_s is None:
            return CameraProbe(False, fault)
        height, width = self.last.image.shape[:2]
        lasted_s = self.last_s - self.first_s
        return CameraProbe(
            True,
            fault,
            self.first_s - self.began_s,
            (self.count - 1) / lasted_s if lasted_s else 0.0,
            (width, height),
            round(brightness(self.last.image), 1),
            self.picture.now,
        )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
