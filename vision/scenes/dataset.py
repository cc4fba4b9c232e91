"""Training pictures with labels: `python -m vision.scenes.dataset --n 500 --seed 1 --out DIR`.

Writes images/000001.jpg, labels/000001.txt (YOLO segmentation; ids in the order of `ObjectClass`)
and truth.jsonl. Picture k depends on the seed and k only.
"""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

import cv2
import numpy as np

from vision.scenes.camera import Camera
from vision.scenes.crowd import World
from vision.scenes.errors import BadWalkError, SceneError
from vision.scenes.gl import Picture, Renderer
from vision.scenes.labels import lines
from vision.scenes.look import any_look
from vision.scenes.street import random_street
from vision.scenes.truth import PAVING_ID, Sighting, sight
from vision.types import Image, Mask, ObjectClass


def random_camera(rng: np.random.Generator, width: int, height: int) -> Camera:
    """Glasses on a walking head."""
    return Camera(
        x_m=float(rng.normal(0, 0.12)),
        y_m=0.0,
        height_m=float(rng.uniform(1.45, 1.72)),
        heading_deg=float(rng.normal(0, 9)),
        pitch_deg=float(np.clip(rng.normal(16, 9), -4, 42)),
        roll_deg=float(rng.normal(0, 2.5)),
        hfov_deg=float(rng.uniform(58, 84)),
        width=width,
        height=height,
    )


def through_lens(image: Image, rng: np.random.Generator) -> Image:
    """What a small camera adds: motion blur, white balance, grain."""
    picture = image.astype(np.float32)
    if rng.random() < 0.3:
        length, angle = int(rng.integers(2, 8)), float(rng.uniform(0, 180))
        kernel = np.zeros((9, 9), np.float32)
        dx, dy = 0.5 * length * np.cos(np.radians(angle)), 0.5 * length * np.sin(np.radians(angle))
        cv2.line(kernel, (round(4 - dx), round(4 - dy)), (round(4 + dx), round(4 + dy)), (1.0,))
        picture = np.asarray(cv2.filter2D(picture, -1, kernel / kernel.sum()), np.float32)
    picture *= rng.normal(1.0, 0.035, 3).astype(np.float32)
    contrast, light = float(rng.normal(1.0, 0.08)), float(rng.normal(0, 6))
    picture = (picture - 118) * contrast + 118 + light
    picture += rng.normal(0, rng.uniform(0.5, 5.0), (*picture.shape[:2], 1)).astype(np.float32)
    return np.clip(picture, 0, 255).astype(np.uint8)


def sightings(world: World, picture: Picture, camera: Camera, renderer: Renderer) -> list[Sighting]:
    """Every named thing that the picture shows."""
    shown = set(np.unique(picture.ids).tolist())
    seen = [
        sight(t, picture.ids, camera, renderer.visible_alone(t.mesh, camera))
        for t in world.things
        if t.id in shown
    ]
    return [s for s in seen if s is not None]


def label_lines(seen: list[Sighting], picture: Picture) -> list[str]:
    """The picture's label file."""
    masks: list[tuple[ObjectClass, Mask]] = [(ObjectClass.PAVING, picture.ids == PAVING_ID)]
    masks += [(s.cls, picture.ids == s.id) for s in seen if s.visible_share > 0.12]
    return lines(masks)


def make(index: int, seed: int, renderer: Renderer) -> tuple[Image, list[str], dict[str, object]]:
    """Picture, label lines and truth number `index` of the set that `seed` names."""
    rng = np.random.default_rng([seed, index])
    world, camera, look = random_street(rng), random_camera(rng, *renderer.size), any_look(rng)
    batch = renderer.upload(world.parts())
    picture = renderer.render([batch], camera, look)
    batch.release()
    seen = sightings(world, picture, camera, renderer)
    truth: dict[str, object] = {
        "image": f"{index:06d}.jpg",
        "camera": asdict(camera),
        "paving_share": round(float((picture.ids == PAVING_ID).mean()), 5),
        "objects": [_rounded(s) for s in seen],
    }
    return through_lens(picture.image, rng), label_lines(seen, picture), truth


def _rounded(seen: Sighting) -> dict[str, object]:
    plain = asdict(seen)
    return {k: round(v, 4) if isinstance(v, float) else v for k, v in plain.items()}


def write(count: int, seed: int, out: Path, size: tuple[int, int], first: int = 1) -> None:
    """Pictures `first` .. `first + count - 1` into `out`. Raises `SceneError`."""
    for name in ("images", "labels"):
        (out / name).mkdir(parents=True, exist_ok=True)
    with (
        Renderer(*size) as renderer,
        (out / "truth.jsonl").open("a" if first > 1 else "w", encoding="utf-8") as log,
    ):
        for index in range(first, first + count):
            image, text, truth = make(index, seed, renderer)
            quality = [cv2.IMWRITE_JPEG_QUALITY, 72 + (index * 7) % 24]
            cv2.imwrite(str(out / "images" / f"{index:06d}.jpg"), image, quality)
            (out / "labels" / f"{index:06d}.txt").write_text(
                "".join(f"{t}\n" for t in text), encoding="utf-8"
            )
            log.write(json.dumps(truth) + "\n")


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
    parser = argparse.ArgumentParser(prog="python -m vision.scenes.dataset", description=__doc__)
    parser.add_argument("--n", type=int, required=True, help="how many pictures")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--first", type=int, default=1, help="number of the first picture: to go on, or to share work"
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--size", default="480x360")
    options = parser.parse_args(arguments)
    try:
        write(options.n, options.seed, options.out, parse_size(options.size), options.first)
    except (SceneError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
