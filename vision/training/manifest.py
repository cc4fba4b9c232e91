"""`models/manifest.toml`: what the walk may load. Pure but for two functions that read files."""

import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vision.training.errors import DataError

HEAD = """\
# The models that may be loaded. The loader refuses a file whose size, sha256 or layout differs.
# output "yolov8-seg": out0 [1, 4 + classes + 32, N] is x, y, w, h in px, scores 0..1, mask values;
# out1 [1, 32, height / 4, width / 4] is the prototypes.
"""


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One model's row. `thresholds`: least score per class, chosen apart from the test data."""

    id: str
    file: str
    sha256: str
    bytes: int
    licence: str
    card: str
    classes: Sequence[str]
    width: int
    height: int
    pad: int
    thresholds: Mapping[str, float]


def render(entries: Sequence[ModelEntry]) -> str:
    """The manifest's text."""
    return HEAD + "".join("\n" + _entry(e) for e in entries)


def _entry(e: ModelEntry) -> str:
    pairs = {
        "id": e.id,
        "file": e.file,
        "sha256": e.sha256,
        "bytes": e.bytes,
        "task": "segment",
        "output": "yolov8-seg",
        "licence": e.licence,
        "card": e.card,
    }
    rows = ["[[model]]", *(f"{k} = {json.dumps(v)}" for k, v in pairs.items())]
    rows += ["classes = [", *(f"  {json.dumps(str(c))}," for c in e.classes), "]", "", "[model.input]"]
    rows += [f"width = {e.width}", f"height = {e.height}", 'colour = "RGB"', f"pad = {e.pad}", ""]
    rows += ["[model.thresholds]", *(f"{c} = {e.thresholds[c]:.2f}" for c in e.classes)]
    return "\n".join(rows) + "\n"


def sha256_of(path: Path) -> str:
    """The file's digest in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_thresholds(models: Path, model_id: str) -> dict[str, float]:
    """The thresholds of a model in the folder's manifest, {} where there is none. Raises DataError."""
    path = models / "manifest.toml"
    if not path.is_file():
        return {}
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8")).get("model", [])
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"{path} is not TOML ({error}): remove it and export again") from error
    return next((dict(m["thresholds"]) for m in found if m["id"] == model_id), {})
