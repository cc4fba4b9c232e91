"""Recordings as cameras: `file:CLIP` in real time, `replay:RUN` with the video of a recorded walk."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

from device.cameras.grabber import turned
from device.errors import CameraError
from device.paced import PacedCamera
from device.ports import Clock
from vision.errors import VideoError
from vision.types import Frame
from vision.video import Clip, frames, open_clip

VIDEO, TIMES = "video*.mp4", ".jsonl"


class ClipOverError(CameraError):
    """All of a recording was shown."""


class ClipCamera(PacedCamera):
    """A `CameraSource`: each picture at its time after `began_s`, then `ClipOverError` once."""

    def __init__(
        self,
        path: Path,
        clock: Clock,
        wake: Callable[[], object] = lambda: None,
        *,
        loop: bool = False,
        rotate_deg: int = 0,
    ) -> None:
        clip = opened(path)
        self.began_s = clock.now_s()
        super().__init__(_shown(clip, self.began_s, loop, rotate_deg), clock, wake)


def opened(path: Path) -> Clip:
    """Look into the clip; raises `CameraError`."""
    try:
        return open_clip(path)
    except VideoError as error:
        raise CameraError(f"映像を読めません / the clip cannot be read: {error}") from None


def video_of(run: Path) -> Path:
    """The video of a recorded run's folder, or that file itself; raises `CameraError`."""
    if run.is_file():
        return run
    found = sorted(run.glob(VIDEO))
    if not found:
        raise CameraError(
            f"{run}: この記録に映像はありません / no video in this run: pictures were not recorded"
        )
    return found[0]


def _shown(clip: Clip, began_s: float, loop: bool, rotate_deg: int) -> Iterator[Frame]:
    numbers = count()
    while True:
        last_s = 0.0
        for frame in _timed(clip):
            if not clip.path.exists():  # a stick that was pulled out goes on from memory for a while
                raise CameraError(f"{clip.path}: 映像がなくなりました / the clip is gone: put it back")
            last_s = frame.t_s
            image = turned(frame.image, rotate_deg)
            yield Frame(next(numbers), began_s + frame.t_s, image)
        if not loop:
            raise ClipOverError(f"{clip.path}: 映像が終わりました / the clip is over")
        began_s += last_s + 1 / clip.fps


def _timed(clip: Clip) -> Iterator[Frame]:
    """By the seconds written beside a recorded walk's video, where they are; else by the file's own."""
    told = clip.path.with_suffix(TIMES)
    if not told.is_file():
        yield from frames(clip)
        return
    times = _times(told)
    for frame, t_s in zip(frames(clip), times, strict=False):
        yield replace(frame, t_s=t_s - times[0])


def _times(path: Path) -> list[float]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return [float(json.loads(line)["t_s"]) for line in lines if line.endswith("}")]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CameraError(f"{path}: 時刻を読めません / the times cannot be read ({error})") from None
