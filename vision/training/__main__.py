"""`shirube vision train`: render the scenes, gather the labelled pictures, train, draw the curves.

Each step is skipped where its result is there: a run that was stopped goes on when the same command is
given again.
"""

import argparse
import dataclasses
import sys
from pathlib import Path

from vision.errors import VisionError
from vision.training import recipe
from vision.training.errors import DataError, RecipeError, TrainingError

SHARED = Path(__file__).resolve().parents[2].parent / "shared"


def say(line: str) -> None:
    """Progress, a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="shirube vision train", description=__doc__)
    top.add_argument("--recipe", type=Path, default=recipe.DEFAULT, help="what is trained, and how")
    top.add_argument("--data", type=Path, default=SHARED / "data", help="development data: vision/, weights/")
    top.add_argument("--out", type=Path, default=Path("out/training"), help="scenes, pictures, checkpoints")
    top.add_argument("--run", default="run", help="name of the run's folder below --out")
    top.add_argument("--begin", type=Path, help="weights to start from: average.pt, models/*.safetensors")
    top.add_argument("--fold", type=int, help="leave-scene-out: the part held out in the last stage")
    top.add_argument("--iterations", type=int, help="of each stage, instead of the recipe's")
    top.add_argument("--threads", type=int, default=2)
    top.add_argument("--prepare-only", action="store_true", help="render and gather, do not train")
    return top


def main(argv: list[str] | None = None) -> int:
    """Run; 2 where the input is at fault."""
    args = parser().parse_args(argv)
    try:
        run(args)
    except (TrainingError, VisionError, OSError) as error:
        sys.stderr.write(f"shirube: {error}\n")
        return 2
    return 0


def chosen(args: argparse.Namespace) -> recipe.Recipe:
    """The recipe with what the command line changes in it."""
    found = recipe.load(args.recipe)
    if args.iterations:
        stages = tuple(
            dataclasses.replace(s, optimiser=dataclasses.replace(s.optimiser, iterations=args.iterations))
            for s in found.stages
        )
        found = dataclasses.replace(found, stages=stages)
    if args.fold is not None:
        if found.folds is None or not 0 <= args.fold < found.folds.count:
            raise RecipeError(f"--fold {args.fold}: {args.recipe} has no such fold")
        found = dataclasses.replace(found, folds=dataclasses.replace(found.folds, held_out=args.fold))
    return found


def run(args: argparse.Namespace) -> None:
    """All steps that are not done yet."""
    how = chosen(args)
    pictures = args.out / "pictures"
    if not (pictures / "index.jsonl").is_file():
        prepare(how, args.data / "vision", args.out)
    if args.prepare_only:
        return
    from vision.training.curves import draw
    from vision.training.train import finished, train

    start = args.data / how.start if how.start else None
    weights: Path | None = args.begin
    for stage in how.stages:
        fold = f"-fold{args.fold}" if stage.folds and args.fold is not None else ""
        folder = args.out / f"{args.run}-{stage.name}{fold}"
        if not finished(folder, stage.optimiser):
            say(f"stage {stage.name}")
            train(how.at(stage), pictures, start, folder, args.threads, say, weights)
        weights = folder / "average.pt"
        say(f"{weights}; {draw(folder)}")


def prepare(how: recipe.Recipe, vision: Path, out: Path) -> None:
    """Render the recipe's scenes where they are not there yet, and gather everything into one index."""
    from vision.training import sources

    if not vision.is_dir():
        raise DataError(f"{vision} is not there: give --data, the folder with vision/ and weights/")
    folders = [scenes_of(part, how, out) for part in how.scenes]
    writer = sources.Writer(out / "pictures")
    sources.add_real(writer, vision, say)
    sources.add_coco(writer, vision)
    for folder in folders:
        sources.add_scenes(writer, folder)
    writer.close()
    say(f"{len(writer.entries)} pictures in {writer.out}")


def scenes_of(part: recipe.Scenes, how: recipe.Recipe, out: Path) -> Path:
    """The folder of one set of scenes, rendered where it is not there or not whole."""
    folder = out / f"scenes-{part.seed}"
    done = len(list((folder / "images").glob("*.jpg"))) if folder.is_dir() else 0
    if done < part.n:
        from vision.scenes.dataset import main as render

        options = ["--n", str(part.n), "--seed", str(part.seed), "--out", str(folder)]
        if render([*options, "--size", how.scenes_size, "--jobs", "2"]):
            raise DataError(f"{folder}: the scenes were not rendered")
    return folder


if __name__ == "__main__":
    sys.exit(main())
