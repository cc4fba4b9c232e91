"""The network: YOLOv8n, its class rows started from the COCO rows that mean the same, and a paving head.

Paving is a surface, not a thing: a line of blocks has no box of its own, parts at every gap and joins at
every junction. So it is not boxed and masked as an instance, but told pixel by pixel from the features
that the detector computes anyway. Only torch and `ultralytics.nn` are used, never ultralytics' trainer: it
would rebuild the model and throw the recovered weights away, and it imports torchvision, whose wheel
fails beside a torch without CUDA.
"""

from pathlib import Path
from typing import Any

import torch
from PIL import Image
from safetensors.torch import load_file
from torch import nn
from ultralytics.nn.modules import Conv
from ultralytics.nn.modules.head import Detect
from ultralytics.nn.tasks import DetectionModel
from ultralytics.utils import patches

from vision.training.errors import CheckpointError
from vision.types import SURFACES, ObjectClass

# On import the library puts a reader of its own in PIL's place, which asks for a HEIF decoder whenever a
# file is no picture: our "this is no picture" would become its "no module named pi_heif".
Image.open = patches._image_open

CLASSES = tuple(ObjectClass)
THING_ROWS = [i for i, c in enumerate(CLASSES) if c not in SURFACES]
OBSTACLE_ROW = CLASSES.index(ObjectClass.OBSTACLE)

COCO_CLASSES = 80
# COCO ids whose class row is the start of ours. A class without one starts from a low prior.
COCO_ROWS = {
    ObjectClass.PERSON: 0,
    ObjectClass.BICYCLE: 1,
    ObjectClass.CAR: 2,
    ObjectClass.MOTORCYCLE: 3,
    ObjectClass.BUS: 5,
    ObjectClass.TRUCK: 7,
    ObjectClass.BENCH: 13,
    ObjectClass.DOG: 16,
    ObjectClass.PLANTER: 58,  # potted plant
    ObjectClass.BOX: 28,  # suitcase
}
# sigmoid(-4.6) = 0.01: the usual prior of a class never seen, so that early steps are not all false alarms.
NEW_CLASS_BIAS = -4.6
FINE_LAYER, COARSE_LAYER = 2, 15  # of YOLOv8n: 32 channels at a quarter, 64 at an eighth of the input
CONTEXT_CHANNELS, PAVING_CHANNELS = (64, 48), 32
SURFACE_LOGITS = 2  # guide blocks of any kind; warning blocks


class PavingHead(nn.Module):  # type: ignore[misc]  # torch is not typed here
    """Logits of the surfaces at a quarter of the size, from the eighth's context and the quarter's edges."""

    def __init__(self, fine: int, coarse: int) -> None:
        super().__init__()
        wide, narrow = CONTEXT_CHANNELS
        self.context = nn.Sequential(Conv(coarse, wide, 3), Conv(wide, narrow, 3))
        self.coarse = Conv(narrow, PAVING_CHANNELS, 1)
        self.fine = Conv(fine, PAVING_CHANNELS, 1)
        self.join = Conv(PAVING_CHANNELS, PAVING_CHANNELS, 3)
        self.logits = nn.Conv2d(PAVING_CHANNELS, SURFACE_LOGITS, 1)
        nn.init.constant_(self.logits.bias, -2.0)  # paving covers about a tenth of a picture

    def forward(self, fine: torch.Tensor, coarse: torch.Tensor) -> torch.Tensor:
        """B x 2 x H/4 x W/4."""
        grown = nn.functional.interpolate(self.coarse(self.context(coarse)), scale_factor=2.0, mode="nearest")
        return self.logits(self.join(grown + self.fine(fine)))


class PavingDetect(Detect):  # type: ignore[misc]
    """YOLOv8's head with the paving head beside it; takes the fine features, then the detector's three."""

    def add_paving(self, fine: int, coarse: int) -> None:
        """Give the head its second task."""
        self.paving = PavingHead(fine, coarse)

    def forward(self, x: list[torch.Tensor]) -> Any:  # noqa: ANN401 (as the library has it)
        """In training a dict with "paving" beside the detector's parts, else (detections, paving logits)."""
        surfaces = self.paving(x[0], x[1])
        found = super().forward(x[1:])
        if self.training:
            return {**found, "paving": surfaces}
        return (found if self.export else found[0]), surfaces


def coco_network(weights: Path) -> nn.Module:
    """YOLOv8n with 80 COCO classes and the recovered weights. Raises CheckpointError."""
    model = DetectionModel("yolov8n.yaml", nc=COCO_CLASSES, verbose=False)
    try:
        model.load_state_dict(load_file(str(weights)), strict=True)
    except (OSError, ValueError) as error:
        raise CheckpointError(f"starting weights {weights} cannot be read ({error})") from error
    except RuntimeError as error:
        first = str(error).splitlines()[-1].strip()
        raise CheckpointError(f"{weights} is not a YOLOv8n detector: {first}") from error
    return model


def empty_network() -> nn.Module:
    """Our network with untrained weights, for a state dict to be loaded into.

    The class branch keeps the 80 hidden channels of COCO's network: with fewer classes the library would
    build it narrower, and the trained rows would not fit.
    """
    model = DetectionModel("yolov8n.yaml", nc=COCO_CLASSES, verbose=False)
    head = model.model[-1]
    for branch in head.cv3:
        branch[-1] = nn.Conv2d(branch[-1].in_channels, len(CLASSES), 1)
        nn.init.normal_(branch[-1].weight, std=0.01)
        nn.init.constant_(branch[-1].bias, NEW_CLASS_BIAS)
    head.nc = len(CLASSES)
    head.no = len(CLASSES) + head.reg_max * 4
    head.__class__ = PavingDetect
    head.add_paving(32, 64)
    head.f = [FINE_LAYER, *head.f]
    model.save = sorted({*model.save, FINE_LAYER})
    model.yaml["nc"] = len(CLASSES)
    model.names = {i: str(c) for i, c in enumerate(CLASSES)}
    return model


def start_network(weights: Path) -> nn.Module:
    """Our network with every weight of the COCO detector that has a place in it."""
    coco, model = coco_network(weights), empty_network()
    theirs = coco.model[-1].cv3
    with torch.no_grad():
        own = model.state_dict()
        last = {f"model.22.cv3.{i}.2.{kind}" for i in range(3) for kind in ("weight", "bias")}
        own.update({k: v for k, v in coco.state_dict().items() if k not in last})
        model.load_state_dict(own)
        for mine, other in zip(model.model[-1].cv3, theirs, strict=True):
            for cls, row in COCO_ROWS.items():
                mine[-1].weight[CLASSES.index(cls)] = other[-1].weight[row]
                mine[-1].bias[CLASSES.index(cls)] = other[-1].bias[row]
            # "Anything" starts as the mean of what is known to stand about in streets.
            rows = list(COCO_ROWS.values())
            mine[-1].weight[OBSTACLE_ROW] = other[-1].weight[rows].mean(0)
            mine[-1].bias[OBSTACLE_ROW] = other[-1].bias[rows].mean(0)
    return model
