"""Files of every kind through Ultralytics' loader: offline, without torchvision, on one thread."""

import json
import pickle
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image as Pillow

from vision.decode import Floats
from vision.errors import ModelError
from vision.network_detector import NetworkDetector
from vision.types import Detections, Frame, ObjectClass
from vision.ultralytics_detector import open_ultralytics

torch = pytest.importorskip("torch")
# Not imported here: that puts a reader of its own in Pillow's place, for every test of the run.
if find_spec("ultralytics") is None:
    pytest.skip("ultralytics is not installed", allow_module_level=True)

CLASSES = [str(cls) for cls in ObjectClass]
SIDE = 96
ANCHORS = 12 * 12 + 6 * 6 + 3 * 3
NAMES = {0: "person", 1: "train", 2: "chair"}
OURS = {
    "id": "tiny",
    "classes": ",".join(CLASSES),
    "output": "yolov8-paving",
    "thresholds": json.dumps(dict.fromkeys(CLASSES, 0.3)),
    "input": f"{SIDE}x{SIDE} RGB 0..1, pad 114",
}


def look(detector: NetworkDetector) -> Detections:
    image = np.random.default_rng(1).integers(80, 150, (2 * SIDE, 2 * SIDE, 3), np.uint8)
    return detector.detect(Frame(3, 0.5, image))


def found(rows: int, score: float = 0.8) -> Floats:
    """A thing of the first class in the middle, as the raw answer of a detector."""
    boxes = np.zeros((1, 4 + rows, ANCHORS), np.float32)
    boxes[0, :4, 7] = (48, 48, 32, 40)
    boxes[0, 4, 7] = score
    return boxes


def graph(outputs: dict[str, Floats], metadata: dict[str, str]) -> bytes:
    """An ONNX file that gives these answers plus 0 x the picture."""
    stored = [numpy_helper.from_array(np.zeros(1, np.float32), "zero")]
    nodes = [
        helper.make_node("ReduceMean", ["images"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "zero"], ["none"]),
    ]
    for name, array in outputs.items():
        stored.append(numpy_helper.from_array(array, f"{name}_stored"))
        nodes.append(helper.make_node("Add", [f"{name}_stored", "none"], [name]))
    told = [helper.make_tensor_value_info(n, TensorProto.FLOAT, a.shape) for n, a in outputs.items()]
    inputs = [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, SIDE, SIDE])]
    made = helper.make_graph(nodes, "tiny", inputs, told, stored)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, metadata)
    onnx.checker.check_model(model)
    return model.SerializeToString()


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """A folder whose manifest lists one network, `tiny`, of our own layout."""
    folder = tmp_path / "models"
    folder.mkdir()
    thresholds = "\n".join(f"{name} = 0.3" for name in CLASSES)
    (folder / "manifest.toml").write_text(f"""
[[model]]
id = "tiny"
file = "tiny.onnx"
sha256 = "0"
bytes = 1
task = "detect+paving"
output = "yolov8-paving"
licence = "AGPL-3.0-or-later"
card = "tiny.md"
classes = {json.dumps(CLASSES)}
[model.input]
width = {SIDE}
height = {SIDE}
colour = "RGB"
pad = 114
[model.thresholds]
{thresholds}
""")
    return folder


def test_an_exported_detector_is_read_in_our_names_on_one_thread(tmp_path: Path, manifest: Path) -> None:
    path = tmp_path / "street.onnx"
    path.write_bytes(graph({"output0": found(3)}, {"names": str(NAMES), "imgsz": str([SIDE, SIDE])}))
    detector = open_ultralytics(path, manifest)
    (thing,) = look(detector).objects
    assert (thing.cls, thing.box) == (ObjectClass.PERSON, pytest.approx((64, 56, 128, 136)))
    assert detector.notice is not None
    assert "of its 3 classes these are ours: person, bench; it sees no guide blocks" in detector.notice
    options = detector._backend._loaded.session.get_session_options()
    assert options.intra_op_num_threads == 1


def test_a_file_with_our_own_metadata_is_what_it_says(tmp_path: Path, manifest: Path) -> None:
    path = tmp_path / "mine.onnx"
    paving = np.full((1, 2, 24, 24), 4, np.float32)
    outputs = {"detections": found(len(CLASSES), 0.0), "paving": paving}
    path.write_bytes(graph(outputs, OURS))
    seen = look(open_ultralytics(path, manifest))
    assert seen.paving.all()
    path.write_bytes(graph({"detections": outputs["detections"]}, OURS))
    with pytest.raises(ModelError, match="outputs are"):
        open_ultralytics(path, manifest)
    path.write_bytes(graph(outputs, OURS | {"classes": "person"}))
    with pytest.raises(ModelError, match="has no class tactile_paving"):
        open_ultralytics(path, manifest)


def ncnn_folder(folder: Path, *, metadata: str | None) -> Path:
    """The paving network's layout with fixed answers, as a folder of the library's kind."""
    folder.mkdir()
    boxes, paving = found(len(CLASSES)), np.full((1, 2, 24, 24), 4, np.float32)
    (folder / "model.param").write_text(
        "7767517\n4 3\nInput in0 0 1 in0\nNoop unused 1 0 in0\n"
        f"MemoryData boxes 0 1 out0 0={ANCHORS} 1={boxes.shape[1]}\n"
        "MemoryData paving 0 1 out1 0=24 1=24 2=2\n"
    )
    (folder / "model.bin").write_bytes(boxes.tobytes() + paving.tobytes())
    if metadata:
        (folder / "metadata.yaml").write_text(metadata)
    return folder


