"""`shirube vision evaluate`: find out what the data is, run every system on it, sum up."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vision.errors import VisionError
from vision.evaluation.cases import SLICES, Source
from vision.evaluation.clips import SPANS, ClipResult, Spans, alarms, read_spans, told_share, watch
from vision.evaluation.errors import EvaluationError
from vision.evaluation.figures import Figures, figures
from vision.evaluation.folders import folder_source
from vision.evaluation.measured import Row, measure
from vision.evaluation.real import clip_files, real_source, record_files, taught
from vision.evaluation.report import (
    NO_PAVING,
    NO_THINGS,
    PAVING_FIGURES,
    PLAIN,
    THING_FIGURES,
    Column,
    Report,
    SizeReport,
    plain,
)
from vision.evaluation.systems import BASELINES, Ours, System, detectors, open_baselines, open_ours
from vision.evaluation.table import as_table

SPLITS = ("test", "val", "train", "all")
VIDEOS = frozenset({".mp4", ".mov", ".mkv", ".avi", ".webm", ".m4v", ".ts", ".mpg", ".mpeg"})
SHARED = Path("../shared/data")
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Options:
    """What may be asked of the verb. `limit`: so many pictures, in order. `spans` None: the repository's."""

    model: str | None = None
    pictures: Path = SHARED / "vision"
    weights: Path = SHARED / "weights"
    split: str = "test"
    limit: int | None = None
    spans: Path | None = None
    baselines: bool = True
    size_report: bool = False


@dataclass(frozen=True, slots=True)
class _Found:
    """Rows by system, clips by system."""

    rows: Mapping[str, list[Row]]
    clips: Mapping[str, list[ClipResult]]
    skipped: tuple[str, ...]
    notes: tuple[str, ...] = ()


def evaluate(
    data: Path, options: Options, progress: Progress | None = None, tell: Callable[[str], None] | None = None
) -> Report:
    """The report on `data`. `progress(what, done, of)`; `tell`: what is left out, as it happens.

    Raises a `VisionError` of one line: data of no known kind, nothing usable in it, a model that is refused.
    """
    if options.split not in SPLITS:
        raise EvaluationError(f"split {options.split!r}: one of {', '.join(SPLITS)}")
    if not data.exists():
        raise EvaluationError(f"{data}: no such file or folder")
    say = tell or (lambda _: None)
    ours = open_ours(options.model)
    base = open_baselines(options.weights) if options.baselines else None
    systems: list[System] = [ours, *(base.systems if base else ())]
    if data.is_file() and data.suffix.lower() in VIDEOS:
        kind, split = "clip", None
        found = _clips({data: _spans_of(data, options)}, systems, progress, say)
        source = Source(kind, ())
    else:
        source = _source(data, options).first(options.limit)
        kind, split = source.kind, options.split if source.kind == "records" else None
        found = _pictures(source, systems, progress, say)
        if (data / "images").is_dir() and (count := taught(data / "images")):
            found = replace(found, notes=(*found.notes, _flattered(count)))
            say(found.notes[-1])
        if source.kind == "records" and options.limit is None:
            more = _clips(_labelled_clips(data, options), systems, progress, say)
            found = replace(found, clips=more.clips, notes=more.notes)
    summed = {system.name: _summed(system, source, found) for system in systems}
    return Report(
        model=ours.name,
        data=str(data),
        kind=kind,
        split=split,
        pictures=_looked_at(found, ours.name),
        ours=summed[ours.name],
        baselines={} if base is None else _columns(systems[1:], summed, base.missing),
        skipped=found.skipped,
        notes=found.notes,
        size=_size_report(ours, summed[ours.name]) if options.size_report else None,
    )


def _source(data: Path, options: Options) -> Source:
    if data.is_file() and data.suffix == ".jsonl":
        return real_source([data], options.pictures, options.split)
    if data.is_file():
        raise EvaluationError(
            f"{data}: neither a folder, nor .jsonl labels, nor a video ({', '.join(sorted(VIDEOS))})"
        )
    if (data / "images").is_dir():
        return folder_source(data)
    files = record_files(data)
    if files:
        return real_source(files, options.pictures, options.split)
    raise EvaluationError(f"{data}: no images/ in it, and no .jsonl labels: nothing to evaluate")


