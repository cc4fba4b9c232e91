"""Frames for collecting: `v4l2:/dev/video0`, `rtsp://…` as they come, `file:walk.mp4` as fast as read.

The end of a file ends the frames; a live camera that stops raises `CameraError`.
"""

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import cv2
import numpy as np

from device.clocks import VirtualClock
from device.errors import CameraError, ConfigError
from device.ports import Clock
from vision.errors import VideoError
from vision.types import Frame
from vision.video import Clip, frames, open_clip

MOST_FAILURES: Final = 5  # reads in a row: a camera drops a picture now and then
PATIENCE_MS: Final = 8000  # for a stream to open or to go on
KINDS: Final = "v4l2:/dev/video0, rtsp://…, file:walk.mp4"


def is_file(uri: str) -> bool:
    """Whether the pictures come from a recording, whose hour is not known."""
    return uri.startswith("file:")


def without_secrets(uri: str) -> str:
    """The URI without name and password, for records."""
    if not uri.startswith("rtsp"):
        return uri
    parts = urlsplit(uri)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=""))


def camera_frames(uri: str, clock: Clock) -> Iterator[Frame]:
    """The camera's frames, `t_s` by `clock`; of a file by its own time, to which a virtual clock is moved.

    Opened before the first frame is asked for: `ConfigError` where the URI names none, else `CameraError`.
    """
    kind, _, rest = uri.partition(":")
    if kind == "file" and rest:
        return _from_clip(_clip(Path(rest)), clock)
    if kind == "v4l2" and rest:
        return _live(_device(rest), uri, clock)
    if kind in ("rtsp", "rtsps") and rest.startswith("//"):
        return _live(_stream(uri), uri, clock)
    raise ConfigError(f"--camera {without_secrets(uri)}: 使えません / is not known; write {KINDS}")


def _clip(path: Path) -> Clip:
    try:
        return open_clip(path)
    except VideoError as error:
        raise CameraError(f"映像を読めません / the clip cannot be read: {error}") from None


def _from_clip(clip: Clip, clock: Clock) -> Iterator[Frame]:
    for frame in frames(clip):
        if isinstance(clock, VirtualClock):
            clock.advance_to(frame.t_s)
        yield frame


def _device(name: str) -> cv2.VideoCapture:
    path = Path(name)
    if not path.exists() or not stat.S_ISCHR(path.stat().st_mode):
        raise CameraError(
            f"{name}: カメラがありません。つなぎ直してください / no camera there: plug it in (ls /dev/video*)"
        )
    capture = cv2.VideoCapture(name, cv2.CAP_V4L2)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    if not capture.isOpened():
        raise CameraError(
            f"{name}: 開けません。他で使用中か、権限がありません / cannot be opened: in use, or no permission"
        )
    return capture


def _stream(uri: str) -> cv2.VideoCapture:
    patience = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, PATIENCE_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, PATIENCE_MS]
    capture = cv2.VideoCapture(uri, cv2.CAP_FFMPEG, patience)
    if not capture.isOpened():
        raise CameraError(
            f"{without_secrets(uri)}: 応えません / does not answer: is the camera on, the URI right?"
        )
    return capture


def _live(capture: cv2.VideoCapture, uri: str, clock: Clock) -> Iterator[Frame]:
    index = failures = 0
    try:
        while failures < MOST_FAILURES:
            ok, image = capture.read()
            if not ok or image is None:
                failures += 1
                continue
            failures = 0
            yield Frame(index, clock.now_s(), np.asarray(image, np.uint8))
            index += 1
    finally:
        capture.release()
    raise CameraError(
        f"{without_secrets(uri)}: カメラが止まりました。保存した分は無事です / "
        "the camera stopped; what is stored is whole"
    )
