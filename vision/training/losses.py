"""What the network is taught by: boxes and classes, surfaces, and a teacher's opinion."""

from typing import Any

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits as bce
from ultralytics.cfg import get_cfg
from ultralytics.utils.loss import v8DetectionLoss

from vision.training.network import CLASSES, COCO_ROWS, OBSTACLE_ROW, THING_ROWS
from vision.training.recipe import Losses
from vision.types import ObjectClass

Batch = dict[str, torch.Tensor]
# Rows in which the COCO network is asked: where our class means more than its rows, it is not.
TAUGHT: dict[ObjectClass, tuple[int, ...]] = {
    c: (r,) for c, r in COCO_ROWS.items() if c not in (ObjectClass.PLANTER, ObjectClass.BOX)
}
TAUGHT[ObjectClass.BENCH] = (COCO_ROWS[ObjectClass.BENCH], 56)  # chair
SURE = 0.2  # score from which the teacher's box is one to keep
BOX_SHARE = 0.5  # of the teacher's boxes beside its scores


class KnownClassesLoss:
    """Cross-entropy of many labels that is silent about classes which a picture's labels say nothing of.

    A picture from a source that labels no poles must not teach that its poles are background; what is
    labelled teaches always. Whatever a thing is, it is an obstacle as well: that row is taught by all.
    """

    def __init__(self) -> None:
        self.known: torch.Tensor | None = None  # batch x classes, 1 where labelled

    def __call__(self, scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Element-wise loss, batch x anchors x classes."""
        targets = targets.clone()
        targets[..., OBSTACLE_ROW] = targets[..., THING_ROWS].amax(-1)
        loss = bce(scores, targets, reduction="none")
        if self.known is None:
            return loss
        return loss * torch.maximum(self.known[:, None, :], (targets > 0).to(loss.dtype))


class Teaching:
    """The whole loss. `teacher`: the COCO network, asked about real pictures so that what it knew is kept.

    Fine-tuning on a few hundred pictures forgets COCO; its soft scores at every anchor of every real
    picture are a denser memory of it than the few labelled boxes (learning without forgetting).
    """

    def __init__(
        self, model: nn.Module, teacher: nn.Module | None, how: Losses, halves: bool = False
    ) -> None:
        model.args = get_cfg(overrides={"box": how.box, "cls": how.cls, "dfl": how.dfl})
        self.detection = v8DetectionLoss(model)
        self.classes = KnownClassesLoss()
        self.detection.bce = self.classes
        self.teacher = teacher
        self.how = how
        self.halves = halves  # the teacher answers in bfloat16

    def __call__(self, found: dict[str, Any], batch: Batch) -> tuple[torch.Tensor, dict[str, float]]:
        """The sum to descend, and its parts for the log."""
        self.classes.known = batch["known"]
        boxed, parts = self.detection(found, batch)
        surfaces = surface_losses(found["paving"], batch["surfaces"], batch["surfaces_known"])
        total = boxed.sum() / len(batch["img"])
        total = total + self.how.paving * surfaces["paving"] + self.how.warning * surfaces["warning"]
        log = {name: float(value) for name, value in parts.items()}
        log |= {name: float(value.detach()) for name, value in surfaces.items()}
        if self.teacher is not None and self.how.teacher > 0:
            kept = remembered(self.teacher, found, batch, self.halves)
            total, log["teacher"] = total + self.how.teacher * kept, float(kept.detach())
        return total, log


def surface_losses(logits: torch.Tensor, index: torch.Tensor, known: torch.Tensor) -> dict[str, torch.Tensor]:
    """Cross-entropy and Dice of both surfaces.

    `logits` B x 2 x h x w; `index` B x h x w with 0 none, 1 paving, 2 warning, 255 unsure; `known` B x 2.
    """
    sure = (index != 255).to(logits.dtype)
    truths = ((index == 1) | (index == 2), index == 2)
    names = ("paving", "warning")
    return {
        name: _one_surface(logits[:, k], truth.to(logits.dtype), sure * known[:, k, None, None])
        for k, (name, truth) in enumerate(zip(names, truths, strict=True))
    }


def _one_surface(logits: torch.Tensor, truth: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    cross = (bce(logits, truth, reduction="none") * weight).sum() / weight.sum().clamp(min=1.0)
    share, truth = logits.sigmoid() * weight, truth * weight
    both, either = (share * truth).sum((1, 2)), share.sum((1, 2)) + truth.sum((1, 2))
    # Over the batch, and over each picture that has some: a far corner counts as much as a near line.
    shown = truth.sum((1, 2)) > 0
    single = (1 - (2 * both + 1) / (either + 1))[shown]
    dice = 1 - (2 * both.sum() + 1) / (either.sum() + 1)
    return 2.0 * cross + 0.5 * dice + 0.5 * (single.mean() if len(single) else dice)


def remembered(teacher: nn.Module, found: dict[str, Any], batch: Batch, halves: bool = False) -> torch.Tensor:
    """How far the network has moved from what the COCO network says of the batch's real pictures.

    Its scores of the classes that both know, and where it is sure of one, its boxes.
    """
    real = batch["real"].nonzero()[:, 0]
    if not len(real):
        return found["scores"].new_zeros(())
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=halves):
        opinion = teacher(batch["img"][real])[1]
    opinion = {name: opinion[name].float() for name in ("scores", "boxes")}
    theirs = opinion["scores"].sigmoid()
    theirs = torch.stack([theirs[:, list(rows)].amax(1) for rows in TAUGHT.values()], 1)
    ours = found["scores"][real][:, [CLASSES.index(c) for c in TAUGHT]]
    scores = bce(ours, theirs, reduction="sum") / theirs.sum().clamp(min=1.0)
    sure = theirs.amax(1)
    sure = torch.where(sure > SURE, sure, 0.0)
    return scores + BOX_SHARE * _box_distance(found["boxes"][real], opinion["boxes"], sure)


def _box_distance(ours: torch.Tensor, theirs: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Mean divergence of the distances to the four sides: B x (4 * bins) x anchors, by weight B x anchors."""
    batch, rows, anchors = ours.shape
    mine, other = (v.view(batch, 4, rows // 4, anchors).log_softmax(2) for v in (ours, theirs))
    apart = (other.exp() * (other - mine)).sum(2).mean(1)
    return (apart * weight).sum() / weight.sum().clamp(min=1.0)
