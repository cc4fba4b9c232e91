"""What can be looked at: a video, a folder of pictures as a camera wrote them, a single picture."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vision.errors import VideoError
from vision.pictures import SUFFIXES, read_picture
from vision.types import Frame
from vision.video import Clip, frames, nothing_at, open_clip

FOLDER_HZ = 10.0  # of a folder that says nothing: what the device looks at
# A thing is told once three frames have shown it; four looks at a picture leave one to spare, and end
# before the same picture again counts as a frozen camera.
LOOKS = 4


@dataclass(frozen=True, slots=True)
class Folder:
    """Pictures of one size in the order of their names, `fps` a second."""

    path: Path
    files: tuple[Path, ...]
    fps: float
    size: tuple[int, int]

    @property
    def frames(self) -> int:
        """How many there are."""
        return len(self.files)

    @property
    def seconds(self) -> float:
        """How long they last."""
        return len(self.files) / self.fps


@dataclass(frozen=True, slots=True)
class Still:
    """One picture, looked at `LOOKS` times as by somebody who stands."""

    path: Path
    size: tuple[int, int]
    fps: float = FOLDER_HZ
    frames: int = LOOKS

    @property
    def seconds(self) -> float:
        """How long it is looked at."""
        return self.frames / self.fps


Source = Clip | Folder | Still


def open_source(path: Path, fps: float = FOLDER_HZ) -> Source:
    """Look into a video, folder or picture; raises `VideoError` or `FrameError` with one line.

    `fps`: of a folder's pictures.
    """
    if path.is_dir():
        return _folder(path, fps)
    if path.suffix.lower() in SUFFIXES:
        height, width = read_picture(path).shape[:2]
        return Still(path, (width, height))
    return open_clip(path)


def _folder(path: Path, fps: float) -> Folder:
    if fps <= 0:
        what = f"1 秒 {fps:g} 枚は選べません / {fps:g} pictures a second: give more than none"
        raise VideoError(f"{path}: {what}")
    files = sorted((each for each in path.iterdir() if each.suffix.lower() in SUFFIXES), key=_in_order)
    if not files:
        kinds = " ".join(sorted(SUFFIXES))
        raise VideoError(f"{path}: 写真がありません / no picture in it ({kinds})")
    height, width = read_picture(files[0]).shape[:2]
    return Folder(path, tuple(files), fps, (width, height))


def _in_order(path: Path) -> tuple[tuple[int, str], ...]:
    """By name, with numbers by their value: 9.jpg before 10.jpg."""
    parts = re.split(r"(\d+)", path.name.lower())
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in parts)


def frames_of(
    source: Source, start_s: float = 0.0, end_s: float | None = None, rate_hz: float | None = None
) -> Iterator[Frame]:
    """The frames of any source, as `vision.video.frames` gives them. Raises `VideoError`, `FrameError`."""
    match source:
        case Clip():
            yield from frames(source, start_s, end_s, rate_hz)
        case Folder():
            yield from _pictures(source, start_s, end_s, rate_hz)
        case Still():
            image = read_picture(source.path)
            yield from (Frame(index, index / source.fps, image) for index in range(source.frames))


def _pictures(folder: Folder, start_s: float, end_s: float | None, rate_hz: float | None) -> Iterator[Frame]:
    wanted = [
        index
        for index in range(folder.frames)
        if start_s - 1e-6 <= index / folder.fps and (end_s is None or index / folder.fps < end_s - 1e-6)
        and _due(index, folder.fps, rate_hz)
    ]  # fmt: skip
    if not wanted:
        raise VideoError(nothing_at(folder.path, start_s, folder.seconds))
    for index in wanted:
        image = read_picture(folder.files[index])
        if (image.shape[1], image.shape[0]) != folder.size:
            width, height = folder.size
            raise VideoError(
                f"{folder.files[index]}: {image.shape[1]}x{image.shape[0]}, the first is {width}x{height}: "
                "写真の大きさは同じに / one camera's pictures have one size; give single pictures one by one"
            )
        yield Frame(index, index / folder.fps, image)


def _due(index: int, fps: float, rate_hz: float | None) -> bool:
    """Whether the picture begins another of the moments `1 / rate_hz` apart."""
    if rate_hz is None:
        return True
    return int((index + 0.5) / fps * rate_hz + 1e-6) > int((index - 0.5) / fps * rate_hz + 1e-6) or index == 0
