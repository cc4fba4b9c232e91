"""Cameras in the network, by RTSP over TCP through PyAV (FFmpeg), with short patience."""

from collections.abc import Iterator
from typing import Final

import av
import av.error
import numpy as np
from av.codec.context import Flags

from device.cameras.grabber import Grabbed, Opener
from device.cameras.uri import without_secrets
from device.errors import CameraError

OPENS_S: Final = 5.0
SILENT_S: Final = 3.0  # a stream that has stood still for so long is opened anew
# What UDP loses is half a picture in grey for seconds. Analysed no longer than its size needs.
_OPTIONS: Final = {
    "rtsp_transport": "tcp",
    "fflags": "nobuffer",
    "analyzeduration": "1000000",
    "probesize": "500000",
}


def rtsp_opener(uri: str) -> Opener:
    """Opens the stream at `uri`."""
    return lambda: RtspGrabber(uri)


class RtspGrabber:
    """A `Grabber` of one stream. No message of it shows name or password."""

    def __init__(self, uri: str, opens_s: float = OPENS_S, silent_s: float = SILENT_S) -> None:
        self._name = without_secrets(uri)
        try:
            self._container = av.open(uri, options=_OPTIONS, timeout=(opens_s, silent_s))
        except (av.error.FFmpegError, OSError, ValueError) as error:
            raise CameraError(
                f"{self._name}: 応えません / does not answer ({_why(error)}): camera on? URI right?"
            ) from None
        if not self._container.streams.video:
            self._container.close()
            raise CameraError(f"{self._name}: 映像がありません / sends no pictures: is the URI right?")
        # Cameras send no pictures out of order: none has to be waited for.
        self._container.streams.video[0].codec_context.flags |= int(Flags.low_delay)
        self._pictures = self._decoded()

    def grab(self) -> Grabbed:
        """The next picture; when it was exposed is not told by RTSP."""
        try:
            picture = next(self._pictures)
            return Grabbed(np.asarray(picture.to_ndarray(format="bgr24"), np.uint8))
        except StopIteration:
            why = "the stream ended"
        except (av.error.FFmpegError, OSError, ValueError) as error:
            why = _why(error)
        raise CameraError(f"{self._name}: カメラが止まりました / the camera stopped ({why})") from None

    def close(self) -> None:
        """End the connection."""
        self._container.close()

    def _decoded(self) -> Iterator[av.VideoFrame]:
        """What can be decoded: a damaged picture in between is passed over."""
        for packet in self._container.demux(video=0):
            try:
                yield from packet.decode()
            except av.error.InvalidDataError:
                continue


def _why(error: Exception) -> str:
    """In words without the URI, which FFmpeg's own messages repeat."""
    return getattr(error, "strerror", None) or type(error).__name__
