"""Figures of the exported file on pictures that no trainer read."""

import argparse
import json
import math
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime

from vision.training import manifest
from vision.training.decode import Fit, Floats, Found, decode, letterbox, to_blob, union_mask
from vision.training.errors import DataError
from vision.training.export import write_manifest
from vision.training.figures import (
    Overlap,
    at_threshold,
    average_precision,
    best_threshold,
    highest_within,
    overlap,
    score_class,
)
from vision.training.labels import CLASSES, Instance, filled, hsv_yellow, ladder_between, parse_labels
from vision.training.recipe import Recipe
from vision.training.sources import KEYFRAMES, TEST_CLIP, clip_frames
from vision.types import Image, Mask, ObjectClass

PAVING = CLASSES.index(ObjectClass.PAVING)
LEAST = 0.05  # below this no threshold is looked for
AP_IOU = 0.5
# IoU that a higher paving threshold may cost: it keeps stray blobs out of pictures unlike the validation set
PAVING_SLACK = 0.015
# people in the clip were boxed by hand from a grid, to about 8 px of 720
CLIP_IOU = 0.4
CANDIDATES = tuple(np.arange(0.15, 0.66, 0.05).round(2).tolist())
# F1: a missed obstacle is worse than a false alarm, but a voice that cries wolf is not listened to.
BETA = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """The network's answer for one picture."""

    found: Found
    prototypes: Floats
    fit: Fit

    def paving(self, threshold: float) -> Mask:
        """Union of paving instances of at least the threshold."""
        keep = self.found.scores >= threshold
        all_ = self.found
        kept = Found(all_.boxes[keep], all_.scores[keep], all_.classes[keep], all_.values[keep])
        return union_mask(kept, PAVING, self.prototypes, self.fit)

    def boxes(self, cls: int) -> tuple[Floats, Floats]:
        """Boxes and scores of a class."""
        keep = self.found.classes == cls
        return self.found.boxes[keep], self.found.scores[keep]


class Network:
    """The exported file under onnxruntime with one thread, as on the walk."""

    def __init__(self, path: Path, recipe: Recipe) -> None:
        if not path.is_file():
            raise DataError(f"{path} is missing: run `python -m vision.training export` first")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.size = (recipe.width, recipe.height)

    def __call__(self, image: Image) -> Seen:
        """All detections of at least LEAST."""
        canvas, fit = letterbox(image, *self.size)
        raw, prototypes = self.session.run(None, {"images": to_blob(canvas)})
        return Seen(decode(raw[0], fit, len(CLASSES), LEAST), prototypes[0], fit)

    def latency_ms(self, runs: int = 60) -> tuple[float, float]:
        """Median and 95th percentile of the bare session."""
        blob = np.random.default_rng(0).random((1, 3, self.size[1], self.size[0]), np.float32)
        took = []
        for _ in range(runs):
            start = time.perf_counter()
            self.session.run(None, {"images": blob})
            took.append((time.perf_counter() - start) * 1e3)
        return float(np.median(took)), float(np.percentile(took, 95))


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A labelled picture and the network's answer."""

    source: str
    image: Image
    instances: list[Instance]
    seen: Seen

    def truth(self, cls: int) -> Floats:
        """True boxes of a class in pixels."""
        size = np.array(self.image.shape[1::-1])
        chosen = [i.polygon * size for i in self.instances if CLASSES.index(i.cls) == cls]
        return np.array([[*p.min(0), *p.max(0)] for p in chosen], np.float32).reshape(-1, 4)

    def paving(self) -> Mask:
        """The true paving."""
        height, width = self.image.shape[:2]
        size = np.array([width, height])
        return filled(
            [i.polygon * size for i in self.instances if i.cls is ObjectClass.PAVING], width, height
        )


def judged(data: Path, split: str, network: Network) -> Iterator[Judged]:
    """All labelled pictures of a split, seen by the network."""
    for line in (data / "index.jsonl").read_text().splitlines():
        entry = json.loads(line)
        if entry["split"] != split:
            continue
        image = cv2.imread(str(data / entry["image"]))
        if image is None:
            raise DataError(f"{data / entry['image']} is not a picture")
        labels = parse_labels((data / entry["label"]).read_text(), entry["label"])
        picture = np.asarray(image, np.uint8)
        yield Judged(entry["source"], picture, labels, network(picture))


