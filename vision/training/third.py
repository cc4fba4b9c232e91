"""The third stage: the paving head alone, on what the rest has learned.

Everything else rests as it is, so things are found as before, and a step costs a quarter: forward only
through the layers that the head reads, and backward through the head.
"""

import dataclasses
import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import cv2
import torch
from torch import nn

from vision.training.dataset import load_pool
from vision.training.errors import RecipeError
from vision.training.losses import surface_losses
from vision.training.network import COARSE_LAYER, FINE_LAYER, empty_network
from vision.training.recipe import Recipe
from vision.training.train import LOG_EVERY, batches, follow, keep_memory, rate_share, read_weights


def third_recipe(recipe: Recipe) -> Recipe:
    """The recipe as its third stage runs it. Raises RecipeError where it has none."""
    if recipe.third is None:
        raise RecipeError(f"{recipe.model_id}: the recipe has no third stage")
    stage = recipe.third
    return dataclasses.replace(recipe, optimiser=stage.optimiser, losses=stage.losses, sources=stage.sources)


def train_paving(
    recipe: Recipe, data: Path, begin: Path, run: Path, threads: int, say: Callable[[str], None]
) -> Path:
    """Train the paving head of the averaged weights `begin`; returns the path of the new averaged weights."""
    keep_memory()
    torch.set_num_threads(threads)
    cv2.setNumThreads(1)
    torch.manual_seed(recipe.seed)
    how, pool = recipe.optimiser, load_pool(data, "train", recipe)
    model = empty_network()
    model.load_state_dict(read_weights(begin))
    model = model.eval().to(memory_format=torch.channels_last)
    head = model.model[-1].paving.train()
    average = deepcopy(head).eval()
    optimiser = torch.optim.AdamW(head.parameters(), lr=how.new_rate, weight_decay=how.weight_decay)
    run.mkdir(parents=True, exist_ok=True)
    sums: dict[str, float] = {}
    for iteration, batch in enumerate(batches(pool, recipe, 0, how.end)):
        for group in optimiser.param_groups:
            group["lr"] = how.new_rate * rate_share(iteration, how)
        with torch.no_grad():
            fine, coarse = features(model, batch["img"].contiguous(memory_format=torch.channels_last))
        parts = surface_losses(head(fine, coarse), batch["surfaces"], batch["surfaces_known"])
        total = recipe.losses.paving * parts["paving"] + recipe.losses.warning * parts["warning"]
        optimiser.zero_grad(set_to_none=True)
        total.backward()
        optimiser.step()
        follow(average, head, iteration, how.ema)
        for name, value in parts.items():
            sums[name] = sums.get(name, float(value.detach())) * 0.97 + float(value.detach()) * 0.03
        if iteration % LOG_EVERY == LOG_EVERY - 1 or iteration + 1 == how.end:
            line = json.dumps({"iteration": iteration + 1, **{n: round(v, 4) for n, v in sums.items()}})
            say(line)
            with (run / "log.jsonl").open("a", encoding="utf-8") as log:
                log.write(line + "\n")
    model.model[-1].paving = average
    torch.save(model.state_dict(), run / "average.pt")
    return run / "average.pt"


def features(model: nn.Module, picture: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """What the paving head reads: the fine and the coarse layer's answers to B x 3 x H x W."""
    kept: dict[int, torch.Tensor] = {}
    value = picture
    for layer in model.model[: COARSE_LAYER + 1]:
        if layer.f != -1:
            value = [
                value if j == -1 else kept[j] for j in ([layer.f] if isinstance(layer.f, int) else layer.f)
            ]
            value = value[0] if isinstance(layer.f, int) else value
        value = layer(value)
        if layer.i in model.save or layer.i == FINE_LAYER:
            kept[layer.i] = value
    return kept[FINE_LAYER], value
