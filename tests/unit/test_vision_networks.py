"""Tiny networks run for real: the detector checks them when it opens them, and reads their answers."""

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from vision.bench import bench
from vision.decode import Floats
from vision.errors import FrameError, ModelError
from vision.network_detector import NetworkDetector
from vision.onnx_detector import OnnxDetector, open_detector
from vision.types import Detections, Frame, ObjectClass

CLASSES = [str(cls) for cls in ObjectClass]
ROWS, ANCHORS = 4 + len(CLASSES), 12 * 16 + 6 * 8 + 3 * 4  # of 128 x 96 pixels
METADATA = {
    "id": "tiny",
    "classes": ",".join(CLASSES),
    "output": "yolov8-paving",
    "thresholds": json.dumps(dict.fromkeys(CLASSES, 0.3)),
}


def answers(score: float = 0.8) -> tuple[Floats, Floats]:
    """A person in the middle, and paving below the horizon with dots at its near end."""
    boxes = np.zeros((1, ROWS, ANCHORS), np.float32)
    boxes[0, :4, 7] = (64, 48, 32, 40)
    boxes[0, 4 + CLASSES.index("person"), 7] = score
    paving = np.full((1, 2, 24, 32), -4, np.float32)
    paving[0, 0, 8:, 12:20] = 3
    paving[0, 1, 20:, 12:20] = 3
    return boxes, paving


def network(
    boxes: Floats, paving: Floats, metadata: dict[str, str], *, half: bool = False, names: bool = True
) -> bytes:
    """A graph that gives these answers plus 0 x the picture; `half`: its numbers are stored in 16 bits."""
    nodes, stored, outputs = [], [], []
    for name, array in (("detections" if names else "a", boxes), ("paving" if names else "b", paving)):
        stored.append(numpy_helper.from_array(array.astype(np.float16) if half else array, f"{name}_stored"))
        nodes += [
            helper.make_node("Cast", [f"{name}_stored"], [f"{name}_known"], to=TensorProto.FLOAT),
            helper.make_node("Add", [f"{name}_known", "none"], [name]),
        ]
        outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, array.shape))
    stored.append(numpy_helper.from_array(np.zeros(1, np.float32), "zero"))
    nodes[:0] = [
        helper.make_node("ReduceMean", ["images"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "zero"], ["none"]),
    ]
    inputs = [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, 96, 128])]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs[::-1], stored)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, metadata)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def entry(model_id: str, file: str, content: bytes, more: str = "", classes: list[str] = CLASSES) -> str:
    thresholds = "\n".join(f"{name} = 0.3" for name in classes)
    return f"""
[[model]]
id = "{model_id}"
file = "{file}"
sha256 = "{hashlib.sha256(content).hexdigest()}"
bytes = {len(content)}
task = "detect+paving"
output = "yolov8-paving"
licence = "AGPL-3.0-or-later"
card = "tiny.md"
classes = {json.dumps(classes)}
{more}
[model.input]
width = 128
height = 96
colour = "RGB"
pad = 114
[model.thresholds]
{thresholds}
"""


def shipped(folder: Path, content: bytes, classes: list[str] = CLASSES) -> Path:
    (folder / "tiny.onnx").write_bytes(content)
    (folder / "manifest.toml").write_text(entry("tiny", "tiny.onnx", content, classes=classes))
    return folder


def frame(width: int = 256, height: int = 192) -> Frame:
    rng = np.random.default_rng(1)
    return Frame(3, 0.5, rng.integers(80, 150, (height, width, 3), np.uint8))


def look(detector: NetworkDetector, least: float | None = None) -> Detections:
    return detector.detect(frame(), least)


def test_a_shipped_network_is_opened_and_sees(tmp_path: Path) -> None:
    detector = open_detector(folder=shipped(tmp_path, network(*answers(), METADATA)))
    assert detector.notice is None
    seen = look(detector)
    (person,) = seen.objects
    assert (person.cls, person.box) == (ObjectClass.PERSON, pytest.approx((96, 56, 160, 136)))
    assert (seen.frame_index, seen.t_s, seen.size) == (3, 0.5, (256, 192))
    assert seen.paving[100:, 104:152].all()
    assert seen.warning is not None
    assert seen.warning[170:, 104:152].all()
    assert not seen.warning[:150].any()
    assert seen.paving_score == pytest.approx(1 / (1 + np.exp(-3)))
    with pytest.raises(FrameError):
        detector.detect(Frame(0, 0.0, np.zeros((96, 128), np.uint8)))


def test_weak_boxes_are_told_apart_or_when_asked_for(tmp_path: Path) -> None:
    content = network(*answers(0.2), METADATA)
    detector = open_detector(folder=shipped(tmp_path, content))
    seen = look(detector)
    assert seen.objects == ()
    assert [(thing.cls, thing.score) for thing in seen.faint] == [(ObjectClass.PERSON, pytest.approx(0.2))]
    assert [thing.score for thing in look(detector, 0.1).objects] == [pytest.approx(0.2)]
    assert look(detector, 0.1).faint == ()


