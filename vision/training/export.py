"""`shirube vision export`: the trained network in every format that the walk can run, and the manifest.

Nothing is written into the models' folder before it was compared with the trained network: a float32 file
that differs is a fault (exit 2); another format that differs, or INT8 that finds less, is left out and told
(exit 1).
"""

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

from vision.errors import VisionError
from vision.training import recipe
from vision.training.errors import ExportError, TrainingError

FORMATS = ("onnx", "int8", "ncnn")


def say(line: str) -> None:
    """What a person reads meanwhile; the result alone goes to stdout."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="shirube vision export", description=__doc__)
    top.add_argument("--weights", type=Path, default=Path("out/training/run/average.pt"))
    top.add_argument("--recipe", type=Path, default=recipe.DEFAULT, help="what was trained")
    top.add_argument("--pictures", type=Path, default=Path("out/training/pictures"), help="prepared pictures")
    top.add_argument("--models", type=Path, default=Path("models"), help="where files and manifest go")
    top.add_argument("--formats", default=",".join(FORMATS), help=f"of {', '.join(FORMATS)}")
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
    how = recipe.load(args.recipe)
    if args.tensorrt:
        from vision.training.export_tensorrt import build

        engine = build(args.models / f"{how.model_id}.onnx", args.out, say)
        say(f"{engine}") if engine else None
        return 0
    formats = wanted(args.formats)
    if not args.weights.is_file():
        raise ExportError(f"{args.weights} is missing: train first (`shirube vision train`), or give --weights")
    from vision.training.export_run import Export

    with tempfile.TemporaryDirectory(prefix="shirube-export-") as folder:
        made = Export(how, args.weights, args.pictures, Path(folder), args.beta, say).make(formats)
        shipped = [each for each in made.files if each.refused is None]
        args.models.mkdir(parents=True, exist_ok=True)
        for each in shipped:
            for path in each.paths:
                shutil.move(path, args.models / path.name)
        made.write_manifest(args.models, args.default)
    rows = [each.row() for each in made.files]
    told = {"models": rows, "thresholds": made.thresholds(), "quality": made.qualities(), "few": made.few()}
    sys.stdout.write(json.dumps(told, indent=1) + "\n" if args.json else made.table())
    return 0 if len(shipped) == len(made.files) else 1


def wanted(text: str) -> tuple[str, ...]:
    """The formats of `--formats`, in the order of FORMATS. Raises ExportError."""
    asked = {name.strip() for name in text.split(",") if name.strip()}
    odd = sorted(asked - set(FORMATS))
    if odd or not asked:
        raise ExportError(f"--formats {text}: choose of {', '.join(FORMATS)}")
    return tuple(name for name in FORMATS if name in asked)


if __name__ == "__main__":
    sys.exit(main())
