"""What a detector finds, misses and imagines in pictures whose truth is known, counted. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from vision.encounters.failing import COCO_SIDE, SIZE_EDGES
from vision.encounters.sheet import Doubt
from vision.evaluation.cases import LEAST_PAVING_SHARE, Box, TrueThing, Truth
from vision.evaluation.matching import iou
from vision.types import Detection, Detections, ObjectClass

# A box that overlaps a thing by this much would warn of it: where it is, how large, how near. At .5 a pole is
# missed whose box is right but for a third of its few pixels. Below it, a box is of nothing.
MATCH_IOU = 0.3
LOST = 0.2  # a mask that holds less than this share of the paving gives no line
FALSE_KEPT = 300  # false boxes told one by one; more add bytes, not knowledge


@dataclass(slots=True)
class Said:
    """What is said of things in one tier, sure or faint. `edges`: errors as shares of the box."""

    names: dict[str, int] = field(default_factory=lambda: {"right": 0, "obstacle": 0, "other": 0})
    scores: list[float] = field(default_factory=list)
    edges: list[tuple[float, float, float, float]] = field(default_factory=list)
    false: list[float] = field(default_factory=list)  # scores of boxes where nothing is
    excused: int = 0  # boxes that are left out of them: of real things that the labels leave out
    again: int = 0  # and second boxes of things that were found


@dataclass(slots=True)
class Tally:
    """Counts over pictures, [found, found faintly or better, of]; `pairs`: by picture."""

    by_class: dict[ObjectClass, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0, 0]))
    by_size: list[list[int]] = field(default_factory=lambda: [[0, 0, 0] for _ in range(len(SIZE_EDGES) + 1)])
    pairs: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0, 0]))
    sure: Said = field(default_factory=Said)
    faint: Said = field(default_factory=Said)
    false: list[tuple[Detection, tuple[float, float, float, float]]] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)  # the false boxes in their pictures
    complete: int = 0  # pictures in which everything is labelled
    pictures: int = 0
    covered: list[float] = field(default_factory=list)  # share of the paving that the mask holds
    spilt: list[float] = field(default_factory=list)  # of the mask, what is no paving
    bare: list[int] = field(default_factory=lambda: [0, 0])  # [paving seen, of] where there is none


def size_bin(box: Box, longer_px: float) -> int:
    """Which of `SIZE_EDGES` a box falls below, by the side of its square in a COCO-sized picture."""
    side = (max(box[2] - box[0], 0.0) * max(box[3] - box[1], 0.0)) ** 0.5 * COCO_SIDE / longer_px
    return int(np.searchsorted(SIZE_EDGES, side, side="right"))


def matched(
    found: Sequence[Detection], things: Sequence[TrueThing], least: float = MATCH_IOU
) -> dict[int, Detection]:
    """The detection of each true thing, of whatever name, by the number of the thing; surest first."""
    taken: dict[int, Detection] = {}
    for detection in sorted(found, key=lambda d: -d.score):
        overlaps = {n: iou(detection.box, t.box) for n, t in enumerate(things) if n not in taken}
        best = max(overlaps, key=lambda n: overlaps[n], default=None)
        if best is not None and overlaps[best] >= least:
            taken[best] = detection
    return taken


def add(
    tally: Tally,
    scene: str,
    truth: Truth,
    seen: Detections,
    least: float = MATCH_IOU,
    unlabelled: Sequence[Box] = (),
) -> None:
    """Count one picture. `least`: the overlap from which a box is of a thing; below it is of nothing.

    `unlabelled`: real things that the labels leave out; a box of one is neither found nor false.
    """
    height, width = truth.image.shape[:2]
    things = truth.things or ()
    # Whatever is faint is less sure than whatever is not: it is matched with what is left.
    taken = matched([*seen.objects, *seen.faint], things, least)
    sure = set(seen.objects)
    tally.pictures += 1
    for number, thing in enumerate(things):
        if thing.cls is None:
            continue
        hit = taken.get(number)
        for counts in (
            tally.by_class[thing.cls],
            tally.by_size[size_bin(thing.box, max(width, height))],
            tally.pairs[scene],
        ):
            counts[0] += hit in sure
            counts[1] += hit is not None
            counts[2] += 1
        if hit is not None:
            _add_hit(tally.sure if hit in sure else tally.faint, thing, hit)
    if truth.things is not None and truth.known:
        tally.complete += 1
        of_things = set(taken.values())
        for said, boxes in ((tally.sure, seen.objects), (tally.faint, seen.faint)):
            rest = [d for d in boxes if d not in of_things]
            _add_false(tally, said, truth, rest, least, unlabelled)
    _add_paving(tally, truth, seen)


def _add_false(
    tally: Tally,
    said: Said,
    truth: Truth,
    others: Sequence[Detection],
    least: float,
    unlabelled: Sequence[Box],
) -> None:
    """Count the boxes of a tier that are no finds."""
    height, width = truth.image.shape[:2]
    boxes = tuple(thing.box for thing in truth.things or ())
    for detection in others:
        # A second box of a thing that was found is not a thing that is not there.
        if any(iou(detection.box, box) >= least for box in boxes):
            said.again += 1
        elif any(iou(detection.box, box) >= least for box in unlabelled):
            said.excused += 1
        else:
            x1, y1, x2, y2 = detection.box
            shape = ((x1 + x2) / 2 / width, y2 / height, (x2 - x1) / width, (y2 - y1) / height)
            said.false.append(detection.score)
            tally.false.append((detection, shape))
            if len(tally.false) <= FALSE_KEPT:
                tally.doubts.append(Doubt(truth.image, detection, boxes))


def _add_hit(said: Said, thing: TrueThing, detection: Detection) -> None:
    if thing.cls is not ObjectClass.OBSTACLE:
        right = "right" if detection.cls is thing.cls else "other"
        said.names["obstacle" if detection.cls is ObjectClass.OBSTACLE else right] += 1
    said.scores.append(detection.score)
    wide, tall = thing.box[2] - thing.box[0], thing.box[3] - thing.box[1]
    off = [a - b for a, b in zip(detection.box, thing.box, strict=True)]
    said.edges.append((off[0] / wide, off[1] / tall, off[2] / wide, off[3] / tall))


def _add_paving(tally: Tally, truth: Truth, seen: Detections) -> None:
    if truth.paving is None:
        return
    if not truth.paving.any() and truth.unsure is None:
        tally.bare[0] += float(seen.paving.mean()) >= LEAST_PAVING_SHARE
        tally.bare[1] += 1
    if float(truth.paving.mean()) < LEAST_PAVING_SHARE:
        return
    sure = np.ones_like(truth.paving) if truth.unsure is None else ~truth.unsure
    both = int((truth.paving & seen.paving & sure).sum())
    tally.covered.append(both / max(int((truth.paving & sure).sum()), 1))
    mask = int((seen.paving & sure).sum())
    if tally.covered[-1] >= LOST and mask:
        tally.spilt.append(1 - both / mask)
