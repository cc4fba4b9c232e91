"""What an evaluation found, as JSON. What the data does not tell is null, never 0."""

from collections.abc import Mapping
from dataclasses import dataclass

from vision.evaluation.figures import Figure, Figures

DIGITS = 4
PLAIN = (
    "paving_iou",
    "paving_iou_pooled",
    "miou",
    "blocked_path_recall",
    "false_alarm_share",
    "false_alarms_per_min",
    "recall_any_class",
)
BY_CLASS = ("recall", "ap50")
NO_THINGS = "色だけで、物は見つけない / colour only: finds no things"
NO_PAVING = "ブロックは色で補う（hsv の列） / paving by colour: see hsv"
PAVING_FIGURES = ("paving_iou", "paving_iou_pooled", "miou")
THING_FIGURES = (*(name for name in (*PLAIN, *BY_CLASS) if name not in PAVING_FIGURES),)


@dataclass(frozen=True, slots=True)
class Column:
    """One system's figures. `reasons`: why a figure of it is missing, by the figure's name."""

    figures: Figures
    reasons: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SizeReport:
    """The model as a file: bytes, the picture that it takes, and its time on one thread."""

    file: str
    bytes: int
    input: tuple[int, int]
    ms_per_picture: float | None


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that one run of the verb found. `split` None: the data has none."""

    model: str
    data: str
    kind: str
    split: str | None
    pictures: int
    ours: Figures
    baselines: Mapping[str, Column]
    skipped: tuple[str, ...]
    notes: tuple[str, ...] = ()
    size: SizeReport | None = None


def plain(report: Report) -> dict[str, object]:
    """The report as plain values."""
    found: dict[str, object] = {
        "model": report.model,
        "data": report.data,
        "kind": report.kind,
        "split": report.split,
        "pictures": report.pictures,
        **_values(report.ours),
        "slices": _slices(report.ours),
        "baselines": {name: _column(column) for name, column in report.baselines.items()},
        "skipped": list(report.skipped),
        "notes": list(report.notes),
    }
    if report.size:
        found["size_report"] = {
            "file": report.size.file,
            "bytes": report.size.bytes,
            "input": list(report.size.input),
            "ms_per_picture": _rounded(report.size.ms_per_picture, 1),
            "recall_by_size": _sizes(report.ours),
        }
    return found


def _column(column: Column) -> dict[str, object]:
    return {
        **_values(column.figures),
        "slices": _slices(column.figures),
        "reasons": dict(column.reasons),
    }


def _values(found: Figures) -> dict[str, object]:
    single: dict[str, Figure] = {name: getattr(found, name) for name in PLAIN}
    by_class: dict[str, dict[str, Figure]] = {
        name: {cls.value: figure for cls, figure in getattr(found, name).items()} for name in BY_CLASS
    }
    return {
        **{name: _rounded(figure.value) for name, figure in single.items()},
        **{
            name: {cls: _rounded(figure.value) for cls, figure in figures.items()} or None
            for name, figures in by_class.items()
        },
        "truths": {cls.value: count for cls, count in found.truths.items()} or None,
        "blocked": found.blocked,
        "blocked_unseen": found.blocked_unseen,
        "blocked_by": {cls.value: {"found": part, "of": of} for cls, (part, of) in found.blocked_by.items()}
        or None,
        "clear": found.clear,
        "clear_minutes": _rounded(found.clear_minutes),
        "ms_per_picture": _rounded(found.ms_per_picture, 1),
        "intervals": {
            **{name: _interval(figure) for name, figure in single.items()},
            **{
                name: {cls: _interval(figure) for cls, figure in figures.items()} or None
                for name, figures in by_class.items()
            },
        },
    }


def _slices(found: Figures) -> dict[str, object] | None:
    return {
        name: {
            "paving_iou": _rounded(part.paving_iou),
            "blocked_path_recall": _rounded(part.blocked_path_recall),
            "n": part.count,
        }
        for name, part in found.slices.items()
    } or None


def _sizes(found: Figures) -> dict[str, object] | None:
    return {size: {"recall": _rounded(v), "n": n} for size, (v, n) in found.recall_by_size.items()} or None


def _interval(figure: Figure) -> list[float] | None:
    return None if figure.interval is None else [round(edge, DIGITS) for edge in figure.interval]


def _rounded(value: float | None, digits: int = DIGITS) -> float | None:
    return None if value is None else round(value, digits)
