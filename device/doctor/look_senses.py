"""Runs the model on this board, and feels the buttons. The camera: `device.cameras.probe`."""

import time
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from device.config import CameraConfig
from device.controls.gestures import BUTTONS
from device.controls.sources import ButtonSource, button_source
from device.doctor.senses import ButtonFacts, ModelFacts
from device.ports import Clock
from vision.errors import VisionError
from vision.network_detector import NetworkDetector
from vision.types import Frame

_FRAMES: Final = 12  # a median of twelve is enough to tell 50 from 80 ms
_WARM_UP: Final = 2
PRESS_S: Final = 10.0


def look_at_model(
    camera: CameraConfig, clock: Clock, open_: Callable[[CameraConfig], NetworkDetector] | None = None
) -> ModelFacts:
    """Milliseconds from picture to detections, on a grey street of noise."""
    try:
        detector = (open_ or opened)(camera)
        took_ms = _timed(detector, clock)
    except VisionError as error:
        return ModelFacts(camera.model or "", camera.runtime or "", str(error))
    p50_ms, p95_ms = (round(float(value), 1) for value in np.quantile(took_ms, (0.5, 0.95)))
    runtime = detector.spec.runtime or ""
    return ModelFacts(detector.spec.id, str(runtime), "", p50_ms, p95_ms, detector.notice or "")


def opened(camera: CameraConfig) -> NetworkDetector:
    """The model as the configuration names it."""
    from vision.onnx_detector import open_detector

    return open_detector(camera.model, runtime=camera.runtime)


def _timed(detector: NetworkDetector, clock: Clock) -> list[float]:
    image = np.random.default_rng(0).integers(90, 160, (480, 640, 3), dtype=np.uint8)
    took_ms: list[float] = []
    for number in range(_WARM_UP + _FRAMES):
        began_s = clock.now_s()
        detector.detect(Frame(number, number / 10.0, image))
        if number >= _WARM_UP:
            took_ms.append(1000.0 * (clock.now_s() - began_s))
    return took_ms


# --- buttons

Presses = Callable[
    [ButtonSource], Sequence[int]
]  # a source -> the buttons that were felt, in the time they had
Opens = Callable[[str, Clock], ButtonSource]


def look_at_buttons(
    sources: Sequence[str], ask: Presses | None, clock: Clock, open_: Opens = button_source
) -> tuple[ButtonFacts, ...]:
    """`ask`: asks the wearer to press each and waits; None: only what is there is looked at."""
    return tuple(_button(uri, ask, clock, open_) for uri in sources)


def _button(uri: str, ask: Presses | None, clock: Clock, open_: Opens) -> ButtonFacts:
    if uri in ("stdin:", "glasses:"):  # of a terminal, and of the phone's page, which is not there yet
        return ButtonFacts(uri)
    source = open_(uri, clock)
    try:
        source.poll()
        if source.fault or ask is None:
            return ButtonFacts(uri, source.fault)
        return ButtonFacts(uri, pressed=tuple(ask(source)))
    finally:
        source.close()


def felt(source: ButtonSource, prompt: Callable[[str, str], object], clock: Clock) -> tuple[int, ...]:
    """Ask for each button in turn, PRESS_S each; those that were felt. `prompt` gets Japanese and English."""
    pressed: list[int] = []
    for number in BUTTONS:
        source.poll()  # what was pressed before nobody asked for
        prompt(f"ボタン{number}を押してください。", f"Please press button {number}.")
        until_s = clock.now_s() + PRESS_S
        while clock.now_s() < until_s:
            came = [press.button for press in source.poll() if press.down]
            if came:
                pressed += came
                break
            time.sleep(0.02)
    return tuple(pressed)
