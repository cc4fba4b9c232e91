"""The detector on Intel processors, by OpenVINO (the extra `openvino`): .onnx files, and .xml with .bin."""

import sys
from pathlib import Path
from typing import Any

import numpy as np

from vision.decode import Floats
from vision.errors import ModelError
from vision.layouts import check_layout
from vision.model_files import ModelFile, check_metadata, described, models_folder, shipped_copy
from vision.network_detector import NetworkDetector, Outputs

# Where OpenVINO keeps what an ONNX file says of itself.
_METADATA = "framework"
_CONVERTER = "openvino.tools.ovc"


class OpenvinoDetector(NetworkDetector):
    """One .onnx file, or one .xml file with its .bin beside it; on the CPU, in float32 as it was measured.

    The processor's own shorter numbers (bfloat16, where it has them) are faster, and other figures.
    """

    def __init__(self, model: ModelFile, threads: int = 1) -> None:
        super().__init__(model)
        graph = read_graph(model.path)
        check_metadata(model, _metadata(graph))
        outputs = {_name(port): _shape(port) for port in graph.outputs}
        names = [name for name in self._layout.names if name in outputs]
        # By name where they have the layout's names, else in the file's order.
        if len(names) != len(self._layout.names) or len(outputs) != len(names):
            names = list(outputs)
        check_layout(model.spec, [_shape(port) for port in graph.inputs], [outputs[name] for name in names])
        order = [list(outputs).index(name) for name in names]
        ready = compiled(model.path, graph, threads)
        self._ports = [ready.outputs[place] for place in order]
        self._request = ready.create_infer_request()
        self._warm_up()

    def infer(self, blob: Floats) -> Outputs:
        """As `NetworkDetector.infer`; raises `ModelError` where the runtime fails."""
        try:
            self._request.infer({0: np.ascontiguousarray(blob)})
        except (RuntimeError, ValueError, TypeError) as error:
            raise ModelError(f"{self.spec.id}: the network failed: {_reason(error)}") from None
        # Copies: the next frame is written where these lie.
        return tuple(np.array(self._request.get_tensor(port).data[0], np.float32) for port in self._ports)


def given_openvino(path: Path, folder: Path | None = None) -> ModelFile:
    """A file that is named by its path, as `OpenvinoDetector` takes it; raises `ModelError`.

    `path`: an .onnx or .xml file, or a folder that holds one .xml. A file that does not ship is run if its
    metadata describes it (see `model_files.described`).
    """
    path = graph_file(path)
    known = shipped_copy(path, folder or models_folder())
    if known:
        return known
    graph = read_graph(path)
    if len(graph.inputs) != 1:
        raise ModelError(f"{path}: has {len(graph.inputs)} inputs, not one")
    return described(path, _metadata(graph), _shape(graph.inputs[0]))


def graph_file(path: Path) -> Path:
    """The .onnx or .xml file that is meant, which may lie alone in a folder; raises `ModelError`."""
    if path.is_dir():
        files = sorted(path.glob("*.xml"))
        if len(files) != 1:
            raise ModelError(f"{path}: holds {len(files)} .xml files, not one")
        path = files[0]
    if path.suffix not in (".onnx", ".xml"):
        raise ModelError(f"{path}: not a network that OpenVINO reads here: .onnx or .xml")
    if path.suffix == ".xml" and not path.with_suffix(".bin").is_file():
        raise ModelError(f"{path.with_suffix('.bin')}: no such file: the numbers of {path.name}")
    return path


def library() -> Any:  # noqa: ANN401 (an extra that few machines have)
    """OpenVINO, imported without its converter; raises `ModelError` where it is not installed.

    The converter reports every import to its makers over the internet. A walk tells nobody.
    """
    muted = _CONVERTER not in sys.modules
    if muted:
        sys.modules[_CONVERTER] = None  # type: ignore[assignment]  # Python's way to say "not there"
    try:
        import openvino
    except ImportError:
        raise ModelError("this runs by OpenVINO: pip install openvino") from None
    finally:
        if muted:
            del sys.modules[_CONVERTER]
    return openvino


def read_graph(path: Path) -> Any:  # noqa: ANN401
    """The network as OpenVINO reads it; raises `ModelError`."""
    openvino = library()
    if not path.is_file():
        raise ModelError(f"{path}: cannot be read (no such file)")
    try:
        return openvino.Core().read_model(str(path))
    except RuntimeError as error:
        raise ModelError(f"{path}: OpenVINO cannot open it: {_reason(error)}") from None


def compiled(path: Path, graph: Any, threads: int) -> Any:  # noqa: ANN401
    """Ready to run on `threads` of the CPU; raises `ModelError`."""
    settings = {
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": 1,
        "INFERENCE_PRECISION_HINT": "f32",
        # Speech synthesis needs a core: the kernel may move this thread out of its way.
        "ENABLE_CPU_PINNING": False,
    }
    try:
        return library().Core().compile_model(graph, "CPU", settings)
    except RuntimeError as error:
        raise ModelError(f"{path}: OpenVINO cannot run it: {_reason(error)}") from None


def _metadata(graph: Any) -> dict[str, str]:  # noqa: ANN401
    if not graph.has_rt_info(_METADATA):
        return {}
    return {name: str(value) for name, value in graph.get_rt_info(_METADATA).value.items()}


def _name(port: Any) -> str:  # noqa: ANN401
    return min(port.names, default="")


def _shape(port: Any) -> list[object]:  # noqa: ANN401
    """With a text where a side is left open, which no layout has."""
    return [side.get_length() if side.is_static else str(side) for side in port.get_partial_shape()]


def _reason(error: Exception) -> str:
    """The last line that says something: the ones before it are places in OpenVINO's own source."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
