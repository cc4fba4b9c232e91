"""Training pictures with labels: `shirube vision scenes --n 500 --seed 1 --out DIR`.

Writes images/000001.jpg, labels/000001.txt (YOLO boxes of things; ids in the order of `ObjectClass`),
masks/000001.png (bars FFFF00, dots FFC000), outlines/000001.txt (YOLO polygons of the things),
truth.jsonl, classes.txt and dataset.json. Picture k depends on the seed and k only.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from vision.scenes.camera import Camera
from vision.scenes.crowd import any_plan
from vision.scenes.errors import BadWalkError, SceneError
from vision.scenes.gl import Picture, Renderer
from vision.scenes.lens import bent, finished, random_lens, source_camera
from vision.scenes.look import Look, any_look, indoors
from vision.scenes.records import Record, labelled, save
from vision.scenes.station import random_hall, random_platform
from vision.scenes.street import random_street
from vision.scenes.truth import Sighting, hidden, sight
from vision.scenes.world import SLICES, World
from vision.types import ObjectClass

VERSION = 2  # of what is drawn: pictures of another version differ
_OVERSAMPLE, _SHADOW_PX = 1.0, 1024  # a clip is drawn finer; thousands of pictures need speed
_CROWD, _CROWD_M = 6, 10.0  # so many things within so many metres are a crowd
_CHUNK = 50  # pictures a process makes before it reports


def random_camera(rng: np.random.Generator, width: int, height: int) -> Camera:
    """Glasses on a walking head; now and then looking down at the blocks, or across the way."""
    down, across = rng.random() < 0.14, rng.random() < 0.15
    pitch = rng.uniform(32, 62) if down else np.clip(rng.normal(16, 9), -4, 42)
    return Camera(
        x_m=float(rng.normal(0, 0.15)),
        y_m=0.0,
        height_m=float(rng.uniform(1.45, 1.72)),
        heading_deg=float(rng.normal(0, 32 if across else 9)),
        pitch_deg=float(pitch),
        roll_deg=float(rng.normal(0, 3.0)),
        hfov_deg=70.0,  # the lens decides
        width=width,
        height=height,
    )


def any_world(rng: np.random.Generator, camera: Camera) -> tuple[World, Look]:
    """A place of any kind in the light that suits it."""
    plan, kind = any_plan(rng), rng.random()
    if kind < 0.78:
        return random_street(rng, plan, camera), any_look(rng)
    if kind < 0.9:
        return random_platform(rng, plan, camera), any_look(rng) if rng.random() < 0.6 else indoors(rng)
    return random_hall(rng, plan, camera), indoors(rng)


def slices_of(world: World, look: Look, seen: tuple[Sighting, ...]) -> tuple[str, ...]:
    """The conditions that a picture counts under, in the order of `SLICES`."""
    found = set(world.slices)
    if look.dapple > 0:
        found.add("shadow")
    if look.wet > 0:
        found.add("wet")
    if look.night:
        found.add("night")
    if sum(labelled(s) and s.distance_m < _CROWD_M for s in seen) >= _CROWD:
        found.add("crowded")
    return tuple(s for s in SLICES if s in found)


def sightings(
    world: World, whole: Picture, source: Camera, shown: Picture, renderer: Renderer
) -> tuple[Sighting, ...]:
    """Every named thing that the shown picture shows; shares are of the whole one, before the lens."""
    counts = np.bincount(whole.ids[whole.ids > 0].ravel(), minlength=1)
    visible = set(np.unique(shown.ids).tolist())
    seen = []
    for thing in world.things:
        if thing.id not in visible:
            continue
        alone = float(counts[thing.id])
        share = 1.0
        if hidden(thing, whole.ids, whole.depth_m, source):
            share = min(1.0, alone / max(renderer.visible_alone(thing.mesh, source), 1.0))
        count = float((shown.ids == thing.id).sum())
        one = sight(thing, shown.ids, source, count / max(share, 1e-6))
        if one is not None:
            seen.append(one)
    return tuple(seen)


def make(number: int, seed: int, renderer: Renderer) -> Record:
    """Picture `number` of the set that `seed` names, with its truth."""
    rng = np.random.default_rng([seed, number])
    width, height = renderer.size
    lens = random_lens(rng, width)
    camera = random_camera(rng, width, height)
    source = source_camera(lens, camera)
    world, look = any_world(rng, source)
    batch = renderer.upload(world.parts())
    whole = renderer.render([batch], source, look)
    batch.release()
    shown = bent(lens, whole, source, width, height)
    seen = sightings(world, whole, source, shown, renderer)
    image = finished(shown.image, rng, source, look)
    quality = int(rng.integers(45, 96))
    return Record(number, image, shown.ids, source, lens, seen, slices_of(world, look, seen), quality)


@lru_cache(maxsize=1)
def _renderer(size: tuple[int, int]) -> Renderer:
    """This process's renderer, kept: to make one takes as long as five pictures."""
    return Renderer(*size, oversample=_OVERSAMPLE, shadow_px=_SHADOW_PX)


