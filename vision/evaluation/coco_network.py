"""COCO networks as they are published: YOLOX and YOLOv8, each at its own size, in our class names."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime

from vision.decode import suppress
from vision.errors import ModelError
from vision.evaluation.names import our_class
from vision.types import Detection, Image, ObjectClass

Floats = npt.NDArray[np.float32]
_NAMES = (
    "person,bicycle,car,motorcycle,airplane,bus,train,truck,boat,traffic light,fire hydrant,stop sign,"
    "parking meter,bench,bird,cat,dog,horse,sheep,cow,elephant,bear,zebra,giraffe,backpack,umbrella,"
    "handbag,tie,suitcase,frisbee,skis,snowboard,sports ball,kite,baseball bat,baseball glove,"
    "skateboard,surfboard,tennis racket,bottle,wine glass,cup,fork,knife,spoon,bowl,banana,apple,"
    "sandwich,orange,broccoli,carrot,hot dog,pizza,donut,cake,chair,couch,potted plant,bed,"
    "dining table,toilet,tv,laptop,mouse,remote,keyboard,cell phone,microwave,oven,toaster,sink,"
    "refrigerator,book,clock,vase,scissors,teddy bear,hair drier,toothbrush"
)
COCO = tuple(_NAMES.split(","))
PAD = 114
USUAL = 0.25  # the threshold at which both are shown by their makers
CANDIDATE = 0.01
NMS_IOU = 0.65  # of YOLOX's and, nearly, of Ultralytics' own evaluation
OURS = tuple(dict.fromkeys(cls for name in COCO if (cls := our_class(name))))
ROWS = {cls: [i for i, name in enumerate(COCO) if our_class(name) is cls] for cls in OURS}
OTHER_ROWS = [i for i, name in enumerate(COCO) if our_class(name) is None]


@dataclass(frozen=True, slots=True)
class CocoFound:
    """`named`: of classes that we name, from `CANDIDATE`; `reported`: everything at the usual threshold.

    What COCO names and we do not is reported as an obstacle: the naive system would speak of it.
    """

    named: tuple[Detection, ...]
    reported: tuple[Detection, ...]


class CocoNetwork:
    """One network on one thread. `boxes_of`: its raw answer for a picture as (corners, scores N x 80)."""

    names = frozenset(OURS)

    def __init__(self, name: str, boxes_of: Callable[[Image], tuple[Floats, Floats]]) -> None:
        self.name = name
        self._boxes_of = boxes_of

    def find(self, image: Image) -> CocoFound:
        """Things in a BGR picture, boxes in its pixels."""
        corners, scores = self._boxes_of(image)
        height, width = image.shape[:2]
        corners = np.clip(corners, 0, np.array([width, height] * 2, np.float32)).astype(np.float32)
        named = [d for cls in OURS for d in _of_class(cls, corners, scores[:, ROWS[cls]].max(axis=1))]
        others = _of_class(ObjectClass.OBSTACLE, corners, scores[:, OTHER_ROWS].max(axis=1))
        reported = [d for d in (*named, *others) if d.score >= USUAL]
        return CocoFound(tuple(named), tuple(sorted(reported, key=lambda d: -d.score)))


def _of_class(cls: ObjectClass, corners: Floats, scores: Floats) -> list[Detection]:
    rows = np.flatnonzero(scores >= CANDIDATE)
    rows = rows[suppress(corners[rows], scores[rows], np.zeros(rows.size, np.intp), NMS_IOU)]
    boxes = zip(scores[rows].tolist(), corners[rows].tolist(), strict=True)
    return [Detection(cls, score, (box[0], box[1], box[2], box[3])) for score, box in boxes]


def yolov8(name: str, path: Path) -> CocoNetwork:
    """Ultralytics' layout: RGB 0..1, centred; [1, 84, N] of centre, size, class scores."""
    session, width, height = _open(path)

    def boxes_of(image: Image) -> tuple[Floats, Floats]:
        canvas, scale, left, top = _fitted(image, width, height, centred=True)
        blob = cv2.dnn.blobFromImage(canvas, 1 / 255.0, swapRB=True)
        raw = np.asarray(session.run(None, {session.get_inputs()[0].name: blob})[0][0], np.float32).T
        return _corners(raw[:, :4], scale, left, top), raw[:, 4:84]

    return CocoNetwork(name, boxes_of)


def yolox(name: str, path: Path) -> CocoNetwork:
    """YOLOX's layout: BGR 0..255, at the top left; [1, N, 85] of offsets in the grid, objectness, classes."""
    session, width, height = _open(path)
    grid = [
        (x, y, stride)
        for stride in (8, 16, 32)
        for y in range(height // stride)
        for x in range(width // stride)
    ]
    places = np.array(grid, np.float32)

    def boxes_of(image: Image) -> tuple[Floats, Floats]:
        canvas, scale, left, top = _fitted(image, width, height, centred=False)
        blob = cv2.dnn.blobFromImage(canvas)
        raw = np.asarray(session.run(None, {session.get_inputs()[0].name: blob})[0][0], np.float32)
        stride = places[:, 2:]
        middle, size = (raw[:, :2] + places[:, :2]) * stride, np.exp(raw[:, 2:4]) * stride
        centres = np.concatenate([middle, size], axis=1)
        return _corners(centres, scale, left, top), raw[:, 4:5] * raw[:, 5:]

    return CocoNetwork(name, boxes_of)


def _open(path: Path) -> tuple[onnxruntime.InferenceSession, int, int]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except (RuntimeError, ValueError, *_ORT_ERRORS) as error:
        raise ModelError(f"{path}: ONNX Runtime cannot open it: {str(error).splitlines()[0]}") from None
    height, width = session.get_inputs()[0].shape[2:]
    return session, int(width), int(height)


_STATE = onnxruntime.capi.onnxruntime_pybind11_state
_ORT_ERRORS = (_STATE.Fail, _STATE.InvalidArgument, _STATE.InvalidGraph, _STATE.InvalidProtobuf)


def _fitted(image: Image, width: int, height: int, centred: bool) -> tuple[Image, float, int, int]:
    """The picture on a grey canvas; scale and offset of where it lies."""
    tall, wide = image.shape[:2]
    scale = min(width / wide, height / tall)
    inner = (max(1, round(wide * scale)), max(1, round(tall * scale)))
    left, top = ((width - inner[0]) // 2, (height - inner[1]) // 2) if centred else (0, 0)
    canvas = np.full((height, width, 3), PAD, np.uint8)
    resized = cv2.resize(image, inner, interpolation=cv2.INTER_LINEAR)
    canvas[top : top + inner[1], left : left + inner[0]] = resized
    return canvas, scale, left, top


def _corners(centres: Floats, scale: float, left: int, top: int) -> Floats:
    x, y, w, h = centres.T
    corners = np.stack([x - w / 2 - left, y - h / 2 - top, x + w / 2 - left, y + h / 2 - top], axis=1)
    return np.asarray(corners / scale, np.float32)
