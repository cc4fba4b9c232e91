"""`shirube vision bench`: milliseconds a frame, the network apart from everything else, on one core.

Every frame goes through each stage, then to the peers, and so on in turn: whatever slows the machine down
for a while slows all of them. A shared machine takes single frames away for tens of milliseconds, which no
clock of a process tells from work. So what is not the network runs over the same frames `CALM` times more;
the calm figures are of each frame's quickest time: what a frame costs, without what the machine cost it.
"""

import gc
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Protocol, TypeVar

import cv2
import numpy as np

from vision.annotate import annotate
from vision.camera import Camera
from vision.decode import Floats, to_input
from vision.faults import watch as watch_picture
from vision.free_side import warm_up
from vision.network_detector import NetworkDetector, Outputs
from vision.pipeline import PipelineState, Settings, advance
from vision.types import Frame, Image

T = TypeVar("T")

WARM_UP = 5
RATE_HZ = 10.0
CALM = 2  # more rounds
OURS = ("faults", "input", "decode", "scene")  # the stages of a frame beside the network
REST = "all but the network"


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds a frame. `calm_*`: of each frame's quickest of several times; None: there was one."""

    what: str
    frames: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    mean_ms: float
    calm_p50_ms: float | None = None
    calm_p99_ms: float | None = None


class Peer(Protocol):
    """Something to be timed beside ours."""

    name: str
    every: int  # on each so many-th frame: slow ones on fewer

    def look(self, image: Image, blob: Floats) -> None:
        """One frame, and what our network was given of it."""


def timing(what: str, laps: Sequence[float], more: Sequence[Sequence[float]] = ()) -> Timing:
    """Seconds of each frame as figures; `more`: of the same frames, in further rounds."""
    ms = np.array(laps, np.float64) * 1000
    p50, p95, p99 = (float(v) for v in np.quantile(ms, (0.5, 0.95, 0.99)))
    found = Timing(what, len(laps), p50, p95, p99, float(ms.mean()))
    if not more:
        return found
    best = np.minimum.reduce([ms, *(np.array(each, np.float64) * 1000 for each in more)])
    calm = (float(v) for v in np.quantile(best, (0.5, 0.99)))
    return replace(found, calm_p50_ms=next(calm), calm_p99_ms=next(calm))


class _Stopwatch:
    def __init__(self) -> None:
        self.laps: dict[str, list[float]] = {}

    def time(self, what: str, work: Callable[[], T]) -> T:
        begin = perf_counter()
        result = work()
        self.laps.setdefault(what, []).append(perf_counter() - begin)
        return result

    def rest(self) -> list[float]:
        """All but the network, a frame each."""
        return [sum(parts) for parts in zip(*(self.laps[stage] for stage in OURS), strict=True)]


def bench(
    detector: NetworkDetector, images: Sequence[Image], peers: Iterable[Peer] = ()
) -> tuple[Timing, ...]:
    """Run `images` (of one size, a scene in order) through each stage, after a warm-up.

    Stages: fault check, input, network, decode, scene, drawing, "all but the network" (the first of them
    without network and drawing), `detect` (input, network and decode as the device calls them), the peers.
    """
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    warm_up()
    for peer in (others := tuple(peers)):
        peer.look(images[0], _blob(detector, images[0]))
    _round(detector, images[:WARM_UP])
    # Ultralytics brings a million objects, through which Python's collector would go in our frames.
    gc.collect()
    gc.freeze()
    try:
        answers: list[Outputs] = []
        first = _round(detector, images, answers, others)
        calm = [_round(_Known(detector, answers), images) for _ in range(CALM)]
    finally:
        gc.unfreeze()
        cv2.setNumThreads(threads)
    return _timings(first, calm)


def _timings(first: "_Stopwatch", calm: Sequence["_Stopwatch"]) -> tuple[Timing, ...]:
    again = {stage: [each.laps[stage] for each in calm] for stage in (*OURS, "drawing")}
    stages = [timing(what, laps, again.get(what, ())) for what, laps in first.laps.items()]
    return (*stages, timing(REST, first.rest(), [each.rest() for each in calm]))


class _Known:
    """The detector, whose network's answers are known already; in the order in which they were given."""

    def __init__(self, detector: NetworkDetector, answers: Sequence[Outputs]) -> None:
        self._next = iter(answers)
        self.spec, self.fit, self.answer = detector.spec, detector.fit, detector.answer

    def infer(self, blob: Floats) -> Outputs:
        """The next one."""
        return next(self._next)


def _round(
    detector: "NetworkDetector | _Known",
    images: Sequence[Image],
    answers: list[Outputs] | None = None,
    peers: tuple[Peer, ...] = (),
) -> _Stopwatch:
    """Every picture once. `answers`: the network's, to be kept; then the peers look too."""
    watch, state = _Stopwatch(), PipelineState()
    camera = Camera(images[0].shape[1], images[0].shape[0])
    for number, image in enumerate(images):
        frame = Frame(number, number / RATE_HZ, image)
        state, outputs = _one(watch, detector, state, frame, camera)
        if answers is not None and isinstance(detector, NetworkDetector):
            answers.append(outputs)
            _others(watch, detector, frame, peers)
    return watch


def _blob(detector: NetworkDetector, image: Image) -> Floats:
    return to_input(image, detector.fit(image.shape[1], image.shape[0]), detector.spec)


def _one(
    watch: _Stopwatch,
    detector: "NetworkDetector | _Known",
    state: PipelineState,
    frame: Frame,
    camera: Camera,
) -> tuple[PipelineState, Outputs]:
    image = frame.image
    picture = watch.time("faults", lambda: watch_picture(state.picture, image, frame.t_s))
    state = replace(state, picture=picture)
    fit = detector.fit(image.shape[1], image.shape[0])
    blob = watch.time("input", lambda: to_input(image, fit, detector.spec))
    outputs = watch.time("network", lambda: detector.infer(blob))
    seen = watch.time("decode", lambda: detector.answer(frame, outputs, fit))
    after, told = watch.time("scene", lambda: advance(state, frame, seen, camera, Settings()))
    watch.time("drawing", lambda: annotate(image, told))
    return after, outputs


def _others(watch: _Stopwatch, detector: NetworkDetector, frame: Frame, peers: tuple[Peer, ...]) -> None:
    watch.time("detect", lambda: detector.detect(frame))
    blob = _blob(detector, frame.image)
    for peer in peers:
        if frame.index % peer.every == 0:
            watch.time(peer.name, lambda peer=peer: peer.look(frame.image, blob))  # type: ignore[misc]
