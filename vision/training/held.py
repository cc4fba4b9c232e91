"""Labelled pictures of a split, a few at a time, and what networks answer to them."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from vision.decode import Decoded, Floats, Letterbox, letterbox, to_input
from vision.layouts import layout_of
from vision.model_spec import ModelSpec
from vision.network_detector import Outputs
from vision.training.dataset import LEAST_BOX_PX, Sample, _read
from vision.training.errors import DataError
from vision.training.recipe import Recipe
from vision.types import SURFACES, ObjectClass

Infer = Callable[[Floats], Outputs]
Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A labelled picture and a network's raw answer to it."""

    sample: Sample
    fit: Letterbox
    outputs: Outputs = field(repr=False)

    def decoded(self, spec: ModelSpec, least: float | None = None) -> Decoded:
        """The answer as things and surfaces: `Layout.decode`."""
        return layout_of(spec).decode(self.outputs, spec, self.fit, least)

    def true_boxes(self, cls: ObjectClass | None = None) -> Floats:
        """Boxes (x1, y1, x2, y2) in px of the labelled things of a class (None: of every thing).

        Those too small to have been trained on, in pixels of the network's input, are left out.
        """
        size = np.array(self.fit.frame, np.float32)
        wanted = [
            i.polygon * size for i in self.sample.instances if cls in (None, i.cls) and i.cls not in SURFACES
        ]
        boxes = np.array([[*p.min(0), *p.max(0)] for p in wanted], np.float32).reshape(-1, 4)
        sides = (boxes[:, 2:] - boxes[:, :2]) * self.fit.scale
        return np.asarray(boxes[(sides >= LEAST_BOX_PX).all(axis=1)], np.float32)


def read_index(folder: Path, recipe: Recipe, split: str) -> list[Entry]:
    """The index entries of a split, of the recipe's sources. Raises DataError where there are none."""
    index = folder / "index.jsonl"
    if not index.is_file():
        raise DataError(f"{index} is missing: run `shirube vision train --prepare-only` first")
    entries = [json.loads(line) for line in index.read_text(encoding="utf-8").splitlines()]
    chosen = [e for e in entries if recipe.split_of(e) == split and e["source"] in recipe.sources]
    if not chosen:
        raise DataError(f"{index} has no {split} pictures")
    return chosen


def mixed(entries: Sequence[Entry], count: int, seed: int) -> list[Entry]:
    """At most `count` entries, one of each source in turn, drawn by the seed."""
    rng = np.random.default_rng(seed)
    left: dict[str, list[Entry]] = {}
    for place in rng.permutation(len(entries)).tolist():
        left.setdefault(entries[place]["source"], []).append(entries[place])
    found: list[Entry] = []
    while len(found) < count and any(left.values()):
        found += [queue.pop() for _, queue in sorted(left.items()) if queue]
    return found[:count]


def inputs(
    folder: Path, entries: Iterable[Entry], spec: ModelSpec
) -> Iterator[tuple[Sample, Letterbox, Floats]]:
    """Each picture with its letterbox and the network's input. Raises DataError."""
    for entry in entries:
        sample = _read(folder, dict(entry))
        height, width = sample.image.shape[:2]
        fit = letterbox((width, height), (spec.input.width, spec.input.height))
        yield sample, fit, to_input(sample.image, fit, spec)


def seen(folder: Path, entries: Iterable[Entry], spec: ModelSpec, infer: Infer) -> list[Seen]:
    """What a network answers to pictures."""
    return [Seen(sample, fit, infer(blob)) for sample, fit, blob in inputs(folder, entries, spec)]
