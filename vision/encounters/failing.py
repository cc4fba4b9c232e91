"""How a detector fails, as values: how often it finds what, how sure it is then, how far its boxes are off.

A thing is found (a box that reaches its class's threshold), found faintly (`vision.faint`) or missed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from vision.types import ObjectClass

# Limits between sizes: the side of a square as large as the box, in a picture whose longer side is 640 px.
SIZE_EDGES = (16.0, 32.0, 64.0, 128.0, 256.0)
COCO_SIDE = 640.0
NORMAL = NormalDist()
POOL = 10.0  # things of any class that a class's own count is weighed against
# Where the distribution of an edge's errors is told: one in six is beyond three sigmas of its own middle.
EDGE_PLACES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 1.0)
DECILES = tuple(n / 10 for n in range(11))
Recall = tuple[float, float, float]  # found, found faintly or better, of
Shapes = tuple[tuple[float, ...], ...]
Floats = npt.NDArray[np.float64]
# The distribution function of a standard normal as a table, exact to 0.0001.
_PLACES = np.linspace(-6.0, 6.0, 2401)
_SHARES = np.array([NORMAL.cdf(z) for z in _PLACES])


@dataclass(frozen=True, slots=True)
class FalseBox:
    """A box where nothing is: class; middle, foot, width and height as shares of the picture."""

    cls: ObjectClass
    middle: float
    foot: float
    wide: float
    tall: float


@dataclass(frozen=True, slots=True)
class Tier:
    """What a detector says of what it finds surely, or faintly. Deciles run from least to greatest."""

    names: Mapping[str, float]  # shares "right", "obstacle", "other"
    true_scores: tuple[float, ...]  # deciles, on the common scale
    false_scores: tuple[float, ...]
    edge_sigma: tuple[float, ...]  # left, top, right, foot: shares of the box
    # How far each edge is off, in its sigmas, at EDGE_PLACES; None: as a normal distribution.
    edge_shape: Shapes | None
    false_per_frame: float

    def off(self, edge: int, normal: float) -> float:
        """How far an edge is off, as a share of the box's side, at a standard normal's place; + down."""
        if self.edge_shape is not None:
            normal = float(np.interp(NORMAL.cdf(normal), EDGE_PLACES, self.edge_shape[edge]))
        return self.edge_sigma[edge] * normal

    def place(self, off: float, edge: int) -> float:
        """The standard normal's place of such an error of an edge: what `off` undoes, within 2.5 sigma."""
        sigmas = off / self.edge_sigma[edge]
        if self.edge_shape is None:
            return sigmas
        share = float(np.interp(sigmas, self.edge_shape[edge], EDGE_PLACES))
        return NORMAL.inv_cdf(min(max(share, 0.006), 0.994))

    def offs(self, edge: int, normals: Floats) -> Floats:
        """`off` of many."""
        if self.edge_shape is not None:
            normals = np.asarray(np.interp(cdf(normals), EDGE_PLACES, self.edge_shape[edge]), np.float64)
        return self.edge_sigma[edge] * normals


@dataclass(frozen=True, slots=True)
class ModelFigures(Tier):
    """How a detector fails. Its own fields of `Tier` tell of what reaches its threshold."""

    id: str
    recall: Mapping[ObjectClass, Recall]
    by_size: tuple[Recall, ...]  # one more than SIZE_EDGES
    faint: Tier | None  # None: nothing faint was measured
    scene_share: float  # of the variance of found or not that lies between scenes
    covered: tuple[float, ...]  # deciles of the share of the paving that is found
    spilt: tuple[float, ...]  # deciles of the share of the mask that is no paving
    bare: tuple[float, float]  # [paving seen, of] where there is none
    false_boxes: tuple[FalseBox, ...]  # of both tiers
    found_tau_s: float
    score_tau_s: float
    false_tau_s: float
    edge_tau_s: tuple[float, ...]  # left, top, right, foot

    def chance(self, cls: ObjectClass, side_px: float) -> float:
        """The chance that a thing is found in a frame; `side_px`: as `SIZE_EDGES`."""
        return self._reached(0, cls, side_px)

    def faint_chance(self, cls: ObjectClass, side_px: float) -> float:
        """The chance that a thing is found or found faintly; at least `chance`."""
        sure = self.chance(cls, side_px)
        return sure if self.faint is None else max(sure, self._reached(1, cls, side_px))

    def _reached(self, place: int, cls: ObjectClass, side_px: float) -> float:
        # Class and size shift the odds of any thing independently of each other: there are too few things
        # to tell more. A class of which few were seen is drawn towards all things.
        everything = sum(r[place] for r in self.by_size) / sum(r[-1] for r in self.by_size)
        mine = self.recall.get(cls, (0.0, 0.0, 0.0))
        by_class = (mine[place] + POOL * everything) / (mine[-1] + POOL)
        size = self.by_size[sum(side_px >= edge for edge in SIZE_EDGES)]
        by_size = (size[place] + everything) / (size[-1] + 1)
        return 1 / (1 + exp(_logit(everything) - _logit(by_class) - _logit(by_size)))


def graded(
    value: float, chances: tuple[float, float], deciles: tuple[tuple[float, ...], tuple[float, ...]]
) -> tuple[bool, float] | None:
    """Whether what lies at `value` 0..1 is sure, and its score: the smaller, the surer. None: it is neither.

    `chances`: of being sure, and of being sure or faint; `deciles`: of the scores of the one and the other.
    """
    sure, either = chances
    if value < sure:
        return True, decile(deciles[0], 1 - value / sure)
    if value < either:
        return False, decile(deciles[1], 1 - (value - sure) / (either - sure))
    return None


def decile(deciles: tuple[float, ...], share: float) -> float:
    """The value of a distribution, given by its deciles, that `share` of it lies below."""
    return float(np.interp(share, DECILES, deciles))


def cdf(values: Floats) -> Floats:
    """A standard normal's distribution function."""
    return np.asarray(np.interp(values, _PLACES, _SHARES), np.float64)


def _logit(share: float) -> float:
    return log(share / (1 - share))
