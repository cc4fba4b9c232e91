"""What an export tells: the table for people, the same as JSON. Pure."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from vision.training.gate import Quality, pooled
from vision.training.parity import Parity

if TYPE_CHECKING:  # that module needs torch, this one does not
    from vision.training.export_run import Judged, Report

COLUMNS = [
    "", "bytes", "ms", "box IoU", "least", "unmatched", "paving IoU", "least", "val: paving IoU", "right",
    "said",
]  # fmt: skip


def as_text(report: "Report") -> str:
    """The table, the recalls, the thresholds, and what was refused."""
    files = [COLUMNS, ["torch", *["-"] * 7, *_found(report.quality)], *map(_cells, report.files)]
    heads = ["val", "threshold", "torch", *(each.spec.id for each in report.files)]
    parts = [
        aligned(files),
        _few(report),
        aligned([heads, *_recalls(report)]),
        "\n".join(_verdict(each) for each in report.files),
    ]
    return "\n\n".join(parts) + "\n"


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Columns of equal width: the first to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))])
        for row in rows
    )


def _cells(each: "Judged") -> list[str]:
    p = each.parity
    ious = [f"{v:.3f}" for v in (p.box_mean, p.box_min, p.unmatched, p.mask_mean, p.mask_min)]
    return [each.spec.id, str(each.bytes), f"{each.ms:.1f}", *ious, *_found(each.quality)]


def _found(quality: Quality) -> list[str]:
    return [f"{quality.paving_iou:.3f}", str(quality.right), str(quality.said)]


def _few(report: "Report") -> str:
    if not report.chosen.few:
        return "every class has true things enough on val"
    told = ", ".join(f"{cls} {n}" for cls, n in report.chosen.few.items())
    return f"few true things on val, taken together: {told}"


def _recalls(report: "Report") -> list[list[str]]:
    """Threshold and found/of by class; obstacle: every thing, under any name."""
    tables = [pooled(q) for q in (report.quality.recall, *(e.quality.recall for e in report.files))]
    thresholds = {str(cls): f"{value:.2f}" for cls, value in report.chosen.thresholds.items()}
    names = [*thresholds, *(name for name in tables[0] if name not in thresholds)]
    return [
        [name, thresholds.get(name, "-"), *(_share(table.get(name)) for table in tables)] for name in names
    ]


def _share(pair: tuple[int, int] | None) -> str:
    return "-" if pair is None else f"{pair[0]}/{pair[1]}"


def _verdict(each: "Judged") -> str:
    verdict = f"NOT shipped: {each.refused}" if each.refused else "shipped"
    return f"{each.spec.id}: {verdict}" + (f" ({each.parity.untold})" if each.parity.untold else "")


def as_json(report: "Report") -> str:
    """The same, for programs."""
    told = {
        "thresholds": {str(cls): value for cls, value in report.chosen.thresholds.items()},
        "few": {str(cls): n for cls, n in report.chosen.few.items()},
        "torch": _quality(report.quality),
        "models": {each.spec.id: _judged(each) for each in report.files},
    }
    return json.dumps(told, indent=1) + "\n"


def _judged(each: "Judged") -> dict[str, Any]:
    return {
        "files": [path.name for path in each.paths],
        "bytes": each.bytes,
        "ms": round(each.ms, 2),
        "parity": _parity(each.parity),
        "val": _quality(each.quality),
        "refused": each.refused,
    }


def _parity(p: Parity) -> dict[str, float | int | None]:
    values = {name: getattr(p, name) for name in p.__slots__}
    return {n: None if np.isnan(v) else round(v, 4) for n, v in values.items()}


def _quality(q: Quality) -> dict[str, Any]:
    recall = {str(cls): list(pair) for cls, pair in q.recall.items() if pair[1]}
    return {"recall": recall, "paving_iou": round(q.paving_iou, 4), "right": q.right, "said": q.said}
