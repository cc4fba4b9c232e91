"""The figures that an encounter is simulated with: one TOML file, each with its source beside it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from vision.encounters.errors import FiguresError
from vision.encounters.failing import (
    EDGE_PLACES,
    SIZE_EDGES,
    FalseBox,
    ModelFigures,
    Recall,
    Shapes,
    Tier,
)
from vision.encounters.gait import Sway
from vision.encounters.table import Table
from vision.encounters.world import Kind
from vision.types import THINGS, ObjectClass

FIGURES = Path(__file__).with_name("figures.toml")
EDGES = ("left", "top", "right", "foot")


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


def read_figures(path: Path = FIGURES) -> Figures:
    """The figures of a file. Raises `FiguresError` that names the file and the figure."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FiguresError(f"{path}: {error.strerror}: give --figures a file like {FIGURES}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FiguresError(f"{path}: not TOML ({error})") from None
    table = Table(path, raw, FIGURES.name)
    return Figures(_model(table), _time(table), _world(table), _speech(table))


def _model(table: Table) -> ModelFigures:
    listed = table.get("false_boxes", "boxes")
    if not isinstance(listed, list):
        raise table.fault("false_boxes.boxes", "is not a list")
    boxes = tuple(_false_box(table, entry) for entry in listed)
    sure = _tier(table, "", "count", there=bool(boxes))
    return ModelFigures(
        **{each.name: getattr(sure, each.name) for each in fields(sure)},
        id=str(table.get("model", "id")),
        recall=_recalls(table),
        by_size=_sizes(table),
        # A file of before faint boxes were measured knows of none.
        faint=_tier(table, "_faint", "faint", there=bool(boxes)) if "names_faint" in table.raw else None,
        scene_share=table.number("scenes", "share", 0.0, 1.0),
        covered=table.numbers("paving", "covered", 11),
        spilt=table.numbers("paving", "spilt", 11),
        bare=_pair(table, "paving", "bare"),
        false_boxes=boxes,
        found_tau_s=table.number("persistence", "found_tau_s", 1e-3),
        score_tau_s=table.number("persistence", "score_tau_s", 1e-3),
        false_tau_s=table.number("persistence", "false_tau_s", 1e-3),
        edge_tau_s=_edge_taus(table),
    )


def _edge_taus(table: Table) -> tuple[float, ...]:
    """As long as being found lasts, where the file tells of no edge."""
    if "edge_tau_s" not in table.section("persistence"):
        return (table.number("persistence", "found_tau_s", 1e-3),) * len(EDGES)
    taus = table.numbers("persistence", "edge_tau_s", len(EDGES))
    if min(taus) < 1e-3:
        raise table.fault("persistence.edge_tau_s", "must be above 0")
    return taus


def _tier(table: Table, ending: str, counted: str, *, there: bool) -> Tier:
    names = {key: table.number(f"names{ending}", key) for key in ("right", "obstacle", "other")}
    whole = sum(names.values())
    if whole <= 0:
        raise table.fault(f"[names{ending}]", "nothing was found")
    false = table.number("false_boxes", counted) / table.number("false_boxes", "pictures", 1.0)
    return Tier(
        {key: value / whole for key, value in names.items()},
        table.numbers("scores", f"true{ending}", 11),
        table.numbers("scores", f"false{ending}", 11),
        table.numbers(f"box{ending}", "edge_sigma", 4),
        _shapes(table, f"box{ending}"),
        # Without a box there is nothing to draw, whatever the count says.
        false if there else 0.0,
    )


def _shapes(table: Table, section: str) -> Shapes | None:
    """None, as a normal distribution, where the file tells of no edge."""
    names = [f"{edge}_shape" for edge in EDGES]
    if not any(name in table.section(section) for name in names):
        return None
    return tuple(table.numbers(section, name, len(EDGE_PLACES)) for name in names)


def _sizes(table: Table) -> tuple[Recall, ...]:
    name, by_size = "recall_by_size.counts", table.get("recall_by_size", "counts")
    if not isinstance(by_size, list) or len(by_size) != len(SIZE_EDGES) + 1:
        raise table.fault(name, f"needs {len(SIZE_EDGES) + 1} rows")
    sizes = tuple(_recall(table, name, row) for row in by_size)
    found, either, of = (sum(column) for column in zip(*sizes, strict=True))
    if not 0 < found <= either < of:
        raise table.fault(name, "neither none nor all may be found")
    return sizes


def _recall(table: Table, name: str, row: object) -> Recall:
    """Two numbers are of a file that knows nothing faint: whoever is not found is missed."""
    numbers = table.counts(name, row, (2, 3))
    return numbers[0], numbers[-2], numbers[-1]


def _recalls(table: Table) -> dict[ObjectClass, Recall]:
    """By class: of real pictures, and for what they do not show of rendered ones."""
    found: dict[ObjectClass, Recall] = {}
    for section in ("recall_rendered", "recall"):
        for name, row in table.section(section).items():
            if name not in tuple(THINGS):
                raise table.fault(f"{section}.{name}", "is no class that the model names")
            found[ObjectClass(name)] = _recall(table, f"{section}.{name}", row)
    return found


def _pair(table: Table, section: str, key: str) -> tuple[float, float]:
    found, of = table.counts(f"{section}.{key}", table.get(section, key))
    return found, of


def _false_box(table: Table, entry: object) -> FalseBox:
    try:
        name, *shape = entry if isinstance(entry, list) else []
        middle, foot, wide, tall = (float(v) for v in shape)
        return FalseBox(ObjectClass(name), middle, foot, wide, tall)
    except (TypeError, ValueError):
        raise table.fault("false_boxes.boxes", f"{entry!r} is not [class, x, foot, width, height]") from None


def _time(table: Table) -> TimeFigures:
    return TimeFigures(
        table.number("time", "rate_hz", 1.0, 60.0),
        table.number("time", "model_s", 0.0, 10.0),
        table.number("time", "beyond_model_s", 0.0, 10.0),
    )


def _world(table: Table) -> WorldFigures:
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


def _speech(table: Table) -> SpeechFigures:
    names = ("base_s", "kana_s", "kanji_s", "digit_s", "comma_s", "stop_s")
    return SpeechFigures(*(table.number("speech", name, -1.0, 2.0) for name in names))
