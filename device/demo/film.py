"""walk.mp4: annotated camera, map and captions, with what was heard as the sound track.

Pictures are composed and encoded in a thread of their own while the walk goes on; the sound is known
only at the end, so it is joined then without encoding the pictures again.
"""

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
from av.audio.stream import AudioStream
from PIL import Image as Pil
from PIL import ImageDraw

from device.demo.canvas import japanese_font
from device.errors import RecordError
from device.ports import SAMPLE_RATE, Pcm

Image = npt.NDArray[np.uint8]

WIDTH, HEIGHT = 960, 540
CAMERA_W, CAMERA_H = 640, 480
PANEL_W = WIDTH - CAMERA_W
MAP_H = 330
BAR_H = HEIGHT - CAMERA_H

_URGENCY_COLOURS = {
    "info": (200, 200, 200),
    "guidance": (255, 200, 120),
    "caution": (80, 220, 255),
    "hazard": (70, 120, 255),
    "stop": (80, 80, 255),
}


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture of the film. `camera` is annotated already, or None where there is none."""

    camera: Callable[[], Image] | None
    panel: Callable[[], Image]  # PANEL_W x MAP_H, BGR
    lines: tuple[str, ...]  # state, under the map
    caption_ja: str
    caption_en: str
    urgency: str


class Film:
    """Encodes shots as they come; `finish` joins the sound. Raises `RecordError` where writing fails."""

    def __init__(self, path: Path, fps: float) -> None:
        self._path = path
        self._silent = path.with_suffix(".silent.mp4")
        self._fps = Fraction(fps).limit_denominator(1000)
        self._queue: queue.Queue[Shot | None] = queue.Queue(maxsize=24)
        self._fault: Exception | None = None
        self._thread = threading.Thread(target=self._encode, name="film", daemon=True)
        self._thread.start()

    def add(self, shot: Shot) -> None:
        """Queue one picture; waits where the encoder is behind."""
        self._raise_fault()
        self._put(shot)

    def finish(self, sound: Pcm) -> None:
        """End the pictures and join the sound (mono at SAMPLE_RATE)."""
        self._put(None)
        self._thread.join()
        self._raise_fault()
        try:
            _join(self._silent, sound, self._path)
        except (OSError, av.error.FFmpegError) as error:
            raise RecordError(f"cannot write {self._path}: {error}") from None
        finally:
            self._silent.unlink(missing_ok=True)

    def abandon(self) -> None:
        """Stop without a film; safe after a fault."""
        if self._thread.is_alive():
            self._put(None)
            self._thread.join(timeout=5.0)
        self._silent.unlink(missing_ok=True)

    def _put(self, shot: Shot | None) -> None:
        """Wait for room, but never for an encoder that is gone."""
        while True:
            try:
                self._queue.put(shot, timeout=1.0)
            except queue.Full:
                if not self._thread.is_alive():
                    raise RecordError(f"cannot write {self._path}: the encoder ended") from None
            else:
                return

    def _raise_fault(self) -> None:
        if self._fault is not None:
            raise RecordError(f"cannot write {self._path}: {self._fault}") from None

    def _encode(self) -> None:
        try:
            with av.open(str(self._silent), "w") as container:
                stream = container.add_stream("libx264", rate=self._fps)
                stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
                stream.thread_count = 1  # the other core belongs to the model
                # A walk is watched with seeking: a key frame at least every ten seconds.
                stream.gop_size = max(1, round(10 * self._fps))
                stream.options = {"preset": "superfast", "crf": "30"}
                while (shot := self._queue.get()) is not None:
                    frame = av.VideoFrame.from_ndarray(compose(shot), format="bgr24")
                    container.mux(stream.encode(frame))
                container.mux(stream.encode())
        except (OSError, av.error.FFmpegError, cv2.error) as error:
            self._fault = error
            # The producer may be waiting for room: take until it says that it is done.
            while self._queue.get() is not None:
                pass


def _join(silent: Path, sound: Pcm, path: Path) -> None:
    with (
        av.open(str(silent)) as pictures,
        av.open(str(path), "w", options={"movflags": "+faststart"}) as film,
    ):
        source = pictures.streams.video[0]
        target = film.add_stream_from_template(source)
        voice = film.add_stream("aac", rate=SAMPLE_RATE)
        voice.layout = "mono"
        voice.bit_rate = 96_000
        chunks = _sound_packets(sound, voice)
        chunk = next(chunks, None)
        for packet in pictures.demux(source):
            if packet.dts is None:
                continue
            now = float(packet.dts * packet.time_base) if packet.time_base else 0.0
            while chunk is not None and chunk[0] <= now:
                film.mux(chunk[1])
                chunk = next(chunks, None)
            packet.stream = target
            film.mux(packet)
        while chunk is not None:
            film.mux(chunk[1])
            chunk = next(chunks, None)


def _sound_packets(sound: Pcm, stream: AudioStream) -> "Iterator[tuple[float, list[av.Packet[AudioStream]]]]":
    """(second, packets) in order; AAC takes 1,024 samples a frame."""
    size = 1024 * 40
    for start in range(0, len(sound), size):
        frame = av.AudioFrame.from_ndarray(
            sound[np.newaxis, start : start + size], format="s16", layout="mono"
        )
        frame.sample_rate = SAMPLE_RATE
        frame.pts = start
        frame.time_base = Fraction(1, SAMPLE_RATE)
        yield start / SAMPLE_RATE, stream.encode(frame)
    yield len(sound) / SAMPLE_RATE, stream.encode(None)


def compose(shot: Shot) -> Image:
    """One BGR picture of WIDTH x HEIGHT."""
    picture = np.full((HEIGHT, WIDTH, 3), 24, np.uint8)
    if shot.camera is not None:
        picture[:CAMERA_H, :CAMERA_W] = _fit(shot.camera())
    else:
        picture[:CAMERA_H, :CAMERA_W] = _text_block(
            ("カメラの映像はありません", "no camera picture"), CAMERA_W, CAMERA_H, 22
        )
    picture[:MAP_H, CAMERA_W:] = shot.panel()
    picture[MAP_H:CAMERA_H, CAMERA_W:] = _text_block(shot.lines, PANEL_W, CAMERA_H - MAP_H, 15)
    picture[CAMERA_H:, :] = _caption(shot.caption_ja, shot.caption_en, shot.urgency)
    return picture


def _fit(camera: Image) -> Image:
    """Scale into CAMERA_W x CAMERA_H, keeping the shape, dark bars where it differs."""
    height, width = camera.shape[:2]
    scale = min(CAMERA_W / width, CAMERA_H / height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    resized = cv2.resize(camera, size, interpolation=cv2.INTER_LINEAR)
    if size == (CAMERA_W, CAMERA_H):
        return np.asarray(resized, dtype=np.uint8)
    framed = np.full((CAMERA_H, CAMERA_W, 3), 24, np.uint8)
    top, left = (CAMERA_H - size[1]) // 2, (CAMERA_W - size[0]) // 2
    framed[top : top + size[1], left : left + size[0]] = resized
    return framed


@lru_cache(maxsize=64)
def _text_block(lines: tuple[str, ...], width: int, height: int, size: int) -> Image:
    block = Pil.new("RGB", (width, height), (24, 24, 24))
    draw = ImageDraw.Draw(block)
    for number, line in enumerate(lines):
        draw.text((10, 8 + number * (size + 8)), line, font=japanese_font(size), fill=(235, 235, 235))
    return np.asarray(block, dtype=np.uint8)[:, :, ::-1]


@lru_cache(maxsize=64)
def _caption(ja: str, en: str, urgency: str) -> Image:
    bar = Pil.new("RGB", (WIDTH, BAR_H), (12, 12, 12))
    draw = ImageDraw.Draw(bar)
    blue, green, red = _URGENCY_COLOURS.get(urgency, (200, 200, 200))
    if ja:
        draw.rectangle((0, 0, 7, BAR_H), fill=(red, green, blue))
    draw.text((16, 5), _shorten(draw, ja, 23), font=japanese_font(23), fill=(255, 255, 255))
    draw.text((16, 36), _shorten(draw, en, 15), font=japanese_font(15), fill=(190, 190, 190))
    return np.asarray(bar, dtype=np.uint8)[:, :, ::-1]


def _shorten(draw: ImageDraw.ImageDraw, text: str, size: int) -> str:
    font = japanese_font(size)
    if draw.textlength(text, font=font) <= WIDTH - 30:
        return text
    while text and draw.textlength(text + "…", font=font) > WIDTH - 30:
        text = text[:-1]
    return text + "…"
