"""Export: what is compared, what is told, bad input; with the train extra, a whole small export."""

import dataclasses
import json
import re
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from vision.model_files import find_model, load_manifest
from vision.onnx_detector import open_detector
from vision.training import export, held, parity, recipe
from vision.training.errors import DataError, ExportError
from vision.training.export_report import aligned
from vision.training.labels import PAVING, Instance, box_polygon
from vision.training.sources import Writer
from vision.types import Detection, Frame, ObjectClass

HAS_TORCH = pytest.mark.skipif(
    find_spec("torch") is None or find_spec("onnx") is None,
    reason="the train extra is not installed: pip install -e '.[train]'",
)


def thing(cls: ObjectClass, *box: float) -> Detection:
    x1, y1, x2, y2 = box
    return Detection(cls, 0.9, (x1, y1, x2, y2))


# --- parity


def test_boxes_are_matched_one_to_one_within_their_class() -> None:
    first = [thing(ObjectClass.CAR, 0, 0, 10, 10), thing(ObjectClass.CAR, 1, 0, 11, 10)]
    second = [thing(ObjectClass.CAR, 0, 0, 10, 10), thing(ObjectClass.BUS, 1, 0, 11, 10)]
    assert parity.matched(first, second) == [pytest.approx(1.0)]
    assert parity.matched(first, first) == [pytest.approx(1.0)] * 2
    assert parity.matched(first, []) == []


def test_what_is_too_far_off_is_told() -> None:
    good = parity.Parity(50, 80, 0.99, 0.8, 0.01, 40, 0.98, 0.9)
    assert good.fault is None
    assert good.untold is None
    bad = dataclasses.replace(good, box_mean=0.94, mask_mean=0.9)
    assert bad.fault == "box IoU 0.940 < 0.95, paving IoU 0.900 < 0.97"
    blind = dataclasses.replace(good, masks=0, mask_mean=float("nan"))
    assert blind.untold == "no paving in 50 pictures to compare"


# --- pictures


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve drawn streets, every third for val."""
    writer = Writer(tmp_path_factory.mktemp("pictures"))
    rng = np.random.default_rng(1)
    for number in range(12):
        image = rng.integers(90, 130, (96, 128, 3)).astype(np.uint8)
        surfaces = np.zeros((96, 128), np.uint8)
        image[:, 40:60], surfaces[:, 40:60] = (40, 180, 230), PAVING
        split, source = ("val", "coco") if number % 3 == 0 else ("train", ("scenes", "coco")[number % 2])
        box = Instance(ObjectClass.BOX, box_polygon(0.6, 0.5, 0.8, 0.9))
        writer.add((source, split, str(number)), image, surfaces, [box], "all")
    writer.close()
    return writer.out


def test_a_mixture_takes_each_source_in_turn(pictures: Path) -> None:
    train = held.read_index(pictures, recipe.load(), "train")
    few = held.mixed(train, 4, 1)
    assert sorted(e["source"] for e in few) == ["coco", "coco", "scenes", "scenes"]
    assert few == held.mixed(train, 4, 1)
    assert len(held.mixed(train, 100, 1)) == len(train) == 8


def test_test_pictures_are_never_read(tmp_path: Path) -> None:
    (tmp_path / "index.jsonl").write_text(json.dumps({"source": "coco", "split": "test", "image": "a.jpg"}))
    with pytest.raises(DataError, match="has no val pictures"):
        held.read_index(tmp_path, recipe.load(), "val")


def test_columns_stand_below_each_other() -> None:
    assert aligned([["a", "bb"], ["ccc", "d"]]) == "a    bb\nccc   d"


# --- bad input


def told(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    assert export.main(list(argv)) == 2
    [line] = capsys.readouterr().err.splitlines()[-1:]
    return line


def test_missing_weights(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = told(capsys, "--weights", str(tmp_path / "none.pt"))
    assert "none.pt is missing: train first" in line


def test_an_unknown_format(capsys: pytest.CaptureFixture[str]) -> None:
    assert "choose of onnx, int8, ncnn" in told(capsys, "--formats", "tflite")


def test_another_size_is_another_model() -> None:
    whole = recipe.load()
    small = export.sized(whole, "384x288")
    assert (small.model_id, small.width, small.height) == (f"{whole.model_id}-384x288", 384, 288)
    assert export.sized(whole, None) == whole
    for odd in ("384", "384x280", "axb", "0x32"):
        with pytest.raises(ExportError, match="multiples of 32"):
            export.sized(whole, odd)


def test_formats_are_taken_in_one_order() -> None:
    assert export.wanted("int8, onnx") == ("onnx", "int8")
    with pytest.raises(ExportError):
        export.wanted(",")


# --- with torch


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A recipe of a small input, and untrained weights of its network."""
    import torch

    from vision.training.network import empty_network

    folder = tmp_path_factory.mktemp("small")
    text = recipe.DEFAULT.read_text(encoding="utf-8")
    text = re.sub(r"\bwidth = \d+", "width = 128", re.sub(r"\bheight = \d+", "height = 96", text))
    (folder / "recipe.toml").write_text(text, encoding="utf-8")
    torch.manual_seed(1)
    torch.save(empty_network().state_dict(), folder / "average.pt")
    return folder / "recipe.toml", folder / "average.pt"


