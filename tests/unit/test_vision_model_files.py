"""The manifest is believed only as far as the bytes agree with it."""

import hashlib
from pathlib import Path

import pytest

from vision.errors import ModelError
from vision.model_files import check_layout, find_model, load_manifest
from vision.types import ObjectClass

ENTRY = """
[[model]]
id = "tiny"
file = "tiny.onnx"
sha256 = "{sha}"
bytes = {size}
task = "segment"
output = "{output}"
licence = "AGPL-3.0-or-later"
card = "tiny.md"
classes = ["tactile_paving", "person"]
[model.input]
width = 64
height = 32
colour = "RGB"
pad = 114
[model.thresholds]
tactile_paving = 0.3
person = 0.35
"""


def folder_with(tmp_path: Path, content: bytes = b"weights", output: str = "yolov8-seg") -> Path:
    sha = hashlib.sha256(content).hexdigest()
    (tmp_path / "tiny.onnx").write_bytes(content)
    (tmp_path / "manifest.toml").write_text(ENTRY.format(sha=sha, size=len(content), output=output))
    return tmp_path


def test_a_model_whose_bytes_agree_is_found(tmp_path: Path) -> None:
    model = find_model("tiny", folder_with(tmp_path))
    assert model.path == tmp_path / "tiny.onnx"
    assert model.spec.classes == (ObjectClass.PAVING, ObjectClass.PERSON)
    assert model.spec.thresholds[ObjectClass.PERSON] == 0.35


def test_the_first_model_is_the_default(tmp_path: Path) -> None:
    assert find_model(folder=folder_with(tmp_path)).spec.id == "tiny"


@pytest.mark.parametrize("content", [b"weightz", b"weights and more"])
def test_a_changed_file_is_refused(tmp_path: Path, content: bytes) -> None:
    folder = folder_with(tmp_path)
    (folder / "tiny.onnx").write_bytes(content)
    with pytest.raises(ModelError, match=r"tiny\.onnx.*install again"):
        find_model(folder=folder)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    folder = folder_with(tmp_path)
    (folder / "tiny.onnx").unlink()
    with pytest.raises(ModelError, match="cannot be read"):
        find_model(folder=folder)


def test_an_unknown_id_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="tiny"):
        find_model("other", folder_with(tmp_path))


def test_another_output_layout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="yolov8-seg only"):
        find_model(folder=folder_with(tmp_path, output="yolo26-end2end"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("width = 64", "width = 'wide'"),
        ('"person"]', '"dragon"]'),
        ("person = 0.35", ""),
        ('colour = "RGB"', 'colour = "BGR"'),
        ("[[model]]", "[[model"),
    ],
)
def test_a_broken_entry_gives_one_line(tmp_path: Path, old: str, new: str) -> None:
    folder = folder_with(tmp_path)
    path = folder / "manifest.toml"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(ModelError) as caught:
        load_manifest(folder)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_graph_must_have_the_manifest_s_shapes(tmp_path: Path) -> None:
    spec = find_model(folder=folder_with(tmp_path)).spec
    good_in: list[list[object]] = [[1, 3, 32, 64]]
    good_out: list[list[object]] = [[1, 38, 42], [1, 32, 8, 16]]
    check_layout(spec, good_in, good_out)
    with pytest.raises(ModelError, match="input"):
        check_layout(spec, [[1, 3, 64, 32]], good_out)
    with pytest.raises(ModelError, match="outputs"):
        check_layout(spec, good_in, [[1, 116, 42], [1, 32, 8, 16]])
