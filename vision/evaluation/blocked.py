"""Whether a blocked path is reported, and whether a clear one is reported blocked, in one picture. Pure."""

from collections.abc import Sequence

from vision.evaluation.cases import Box, TrueThing
from vision.evaluation.matching import iou
from vision.on_paving import follow, on_paving
from vision.types import Detection, Mask

SAME_IOU = 0.3
LOWER_PART = 0.4  # of the true box: a foot in it is the thing's foot
BELOW_PART = 0.1  # and so far below it


def on_the_paving(reported: Sequence[Detection], paving: Mask) -> tuple[Detection, ...]:
    """What is reported as standing on the paving, by the system's own mask of it."""
    strip = follow(paving)
    return tuple(d for d in reported if on_paving(strip, d.box, d.cls))


def is_told(told: Sequence[Detection], blockers: Sequence[TrueThing]) -> bool:
    """Whether one of the things that block the path is among what is told; the class need not match."""
    return any(_is_same(detection.box, thing.box) for detection in told for thing in blockers)


def is_false_alarm(told: Sequence[Detection], things: Sequence[TrueThing]) -> bool:
    """Whether anything is told that does not stand on the paving, near or far."""
    standing = [thing.box for thing in things if thing.on_paving]
    return any(not any(_is_same(d.box, box) for box in standing) for d in told)


def _is_same(found: Box, true: Box) -> bool:
    if iou(found, true) >= SAME_IOU:
        return True
    x, y = (found[0] + found[2]) / 2, found[3]
    height = true[3] - true[1]
    return true[0] <= x <= true[2] and true[3] - LOWER_PART * height <= y <= true[3] + BELOW_PART * height
