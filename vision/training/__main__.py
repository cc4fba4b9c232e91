"""`python -m vision.training prepare|train|export|evaluate`."""

import argparse
import dataclasses
import sys
from pathlib import Path

from vision.training import recipe
from vision.training.errors import TrainingError

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
MODELS = Path(__file__).resolve().parents[2] / "models"


def say(line: str) -> None:
    """Progress, a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m vision.training", description=__doc__)
    top.add_argument("--recipe", type=Path, default=recipe.DEFAULT)
    top.add_argument(
        "--data", type=Path, default=Path("out/training/data"), help="prepared pictures and labels"
    )
    top.add_argument("--run", type=Path, default=Path("out/training/run"), help="checkpoints")
    verbs = top.add_subparsers(dest="verb", required=True)
    prepare = verbs.add_parser("prepare", help="label the sources")
    prepare.add_argument("--shared", type=Path, default=SHARED / "data")
    prepare.add_argument(
        "--scenes", type=Path, nargs="*", default=[], help="folders of `vision.scenes.dataset`"
    )
    train = verbs.add_parser("train", help="train, or go on")
    train.add_argument("--shared", type=Path, default=SHARED / "data")
    train.add_argument("--iterations", type=int)
    train.add_argument("--threads", type=int, default=2)
    export = verbs.add_parser("export", help="write the ONNX file and its manifest entry")
    export.add_argument("--models", type=Path, default=MODELS)
    evaluate = verbs.add_parser("evaluate", help="figures on held-out data")
    evaluate.add_argument("--models", type=Path, default=MODELS)
    evaluate.add_argument("--split", choices=["val", "test"], default="test")
    evaluate.add_argument("--shared", type=Path, default=SHARED / "data")
    evaluate.add_argument(
        "--choose-thresholds", action="store_true", help="on val: write them to the manifest"
    )
    return top


def main(argv: list[str] | None = None) -> int:
    """Run one verb; 2 where the input is at fault."""
    args = parser().parse_args(argv)
    try:
        VERBS[args.verb](args)
    except TrainingError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    return 0


def _prepare(args: argparse.Namespace) -> None:
    from vision.training import sources
    from vision.training.teacher import CocoTeacher

    chosen = recipe.load(args.recipe)
    teacher = CocoTeacher(args.shared / chosen.start)
    writer = sources.Writer(args.data)
    vision = args.shared / "vision"
    sources.add_masks(writer, vision, chosen, teacher)
    sources.add_clips(writer, vision, chosen, teacher)
    sources.add_stations(writer, vision, chosen, teacher)
    sources.add_blindwalk(writer, vision, chosen)
    sources.add_coco(writer, vision)
    for scenes in args.scenes:
        sources.add_scenes(writer, scenes)
    writer.close()
    say(f"{len(writer.entries)} pictures in {args.data}")


def _train(args: argparse.Namespace) -> None:
    from vision.training.train import train

    chosen = recipe.load(args.recipe)
    if args.iterations:
        optimiser = dataclasses.replace(chosen.optimiser, iterations=args.iterations)
        chosen = dataclasses.replace(chosen, optimiser=optimiser)
    say(str(train(chosen, args.data, args.shared / chosen.start, args.run, args.threads, say)))


def _export(args: argparse.Namespace) -> None:
    from vision.training.export import export

    say(export(recipe.load(args.recipe), args.run / "average.pt", args.models))


def _evaluate(args: argparse.Namespace) -> None:
    from vision.training.evaluate import report

    say(report(recipe.load(args.recipe), args))


VERBS = {"prepare": _prepare, "train": _train, "export": _export, "evaluate": _evaluate}

if __name__ == "__main__":
    sys.exit(main())
