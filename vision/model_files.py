"""The models that ship with the product: what the manifest says of each, checked before one is run.

A model that is not byte for byte the one that was measured is refused: its figures, thresholds and
class order would be someone else's.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from vision.errors import ModelError
from vision.types import ObjectClass

MANIFEST = "manifest.toml"
OUTPUT_LAYOUT = "yolov8-seg"  # the only one that `vision.decode` reads
MASK_COEFFICIENTS = 32
MASK_STRIDE = 4  # the prototypes are a quarter of the input's size


@dataclass(frozen=True, slots=True)
class ModelInput:
    """The picture that the network takes: pixels, colour order, grey value of the letterbox."""

    width: int
    height: int
    colour: str
    pad: int


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One entry of the manifest."""

    id: str
    file: str
    sha256: str
    bytes: int
    task: str
    output: str
    licence: str
    card: str
    classes: tuple[ObjectClass, ...]
    input: ModelInput
    thresholds: Mapping[ObjectClass, float]


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model whose bytes are what its entry says."""

    spec: ModelSpec
    path: Path


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
        specs = TypeAdapter(tuple[ModelSpec, ...]).validate_python(tables)
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror}): install again") from None
    except tomllib.TOMLDecodeError as error:
        raise ModelError(f"{path}: not TOML: {error}") from None
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise ModelError(f"{path}: model {where}: {fault['msg']}") from None
    for spec in specs:
        _check_spec(path, spec)
    return specs


def _check_spec(path: Path, spec: ModelSpec) -> None:
    if spec.task != "segment" or spec.output != OUTPUT_LAYOUT:
        raise ModelError(f"{path}: {spec.id}: this version reads segment/{OUTPUT_LAYOUT} only")
    if spec.input.colour != "RGB":
        raise ModelError(f"{path}: {spec.id}: input colour {spec.input.colour!r} is not RGB")
    if ObjectClass.PAVING not in spec.classes:
        raise ModelError(f"{path}: {spec.id}: has no class {ObjectClass.PAVING.value}")
    missing = [cls.value for cls in spec.classes if cls not in spec.thresholds]
    if missing:
        raise ModelError(f"{path}: {spec.id}: no threshold for {', '.join(missing)}")


def find_model(model_id: str | None = None, folder: Path | None = None) -> ModelFile:
    """The named model (default: the manifest's first), its bytes checked; raises `ModelError`."""
    folder = folder or models_folder()
    specs = load_manifest(folder)
    if not specs:
        raise ModelError(f"{folder / MANIFEST}: lists no model: install again")
    chosen = [spec for spec in specs if model_id in (None, spec.id)]
    if not chosen:
        known = ", ".join(spec.id for spec in specs)
        raise ModelError(f"no model {model_id!r}: the manifest has {known}")
    return checked(chosen[0], folder)


def checked(spec: ModelSpec, folder: Path) -> ModelFile:
    """`spec` with its file, refused with `ModelError` where the bytes differ."""
    path = folder / spec.file
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror}): install again") from None
    if len(content) != spec.bytes:
        raise ModelError(f"{path}: {len(content)} bytes, the manifest says {spec.bytes}: install again")
    if hashlib.sha256(content).hexdigest() != spec.sha256:
        raise ModelError(f"{path}: not the file that was measured (sha256 differs): install again")
    return ModelFile(spec, path)


def check_layout(spec: ModelSpec, inputs: list[list[object]], outputs: list[list[object]]) -> None:
    """Raise `ModelError` unless the graph's shapes are those of the contract."""
    width, height = spec.input.width, spec.input.height
    if inputs != [[1, 3, height, width]]:
        raise ModelError(f"{spec.id}: input is {inputs}, the manifest says [[1, 3, {height}, {width}]]")
    rows = 4 + len(spec.classes) + MASK_COEFFICIENTS
    anchors = sum((height // s) * (width // s) for s in (8, 16, 32))
    prototypes = [1, MASK_COEFFICIENTS, height // MASK_STRIDE, width // MASK_STRIDE]
    if outputs != [[1, rows, anchors], prototypes]:
        raise ModelError(f"{spec.id}: outputs are {outputs}, not [[1, {rows}, {anchors}], {prototypes}]")
