"""How a detector fails, measured on pictures whose truth is known: `python -m vision.encounters.measure`.

It prints the tables of `figures.toml` that belong to the model; the rest of that file is not the model's.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from vision.encounters.figures import COCO_SIDE, EDGE_PLACES, SIZE_EDGES
from vision.encounters.sheet import Doubt, write_sheet
from vision.errors import VisionError
from vision.evaluation.cases import LEAST_PAVING_SHARE, Box, Case, TrueThing, Truth
from vision.evaluation.folders import folder_source
from vision.evaluation.matching import iou
from vision.evaluation.real import real_source, record_files
from vision.labelling.records import REAL
from vision.network_detector import NetworkDetector
from vision.onnx_detector import open_detector
from vision.types import Detection, Detections, Frame, ObjectClass

# A box that overlaps a thing by this much would warn of it: where it is, how large, how near. At .5 a pole is
# missed whose box is right but for a third of its few pixels. Below it, a box is of nothing.
MATCH_IOU = 0.3
QUANTILES = tuple(n / 10 for n in range(11))
LOST = 0.2  # a mask that holds less than this share of the paving gives no line
FALSE_KEPT = 150  # false boxes told one by one; more add bytes, not knowledge


@dataclass(slots=True)
class Tally:
    """Counts over pictures. `pairs`: (found, of) by picture; `edges`: errors as shares of the box."""

    by_class: dict[ObjectClass, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    by_size: list[list[int]] = field(default_factory=lambda: [[0, 0] for _ in range(len(SIZE_EDGES) + 1)])
    pairs: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    names: dict[str, int] = field(default_factory=lambda: {"right": 0, "obstacle": 0, "other": 0})
    scores: list[float] = field(default_factory=list)
    edges: list[tuple[float, float, float, float]] = field(default_factory=list)
    false: list[tuple[Detection, tuple[float, float, float, float]]] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)  # the false boxes in their pictures
    complete: int = 0  # pictures in which everything is labelled
    pictures: int = 0
    covered: list[float] = field(default_factory=list)  # share of the paving that the mask holds
    spilt: list[float] = field(default_factory=list)  # of the mask, what is no paving
    bare: list[int] = field(default_factory=lambda: [0, 0])  # [paving seen, of] where there is none


def size_bin(box: Box, longer_px: float) -> int:
    """Which of `SIZE_EDGES` a box falls below, by the side of its square in a COCO-sized picture."""
    side = (max(box[2] - box[0], 0.0) * max(box[3] - box[1], 0.0)) ** 0.5 * COCO_SIDE / longer_px
    return int(np.searchsorted(SIZE_EDGES, side, side="right"))


def matched(
    found: Sequence[Detection], things: Sequence[TrueThing], least: float = MATCH_IOU
) -> dict[int, Detection]:
    """The detection of each true thing, of whatever name, by the number of the thing; surest first."""
    taken: dict[int, Detection] = {}
    for detection in sorted(found, key=lambda d: -d.score):
        overlaps = {n: iou(detection.box, t.box) for n, t in enumerate(things) if n not in taken}
        best = max(overlaps, key=lambda n: overlaps[n], default=None)
        if best is not None and overlaps[best] >= least:
            taken[best] = detection
    return taken


def add(tally: Tally, scene: str, truth: Truth, seen: Detections, least: float = MATCH_IOU) -> None:
    """Count one picture. `least`: the overlap from which a box is of a thing; below it is of nothing."""
    height, width = truth.image.shape[:2]
    things = truth.things or ()
    taken = matched(seen.objects, things, least)
    tally.pictures += 1
    for number, thing in enumerate(things):
        if thing.cls is None:
            continue
        hit = number in taken
        for counts in (
            tally.by_class[thing.cls],
            tally.by_size[size_bin(thing.box, max(width, height))],
            tally.pairs[scene],
        ):
            counts[0] += hit
            counts[1] += 1
        if hit:
            _add_hit(tally, thing, taken[number])
    if truth.things is not None and truth.known:
        tally.complete += 1
        _add_false(tally, truth, [d for d in seen.objects if d not in taken.values()], least)
    _add_paving(tally, truth, seen)


def _add_false(tally: Tally, truth: Truth, others: Sequence[Detection], least: float) -> None:
    height, width = truth.image.shape[:2]
    boxes = tuple(thing.box for thing in truth.things or ())
    for detection in others:
        # A second box of a thing that was found is not a thing that is not there.
        if all(iou(detection.box, box) < least for box in boxes):
            x1, y1, x2, y2 = detection.box
            shape = ((x1 + x2) / 2 / width, y2 / height, (x2 - x1) / width, (y2 - y1) / height)
            tally.false.append((detection, shape))
            if len(tally.false) <= FALSE_KEPT:
                tally.doubts.append(Doubt(truth.image, detection, boxes))


def _add_hit(tally: Tally, thing: TrueThing, detection: Detection) -> None:
    if thing.cls is not ObjectClass.OBSTACLE:
        right = "right" if detection.cls is thing.cls else "other"
        tally.names["obstacle" if detection.cls is ObjectClass.OBSTACLE else right] += 1
    tally.scores.append(detection.score)
    wide, tall = thing.box[2] - thing.box[0], thing.box[3] - thing.box[1]
    off = [a - b for a, b in zip(detection.box, thing.box, strict=True)]
    tally.edges.append((off[0] / wide, off[1] / tall, off[2] / wide, off[3] / tall))


def _add_paving(tally: Tally, truth: Truth, seen: Detections) -> None:
    if truth.paving is None:
        return
    if not truth.paving.any() and truth.unsure is None:
        tally.bare[0] += float(seen.paving.mean()) >= LEAST_PAVING_SHARE
        tally.bare[1] += 1
    if float(truth.paving.mean()) < LEAST_PAVING_SHARE:
        return
    sure = np.ones_like(truth.paving) if truth.unsure is None else ~truth.unsure
    both = int((truth.paving & seen.paving & sure).sum())
    tally.covered.append(both / max(int((truth.paving & sure).sum()), 1))
    mask = int((seen.paving & sure).sum())
    if tally.covered[-1] >= LOST and mask:
        tally.spilt.append(1 - both / mask)


def scene_share(pairs: Mapping[str, Sequence[int]]) -> float:
    """How much of the variance of found or not lies between scenes: the one-way intraclass correlation."""
    counts = np.array([p for p in pairs.values() if p[1]], np.float64)
    total, groups = counts[:, 1].sum(), len(counts)
    if groups < 2 or total <= groups:
        return 0.0
    overall = counts[:, 0].sum() / total
    rate = counts[:, 0] / counts[:, 1]
    between = (counts[:, 1] * (rate - overall) ** 2).sum() / (groups - 1)
    within = (counts[:, 1] * rate * (1 - rate)).sum() / (total - groups)
    size = (total - (counts[:, 1] ** 2).sum() / total) / (groups - 1)
    spread = between + (size - 1) * within
    return float(max((between - within) / spread, 0.0)) if spread > 0 else 0.0


def look(detector: NetworkDetector, cases: Iterable[Case], tally: Tally, least: float) -> None:
    """Every case through the detector."""
    for number, case in enumerate(cases, 1):
        truth = case.load()
        add(tally, case.scene, truth, detector.detect(Frame(number, 0.0, truth.image)), least)
        print(f"\r{number}", end="", file=sys.stderr)  # noqa: T201 (a progress line of a tool)


def as_toml(tally: Tally, model: str, source: str, least: float) -> str:
    """The model's tables of `figures.toml`."""
    lines = [f'[model]\nid = "{model}"\nsource = "{source}"\npictures = {tally.pictures}\n']
    lines.append(f"[recall]  # [found under any name at IoU {least:g}, of]")
    lines += [f"{cls.value} = {tally.by_class[cls]}" for cls in ObjectClass if cls in tally.by_class]
    lines += ["", "[recall_by_size]  # side of the box's square in a 640 px picture"]
    lines += [f"counts = {tally.by_size}", "", "[names]  # of things found that have a name"]
    lines += [f"{name} = {count}" for name, count in tally.names.items()]
    lines += ["", "[scores]  # deciles, on the common scale", f"true = {_deciles(tally.scores)}"]
    lines.append(f"false = {_deciles([d.score for d, _ in tally.false])}")
    sigma, shapes = edge_errors(tally.edges)
    lines += ["", "[box]  # robust sigma of an edge, as a share of the box: left, top, right, foot"]
    lines.append(f"edge_sigma = {[round(s, 4) for s in sigma]}")
    lines.append("# how far it is off in sigmas, + right and down, at vision.encounters.figures.EDGE_PLACES")
    for name, row in zip(("left", "top", "right", "foot"), shapes, strict=True):
        lines.append(f"{name}_shape = {[round(s, 2) for s in row]}")
    lines += ["", "[scenes]", f"share = {scene_share(tally.pairs):.3f}"]
    lines += ["", "[paving]", f"covered = {_deciles(tally.covered)}", f"spilt = {_deciles(tally.spilt)}"]
    lines.append(f"bare = {tally.bare}")
    lines += ["", "[false_boxes]", f"pictures = {tally.complete}", f"count = {len(tally.false)}"]
    lines.append("boxes = [  # class, middle x, foot y, width, height as shares of the picture")
    for detection, shape in tally.false[:FALSE_KEPT]:
        numbers = ", ".join(f"{v:.3f}" for v in shape)
        lines.append(f'  ["{detection.cls.value}", {numbers}],')
    return "\n".join([*lines, "]", ""])


