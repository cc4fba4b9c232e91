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
# Rows in which the COCO network is asked: where our class means more than its row, it is not.
TAUGHT = [c for c in COCO_ROWS if c not in (ObjectClass.BENCH, ObjectClass.PLANTER, ObjectClass.BOX)]


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

    def __init__(self, model: nn.Module, teacher: nn.Module | None, how: Losses) -> None:
        model.args = get_cfg(overrides={"box": how.box, "cls": how.cls, "dfl": how.dfl})
        self.detection = v8DetectionLoss(model)
        self.classes = KnownClassesLoss()
        self.detection.bce = self.classes
        self.teacher = teacher
        self.how = how

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
            kept = remembered(self.teacher, found["scores"], batch)
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
    share = logits.sigmoid() * weight
    truth = truth * weight
    dice = 1 - (2 * (share * truth).sum() + 1) / (share.sum() + truth.sum() + 1)
    return 2.0 * cross + dice


def remembered(teacher: nn.Module, scores: torch.Tensor, batch: Batch) -> torch.Tensor:
    """How far the class rows have moved from what the COCO network says of the batch's real pictures."""
    real = batch["real"].nonzero()[:, 0]
    if not len(real):
        return scores.new_zeros(())
    with torch.no_grad():
        opinion = teacher(batch["img"][real])[1]["scores"].sigmoid()
    theirs = opinion[:, [COCO_ROWS[c] for c in TAUGHT]]
    ours = scores[real][:, [CLASSES.index(c) for c in TAUGHT]]
    return bce(ours, theirs, reduction="sum") / theirs.sum().clamp(min=1.0)
