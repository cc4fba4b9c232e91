"""One export: the files, compared with the trained network, and what is told of them."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch

from vision.model_files import ModelFile
from vision.model_spec import ModelInput, ModelSpec
from vision.network_detector import NetworkDetector
from vision.training import manifest
from vision.training.dataset import PAD
from vision.training.errors import CheckpointError, DataError
from vision.training.export_ncnn import write_ncnn
from vision.training.export_onnx import answer, trained_network, write_halved, write_plain
from vision.training.gate import Quality, losses, pooled, quality
from vision.training.held import Entry, Infer, Seen, inputs, mixed, read_index, seen
from vision.training.parity import Parity, compare
from vision.training.recipe import Recipe
from vision.training.thresholds import FIRST, Chosen, choose
from vision.types import ObjectClass

LICENCE = "AGPL-3.0-or-later"
CALIBRATION, COMPARED = 150, 50  # pictures
TIMED = 30  # runs


@dataclass(frozen=True, slots=True)
class Made:
    """One file and how it fares. `refused`: why it does not ship; None: it ships."""

    spec: ModelSpec
    paths: tuple[Path, ...]
    parity: Parity
    quality: Quality
    ms: float
    refused: str | None = None

    def row(self) -> dict[str, Any]:
        """For the table and for JSON."""
        p, q = self.parity, self.quality
        values = {
            "box_iou_mean": p.box_mean, "box_iou_min": p.box_min, "unmatched": p.unmatched,
            "mask_iou_mean": p.mask_mean, "mask_iou_min": p.mask_min, "paving_iou": q.paving_iou, "ms": self.ms,
        }  # fmt: skip
        shown = {name: None if np.isnan(v) else round(v, 4) for name, v in values.items()}
        size = sum(path.stat().st_size for path in self.paths if path.is_file()) or self.spec.bytes
        return {
            "id": self.spec.id, "bytes": size, **shown,
            "pictures": p.pictures, "right": q.right, "said": q.said, "refused": self.refused,
        }  # fmt: skip