def test_outputs_are_told_apart_by_their_names_and_else_by_their_order(tmp_path: Path) -> None:
    """The graph lists paving first: right by name, refused where the names say nothing."""
    open_detector(folder=shipped(tmp_path, network(*answers(), METADATA)))
    with pytest.raises(ModelError, match="outputs"):
        open_detector(folder=shipped(tmp_path, network(*answers(), METADATA, names=False)))


def test_weights_in_16_bits_give_the_same_answer(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    whole = look(open_detector(folder=shipped(one, network(*answers(0.75), METADATA))))
    half = look(open_detector(folder=shipped(other, network(*answers(0.75), METADATA, half=True))))
    assert whole == half
    assert (whole.paving == half.paving).all()


@pytest.mark.parametrize("output", [0, 1])
def test_an_answer_that_is_no_number_is_an_error_and_not_an_empty_street(tmp_path: Path, output: int) -> None:
    raw = answers()
    raw[output][0, 1, 3] = np.nan
    with pytest.raises(ModelError, match="not numbers"):
        look(open_detector(folder=shipped(tmp_path, network(*raw, METADATA))))


def test_a_graph_of_other_shapes_or_classes_than_its_entry_is_refused(tmp_path: Path) -> None:
    boxes, paving = answers()
    for content, said in (
        (network(boxes[:, :, :-1], paving, METADATA), "outputs"),
        (network(boxes[:, :-1], paving, METADATA), "outputs"),
        (network(boxes, paving[:, :1], METADATA), "outputs"),
        (network(boxes, paving, METADATA | {"classes": "person"}), "class 0 is 'person'"),
        (network(boxes, paving, METADATA | {"output": "yolov8-seg"}), "layout is yolov8-seg"),
        (b"no network at all", "cannot open"),
    ):
        with pytest.raises(ModelError, match=said) as caught:
            open_detector(folder=shipped(tmp_path, content))
        assert "\n" not in str(caught.value)


def test_a_file_that_does_not_ship_says_so_and_one_that_says_nothing_is_refused(tmp_path: Path) -> None:
    folder = shipped(tmp_path, network(*answers(), METADATA))
    mine = tmp_path / "mine.onnx"
    mine.write_bytes(network(*answers(0.6), METADATA))
    detector = open_detector(mine, folder)
    assert detector.notice is not None
    assert "not a shipped model" in detector.notice
    assert [thing.score for thing in look(detector).objects] == [pytest.approx(0.6)]
    assert open_detector(str(folder / "tiny.onnx"), folder).notice is None
    mine.write_bytes(network(*answers(0.6), {"id": "mine"}))
    with pytest.raises(ModelError, match="metadata lacks classes, output, thresholds"):
        open_detector(mine, folder)
    for path in ("absent.onnx", "models/tiny.param"):
        with pytest.raises(ModelError):
            open_detector(path, folder)


def test_the_bench_times_every_stage(tmp_path: Path) -> None:
    detector = open_detector(folder=shipped(tmp_path, network(*answers(), METADATA)))
    timings = {timing.what: timing for timing in bench(detector, [frame().image] * 8)}
    assert set(timings) == {
        "faults", "input", "network", "decode", "scene", "drawing", "detect", "all but the network",
    }  # fmt: skip
    assert all(0 < timing.p50_ms <= timing.p99_ms for timing in timings.values())


# --- ncnn

PARAM = """7767517
3 3
Input in0 0 1 in0
MemoryData boxes 0 1 out0 0={anchors} 1={rows}
MemoryData paving 0 1 out1 0=32 1=24 2=2
"""


def ncnn_folder(tmp_path: Path, anchors: int = ANCHORS) -> Path:
    boxes, paving = answers()
    param = PARAM.format(anchors=anchors, rows=ROWS).encode()
    numbers = np.ascontiguousarray(boxes[:, :, :anchors]).tobytes() + paving.tobytes()
    (tmp_path / "tiny.param").write_bytes(param)
    (tmp_path / "tiny.bin").write_bytes(numbers)
    digest = hashlib.sha256(numbers).hexdigest()
    more = f'runtime = "ncnn"\nweights = "tiny.bin"\nweights_sha256 = "{digest}"'
    (tmp_path / "manifest.toml").write_text(entry("tiny-ncnn", "tiny.param", param, more))
    return tmp_path


def test_ncnn_sees_what_onnx_runtime_sees(tmp_path: Path) -> None:
    pytest.importorskip("ncnn")
    small, other = tmp_path / "ncnn", tmp_path / "onnx"
    small.mkdir()
    other.mkdir()
    first = look(open_detector(folder=ncnn_folder(small)))
    second = look(open_detector(folder=shipped(other, network(*answers(), METADATA))))
    assert first == second
    assert (first.paving == second.paving).all()
    assert (first.warning == second.warning).all()


def test_an_ncnn_network_of_another_layout_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("ncnn")
    with pytest.raises(ModelError, match="outputs"):
        open_detector(folder=ncnn_folder(tmp_path, ANCHORS - 1))


def test_without_ncnn_one_line_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vision.ncnn_detector.ncnn", None)
    with pytest.raises(ModelError, match=r"pip install ncnn$"):
        open_detector(folder=ncnn_folder(tmp_path))


def test_the_detector_of_onnx_runtime_is_the_default(tmp_path: Path) -> None:
    assert isinstance(open_detector(folder=shipped(tmp_path, network(*answers(), METADATA))), OnnxDetector)
