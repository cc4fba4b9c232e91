"""Fine-tuning: a plain loop, resumable at any checkpoint."""

import json
import math
import os
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import torch

from vision.training.dataset import Example, Pool, example, load_pool
from vision.training.errors import CheckpointError
from vision.training.network import criterion, start_network
from vision.training.recipe import Optimiser, Recipe

CHECKPOINT_EVERY = 100
AHEAD = 4  # batches prepared while the network works


def collate(examples: Sequence[Example]) -> dict[str, torch.Tensor]:
    """A batch as the loss wants it, with the classes known of each picture."""
    canvases = np.stack([e.canvas[:, :, ::-1].transpose(2, 0, 1) for e in examples])
    counts = [len(e.classes) for e in examples]
    return {
        "img": torch.from_numpy(np.ascontiguousarray(canvases, np.float32) / 255),
        "batch_idx": torch.from_numpy(np.repeat(np.arange(len(examples)), counts).astype(np.float32)),
        "cls": torch.from_numpy(np.concatenate([e.classes for e in examples])[:, None]),
        "bboxes": torch.from_numpy(np.concatenate([e.boxes for e in examples])),
        "masks": torch.from_numpy(np.stack([e.mask for e in examples])).float(),
        "known": torch.from_numpy(np.stack([e.known for e in examples])),
    }


def batches(pool: Pool, recipe: Recipe, first: int, end: int) -> Iterator[dict[str, torch.Tensor]]:
    """Batches `first`..`end`, prepared ahead; each depends on the seed and its number only."""
    ready: queue.Queue[dict[str, torch.Tensor]] = queue.Queue(AHEAD)

    def fill() -> None:
        for number in range(first, end):
            rng = np.random.default_rng([recipe.seed, number])
            ready.put(collate([example(pool, recipe, rng) for _ in range(recipe.optimiser.batch)]))

    threading.Thread(target=fill, daemon=True).start()
    for _ in range(first, end):
        yield ready.get()


def rate_share(iteration: int, how: Optimiser) -> float:
    """The share of the peak rate at an iteration: linear warm-up, then a cosine to `last`."""
    if iteration < how.warmup:
        return (iteration + 1) / how.warmup
    done = (iteration - how.warmup) / max(1, how.iterations - how.warmup)
    return how.last + (1 - how.last) * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


def groups(model: torch.nn.Module, how: Optimiser) -> list[dict[str, Any]]:
    """Parameter groups: untrained layers learn faster; norms and biases do not decay."""
    found: dict[tuple[bool, bool], list[torch.nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if name.endswith("dfl.conv.weight"):
            parameter.requires_grad = False  # a fixed ramp, not a weight
            continue
        new = ".cv4." in name or ".proto." in name or (".cv3." in name and ".2." in name.split("cv3")[1][2:])
        found.setdefault((new, parameter.ndim > 1), []).append(parameter)
    return [
        {
            "params": p,
            "peak": how.new_rate if new else how.rate,
            "weight_decay": how.weight_decay if decays else 0.0,
        }
        for (new, decays), p in found.items()
    ]


def follow(average: torch.nn.Module, model: torch.nn.Module, iteration: int, keep: float) -> None:
    """Move the averaged weights towards the trained ones, faster at the start."""
    keep *= 1 - math.exp(-(iteration + 1) / 100)
    own = model.state_dict()
    with torch.no_grad():
        for name, value in average.state_dict().items():
            if value.is_floating_point():
                value.mul_(keep).add_(own[name].detach(), alpha=1 - keep)
            else:
                value.copy_(own[name])


def train(
    recipe: Recipe, data: Path, weights: Path, run: Path, threads: int, say: Callable[[str], None]
) -> Path:
    """Train, or go on from `run/last.pt`; returns the path of the averaged weights.

    Raises DataError for data that is not there and CheckpointError for a checkpoint of another recipe.
    """
    torch.set_num_threads(threads)
    torch.manual_seed(recipe.seed)
    how = recipe.optimiser
    pool = load_pool(data, "train", recipe)
    say(f"pictures: { ({n: len(s) for n, s in pool.samples.items()}) }")
    model = start_network(weights).train().to(memory_format=torch.channels_last)
    average = deepcopy(model).eval()
    optimiser = torch.optim.AdamW(groups(model, how), lr=how.rate)
    run.mkdir(parents=True, exist_ok=True)
    first = _resume(run / "last.pt", model, average, optimiser)
    loss_of, class_loss = criterion(model, how.box, how.cls, how.dfl)
    sums: dict[str, float] = {}
    for iteration, batch in enumerate(batches(pool, recipe, first, how.iterations), first):
        for group in optimiser.param_groups:
            group["lr"] = group["peak"] * rate_share(iteration, how)
        class_loss.known = batch["known"]
        picture = batch["img"].contiguous(memory_format=torch.channels_last)
        total, parts = loss_of(model(picture), batch)
        optimiser.zero_grad(set_to_none=True)
        total.sum().div(how.batch).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 10.0)
        optimiser.step()
        follow(average, model, iteration, how.ema)
        for name, value in parts.items():
            sums[name] = sums.get(name, 0.0) * 0.98 + float(value) * 0.02
        if iteration % 20 == 19:
            say(json.dumps({"iteration": iteration + 1, **{n: round(v, 3) for n, v in sums.items()}}))
        if (iteration + 1) % CHECKPOINT_EVERY == 0 or iteration + 1 == how.iterations:
            _store(run, iteration + 1, model, average, optimiser)
    return run / "average.pt"


def _store(
    run: Path,
    iteration: int,
    model: torch.nn.Module,
    average: torch.nn.Module,
    optimiser: torch.optim.Optimizer,
) -> None:
    state = {"iteration": iteration, "model": model.state_dict(), "average": average.state_dict()}
    state["optimiser"] = optimiser.state_dict()
    torch.save(state, run / "last.tmp")
    os.replace(run / "last.tmp", run / "last.pt")
    torch.save(average.state_dict(), run / "average.tmp")
    os.replace(run / "average.tmp", run / "average.pt")


def _resume(
    path: Path, model: torch.nn.Module, average: torch.nn.Module, optimiser: torch.optim.Optimizer
) -> int:
    if not path.is_file():
        return 0
    state = torch.load(path, weights_only=True)
    try:
        model.load_state_dict(state["model"])
        average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
    except (RuntimeError, ValueError, KeyError) as error:
        raise CheckpointError(
            f"{path} is of another network: remove it or use another --run ({error})"
        ) from error
    return int(state["iteration"])
