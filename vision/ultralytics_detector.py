"""The detector by Ultralytics: any file that the library loads (.pt, TensorRT, NCNN, TorchScript, …).

Only its loader is used, not its `predict`: that needs torchvision, whose wheel fails beside a torch without
CUDA, and would prepare the picture and read the answer in another way than the figures were measured.
"""

import ast
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vision.decode import Floats, Layout
from vision.errors import ModelError
from vision.layout_plain import USUAL, plain
from vision.layouts import check_layout, layout_of
from vision.model_files import (
    ModelFile,
    check_metadata,
    described,
    load_manifest,
    models_folder,
    shipped_copy,
)
from vision.model_spec import ModelSpec
from vision.network_detector import NetworkDetector, Outputs
from vision.types import ObjectClass
from vision.ultralytics_library import Backend, load_backend

USUAL_SIZE = 640  # pixels a side, where a .pt file says nothing else


class UltralyticsDetector(NetworkDetector):
    """One file, checked against its entry; `layout`: of a network that no manifest lists.

    A .pt or .engine file runs on the GPU where torch sees one, else everything on `threads` of the CPU.
    """

    def __init__(
        self,
        model: ModelFile,
        threads: int = 1,
        *,
        backend: Backend | None = None,
        layout: Layout | None = None,
        notice: str | None = None,
    ) -> None:
        # Not the base's own: it knows the layouts of the manifest only.
        self._model = model
        self._layout = layout or layout_of(model.spec)
        self._notice = notice
        self._backend = backend or load_backend(model.path, threads)
        if layout is None:
            check_metadata(model, _texts(self._backend.metadata))
        size = [1, 3, model.spec.input.height, model.spec.input.width]
        shapes = [[1, *answer.shape] for answer in self.infer(np.zeros(size, np.float32))]
        if layout is None:
            check_layout(model.spec, [list[object](size)], [list[object](shape) for shape in shapes])

    @property
    def notice(self) -> str | None:
        """As `NetworkDetector.notice`; of a foreign network also which of its names are understood."""
        return self._notice or super().notice

    def infer(self, blob: Floats) -> Outputs:
        """As `NetworkDetector.infer`; raises `ModelError` where the library fails."""
        return tuple(answer[0] for answer in self._backend.run(blob))


def open_ultralytics(path: Path, folder: Path | None = None, threads: int = 1) -> UltralyticsDetector:
    """A file or folder by its path; raises `ModelError`.

    In this order it is read as: a shipped model, byte for byte; what its metadata says in our words
    (`model_files.described`); a network with Ultralytics' own metadata, its classes mapped to ours; a file
    that says nothing, such as `trtexec` writes, as the manifest's entry whose id its name begins with.
    """
    folder = folder or models_folder()
    known = shipped_copy(path, folder) if path.suffix == ".onnx" else None
    if known:
        return UltralyticsDetector(known, threads)
    backend = load_backend(path, threads)
    metadata = _texts(backend.metadata)
    if "output" in metadata:
        width, height = _stated_size(path, backend)
        model = described(path, metadata, [1, 3, height, width])
        return UltralyticsDetector(model, threads, backend=backend)
    if backend.names is None:
        return _by_name(path, folder, threads, backend)
    width, height = _stated_size(path, backend)
    if ObjectClass.PAVING in backend.names:
        return UltralyticsDetector(_ours(path, backend, (width, height)), threads, backend=backend)
    tried = backend.run(np.zeros((1, 3, height, width), np.float32))
    spec, layout = plain(str(path), backend.names, (width, height), [list(answer.shape) for answer in tried])
    model = ModelFile(spec, path, shipped=False)
    notice = f"{model.notice}; {_understood(spec, backend.names)}"
    return UltralyticsDetector(model, threads, backend=backend, layout=layout, notice=notice)


def _by_name(path: Path, folder: Path, threads: int, backend: Backend) -> UltralyticsDetector:
    specs = sorted(load_manifest(folder), key=lambda spec: -len(spec.id))
    spec = next((spec for spec in specs if path.name.startswith(spec.id)), None)
    if spec is None:
        ids = ", ".join(spec.id for spec in specs)
        raise ModelError(
            f"{path}: says nothing of its classes: name it after the entry that it was built from ({ids})"
        )
    model = ModelFile(spec, path, shipped=False)
    notice = f"{model.notice}; it says nothing of its classes: read as {spec.id}, after its name"
    return UltralyticsDetector(model, threads, backend=backend, notice=notice)


def _ours(path: Path, backend: Backend, size: tuple[int, int]) -> ModelFile:
    """A network of Ultralytics' segmentation that was trained with our names."""
    names = list(backend.names or ())
    says = {
        "id": path.stem,
        "classes": json.dumps(names),
        "output": "yolov8-seg",
        "thresholds": json.dumps(dict.fromkeys(names, USUAL)),
    }
    return described(path, says, [1, 3, size[1], size[0]])


def _understood(spec: ModelSpec, names: Sequence[str]) -> str:
    ours = ", ".join(cls.value for cls in spec.classes)
    return f"of its {len(names)} classes these are ours: {ours}; it sees no guide blocks"


def _texts(metadata: Mapping[str, object]) -> dict[str, str]:
    return {str(key): value if isinstance(value, str) else str(value) for key, value in metadata.items()}


def _stated_size(path: Path, backend: Backend) -> tuple[int, int]:
    """(width, height) of the input: as the graph has it, else as the file says; raises `ModelError`."""
    if backend.size:
        return backend.size
    own = str(backend.metadata.get("input", "")).split(" ")[0].split("x")  # "384x288 RGB 0..1, pad 114"
    if len(own) == 2 and all(part.isdigit() for part in own):
        return int(own[0]), int(own[1])
    stated = backend.metadata.get("imgsz", USUAL_SIZE)
    try:
        value: Any = ast.literal_eval(stated) if isinstance(stated, str) else stated
        height, width = (value, value) if isinstance(value, int) else value
        return int(width), int(height)
    except (ValueError, SyntaxError, TypeError):
        raise ModelError(f"{path}: says that its input is {stated!r}, which is no size") from None
