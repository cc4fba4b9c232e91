"""Whether a coarser copy of the network still finds what the exact one finds. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vision.model_spec import ModelSpec
from vision.training.held import Seen
from vision.training.thresholds import FEW, recalls, said, surface_iou
from vision.types import ObjectClass

MOST_LOST = 0.01  # recall of a class, IoU of the paving
RARE = "rare classes"

Recalls = Mapping[ObjectClass, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Quality:
    """What a network finds on the validation pictures: (found, of) by class, paving IoU, (right, said)."""

    recall: Recalls
    paving_iou: float
    right: int
    said: int


def quality(pictures: Sequence[Seen], spec: ModelSpec) -> Quality:
    """At the thresholds of `spec`."""
    return Quality(recalls(pictures, spec), surface_iou(pictures, spec), *said(pictures, spec))


def pooled(recall: Recalls) -> dict[str, tuple[int, int]]:
    """By class, those with few true things taken together."""
    few = [pair for _, pair in recall.items() if 0 < pair[1] < FEW]
    rows = {str(cls): pair for cls, pair in recall.items() if pair[1] >= FEW}
    return rows | ({RARE: (sum(f for f, _ in few), sum(of for _, of in few))} if few else {})


def losses(exact: Quality, coarse: Quality) -> list[str]:
    """What the coarse copy loses beyond MOST_LOST, in words; empty: it may ship."""
    told = []
    after = pooled(coarse.recall)
    for name, (before, of) in pooled(exact.recall).items():
        lost = (before - after[name][0]) / of
        if lost > MOST_LOST:
            told.append(f"{name}: recall {before}/{of} -> {after[name][0]}/{of} (-{100 * lost:.1f} points)")
    lost = exact.paving_iou - coarse.paving_iou
    if lost > MOST_LOST:
        told.append(
            f"paving IoU {exact.paving_iou:.3f} -> {coarse.paving_iou:.3f} (-{100 * lost:.1f} points)"
        )
    return told
