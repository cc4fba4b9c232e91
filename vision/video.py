"""Clips in and out: any file that FFmpeg reads becomes frames with times; pictures become an H.264 MP4."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from math import floor, isfinite
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import av.error
import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream

from vision.errors import VideoError
from vision.types import Frame, Image

FASTEST_FPS = 480.0  # beyond it a header is broken, not a camera fast
_SAME_S = 1e-6  # times of the same frame, reckoned in two ways
# A header's mean rate counts the last frame short or long; a nominal rate this near to it is the true one.
_SAME_RATE = 0.02


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
    with _opened(path) as (container, stream):
        _, first = next(_decoded(container, stream, 0.0), (0.0, None))
        if first is None:
            what = "読める画面がありません / no picture in it can be decoded"
            raise VideoError(f"{path}: {what}: is the file whole?")
        fps = _rate(stream)
        if not isfinite(fps) or not 0 < fps <= FASTEST_FPS:
            what = f"says {fps:g} frames a second, which cannot be: convert it first"
            raise VideoError(f"{path}: コマの速さがおかしい映像です / {what}")
        height, width = _upright(first).shape[:2]
        return Clip(path, fps, _count(container, stream, fps), (width, height))


def nothing_between(path: Path, start_s: float, end_s: float | None) -> str:
    """What is wrong with a span that is empty, or begins before the source."""
    if start_s < 0 or end_s is None:
        return f"{path}: {start_s:g} 秒は始まりの前です / {start_s:g} s is before the beginning"
    what = f"nothing lies between {start_s:g} and {end_s:g} s"
    return f"{path}: {start_s:g}–{end_s:g} 秒には何もありません / {what}"


def nothing_at(path: Path, start_s: float, seconds: float) -> str:
    """What is wrong with a span that begins after the source's end."""
    what = f"{start_s:g} 秒に画面がありません / has no picture at {start_s:g} s"
    return f"{path}: {what} ({seconds:.1f} s long)"


def refuse_folder(path: Path) -> None:
    """Raises `VideoError` where a folder stands in a file's place: it would be noticed only at the end."""
    if path.is_dir():
        raise VideoError(f"{path}: フォルダーがあります / cannot be written: a folder of that name is there")


def not_written(path: Path, error: Exception) -> str:
    """That a file cannot be written, and why."""
    return f"{path}: 書けません / cannot be written ({getattr(error, 'strerror', None) or error})"


def _rate(stream: VideoStream) -> float:
    mean, nominal = float(stream.average_rate or 0), float(stream.guessed_rate or 0)
    return nominal if not mean or abs(nominal - mean) <= _SAME_RATE * mean else mean


def _count(container: InputContainer, stream: VideoStream, fps: float) -> int:
    if stream.frames:
        return int(stream.frames)
    if stream.duration and stream.time_base:
        return max(round(float(stream.duration * stream.time_base) * fps), 0)
    whole_us = container.duration
    return max(round(whole_us / 1_000_000 * fps), 0) if whole_us else 0


