"""Figures of distances: as a table and as JSON."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import chain

import numpy as np

from vision.distances.measure import BASELINES, CONDITIONS, SYSTEMS, Measured

BANDS_M = ((1.0, 2.0), (2.0, 3.0), (3.0, 4.0), (4.0, 5.5))
ROUND = 4
NAMES = {
    "imu_paving": "IMU あり・ブロックあり / IMU, paving",
    "imu": "IMU あり / IMU",
    "imu_height_told": "IMU あり・身長を設定 / IMU, height told",
    "paving": "ブロックあり / paving, no IMU",
    "neither": "どちらもなし / neither",
    "single": "1 枚 / one frame",
    "tracked": "追跡 / tracked",
    "ground_alone": "地面だけ / ground plane alone",
    "height_alone": "高さだけ / known height alone",
}


@dataclass(frozen=True, slots=True)
class Figures:
    """Errors as shares of the true distance; `held`: how often the truth is within one sigma."""

    n: int
    median: float
    p95: float
    bias: float  # median of the signed error, + too far
    held: float
    sigma: float  # median of what was stated, as a share of the distance said


def figures(rows: Sequence[Measured]) -> Figures | None:
    """Of some answers; None of none."""
    if not rows:
        return None
    errors = np.array([row.error for row in rows])
    stated = float(np.median([row.sigma_m / row.said_m for row in rows]))
    numbers = (
        float(np.median(np.abs(errors))),
        float(np.quantile(np.abs(errors), 0.95)),
        float(np.median(errors)),
        float(np.mean([row.held for row in rows])),
        stated,
    )
    return Figures(len(rows), *(round(number, ROUND) for number in numbers))


def _systems() -> Iterable[tuple[str, str]]:
    pairs = ((condition.name, system) for condition in CONDITIONS for system in SYSTEMS)
    return chain(pairs, (("neither", system) for system in BASELINES))


def _parts(rows: Sequence[Measured]) -> dict[str, Sequence[Measured]]:
    """By band, by class, and by whether the foot was in the picture."""
    tests: dict[str, Callable[[Measured], bool]] = {
        f"{low:g}-{high:g} m": lambda row, low=low, high=high: low <= row.true_m < high  # type: ignore[misc]
        for low, high in BANDS_M
    }
    tests["foot seen"] = lambda row: row.foot_seen
    tests["foot below the picture"] = lambda row: not row.foot_seen
    tests |= {
        cls.value: lambda row, cls=cls: row.cls is cls  # type: ignore[misc]
        for cls in sorted({row.cls for row in rows})
    }
    return {name: [row for row in rows if test(row)] for name, test in tests.items()}


def as_json(rows: Sequence[Measured], about: dict[str, object]) -> str:
    """Everything, for a machine."""
    told: dict[str, dict[str, object]] = {}
    for condition, system in _systems():
        mine = [row for row in rows if (row.condition, row.system) == (condition, system)]
        whole = figures(mine)
        if whole is not None:
            parts = {name: asdict(f) for name, part in _parts(mine).items() if (f := figures(part))}
            told.setdefault(condition, {})[system] = asdict(whole) | {"parts": parts}
    return json.dumps({**about, **told}, ensure_ascii=False, indent=1) + "\n"


HEAD = f"{'':52} {'n':>5} {'中央 median':>9} {'p95':>6} {'偏り bias':>8} {'1σ held':>7} {'σ':>6}\n"


def as_text(rows: Sequence[Measured], title: str) -> str:
    """The table."""
    lines = [title, HEAD]
    for condition, system in _systems():
        mine = [row for row in rows if (row.condition, row.system) == (condition, system)]
        label = f"{NAMES[condition]}: {NAMES[system]}"
        parts = (
            (label, mine),
            ("  足元が画面の下 / foot below the picture", [r for r in mine if not r.foot_seen]),
        )
        lines += [_line(name, told) for name, part in parts if (told := figures(part))]
    return "".join(lines)


def _line(label: str, told: Figures) -> str:
    return (
        f"{label:52} {told.n:5d} {told.median:9.1%} {told.p95:6.1%} {told.bias:+8.1%} "
        f"{told.held:7.0%} {told.sigma:6.1%}\n"
    )