def edge_errors(edges: Sequence[tuple[float, ...]]) -> tuple[list[float], list[list[float]]]:
    """The robust sigma of each edge, and how far it is off in such sigmas at `EDGE_PLACES`."""
    if not edges:
        return [0.0] * 4, [[0.0] * len(EDGE_PLACES)] * 4
    off = np.array(edges)
    sigma = np.median(np.abs(off), axis=0) / 0.6745
    shape = np.quantile(off / np.maximum(sigma, 1e-6), EDGE_PLACES, axis=0)
    return sigma.tolist(), shape.T.tolist()


def _deciles(values: Sequence[float]) -> list[float]:
    return [round(float(v), 3) for v in np.quantile(values, QUANTILES)] if values else []


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 2 with one line where the data cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m vision.encounters.measure", description=__doc__)
    parser.add_argument("--pictures", type=Path, default=Path("../shared/data/vision"))
    parser.add_argument("--split", default="test")
    parser.add_argument("--folder", type=Path, help="rendered scenes (truth.jsonl) instead")
    parser.add_argument("--from", dest="first", type=int, default=0, help="leave out so many pictures first")
    parser.add_argument("--model", help="id or file")
    parser.add_argument(
        "--iou", type=float, default=MATCH_IOU, help=f"a box is of a thing from here on ({MATCH_IOU})"
    )
    parser.add_argument("--sheet", type=Path, metavar="PNG", help="the false boxes, to look at")
    asked = parser.parse_args(arguments)
    if not 0 < asked.iou <= 1:
        parser.error(f"--iou {asked.iou:g}: above 0, at most 1")
    tally = Tally()
    try:
        detector = open_detector(asked.model) if asked.model else open_detector()
        if asked.folder:
            source = folder_source(asked.folder)
        else:
            source = real_source(record_files(REAL), asked.pictures, asked.split)
        look(detector, source.cases[asked.first :], tally, asked.iou)
        if asked.sheet:
            write_sheet(tally.doubts, asked.sheet)
    except VisionError as error:
        print(f"shirube: {error}", file=sys.stderr)  # noqa: T201
        return 2
    origin = str(asked.folder or f"labelled real pictures, split {asked.split}")
    sys.stdout.write(as_toml(tally, detector.spec.id, origin, asked.iou))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
