"""How long a detector goes on finding a thing, or missing it, from labelled frames of clips. Pure.

A thing is followed from one labelled frame to the next, so nothing is looked for where it no longer is. That
a large thing is found more often than a small one is no memory: each pair of frames is weighed by the
chances that class and size give it, and what agrees beyond them lasts. Where both frames find it, the errors
of its edges are told too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from vision.encounters.clips import Clip, followed
from vision.encounters.failing import COCO_SIDE, NORMAL, Floats, ModelFigures, cdf
from vision.encounters.tally import matched
from vision.evaluation.cases import Box, TrueThing

LONGEST_S = 1.5  # a walker passes what was ahead; and few things are labelled for longer
TAUS_S = tuple(round(0.1 * 1.15**n, 3) for n in range(28))  # 0.1 to 4.4 s
RESAMPLES = 400
# To integrate over a standard normal.
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(41)
_WEIGHTS /= _WEIGHTS.sum()


Edges = tuple[float | None, ...]
NO_EDGES: Edges = (None,) * 4


@dataclass(frozen=True, slots=True)
class Pair:
    """One thing in two labelled frames: whether it was found, and how likely that was in each.

    `edges`: how far left, top, right and foot were off in each, as places on a standard normal; None where
    the thing was not found, or the picture's edge cuts it.
    """

    thing: str
    lag_s: float
    found: tuple[bool, bool]
    chances: tuple[float, float]
    edges: tuple[Edges, Edges] = (NO_EDGES, NO_EDGES)


@dataclass(frozen=True, slots=True)
class _Seen:
    """One thing in one labelled frame."""

    t_s: float
    found: bool
    chance: float
    edges: Edges


def pairs_of(clip: Clip, model: ModelFigures) -> tuple[Pair, ...]:
    """Every two labelled frames of a thing within `LONGEST_S`."""
    seen: dict[int, list[_Seen]] = {}
    for record, numbers in zip(clip.records, followed(clip.records), strict=True):
        things = [TrueThing(t.cls, t.box) for t in record.things]
        answer = clip.answers[record.frame or 0]
        hits = matched(answer.objects, things)
        for n, (thing, number) in enumerate(zip(record.things, numbers, strict=True)):
            x1, y1, x2, y2 = thing.box
            side = sqrt((x2 - x1) * (y2 - y1)) * COCO_SIDE / max(clip.size)
            edges = NO_EDGES if n not in hits else _edges(hits[n].box, thing.box, clip.size, model)
            chance = model.chance(thing.cls, side)
            seen.setdefault(number, []).append(_Seen(answer.frame_index / clip.fps, n in hits, chance, edges))
    return tuple(
        Pair(
            f"{clip.name} {number}",
            b.t_s - a.t_s,
            (a.found, b.found),
            (a.chance, b.chance),
            (a.edges, b.edges),
        )
        for number, rows in seen.items()
        for k, a in enumerate(rows)
        for b in rows[k + 1 :]
        if b.t_s - a.t_s <= LONGEST_S
    )


def _edges(box: Box, true: Box, size: tuple[int, int], model: ModelFigures) -> Edges:
    told: list[float | None] = []
    for edge, (mine, theirs) in enumerate(zip(box, true, strict=True)):
        rim = 0 if edge < 2 else size[edge % 2]
        cut = abs(mine - rim) <= 1 or abs(theirs - rim) <= 1
        side = true[edge % 2 + 2] - true[edge % 2]
        told.append(None if cut else model.place((mine - theirs) / side, edge))
    return tuple(told)


def correlated(pairs: Sequence[Pair], edge: int) -> tuple[float | None, int]:
    """How an edge's errors in the two frames correlate about what is usual; None of fewer than 10 pairs."""
    rows = [
        (a, b) for p in pairs if (a := p.edges[0][edge]) is not None and (b := p.edges[1][edge]) is not None
    ]
    if len(rows) < 10:
        return None, len(rows)
    first, second = np.array(rows).T
    return float((first * second).sum() / ((first**2 + second**2).sum() / 2)), len(rows)


def agreeing(chances: tuple[float, float], rho: Floats) -> Floats:
    """The chance that both frames find a thing, where the standard normals that decide correlate by rho.

    Given what both have in common, of which rho is the share, they are independent.
    """
    own, common = np.sqrt(1 - rho)[:, None], np.sqrt(rho)[:, None] * _NODES
    limits = [NORMAL.inv_cdf(chance) for chance in chances]
    inner = [cdf((limit - common) / own) for limit in limits]
    return np.asarray(inner[0] * inner[1] @ _WEIGHTS, np.float64)


def likelihoods(pairs: Sequence[Pair], scene_share: float) -> Floats:
    """The log likelihood of each pair for each of `TAUS_S`."""
    return np.array([_likelihood(pair, scene_share) for pair in pairs])


def _likelihood(pair: Pair, scene_share: float) -> Floats:
    rho = scene_share + (1 - scene_share) * np.exp(-pair.lag_s / np.array(TAUS_S))
    both = agreeing(pair.chances, rho)
    first, second = pair.chances
    cells = {
        (True, True): both,
        (True, False): first - both,
        (False, True): second - both,
        (False, False): 1 - first - second + both,
    }
    return np.asarray(np.log(np.maximum(cells[pair.found], 1e-6)), np.float64)


def best(table: Floats, things: Sequence[str]) -> tuple[float, float, float]:
    """The likeliest time constant of all pairs together, s; and its middle 68 %, drawn by things."""
    names = sorted(set(things))
    each = np.array(things)
    by_thing = np.array([table[each == name].sum(axis=0) for name in names])
    rng = np.random.default_rng(1)
    drawn = [
        TAUS_S[int(by_thing[rng.integers(len(names), size=len(names))].sum(axis=0).argmax())]
        for _ in range(RESAMPLES)
    ]
    low, high = np.quantile(drawn, (0.16, 0.84))
    return TAUS_S[int(by_thing.sum(axis=0).argmax())], float(low), float(high)
