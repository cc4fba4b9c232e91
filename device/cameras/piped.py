"""A program that writes JPEGs one after the other to its standard output, as a camera."""

import os
import select
import subprocess
from typing import Final

from device.cameras.grabber import Grabbed
from device.cameras.jpeg import MOST_PIXELS, decoded
from device.errors import CameraError
from vision.errors import FrameError

SILENT_S: Final = 5.0  # a sensor's first picture takes a second or two
MOST_BAD: Final = 5
_BEGIN, _END = b"\xff\xd8\xff", b"\xff\xd9"
_READ: Final = 1 << 16
# No honest JPEG has more bytes than its picture has pixels.
_MOST_BYTES: Final = MOST_PIXELS


class PipedGrabber:
    """A `Grabber` of `command`; raises `CameraError` where it cannot be started."""

    def __init__(self, name: str, command: list[str], silent_s: float = SILENT_S) -> None:
        self._name, self._silent_s = name, silent_s
        self._bytes = bytearray()
        self._closed = False
        self._output, given = os.pipe()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - a fixed program, no shell
                command, stdin=subprocess.DEVNULL, stdout=given, stderr=subprocess.DEVNULL
            )
        except OSError as error:
            os.close(self._output)
            raise CameraError(f"{name}: {command[0]}: 始められません / {error.strerror}") from None
        finally:
            os.close(given)

    def grab(self) -> Grabbed:
        """The newest whole picture of those that came; a few damaged ones are passed over."""
        for _ in range(MOST_BAD):
            try:
                return Grabbed(decoded(self._newest()))
            except FrameError as error:
                why = str(error)
        raise CameraError(f"{self._name}: 画像が壊れています / damaged pictures: {why}")

    def close(self) -> None:
        """End the program; safe to call twice."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(1.0)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if not self._closed:
            self._closed = True
            os.close(self._output)

    def _newest(self) -> bytes:
        jpeg = None
        while jpeg is None:
            self._read(self._silent_s)
            while self._ready(0.0) and len(self._bytes) < _MOST_BYTES:
                self._read(0.0)
            jpeg = self._cut()
            if len(self._bytes) > _MOST_BYTES:
                raise CameraError(f"{self._name}: JPEG ではありません / what it sends is no JPEG")
        return jpeg

    def _cut(self) -> bytes | None:
        """The last whole JPEG of the bytes, which has no thumbnail in it; what is before it goes too."""
        end = self._bytes.rfind(_END)
        begin = self._bytes.rfind(_BEGIN, 0, max(end, 0))
        if end < 0 or begin < 0:
            return None
        jpeg = bytes(self._bytes[begin : end + len(_END)])
        del self._bytes[: end + len(_END)]
        return jpeg

    def _ready(self, patience_s: float) -> bool:
        return bool(select.select([self._output], [], [], patience_s)[0])

    def _read(self, patience_s: float) -> None:
        data = b""
        if self._ready(patience_s):
            data = os.read(self._output, _READ)
            if not data:
                raise CameraError(f"{self._name}: カメラが止まりました / the camera stopped: plug it in")
        elif patience_s:
            raise CameraError(f"{self._name}: 画像が来ません / no picture for {patience_s:g} s")
        self._bytes += data
