"""A file of tables whose every access is checked, and whose every complaint names the file and the figure."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from vision.encounters.errors import FiguresError


@dataclass(frozen=True, slots=True)
class Table:
    """`raw`: what the file at `path` holds; `model`: the name of a file that is as it should be."""

    path: Path
    raw: Mapping[str, Any]
    model: str

    def fault(self, name: str, what: str) -> FiguresError:
        """What to raise where the figure `name` is wrong."""
        return FiguresError(f"{self.path}: {name}: {what}: compare with {self.model} beside the code")

    def get(self, table: str, key: str) -> object:
        """The value as it is there."""
        try:
            return self.raw[table][key]
        except (KeyError, TypeError):
            raise self.fault(f"{table}.{key}", "is missing") from None

    def number(self, table: str, key: str, low: float = 0.0, high: float = float("inf")) -> float:
        """A number from `low` to `high`."""
        value = self.get(table, key)
        if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
            raise self.fault(f"{table}.{key}", f"{value!r} is not a number from {low:g} to {high:g}")
        return float(value)

    def numbers(self, table: str, key: str, count: int | None = None) -> tuple[float, ...]:
        """A list of `count` numbers, or of some."""
        value = self.get(table, key)
        listed = value if isinstance(value, list) else []
        numbers = [float(v) for v in listed if isinstance(v, int | float) and isfinite(v)]
        if not numbers or len(numbers) != len(listed) or count not in (None, len(numbers)):
            raise self.fault(f"{table}.{key}", f"is not a list of {count or 'some'} numbers")
        return tuple(numbers)

    def counts(self, name: str, value: object, sizes: tuple[int, ...] = (2,)) -> tuple[float, ...]:
        """Counts that rise, the last of them "of"; as many as one of `sizes`."""
        numbers = [v for v in value if isinstance(v, int | float)] if isinstance(value, list) else []
        rising = [0, *numbers] == sorted([0, *numbers])
        if numbers != value or len(numbers) not in sizes or not rising:
            wanted = " or ".join("[found, of]" if n == 2 else "[found, faintly or better, of]" for n in sizes)
            raise self.fault(name, f"{value!r} is not {wanted}")
        return tuple(float(v) for v in numbers)

    def section(self, table: str) -> Mapping[str, Any]:
        """A whole table; it may not be empty."""
        value = self.raw.get(table)
        if not isinstance(value, dict) or not value:
            raise self.fault(f"[{table}]", "is missing or empty")
        return value
