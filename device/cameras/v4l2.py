"""USB cameras through OpenCV's V4L2: MJPG, one buffer, the driver's time of each exposure."""

import stat
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from device.cameras.exposure import Exposure, brightness
from device.cameras.grabber import Grabbed, Opener
from device.errors import CameraError

SIZE: Final = (640, 480)  # the model's input is 512 x 384, and every UVC camera has this size
FPS: Final = (
    15  # twice what a small board looks at: the newest picture is never old, and decoding stays cheap
)
MOST_FAILURES: Final = 5  # reads in a row: a camera drops a picture now and then
# V4L2's exposure_auto, which OpenCV hands on as it is.
_AUTO, _MANUAL = 3, 1
_FOURCC: Final = cv2.VideoWriter.fourcc(*"MJPG")


def v4l2_opener(device: str, size: tuple[int, int] | None = None) -> Opener:
    """Opens `device`; a camera that has no such `size` gives the nearest one."""
    return lambda: V4l2Grabber(device, size or SIZE)


class V4l2Grabber:
    """A `Grabber` of one /dev/video; raises `CameraError` where it is not there or in use."""

    def __init__(self, device: str, size: tuple[int, int] = SIZE) -> None:
        self._device = device
        if not is_there(device):
            raise missing(device)
        self._capture = cv2.VideoCapture(device, cv2.CAP_V4L2)
        if not self._capture.isOpened():
            raise CameraError(
                f"{device}: 開けません。他で使用中か、権限がありません / "
                "cannot be opened: in use, no permission (group video), or no camera"
            )
        for what, value in (
            (cv2.CAP_PROP_FOURCC, _FOURCC),
            (cv2.CAP_PROP_FRAME_WIDTH, size[0]),
            (cv2.CAP_PROP_FRAME_HEIGHT, size[1]),
            (cv2.CAP_PROP_FPS, FPS),
            (cv2.CAP_PROP_BUFFERSIZE, 1),
            (cv2.CAP_PROP_AUTO_EXPOSURE, _AUTO),  # whoever used it before may have left it fixed
        ):
            self._capture.set(what, value)  # what a camera cannot do it leaves as it was
        self._exposure = Exposure()

    def grab(self) -> Grabbed:
        """The next picture. A few that are dropped or damaged are passed over."""
        for _ in range(MOST_FAILURES):
            done, image = self._capture.read()
            if done and image is not None and image.size:
                exposed_s = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
                picture = np.asarray(image, np.uint8)
                self._judge(brightness(picture), exposed_s)
                return Grabbed(picture, exposed_s)
            if not is_there(self._device):
                raise missing(self._device)
        raise CameraError(
            f"{self._device}: 画像が来ません。つなぎ直してください / gives no pictures: plug it in again"
        )

    def close(self) -> None:
        """Free the device."""
        self._capture.release()

    def _judge(self, level: float, t_s: float) -> None:
        self._exposure, anew = self._exposure.seen(level, t_s)
        if anew and self._capture.set(cv2.CAP_PROP_AUTO_EXPOSURE, _MANUAL):
            self._capture.set(cv2.CAP_PROP_AUTO_EXPOSURE, _AUTO)


def is_there(device: str) -> bool:
    """Whether the name is a device of this machine now."""
    try:
        return stat.S_ISCHR(Path(device).stat().st_mode)
    except OSError:
        return False


def missing(device: str) -> CameraError:
    """That no camera is there, and what to do."""
    return CameraError(
        f"{device}: カメラがありません。つなぎ直してください / no camera there: plug it in (ls /dev/video*)"
    )
