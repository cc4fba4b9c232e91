"""The manifest is believed only as far as the bytes agree with it."""

import hashlib
from pathlib import Path

import pytest

from vision.errors import ModelError
from vision.layouts import LAYOUTS, check_layout
from vision.model_files import (
    ModelFile,
    check_metadata,
    class_names,
    described,
    find_model,
    is_path,
    load_manifest,
    shipped_copy,
)
from vision.types import ObjectClass

ENTRY = """
[[model]]
id = "tiny"
file = "tiny.onnx"
sha256 = "{sha}"
bytes = {size}
task = "{task}"
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


TASKS = {name: layout.task for name, layout in LAYOUTS.items()}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def folder_with(tmp_path: Path, content: bytes = b"weights", output: str = "yolov8-paving") -> Path:
    entry = ENTRY.format(
        sha=sha256(content), size=len(content), output=output, task=TASKS.get(output, "detect")
    )
    (tmp_path / "tiny.onnx").write_bytes(content)
    (tmp_path / "manifest.toml").write_text(entry)
    return tmp_path


def ncnn_folder(tmp_path: Path) -> Path:
    folder = folder_with(tmp_path)
    path = folder / "manifest.toml"
    (folder / "tiny.bin").write_bytes(b"numbers")
    more = f'runtime = "ncnn"\nweights = "tiny.bin"\nweights_sha256 = "{sha256(b"numbers")}"\n[model.input]'
    path.write_text(path.read_text().replace("[model.input]", more))
    return folder


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
    with pytest.raises(ModelError, match=r"yolo26-end2end is unknown.*yolov8-paving"):
        find_model(folder=folder_with(tmp_path, output="yolo26-end2end"))


def test_both_files_of_an_ncnn_network_are_checked(tmp_path: Path) -> None:
    folder = ncnn_folder(tmp_path)
    model = find_model(folder=folder)
    assert (model.spec.runtime, model.weights) == ("ncnn", folder / "tiny.bin")
    (folder / "tiny.bin").write_bytes(b"letters")
    with pytest.raises(ModelError, match=r"tiny\.bin.*install again"):
        find_model(folder=folder)
    (folder / "tiny.bin").unlink()
    with pytest.raises(ModelError, match=r"tiny\.bin: cannot be read"):
        find_model(folder=folder)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("width = 64", "width = 'wide'"),
        ('"person"]', '"dragon"]'),
        ("person = 0.35", ""),
        ("person = 0.35", "person = 1.0"),
        ('["tactile_paving", "person"]', '["person"]'),
        ('["tactile_paving", "person"]', '["tactile_paving", "person", "person"]'),
        ("width = 64", "width = 70"),
        ("[model.input]", 'runtime = "ncnn"\n[model.input]'),
        ("[model.input]", 'runtime = "abacus"\n[model.input]'),
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


OUTPUTS: dict[str, list[list[object]]] = {
    "yolov8-seg": [[1, 38, 42], [1, 32, 8, 16]],
    "yolov8-paving": [[1, 6, 42], [1, 2, 8, 16]],
}


@pytest.mark.parametrize("output", LAYOUTS)
def test_the_graph_must_have_the_layout_s_shapes(tmp_path: Path, output: str) -> None:
    spec = find_model(folder=folder_with(tmp_path, output=output)).spec
    good_in: list[list[object]] = [[1, 3, 32, 64]]
    check_layout(spec, good_in, OUTPUTS[output])
    with pytest.raises(ModelError, match="input"):
        check_layout(spec, [[1, 3, 64, 32]], OUTPUTS[output])
    for wrong in ([[1, 116, 42], OUTPUTS[output][1]], OUTPUTS[output][:1], OUTPUTS[output][::-1]):
        with pytest.raises(ModelError, match=f"outputs.*{output}"):
            check_layout(spec, good_in, wrong)


# --- files by their path

TOLD = {
    "id": "mine",
    "classes": "tactile_paving, person",
    "output": "yolov8-paving",
    "thresholds": '{"tactile_paving": 0.5, "person": 0.4}',
}


def test_a_file_that_describes_itself_is_taken_and_says_that_it_does_not_ship(tmp_path: Path) -> None:
    model = described(tmp_path / "mine.onnx", TOLD, [1, 3, 32, 64])
    assert model.spec.classes == (ObjectClass.PAVING, ObjectClass.PERSON)
    assert (model.spec.input.width, model.spec.input.height) == (64, 32)
    assert model.spec.thresholds[ObjectClass.PERSON] == 0.4
    assert model.notice is not None
    assert "mine.onnx: not a shipped model" in model.notice


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        *((key, "", f"lacks {key}") for key in TOLD),
        ("classes", "tactile_paving,dragon", "classes"),
        ("classes", '["tactile_paving"', "classes"),
        ("output", "yolo26-end2end", "unknown"),
        ("thresholds", "low", "not JSON"),
        ("thresholds", "0.5", "thresholds"),
        ("thresholds", '{"tactile_paving": 0.5}', "no threshold for person"),
        ("thresholds", '{"tactile_paving": 0.5, "person": 7}', "between 0 and 1"),
    ],
)
def test_a_file_that_does_not_describe_itself_is_refused(key: str, value: str, said: str) -> None:
    with pytest.raises(ModelError, match=said) as caught:
        described(Path("mine.onnx"), TOLD | {key: value}, [1, 3, 32, 64])
    assert str(caught.value).startswith("mine.onnx: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("shape", [[1, 3, 32], [1, 3, "height", "width"], [1, 3, 30, 64]])
def test_an_input_of_no_fixed_size_is_refused(shape: list[object]) -> None:
    with pytest.raises(ModelError, match=r"mine\.onnx"):
        described(Path("mine.onnx"), TOLD, shape)


def test_a_copy_of_a_shipped_file_is_the_shipped_model(tmp_path: Path) -> None:
    folder = folder_with(tmp_path)
    copy = tmp_path / "copy.onnx"
    copy.write_bytes(b"weights")
    model = shipped_copy(copy, folder)
    assert model is not None
    assert (model.spec.id, model.path, model.notice) == ("tiny", copy, None)
    copy.write_bytes(b"weightz")
    assert shipped_copy(copy, folder) is None
    with pytest.raises(ModelError, match="cannot be read"):
        shipped_copy(tmp_path / "absent.onnx", folder)


def test_a_model_is_named_by_its_id_or_by_its_file() -> None:
    assert not is_path("paving-v3-int8")
    assert all(map(is_path, ("mine.onnx", "./mine", "models/mine.onnx", Path("mine"))))


def test_the_file_and_its_entry_must_name_the_same_classes_in_the_same_order(tmp_path: Path) -> None:
    model = find_model(folder=folder_with(tmp_path))
    check_metadata(model, {})
    for same in ("tactile_paving,person", '["tactile_paving", "person"]'):
        check_metadata(model, {"classes": same})
    for other, said in (
        ("person,tactile_paving", "class 0 is 'person', the manifest says 'tactile_paving'"),
        ("tactile_paving,person,car", "has 3 classes, the manifest lists 2"),
        ("tactile_paving", "has 1 classes"),
    ):
        with pytest.raises(ModelError, match=said):
            check_metadata(model, {"classes": other})
    with pytest.raises(ModelError, match="layout is yolov8-seg"):
        check_metadata(ModelFile(model.spec, model.path), {"output": "yolov8-seg"})


def test_names_of_classes_are_read_from_json_or_between_commas() -> None:
    assert class_names("a, b,c") == class_names('["a", "b", "c"]') == ["a", "b", "c"]
