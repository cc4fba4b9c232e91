"""The recipe: every choice and number of a training run, read from TOML."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vision.training.errors import RecipeError

DEFAULT = Path(__file__).with_name("recipe-v2.toml")


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
    held_out: int | None = None  # None: all of them are held out (they are a test set only)


@dataclass(frozen=True, slots=True)
class Second:
    """A second stage: from the mean of the first stage's weights and the COCO network's, at lower rates.

    `kept`: the COCO network's share of the mean (0..1). Fine-tuning far from where it began forgets; half
    way back most of what was known is there again, and what was learned is close (Wortsman et al. 2022).
    """

    kept: float
    optimiser: Optimiser
    losses: Losses
    sources: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Third:
    """A third stage, of the paving head alone; of `optimiser` its rate is `new_rate`."""

    optimiser: Optimiser
    losses: Losses
    sources: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Recipe:
    """A training run. The same recipe, data and machine give the same weights up to thread rounding.

    `start`: the COCO detector's weights below the data folder, "" for none. `sources`: the share of draws of
    each source, normalised over the ones that are there.
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
    second: Second | None = None
    third: Third | None = None

    def split_of(self, entry: Mapping[str, Any]) -> str:
        """The split of an index entry: what its record says, or what the fold says."""
        if self.folds is None or self.folds.held_out is None or entry["source"] != self.folds.source:
            return str(entry["split"])
        # by the picture's number in the index: neighbours in a list are no neighbours in a street
        number = int(Path(entry["image"]).stem)
        return "test" if number % self.folds.count == self.folds.held_out else "train"


def load(path: Path = DEFAULT) -> Recipe:
    """Read a recipe. Raises RecipeError."""
    try:
        return _recipe(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise RecipeError(f"{path}: not a recipe ({type(error).__name__}: {error})") from error


def _second(raw: dict[str, Any]) -> Second:
    return Second(kept=float(raw["kept"]), **_stage(raw))


def _stage(raw: dict[str, Any]) -> dict[str, Any]:
    return {
        "optimiser": Optimiser(**raw["optimiser"]),
        "losses": Losses(**raw["losses"]),
        "sources": {name: float(share) for name, share in raw["sources"].items()},
    }


def _recipe(raw: dict[str, Any]) -> Recipe:
    augment = dict(raw["augment"])
    augment["scale"] = tuple(augment["scale"])
    recipe = Recipe(
        model_id=raw["model_id"],
        seed=raw["seed"],
        width=raw["input"]["width"],
        height=raw["input"]["height"],
        start=raw["start"],
        sources={name: float(share) for name, share in raw["sources"].items()},
        augment=Augment(**augment),
        optimiser=Optimiser(**raw["optimiser"]),
        losses=Losses(**raw["losses"]),
        scenes=tuple(Scenes(s["n"], s["seed"]) for s in raw["scenes"]["sets"]),
        scenes_size=raw["scenes"]["size"],
        folds=Folds(**raw["folds"]) if "folds" in raw else None,
        second=_second(raw["second"]) if "second" in raw else None,
        third=Third(**_stage(raw["third"])) if "third" in raw else None,
    )
    if recipe.width % 32 or recipe.height % 32:
        raise RecipeError(f"input {recipe.width} x {recipe.height}: sides must be multiples of 32")
    return recipe
