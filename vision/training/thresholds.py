"""Thresholds of the manifest, from labelled pictures that no trainer read; and what they then find. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from vision.evaluation.cases import TrueThing
from vision.evaluation.matching import Scored, found_count, score
from vision.model_spec import ModelSpec
from vision.training.dataset import Sample
from vision.training.held import Seen
from vision.training.labels import NONE, UNSURE, WARNING
from vision.types import SURFACES, THINGS, Detection, Image, Mask, ObjectClass

# F1. A missed obstacle is worse than a false alarm, but a voice that cries wolf is not listened to.
BETA = 1.0
CANDIDATES = tuple(round(0.05 * step, 2) for step in range(2, 17))  # 0.10 .. 0.80
SURFACE_CANDIDATES = tuple(round(0.05 * step, 2) for step in range(4, 17))  # 0.20 .. 0.80
LEAST_SCORE = 0.05
# Fewer true things tell no threshold, nor a recall to a point: such classes are taken together.
FEW = 10
APART = 0.99  # no box reaches it, so none drives out another: each row is judged for itself
FLAT = 0.01  # of mean IoU: less is no difference
FIRST = 0.5  # of a surface until it is chosen, and of one of which no picture tells

Thresholds = dict[ObjectClass, float]
Judged = tuple[bool, Scored]  # of one class in one picture; whether the picture is real
Pixels = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Chosen:
    """`few`: the classes that share one threshold, with how many true things each has."""

    thresholds: Thresholds
    few: Mapping[ObjectClass, int]


def choose(pictures: Sequence[Seen], spec: ModelSpec, beta: float = BETA) -> Chosen:
    """Best F-beta of each named class, F1 of `obstacle` against every thing, mean IoU of the surfaces.

    The thresholds of `spec` do not matter.
    """
    apart = replace(spec, thresholds=dict.fromkeys(spec.classes, APART) | dict.fromkeys(SURFACES, FIRST))
    by_class: dict[ObjectClass, list[Judged]] = {cls: [] for cls in THINGS}
    for seen in pictures:
        found = seen.decoded(apart, LEAST_SCORE).objects
        for cls in THINGS:
            if knows(seen.sample, cls):
                by_class[cls].append((seen.sample.real, score(found, _truths(seen, cls), cls)))
    truths = {cls: sum(s.truths for _, s in judged) for cls, judged in by_class.items()}
    few: dict[ObjectClass, int] = {
        cls: n for cls, n in truths.items() if n < FEW and cls is not ObjectClass.OBSTACLE
    }
    shared = best_f([pair for cls in few for pair in by_class[cls]], beta)
    chosen: Thresholds = {
        cls: shared if cls in few else best_f(judged, 1.0 if cls is ObjectClass.OBSTACLE else beta)
        for cls, judged in by_class.items()
    }
    for surface in SURFACES:
        chosen[surface] = best_surface(pictures, apart, surface)
    return Chosen({cls: chosen[cls] for cls in spec.classes}, few)


def best_f(judged: Iterable[Judged], beta: float) -> float:
    """The candidate with the best F-beta (beta > 1: a miss costs more); the higher one of equals.

    Real pictures count as much as rendered ones, of which there are many more, where both show things enough.
    """
    kept = list(judged)
    counts = {real: sum(s.truths for r, s in kept if r is real) for real in (True, False)}
    weigh = min(counts.values()) >= FEW
    weights = {real: 1 / n if weigh else 1.0 for real, n in counts.items()}
    truths = sum(weights[real] * n for real, n in counts.items())
    scores = np.array([v for _, s in kept for v in s.scores])
    hits = np.array([h for _, s in kept for h in s.hits], np.bool_)
    weight = np.array([weights[real] for real, s in kept for _ in s.scores])

    def f(threshold: float) -> float:
        above = scores >= threshold
        right = float(weight[above & hits].sum())
        return (1 + beta**2) * right / (beta**2 * truths + float(weight[above].sum())) if right else 0.0

    best = max(CANDIDATES, key=lambda c: (f(c), c))
    # Where nothing is ever right the highest would be chosen: silence, of which nobody is told.
    return best if f(best) else FIRST


def best_surface(pictures: Sequence[Seen], spec: ModelSpec, surface: ObjectClass) -> float:
    """The candidate of the best mean IoU of a surface nearest to FIRST; that where no picture tells."""
    told = [seen for seen in pictures if tells(seen.sample, surface)]
    # Dots count only within paving, so the paving's own threshold is left at FIRST for them.
    kinds = [kind for kind in ([s for s in told if s.sample.real is real] for real in (True, False)) if kind]

    def mean(candidate: float) -> float:
        """Over real and over rendered pictures, which count the same."""
        own = replace(spec, thresholds={**spec.thresholds, surface: candidate})
        return sum(surface_iou(kind, own, surface) for kind in kinds)

    means = {candidate: mean(candidate) for candidate in SURFACE_CANDIDATES}
    best = max(means.values())
    # The curve is flat for long stretches, and its top there is chance: of equals the one nearest to a half,
    # which other streets and 8 bits shift least.
    alike = [c for c, value in means.items() if value >= best - FLAT]
    return min(alike, key=lambda c: abs(c - FIRST)) if best else FIRST


def surface_iou(
    pictures: Iterable[Seen], spec: ModelSpec, surface: ObjectClass = ObjectClass.PAVING
) -> float:
    """Mean IoU over the pictures that show the surface or get it; pixels of unsure truth do not count."""
    shares = []
    for seen in pictures:
        if not tells(seen.sample, surface):
            continue
        found, (true, sure) = seen.decoded(spec), _true_surface(seen.sample.surfaces, surface)
        mask: Mask | None = found.paving if surface is ObjectClass.PAVING else found.warning
        if mask is None:
            continue
        union = int(((mask | true) & sure).sum())
        if union:
            shares.append(int((mask & true & sure).sum()) / union)
    return float(np.mean(shares)) if shares else 0.0


def knows(sample: Sample, cls: ObjectClass) -> bool:
    """Whether what is not labelled so is not there; for `obstacle`: of every thing."""
    if cls is ObjectClass.OBSTACLE:
        return all(knows(sample, other) for other in THINGS if other is not ObjectClass.OBSTACLE)
    return bool(sample.known[tuple(ObjectClass).index(cls)])


def tells(sample: Sample, surface: ObjectClass) -> bool:
    """Whether the picture's labels tell where the surface is."""
    return sample.surfaces_known[0 if surface is ObjectClass.PAVING else 1]