def test_a_file_that_says_nothing_is_read_after_its_name(tmp_path: Path, manifest: Path) -> None:
    pytest.importorskip("ncnn")
    detector = open_ultralytics(ncnn_folder(tmp_path / "tiny_ncnn_model", metadata=None), manifest)
    assert look(detector).paving.all()
    assert detector.notice is not None
    assert "read as tiny, after its name" in detector.notice
    assert detector._backend._loaded.net.opt.num_threads == 1
    with pytest.raises(ModelError, match=r"says nothing of its classes: .*\(tiny\)"):
        open_ultralytics(ncnn_folder(tmp_path / "other_ncnn_model", metadata=None), manifest)


def test_an_ncnn_folder_of_ultralytics_whose_layout_is_none_of_a_detector_is_refused(
    tmp_path: Path, manifest: Path
) -> None:
    pytest.importorskip("ncnn")
    says = f"names:\n  0: person\n  1: dog\nimgsz:\n- {SIDE}\n- {SIDE}\n"
    with pytest.raises(ModelError, match="no layout of a detector of 2 classes"):
        open_ultralytics(ncnn_folder(tmp_path / "odd_ncnn_model", metadata=says), manifest)


def checkpoint(path: Path, names: dict[int, str]) -> Any:
    """A detector with random weights that is sure of what it sees, as training would leave it."""
    from ultralytics.nn.tasks import DetectionModel

    torch.manual_seed(3)
    model = DetectionModel("yolov8n.yaml", nc=len(names), verbose=False)
    model.names = names
    for branch in model.model[-1].cv3:
        branch[-1].weight.data.mul_(50)
        branch[-1].bias.data.fill_(0)
    torch.save({"model": model, "train_args": {"imgsz": SIDE}}, path)
    return model.eval()


def test_a_checkpoint_gives_the_boxes_that_ultralytics_itself_gives(tmp_path: Path, manifest: Path) -> None:
    from ultralytics.utils.nms import non_max_suppression

    path = tmp_path / "street.pt"
    checkpoint(path, NAMES)
    detector = open_ultralytics(path, manifest)
    assert (detector.spec.input.width, detector.spec.input.height) == (SIDE, SIDE)
    blob = np.random.default_rng(5).random((1, 3, SIDE, SIDE), np.float32)
    outputs = detector.infer(blob)
    (theirs,) = non_max_suppression(torch.from_numpy(outputs[0][None].copy()), 0.25, 0.7, max_det=1000)
    wanted = sorted((round(float(row[4]), 3), int(row[5])) for row in theirs if int(row[5]) != 1)
    mine = detector.decode(outputs, detector.fit(SIDE, SIDE), 0.25).objects
    row = {ObjectClass.PERSON: 0, ObjectClass.BENCH: 2}
    assert wanted, "the network sees nothing: nothing was compared"
    assert sorted((round(thing.score, 3), row[thing.cls]) for thing in mine) == wanted
    assert torch.get_num_threads() == 1


# Torch no longer recommends the format; files of it are there all the same.
@pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")
def test_torchscript_needs_no_torchvision(tmp_path: Path, manifest: Path) -> None:
    model = checkpoint(tmp_path / "street.pt", NAMES)
    path = tmp_path / "street.torchscript"
    model.model[-1].export, model.model[-1].format = True, "torchscript"
    with torch.no_grad():
        traced = torch.jit.trace(model, torch.zeros(1, 3, SIDE, SIDE), strict=False, check_trace=False)
    says = {"names": NAMES, "imgsz": [SIDE, SIDE]}
    traced.save(str(path), _extra_files={"config.txt": json.dumps(says)})
    first, second = open_ultralytics(tmp_path / "street.pt", manifest), open_ultralytics(path, manifest)
    blob = np.random.default_rng(5).random((1, 3, SIDE, SIDE), np.float32)
    assert np.allclose(first.infer(blob)[0], second.infer(blob)[0], atol=1e-2)


class Trap:
    """What a .pt file from anywhere may hold."""

    def __reduce__(self) -> tuple[Any, ...]:
        return exec, ("raise SystemExit('code of a model file was run')",)


def test_a_checkpoint_with_code_in_it_is_refused_and_the_code_not_run(tmp_path: Path, manifest: Path) -> None:
    path = tmp_path / "trap.pt"
    torch.save({"model": Trap()}, path, pickle_protocol=pickle.DEFAULT_PROTOCOL)
    with pytest.raises(ModelError, match=r"trap\.pt: .*Ultralytics cannot open it") as caught:
        open_ultralytics(path, manifest)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "name", ["cut.pt", "cut.onnx", "cut.torchscript", "cut.xyz", "yolov8n.pt", "cut.engine"]
)
def test_a_damaged_absent_or_unknown_file_is_one_line_and_nothing_is_fetched(
    tmp_path: Path, manifest: Path, name: str
) -> None:
    path = tmp_path / name
    if name.startswith("cut"):
        path.write_bytes(b"PK\x03\x04 not the rest of it")
    with pytest.raises(ModelError, match=name.replace(".", r"\.")) as caught:
        open_ultralytics(path, manifest)
    assert "\n" not in str(caught.value)
    assert not list(Path().glob("yolov8n.pt"))


def test_pictures_are_still_read_by_pils_own_reader(tmp_path: Path, manifest: Path) -> None:
    path = tmp_path / "street.onnx"
    path.write_bytes(graph({"output0": found(3)}, {"names": str(NAMES), "imgsz": str([SIDE, SIDE])}))
    open_ultralytics(path, manifest)
    assert Pillow.open.__module__ == "PIL.Image"


def test_without_the_library_one_line_says_how_to_get_it(
    tmp_path: Path, manifest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "street.pt"
    path.write_bytes(b"")
    monkeypatch.setitem(sys.modules, "ultralytics.nn", None)
    with pytest.raises(ModelError, match="pip install ultralytics torch"):
        open_ultralytics(path, manifest)
