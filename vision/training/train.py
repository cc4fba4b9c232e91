"""Fine-tuning: a plain loop, resumable at any checkpoint."""

import ctypes
import json
import math
import os
import pickle
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from vision.training.dataset import Example, Pool, example, load_pool
from vision.training.errors import CheckpointError
from vision.training.losses import Teaching
from vision.training.network import coco_network, empty_network, start_network
from vision.training.recipe import Optimiser, Recipe

CHECKPOINT_EVERY = 100
LOG_EVERY = 20
AHEAD = 4  # batches prepared while the network works


def collate(examples: Sequence[Example]) -> dict[str, torch.Tensor]:
    """A batch as the loss wants it, with what is known of each picture."""
    canvases = np.stack([e.canvas[:, :, ::-1].transpose(2, 0, 1) for e in examples])
    counts = [len(e.classes) for e in examples]
    return {
        "img": torch.from_numpy(np.ascontiguousarray(canvases, np.float32) / 255),
        "batch_idx": torch.from_numpy(np.repeat(np.arange(len(examples)), counts).astype(np.float32)),
        "cls": torch.from_numpy(np.concatenate([e.classes for e in examples])[:, None]),
        "bboxes": torch.from_numpy(np.concatenate([e.boxes for e in examples])),
        "surfaces": torch.from_numpy(np.stack([e.surfaces for e in examples]).astype(np.int64)),
        "known": torch.from_numpy(np.stack([e.known for e in examples])),
        "surfaces_known": torch.from_numpy(np.stack([e.surfaces_known for e in examples])),
        "real": torch.tensor([e.real for e in examples]),
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
        new = ".paving." in name or (".cv3." in name and ".2." in name.split("cv3")[1][2:])
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
    recipe: Recipe,
    data: Path,
    weights: Path | None,
    run: Path,
    threads: int,
    say: Callable[[str], None],
    begin: Path | None = None,
) -> Path:
    """Train, or go on from `run/last.pt`; returns the path of the averaged weights.

    `weights`: the COCO detector to start from and to be taught by; None: untrained, no teacher. `begin`:
    averaged weights of an earlier run to start from instead. Raises DataError for data that is not there and
    CheckpointError for a checkpoint of another recipe.
    """
    keep_memory()
    halves = torch.cpu._is_avx512_bf16_supported()  # without its instructions bfloat16 is slower
    torch.set_num_threads(threads)
    cv2.setNumThreads(1)
    torch.manual_seed(recipe.seed)
    how = recipe.optimiser
    pool = load_pool(data, "train", recipe)
    say(json.dumps({"pictures": {n: len(s) for n, s in pool.samples.items()}}))
    model = start_network(weights) if weights else empty_network()
    if begin is not None:
        model.load_state_dict(read_weights(begin))
    model = model.train().to(memory_format=torch.channels_last)
    teacher = coco_network(weights).eval().to(memory_format=torch.channels_last) if weights else None
    average = deepcopy(model).eval()
    optimiser = torch.optim.AdamW(groups(model, how), lr=how.rate)
    run.mkdir(parents=True, exist_ok=True)
    first = _resume(run / "last.pt", model, average, optimiser)
    teaching = Teaching(model, teacher, recipe.losses, halves)
    sums: dict[str, float] = {}
    for iteration, batch in enumerate(batches(pool, recipe, first, how.end), first):
        for group in optimiser.param_groups:
            group["lr"] = group["peak"] * rate_share(iteration, how)
        batch["img"] = batch["img"].contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16, enabled=halves):
            found = model(batch["img"])
        total, parts = teaching(whole(found) if halves else found, batch)
        optimiser.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 10.0)
        optimiser.step()
        follow(average, model, iteration, how.ema)
        for name, value in parts.items():
            sums[name] = sums.get(name, value) * 0.97 + value * 0.03
        if iteration % LOG_EVERY == LOG_EVERY - 1 or iteration + 1 == how.end:
            line = json.dumps({"iteration": iteration + 1, **{n: round(v, 4) for n, v in sums.items()}})
            say(line)
            with (run / "log.jsonl").open("a", encoding="utf-8") as log:
                log.write(line + "\n")
        if (iteration + 1) % CHECKPOINT_EVERY == 0 or iteration + 1 == how.end:
            _store(run, iteration + 1, model, average, optimiser)
    return run / "average.pt"


def whole(found: dict[str, Any]) -> dict[str, Any]:
    """The network's answers in float32, in which the losses are counted."""
    return {n: [f.float() for f in v] if isinstance(v, list) else v.float() for n, v in found.items()}


def keep_memory() -> None:
    """Tell glibc to keep what torch frees: handing it back and faulting it in again costs a third of a step.

    Measured on two cores, batch of 16 at 384 x 288: 2.3 s a step without, 1.6 s with.
    """
    trim_threshold, mmap_max = -1, -4  # malloc.h
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(trim_threshold, 2**31 - 1)
        libc.mallopt(mmap_max, 0)


def read_weights(path: Path) -> dict[str, torch.Tensor]:
    """Averaged weights of a run (.pt) or beside a shipped model (.safetensors). Raises CheckpointError."""
    try:
        if path.suffix == ".safetensors":
            halved: dict[str, torch.Tensor] = load_file(str(path))
            return {n: v.float() if v.dtype == torch.float16 else v for n, v in halved.items()}
        state: dict[str, torch.Tensor] = torch.load(path, weights_only=True)
    except (OSError, RuntimeError, ValueError, SafetensorError, pickle.UnpicklingError) as error:
        raise CheckpointError(f"{path} cannot be read ({error}): train first") from error
    return state


def write_weights(state: dict[str, torch.Tensor], path: Path) -> None:
    """Weights to go on training from: kernels in half precision, norms and biases as they are."""
    halved = {n: (v.half() if v.ndim == 4 else v).contiguous() for n, v in state.items()}
    save_file(halved, str(path))


def finished(run: Path, how: Optimiser) -> bool:
    """Whether a run has come to its end."""
    if not (run / "average.pt").is_file() or not (run / "last.pt").is_file():
        return False
    return int(torch.load(run / "last.pt", weights_only=True)["iteration"]) >= how.end


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
