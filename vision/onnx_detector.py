"""The detector on the CPU, by ONNX Runtime; and the door to every runtime, `open_detector`."""

from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import onnxruntime

from vision.decode import Floats
from vision.errors import ModelError
from vision.layouts import check_layout
from vision.model_files import (
    ModelFile,
    check_metadata,
    described,
    find_model,
    is_path,
    load_manifest,
    models_folder,
    shipped_copy,
)
from vision.network_detector import NetworkDetector, Outputs

Runtime = Literal["onnx", "ncnn", "openvino", "ultralytics"]
RUNTIMES: tuple[str, ...] = get_args(Runtime)

_STATE: Any = onnxruntime.capi.onnxruntime_pybind11_state
# Their common root is Exception itself, so they are named.
_ORT_ERRORS: tuple[type[Exception], ...] = (
    _STATE.Fail,
    _STATE.InvalidArgument,
    _STATE.InvalidGraph,
    _STATE.InvalidProtobuf,
    _STATE.NoSuchFile,
    _STATE.NotImplemented,
    _STATE.RuntimeException,
)


class OnnxDetector(NetworkDetector):
    """One ONNX file.

    One thread by default: with speech synthesis busy on the other core, two threads wait for each other
    (measured p95: 20 ms with one thread, 42 ms with two).
    """

    def __init__(self, model: ModelFile, threads: int = 1) -> None:
        super().__init__(model)
        self._session = _open(model.path, threads)
        check_metadata(model, _metadata(self._session))
        outputs = {item.name: list(item.shape) for item in self._session.get_outputs()}
        self._names = [name for name in self._layout.names if name in outputs]
        # By name where they have the layout's names, else in the file's order.
        if len(self._names) != len(self._layout.names) or len(outputs) != len(self._names):
            self._names = list(outputs)
        shapes = [list(item.shape) for item in self._session.get_inputs()]
        check_layout(model.spec, shapes, [outputs[name] for name in self._names])
        self._input_name: str = self._session.get_inputs()[0].name
        self._warm_up()

    def infer(self, blob: Floats) -> Outputs:
        """As `NetworkDetector.infer`; raises `ModelError` where the runtime fails."""
        try:
            answers = self._session.run(self._names, {self._input_name: blob})
        except _ORT_ERRORS as error:
            raise ModelError(f"{self.spec.id}: the network failed: {_first_line(error)}") from None
        return tuple(np.asarray(answer[0], np.float32) for answer in answers)


def open_detector(
    model: str | Path | None = None,
    folder: Path | None = None,
    threads: int = 1,
    runtime: Runtime | None = None,
) -> NetworkDetector:
    """A model ready to run, by its id (default: the manifest's first that `runtime` reads) or its file.

    `runtime` None: what the manifest says of an id, what the ending says of a file. A file that does not
    ship is run if its metadata describes it; `notice` then says so. Raises `ModelError`.
    """
    if runtime is not None and runtime not in RUNTIMES:
        raise ModelError(f"no runtime {runtime!r}: there are {', '.join(RUNTIMES)}")
    if model is not None and is_path(model):
        path = Path(model)
        return _opened(path, folder or models_folder(), threads, runtime or _runtime_of(path))
    if model is None and runtime == "ncnn":
        specs = load_manifest(folder or models_folder())
        model = next((spec.id for spec in specs if spec.runtime == "ncnn"), None)
    found = find_model(None if model is None else str(model), folder)
    runtime = runtime or found.spec.runtime
    if runtime != "ultralytics" and (runtime == "ncnn") != (found.spec.runtime == "ncnn"):
        raise ModelError(f"{found.spec.id}: {found.path.name} is not a file that {runtime} reads")
    return _detector(found, threads, runtime)


def _runtime_of(path: Path) -> Runtime:
    if path.suffix == ".onnx":
        return "onnx"
    return "openvino" if path.suffix == ".xml" else "ultralytics"


def _opened(path: Path, folder: Path, threads: int, runtime: Runtime) -> NetworkDetector:
    """A file that is named by its path."""
    if runtime == "ultralytics":
        from vision.ultralytics_detector import open_ultralytics  # an extra with torch in it

        return open_ultralytics(path, folder, threads)
    if runtime == "openvino":
        from vision.openvino_detector import given_openvino

        return _detector(given_openvino(path, folder), threads, runtime)
    if runtime == "ncnn":
        raise ModelError(f"{path}: ncnn runs models of the manifest, by id; others: --runtime ultralytics")
    return OnnxDetector(_given(path, folder), threads)


def _detector(model: ModelFile, threads: int, runtime: Runtime) -> NetworkDetector:
    """Each beyond ONNX Runtime is an extra that few machines have."""
    if runtime == "ncnn":
        from vision.ncnn_detector import NcnnDetector

        return NcnnDetector(model, threads)
    if runtime == "openvino":
        from vision.openvino_detector import OpenvinoDetector

        return OpenvinoDetector(model, threads)
    if runtime == "ultralytics":
        from vision.ultralytics_detector import UltralyticsDetector

        return UltralyticsDetector(model, threads)
    return OnnxDetector(model, threads)


def _given(path: Path, folder: Path) -> ModelFile:
    if path.suffix != ".onnx":
        raise ModelError(f"{path}: not an .onnx file: others by --runtime openvino or ultralytics")
    known = shipped_copy(path, folder)
    if known:
        return known
    session = _open(path, 1)
    return described(path, _metadata(session), list(session.get_inputs()[0].shape))


def _metadata(session: Any) -> dict[str, str]:  # noqa: ANN401 (onnxruntime has no types)
    return dict(session.get_modelmeta().custom_metadata_map)


def _open(path: Path, threads: int) -> Any:  # noqa: ANN401
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # A spinning worker burns the core that speech needs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except _ORT_ERRORS as error:
        raise ModelError(f"{path}: ONNX Runtime cannot open it: {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
