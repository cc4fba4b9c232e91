"""The manifest that the walk's loader reads."""

import dataclasses
import hashlib
from pathlib import Path

import pytest

from vision.model_files import find_model, load_manifest
from vision.model_spec import ModelInput, ModelSpec
from vision.training import manifest
from vision.training.errors import DataError
from vision.types import ObjectClass

SPEC = ModelSpec(
    id="m-2",
    file="m-2.onnx",
    sha256=hashlib.sha256(b"network").hexdigest(),
    bytes=7,
    task="detect+paving",
    output="yolov8-paving",
    licence="AGPL-3.0-or-later",
    card="m-2.md",
    classes=tuple(ObjectClass),
    input=ModelInput(384, 288, "RGB", 114),
    thresholds=dict.fromkeys(ObjectClass, 0.25),
)


def write(folder: Path, *specs: ModelSpec, before: list[manifest.Table] | None = None) -> None:
    tables = manifest.merged(specs, before or [], "m-2")
    (folder / "manifest.toml").write_text(manifest.render(tables), encoding="utf-8")


def test_the_loader_reads_what_was_written(tmp_path: Path) -> None:
    ncnn = dataclasses.replace(
        SPEC, id="m-2-ncnn", runtime="ncnn", weights="m-2.ncnn.bin", weights_sha256="cd" * 32
    )
    int8 = dataclasses.replace(SPEC, id="m-2-int8", precision="int8")
    write(tmp_path, int8, SPEC, ncnn)
    assert load_manifest(tmp_path) == (int8, SPEC, ncnn)


def test_the_first_entry_is_the_default(tmp_path: Path) -> None:
    write(tmp_path, SPEC, dataclasses.replace(SPEC, id="m-2-int8", precision="int8"))
    (tmp_path / "m-2.onnx").write_bytes(b"network")
    assert find_model(folder=tmp_path).spec.id == "m-2"


def test_other_models_stay_and_own_ones_of_earlier_weights_go(tmp_path: Path) -> None:
    other, old = dataclasses.replace(SPEC, id="m-20"), dataclasses.replace(SPEC, id="m-2-int8")
    write(tmp_path, SPEC, before=[manifest.table_of(old), manifest.table_of(other)])
    assert [spec.id for spec in load_manifest(tmp_path)] == ["m-2", "m-20"]
    before = manifest.read_tables(tmp_path)
    write(tmp_path, SPEC, before=before)
    assert manifest.read_tables(tmp_path) == before


def test_thresholds_are_written_to_two_places_and_read_as_they_were(tmp_path: Path) -> None:
    write(tmp_path, dataclasses.replace(SPEC, thresholds={**SPEC.thresholds, ObjectClass.DOG: 0.3}))
    assert "\ndog = 0.30\n" in (tmp_path / "manifest.toml").read_text(encoding="utf-8")


def test_a_folder_without_a_manifest_has_no_entries(tmp_path: Path) -> None:
    assert manifest.read_tables(tmp_path) == []


def test_a_broken_manifest_is_named(tmp_path: Path) -> None:
    (tmp_path / "manifest.toml").write_text("[[model\n")
    with pytest.raises(DataError, match=r"manifest\.toml"):
        manifest.read_tables(tmp_path)


def test_digest(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"abc")
    assert manifest.sha256_of(tmp_path / "f") == hashlib.sha256(b"abc").hexdigest()
