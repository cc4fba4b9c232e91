"""Whether a coarser copy of the network still finds what the exact one finds. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from vision.model_spec import ModelSpec
from vision.training.held import Seen
from vision.training.thresholds import FEW, recalls, said, surface_iou
from vision.types import ObjectClass

MOST_LOST = 0.01  # recall of a class (or one thing, where there are fewer than 100), IoU of the paving
MOST_FALSE = 0.02  # share of what is said that is right, all classes together
# How far a threshold may go down to make up for scores that rounding has lowered, and in which steps.
MOST_LOWERED, STEP = 0.1, 0.01
LOWEST = 0.05
RARE = "rare classes"

Recalls = Mapping[ObjectClass, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Quality:
    """What a network finds on the validation pictures: (found, of) by class, paving IoU, right of said."""

    recall: Recalls
    paving_iou: float
    right: int
    said: int

    @property
    def precision(self) -> float:
        """The share of what is said that is right."""
        return self.right / self.said if self.said else 1.0


def quality(pictures: Sequence[Seen], spec: ModelSpec) -> Quality:
    """At the thresholds of `spec`."""
    return Quality(recalls(pictures, spec), surface_iou(pictures, spec), *said(pictures, spec))


def pooled(recall: Recalls) -> dict[str, tuple[int, int]]:
    """By class, those with few true things taken together."""
    few = [pair for _, pair in recall.items() if 0 < pair[1] < FEW]
    rows = {str(cls): pair for cls, pair in recall.items() if pair[1] >= FEW}
    return rows | ({RARE: (sum(f for f, _ in few), sum(of for _, of in few))} if few else {})


def made_up(exact: Quality, pictures: Sequence[Seen], spec: ModelSpec) -> ModelSpec:
    """`spec` with thresholds by which the coarse copy recalls what the exact one does, where any do so."""
    own = spec  # surfaces keep theirs: they are as good, and another threshold is another outline
    for _ in range(round(MOST_LOWERED / STEP)):
        behind = _behind(exact.recall, recalls(pictures, own))
        lower = {cls: round(own.thresholds[cls] - STEP, 2) for cls in behind if own.thresholds[cls] > LOWEST}
        if not lower:
            break
        own = replace(own, thresholds={**own.thresholds, **lower})
    return own


def losses(exact: Quality, coarse: Quality) -> list[str]:
    """What the coarse copy loses beyond what is allowed, in words; empty: it may ship."""
    before, after = pooled(exact.recall), pooled(coarse.recall)
    told = [
        f"{name}: recall {before[name][0]}/{before[name][1]} -> {after[name][0]}/{after[name][1]}"
        f" (-{100 * lost:.1f} points)"
        for name, lost in _lost(exact.recall, coarse.recall).items()
        if lost > _allowed(before[name][1])
    ]
    shares = [
        ("paving IoU", exact.paving_iou, coarse.paving_iou, MOST_LOST),
        ("right of what is said", exact.precision, coarse.precision, MOST_FALSE),
    ]
    return told + [
        f"{name} {first:.3f} -> {second:.3f} (-{100 * (first - second):.1f} points)"
        for name, first, second, most in shares
        if first - second > most
    ]


def _allowed(of: int) -> float:
    """Of the recall of so many true things: a point, or one thing where that is more."""
    return max(MOST_LOST, 1 / of + 1e-9)


def _lost(exact: Recalls, coarse: Recalls) -> dict[str, float]:
    after = pooled(coarse)
    return {name: (before - after[name][0]) / of for name, (before, of) in pooled(exact).items()}


def _behind(exact: Recalls, coarse: Recalls) -> list[ObjectClass]:
    """The classes that lose too much, the rare ones all together."""
    lost = {name for name, share in _lost(exact, coarse).items() if share > MOST_LOST}
    return [cls for cls, (_, of) in exact.items() if (str(cls) if of >= FEW else RARE) in lost]
