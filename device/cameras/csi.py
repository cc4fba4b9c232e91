"""Ribbon-cable cameras: a Raspberry Pi's by rpicam-vid, others through GStreamer where OpenCV has it.

OpenCV from pip is built without GStreamer; the systems' own packages (python3-opencv) have it.
"""

import re
import shutil
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from device.cameras.grabber import Grabbed, Grabber, Opener
from device.cameras.piped import PipedGrabber
from device.errors import CameraError, ConfigError

SIZE: Final = (640, 480)
FPS: Final = 15
TEGRA: Final = Path("/etc/nv_tegra_release")  # a Jetson's mark
RPICAM: Final = "rpicam-vid"
# A sensor's number or name (`rpicam-hello --list-cameras`): nothing that could end a pipeline's word.
_NAME: Final = re.compile(r"[A-Za-z0-9/@,._-]+")


def csi_opener(name: str, size: tuple[int, int] | None = None) -> Opener:
    """Opens the sensor `name` (a number, on a Pi also libcamera's own name); raises `ConfigError`."""
    if not _NAME.fullmatch(name):
        raise ConfigError(f"camera.source 'csi:{name}': csi:0 のように / write csi:0")
    return lambda: opened(name, size or SIZE)


def opened(name: str, size: tuple[int, int]) -> Grabber:
    """By what this machine has; raises `CameraError` that says what to install."""
    rpicam = shutil.which(RPICAM)
    if rpicam is not None and name.isdigit():
        return PipedGrabber(f"csi:{name}", rpicam_command(rpicam, name, size))
    if not cv2.videoio_registry.hasBackend(cv2.CAP_GSTREAMER):
        raise CameraError(
            f"csi:{name}: rpicam-vid も GStreamer もありません / neither is here: "
            "apt install rpicam-apps (Pi) or python3-opencv, in a venv with --system-site-packages (Jetson)"
        )
    return GstreamerGrabber(f"csi:{name}", pipeline(name, size, jetson=TEGRA.exists()))


def rpicam_command(program: str, name: str, size: tuple[int, int]) -> list[str]:
    """Pictures as JPEGs one after the other to its standard output, without end, window or words."""
    width, height = (str(side) for side in size)
    return [
        program, "--camera", name, "--timeout", "0", "--nopreview", "--verbose", "0",
        "--codec", "mjpeg", "--quality", "80", "--framerate", str(FPS),
        "--width", width, "--height", height, "--flush", "--output", "-",
    ]  # fmt: skip


def pipeline(name: str, size: tuple[int, int], *, jetson: bool) -> str:
    """GStreamer's words for the newest BGR picture; `appsink` drops what nobody fetched."""
    width, height = size
    form = f"width={width},height={height},framerate={{fps}}/1"
    sink = "videoconvert ! video/x-raw,format=BGR ! appsink drop=true max-buffers=1 sync=false"
    if jetson:  # its sensors have no mode below 30 frames a second
        raw = f"video/x-raw(memory:NVMM),{form.format(fps=30)}"
        return f"nvarguscamerasrc sensor-id={name} ! {raw} ! nvvidconv ! video/x-raw,format=BGRx ! {sink}"
    which = "" if name == "0" else f' camera-name="{name}"'
    return f"libcamerasrc{which} ! video/x-raw,{form.format(fps=FPS)} ! {sink}"


class GstreamerGrabber:
    """A `Grabber` of a pipeline; raises `CameraError`."""

    def __init__(self, name: str, words: str) -> None:
        self._name = name
        self._capture = cv2.VideoCapture(words, cv2.CAP_GSTREAMER)
        if not self._capture.isOpened():
            raise CameraError(
                f"{name}: カメラを開けません。ケーブルを確かめてください / "
                "cannot be opened: check the ribbon cable, and that no other program uses it"
            )

    def grab(self) -> Grabbed:
        """The next picture."""
        done, image = self._capture.read()
        if not done or image is None or not image.size:
            raise CameraError(f"{self._name}: カメラが止まりました / the camera stopped")
        return Grabbed(np.asarray(image, np.uint8))

    def close(self) -> None:
        """End the pipeline."""
        self._capture.release()
