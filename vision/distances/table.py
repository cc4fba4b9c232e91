"""Figures of distances: as a table and as JSON."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from unicodedata import east_asian_width

import numpy as np

from vision.distances.measure import BASELINES, BEST, CONDITIONS, SYSTEMS, Measured
from vision.distances.sources import EVERY, Without
from vision.distances.sources import NAMES as SOURCES

BANDS_M = ((1.0, 2.0), (2.0, 3.0), (3.0, 4.0), (4.0, 5.5))
ROUND = 4
NAMES = {
    "imu_paving": "IMU あり・ブロックあり / IMU, paving",
    "imu_paving_height_told": "IMU・ブロック・身長 / IMU, paving, height told",
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


SMALL = "箱の小さな誤差 / small errors of boxes"
WIDE = 64  # of a row's name, in letters of the Latin width
HEAD = f"{'':{WIDE}} {'n':>5} {'median':>7} {'p95':>6} {'bias':>6} {'held':>5} {'σ':>6}\n"
KEY = "中央 median, 偏り bias, 1σ に入る held, 言った幅 σ: 距離に対して / shares of the distance\n"


def as_text(rows: Sequence[Measured], title: str) -> str:
    """The table."""
    lines = [title, KEY, HEAD]
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
    # Japanese letters take two places in a terminal.
    taken = sum(2 if east_asian_width(letter) in "WF" else 1 for letter in label)
    return (
        f"{label}{' ' * (WIDE - taken)} {told.n:5d} {told.median:7.1%} {told.p95:6.1%} {told.bias:+6.1%} "
        f"{told.held:5.0%} {told.sigma:6.1%}\n"
    )


# --- one source after the other taken away

Runs = Sequence[tuple[Without, Sequence[Measured]]]


def decomposed_json(runs: Runs, about: dict[str, object]) -> str:
    """What is left without each source: of the tracked distance, everything seen and where the foot is."""
    told = []
    for without, rows in runs:
        parts = _best(rows)
        figures_of = {name: None if (f := figures(part)) is None else asdict(f) for name, part in parts}
        told.append({"without": sorted(without), **figures_of})
    return json.dumps({**about, "decomposed": told}, ensure_ascii=False, indent=1) + "\n"


def decomposed_text(runs: Runs, title: str) -> str:
    """The table."""
    lines = [title, f"{NAMES[BEST.name]}: {NAMES['tracked']}\n", KEY, HEAD]
    for without, rows in runs:
        (_, whole), (_, seen) = _best(rows)
        named = ((_taken_away(without), whole), ("  足元が見える / foot in the picture", seen))
        lines += [_line(name, told) for name, part in named if (told := figures(part))]
    return "".join(lines)


def _best(rows: Sequence[Measured]) -> tuple[tuple[str, list[Measured]], tuple[str, list[Measured]]]:
    mine = [row for row in rows if (row.condition, row.system) == (BEST.name, "tracked")]
    return ("all", mine), ("foot seen", [row for row in mine if row.foot_seen])


def _taken_away(without: Without) -> str:
    left = EVERY - without
    if not without:
        return "すべての誤差 / all errors"
    if not left:
        return "誤差なし / no errors at all"
    if len(without) == 1:
        return "除く / without: " + SOURCES[next(iter(without))]
    return "これだけ / only: " + (
        SOURCES["boxes"] if "outliers" in left else "箱の小さな誤差 / small errors of boxes"
    )
