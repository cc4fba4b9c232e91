"""Writing the clip: H.264 in MP4, held to a size."""

from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av

from vision.types import Image


class Film:
    """Frames in, an MP4 out; the bit rate is what keeps `frames` of them under `max_bytes`."""

    def __init__(self, path: Path, size: tuple[int, int], fps: int, frames: int, max_bytes: int) -> None:
        self._container = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
        rate = int(max_bytes * 8 * 0.97 / (frames / fps))
        # Ten seconds between key frames: a clip of a walk is read from the start or by the minute.
        tune = {"preset": "slow", "g": str(10 * fps), "bf": "2", "x264-params": "aq-mode=3"}
        self._stream = self._container.add_stream("libx264", rate=Fraction(fps), options=tune)
        self._stream.width, self._stream.height = size
        self._stream.pix_fmt = "yuv420p"
        self._stream.bit_rate = min(rate, 900_000)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: BaseException | TracebackType | None) -> None:
        if kind is None:
            self._container.mux(self._stream.encode(None))
        self._container.close()

    def add(self, image: Image) -> None:
        """One BGR picture, in order."""
        frame = av.VideoFrame.from_ndarray(image, format="bgr24")
        self._container.mux(self._stream.encode(frame))
