"""`shirube vision folds`: leave-scene-out figures of the masks that the shipped model was trained on.

A model judged by pictures that taught it flatters itself. So the last stage is trained once more for each
part of them without that part (`shirube vision train --fold K`), and each picture is judged by the copy that
has never seen it.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from vision.errors import VisionError
from vision.evaluation.cases import Case
from vision.evaluation.figures import Figure, Figures, figures
from vision.evaluation.folders import folder_source
from vision.evaluation.measured import Row, measure
from vision.evaluation.systems import Ours, System, Yellow
from vision.model_files import ModelFile, find_model
from vision.onnx_detector import OnnxDetector
from vision.training import recipe
from vision.training.errors import CheckpointError, DataError, RecipeError, TrainingError
from vision.training.export_report import aligned
from vision.training.recipe import Folds, Recipe

Columns = Mapping[str, Sequence[tuple[str, int, Row]]]


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="shirube vision folds", description=__doc__)
    top.add_argument("data", type=Path, help="the folder with images/ and masks/ that the folds are of")
    top.add_argument("--recipe", type=Path, default=recipe.DEFAULT, help="what was trained")
    top.add_argument("--out", type=Path, default=Path("out/training"), help="pictures and checkpoints")
    top.add_argument("--run", default="run", help="name of the run below --out")
    top.add_argument("--json", action="store_true", help="the figures as JSON")
    return top


def main(argv: list[str] | None = None) -> int:
    """Run; 2 where the input is at fault."""
    args = parser().parse_args(argv)
    try:
        sys.stdout.write(report(args))
    except (TrainingError, VisionError, OSError) as error:
        sys.stderr.write(f"shirube: {error}\n")
        return 2
    return 0


def report(args: argparse.Namespace) -> str:
    """The table, or JSON."""
    how = recipe.load(args.recipe)
    if how.folds is None:
        raise RecipeError(f"{args.recipe} has no folds")
    stage = how.stages[-1]
    left_out = held_out(args.out / "pictures" / "index.jsonl", how.folds)
    with tempfile.TemporaryDirectory(prefix="shirube-folds-") as folder:
        copies: dict[int, System] = {}
        for fold in range(how.folds.count):
            weights = args.out / f"{args.run}-{stage.name}-fold{fold}" / "average.pt"
            if not weights.is_file():
                raise CheckpointError(
                    f"{weights} is missing: shirube vision train --run {args.run} --fold {fold}"
                )
            copies[fold] = opened(how, weights, Path(folder) / f"fold{fold}.onnx")
        cases = folder_source(args.data).cases
        columns = {
            "leave-scene-out": rows(cases, left_out, copies),
            "hsv": rows(cases, left_out, dict.fromkeys(copies, Yellow())),
        }
    return as_json(columns) if args.json else as_text(columns)


def held_out(index: Path, folds: Folds) -> dict[str, int]:
    """The fold that was trained without it, by scene. Raises DataError."""
    if not index.is_file():
        raise DataError(f"{index} is missing: run `shirube vision train --prepare-only` first")
    entries = [json.loads(line) for line in index.read_text(encoding="utf-8").splitlines()]
    return {str(e["scene"]): folds.part_of(e) for e in entries if e["source"] == folds.source}


def opened(how: Recipe, weights: Path, target: Path) -> System:
    """A fold's copy of the model, with the thresholds of the one that ships where that is there."""
    from vision.training import export_onnx
    from vision.training.export_run import base_spec

    network = export_onnx.trained_network(weights)
    plain = target.with_suffix(".plain.onnx")
    export_onnx.write_plain(network, how.width, how.height, plain)
    spec = base_spec(how)
    with suppress(VisionError):
        spec = replace(spec, thresholds=find_model(how.model_id).spec.thresholds)
    export_onnx.write_halved(plain, target, spec)
    return Ours(OnnxDetector(ModelFile(spec, target)), target)


def rows(
    cases: Sequence[Case], left_out: Mapping[str, int], systems: Mapping[int, System]
) -> list[tuple[str, int, Row]]:
    """(picture, fold, row) of every picture that the folds know, each by the system of its fold."""
    return list(_rows(cases, left_out, systems))


def _rows(
    cases: Sequence[Case], left_out: Mapping[str, int], systems: Mapping[int, System]
) -> Iterator[tuple[str, int, Row]]:
    known = [case for case in cases if case.scene in left_out]
    if not known:
        raise DataError("none of these pictures is in a fold: give the folder that the folds are of")
    for case in known:
        fold, truth = left_out[case.scene], case.load()
        system = systems[fold]
        row = measure(truth, system.look(truth.image, scored=False), system.names, case.scene, ())
        yield case.name, fold, row


def _summed(columns: Columns) -> dict[str, Figures]:
    return {name: figures([row for _, _, row in told]) for name, told in columns.items()}


def as_text(columns: Columns) -> str:
    """Picture by picture, then the means with their intervals."""
    lines = [["picture", "fold", *columns]]
    lines += [
        [told[0][0], str(told[0][1]), *(_iou(row) for _, _, row in told)]
        for told in zip(*columns.values(), strict=True)
    ]
    found = _summed(columns)
    lines.append(["mean", "", *(_figure(f.paving_iou) for f in found.values())])
    lines.append(["pooled", "", *(_figure(f.paving_iou_pooled) for f in found.values())])
    return aligned(lines) + "\n"


def _iou(row: Row) -> str:
    return f"{row.pixels.both / row.pixels.either:.3f}" if row.pixels and row.pixels.either else "-"


def _figure(figure: Figure) -> str:
    if figure.value is None:
        return "-"
    edges = figure.interval
    return f"{figure.value:.3f}" + (f" [{edges[0]:.2f} {edges[1]:.2f}]" if edges else "")


def as_json(columns: Columns) -> str:
    """The same, for programs."""
    told = {
        name: {
            "paving_iou": f.paving_iou.value,
            "paving_iou_interval": f.paving_iou.interval,
            "paving_iou_pooled": f.paving_iou_pooled.value,
            "pictures": {case: _iou(row) for case, _, row in columns[name]},
        }
        for name, f in _summed(columns).items()
    }
    return json.dumps(told, indent=1) + "\n"