def _some(numbers: range, seed: int, out: Path, size: tuple[int, int]) -> list[str]:
    """Make and write some pictures; their truth lines."""
    return [save(make(k, seed, _renderer(size)), out) for k in numbers]


def write(count: int, seed: int, out: Path, size: tuple[int, int], first: int = 1, jobs: int = 1) -> None:
    """Pictures `first` .. `first + count - 1` into `out`. Raises `SceneError`."""
    for name in ("images", "labels", "masks", "outlines"):
        (out / name).mkdir(parents=True, exist_ok=True)
    (out / "classes.txt").write_text("".join(f"{c}\n" for c in ObjectClass), encoding="utf-8")
    about = {"n": first + count - 1, "seed": seed, "size": list(size), "generator": VERSION}
    (out / "dataset.json").write_text(json.dumps(about) + "\n", encoding="utf-8")
    numbers = range(first, first + count)
    with (out / "truth.jsonl").open("a" if first > 1 else "w", encoding="utf-8") as log:
        done = 0
        for truths in (
            _one_by_one(numbers, seed, out, size) if jobs < 2 else _shared(numbers, seed, out, size, jobs)
        ):
            log.writelines(f"{line}\n" for line in truths)
            done += len(truths)
            if done // 100 > (done - len(truths)) // 100 or done == count:
                sys.stderr.write(f"{done}/{count}\n")


def _one_by_one(numbers: range, seed: int, out: Path, size: tuple[int, int]) -> Iterator[list[str]]:
    with Renderer(*size, oversample=_OVERSAMPLE, shadow_px=_SHADOW_PX) as renderer:
        for k in numbers:
            yield [save(make(k, seed, renderer), out)]


def _shared(numbers: range, seed: int, out: Path, size: tuple[int, int], jobs: int) -> Iterator[list[str]]:
    """The same by several processes, in order; each draws with one thread of the software renderer."""
    os.environ["LP_NUM_THREADS"] = "1"
    chunks = [numbers[k : k + _CHUNK] for k in range(0, len(numbers), _CHUNK)]
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        waiting = [pool.submit(_some, chunk, seed, out, size) for chunk in chunks]
        for one in waiting:
            yield one.result()


def parse_size(text: str) -> tuple[int, int]:
    """`480x360` -> (480, 360). Raises `BadWalkError`."""
    parts = text.split("x")
    if len(parts) != 2 or not all(p.isdigit() and 64 <= int(p) <= 4096 and int(p) % 4 == 0 for p in parts):
        raise BadWalkError(
            f"size {text!r} is not WIDTHxHEIGHT, multiples of 4 from 64 to 4096, as in 480x360"
        )
    return int(parts[0]), int(parts[1])


def main(arguments: list[str] | None = None) -> int:
    """The command; 0, or 2 with one line on what is wrong."""
    parser = argparse.ArgumentParser(prog="shirube vision scenes", description=__doc__)
    parser.add_argument("--n", type=int, required=True, help="how many pictures")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--first", type=int, default=1, help="number of the first picture: to go on, or to share work"
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--size", default="512x384")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    options = parser.parse_args(arguments)
    try:
        write(options.n, options.seed, options.out, parse_size(options.size), options.first, options.jobs)
    except (SceneError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
