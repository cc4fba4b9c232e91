"""The network: YOLOv8n-seg whose class rows start from the COCO rows that mean the same thing.

Only torch and `ultralytics.nn` are used, never ultralytics' trainer: it would rebuild the model and throw
the recovered weights away, and it imports torchvision, whose wheel fails beside a torch without CUDA.
"""

from pathlib import Path

import torch
from safetensors.torch import load_file
from ultralytics.cfg import get_cfg
from ultralytics.nn.tasks import SegmentationModel
from ultralytics.utils.loss import v8SegmentationLoss

from vision.training.errors import CheckpointError
from vision.types import ObjectClass

CLASSES = tuple(ObjectClass)

COCO_CLASSES = 80
# COCO ids whose class row is the start of ours. A class without one starts from a low prior.
COCO_ROWS = {ObjectClass.PERSON: 0, ObjectClass.BICYCLE: 1, ObjectClass.MOTORCYCLE: 3, ObjectClass.CAR: 2}
# sigmoid(-4.6) = 0.01: the usual prior of a class never seen, so that early steps are not all false alarms.
NEW_CLASS_BIAS = -4.6


def coco_network(weights: Path) -> torch.nn.Module:
    """YOLOv8n-seg with 80 COCO classes and the detector's weights; masks untrained.

    Raises CheckpointError.
    """
    model = SegmentationModel("yolov8n-seg.yaml", nc=COCO_CLASSES, verbose=False)
    try:
        state = load_file(str(weights))
    except (OSError, ValueError) as error:
        raise CheckpointError(
            f"starting weights {weights} cannot be read ({error}): give --weights"
        ) from error
    missing, unexpected = model.load_state_dict(state, strict=False)
    wrong = [k for k in missing if ".cv4." not in k and ".proto." not in k]
    if wrong or unexpected:
        raise CheckpointError(
            f"{weights} is not a YOLOv8n detector: {(wrong + list(unexpected))[0]} does not fit"
        )
    return model


def empty_network() -> torch.nn.Module:
    """YOLOv8n-seg with our classes and untrained weights, for a state dict to be loaded into.

    The class branch keeps the 80 hidden channels of COCO's network: with 8 classes the library would
    build it narrower, and the trained rows would not fit.
    """
    model = SegmentationModel("yolov8n-seg.yaml", nc=COCO_CLASSES, verbose=False)
    head = model.model[-1]
    for branch in head.cv3:
        old = branch[-1]
        branch[-1] = torch.nn.Conv2d(old.in_channels, len(CLASSES), 1)
        torch.nn.init.normal_(branch[-1].weight, std=0.01)
        torch.nn.init.constant_(branch[-1].bias, NEW_CLASS_BIAS)
    head.nc = len(CLASSES)
    head.no = len(CLASSES) + head.reg_max * 4
    model.yaml["nc"] = len(CLASSES)
    model.names = {i: str(c) for i, c in enumerate(CLASSES)}
    return model


def start_network(weights: Path) -> torch.nn.Module:
    """Our network with every weight of the COCO detector that has a place in it."""
    coco, model = coco_network(weights), empty_network()
    rows = model.model[-1].cv3
    with torch.no_grad():
        own = model.state_dict()
        last = {f"model.22.cv3.{i}.2.{kind}" for i in range(3) for kind in ("weight", "bias")}
        own.update({k: v for k, v in coco.state_dict().items() if k not in last})
        model.load_state_dict(own)
        for ours, theirs in zip(rows, coco.model[-1].cv3, strict=True):
            for cls, row in COCO_ROWS.items():
                ours[-1].weight[CLASSES.index(cls)] = theirs[-1].weight[row]
                ours[-1].bias[CLASSES.index(cls)] = theirs[-1].bias[row]
    return model


class KnownClassesLoss:
    """Cross-entropy that is silent about classes which a picture's labels say nothing of.

    A picture from a source that labels no paving must not teach that its paving is background; what is
    labelled teaches always.
    """

    def __init__(self) -> None:
        self.known: torch.Tensor | None = None  # batch x classes, 1 where labelled

    def __call__(self, scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Element-wise loss, batch x anchors x classes."""
        loss = torch.nn.functional.binary_cross_entropy_with_logits(scores, targets, reduction="none")
        if self.known is None:
            return loss
        return loss * torch.maximum(self.known[:, None, :], (targets > 0).to(loss.dtype))


def criterion(
    model: torch.nn.Module, box: float, cls: float, dfl: float
) -> tuple[v8SegmentationLoss, KnownClassesLoss]:
    """The loss of the network and the part of it that is told which classes a batch knows."""
    model.args = get_cfg(overrides={"box": box, "cls": cls, "dfl": dfl, "overlap_mask": True})
    loss = v8SegmentationLoss(model)
    loss.bce = KnownClassesLoss()
    return loss, loss.bce
