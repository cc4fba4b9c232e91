"""`shirube vision bench`: milliseconds a frame, the network apart from everything else, on one core."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TypeVar

import numpy as np

from vision.annotate import annotate
from vision.camera import Camera
from vision.decode import to_input
from vision.faults import watch as watch_picture
from vision.free_side import warm_up
from vision.network_detector import NetworkDetector
from vision.pipeline import PipelineState, Settings, advance
from vision.types import Detections, Frame, Image

T = TypeVar("T")

WARM_UP = 5


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds a frame."""

    what: str
    p50_ms: float
    p99_ms: float
    mean_ms: float


def _timing(what: str, seconds: Sequence[float]) -> Timing:
    ms = np.array(seconds) * 1000
    return Timing(what, float(np.quantile(ms, 0.5)), float(np.quantile(ms, 0.99)), float(ms.mean()))


class _Stopwatch:
    def __init__(self) -> None:
        self.laps: dict[str, list[float]] = {}

    def time(self, what: str, work: Callable[[], T]) -> T:
        begin = perf_counter()
        result = work()
        self.laps.setdefault(what, []).append(perf_counter() - begin)
        return result


def bench(detector: NetworkDetector, images: Sequence[Image], rounds: int = 1) -> tuple[Timing, ...]:
    """Run `images` (of one size, a scene in order) through each stage; the first frames warm up, untimed.

    Stages: fault check, input, network, decode, scene, then "all but the network" and drawing.
    """
    warm_up()
    watch = _Stopwatch()
    state = PipelineState()
    camera = Camera(images[0].shape[1], images[0].shape[0])
    rest: list[float] = []
    for number in range(WARM_UP + len(images) * rounds):
        image = images[number % len(images)]
        if number == WARM_UP:
            watch.laps.clear()
            rest.clear()
        state = _one(watch, detector, state, Frame(number, number / 8, image), camera)
        laps = ("faults", "input", "decode", "scene")
        rest.append(sum(watch.laps[lap][-1] for lap in laps))
    stages = [_timing(what, laps) for what, laps in watch.laps.items()]
    return (*stages, _timing("all but the network", rest))


def _one(
    watch: _Stopwatch, detector: NetworkDetector, state: PipelineState, frame: Frame, camera: Camera
) -> PipelineState:
    image = frame.image
    picture = watch.time("faults", lambda: watch_picture(state.picture, image, frame.t_s))
    state = replace(state, picture=picture)
    size = (image.shape[1], image.shape[0])
    fit = detector.fit(*size)
    blob = watch.time("input", lambda: to_input(image, fit, detector.spec))
    outputs = watch.time("network", lambda: detector.infer(blob))
    found = watch.time("decode", lambda: detector.decode(outputs, fit))
    seen = Detections(
        frame.index, frame.t_s, size, found.objects, found.paving, found.paving_score, found.warning
    )
    after, told = watch.time("scene", lambda: advance(state, frame, seen, camera, Settings()))
    watch.time("drawing", lambda: annotate(image, told))
    return after