def _pictures(
    source: Source, systems: Sequence[System], progress: Progress | None, say: Callable[[str], None]
) -> _Found:
    rows: dict[str, list[Row]] = {system.name: [] for system in systems}
    skipped = list(source.skipped)
    for line in skipped:
        say(line)
    for done, case in enumerate(source.cases, 1):
        try:
            truth = case.load()
        except VisionError as error:
            skipped.append(str(error))
            say(str(error))
            continue
        for system in systems:
            if not system.finds_paving and truth.things is None:
                continue  # nothing here is measured of it
            answer = system.look(truth.image, scored=truth.things is not None and bool(truth.known))
            row = measure(truth, answer, system.names, case.scene, case.slices)
            rows[system.name].append(row if system.finds_paving else replace(row, pixels=None))
        if progress:
            progress(source.kind, done, len(source.cases))
    if not any(rows.values()):
        raise EvaluationError(
            skipped[-1]
            if len(skipped) == 1
            else f"nothing usable: {len(skipped)} left out, first: {skipped[0]}"
        )
    return _Found(rows, {}, tuple(skipped))


def _spans_of(video: Path, options: Options) -> Spans:
    """What is known of a clip: of a file that was asked for, something; else maybe nothing."""
    path = options.spans or SPANS
    spans = read_spans(path).get(video.stem) if path.is_file() or options.spans else None
    if spans is None and options.spans:
        raise EvaluationError(f"{path}: tells nothing of {video.stem}: it needs a table [{video.stem}]")
    return spans or Spans()


def _labelled_clips(data: Path, options: Options) -> dict[Path, Spans]:
    """The clips of the split of which spans are known, in the folder of the records."""
    path = options.spans or (data if data.is_dir() else data.parent) / SPANS.name
    if not path.is_file():
        return {}
    spans = read_spans(path)
    files = clip_files(record_files(data), options.pictures, options.split)
    return {file: spans[file.stem] for file in files if file.stem in spans}


def _clips(
    clips: Mapping[Path, Spans],
    systems: Sequence[System],
    progress: Progress | None,
    say: Callable[[str], None],
) -> _Found:
    results: dict[str, list[ClipResult]] = {}
    notes: list[str] = []
    for path, spans in clips.items():
        for name, detector in detectors(systems).items():

            def step(done: int, of: int, name: str = name, path: Path = path) -> None:
                if progress:
                    progress(f"{path.name} {name}", done, of)

            result = watch(path, spans, detector, step)
            results.setdefault(name, []).append(result)
            if not (spans.clear or spans.blocked):
                notes.append(_unknown(name, result))
        if result.broke_off:
            notes.append(result.broke_off)
            say(result.broke_off)
    return _Found({}, results, (), tuple(notes))


def _flattered(count: int) -> str:
    return (
        f"うち {count} 枚は付属のモデルが学習したもので、数字が良く出ます。/ {count} of these pictures "
        "taught the models that ship: their figures flatter. Leave-scene-out: `shirube vision folds`"
    )


def _unknown(name: str, result: ClipResult) -> str:
    return (
        f"{result.clip} {name}: ブロック上の物を {result.minutes:.2f} 分に {result.told} 回。"
        f"正しいかは分からない / told {result.told} things on the paving in {result.minutes:.2f} min, "
        "rightly or not: no spans are known (--spans)"
    )


def _summed(system: System, source: Source, found: _Found) -> Figures:
    names = dict.fromkeys((*SLICES, *(name for case in source.cases for name in case.slices)))
    summed = figures(found.rows.get(system.name, ()), names if source.has_slices else ())
    results = found.clips.get(system.name)
    if not results:
        return summed
    rate, minutes = alarms(results)
    summed = replace(summed, false_alarms_per_min=rate, clear_minutes=minutes)
    if found.rows:
        return summed
    told, count = told_share(results)
    return replace(summed, blocked_path_recall=told, blocked=count)


def _looked_at(found: _Found, name: str) -> int:
    return len(found.rows.get(name, ())) or sum(result.frames for result in found.clips.get(name, ()))


def _columns(
    systems: Sequence[System], summed: Mapping[str, Figures], missing: Mapping[str, str]
) -> dict[str, Column]:
    columns = {}
    for name in BASELINES:
        system = next((s for s in systems if s.name == name), None)
        if system is None:
            columns[name] = Column(Figures(), dict.fromkeys((*PLAIN, "recall", "ap50"), missing[name]))
        elif not system.finds_paving:
            columns[name] = Column(summed[name], dict.fromkeys(PAVING_FIGURES, NO_PAVING))
        else:
            columns[name] = Column(summed[name], dict.fromkeys(THING_FIGURES, NO_THINGS))
    return columns


def _size_report(ours: Ours, found: Figures) -> SizeReport:
    spec = ours.detector.spec
    size = ours.path.stat().st_size
    return SizeReport(ours.path.name, size, (spec.input.width, spec.input.height), found.ms_per_picture)


def told(report: Report, *, as_json: bool) -> str:
    """The report as text: a table, or JSON."""
    return json.dumps(plain(report), ensure_ascii=False, indent=1) if as_json else as_table(report)