def options(small: tuple[Path, Path], pictures: Path, models: Path, formats: str) -> list[str]:
    return [
        *("--recipe", str(small[0]), "--weights", str(small[1]), "--pictures", str(pictures)),
        *("--models", str(models), "--formats", formats),
    ]


@HAS_TORCH
def test_a_whole_export(
    small: tuple[Path, Path], pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export.main([*options(small, pictures, tmp_path, "onnx,int8"), "--default", "int8", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["models"]["paving-v3"]["bytes"] < 7_000_000
    assert result["models"]["paving-v3-int8"]["bytes"] < 4_500_000
    assert [spec.id for spec in load_manifest(tmp_path)] == ["paving-v3-int8", "paving-v3"]
    seen = open_detector("paving-v3", tmp_path).detect(Frame(0, 0.0, np.zeros((96, 128, 3), np.uint8)))
    assert seen.paving.shape == (96, 128)
    assert open_detector(None, tmp_path).spec.precision == "int8"


@HAS_TORCH
def test_halved_weights_answer_as_whole_ones(small: tuple[Path, Path], tmp_path: Path) -> None:
    import onnxruntime

    from vision.training import export_onnx
    from vision.training.export_run import base_spec

    how = recipe.load(small[0])
    network = export_onnx.trained_network(small[1])
    paths = [tmp_path / name for name in ("plain.onnx", "halved.onnx", "widened.onnx")]
    export_onnx.write_plain(network, how.width, how.height, paths[0])
    export_onnx.write_halved(paths[0], paths[1], base_spec(how))
    export_onnx.write_widened(paths[1], paths[2])
    assert paths[1].stat().st_size < 0.55 * paths[0].stat().st_size < 0.55 * 1.01 * paths[2].stat().st_size
    blob = np.random.default_rng(0).random((1, 3, how.height, how.width), np.float32)
    answers = [onnxruntime.InferenceSession(str(p)).run(None, {"images": blob})[0][:, 4:] for p in paths]
    expected = export_onnx.answer(network, blob)[0][4:]
    assert max(float(np.abs(a[0] - expected).max()) for a in answers) < 1e-3


@HAS_TORCH
def test_ncnn(small: tuple[Path, Path], pictures: Path, tmp_path: Path) -> None:
    pytest.importorskip("pnnx", reason="pnnx is not installed: pip install -e '.[train]'")
    pytest.importorskip("ncnn", reason="ncnn is not installed: pip install -e '.[train]'")
    assert export.main(options(small, pictures, tmp_path, "ncnn")) == 0
    assert find_model("paving-v3-ncnn", tmp_path).weights == tmp_path / "paving-v3.ncnn.bin"


@HAS_TORCH
def test_weights_of_another_network(
    small: tuple[Path, Path], pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import torch

    torch.save({"conv.weight": torch.zeros(1)}, tmp_path / "other.pt")
    line = told(capsys, *options((small[0], tmp_path / "other.pt"), pictures, tmp_path / "m", "onnx"))
    assert "other.pt holds weights of another network" in line
    (tmp_path / "other.pt").write_bytes(b"nothing of the kind")
    line = told(capsys, *options((small[0], tmp_path / "other.pt"), pictures, tmp_path / "m", "onnx"))
    assert "other.pt cannot be read" in line


@HAS_TORCH
def test_missing_pictures(
    small: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = told(capsys, *options(small, tmp_path / "none", tmp_path / "m", "onnx"))
    assert "index.jsonl is missing: run `shirube vision train --prepare-only` first" in line
    assert not (tmp_path / "m").exists()


@HAS_TORCH
def test_tensorrt_is_told_where_it_cannot_be_built(
    small: tuple[Path, Path],
    pictures: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert export.main(options(small, pictures, tmp_path, "onnx")) == 0
    monkeypatch.setenv("PATH", "")
    capsys.readouterr()
    argv = [
        "--tensorrt",
        "--recipe",
        str(small[0]),
        "--models",
        str(tmp_path),
        "--out",
        str(tmp_path / "out"),
    ]
    assert export.main(argv) == 0
    *_, command = capsys.readouterr().err.splitlines()
    assert command.startswith("trtexec --onnx=")
    assert command.endswith("--fp16 --skipInference")
    assert "is missing" in told(capsys, *argv[:3], "--out", str(tmp_path), "--models", str(tmp_path / "none"))


@HAS_TORCH
def test_no_two_neighbouring_weights_overflow_sixteen_bits() -> None:
    from vision.training.quantise import channel_steps

    weights = np.random.default_rng(2).normal(0, 1, (8, 5, 3, 3)).astype(np.float32)
    weights[0, 1, 1, 1] = 30.0  # one large weight beside small ones: nearly 8 bits are left
    steps = channel_steps(weights)
    rounded = np.abs(np.round(weights / steps[:, None, None, None]))
    assert rounded.max() <= 127
    assert 255 * (rounded[:, 0:4:2] + rounded[:, 1:4:2]).max() < 2**15
    assert rounded[0].max() > 110
