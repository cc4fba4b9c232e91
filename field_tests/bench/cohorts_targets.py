"""What the statistics must do on simulated cohorts, and the table that shows whether they do. Pure."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from field_tests.bench.cohorts import Row
from field_tests.study.protocol import Design

_BIAS_POINTS: Final = 2.0
_COVERED: Final = (0.93, 0.97)
_FALSE: Final = (0.03, 0.07)
_NUISANCES: Final = ("season", "rain", "novelty", "drift", "season_rain_novelty_drift")


@dataclass(frozen=True, slots=True)
class Target:
    """One condition on one row: what was measured, between which limits it must lie."""

    design: Design
    scenario: str
    what: str
    value: float
    low: float
    high: float

    @property
    def met(self) -> bool:
        """The value lies between the limits, which belong to it."""
        return self.low - 1e-9 <= self.value <= self.high + 1e-9


def targets(rows: tuple[Row, ...]) -> tuple[Target, ...]:
    """Every condition of every row, in the table's order."""
    return tuple(target for row in rows for target in _of(row))


def _of(row: Row) -> list[Target]:
    def of(what: str, value: float, low: float, high: float) -> Target:
        """A target of this row."""
        return Target(row.design, row.scenario, what, value, low, high)

    if row.scenario in _NUISANCES:
        return [of("found", row.found, 0.0, _FALSE[1])]
    covered = of("covered", row.covered, *_COVERED)
    if row.scenario in ("effect", "effect_all"):
        return [covered, of("bias_points", row.bias_points, -_BIAS_POINTS, _BIAS_POINTS)]
    return [covered, of("found", row.found, *_FALSE)]


# Heading, width, and the cell of a row.
_COLUMNS: Final[tuple[tuple[str, int, Callable[[Row], str]], ...]] = (
    ("n", 5, lambda row: str(row.cohorts - row.untold)),
    ("真/truth", 9, lambda row: f"{row.truth_percent:+.1f}%"),
    ("推定/est.", 9, lambda row: f"{row.percent:+.1f}%"),
    ("SD", 6, lambda row: f"{row.sd_points:.1f}"),
    ("区間/holds", 10, lambda row: f"{row.covered:.1%}"),
    ("p<=.05", 8, lambda row: f"{row.found:.1%}"),
    ("素朴/naive", 11, lambda row: f"{row.naive_percent:+.1f}%"),
    ("holds", 8, lambda row: f"{row.naive_covered:.1%}"),
    ("p<=.05", 8, lambda row: f"{row.naive_found:.1%}"),
)
_NAME_WIDTH: Final = 28


def lines(rows: tuple[Row, ...], persons: int) -> list[str]:
    """The table as text, and each target with its number; one of a rate comes with the chance in it."""
    told = []
    for design in dict.fromkeys(row.design for row in rows):
        told.append(f"{design}, {persons} 人 / persons")
        told.append(" " * _NAME_WIDTH + "".join(_right(name, width) for name, width, _ in _COLUMNS))
        for row in rows:
            if row.design == design:
                cells = "".join(_right(cell(row), width) for _, width, cell in _COLUMNS)
                told.append(row.scenario.ljust(_NAME_WIDTH) + cells)
    by_key = {(row.design, row.scenario): row for row in rows}
    told += [_told(target, by_key[target.design, target.scenario].cohorts) for target in targets(rows)]
    return told


def _told(target: Target, cohorts: int) -> str:
    word = "達成 / met   " if target.met else "未達 / missed"
    value = f"{target.value:+.2f} in {target.low:+.1f} … {target.high:+.1f}"
    if target.what != "bias_points":
        chance = 1.96 * math.sqrt(target.value * (1.0 - target.value) / cohorts)
        value = f"{target.value:.1%} ± {chance:.1%} in {target.low:.0%} … {target.high:.0%}"
    return f"{word} {target.design} {target.scenario} {target.what}: {value}"


def _right(text: str, width: int) -> str:
    """Right-aligned; a full-width character takes two places."""
    shown = sum(2 if ord(sign) > 0x2E80 else 1 for sign in text)
    return " " * max(width - shown, 1) + text
