"""The detector on the CPU, by ONNX Runtime."""

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from vision.decode import Floats, check_frame, decode, letterbox, to_input
from vision.errors import ModelError
from vision.model_files import ModelFile, ModelSpec, check_layout, find_model
from vision.types import Detections, Frame

_STATE: Any = onnxruntime.capi.onnxruntime_pybind11_state
# Their common root is Exception itself, so they are named.
_ORT_ERRORS: tuple[type[Exception], ...] = (
    _STATE.Fail,
    _STATE.InvalidArgument,
    _STATE.InvalidGraph,
    _STATE.InvalidProtobuf,
    _STATE.NoSuchFile,
    _STATE.NotImplemented,
)


class OnnxDetector:
    """A `vision.ports.Detector`: one network, checked against its manifest when it is opened.

    One thread by default: with speech synthesis busy on the other core, two threads wait for each other
    (measured p95: 20 ms with one thread, 42 ms with two).
    """

    def __init__(self, model: ModelFile, threads: int = 1) -> None:
        self._spec = model.spec
        self._session = _open(model.path, threads)
        check_layout(
            model.spec,
            [list(item.shape) for item in self._session.get_inputs()],
            [list(item.shape) for item in self._session.get_outputs()],
        )
        self._input_name: str = self._session.get_inputs()[0].name
        self._output_names = [item.name for item in self._session.get_outputs()]
        # The first run allocates; a wearer's first frame should not wait for that.
        self.infer(np.zeros((1, 3, model.spec.input.height, model.spec.input.width), np.float32))

    @property
    def spec(self) -> ModelSpec:
        """What the manifest says of the network in use."""
        return self._spec

    def infer(self, blob: Floats) -> tuple[Floats, Floats]:
        """The network alone: raw output [rows, N] and prototypes [32, h/4, w/4]."""
        raw, prototypes = self._session.run(self._output_names, {self._input_name: blob})
        return np.asarray(raw[0], np.float32), np.asarray(prototypes[0], np.float32)

    def detect(self, frame: Frame) -> Detections:
        """Find paving and things; raises `FrameError`, or `ModelError` if the answer is no numbers."""
        check_frame(frame.image)
        height, width = frame.image.shape[:2]
        fit = letterbox((width, height), (self._spec.input.width, self._spec.input.height))
        raw, prototypes = self.infer(to_input(frame.image, fit, self._spec))
        if not np.isfinite(raw).all():
            # Compared with a threshold, "not a number" is "nothing there": that must not pass as sight.
            raise ModelError(f"{self._spec.id}: the network's answer is not numbers")
        found = decode(raw, prototypes, self._spec, fit)
        return Detections(
            frame.index, frame.t_s, (width, height), found.objects, found.paving, found.paving_score
        )


def open_detector(model_id: str | None = None, folder: Path | None = None, threads: int = 1) -> OnnxDetector:
    """The named model (default: the first of the manifest), ready to run; raises `ModelError`."""
    return OnnxDetector(find_model(model_id, folder), threads)


def _open(path: Path, threads: int) -> Any:  # noqa: ANN401 (onnxruntime has no types)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # A spinning worker burns the core that speech needs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except _ORT_ERRORS as error:
        first = str(error).splitlines()[0]
        raise ModelError(f"{path}: ONNX Runtime cannot open it: {first}") from None
