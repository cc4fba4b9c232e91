"""Ultralytics' loader, tamed: offline, quiet, on as many threads as told, without torchvision.

Left alone the library asks the internet whether it is there, installs packages at run time, runs whatever a
.pt file's author pickled into it, and uses every core.
"""

import logging
import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from vision.decode import Floats
from vision.errors import ModelError
from vision.types import Image

# Asked for only while it is imported. A .pt file may hold the library's own classes, not code.
_SETTINGS = {"YOLO_OFFLINE": "true", "YOLO_AUTOINSTALL": "false", "ULTRALYTICS_SAFE_LOAD": "true"}
_NAMELESS = 999  # so many classes mean that the file names none
# Formats whose files are told by their ending where the library wants a folder of a certain name.
_ENDINGS = {".param": "ncnn", ".xml": "openvino"}


class Backend:
    """One file, loaded. `names`, and `size` (width, height) of its input: None where it does not say."""

    def __init__(self, path: Path, loaded: Any, threads: int) -> None:  # noqa: ANN401 (no types here)
        self._path = path
        self._loaded = loaded
        names: dict[int, str] = loaded.names
        self.names = None if len(names) == _NAMELESS else tuple(names[i] for i in range(len(names)))
        self.metadata: dict[str, object] = dict(loaded.metadata)
        self.size = _graph_size(loaded)
        if loaded.format == "pt":
            self.metadata.setdefault("imgsz", getattr(loaded.model, "args", {}).get("imgsz", 640))
        self._threads = threads

    def run(self, blob: Floats) -> tuple[Floats, ...]:
        """Answers with the leading 1, those of training left out; raises `ModelError`."""
        import torch

        if self._loaded.format in ("pt", "torchscript") and torch.get_num_threads() != self._threads:
            torch.set_num_threads(self._threads)
        try:
            with torch.inference_mode():
                picture = torch.from_numpy(np.ascontiguousarray(blob)).to(self._loaded.device)
                answer = self._loaded(picture)
            return tuple(np.array(each.float().cpu().numpy()) for each in _tensors(answer))
        except Exception as error:  # noqa: BLE001 (25 runtimes behind one door: each fails in its own way)
            raise ModelError(f"{self._path}: the network failed: {_reason(error)}") from None


def load_backend(path: Path, threads: int = 1) -> Backend:
    """`path` as the library reads it, by its ending; raises `ModelError` with one line."""
    if not path.exists():
        raise ModelError(f"{path}: ありません / no such file: nothing is downloaded here")
    auto_backend, device = _library(threads)
    try:
        return Backend(path, auto_backend(str(path), device=device, verbose=False), threads)
    except ModuleNotFoundError as error:
        raise ModelError(f"{path}: needs {error.name}, which is not installed: pip install it") from None
    except Exception as error:  # noqa: BLE001 (as above)
        raise ModelError(f"{path}: 開けません / Ultralytics cannot open it: {_reason(error)}") from None


def predictor(path: Path, threads: int = 1) -> Callable[[Image], dict[str, float]]:
    """`YOLO(path).predict` with its own ways before and after the network, for figures beside ours.

    Called with a BGR picture it gives the milliseconds of its parts: preprocess, inference, postprocess.
    Raises `ModelError`.
    """
    loader, _ = _library(threads)
    import torch
    from ultralytics import YOLO
    from ultralytics.engine import predictor as engine
    from ultralytics.models.yolo.detect import DetectionPredictor

    torch.set_num_threads(threads)

    class Tamed(DetectionPredictor):  # type: ignore[misc]
        def setup_model(self, model: Any, verbose: bool = True) -> None:  # noqa: ANN401
            whole, engine.AutoBackend = engine.AutoBackend, loader
            try:
                super().setup_model(model, verbose)
            finally:
                engine.AutoBackend = whole
            self.done_warmup = True  # it would import torchvision, whose wheel may fail beside this torch

    try:
        model = YOLO(str(path), task="detect")
        model.predict(np.zeros((64, 64, 3), np.uint8), predictor=Tamed, verbose=False)
    except Exception as error:  # noqa: BLE001 (as above)
        raise ModelError(f"{path}: Ultralytics cannot predict with it: {_reason(error)}") from None
    return lambda image: dict(model.predict(image, verbose=False)[0].speed)


