"""Tiny networks run by OpenVINO for real: read as ONNX Runtime reads them, checked when they are opened."""

import hashlib
import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from vision.decode import Floats
from vision.errors import ModelError
from vision.model_files import find_model
from vision.network_detector import NetworkDetector
from vision.onnx_detector import OnnxDetector
from vision.openvino_detector import OpenvinoDetector, given_openvino, library, read_graph
from vision.types import Detections, Frame, ObjectClass

pytestmark = pytest.mark.skipif(find_spec("openvino") is None, reason="openvino is not installed")

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


def network(boxes: Floats, paving: Floats, metadata: dict[str, str]) -> bytes:
    """A graph that gives these answers plus 0 x the picture, and lists the paving first."""
    stored = [numpy_helper.from_array(np.zeros(1, np.float32), "zero")]
    nodes = [
        helper.make_node("ReduceMean", ["images"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "zero"], ["none"]),
    ]
    outputs = []
    for name, array in (("paving", paving), ("detections", boxes)):
        stored.append(numpy_helper.from_array(array, f"{name}_stored"))
        nodes.append(helper.make_node("Add", [f"{name}_stored", "none"], [name]))
        outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, array.shape))
    inputs = [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, 96, 128])]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, stored)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, metadata)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def shipped(folder: Path, content: bytes) -> Path:
    thresholds = "\n".join(f"{name} = 0.3" for name in CLASSES)
    (folder / "tiny.onnx").write_bytes(content)
    (folder / "manifest.toml").write_text(f"""
[[model]]
id = "tiny"
file = "tiny.onnx"
sha256 = "{hashlib.sha256(content).hexdigest()}"
bytes = {len(content)}
task = "detect+paving"
output = "yolov8-paving"
licence = "AGPL-3.0-or-later"
card = "tiny.md"
classes = {json.dumps(CLASSES)}
[model.input]
width = 128
height = 96
colour = "RGB"
pad = 114
[model.thresholds]
{thresholds}
""")
    return folder


def look(detector: NetworkDetector) -> Detections:
    image = np.random.default_rng(1).integers(80, 150, (192, 256, 3), np.uint8)
    return detector.detect(Frame(3, 0.5, image))


def test_it_sees_what_onnx_runtime_sees(tmp_path: Path) -> None:
    model = find_model(folder=shipped(tmp_path, network(*answers(), METADATA)))
    mine, theirs = look(OpenvinoDetector(model)), look(OnnxDetector(model))
    assert [thing.cls for thing in mine.objects] == [ObjectClass.PERSON]
    assert mine == theirs
    assert (mine.paving == theirs.paving).all()
    assert mine.warning is not None
    assert (mine.warning == theirs.warning).all()
    assert mine.warning.any()


def test_a_graph_of_other_shapes_or_classes_than_its_entry_is_refused(tmp_path: Path) -> None:
    boxes, paving = answers()
    for content, said in (
        (network(boxes[:, :, :-1], paving, METADATA), "outputs"),
        (network(boxes, paving[:, :1], METADATA), "outputs"),
        (network(boxes, paving, METADATA | {"classes": "person"}), "class 0 is 'person'"),
        (network(boxes, paving, METADATA | {"output": "yolov8-seg"}), "layout is yolov8-seg"),
        (b"no network at all", "cannot open"),
    ):
        with pytest.raises(ModelError, match=said) as caught:
            OpenvinoDetector(find_model(folder=shipped(tmp_path, content)))
        assert "\n" not in str(caught.value)


def test_an_answer_that_is_no_number_is_an_error_and_not_an_empty_street(tmp_path: Path) -> None:
    boxes, paving = answers()
    paving[0, 0, 1, 3] = np.nan
    with pytest.raises(ModelError, match="not numbers"):
        look(OpenvinoDetector(find_model(folder=shipped(tmp_path, network(boxes, paving, METADATA)))))


def test_its_own_format_is_run_by_its_folder_and_says_that_it_does_not_ship(tmp_path: Path) -> None:
    folder = shipped(tmp_path, network(*answers(0.6), METADATA))
    library().save_model(read_graph(folder / "tiny.onnx"), str(tmp_path / "own/tiny.xml"))
    given = given_openvino(tmp_path / "own", folder)
    detector = OpenvinoDetector(given)
    assert detector.notice is not None
    assert "not a shipped model" in detector.notice
    assert [thing.cls for thing in look(detector).objects] == [ObjectClass.PERSON]
    assert given_openvino(folder / "tiny.onnx", folder).notice is None
    (tmp_path / "own/tiny.bin").unlink()
    with pytest.raises(ModelError, match=r"tiny\.bin: no such file"):
        given_openvino(tmp_path / "own", folder)


def test_what_is_no_network_is_refused_with_one_line(tmp_path: Path) -> None:
    folder = shipped(tmp_path, network(*answers(), METADATA))
    (tmp_path / "silent.onnx").write_bytes(network(*answers(), {"id": "silent"}))
    (tmp_path / "empty").mkdir()
    (tmp_path / "weights.pt").write_bytes(b"")
    for name, said in (
        ("silent.onnx", "metadata lacks classes, output, thresholds"),
        ("empty", "holds 0 .xml files"),
        ("weights.pt", "not a network that OpenVINO reads"),
        ("absent.onnx", "cannot be read"),
    ):
        with pytest.raises(ModelError, match=said):
            given_openvino(tmp_path / name, folder)


def test_without_openvino_one_line_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = find_model(folder=shipped(tmp_path, network(*answers(), METADATA)))
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(ModelError, match=r"shirube\[openvino\]"):
        OpenvinoDetector(model)


def test_importing_it_reports_nothing_to_its_makers() -> None:
    """Its converter, which does that, is not imported; whoever wants it can import it later."""
    program = (
        "import sys; from vision.openvino_detector import library; import importlib.util\n"
        "assert not hasattr(library(), 'convert_model')\n"
        "assert not [name for name in sys.modules if 'telemetry' in name or name == 'openvino.tools.ovc']\n"
        "assert importlib.util.find_spec('openvino.tools.ovc')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
