"""A source through the same pipeline as on the device, frame by frame, on as many cores as there are.

The network takes nine tenths of the time and needs nothing of what went before: frames are detected a
little ahead, several at once. Everything after it runs in order, so the answers are those of the device.
"""

from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock

from vision.attitude import AttitudeSource
from vision.camera import Camera, unknown_camera
from vision.errors import VideoError
from vision.onnx_detector import OnnxDetector
from vision.pipeline import Pipeline, Seen, Settings
from vision.ports import Detector
from vision.sources import Source, frames_of
from vision.types import Detections, Frame
from vision.video import nothing_at, nothing_between

RATE_HZ = 10.0  # what the device reaches on a small computer
# Before a span: confirmed tracks take half a second, the paving's memory one, samples of a track live 1.6 s.
WARM_UP_S = 2.0
AHEAD = 2  # frames for each that is being looked at: enough that no core waits for a frame to be read


@dataclass(frozen=True, slots=True)
class Span:
    """Which frames: from, to (None: the end), at most how many a second, and how much before to warm up."""

    start_s: float = 0.0
    end_s: float | None = None
    rate_hz: float = RATE_HZ
    warm_up_s: float = WARM_UP_S

    @property
    def read_from_s(self) -> float:
        """The second of the first frame that is looked at."""
        return max(0.0, self.start_s - self.warm_up_s)

    def expected(self, source: Source) -> int:
        """About how many frames; 0 where the source does not say how long it is."""
        until = source.seconds if self.end_s is None else min(self.end_s, source.seconds)
        return max(round((until - self.read_from_s) * min(self.rate_hz, source.fps)), 0)


@dataclass(frozen=True, slots=True)
class Moment:
    """One frame and what each detector's pipeline made of it; `wanted` False: it only warmed up."""

    frame: Frame
    seen: tuple[Seen, ...]
    wanted: bool = True


def moments(
    source: Source,
    detectors: Sequence[Detector],
    span: Span,
    camera: Camera | None = None,
    settings: Settings | None = None,
    jobs: int = 1,
    imu: AttitudeSource | None = None,
) -> Generator[Moment, None, None]:
    """Every frame of the span, with a warm-up before it, in order.

    `camera`: lens and pose (its size is taken from the source); `jobs`: frames detected at once; `imu`: how
    the head was held, in the source's seconds.
    Raises `VideoError`, `FrameError`, `ModelError`.
    """
    _check(source, span)
    lens = (camera or unknown_camera(*source.size)).resized(*source.size)
    answers = [_Answer() for _ in detectors]
    pipelines = [Pipeline(answer, lens, settings) for answer in answers]
    read = frames_of(source, span.read_from_s, span.end_s, span.rate_hz)
    given = False
    for frame, found in _detected(read, detectors, jobs):
        for answer, future in zip(answers, found, strict=True):
            answer.future = future
        wanted = frame.t_s >= span.start_s - 1e-6
        given = given or wanted
        held = None if imu is None else imu.at(frame.t_s)
        yield Moment(frame, tuple(pipeline.see(frame, attitude=held) for pipeline in pipelines), wanted)
    if not given:
        raise VideoError(nothing_at(source.path, span.start_s, source.seconds))


def _check(source: Source, span: Span) -> None:
    if span.start_s < 0 or (span.end_s is not None and span.end_s <= span.start_s):
        raise VideoError(nothing_between(source.path, span.start_s, span.end_s))
    if 0 < source.seconds <= span.start_s:
        raise VideoError(nothing_at(source.path, span.start_s, source.seconds))
    if span.warm_up_s < 0:
        raise VideoError(f"助走は 0 秒以上です / a warm-up of {span.warm_up_s:g} s: give 0 or more")


class _Answer:
    """A `Detector` that hands out what was found ahead of time."""

    future: Future[Detections]

    def detect(self, frame: Frame) -> Detections:
        """Of the frame whose turn it is."""
        return self.future.result()


class _OneAtATime:
    """A `Detector` that must not be asked by two threads at once."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._lock = Lock()

    def detect(self, frame: Frame) -> Detections:
        """When the other is done."""
        with self._lock:
            return self._detector.detect(frame)


def _detected(
    read: Iterator[Frame], detectors: Sequence[Detector], jobs: int
) -> Iterator[tuple[Frame, tuple[Future[Detections], ...]]]:
    """Frames in order, with what is being found in them; a few are begun before their turn."""
    # ONNX Runtime's sessions are made for many threads; of the others nobody promises it.
    safe = [each if isinstance(each, OnnxDetector) else _OneAtATime(each) for each in detectors]
    pool = ThreadPoolExecutor(jobs, thread_name_prefix="detect")
    begun: deque[tuple[Frame, tuple[Future[Detections], ...]]] = deque()
    try:
        for frame in read:
            begun.append((frame, tuple(pool.submit(each.detect, frame) for each in safe)))
            if len(begun) > AHEAD * jobs:
                yield begun.popleft()
        while begun:
            yield begun.popleft()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
