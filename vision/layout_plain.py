"""Networks that were not made here: how Ultralytics' detectors answer, and which of their names are ours.

Four forms, of n classes: raw [1, 4 + n, N] (centre and size in input pixels, then scores 0..1); the same
with mask coefficients and prototypes beside it; and both "end to end", rows of (x1, y1, x2, y2, score,
class). What such a network names and we do not, and its masks, are left out.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from vision.decode import Decoded, Floats, Ints, Layout, Letterbox, corners, detected, suppress
from vision.errors import ModelError
from vision.evaluation.names import our_class
from vision.faint import LEAST_SHARE, left_over
from vision.model_spec import MASK_STRIDE, ModelInput, ModelSpec
from vision.types import ObjectClass

USUAL = 0.25  # the threshold at which Ultralytics shows its networks
NMS_IOU = 0.7  # and how far two boxes of one class may overlap
ROW = 6  # x1, y1, x2, y2, score, class
CLASSES = tuple(ObjectClass)
# Corners, best scores and their rows of the places that reach a score.
_Read = Callable[[tuple[ObjectClass | None, ...], Floats, float, ModelSpec], tuple[Floats, Floats, Ints]]


def plain(
    where: str, names: Sequence[str], size: tuple[int, int], shapes: Sequence[Sequence[int]]
) -> tuple[ModelSpec, Layout]:
    """The entry and the layout of a network that names its rows `names`; `size` (width, height) of its input.

    `shapes`: of its answers, with the leading 1. Raises `ModelError`, which begins with `where`.
    """
    rows = tuple(our_class(name) for name in names)
    ours = tuple(dict.fromkeys(cls for cls in rows if cls))
    if not ours:
        some = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
        raise ModelError(f"{where}: none of its {len(names)} classes ({some}) is one of ours")
    if size[0] % 32 or size[1] % 32 or min(size) < 32:
        raise ModelError(f"{where}: input {size[0]}x{size[1]} is not in steps of 32 pixels")
    picture = ModelInput(size[0], size[1], "RGB", 114)
    kind = _kind(where, len(names), picture, [list(shape) for shape in shapes])
    spec = ModelSpec(
        id=where.rsplit("/", 1)[-1],
        file=where,
        sha256="",
        bytes=0,
        task="detect",
        output=kind,
        licence="unknown",
        card="",
        classes=ours,
        input=picture,
        thresholds=dict.fromkeys(ours, USUAL),
    )
    read = _raw if kind.startswith("plain-raw") else _end_to_end
    names_out = ("out0", "out1")[: len(shapes)]
    return spec, Layout(
        "detect", names_out, lambda _: [list(s) for s in shapes], partial(_decode, read, rows)
    )


def _kind(where: str, classes: int, picture: ModelInput, shapes: list[list[int]]) -> str:
    """Which of the four forms; one output, or two where the second are prototypes."""
    masks = 0
    if len(shapes) == 2 and len(shapes[1]) == 4:
        masks = shapes[1][1]
        if shapes[1] != [1, masks, picture.height // MASK_STRIDE, picture.width // MASK_STRIDE]:
            masks = -1
    known = len(shapes) == 1 or (len(shapes) == 2 and masks > 0)
    ending = "-masks" if masks > 0 else ""
    if known and shapes[0] == [1, 4 + classes + masks, picture.anchors]:
        return f"plain-raw{ending}"
    if known and len(shapes[0]) == 3 and shapes[0][0] == 1 and shapes[0][2] == ROW + masks:
        return f"plain-rows{ending}"
    raise ModelError(
        f"{where}: outputs are {shapes}: no layout of a detector of {classes} classes at "
        f"{picture.width}x{picture.height} ([1, {4 + classes}, {picture.anchors}] or [1, …, {ROW}])"
    )


def _decode(
    read: _Read,
    rows: tuple[ObjectClass | None, ...],
    outputs: Sequence[Floats],
    spec: ModelSpec,
    fit: Letterbox,
    least: float | None = None,
) -> Decoded:
    """What has a name of ours; two of its names that are one of ours are suppressed together."""
    usual = min(spec.thresholds.values())
    limit, lowest = (usual, LEAST_SHARE * usual) if least is None else (least, least)
    boxes, scores, theirs = read(rows, outputs[0], lowest, spec)
    number = {cls: i for i, cls in enumerate(CLASSES)}
    ids = np.array([number[cls] if cls else -1 for cls in rows], np.intp)[theirs]
    ours = np.flatnonzero(ids >= 0)
    boxes, scores, ids = boxes[ours], scores[ours], ids[ours]
    sure = np.flatnonzero(scores >= limit)
    sure = sure[suppress(boxes[sure], scores[sure], ids[sure], NMS_IOU)]
    weak = np.flatnonzero(scores < limit)
    weak = weak[left_over(CLASSES, (boxes[sure], ids[sure]), boxes[weak], scores[weak], ids[weak])]
    things, faint = (detected(CLASSES, boxes[some], scores[some], ids[some], fit) for some in (sure, weak))
    width, height = fit.frame
    return Decoded(things, np.zeros((height, width), np.bool_), 0.0, None, faint)


def _raw(
    rows: tuple[ObjectClass | None, ...], answer: Floats, least: float, spec: ModelSpec
) -> tuple[Floats, Floats, Ints]:
    scores = answer[4 : 4 + len(rows)]
    best = scores.argmax(axis=0)
    top = scores[best, np.arange(best.size)]
    there = np.flatnonzero(top >= least)
    return corners(answer[:4, there]), top[there], best[there]


def _end_to_end(
    rows: tuple[ObjectClass | None, ...], answer: Floats, least: float, spec: ModelSpec
) -> tuple[Floats, Floats, Ints]:
    found = answer[answer[:, 4] >= least]
    ids = found[:, 5].astype(np.intp)
    if ids.size and not 0 <= ids.min() <= ids.max() < len(rows):
        raise ModelError(f"{spec.id}: the network names a class {ids.max()} of {len(rows)}")
    return found[:, :4], found[:, 4], ids
