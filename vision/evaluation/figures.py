"""From rows to figures with intervals: shares of sums, average precision, bootstrap over scenes. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from vision.evaluation.cases import in_class_order
from vision.evaluation.matching import average_precision
from vision.evaluation.measured import ANY, LARGE, MEDIUM, SMALL, Row
from vision.types import ObjectClass

Floats = npt.NDArray[np.float64]
Interval: TypeAlias = tuple[float, float]
DRAWS = 1000
SEED = 4  # of the bootstrap: the same data give the same intervals
COVER = (2.5, 97.5)  # percentiles


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its 95 % interval; both None where the data does not tell it.

    The interval is None too where it comes from fewer than two scenes.
    """

    value: float | None = None
    interval: Interval | None = None


@dataclass(frozen=True, slots=True)
class SliceFigures:
    """What one slice tells; `count`: pictures of it."""

    paving_iou: float | None
    blocked_path_recall: float | None
    count: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that one system's rows tell."""

    paving_iou: Figure = Figure()
    paving_iou_pooled: Figure = Figure()
    miou: Figure = Figure()
    blocked_path_recall: Figure = Figure()
    blocked: int | None = None  # pictures, or spans of a clip, in which the path is blocked
    blocked_unseen: int | None = None  # of them, pictures that show next to nothing of the paving
    blocked_by: dict[ObjectClass, tuple[int, int]] = field(default_factory=dict)  # found, of
    false_alarm_share: Figure = Figure()
    clear: int | None = None  # pictures in which it is clear
    false_alarms_per_min: Figure = Figure()
    clear_minutes: float | None = None
    recall: dict[ObjectClass, Figure] = field(default_factory=dict)
    ap50: dict[ObjectClass, Figure] = field(default_factory=dict)
    truths: dict[ObjectClass, int] = field(default_factory=dict)
    recall_any_class: Figure = Figure()
    recall_by_size: dict[str, tuple[float, int]] = field(default_factory=dict)
    slices: dict[str, SliceFigures] = field(default_factory=dict)
    ms_per_picture: float | None = None


class Draws:
    """The bootstrap of a set of rows: how often each row is drawn, by scene, `DRAWS` times."""

    def __init__(self, scenes: Sequence[str]) -> None:
        names = sorted(set(scenes))
        self.enough = len(names) >= 2
        number = {name: k for k, name in enumerate(names)}
        self._of_row = np.array([number[scene] for scene in scenes], np.intp)
        rng = np.random.default_rng(SEED)
        chances = np.full(max(len(names), 1), 1 / max(len(names), 1))
        self._times = rng.multinomial(len(names), chances, size=DRAWS if self.enough else 0).astype(float)

    def weights(self) -> Floats:
        """DRAWS x rows."""
        return np.asarray(self._times[:, self._of_row], np.float64)


def share(parts: Sequence[float], wholes: Sequence[float], scenes: Sequence[str]) -> Figure:
    """Sum of parts over sum of wholes, one of each a row."""
    part, whole = np.array(parts, np.float64), np.array(wholes, np.float64)
    if not whole.sum():
        return Figure()
    draws = Draws(scenes)
    return Figure(float(part.sum() / whole.sum()), _interval(draws, lambda w: _ratios(w, part, whole)))


def _ratios(weights: Floats, part: Floats, whole: Floats) -> Floats:
    below = weights @ whole
    return np.asarray((weights @ part)[below > 0] / below[below > 0], np.float64)


def _interval(draws: Draws, values: Callable[[Floats], Floats]) -> Interval | None:
    if not draws.enough:
        return None
    found = values(draws.weights())
    low, high = np.percentile(found, COVER) if len(found) else (np.nan, np.nan)
    return (float(low), float(high)) if len(found) else None


