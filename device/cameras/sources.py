"""A camera's configuration to its source."""

from collections.abc import Callable
from pathlib import Path

from device.cameras.clip import ClipCamera, video_of
from device.cameras.csi import csi_opener
from device.cameras.glasses import Glasses
from device.cameras.grabber import Opener
from device.cameras.live import LiveCamera, Patience
from device.cameras.rtsp import SILENT_S, rtsp_opener
from device.cameras.uri import CameraUri, parsed, without_secrets
from device.cameras.v4l2 import v4l2_opener
from device.config import CameraConfig
from device.errors import ConfigError
from device.ports import CameraSource, Clock
from vision.types import Frame


class NoCamera:
    """A `CameraSource` that was asked to see nothing."""

    def latest(self) -> Frame | None:
        """Nothing, ever."""
        return None

    def close(self) -> None:
        """Nothing is held."""


def camera_source(
    config: CameraConfig,
    clock: Clock,
    wake: Callable[[], object] = lambda: None,
    phone: Path | None = None,
) -> CameraSource:
    """The source that `config.source` names. `wake`: called, from any thread, when a frame is to be fetched.

    `phone`: the phone part's socket, for `glasses:`. A live camera that is not there yet is told by `latest`;
    `ConfigError` where the URI names none, `CameraError` where a recording cannot be read.
    """
    uri = parsed(config.source)
    turn = config.rotate_deg
    if uri.kind == "none":
        return NoCamera()
    if uri.kind == "file":
        return ClipCamera(Path(uri.where), clock, wake, loop=uri.loop, rotate_deg=turn)
    if uri.kind == "replay":
        return ClipCamera(video_of(Path(uri.where)), clock, wake, rotate_deg=turn)
    if uri.kind == "glasses":
        if phone is None:
            raise ConfigError(
                f"camera.source {config.source!r}: 装置の中だけで / only within the running device"
            )
        return Glasses(phone, clock, turn)
    opener, patience = _opener(uri)
    name = without_secrets(config.source)
    return LiveCamera(name, opener, clock, wake, rotate_deg=turn, patience=patience)


def _opener(uri: CameraUri) -> tuple[Opener, Patience]:
    """How to open it, and how long it may take for a picture."""
    if uri.kind == "rtsp":  # hiccups of a wireless link are no hang: the stream ends itself after SILENT_S
        return rtsp_opener(uri.where), Patience(stuck_s=SILENT_S + 1.0)
    if uri.kind == "csi":
        return csi_opener(uri.where, uri.size), Patience()
    return v4l2_opener(uri.where, uri.size), Patience()
