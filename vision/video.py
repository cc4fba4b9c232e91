"""Clips in and out: any file that OpenCV reads becomes frames with times; pictures become an H.264 MP4."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import av.error
import cv2
import numpy as np

from vision.errors import VideoError
from vision.types import Frame, Image

FASTEST_FPS = 480.0  # beyond it a header is broken, not a camera fast


@dataclass(frozen=True, slots=True)
class Clip:
    """A file with at least one picture. `frames`: as its header says, 0 where it does not."""

    path: Path
    fps: float
    frames: int
    size: tuple[int, int]  # width, height

    @property
    def seconds(self) -> float:
        """Length by the header; 0.0 where it does not say."""
        return self.frames / self.fps


def open_clip(path: Path) -> Clip:
    """Look into `path` and decode its first picture; raises `VideoError` with one line."""
    _probe(path)
    capture = cv2.VideoCapture(str(path))
    try:
        fps = capture.get(cv2.CAP_PROP_FPS)
        ok, image = capture.read()
        if not ok or image is None or image.size == 0:
            raise VideoError(f"{path}: no picture in it can be decoded: is the file whole?")
        if not isfinite(fps) or not 0 < fps <= FASTEST_FPS:
            raise VideoError(f"{path}: says {fps} frames a second, which cannot be: convert it first")
        count = max(int(capture.get(cv2.CAP_PROP_FRAME_COUNT)), 0)
        return Clip(path, fps, count, (image.shape[1], image.shape[0]))
    finally:
        capture.release()


def _probe(path: Path) -> None:
    """FFmpeg's own reason, which OpenCV would print to the terminal and then hide."""
    if not path.exists():
        raise VideoError(f"{path}: no such file")
    if path.is_dir():
        raise VideoError(f"{path}: a folder, not a video")
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise VideoError(f"{path}: has no video track (sound only?)")
    except (av.error.FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise VideoError(f"{path}: not a video that can be read ({reason})") from None


def frames(
    clip: Clip, start_s: float = 0.0, end_s: float | None = None, rate_hz: float | None = None
) -> Iterator[Frame]:
    """The frames from `start_s` until `end_s`, at most `rate_hz` a second; `t_s`: seconds into the clip.

    Raises `VideoError` where `start_s` lies beyond the end or the span is empty.
    """
    if start_s < 0 or (end_s is not None and end_s <= start_s):
        raise VideoError(f"{clip.path}: nothing lies between {start_s:g} s and {end_s} s")
    if rate_hz is not None and rate_hz <= 0:
        raise VideoError(f"{clip.path}: {rate_hz:g} frames a second: give more than none")
    capture = cv2.VideoCapture(str(clip.path))
    try:
        index = _seek(capture, round(start_s * clip.fps))
        given = 0
        while (end_s is None or index / clip.fps < end_s) and capture.grab():
            if _due(index / clip.fps - start_s, given, rate_hz, clip.fps):
                ok, image = capture.retrieve()
                if not ok:
                    break
                given += 1
                yield Frame(index, index / clip.fps, np.asarray(image, np.uint8))
            index += 1
        if not given:
            raise VideoError(f"{clip.path}: has no picture at {start_s:g} s ({clip.seconds:.1f} s long)")
    finally:
        capture.release()


def _seek(capture: cv2.VideoCapture, index: int) -> int:
    if index > 0:
        capture.set(cv2.CAP_PROP_POS_FRAMES, index)
    return index


def _due(elapsed_s: float, given: int, rate_hz: float | None, fps: float) -> bool:
    return rate_hz is None or elapsed_s + 0.5 / fps >= given / rate_hz


class VideoWriter:
    """Writes H.264 in MP4. The file appears under its name when it is whole; an earlier one stays till then.

    Use as a context manager: leaving it on an error throws the unfinished file away.
    """

    def __init__(self, path: Path, size: tuple[int, int], fps: float) -> None:
        self._path = path
        self._part = path.with_name(path.name + ".part")
        self._even = (size[0] // 2 * 2, size[1] // 2 * 2)  # yuv420p halves both sides
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._container = av.open(str(self._part), "w", format="mp4")
            rate = Fraction(fps).limit_denominator(1001)
            self._stream = self._container.add_stream("libx264", rate=rate)
        except (av.error.FFmpegError, OSError) as error:
            raise VideoError(f"{path}: cannot be written ({getattr(error, 'strerror', error)})") from None
        self._stream.width, self._stream.height = self._even
        self._stream.pix_fmt = "yuv420p"
        self._stream.options = {"crf": "23", "preset": "veryfast"}

    def write(self, image: Image) -> None:
        """Append one BGR picture; raises `VideoError` (a full disk, another size)."""
        width, height = self._even
        if image.shape[0] // 2 * 2 != height or image.shape[1] // 2 * 2 != width:
            raise VideoError(f"{self._path}: a picture of another size ({image.shape[1]}x{image.shape[0]})")
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(image[:height, :width]), format="bgr24")
        self._mux(picture)

    def _mux(self, picture: av.VideoFrame | None) -> None:
        try:
            for packet in self._stream.encode(picture):
                self._container.mux(packet)
        except (av.error.FFmpegError, OSError) as error:
            raise VideoError(
                f"{self._path}: cannot be written ({error.strerror}): is the disk full?"
            ) from None

    def close(self) -> None:
        """Finish the file and give it its name."""
        self._mux(None)
        self._container.close()
        self._part.replace(self._path)

    def discard(self) -> None:
        """Throw the unfinished file away."""
        try:
            self._container.close()
        except (av.error.FFmpegError, OSError, ValueError):
            pass  # an empty MP4 has no index to write: it is thrown away all the same
        finally:
            self._part.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()
