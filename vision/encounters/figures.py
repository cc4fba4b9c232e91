"""The figures that an encounter is simulated with: one TOML file, each with its source beside it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, isfinite, log
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np

from vision.encounters.errors import FiguresError
from vision.encounters.gait import Sway
from vision.encounters.world import Kind
from vision.types import THINGS, ObjectClass

FIGURES = Path(__file__).with_name("figures.toml")
# Limits between sizes: the side of a square as large as the box, in a picture whose longer side is 640 px.
SIZE_EDGES = (16.0, 32.0, 64.0, 128.0, 256.0)
COCO_SIDE = 640.0
NORMAL = NormalDist()
POOL = 10.0  # things of any class that a class's own count is weighed against
# Where the distribution of an edge's errors is told: one in six is beyond three sigmas of its own middle.
EDGE_PLACES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 1.0)
Counts = tuple[float, float]  # found, of


@dataclass(frozen=True, slots=True)
class FalseBox:
    """A box where nothing is: class; middle, foot, width and height as shares of the picture."""

    cls: ObjectClass
    middle: float
    foot: float
    wide: float
    tall: float


@dataclass(frozen=True, slots=True)
class ModelFigures:
    """How a detector fails. Deciles run from the least to the greatest; counts are (found, of)."""

    id: str
    recall: Mapping[ObjectClass, Counts]
    by_size: tuple[Counts, ...]  # one more than SIZE_EDGES
    names: Mapping[str, float]  # shares "right", "obstacle", "other" of what is found
    true_scores: tuple[float, ...]
    false_scores: tuple[float, ...]
    edge_sigma: tuple[float, ...]  # left, top, right, foot: shares of the box
    # How far each edge is off, in its sigmas, at EDGE_PLACES; None: as a normal distribution.
    edge_shape: tuple[tuple[float, ...], ...] | None
    scene_share: float  # of the variance of found or not that lies between scenes
    covered: tuple[float, ...]  # deciles of the share of the paving that is found
    spilt: tuple[float, ...]  # deciles of the share of the mask that is no paving
    bare: Counts  # paving seen where there is none
    false_boxes: tuple[FalseBox, ...]
    false_per_frame: float
    found_tau_s: float
    score_tau_s: float
    false_tau_s: float

    def chance(self, cls: ObjectClass, side_px: float) -> float:
        """The chance that a thing is found in a frame; `side_px`: as `SIZE_EDGES`.

        Class and size shift the odds of any thing independently of each other: there are too few things
        to tell more. A class of which few were seen is drawn towards all things.
        """
        found, of = (sum(column) for column in zip(*self.by_size, strict=True))
        everything = found / of
        mine, seen = self.recall.get(cls, (0.0, 0.0))
        by_class = (mine + POOL * everything) / (seen + POOL)
        hit, total = self.by_size[sum(side_px >= edge for edge in SIZE_EDGES)]
        by_size = (hit + everything) / (total + 1)
        return 1 / (1 + exp(_logit(everything) - _logit(by_class) - _logit(by_size)))

    def off(self, edge: int, normal: float) -> float:
        """How far an edge is off, as a share of the box's side, at a standard normal's place; + down."""
        if self.edge_shape is not None:
            normal = float(np.interp(NORMAL.cdf(normal), EDGE_PLACES, self.edge_shape[edge]))
        return self.edge_sigma[edge] * normal


@dataclass(frozen=True, slots=True)
class TimeFigures:
    """Frames a second, and what passes from exposure to detections and from there to the first sample."""

    rate_hz: float
    model_s: float
    beyond_model_s: float


@dataclass(frozen=True, slots=True)
class WorldFigures:
    """What encounters are drawn from. `kinds`: weights; the rest as in `vision.encounters.world`."""

    kinds: Mapping[Kind, float]
    speed_mps: tuple[float, float]
    paved_share: float
    hit_share: float
    grade: float  # largest, either way
    mount_sigma_deg: float
    sway: Sway


@dataclass(frozen=True, slots=True)
class SpeechFigures:
    """Seconds of speech: a constant and what each mora, phrase and sentence adds."""

    base_s: float
    kana_s: float
    kanji_s: float
    digit_s: float
    comma_s: float
    stop_s: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything of one file."""

    model: ModelFigures
    time: TimeFigures
    world: WorldFigures
    speech: SpeechFigures


def _logit(share: float) -> float:
    return log(share / (1 - share))


def read_figures(path: Path = FIGURES) -> Figures:
    """The figures of a file. Raises `FiguresError` that names the file and the figure."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FiguresError(f"{path}: {error.strerror}: give --figures a file like {FIGURES}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FiguresError(f"{path}: not TOML ({error})") from None
    table = _Table(path, raw)
    return Figures(_model(table), _time(table), _world(table), _speech(table))


@dataclass(frozen=True, slots=True)
class _Table:
    """The file's tables; every access is checked and every complaint names the figure."""

    path: Path
    raw: Mapping[str, Any]

    def fault(self, name: str, what: str) -> FiguresError:
        return FiguresError(f"{self.path}: {name}: {what}: compare with {FIGURES.name} beside the code")

    def get(self, table: str, key: str) -> object:
        try:
            return self.raw[table][key]
        except (KeyError, TypeError):
            raise self.fault(f"{table}.{key}", "is missing") from None

    def number(self, table: str, key: str, low: float = 0.0, high: float = float("inf")) -> float:
        value = self.get(table, key)
        if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
            raise self.fault(f"{table}.{key}", f"{value!r} is not a number from {low:g} to {high:g}")
        return float(value)

    def numbers(self, table: str, key: str, count: int | None = None) -> tuple[float, ...]:
        value = self.get(table, key)
        listed = value if isinstance(value, list) else []
        numbers = [float(v) for v in listed if isinstance(v, int | float) and isfinite(v)]
        if not numbers or len(numbers) != len(listed) or count not in (None, len(numbers)):
            raise self.fault(f"{table}.{key}", f"is not a list of {count or 'some'} numbers")
        return tuple(numbers)

    def counts(self, name: str, value: object) -> Counts:
        numbers = isinstance(value, list) and [v for v in value if isinstance(v, int | float)]
        if not numbers or numbers != value or len(numbers) != 2 or not 0 <= numbers[0] <= numbers[1]:
            raise self.fault(name, f"{value!r} is not [found, of]")
        return float(numbers[0]), float(numbers[1])

    def section(self, table: str) -> Mapping[str, Any]:
        value = self.raw.get(table)
        if not isinstance(value, dict) or not value:
            raise self.fault(f"[{table}]", "is missing or empty")
        return value


