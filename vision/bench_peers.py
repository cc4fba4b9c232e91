"""What `shirube vision bench` times beside ours: a bare session of ONNX Runtime, and Ultralytics' predict."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import onnxruntime

from vision.decode import Floats
from vision.errors import ModelError
from vision.network_detector import NetworkDetector
from vision.types import Frame, Image

PREDICT_EVERY = 5  # at 640 x 640 it takes several times as long as ours
BARE, PREDICT, SAME = "bare session", "ultralytics predict", "ours, the same file"
# What Ultralytics says of its own parts, in milliseconds of the clock.
PARTS = ("preprocess", "inference", "postprocess")


class BareSession:
    """The network's file in ONNX Runtime alone, on the same input: nothing before it, nothing after it."""

    name, every = BARE, 1

    def __init__(self, path: Path, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        providers = ["CPUExecutionProvider"]
        self._session: Any = onnxruntime.InferenceSession(str(path), options, providers=providers)
        self._input = self._session.get_inputs()[0].name

    def look(self, image: Image, blob: Floats) -> None:
        """The same blob as ours."""
        self._session.run(None, {self._input: blob})


class SameFile:
    """Our detector around the file that Ultralytics predicts with: what is left is what is around it."""

    name, every = SAME, PREDICT_EVERY

    def __init__(self, detector: NetworkDetector) -> None:
        self._detector = detector

    def look(self, image: Image, blob: Floats) -> None:
        """The picture, not our own network's blob."""
        self._detector.detect(Frame(0, 0.0, image))


class Predict:
    """`YOLO(file).predict(picture)`, as its makers show it, on as many threads as ours.

    `parts`: what it says of its own parts, a tuple a picture, in the order of `PARTS`.
    """

    name, every = PREDICT, PREDICT_EVERY

    def __init__(self, path: Path, threads: int) -> None:
        from vision.ultralytics_library import predictor  # an extra with torch in it

        self.parts: list[tuple[float, ...]] = []
        self._predict = predictor(path, threads)

    def look(self, image: Image, blob: Floats) -> None:
        """The picture, not our own network's blob."""
        speed = self._predict(image)
        self.parts.append(tuple(float(speed[part]) for part in PARTS))


def why_no_predict(weights: Path) -> str | None:
    """One line where it cannot be timed; None where it can."""
    if find_spec("ultralytics") is None or find_spec("torch") is None:
        return "ultralytics: 入っていません / is not installed: pip install ultralytics torch"
    if not weights.exists():
        return f"ultralytics: {weights}: ありません / no such file: --ultralytics FILE"
    return None


def bare_session(detector: NetworkDetector, threads: int) -> BareSession:
    """Raises `ModelError` where the detector's file is not one of ONNX Runtime."""
    path = detector.model.path
    if path.suffix != ".onnx":
        raise ModelError(f"{path}: not an .onnx file: a bare session of ONNX Runtime cannot run it")
    return BareSession(path, threads)
