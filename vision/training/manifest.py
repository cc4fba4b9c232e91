"""`models/manifest.toml` as it is written: pure, but for two functions that read files."""

import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from vision.model_spec import ModelSpec
from vision.training.errors import DataError

NAME = "manifest.toml"
HEAD = """\
# The models that may be loaded; the first is the default. The loader refuses a file whose size, sha256 or
# layout differs. Written by `shirube vision export`.
# output "yolov8-paving": detections [1, 4 + classes, N] is x, y, w, h in px of the input, scores 0..1;
# paving [1, 2, height / 4, width / 4] is logits of guide blocks and of their warning part.
"""

Table = Mapping[str, Any]


def render(tables: Iterable[Table]) -> str:
    """The manifest's text, the entries in the order given."""
    return HEAD + "".join("\n" + _entry(table) for table in tables)


def table_of(spec: ModelSpec) -> dict[str, Any]:
    """An entry as the loader reads it; what is at its default is left out."""
    table: dict[str, Any] = {
        "id": spec.id,
        "file": spec.file,
        "sha256": spec.sha256,
        "bytes": spec.bytes,
        "task": spec.task,
        "output": spec.output,
        "licence": spec.licence,
        "card": spec.card,
        "runtime": spec.runtime,
        "precision": spec.precision,
    }
    if spec.weights is not None:
        table |= {"weights": spec.weights, "weights_sha256": spec.weights_sha256}
    size = spec.input
    return table | {
        "classes": [str(c) for c in spec.classes],
        "input": {"width": size.width, "height": size.height, "colour": size.colour, "pad": size.pad},
        "thresholds": {str(c): round(float(spec.thresholds[c]), 3) for c in spec.classes},
    }


def merged(
    own: Sequence[ModelSpec], before: Iterable[Table], model_id: str, first: bool = True
) -> list[Table]:
    """The new entries and those of other models as they were. Own ones of earlier weights go."""
    kept = [t for t in before if not _is_of(str(t.get("id", "")), model_id)]
    new = [table_of(spec) for spec in own]
    return [*new, *kept] if first else [*kept, *new]


def files_of(tables: Iterable[Table], model_id: str) -> list[str]:
    """The names of all files of a model's entries."""
    own = [t for t in tables if _is_of(str(t.get("id", "")), model_id)]
    return [str(t[key]) for t in own for key in ("file", "weights") if key in t]


def _is_of(entry_id: str, model_id: str) -> bool:
    return entry_id == model_id or entry_id.startswith(model_id + "-")


def _entry(table: Table) -> str:
    """One [[model]]: plain values, then lists, then tables of plain values."""
    plain = [f"{k} = {json.dumps(v)}" for k, v in table.items() if not isinstance(v, list | dict)]
    lists = [
        line
        for name, values in table.items()
        if isinstance(values, list)
        for line in (f"{name} = [", *(f"  {json.dumps(v)}," for v in values), "]")
    ]
    tables = [
        line
        for name, values in table.items()
        if isinstance(values, dict)
        for line in ("", f"[model.{name}]", *(f"{k} = {_value(v)}" for k, v in values.items()))
    ]
    return "\n".join(["[[model]]", *plain, *lists, *tables]) + "\n"


def _value(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) and round(value, 2) == value else json.dumps(value)


def read_tables(models: Path) -> list[Table]:
    """The entries of the folder's manifest as they are, [] where there is none. Raises DataError."""
    path = models / NAME
    if not path.is_file():
        return []
    try:
        return list(tomllib.loads(path.read_text(encoding="utf-8")).get("model", []))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{path} is not TOML ({error}): remove it and export again") from error


def sha256_of(path: Path) -> str:
    """The file's digest in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