def report(recipe: Recipe, args: argparse.Namespace) -> str:
    """The figures as JSON text; with `choose_thresholds`, they are chosen on val and written first."""
    network = Network(args.models / f"{recipe.model_id}.onnx", recipe)
    if args.choose_thresholds:
        chosen = choose(recipe, list(judged(args.data, "val", network)))
        write_manifest(recipe, args.models, chosen)
    thresholds = manifest.read_thresholds(args.models, recipe.model_id)
    pictures = list(judged(args.data, args.split, network))
    figures: dict[str, Any] = {
        "split": args.split,
        "thresholds": thresholds,
        "paving": _paving(pictures, thresholds),
        "objects": _objects(recipe, pictures, thresholds),
        "latency_ms_p50_p95_one_thread": [round(v, 1) for v in network.latency_ms()],
    }
    clip = args.shared / f"vision/walk_videos/{TEST_CLIP}.mp4"
    if args.split == "test" and clip.is_file():
        figures["clip"] = _clip(clip, network, thresholds)
    return json.dumps(figures, indent=1)


def choose(recipe: Recipe, pictures: list[Judged]) -> dict[str, float]:
    """Thresholds per class from validation pictures."""
    masked = [p for p in pictures if p.source in ("masks", "scenes")]
    paving = {c: overlap((p.seen.paving(c), p.paving()) for p in masked).mean for c in CANDIDATES}
    chosen = {str(ObjectClass.PAVING): highest_within(paving, PAVING_SLACK)}
    for number, cls in enumerate(CLASSES):
        told = [p for p in pictures if cls in recipe.sources[p.source].known]
        scored = score_class(((*p.seen.boxes(number), p.truth(number)) for p in told), AP_IOU)
        if cls is not ObjectClass.PAVING:
            chosen[str(cls)] = best_threshold(scored, CANDIDATES, BETA)
    return chosen


def _paving(pictures: list[Judged], thresholds: dict[str, float]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for source in ("masks", "scenes"):
        own = [p for p in pictures if p.source == source]
        ours = overlap((p.seen.paving(thresholds[ObjectClass.PAVING]), p.paving()) for p in own)
        naive = overlap((hsv_yellow(p.image), p.paving()) for p in own)
        found[source] = {"model": _shown(ours), "hsv_yellow": _shown(naive)}
    return found


def _objects(recipe: Recipe, pictures: list[Judged], thresholds: dict[str, float]) -> dict[str, Any]:
    """AP50, precision and recall per source and class, for the classes that the source's labels tell of."""
    found: dict[str, Any] = {}
    for source in ("scenes", "blindwalk", "coco"):
        for number, cls in enumerate(CLASSES):
            own = [p for p in pictures if p.source == source and cls in recipe.sources[source].known]
            scored = score_class(((*p.seen.boxes(number), p.truth(number)) for p in own), AP_IOU)
            if cls is ObjectClass.PAVING or not scored.truths:
                continue
            precision, recall = at_threshold(scored, thresholds[cls])
            values = (average_precision(scored), precision, recall)
            # a precision without detections is not a number, which JSON cannot say
            told = (None if math.isnan(v) else round(v, 3) for v in values)
            row = dict(zip(("ap50", "precision", "recall"), told, strict=True))
            found[f"{source}/{cls}"] = {**row, "truths": scored.truths}
    return found


def _clip(path: Path, network: Network, thresholds: dict[str, float]) -> dict[str, Any]:
    """The held-out clip: paving and people at the hand-set keyframes, and how often each is found at all."""
    hand = {k["frame"]: k for k in tomllib.loads(KEYFRAMES.read_text(encoding="utf-8"))[TEST_CLIP]}
    person = CLASSES.index(ObjectClass.PERSON)
    masks: list[tuple[Mask, Mask]] = []
    naive: list[tuple[Mask, Mask]] = []
    people: list[tuple[Floats, Floats, Floats]] = []
    frames = with_paving = 0
    for index, image in clip_frames(path, 1):
        seen = network(image)
        frames += 1
        with_paving += bool(seen.paving(thresholds[ObjectClass.PAVING]).any())
        if index not in hand:
            continue
        rows, boxes = hand[index]["line"], [b[1:] for b in hand[index]["boxes"]]
        people.append((*seen.boxes(person), np.array(boxes, np.float32).reshape(-1, 4)))
        if rows:
            height, width = image.shape[:2]
            truth = filled([ladder_between(rows, rows, 0.0, height)], width, height)
            masks.append((seen.paving(thresholds[ObjectClass.PAVING]), truth))
            naive.append((hsv_yellow(image), truth))
    scored = score_class(people, CLIP_IOU)
    precision, recall = at_threshold(scored, thresholds[ObjectClass.PERSON])
    return {
        "paving": {"model": _shown(overlap(masks)), "hsv_yellow": _shown(overlap(naive))},
        "frames_with_paving": f"{with_paving}/{frames}",
        "person": {"precision": round(precision, 3), "recall": round(recall, 3), "truths": scored.truths},
    }


def _shown(o: Overlap) -> dict[str, float]:
    return {"iou_mean": round(o.mean, 3), "iou_pooled": round(o.pooled, 3), "pictures": o.pictures}
