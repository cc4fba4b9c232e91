"""How alike two runtimes answer the same pictures: boxes and paving as a walk would get them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from vision.decode import Decoded, Floats, overlaps
from vision.types import Detection, Mask

# What every export has to reach, means over boxes and over pictures.
LEAST_BOX_IOU, LEAST_MASK_IOU = 0.95, 0.97
MATCHED = 0.5  # boxes of one class that overlap less are not the same box


@dataclass(frozen=True, slots=True)
class Parity:
    """`unmatched`: share of all boxes of either side that have no partner. IoUs: nan without any."""

    pictures: int
    matched: int  # pairs of boxes
    box_mean: float
    box_min: float
    unmatched: float
    masks: int
    mask_mean: float
    mask_min: float

    @property
    def untold(self) -> str | None:
        """What could not be compared, in words; None: all was."""
        absent = [name for name, count in (("box", self.matched), ("paving", self.masks)) if not count]
        return f"no {' and no '.join(absent)} in {self.pictures} pictures to compare" if absent else None

    @property
    def fault(self) -> str | None:
        """What is too far off, in words; None: all is well."""
        faults = []
        if self.box_mean < LEAST_BOX_IOU:
            faults.append(f"box IoU {self.box_mean:.3f} < {LEAST_BOX_IOU}")
        if self.mask_mean < LEAST_MASK_IOU:
            faults.append(f"paving IoU {self.mask_mean:.3f} < {LEAST_MASK_IOU}")
        return ", ".join(faults) or None


def compare(reference: Sequence[Decoded], other: Sequence[Decoded]) -> Parity:
    """Each as it would be told on a walk, picture by picture."""
    boxes: list[float] = []
    masks: list[float] = []
    total = 0
    for first, second in zip(reference, other, strict=True):
        boxes += matched(first.objects, second.objects)
        total += len(first.objects) + len(second.objects)
        masks += mask_ious(first, second)
    return Parity(
        len(reference),
        len(boxes),
        *_mean_and_least(boxes),
        1 - 2 * len(boxes) / total if total else 0.0,
        len(masks),
        *_mean_and_least(masks),
    )


def matched(first: Sequence[Detection], second: Sequence[Detection]) -> list[float]:
    """IoU of each pair when boxes of one class are matched one to one, the best overlap first."""
    by_class = {cls: list(group) for cls, group in groupby(sorted(second, key=_class), key=_class)}
    found: list[float] = []
    for cls, group in groupby(sorted(first, key=_class), key=_class):
        table = overlaps(_boxes(list(group)), _boxes(by_class.get(cls, [])))
        while table.size and table.max() >= MATCHED:
            row, column = np.unravel_index(table.argmax(), table.shape)
            found.append(float(table[row, column]))
            table[row], table[:, column] = 0, 0
    return found


def mask_ious(first: Decoded, second: Decoded) -> list[float]:
    """IoU of the paving; none where neither sees any."""
    union = int((first.paving | second.paving).sum())
    return [_shared(first.paving, second.paving) / union] if union else []


def _shared(first: Mask, second: Mask) -> int:
    return int((first & second).sum())


def _class(thing: Detection) -> str:
    return thing.cls


def _boxes(things: Sequence[Detection]) -> Floats:
    return np.array([thing.box for thing in things], np.float32).reshape(-1, 4)


def _mean_and_least(values: Sequence[float]) -> tuple[float, float]:
    return (float(np.mean(values)), min(values)) if values else (float("nan"), float("nan"))
