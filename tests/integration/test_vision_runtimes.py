"""The network that ships, by every runtime: the same pictures give the same things and the same paving."""

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from vision.decode import Decoded, overlaps, to_input
from vision.errors import ModelError
from vision.faint import LEAST_SHARE
from vision.model_files import find_model
from vision.network_detector import NetworkDetector
from vision.onnx_detector import OnnxDetector, Runtime, open_detector
from vision.pictures import read_picture
from vision.types import Detection, Frame, Image

STILLS = Path(__file__).parents[3] / "shared/data/vision/paving_obstacle_stills"
BOX_IOU, SCORE, MASK_IOU = 0.95, 0.02, 0.97
NCNN = f"{find_model().spec.id}-ncnn"
LEAST = 0.05  # raw scores that are compared at all


def by_ncnn() -> NetworkDetector:
    from vision.ncnn_detector import NcnnDetector

    return NcnnDetector(find_model(NCNN))


def by_openvino() -> NetworkDetector:
    from vision.openvino_detector import OpenvinoDetector

    return OpenvinoDetector(find_model())


def by_ultralytics() -> NetworkDetector:
    from vision.ultralytics_detector import open_ultralytics

    return open_ultralytics(find_model().path)


def by_ultralytics_ncnn() -> NetworkDetector:
    from vision.ultralytics_detector import UltralyticsDetector

    return UltralyticsDetector(find_model(NCNN))


OTHERS: dict[str, tuple[str, Callable[[], NetworkDetector]]] = {
    "ncnn": ("ncnn", by_ncnn),
    "openvino": ("openvino", by_openvino),
    "ultralytics": ("ultralytics", by_ultralytics),
    "ultralytics-ncnn": ("ultralytics", by_ultralytics_ncnn),
}


@pytest.fixture(scope="module")
def reference() -> NetworkDetector:
    return OnnxDetector(find_model())


@pytest.fixture(scope="module", params=OTHERS)
def other(request: pytest.FixtureRequest) -> NetworkDetector:
    library, opened = OTHERS[request.param]
    if find_spec(library) is None:
        pytest.skip(f"{library} is not installed")
    return opened()


def drawn(seed: int, width: int, height: int) -> Image:
    """A yellow strip that runs ahead on grey ground, somebody dark beside it, some noise."""
    rng = np.random.default_rng(seed)
    image = rng.integers(90, 130, (height, width, 3), np.uint8)
    image[: height // 3] = rng.integers(180, 210, (height // 3, width, 3), np.uint8)
    for y in range(height // 3, height):
        half = round(width * 0.06 * (y - height // 4) / (height * 0.75))
        image[y, width // 2 - half : width // 2 + half] = (40, 180, 220)
    image[height // 4 : height * 3 // 4, width // 5 : width // 5 + width // 10] = (50, 40, 60)
    return image


def pictures() -> Iterator[Image]:
    yield drawn(1, 640, 480)
    yield drawn(2, 480, 640)  # holds a faint box
    if STILLS.is_dir():
        yield from (read_picture(path) for path in sorted(STILLS.glob("*.jpg"))[:4])


def best(thing: Detection, others: tuple[Detection, ...]) -> tuple[float, float]:
    """IoU with the box of its class that overlaps most, and how far their scores are apart."""
    same = [each for each in others if each.cls is thing.cls]
    if not same:
        return 0.0, 1.0
    boxes = np.array([each.box for each in same], np.float32)
    table = overlaps(np.array([thing.box], np.float32), boxes)[0]
    return float(table.max()), abs(same[int(table.argmax())].score - thing.score)


Seen = tuple[Decoded, Decoded]


def look(detector: NetworkDetector, image: Image) -> Seen:
    """The answer with every box down to `LEAST`, and as on the walk: one look of the network."""
    fit = detector.fit(image.shape[1], image.shape[0])
    outputs = detector.infer(to_input(image, fit, detector.spec))
    return detector.decode(outputs, fit, LEAST), detector.decode(outputs, fit)


@pytest.fixture(scope="module")
def pairs(reference: NetworkDetector, other: NetworkDetector) -> list[tuple[Seen, Seen]]:
    return [(look(reference, image), look(other, image)) for image in pictures()]


def test_the_same_pictures_give_the_same_detections(
    reference: NetworkDetector, pairs: list[tuple[Seen, Seen]]
) -> None:
    limits = reference.spec.thresholds
    things, paved = 0, 0
    for index, ((first, _), (second, _)) in enumerate(pairs):
        for mine, theirs in ((first, second), (second, first)):
            for thing in mine.objects:
                if thing.score >= limits[thing.cls] + SCORE:  # rounding cannot lose it
                    things += same(thing, theirs.objects, index)
        union = (first.paving | second.paving).sum()
        if union:
            assert (first.paving & second.paving).sum() / union >= MASK_IOU, index
            assert abs(first.paving_score - second.paving_score) <= SCORE, index
            paved += 1
    assert things, "no thing in any picture: nothing was compared"
    assert paved, "no paving in any picture: nothing was compared"


def test_the_same_pictures_give_the_same_faint_boxes(
    reference: NetworkDetector, pairs: list[tuple[Seen, Seen]]
) -> None:
    limits = reference.spec.thresholds
    things = 0
    for index, ((_, first), (_, second)) in enumerate(pairs):
        for mine, theirs in ((first, second), (second, first)):
            for thing in mine.faint:
                limit = limits[thing.cls]
                if LEAST_SHARE * limit + SCORE <= thing.score <= limit - SCORE:
                    things += same(thing, theirs.faint, index)
    assert things, "nothing is faint in any picture: nothing was compared"


def same(thing: Detection, others: tuple[Detection, ...], index: int) -> bool:
    """True; fails where none of `others` is the same box, about as sure."""
    iou, gap = best(thing, others)
    assert iou >= BOX_IOU, (index, thing)
    assert gap <= SCORE, (index, thing)
    return True


def test_the_same_frame_gives_the_same_answer(other: NetworkDetector) -> None:
    frame = Frame(0, 0.0, drawn(3, 640, 480))
    first, second = other.detect(frame), other.detect(frame)
    assert first == second
    assert (first.paving == second.paving).all()


@pytest.mark.parametrize(
    ("runtime", "kind"),
    [
        ("onnx", "OnnxDetector"),
        ("ncnn", "NcnnDetector"),
        ("openvino", "OpenvinoDetector"),
        ("ultralytics", "UltralyticsDetector"),
    ],
)
def test_the_door_opens_the_runtime_that_is_asked_for(runtime: Runtime, kind: str) -> None:
    if runtime != "onnx" and find_spec(runtime) is None:
        pytest.skip(f"{runtime} is not installed")
    assert type(open_detector(runtime=runtime)).__name__ == kind


def test_a_file_that_a_runtime_does_not_read_is_refused_before_it_is_opened() -> None:
    for model, runtime, said in (
        (find_model().spec.id, "ncnn", "is not a file that ncnn reads"),
        (NCNN, "openvino", "is not a file that openvino reads"),
        (None, "abacus", "no runtime 'abacus'"),
    ):
        with pytest.raises(ModelError, match=said):
            open_detector(model, runtime=runtime)  # type: ignore[arg-type]
