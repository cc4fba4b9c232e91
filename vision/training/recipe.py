"""The recipe: every choice and number of a training run, read from TOML."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vision.training.errors import RecipeError

DEFAULT = Path(__file__).with_name("recipe-v3.toml")


@dataclass(frozen=True, slots=True)
class Augment:
    """Chances (0..1) and ranges of the changes to a training picture."""

    mosaic: float
    plain: float  # share of pictures only letterboxed and flipped, as at run time
    scale: tuple[float, float]
    rotate_deg: float
    paste: float
    shadow: float
    night: float
    glare: float
    blur: float
    grey: float
    hue: float
    saturation: float
    value: float
    cast: float = 0.0  # gain of each colour, up or down


@dataclass(frozen=True, slots=True)
class Optimiser:
    """AdamW with a linear warm-up and a cosine to `last` times the rate; EMA of the weights.

    `stop`: end there, before the schedule does; 0: at its end.
    """

    iterations: int
    batch: int
    rate: float
    new_rate: float  # of layers that start untrained: the paving head and the class rows
    last: float
    weight_decay: float
    warmup: int
    ema: float
    stop: int = 0

    @property
    def end(self) -> int:
        """The iteration before which the run ends."""
        return min(self.stop, self.iterations) if self.stop else self.iterations


@dataclass(frozen=True, slots=True)
class Losses:
    """Weights of the parts of the loss. `teacher`: of the COCO network's opinion of real pictures."""

    box: float
    cls: float
    dfl: float
    paving: float
    warning: float
    teacher: float


@dataclass(frozen=True, slots=True)
class Scenes:
    """One set of rendered scenes."""

    n: int
    seed: int


@dataclass(frozen=True, slots=True)
class Folds:
    """Leave-scene-out: the pictures of `source`, part `k` of `count` held out, the rest trained on."""

    source: str
    count: int
    held_out: int | None = None  # None: all of them are trained on

    def part_of(self, entry: Mapping[str, Any]) -> int:
        """The part that an index entry of the source is in.

        By the picture's number in the index: neighbours in a list are no neighbours in a street.
        """
        return int(Path(entry["image"]).stem) % self.count


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the training, which begins with the averaged weights of the one before it.

    `folds`: the pictures of the recipe's folds are trained on, but for the part that is held out; in other
    stages they keep the split of their records.
    """

    name: str
    width: int
    height: int
    optimiser: Optimiser
    losses: Losses
    sources: Mapping[str, float]
    folds: bool = False


@dataclass(frozen=True, slots=True)
class Recipe:
    """A training run. The same recipe, data and machine give the same weights up to thread rounding.

    `start`: the COCO detector's weights below the data folder, "" for none. `sources`: the share of draws of
    each source, normalised over the ones that are there. What differs from stage to stage is the last
    stage's here; `at` tells it of each.
    """

    model_id: str
    seed: int
    width: int
    height: int
    start: str
    sources: Mapping[str, float]
    augment: Augment
    optimiser: Optimiser
    losses: Losses
    scenes: tuple[Scenes, ...] = ()
    scenes_size: str = "512x384"
    folds: Folds | None = None
    stages: tuple[Stage, ...] = ()

    def at(self, stage: Stage) -> "Recipe":
        """The recipe as one of its stages runs it."""
        return replace(
            self,
            width=stage.width,
            height=stage.height,
            sources=stage.sources,
            optimiser=stage.optimiser,
            losses=stage.losses,
            folds=self.folds if stage.folds else None,
        )

    def split_of(self, entry: Mapping[str, Any]) -> str:
        """The split of an index entry: what its record says, or what the fold says."""
        if self.folds is None or entry["source"] != self.folds.source:
            return str(entry["split"])
        if self.folds.held_out is None:
            return "train"
        return "test" if self.folds.part_of(entry) == self.folds.held_out else "train"


def load(path: Path = DEFAULT) -> Recipe:
    """Read a recipe. Raises RecipeError."""
    try:
        return _recipe(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise RecipeError(f"{path}: not a recipe ({type(error).__name__}: {error})") from error


def _stage(raw: dict[str, Any], size: Mapping[str, int]) -> Stage:
    stage = Stage(
        name=str(raw["name"]),
        width=int(raw.get("width", size["width"])),
        height=int(raw.get("height", size["height"])),
        optimiser=Optimiser(**raw["optimiser"]),
        losses=Losses(**raw["losses"]),
        sources={name: float(share) for name, share in raw["sources"].items()},
        folds=bool(raw.get("folds", False)),
    )
    if stage.width % 32 or stage.height % 32:
        raise RecipeError(f"input {stage.width} x {stage.height}: sides must be multiples of 32")
    return stage


def _recipe(raw: dict[str, Any]) -> Recipe:
    augment = dict(raw["augment"])
    augment["scale"] = tuple(augment["scale"])
    stages = tuple(_stage(each, raw["input"]) for each in raw["stages"])
    if not stages:
        raise ValueError("no stages")
    last = stages[-1]
    if (last.width, last.height) != (raw["input"]["width"], raw["input"]["height"]):
        raise RecipeError(f"stage {last.name}: the last stage trains at the size of [input]")
    return Recipe(
        model_id=raw["model_id"],
        seed=raw["seed"],
        width=last.width,
        height=last.height,
        start=raw["start"],
        sources=last.sources,
        augment=Augment(**augment),
        optimiser=last.optimiser,
        losses=last.losses,
        scenes=tuple(Scenes(s["n"], s["seed"]) for s in raw["scenes"]["sets"]),
        scenes_size=raw["scenes"]["size"],
        folds=Folds(**raw["folds"]) if "folds" in raw else None,
        stages=stages,
    )
