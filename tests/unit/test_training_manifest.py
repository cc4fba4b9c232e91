"""The manifest that the walk's loader reads."""

import hashlib
import tomllib
from pathlib import Path

import pytest

from vision.training import manifest
from vision.training.errors import DataError
from vision.types import ObjectClass


def entry(**changes: object) -> manifest.ModelEntry:
    values: dict[str, object] = {
        "id": "m-1",
        "file": "m-1.onnx",
        "sha256": "ab" * 32,
        "bytes": 7,
        "licence": "AGPL-3.0-or-later",
        "card": "m-1.md",
        "classes": [str(c) for c in ObjectClass],
        "width": 384,
        "height": 288,
        "pad": 114,
        "thresholds": {str(c): 0.25 for c in ObjectClass},
    }
    return manifest.ModelEntry(**{**values, **changes})  # type: ignore[arg-type]


def test_manifest_reads_back_as_the_contract_says() -> None:
    [model] = tomllib.loads(manifest.render([entry()]))["model"]
    assert model["classes"] == [str(c) for c in ObjectClass]
    assert model["input"] == {"width": 384, "height": 288, "colour": "RGB", "pad": 114}
    assert (model["task"], model["output"]) == ("segment", "yolov8-seg")
    assert model["thresholds"]["kick_scooter"] == 0.25


def test_two_models_stay_apart() -> None:
    models = tomllib.loads(manifest.render([entry(), entry(id="m-2", width=320)]))["model"]
    assert [(m["id"], m["input"]["width"]) for m in models] == [("m-1", 384), ("m-2", 320)]


def test_thresholds_are_kept_by_model(tmp_path: Path) -> None:
    assert manifest.read_thresholds(tmp_path, "m-1") == {}
    (tmp_path / "manifest.toml").write_text(manifest.render([entry()]))
    assert manifest.read_thresholds(tmp_path, "m-1")["person"] == 0.25
    assert manifest.read_thresholds(tmp_path, "other") == {}


def test_a_broken_manifest_is_named(tmp_path: Path) -> None:
    (tmp_path / "manifest.toml").write_text("[[model\n")
    with pytest.raises(DataError, match=r"manifest\.toml"):
        manifest.read_thresholds(tmp_path, "m-1")


def test_digest(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"abc")
    assert manifest.sha256_of(tmp_path / "f") == hashlib.sha256(b"abc").hexdigest()
