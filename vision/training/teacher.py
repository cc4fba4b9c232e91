"""The COCO network as a teacher: people and vehicles in pictures whose source labels only paving."""

from pathlib import Path

import numpy as np
import torch

from vision.training.decode import decode, letterbox, to_blob
from vision.training.labels import Instance, box_polygon
from vision.training.network import COCO_CLASSES, coco_network
from vision.training.sources import COCO_OURS
from vision.types import Image

WIDTH, HEIGHT = 640, 384


class CocoTeacher:
    """Boxes of score >= `least` as rough polygons."""

    def __init__(self, weights: Path, least: float = 0.35) -> None:
        self.model = coco_network(weights).eval()
        self.least = least

    def __call__(self, image: Image) -> list[Instance]:
        """Instances of our classes that COCO names."""
        canvas, fit = letterbox(image, WIDTH, HEIGHT)
        with torch.no_grad():
            (raw, _), _ = self.model(torch.from_numpy(to_blob(canvas)))
        found = decode(raw[0].numpy(), fit, COCO_CLASSES, self.least)
        size = np.array([fit.width, fit.height] * 2)
        return [
            Instance(COCO_OURS[int(c)], box_polygon(*(b / size).tolist()))
            for c, b in zip(found.classes, found.boxes, strict=True)
            if int(c) in COCO_OURS
        ]
