"""The models that ship with the product: what the manifest says of each, checked before one is run.

A model that is not byte for byte the one that was measured is refused: its figures, thresholds and
class order would be someone else's.
"""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from vision.errors import ModelError
from vision.layouts import LAYOUTS, layout_of
from vision.model_spec import ModelSpec
from vision.types import ObjectClass

T = TypeVar("T")

MANIFEST = "manifest.toml"
GREY = 114  # of the letterbox, where a file that does not ship says nothing else


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model whose bytes are what its entry says; `shipped` False: nobody vouches for what it says."""

    spec: ModelSpec
    path: Path
    weights: Path | None = None  # the second file of an NCNN network
    shipped: bool = True

    @property
    def notice(self) -> str | None:
        """What whoever asked for this file has to know."""
        return (
            None if self.shipped else f"{self.path}: not a shipped model: no figure here was measured on it"
        )


def models_folder() -> Path:
    """`models/` of a checkout, `shirube_models/` of an installed wheel; raises `ModelError`."""
    root = Path(__file__).resolve().parents[1]
    folders = (root / "models", root / "shirube_models")
    for folder in folders:
        if (folder / MANIFEST).is_file():
            return folder
    raise ModelError(f"no {MANIFEST} in {folders[0]} or {folders[1]}: install again")


def load_manifest(folder: Path) -> tuple[ModelSpec, ...]:
    """The entries of `folder/manifest.toml`, in order; raises `ModelError`."""
    path = folder / MANIFEST
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8")).get("model", [])
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror}): install again") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ModelError(f"{path}: not TOML: {error}") from None
    specs = _validated(tuple[ModelSpec, ...], tables, f"{path}: model ")
    for spec in specs:
        _check_spec(str(path), spec)
    return specs


def _validated(kind: type[T], value: object, where: str) -> T:
    try:
        return TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in fault["loc"])
        raise ModelError(f"{where}{place}: {fault['msg']}") from None


def _check_spec(where: str, spec: ModelSpec) -> None:
    """Raise `ModelError`, which begins with `where`, for an entry that contradicts itself or this version."""
    name = f"{where}: {spec.id}"
    try:
        layout_of(spec)
    except ModelError as error:
        raise ModelError(f"{where}: {error}") from None
    if spec.input.colour != "RGB":
        raise ModelError(f"{name}: input colour {spec.input.colour!r} is not RGB")
    if spec.input.width % 32 or spec.input.height % 32 or min(spec.input.width, spec.input.height) < 32:
        raise ModelError(f"{name}: input {spec.input.width}x{spec.input.height} is not in steps of 32 pixels")
    if ObjectClass.PAVING not in spec.classes:
        raise ModelError(f"{name}: has no class {ObjectClass.PAVING.value}")
    if len(set(spec.classes)) != len(spec.classes):
        raise ModelError(f"{name}: a class is listed twice")
    missing = [cls.value for cls in spec.classes if cls not in spec.thresholds]
    if missing:
        raise ModelError(f"{name}: no threshold for {', '.join(missing)}")
    wrong = [cls.value for cls, least in spec.thresholds.items() if not 0 < least < 1]
    if wrong:
        raise ModelError(f"{name}: threshold of {', '.join(wrong)} is not between 0 and 1")
    if spec.runtime == "ncnn" and not (spec.weights and spec.weights_sha256):
        raise ModelError(f"{name}: an ncnn network needs weights and weights_sha256")


def find_model(model_id: str | None = None, folder: Path | None = None) -> ModelFile:
    """The named model (default: the manifest's first), its bytes checked; raises `ModelError`."""
    folder = folder or models_folder()
    specs = load_manifest(folder)
    if not specs:
        raise ModelError(f"{folder / MANIFEST}: lists no model: install again")
    chosen = [spec for spec in specs if model_id in (None, spec.id)]
    if not chosen:
        known = ", ".join(spec.id for spec in specs)
        raise ModelError(
            f"{model_id!r} というモデルはありません / no model {model_id!r}: the manifest has {known}"
        )
    return checked(chosen[0], folder)


def checked(spec: ModelSpec, folder: Path) -> ModelFile:
    """`spec` with its files, refused with `ModelError` where the bytes differ."""
    path = folder / spec.file
    content = _content(path)
    if len(content) != spec.bytes:
        raise ModelError(f"{path}: {len(content)} bytes, the manifest says {spec.bytes}: install again")
    _check_digest(path, content, spec.sha256)
    if spec.weights is None or spec.weights_sha256 is None:
        return ModelFile(spec, path)
    weights = folder / spec.weights
    _check_digest(weights, _content(weights), spec.weights_sha256)
    return ModelFile(spec, path, weights)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror}): install again") from None


