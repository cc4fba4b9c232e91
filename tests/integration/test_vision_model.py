"""The network that ships: it opens, its layout is the contract's, same frame same answer."""

from pathlib import Path

import numpy as np
import pytest

from vision.bench import bench
from vision.errors import FrameError, ModelError
from vision.model_files import find_model
from vision.network_detector import NetworkDetector
from vision.onnx_detector import OnnxDetector, open_detector
from vision.types import Frame, ObjectClass


@pytest.fixture(scope="module")
def detector() -> NetworkDetector:
    return open_detector()


def picture(seed: int, width: int = 480, height: int = 360) -> Frame:
    """A yellow strip on grey, with noise."""
    rng = np.random.default_rng(seed)
    image = rng.integers(90, 130, (height, width, 3), np.uint8)
    for y in range(height // 3, height):
        half = round(width * 0.06 * (y - height // 4) / (height * 0.75))
        image[y, width // 2 - half : width // 2 + half] = (40, 180, 220)
    return Frame(seed, 0.0, image)


def test_every_class_has_a_threshold_and_the_classes_are_ours(detector: NetworkDetector) -> None:
    assert detector.spec.classes == tuple(ObjectClass)
    assert all(0 < value < 1 for value in detector.spec.thresholds.values())


@pytest.mark.parametrize(("width", "height"), [(480, 360), (720, 404), (1280, 720), (360, 640)])
def test_any_size_gives_a_mask_of_that_size_and_boxes_inside(
    detector: NetworkDetector, width: int, height: int
) -> None:
    found = detector.detect(picture(1, width, height))
    assert found.paving.shape == (height, width)
    for thing in found.objects:
        x1, y1, x2, y2 = thing.box
        assert 0 <= x1 < x2 <= width
        assert 0 <= y1 < y2 <= height


def test_the_same_frame_gives_the_same_answer(detector: NetworkDetector) -> None:
    first, second = detector.detect(picture(2)), detector.detect(picture(2))
    assert first == second
    assert (first.paving == second.paving).all()


def test_what_is_no_picture_is_refused(detector: NetworkDetector) -> None:
    with pytest.raises(FrameError):
        detector.detect(Frame(0, 0.0, np.zeros((360, 480), np.uint8)))


def test_a_damaged_graph_is_one_line(tmp_path: Path) -> None:
    good = find_model()
    (tmp_path / "broken.onnx").write_bytes(good.path.read_bytes()[:5000])
    with pytest.raises(ModelError) as caught:
        OnnxDetector(type(good)(good.spec, tmp_path / "broken.onnx"))
    assert "\n" not in str(caught.value)


def test_the_bench_times_every_stage(detector: NetworkDetector) -> None:
    timings = {t.what: t for t in bench(detector, [picture(n).image for n in range(8)])}
    assert set(timings) == {
        "faults", "input", "network", "decode", "scene", "drawing", "detect", "all but the network",
    }  # fmt: skip
    assert all(0 < t.p50_ms <= t.p99_ms for t in timings.values())
    assert timings["network"].p50_ms > timings["input"].p50_ms