def recalls(pictures: Iterable[Seen], spec: ModelSpec) -> dict[ObjectClass, tuple[int, int]]:
    """(found, of) for each class at the thresholds of `spec`; `obstacle`: everything, under any name."""
    counts = dict.fromkeys(THINGS, (0, 0))
    for seen in pictures:
        found = seen.decoded(spec).objects
        for cls in THINGS:
            if knows(seen.sample, cls):
                true = _truths(seen, cls)
                hits, of = counts[cls]
                counts[cls] = hits + found_count(found, true, cls), of + len(true)
    return counts


def said(pictures: Iterable[Seen], spec: ModelSpec) -> tuple[int, int]:
    """(right, all) detections in the pictures of which every thing is known, under whatever name."""
    right = everything = 0
    for seen in pictures:
        if knows(seen.sample, ObjectClass.OBSTACLE):
            found: Sequence[Detection] = seen.decoded(spec).objects
            right += found_count(found, _truths(seen, ObjectClass.OBSTACLE), None)
            everything += len(found)
    return right, everything


def _truths(seen: Seen, cls: ObjectClass) -> list[TrueThing]:
    """The true things that a row is to find: for `obstacle`, every thing."""
    boxes = seen.true_boxes(None if cls is ObjectClass.OBSTACLE else cls)
    return [TrueThing(cls, (x1, y1, x2, y2)) for x1, y1, x2, y2 in boxes.tolist()]


def _true_surface(surfaces: Image, surface: ObjectClass) -> tuple[Pixels, Pixels]:
    sure = surfaces != UNSURE
    true = surfaces == WARNING if surface is ObjectClass.WARNING else (surfaces != NONE) & sure
    return np.asarray(true, np.bool_), np.asarray(sure, np.bool_)