def _library(threads: int) -> tuple[Any, Any]:
    """The loader with our own runtimes' settings in it, and the device to run on."""
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    try:
        import torch
        from PIL import Image
        from ultralytics.nn import autobackend, tasks
        from ultralytics.utils import checks, patches
    except ImportError as error:
        lacks = f"this runs by Ultralytics ({error.name} is missing)"
        raise ModelError(f"{lacks}: pip install ultralytics torch") from None
    # On import it puts a reader of its own in PIL's place (see vision/training/network.py).
    Image.open = patches._image_open
    # It may have been imported before us: what it read from the environment then is put right.
    checks.AUTOINSTALL, tasks.SAFE_LOAD = False, True
    logging.getLogger("ultralytics").setLevel(logging.ERROR)  # it reports loading on standard output

    class Loader(autobackend.AutoBackend):  # type: ignore[misc]
        _BACKEND_MAP = {  # noqa: RUF012 (the library's own attribute)
            **autobackend.AutoBackend._BACKEND_MAP,
            "onnx": partial(autobackend.ONNXBackend, session_options=_session_options(threads)),
            "ncnn": partial(_ncnn, autobackend.NCNNBackend, threads),
            "openvino": partial(_openvino, autobackend.OpenVINOBackend, threads),
            "torchscript": _torchscript(autobackend.TorchScriptBackend),
        }

        @staticmethod
        def _model_type(p: str = "", dnn: bool = False) -> str | None:
            ending = _ENDINGS.get(Path(p).suffix)
            kind: str | None = ending or autobackend.AutoBackend._model_type(p, dnn)
            return kind

    return Loader, torch.device("cuda:0" if torch.cuda.is_available() else "cpu")


# --- how each runtime is told its threads


def _session_options(threads: int) -> Any:  # noqa: ANN401
    try:
        import onnxruntime
    except ImportError:
        return None  # not needed for other formats; the library says what is missing for this one
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def _ncnn(kind: Any, threads: int, weight: str, **settings: Any) -> Any:  # noqa: ANN401
    loaded = kind(weight, **settings)
    # ncnn itself reports a broken file by a number that the library does not look at.
    if not loaded.net.input_names() or not loaded.net.output_names():
        raise ValueError("ncnn cannot read it")
    loaded.net.opt.num_threads = threads
    return loaded


def _openvino(kind: Any, threads: int, weight: str, **settings: Any) -> Any:  # noqa: ANN401
    """Compiled once more, as `--runtime openvino` does it: the library knows no number of threads."""
    from vision.openvino_detector import compiled, graph_file, read_graph

    path = graph_file(Path(weight))
    graph = read_graph(path)
    loaded = kind(str(path), **settings)
    loaded.ov_compiled_model = compiled(path, graph, threads)
    return loaded


def _torchscript(kind: Any) -> Any:  # noqa: ANN401
    class WithoutTorchvision(kind):  # type: ignore[misc]
        """The library imports torchvision first, which only graphs with its NMS inside need."""

        def load_model(self, weight: str) -> None:
            import torch

            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # torch no longer recommends the format
                self.model = torch.jit.load(weight, map_location=self.device).float()
            self.apply_metadata(self.read_metadata(weight))

    return WithoutTorchvision


# --- answers


def _tensors(answer: Any) -> Iterator[Any]:  # noqa: ANN401
    """Tensors of nested lists; a dict is what training would look at."""
    if isinstance(answer, Mapping):
        return
    if isinstance(answer, (list, tuple)):
        for each in answer:
            yield from _tensors(each)
    else:
        yield answer


def _graph_size(loaded: Any) -> tuple[int, int] | None:  # noqa: ANN401
    """(width, height) where the graph has them fixed."""
    if loaded.format == "onnx":
        shape = list(loaded.session.get_inputs()[0].shape)
    elif loaded.format == "openvino":
        shape = [side.get_length() if side.is_static else None for side in _input_sides(loaded)]
    elif loaded.format == "engine":
        shape = list(loaded.bindings["images"].shape)
    else:
        return None
    sides = shape[2:]
    fixed = len(shape) == 4 and all(isinstance(side, int) and side > 0 for side in sides)
    return (sides[1], sides[0]) if fixed else None


def _input_sides(loaded: Any) -> Any:  # noqa: ANN401
    return loaded.ov_compiled_model.inputs[0].get_partial_shape()


def _reason(error: Exception) -> str:
    """Its first line, without decoration, and without the list of all that the library reads."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if not lines:
        return type(error).__name__
    return lines[0].replace("ERROR ❌️ ", "").split(" Ultralytics supports: ")[0]