@contextmanager
def _opened(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    if not path.exists():
        raise VideoError(f"{path}: ありません / no such file")
    if path.is_dir():
        raise VideoError(f"{path}: 映像ではなくフォルダーです / a folder, not a video")
    try:
        container = av.open(str(path))
    except (av.error.FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        what = f"読める映像ではありません / not a video that can be read ({reason})"
        raise VideoError(f"{path}: {what}") from None
    with container:
        if not container.streams.video:
            raise VideoError(f"{path}: 映像がなく、音だけです / has no video track (sound only?)")
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        yield container, stream


def frames(
    clip: Clip, start_s: float = 0.0, end_s: float | None = None, rate_hz: float | None = None
) -> Iterator[Frame]:
    """The frames from `start_s` until `end_s`, at most `rate_hz` a second; `t_s`: seconds into the clip.

    Only what lies between the key frame before `start_s` and `end_s` is decoded. Which frames are given
    does not depend on the start: `rate_hz` counts from the clip's own beginning. `index` is the frame's
    number in a clip of an even rate. Raises `VideoError` where nothing lies in the span.
    """
    if start_s < 0 or (end_s is not None and end_s <= start_s):
        raise VideoError(nothing_between(clip.path, start_s, end_s))
    if rate_hz is not None and rate_hz <= 0:
        what = f"1 秒 {rate_hz:g} コマは選べません / {rate_hz:g} frames a second: give more than none"
        raise VideoError(f"{clip.path}: {what}")
    given = False
    with _opened(clip.path) as (container, stream):
        last = start_s - 1 / clip.fps
        for t_s, picture in _decoded(container, stream, start_s):
            if end_s is not None and t_s >= end_s - _SAME_S:
                break
            if t_s < start_s - _SAME_S:
                last = t_s
                continue
            if rate_hz is None or _slot(t_s, rate_hz, clip.fps) > _slot(last, rate_hz, clip.fps):
                given = True
                yield Frame(round(t_s * clip.fps), t_s, _upright(picture))
            last = t_s
    if not given:
        raise VideoError(nothing_at(clip.path, start_s, clip.seconds))


def _slot(t_s: float, rate_hz: float, fps: float) -> int:
    """Which of the moments `1 / rate_hz` apart, counted from the clip's beginning, the frame belongs to."""
    return floor((t_s + 0.5 / fps) * rate_hz + _SAME_S)


def _decoded(
    container: InputContainer, stream: VideoStream, start_s: float
) -> Iterator[tuple[float, av.VideoFrame]]:
    """Frames with their seconds into the clip, from some frame at or before `start_s` on."""
    origin_s = float((stream.start_time or 0) * (stream.time_base or 0))
    if start_s > 0 and stream.time_base:
        try:
            container.seek(round((origin_s + start_s) / float(stream.time_base)), stream=stream)
        except av.error.FFmpegError:
            _rewind(container)  # not seekable by time: from the beginning then
    timed = _timed(container, stream, origin_s)
    first = next(timed, None)
    if first is None or (start_s > 0 and first[0] > start_s + _SAME_S):
        # Some containers find the key frame after, or the times only from the beginning on.
        _rewind(container)
        timed = _timed(container, stream, origin_s)
    elif first is not None:
        yield first
    yield from timed


def _rewind(container: InputContainer) -> None:
    with suppress(av.error.FFmpegError):  # a file of a header alone cannot: it has no picture either way
        container.seek(0)


def _timed(
    container: InputContainer, stream: VideoStream, origin_s: float
) -> Iterator[tuple[float, av.VideoFrame]]:
    for count, picture in enumerate(_pictures(container, stream)):
        # A raw stream has no times: then frames are counted, which only works from the beginning.
        t_s = count / _rate(stream) if picture.time is None else picture.time - origin_s
        yield t_s, picture


def _pictures(container: InputContainer, stream: VideoStream) -> Iterator[av.VideoFrame]:
    """Every picture that can be decoded; a broken one in between is left out, as a camera drops one."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
            if packet is None:
                return
            yield from packet.decode()
        except av.error.InvalidDataError:
            continue
        except (av.error.FFmpegError, OSError):
            return  # the file ends in the middle: what was read before is given


def _upright(picture: av.VideoFrame) -> Image:
    """BGR pixels, turned as the file says a phone was held."""
    image = np.asarray(picture.to_ndarray(format="bgr24"), np.uint8)
    turns = round(picture.rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(image, turns)) if turns else image


class VideoWriter:
    """Writes H.264 in MP4. The file appears under its name when it is whole; an earlier one stays till then.

    Use as a context manager: leaving it on an error throws the unfinished file away.
    """

    def __init__(self, path: Path, size: tuple[int, int], fps: float) -> None:
        refuse_folder(path)
        self._path = path
        self._part = path.with_name(path.name + ".part")
        self._even = (size[0] // 2 * 2, size[1] // 2 * 2)  # yuv420p halves both sides
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._container = av.open(str(self._part), "w", format="mp4")
            rate = Fraction(fps).limit_denominator(1001)
            self._stream = self._container.add_stream("libx264", rate=rate)
        except (av.error.FFmpegError, OSError) as error:
            raise VideoError(not_written(path, error)) from None
        self._stream.width, self._stream.height = self._even
        self._stream.pix_fmt = "yuv420p"
        # It is looked at with seeking: a key frame at least every two seconds.
        self._stream.gop_size = max(1, round(2 * fps))
        self._stream.options = {"crf": "23", "preset": "superfast"}

    def write(self, image: Image) -> None:
        """Append one BGR picture; raises `VideoError` (a full disk, another size)."""
        width, height = self._even
        if image.shape[0] // 2 * 2 != height or image.shape[1] // 2 * 2 != width:
            what = f"a picture of another size ({image.shape[1]}x{image.shape[0]})"
            raise VideoError(f"{self._path}: 大きさの違う画面です / {what}")
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(image[:height, :width]), format="bgr24")
        self._mux(picture)

    def _mux(self, picture: av.VideoFrame | None) -> None:
        try:
            for packet in self._stream.encode(picture):
                self._container.mux(packet)
        except (av.error.FFmpegError, OSError) as error:
            raise VideoError(not_written(self._path, error)) from None

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
