"""Frames for collecting: of a live camera as they come, of `file:walk.mp4` as fast as read.

The end of a file ends the frames; a live camera that stops raises `CameraError`.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from device.cameras.clip import opened
from device.cameras.csi import csi_opener
from device.cameras.grabber import Opener
from device.cameras.rtsp import rtsp_opener
from device.cameras.uri import CameraUri, parsed, without_secrets
from device.cameras.v4l2 import v4l2_opener
from device.clocks import VirtualClock
from device.errors import CameraError, ConfigError
from device.ports import Clock
from vision.types import Frame
from vision.video import Clip, frames

KINDS: Final = "v4l2:/dev/video0, csi:0, rtsp://…, file:walk.mp4"


def is_file(uri: str) -> bool:
    """Whether the pictures come from a recording, whose hour is not known."""
    return uri.startswith("file:")


def camera_frames(uri: str, clock: Clock) -> Iterator[Frame]:
    """The camera's frames, `t_s` by `clock`; of a file by its own time, to which a virtual clock is moved.

    Opened before the first frame is asked for: `ConfigError` where the URI names none, else `CameraError`.
    """
    named = parsed(uri)
    if named.kind == "file":
        return _from_clip(opened(Path(named.where)), clock)
    return _live(_opener(named, uri), uri, clock)


def _opener(named: CameraUri, uri: str) -> Opener:
    openers: dict[str, Callable[[], Opener]] = {
        "rtsp": lambda: rtsp_opener(named.where),
        "csi": lambda: csi_opener(named.where, named.size),
        "v4l2": lambda: v4l2_opener(named.where, named.size),
    }
    if named.kind not in openers:
        raise ConfigError(
            f"--camera {without_secrets(uri)}: 使えません / cannot be collected from; write {KINDS}"
        )
    return openers[named.kind]()


def _from_clip(clip: Clip, clock: Clock) -> Iterator[Frame]:
    for frame in frames(clip):
        if isinstance(clock, VirtualClock):
            clock.advance_to(frame.t_s)
        yield frame


def _live(opener: Opener, uri: str, clock: Clock) -> Iterator[Frame]:
    grabber = opener()

    def shown() -> Iterator[Frame]:
        index = 0
        try:
            while True:
                yield Frame(index, clock.now_s(), grabber.grab().image)
                index += 1
        except CameraError as error:
            raise CameraError(f"{error}（保存した分は無事です / what is stored is whole）") from None
        finally:
            grabber.close()

    return shown()