def _model(table: _Table) -> ModelFigures:
    by_size = table.get("recall_by_size", "counts")
    if not isinstance(by_size, list) or len(by_size) != len(SIZE_EDGES) + 1:
        raise table.fault("recall_by_size.counts", f"needs {len(SIZE_EDGES) + 1} pairs")
    sizes = tuple(table.counts("recall_by_size.counts", pair) for pair in by_size)
    if not 0 < sum(found for found, _ in sizes) < sum(of for _, of in sizes):
        raise table.fault("recall_by_size.counts", "neither none nor all may be found")
    names = {key: table.number("names", key) for key in ("right", "obstacle", "other")}
    whole = sum(names.values())
    if whole <= 0:
        raise table.fault("[names]", "nothing was found")
    listed = table.get("false_boxes", "boxes")
    if not isinstance(listed, list):
        raise table.fault("false_boxes.boxes", "is not a list")
    boxes = tuple(_false_box(table, entry) for entry in listed)
    return ModelFigures(
        str(table.get("model", "id")),
        _recalls(table),
        sizes,
        {key: value / whole for key, value in names.items()},
        table.numbers("scores", "true", 11),
        table.numbers("scores", "false", 11),
        table.numbers("box", "edge_sigma", 4),
        _shapes(table),
        table.number("scenes", "share", 0.0, 1.0),
        table.numbers("paving", "covered", 11),
        table.numbers("paving", "spilt", 11),
        table.counts("paving.bare", table.get("paving", "bare")),
        boxes,
        # Without a box there is nothing to draw, whatever the count says.
        table.number("false_boxes", "count") / table.number("false_boxes", "pictures", 1.0) if boxes else 0.0,
        table.number("persistence", "found_tau_s", 1e-3),
        table.number("persistence", "score_tau_s", 1e-3),
        table.number("persistence", "false_tau_s", 1e-3),
    )


def _shapes(table: _Table) -> tuple[tuple[float, ...], ...] | None:
    """None, as a normal distribution, where the file tells of no edge."""
    names = [f"{edge}_shape" for edge in ("left", "top", "right", "foot")]
    if not any(name in table.section("box") for name in names):
        return None
    return tuple(table.numbers("box", name, len(EDGE_PLACES)) for name in names)


def _recalls(table: _Table) -> dict[ObjectClass, Counts]:
    """By class: of real pictures, and for what they do not show of rendered ones."""
    found: dict[ObjectClass, Counts] = {}
    for section in ("recall_rendered", "recall"):
        for name, pair in table.section(section).items():
            if name not in tuple(THINGS):
                raise table.fault(f"{section}.{name}", "is no class that the model names")
            found[ObjectClass(name)] = table.counts(f"{section}.{name}", pair)
    return found


def _false_box(table: _Table, entry: object) -> FalseBox:
    try:
        name, *shape = entry if isinstance(entry, list) else []
        middle, foot, wide, tall = (float(v) for v in shape)
        return FalseBox(ObjectClass(name), middle, foot, wide, tall)
    except (TypeError, ValueError):
        raise table.fault("false_boxes.boxes", f"{entry!r} is not [class, x, foot, width, height]") from None


def _time(table: _Table) -> TimeFigures:
    return TimeFigures(
        table.number("time", "rate_hz", 1.0, 60.0),
        table.number("time", "model_s", 0.0, 10.0),
        table.number("time", "beyond_model_s", 0.0, 10.0),
    )


def _world(table: _Table) -> WorldFigures:
    kinds = {kind: table.number("kinds", kind.value) for kind in Kind}
    if sum(kinds.values()) <= 0:
        raise table.fault("[kinds]", "all weights are 0")
    slowest, fastest = table.numbers("world", "speed_mps", 2)
    if not 0.1 <= slowest <= fastest <= 3.0:
        raise table.fault("world.speed_mps", "must rise within 0.1 to 3 m/s")
    sway = Sway(*(table.number("sway", key) for key in ("nod_deg", "look_deg")),
                *(table.number("sway", key, 1e-3) for key in ("nod_tau_s", "look_tau_s")))  # fmt: skip
    return WorldFigures(
        kinds,
        (slowest, fastest),
        table.number("world", "paved_share", 0.0, 1.0),
        table.number("world", "hit_share", 0.0, 1.0),
        table.number("world", "grade", 0.0, 0.2),
        table.number("world", "mount_sigma_deg", 0.0, 15.0),
        sway,
    )


def _speech(table: _Table) -> SpeechFigures:
    names = ("base_s", "kana_s", "kanji_s", "digit_s", "comma_s", "stop_s")
    return SpeechFigures(*(table.number("speech", name, -1.0, 2.0) for name in names))
