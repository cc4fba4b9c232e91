"""Figures from samples. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """Percentiles of delays, in milliseconds. `count` 0: nothing was measured, and the rest is null."""

    count: int
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    worst_ms: float | None


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile of samples that are in order; one at least."""
    return ordered[max(math.ceil(percent / 100.0 * len(ordered)), 1) - 1]


def spread(samples_s: Sequence[float]) -> Spread:
    """The spread of delays in seconds."""
    if not samples_s:
        return Spread(0, None, None, None, None)
    ordered = sorted(samples_s)
    p50, p95, p99, worst = (round(1000.0 * percentile(ordered, at), 1) for at in (50.0, 95.0, 99.0, 100.0))
    return Spread(len(ordered), p50, p95, p99, worst)


def slope(samples: Sequence[tuple[float, float]]) -> float | None:
    """The least-squares growth of (time, value) per unit of time; None from fewer than three samples."""
    if len(samples) < 3:
        return None
    mean_t = sum(t for t, _ in samples) / len(samples)
    mean_v = sum(v for _, v in samples) / len(samples)
    spread_t = sum((t - mean_t) ** 2 for t, _ in samples)
    if spread_t == 0.0:
        return None
    return sum((t - mean_t) * (v - mean_v) for t, v in samples) / spread_t


def growth_mb_per_10min(samples: Sequence[tuple[float, float]]) -> float | None:
    """Growth of memory from (seconds, MB), of the later two thirds: caches fill at first."""
    if not samples:
        return None
    first_s, last_s = samples[0][0], samples[-1][0]
    later = [sample for sample in samples if sample[0] >= first_s + (last_s - first_s) / 3.0]
    grown = slope(later)
    return None if grown is None else round(600.0 * grown, 1)
