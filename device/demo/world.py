"""The rehearsed world: a receiver in a noisy city, and a camera that shows what the wearer walks past."""

import queue
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
from pathlib import Path

import cv2
import numpy as np

from device.demo.noise import CityNoise
from device.demo.walker import SAMPLES_PER_S, WALK_MPS, Walk
from device.errors import CameraError
from device.nmea import NmeaParser, sentences
from device.ports import Clock
from routing.geo import Local
from vision.errors import VisionError
from vision.ports import Detector
from vision.types import Detections, Frame, Image
from vision.video import frames, open_clip
from wire.position import Fix, Source

AHEAD = 12  # frames inferred before their time, while speech is being made
# The model runs on one thread (it is steadier beside the voice): a second frame takes the second core.
WORKERS = 2


class SimulatedReceiver:
    """A `PositionSource`: true place + city noise -> NMEA sentences -> parser -> fix, once a second."""

    def __init__(self, walk: Walk, clock: Clock, seed: int, source: Source = "nmea") -> None:
        self._walk = walk
        self._clock = clock
        self._noise = CityNoise(seed)
        self._parser = NmeaParser(source)
        self._next_s = 0.0

    def poll(self) -> tuple[Fix, ...]:
        """The fixes of the seconds that have begun since the last call."""
        fixes: list[Fix] = []
        while self._next_s <= self._clock.now_s():
            fixes += self._second(self._next_s)
            self._next_s += 1.0
        return tuple(fixes)

    def close(self) -> None:
        """Nothing is held."""

    def _second(self, t_s: float) -> list[Fix]:
        heard = []
        for line in sentences(self.measured(t_s)):
            fix = self._parser.feed(line)
            if fix is not None:
                heard.append(fix)
        # The sentences of one second belong together; the receiver pauses before the next.
        last = self._parser.flush()
        return [*heard, last] if last is not None else heard

    def measured(self, t_s: float) -> Fix:
        """The receiver's answer for one second of the walk; draws from the noise."""
        plane: Local = self._walk.plane
        sample = self._walk.at(t_s)
        error = self._noise.step()
        lat, lon = plane.from_xy((sample.east_m + error.east_m, sample.north_m + error.north_m))
        standing = self._walk.standing(t_s)
        return Fix(
            utc_s=round(self._clock.utc_s() - self._clock.now_s() + t_s, 2),
            lat=lat,
            lon=lon,
            accuracy_m=error.accuracy_m,
            speed_mps=0.0 if standing else WALK_MPS,
            course_deg=None if standing else sample.heading_deg % 360.0,
            source="nmea",
        )


class _SensorNoise:
    """Two grey levels of noise, by the frame's number, so that a standing camera is not a frozen one."""

    def __init__(self, width: int, height: int) -> None:
        self._tile = np.random.default_rng(0).integers(0, 3, (height + 64, width + 64, 3), dtype=np.uint8)

    def on(self, image: Image, number: int) -> Image:
        """A noisy copy."""
        height, width = image.shape[:2]
        down, right = (number * 29) % 64, (number * 47) % 64
        return np.asarray(
            cv2.add(image, self._tile[down : down + height, right : right + width]), dtype=np.uint8
        )


def walk_frames(walk: Walk, clip: Path) -> Iterator[Frame]:
    """The rendered clip in the wearer's time: one picture a sample, repeated while the wearer stands."""
    pictures = frames(open_clip(clip))
    picture = next(pictures)
    noise = _SensorNoise(picture.image.shape[1], picture.image.shape[0])
    shown = 0
    for number in count():
        t_s = number / SAMPLES_PER_S
        while shown < walk.sample_index(t_s):
            following = next(pictures, None)
            if following is None:
                raise CameraError(
                    f"{clip}: ends after {shown + 1} pictures; the walk has {len(walk.samples)}"
                )
            picture, shown = following, shown + 1
        yield Frame(number, t_s, noise.on(picture.image, number))


def video_frames(video: Path, start_s: float, fps: float) -> Iterator[Frame]:
    """A user's clip from `start_s` on, at most `fps` frames a second (the newest wins, as on the device)."""
    for number, picture in enumerate(frames(open_clip(video), rate_hz=fps)):
        yield Frame(number, start_s + picture.t_s, picture.image)


class AheadCamera:
    """A `CameraSource` and a `Detector` at once: frames are inferred in threads, a little before their time.

    The walk's frames are known beforehand, so inference need not wait for the voice, and one frame not
    for another; each still gets exactly the answer that it would get in its turn.
    """

    def __init__(self, frames: Iterable[Frame], detector: Detector, clock: Clock) -> None:
        self._clock = clock
        self._ready: queue.Queue[tuple[Frame, Future[Detections]] | Exception | None] = queue.Queue(AHEAD)
        self._next: tuple[Frame, Detections] | None = None
        self._current: tuple[Frame, Detections] | None = None
        self._ended = False
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._infer, args=(frames, detector), name="ahead", daemon=True
        )
        self._thread.start()

    def latest(self) -> Frame | None:
        """The newest frame whose time has come; `CameraError` or `VisionError` from the clip or the model."""
        newest: tuple[Frame, Detections] | None = None
        while (following := self._peek()) is not None and following[0].t_s <= self._clock.now_s() + 1e-9:
            newest, self._next = following, None
        if newest is None:
            return None
        self._current = newest
        return newest[0]

    def detect(self, frame: Frame) -> Detections:
        """What the model saw in the frame that `latest` gave out last."""
        if self._current is None or self._current[0].index != frame.index:
            raise CameraError(f"frame {frame.index} was not inferred")
        return self._current[1]

    def close(self) -> None:
        """End the thread; safe to call twice."""
        self._stop.set()
        while self._thread.is_alive():
            try:
                self._ready.get(timeout=0.05)
            except queue.Empty:
                continue

    def _peek(self) -> tuple[Frame, Detections] | None:
        if self._next is None and not self._ended:
            item = self._ready.get()
            if isinstance(item, Exception):
                self._ended = True
                raise item
            self._ended = item is None
            self._next = None if item is None else (item[0], item[1].result())
        return self._next

    def _infer(self, frames: Iterable[Frame], detector: Detector) -> None:
        with ThreadPoolExecutor(WORKERS, thread_name_prefix="infer") as pool:
            try:
                for frame in frames:
                    self._put((frame, pool.submit(detector.detect, frame)))
                    if self._stop.is_set():
                        return
                self._put(None)
            except (VisionError, CameraError, OSError) as error:
                self._put(error)

    def _put(self, item: tuple[Frame, Future[Detections]] | Exception | None) -> None:
        while not self._stop.is_set():
            try:
                self._ready.put(item, timeout=0.1)
            except queue.Full:
                continue
            return


class NoCamera:
    """A `CameraSource` that never has a picture."""

    def latest(self) -> Frame | None:
        """Nothing, ever."""
        return None

    def close(self) -> None:
        """Nothing is held."""
