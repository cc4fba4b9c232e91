"""The second stage: half way back to the COCO network, and on from there gently."""

import dataclasses
from pathlib import Path

import numpy as np
import torch
from torch import nn

from vision.training.dataset import Pool, example, load_pool
from vision.training.errors import RecipeError
from vision.training.network import empty_network, start_network
from vision.training.recipe import Recipe
from vision.training.train import collate, read_weights

SETTLING = 8  # batches from which the norms' statistics are taken


def second_recipe(recipe: Recipe) -> Recipe:
    """The recipe as its second stage runs it. Raises RecipeError where it has none."""
    if recipe.second is None:
        raise RecipeError(f"{recipe.model_id}: the recipe has no second stage")
    stage = recipe.second
    return dataclasses.replace(recipe, optimiser=stage.optimiser, losses=stage.losses, sources=stage.sources)


def write_begin(recipe: Recipe, tuned: Path, weights: Path, data: Path, target: Path) -> Path:
    """The mean of the weights `tuned` and the COCO network's, its norms settled, into `target`."""
    if recipe.second is None:
        raise RecipeError(f"{recipe.model_id}: the recipe has no second stage")
    torch.manual_seed(recipe.seed)
    model = mean_network(read_weights(tuned), weights, recipe.second.kept)
    settle(model, load_pool(data, "train", recipe), recipe)
    target.parent.mkdir(parents=True, exist_ok=True)
    torch.save(model.state_dict(), target)
    return target


def mean_network(tuned: dict[str, torch.Tensor], weights: Path, kept: float) -> nn.Module:
    """Every weight but the paving head's, which COCO has not, moved `kept` of the way back to its start."""
    first, model = start_network(weights).state_dict(), empty_network()
    mean = {
        name: value if ".paving." in name or not value.is_floating_point() else value.lerp(first[name], kept)
        for name, value in tuned.items()
    }
    model.load_state_dict(mean)
    return model


def settle(model: nn.Module, pool: Pool, recipe: Recipe) -> None:
    """Take the norms' means and variances anew: those of two networks do not mix as their weights do.

    From real pictures as the walk sees them, letterboxed and no more.
    """
    plain = dataclasses.replace(
        recipe.augment, mosaic=0, plain=1, paste=0, shadow=0, night=0, glare=0, blur=0, grey=0
    )
    how = dataclasses.replace(recipe, augment=plain)
    real = {name: samples for name, samples in pool.samples.items() if samples[0].real}
    chosen = Pool(real or pool.samples, pool.weights)
    for norm in model.modules():
        if isinstance(norm, nn.BatchNorm2d):
            norm.reset_running_stats()
            norm.momentum = None  # a plain mean over the batches
    model.train()
    with torch.no_grad():
        for number in range(SETTLING):
            rng = np.random.default_rng([recipe.seed, 1, number])
            model(collate([example(chosen, how, rng) for _ in range(recipe.optimiser.batch)])["img"])
    model.eval()