def figures(rows: Sequence[Row], slices: Iterable[str] = ()) -> Figures:
    """All figures of a system over its pictures."""
    if not rows:
        return Figures()
    pixels = [(row.scene, row.pixels) for row in rows if row.pixels]
    scenes = [scene for scene, _ in pixels]
    shown = [(scene, p.both / p.either) for scene, p in pixels if p.either]
    classes = in_class_order(cls for row in rows for cls in row.truths)
    blocked = [row for row in rows if row.blocked is not None]
    clear = [row for row in rows if row.false_alarm is not None]
    return Figures(
        paving_iou=share([v for _, v in shown], [1.0] * len(shown), [s for s, _ in shown]),
        paving_iou_pooled=share([p.both for _, p in pixels], [p.either for _, p in pixels], scenes),
        miou=_miou(rows),
        blocked_path_recall=_told(blocked),
        blocked=len(blocked) or None,
        blocked_unseen=sum(row.unseen for row in blocked) if blocked else None,
        blocked_by=_by_class(blocked),
        false_alarm_share=share(
            [float(bool(r.false_alarm)) for r in clear], [1.0] * len(clear), [r.scene for r in clear]
        ),
        clear=len(clear) or None,
        recall={cls: _recall(rows, cls) for cls in classes},
        ap50={cls: _ap(rows, cls) for cls in classes},
        truths={cls: sum(row.truths.get(cls, 0) for row in rows) for cls in classes},
        recall_any_class=_recall(rows, ANY),
        recall_by_size=_by_size(rows),
        slices={name: _slice([r for r in rows if name in r.slices]) for name in slices},
        ms_per_picture=median(row.took_ms for row in rows),
    )


def _miou(rows: Sequence[Row]) -> Figure:
    """Mean of the IoU of paving and of its background, both over all pixels of all pictures."""
    mine = [(row.scene, row.pixels) for row in rows if row.pixels]
    if not mine:
        return Figure()
    table = np.array([(p.both, p.either, p.neither, p.truth_or_found) for _, p in mine], np.float64)

    def of(weights: Floats) -> Floats:
        sums = weights @ table
        kept = sums[(sums[:, 1] > 0) & (sums[:, 3] > 0)]
        return np.asarray((kept[:, 0] / kept[:, 1] + kept[:, 2] / kept[:, 3]) / 2, np.float64)

    whole = of(np.ones((1, len(mine))))
    draws = Draws([scene for scene, _ in mine])
    return Figure(float(whole[0]), _interval(draws, of)) if len(whole) else Figure()


def _told(rows: Sequence[Row]) -> Figure:
    return share([float(bool(r.blocked)) for r in rows], [1.0] * len(rows), [r.scene for r in rows])


def _by_class(rows: Sequence[Row]) -> dict[ObjectClass, tuple[int, int]]:
    classes = in_class_order(cls for row in rows for cls in row.blocked_by)
    mine = {cls: [row for row in rows if cls in row.blocked_by] for cls in classes}
    return {cls: (sum(bool(row.blocked) for row in own), len(own)) for cls, own in mine.items()}


def _recall(rows: Sequence[Row], cls: ObjectClass | None) -> Figure:
    mine = [(row.scene, *row.recall[cls]) for row in rows if cls in row.recall]
    return share([f for _, f, _ in mine], [of for _, _, of in mine], [scene for scene, _, _ in mine])


def _ap(rows: Sequence[Row], cls: ObjectClass) -> Figure:
    mine = [(row.scene, row.scored[cls]) for row in rows if cls in row.scored]
    truths = np.array([scored.truths for _, scored in mine], np.float64)
    if not truths.sum():
        return Figure()
    scores = np.array([s for _, scored in mine for s in scored.scores], np.float64)
    hits = np.array([h for _, scored in mine for h in scored.hits], np.bool_)
    row_of = np.repeat(np.arange(len(mine)), [len(scored.scores) for _, scored in mine])

    def of(weights: Floats) -> Floats:
        drawn = weights[weights @ truths > 0]
        return np.array([average_precision(scores, hits, w[row_of], float(w @ truths)) for w in drawn])

    draws = Draws([scene for scene, _ in mine])
    return Figure(float(of(np.ones((1, len(mine))))[0]), _interval(draws, of))


def _by_size(rows: Sequence[Row]) -> dict[str, tuple[float, int]]:
    found = {}
    for size in (SMALL, MEDIUM, LARGE):
        pairs = [row.sizes[size] for row in rows if size in row.sizes]
        of = sum(count for _, count in pairs)
        if of:
            found[size] = (sum(part for part, _ in pairs) / of, of)
    return found


def _slice(rows: Sequence[Row]) -> SliceFigures:
    shown = [row.pixels.both / row.pixels.either for row in rows if row.pixels and row.pixels.either]
    blocked = [bool(row.blocked) for row in rows if row.blocked is not None]
    return SliceFigures(_mean(shown), _mean(blocked), len(rows))


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
