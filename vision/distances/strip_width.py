"""How wrong the model's mask of guide blocks is as a ruler, on labelled pictures: its width and its taper.

`python -m vision.distances.strip_width [--split test] [--pictures DIR] [--folder SCENES]`: what
`vision.pose.WIDTH_SIGMA`, `STRIP_SIGMA` and `LEAST_SIGMA_RAD` come from.
"""

import argparse
import sys
from collections.abc import Sequence
from math import atan, degrees
from pathlib import Path

import numpy as np

from vision.camera import Camera
from vision.errors import VisionError
from vision.evaluation.folders import folder_source
from vision.evaluation.real import real_source, record_files
from vision.labelling.records import REAL
from vision.narrowing import narrowing
from vision.onnx_detector import open_detector
from vision.paving import Rows, strip_rows
from vision.types import Frame

LEAST_ROWS = 15


def ratio(truth: Rows, seen: Rows, width: int) -> tuple[float, float] | None:
    """Median logarithm of seen over true width in the rows of both, and its spread; None: too few rows."""
    whole = [(r.left > 1) & (r.right < width - 1) for r in (truth, seen)]
    known = dict(zip(truth.y[whole[0]], (truth.right - truth.left)[whole[0]], strict=True))
    pairs = [
        (known[y], wide)
        for y, wide in zip(seen.y[whole[1]], (seen.right - seen.left)[whole[1]], strict=True)
        if y in known
    ]
    if len(pairs) < LEAST_ROWS:
        return None
    logs = np.log([b / a for a, b in pairs])
    low, middle, high = np.quantile(logs, [0.16, 0.5, 0.84])
    return float(middle), float(high - low) / 2


def tipped_deg(truth: Rows, seen: Rows, size: tuple[int, int]) -> float | None:
    """How much more pitch the seen strip's taper says than the true one's, through a lens of 70 degrees."""
    camera = Camera(*size)
    pair = [narrowing(rows, camera, None) for rows in (truth, seen)]
    rows = [told.horizon_px for told in pair if told is not None]
    if len(rows) < 2:
        return None
    true, said = (degrees(atan((camera.height / 2 - row) / camera.focal_px)) for row in rows)
    return said - true


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 2 with one line where the data cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m vision.distances.strip_width", description=__doc__)
    parser.add_argument("--pictures", type=Path, default=Path("../shared/data/vision"))
    parser.add_argument("--split", default="test")
    parser.add_argument("--folder", type=Path, help="rendered scenes (truth.jsonl) instead")
    asked = parser.parse_args(arguments)
    found, tipped = [], []
    try:
        detector = open_detector()
        source = (
            folder_source(asked.folder)
            if asked.folder
            else real_source(record_files(REAL), asked.pictures, asked.split)
        )
        for number, case in enumerate(source.cases):
            truth = case.load()
            if truth.paving is None or not truth.paving.any():
                continue
            seen = detector.detect(Frame(number, 0.0, truth.image))
            height, width = truth.paving.shape
            rows = strip_rows(truth.paving), strip_rows(seen.paving)
            pair, tip = ratio(*rows, width), tipped_deg(*rows, (width, height))
            found += [pair] if pair else []
            tipped += [tip] if tip is not None else []
    except VisionError as error:
        sys.stderr.write(f"shirube: {error}\n")
        return 2
    if not found:
        sys.stderr.write("shirube: no picture shows a strip of guide blocks in 15 rows or more\n")
        return 2
    middles = np.array([middle for middle, _ in found])
    spread = (np.quantile(middles, 0.84) - np.quantile(middles, 0.16)) / 2
    sys.stdout.write(
        f"{len(found)} strips: {np.median(middles):+.3f} in the median, {spread:.3f} from strip to strip, "
        f"{np.median([within for _, within in found]):.3f} from row to row (logarithms)\n"
    )
    if tipped:
        low, middle, high = np.quantile(tipped, [0.16, 0.5, 0.84])
        spread = (high - low) / 2
        sys.stdout.write(f"{len(tipped)} tapers: {middle:+.2f} degrees, {spread:.2f} from mask to mask\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
