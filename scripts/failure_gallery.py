"""The gallery of a model's failures on rendered scenes, for its card: what is there beside what is found.

`python scripts/failure_gallery.py SCENES OUT.jpg`. Rendered pictures only: no photograph may be published.
"""

import argparse
import json
import sys
from pathlib import Path

import cv2
import numpy as np

from vision.errors import VisionError
from vision.on_paving import follow, on_paving
from vision.onnx_detector import open_detector
from vision.pictures import read_picture
from vision.types import Detections, Frame, Image, Mask

EACH = 6  # pictures a kind
WIDTH = 384
FOUND, THERE, THING = (200, 0, 200), (0, 170, 0), (255, 255, 255)


def truth_mask(path: Path) -> Mask:
    """Guide blocks of a scene's mask: bars FFFF00 and dots FFC000 are the only pixels that are not black."""
    return np.asarray(read_picture(path).any(axis=2), np.bool_)


def tile(image: Image, paving: Mask, found: Detections, words: str) -> Image:
    """Truth on the left, what was found on the right."""
    left, right = image.copy(), image.copy()
    left[paving] = (left[paving] * 0.5 + np.array(THERE) * 0.5).astype(np.uint8)
    right[found.paving] = (right[found.paving] * 0.5 + np.array(FOUND) * 0.5).astype(np.uint8)
    for thing in found.objects:
        x1, y1, x2, y2 = (int(v) for v in thing.box)
        cv2.rectangle(right, (x1, y1), (x2, y2), THING, 1)
        cv2.putText(right, thing.cls.value, (x1, max(10, y1 - 3)), cv2.FONT_HERSHEY_SIMPLEX, 0.4, THING, 1)
    both = cv2.hconcat([left, right])
    cv2.putText(both, words, (6, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.55, (0, 0, 0), 3)
    cv2.putText(both, words, (6, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.55, (255, 255, 255), 1)
    height = round(both.shape[0] * 2 * WIDTH / both.shape[1])
    return np.asarray(cv2.resize(both, (2 * WIDTH, height), interpolation=cv2.INTER_AREA), np.uint8)


def gallery(scenes: Path) -> Image:
    """The worst of each kind: blocked paths not told, alarms on clear ones, paving missed or invented."""
    detector = open_detector()
    kinds: dict[str, list[tuple[float, Image]]] = {"not told": [], "false alarm": [], "paving": []}
    for number, line in enumerate((scenes / "truth.jsonl").read_text(encoding="utf-8").splitlines()):
        truth = json.loads(line)
        image = read_picture(scenes / "images" / truth["image"])
        paving = truth_mask(scenes / "masks" / f"{Path(truth['image']).stem}.png")
        found = detector.detect(Frame(number, 0.0, image))
        followed = follow(found.paving)
        told = [d for d in found.objects if on_paving(followed, d.box, d.cls)]
        union = int((paving | found.paving).sum())
        iou = int((paving & found.paving).sum()) / union if union else 1.0
        blocked = truth["blocked"]
        if blocked and not told:
            words = f"not told: {blocked['cls']}, {blocked['distance_m']:.1f} m"
            kinds["not told"].append((blocked["distance_m"], tile(image, paving, found, words)))
        elif told and not blocked and paving.any():
            best = max(told, key=lambda d: d.score)
            words = f"false alarm: {best.cls.value}"
            kinds["false alarm"].append((-best.score, tile(image, paving, found, words)))
        elif union > 0.01 * paving.size:
            kinds["paving"].append((iou, tile(image, paving, found, f"paving: IoU {iou:.2f}")))
    tiles = [t for some in kinds.values() for _, t in sorted(some, key=lambda pair: pair[0])[:EACH]]
    if not tiles:
        raise VisionError(f"{scenes}: no failure found: render more scenes")
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % 3)
    return np.asarray(cv2.vconcat([cv2.hconcat(tiles[i : i + 3]) for i in range(0, len(tiles), 3)]), np.uint8)


def main() -> int:
    """The command; 0, or 2 with one line on what is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenes", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    try:
        cv2.imwrite(str(options.out), gallery(options.scenes), [cv2.IMWRITE_JPEG_QUALITY, 80])
    except (VisionError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
