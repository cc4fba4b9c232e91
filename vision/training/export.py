"""`shirube vision export`: the trained network in every format that the walk can run, and the manifest.

Nothing is written into the models' folder before it was compared with the trained network: a float32 file
that differs is a fault (exit 2); another format that differs, or INT8 that finds less, is left out and told
(exit 1).
"""

import argparse
import dataclasses
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from vision.errors import VisionError
from vision.training import manifest, recipe
from vision.training.errors import ExportError, TrainingError
from vision.training.export_report import as_json, as_text

if TYPE_CHECKING:
    from vision.training.export_run import Report

FORMATS = ("onnx", "int8", "ncnn")
TRAINED = Path("out/training/run")  # with the stage's name behind it


def say(line: str) -> None:
    """What a person reads meanwhile; the result alone goes to stdout."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="shirube vision export", description=__doc__)
    top.add_argument("--weights", type=Path, help="averaged weights (default: of the recipe's last stage)")
    top.add_argument("--recipe", type=Path, default=recipe.DEFAULT, help="what was trained")
    top.add_argument("--pictures", type=Path, default=Path("out/training/pictures"), help="prepared pictures")
    top.add_argument("--models", type=Path, default=Path("models"), help="where files and manifest go")
    top.add_argument("--formats", default=",".join(FORMATS), help=f"of {', '.join(FORMATS)}")
    top.add_argument("--size", help="WIDTHxHEIGHT: a second model of the same weights, for slower boards")
    top.add_argument("--default", choices=("fp32", "int8"), default="int8", help="the manifest's first")
    top.add_argument("--beta", type=float, default=1.0, help="F-beta of thresholds: > 1 misses cost more")
    top.add_argument("--tensorrt", action="store_true", help="only build the TensorRT engine, or say how")
    top.add_argument("--out", type=Path, default=Path("out/export"), help="where the engine goes")
    top.add_argument("--json", action="store_true", help="the table as JSON")
    return top


def main(argv: list[str] | None = None) -> int:
    """Run; 2 where the input is at fault, 1 where a format that was asked for is not shipped."""
    args = parser().parse_args(argv)
    try:
        return run(args)
    except (TrainingError, VisionError, OSError) as error:
        sys.stderr.write(f"shirube: {error}\n")
        return 2


def run(args: argparse.Namespace) -> int:
    """All that the command does."""
    how = sized(recipe.load(args.recipe), args.size)
    if args.tensorrt:
        from vision.training.export_tensorrt import build

        engine = build(args.models / f"{how.model_id}.onnx", args.out, say)
        if engine:
            say(f"{engine}")
        return 0
    formats = wanted(args.formats)
    weights = args.weights or TRAINED.with_name(f"{TRAINED.name}-{how.stages[-1].name}") / "average.pt"
    if not weights.is_file():
        raise ExportError(f"{weights} is missing: train first (`shirube vision train`), or give --weights")
    say(f"{weights}")
    from vision.training.export_run import make
    from vision.training.train import read_weights, write_weights

    with tempfile.TemporaryDirectory(prefix="shirube-export-") as folder:
        report = make(how, weights, args.pictures, Path(folder), formats, args.beta, say)
        if report.shipped:
            install(report, args.models, how.model_id, args.default, first=args.size is None)
            if args.size is None:
                write_weights(read_weights(weights), args.models / f"{how.model_id}.safetensors")
    sys.stdout.write(as_json(report) if args.json else as_text(report))
    return 0 if len(report.shipped) == len(report.files) else 1


def sized(how: recipe.Recipe, size: str | None) -> recipe.Recipe:
    """The recipe of a model of another input size, which has an id of its own. Raises ExportError."""
    if size is None:
        return how
    sides = [int(side) if side.isdigit() else 0 for side in size.split("x")]
    if len(sides) != 2 or not all(side and side % 32 == 0 for side in sides):
        raise ExportError(f"--size {size}: WIDTHxHEIGHT, multiples of 32, such as 384x288")
    return dataclasses.replace(how, width=sides[0], height=sides[1], model_id=f"{how.model_id}-{size}")


def install(report: "Report", models: Path, model_id: str, default: str, first: bool = True) -> None:
    """Move what ships into the models' folder and write its manifest, the default first.

    `first`: before the models that are there; the first of all is what every machine opens.
    """
    models.mkdir(parents=True, exist_ok=True)
    before = manifest.read_tables(models)
    for name in manifest.files_of(before, model_id):
        (models / name).unlink(missing_ok=True)  # of earlier weights, and perhaps refused this time
    for each in report.shipped:
        for path in each.paths:
            shutil.move(path, models / path.name)
    # ncnn last: few machines have its runtime, and the first entry is what every machine opens.
    own = sorted(
        (e.spec for e in report.shipped), key=lambda s: (s.runtime == "ncnn", s.precision != default)
    )
    text = manifest.render(manifest.merged(own, before, model_id, first))
    (models / manifest.NAME).write_text(text, encoding="utf-8")


def wanted(text: str) -> tuple[str, ...]:
    """The formats of `--formats`, in the order of FORMATS. Raises ExportError."""
    asked = {name.strip() for name in text.split(",") if name.strip()}
    odd = sorted(asked - set(FORMATS))
    if odd or not asked:
        raise ExportError(f"--formats {text}: choose of {', '.join(FORMATS)}")
    return tuple(name for name in FORMATS if name in asked)


if __name__ == "__main__":
    sys.exit(main())
