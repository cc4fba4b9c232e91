"""Keeps the pictures that were looked at, where the wearer agreed: heads and plates blurred.

`video-UTC.mp4` holds JPEGs in fragments of a second: what a process that was cut off has written can be
played. Beside it `video-UTC.jsonl` has a line a picture: {"index", "t_s", "utc_s"}, the frame's number and
its second of exposure. A disk that is too slow loses pictures; it never delays a look.
"""

import json
import logging
import queue
import shutil
import threading
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Final, TextIO

import av
import av.error
import cv2

from device.collect_privacy import Box, blurred
from device.errors import RecordError
from device.ports import Clock
from vision.types import Frame

_log = logging.getLogger(__name__)

JPEG_QUALITY: Final = 80
MOST_BYTES: Final = 1_000_000_000  # of one file: about an hour
LEAST_FREE_BYTES: Final = 500_000_000  # the log of events is on the same disk, and comes first
WAITING: Final = 2  # pictures: more, and the disk is too slow for all of them
_MS: Final = Fraction(1, 1000)
_FRAGMENTS: Final = {
    "movflags": "empty_moov+default_base_moof",
    "frag_duration": "1000000",  # microseconds
    "flush_packets": "1",
}
_ERRORS = (av.error.FFmpegError, OSError, ValueError)


class Film:
    """Writes into `folder` in a thread of its own. `keep`: how many films stay, the oldest go.

    `dropped` counts pictures that the disk was too slow for; `fault`: why it gave up, empty while it has not.
    """

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        keep: int = 20,
        most_bytes: int = MOST_BYTES,
        least_free: int = LEAST_FREE_BYTES,
    ) -> None:
        self._folder, self._clock, self._keep = folder, clock, keep
        self._most_bytes, self._least_free = most_bytes, least_free
        self._waiting: queue.Queue[tuple[Frame, tuple[Box, ...]] | None] = queue.Queue(WAITING)
        self._reel: _Reel | None = None
        self.dropped = 0
        self.fault = ""
        self._thread = threading.Thread(target=self._work, name="film", daemon=True)
        self._thread.start()

    def take(self, frame: Frame, hidden: tuple[Box, ...]) -> None:
        """Keep this picture with `hidden` blurred, if there is time for it; never blocks."""
        if self.fault:
            return
        try:
            self._waiting.put_nowait((frame, hidden))
        except queue.Full:
            self.dropped += 1

    def close(self) -> None:
        """Write what waits and end the file, within two seconds."""
        try:
            self._waiting.put(None, timeout=1.0)
        except queue.Full:
            return  # the disk stands still: what is written can be played
        self._thread.join(1.0)

    def _work(self) -> None:
        try:
            while (taken := self._waiting.get()) is not None:
                self._write(*taken)
        except (RecordError, *_ERRORS) as error:
            self.fault = str(error)
            _log.warning("no more pictures are recorded: %s", error)
        finally:
            if self._reel is not None:
                self._reel.close()

    def _write(self, frame: Frame, hidden: tuple[Box, ...]) -> None:
        height, width = frame.image.shape[:2]
        if self._reel is not None and (
            self._reel.size != (width, height) or self._reel.bytes >= self._most_bytes
        ):
            self._reel.close()
            self._reel = None
        if self._reel is None:
            self._reel = self._begin(width, height)
        done, jpeg = cv2.imencode(
            ".jpg", blurred(frame.image, hidden), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
        )
        if done:
            # The exposure's UTC: the clock may be set in between, so it is told with each picture.
            utc_s = self._clock.utc_s() - (self._clock.now_s() - frame.t_s)
            self._reel.add(jpeg.tobytes(), frame, utc_s)

    def _begin(self, width: int, height: int) -> "_Reel":
        self._folder.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(self._folder).free < self._least_free:
            raise RecordError(f"{self._folder}: ディスクがいっぱいです / the disk is nearly full")
        films = sorted(self._folder.glob("video-*.mp4"))
        for old in films[: max(0, len(films) - self._keep + 1)]:
            old.unlink(missing_ok=True)
            old.with_suffix(".jsonl").unlink(missing_ok=True)
        utc = datetime.fromtimestamp(self._clock.utc_s(), UTC)
        return _Reel(self._folder / f"video-{utc:%Y%m%dT%H%M%S.%f}Z.mp4", (width, height))


class _Reel:
    """One file and its times."""

    def __init__(self, path: Path, size: tuple[int, int]) -> None:
        self.size, self.bytes = size, 0
        self._first_s: float | None = None
        self._last_ms = -1
        times = path.with_suffix(".jsonl")
        for each in (path, times):
            each.touch(mode=0o600)  # faces may be in it, and when somebody was where
        self._lines: TextIO = times.open("w", encoding="utf-8")
        self._container = av.open(str(path), "w", format="mp4", options=_FRAGMENTS)
        self._stream = self._container.add_stream("mjpeg", rate=10)
        self._stream.width, self._stream.height = size
        self._stream.pix_fmt = "yuvj420p"
        self._stream.time_base = _MS

    def add(self, jpeg: bytes, frame: Frame, utc_s: float) -> None:
        """One picture at its second."""
        self._first_s = frame.t_s if self._first_s is None else self._first_s
        at_ms = max(self._last_ms + 1, round((frame.t_s - self._first_s) * 1000))
        self._last_ms = at_ms
        packet = av.Packet(jpeg)
        packet.stream, packet.time_base, packet.is_keyframe = self._stream, _MS, True
        packet.pts = packet.dts = at_ms
        self._container.mux(packet)
        line = {"index": frame.index, "t_s": round(frame.t_s, 4), "utc_s": round(utc_s, 3)}
        self._lines.write(json.dumps(line) + "\n")
        self._lines.flush()
        self.bytes += len(jpeg)

    def close(self) -> None:
        """End the file; a disk that takes nothing more leaves what is written."""
        try:
            self._container.close()
        except _ERRORS as error:
            _log.warning("the film's end could not be written: %s", error)
        self._lines.close()