def _check_digest(path: Path, content: bytes, sha256: str) -> None:
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ModelError(f"{path}: not the file that was measured (sha256 differs): install again")


# --- files that are given by their path


def is_path(model: str | Path) -> bool:
    """Whether a model is named by its file rather than by its id."""
    return isinstance(model, Path) or "." in model or "/" in model or "\\" in model or Path(model).is_dir()


def shipped_copy(path: Path, folder: Path) -> ModelFile | None:
    """The file as the shipped model whose bytes it has; None: it is none of them. Raises `ModelError`."""
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ModelError(f"{path}: 読めません / cannot be read ({error.strerror})") from None
    same = [spec for spec in load_manifest(folder) if spec.sha256 == digest and spec.runtime == "onnx"]
    return ModelFile(same[0], path) if same else None


def described(path: Path, metadata: Mapping[str, str], shape: list[object]) -> ModelFile:
    """A file that does not ship, by what its own metadata says; `shape` of its input. Raises `ModelError`.

    Metadata: `id`; `classes`, as JSON or parted by commas; `output`; `thresholds`, a JSON object.
    """
    absent = [key for key in ("id", "classes", "output", "thresholds") if not metadata.get(key)]
    if absent:
        what = f"not in the manifest, and its metadata lacks {', '.join(absent)}"
        raise ModelError(f"{path}: 知らない形のモデルです / {what}: perhaps --runtime ultralytics reads it")
    try:
        thresholds = json.loads(metadata["thresholds"])
    except ValueError:
        raise ModelError(f"{path}: its metadata's thresholds are not JSON") from None
    layout = LAYOUTS.get(metadata["output"])
    if len(shape) != 4:
        raise ModelError(f"{path}: input is {shape}, not 1 x 3 x height x width")
    entry = {
        "id": metadata["id"],
        "file": path.name,
        "sha256": "",
        "bytes": 0,
        "task": layout.task if layout else "?",
        "output": metadata["output"],
        "licence": metadata.get("licence", "unknown"),
        "card": "",
        "classes": class_names(metadata["classes"]),
        "input": {"width": shape[3], "height": shape[2], "colour": "RGB", "pad": GREY},
        "thresholds": thresholds,
    }
    spec = _validated(ModelSpec, entry, f"{path}: ")
    _check_spec(str(path), spec)
    return ModelFile(spec, path, shipped=False)


def class_names(text: str) -> list[str]:
    """Names that are parted by commas, or a JSON list of them."""
    if not text.lstrip().startswith("["):
        return [name.strip() for name in text.split(",")]
    try:
        return [str(name) for name in json.loads(text)]
    except ValueError:
        return [text]  # which is no class: refused as one


def check_metadata(model: ModelFile, metadata: Mapping[str, str]) -> None:
    """Raise `ModelError` where the file itself says other classes or another layout than its entry."""
    spec = model.spec
    if metadata.get("output", spec.output) != spec.output:
        raise ModelError(f"{model.path}: its layout is {metadata['output']}, the manifest says {spec.output}")
    if "classes" not in metadata:
        return
    own, listed = class_names(metadata["classes"]), [cls.value for cls in spec.classes]
    if own == listed:
        return
    place = next((i for i, (a, b) in enumerate(zip(own, listed, strict=False)) if a != b), None)
    if place is None:
        raise ModelError(f"{model.path}: has {len(own)} classes, the manifest lists {len(listed)}")
    raise ModelError(
        f"{model.path}: its class {place} is {own[place]!r}, the manifest says {listed[place]!r}"
    )
