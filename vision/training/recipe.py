"""The recipe: every choice and number of a training run, read from TOML."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vision.training.errors import RecipeError

DEFAULT = Path(__file__).with_name("recipe-v1.toml")


@dataclass(frozen=True, slots=True)
class Source:
    """How often a source is drawn, and which classes its labels tell about."""

    weight: float
    known: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Augment:
    """Chances (0..1) and ranges of the changes to a training picture."""

    mosaic: float
    plain: float  # share of pictures only letterboxed and flipped, as at run time
    scale: tuple[float, float]
    rotate_deg: float
    paste: float
    shadow: float
    blur: float
    hue: float
    saturation: float
    value: float


@dataclass(frozen=True, slots=True)
class Optimiser:
    """AdamW with a linear warm-up and a cosine to `last` times the rate; EMA of the weights."""

    iterations: int
    batch: int
    rate: float
    new_rate: float  # of layers that start untrained: masks and the class rows
    last: float
    weight_decay: float
    warmup: int
    ema: float
    box: float
    cls: float
    dfl: float


@dataclass(frozen=True, slots=True)
class Recipe:
    """A training run. The same recipe, data and machine give the same weights up to thread rounding."""

    model_id: str
    seed: int
    width: int
    height: int
    start: str
    clip_step: int
    masks_test: tuple[str, ...]
    masks_val: tuple[str, ...]
    stations_clean: tuple[str, ...]
    stations_none: tuple[str, ...]
    sources: dict[str, Source]
    augment: Augment
    optimiser: Optimiser
    blindwalk: dict[str, str] = field(default_factory=dict)


def load(path: Path = DEFAULT) -> Recipe:
    """Read a recipe. Raises RecipeError."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        return _recipe(raw)
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise RecipeError(f"{path}: not a recipe ({type(error).__name__}: {error})") from error


def _recipe(raw: dict[str, Any]) -> Recipe:
    augment = dict(raw["augment"])
    augment["scale"] = tuple(augment["scale"])
    recipe = Recipe(
        model_id=raw["model_id"],
        seed=raw["seed"],
        width=raw["input"]["width"],
        height=raw["input"]["height"],
        start=raw["start"],
        clip_step=raw["clip_step"],
        masks_test=tuple(raw["masks"]["test"]),
        masks_val=tuple(raw["masks"]["val"]),
        stations_clean=tuple(raw["stations"]["clean"]),
        stations_none=tuple(raw["stations"]["none"]),
        sources={k: Source(v["weight"], tuple(v["known"])) for k, v in raw["sources"].items()},
        augment=Augment(**augment),
        optimiser=Optimiser(**raw["optimiser"]),
        blindwalk=raw["blindwalk"],
    )
    if recipe.width % 32 or recipe.height % 32:
        raise RecipeError(f"input {recipe.width} x {recipe.height}: sides must be multiples of 32")
    return recipe
