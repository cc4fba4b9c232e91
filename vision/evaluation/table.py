"""The report as one table for the terminal, Japanese first."""

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from unicodedata import east_asian_width

from vision.annotate import NAMES
from vision.evaluation.figures import Figure, Figures
from vision.evaluation.report import Report
from vision.types import ObjectClass

NONE = "—"
KINDS = {
    "masks": "舗装の正解画像 / mask pictures",
    "boxes": "枠つき画像 / box pictures",
    "scenes": "描いた街路 / rendered scenes",
    "records": "実写の正解 / labelled real pictures",
    "clip": "映像 / a clip",
}
ROWS: tuple[tuple[str, str], ...] = (
    ("paving_iou", "ブロックの IoU 平均 / paving IoU, mean"),
    ("paving_iou_pooled", "同 全画素 / same, pooled"),
    ("miou", "mIoU（ブロックと背景）/ mIoU"),
    ("blocked_path_recall", "ふさがれた道の発見率 / blocked-path recall"),
    ("false_alarm_share", "誤報の割合（空いた道の画像）/ false-alarm share"),
    ("false_alarms_per_min", "誤報 毎分 / false alarms a minute"),
    ("recall_any_class", "物の再現率（種類を問わず）/ recall, any class"),
)
SLICE_NAMES = {
    "worn": "すり減り",
    "non_yellow": "黄色でない",
    "shadow": "影",
    "wet": "ぬれ",
    "night": "夜",
    "tiled": "タイル",
    "crowded": "混雑",
    "indoor": "屋内",
}


def as_table(report: Report) -> str:
    """The text, without a line break at its end."""
    columns = [report.ours, *(column.figures for column in report.baselines.values())]
    lines = [["", report.model, *report.baselines]]
    lines += [
        [label, *(_figure(getattr(f, name), name) for f in columns)]
        for name, label in ROWS
        if any(getattr(f, name).value is not None for f in columns)
    ]
    for name, label in (("ap50", "AP50"), ("recall", "再現率 / recall")):
        lines += _by_class(columns, label, attrgetter(name))
    lines += _by_slice(columns)
    lines.append(["1 枚の時間 / ms a picture", *(_number(f.ms_per_picture, 1) for f in columns)])
    return "\n".join((*_heading(report), "", *_aligned(lines), "", *_remarks(report)))


def _heading(report: Report) -> Iterable[str]:
    kind = KINDS.get(report.kind, report.kind)
    split = f" · split {report.split}" if report.split else ""
    yield f"{report.data} · {kind}{split} · {report.pictures} 枚 / pictures"
    ours = report.ours
    if ours.blocked or ours.clear or ours.clear_minutes:
        minutes = f" · {ours.clear_minutes:.2f} 分 clear / min" if ours.clear_minutes else ""
        yield f"ふさがれた道 / blocked {ours.blocked or 0} · 空いた道 / clear {ours.clear or 0}{minutes}"
    if ours.blocked_unseen:
        yield f"うちブロックがほぼ見えない / of blocked, next to no paving shows: {ours.blocked_unseen}"


def _by_class(
    columns: Sequence[Figures], label: str, of: Callable[[Figures], dict[ObjectClass, Figure]]
) -> list[list[str]]:
    told = {cls for f in columns for cls, figure in of(f).items() if figure.value is not None}
    truths = {cls: max(f.truths.get(cls, 0) for f in columns) for cls in told}
    return [
        [
            f"{label} {NAMES[cls][0]} / {cls.value} ({truths[cls]})",
            *(_figure(of(f).get(cls, Figure()), label) for f in columns),
        ]
        for cls in ObjectClass
        if cls in told
    ]


def _by_slice(columns: Sequence[Figures]) -> list[list[str]]:
    lines = []
    for name, first in columns[0].slices.items():
        if not first.count:
            continue
        label = f"{SLICE_NAMES.get(name, name)} / {name} ({first.count}): IoU · 発見率 / recall"
        cells = []
        for found in columns:
            part = found.slices.get(name)
            cells.append(
                f"{_number(part.paving_iou)} · {_number(part.blocked_path_recall)}" if part else NONE
            )
        lines.append([label, *cells])
    return lines


def _remarks(report: Report) -> Iterable[str]:
    yield "[ ]: 95 % の区間（場面ごとの再標本）/ 95 % interval, bootstrap over scenes"
    yield f"{NONE}: このデータでは分からない / this data does not tell"
    for name, column in report.baselines.items():
        for reason in dict.fromkeys(column.reasons.values()):
            yield f"{name}: {reason}"
    if report.size:
        width, height = report.size.input
        yield (
            f"{report.size.file}: {report.size.bytes / 1e6:.2f} MB · {width}x{height} · "
            f"{_number(report.size.ms_per_picture, 1)} ms（1 スレッド / one thread）"
        )
        for size, (value, count) in report.ours.recall_by_size.items():
            yield f"再現率（大きさ別）/ recall, {size}: {value:.3f} ({count})"
    yield from report.notes
    if report.skipped:
        yield f"除いたもの / left out: {len(report.skipped)}"


def _figure(figure: Figure, name: str) -> str:
    if figure.value is None:
        return NONE
    digits = 2 if name == "false_alarms_per_min" else 3
    text = f"{figure.value:.{digits}f}"
    if figure.interval:
        text += f" [{figure.interval[0]:.2f} {figure.interval[1]:.2f}]"
    return text


def _number(value: float | None, digits: int = 3) -> str:
    return NONE if value is None else f"{value:.{digits}f}"


def _aligned(lines: Sequence[Sequence[str]]) -> Iterable[str]:
    widths = [max(_width(line[k]) for line in lines) for k in range(len(lines[0]))]
    for line in lines:
        cells = [cell + " " * (wide - _width(cell)) for cell, wide in zip(line, widths, strict=True)]
        yield "  ".join(cells).rstrip()


def _width(text: str) -> int:
    """Columns of the terminal: a Japanese letter takes two."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
