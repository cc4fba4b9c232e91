"""The rehearsal clip: a walk along a planned route, with truth.

`python -m vision.scenes.walk --route ROUTE.json --path PATH.json --out CLIP.mp4 --truth TRUTH.jsonl`

One picture for each sample of the path. Beside CLIP.mp4 comes CLIP.json: the camera, the rate and
the SHA-256 of the route file, so that a clip is never used with another route. A truth file whose
name ends in .gz is compressed.
"""

import argparse
import gzip
import io
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vision.scenes.camera import Camera
from vision.scenes.city import SIGHT_M, STEP_M, Stage, Town, aside, build
from vision.scenes.dataset import parse_size
from vision.scenes.errors import BadWalkError, SceneError
from vision.scenes.film import Film
from vision.scenes.gl import Picture, Renderer
from vision.scenes.key import visible_sha256
from vision.scenes.local import F64
from vision.scenes.look import Look
from vision.scenes.truth import PAVING_ID, Thing, box_of, footprint, nearest_m
from wire.codec import ROUTE
from wire.errors import WireError
from wire.route import Route

HFOV_DEG, HEIGHT_M, PITCH_DEG = 70.0, 1.58, 12.0
TRUTH_REACH_M = 12.0
LOOK = Look(sun_azimuth_deg=118.0, sun_height_deg=50.0, fog_m=125.0, exposure=0.9, cloud=0.7)


@dataclass(frozen=True, slots=True)
class Walk:
    """The samples of a path file: position (n x 2 metres), heading, route distance, standing or not."""

    route_id: str
    xy: F64
    heading_deg: F64
    route_m: F64
    standing: tuple[bool, ...]


def read_route(path: Path) -> Route:
    """A route file. Raises `BadWalkError`."""
    try:
        return ROUTE.decode(path.read_bytes())
    except OSError as error:
        raise BadWalkError(f"route file {path}: {error.strerror}") from error
    except WireError as error:
        raise BadWalkError(f"route file {path}: {error}") from error


def read_path(path: Path) -> Walk:
    """A path file. Raises `BadWalkError`."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        rows = [tuple(row) for row in raw["samples"]]
        numbers = np.asarray([[float(v) for v in row[:4]] for row in rows], np.float64)
        if len(numbers) < 2 or not np.isfinite(numbers).all():
            raise BadWalkError(f"path file {path}: it needs two or more finite samples")
        standing = tuple(bool(row[4]) for row in rows)
        return Walk(str(raw["route_id"]), numbers[:, :2], numbers[:, 2], numbers[:, 3], standing)
    except OSError as error:
        raise BadWalkError(f"path file {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise BadWalkError(
            f"path file {path}: not {{route_id, samples: [[e, n, heading, m, standing]]}} ({error})"
        ) from error


def camera_of(walk: Walk, town: Town, index: int, size: tuple[int, int]) -> Camera:
    """The glasses at a sample: the head bobs and sways with the steps, and keeps still while standing."""
    at = aside(town, walk.xy[index], float(walk.route_m[index]))
    stride = 0.0 if walk.standing[index] else 1.0
    step = 2 * np.pi * index * STEP_M / 0.7
    return Camera(
        x_m=float(at[0]),
        y_m=float(at[1]),
        height_m=HEIGHT_M + stride * 0.008 * float(np.sin(step)),
        heading_deg=float(walk.heading_deg[index]) + stride * 0.8 * float(np.sin(step / 2)),
        pitch_deg=PITCH_DEG + stride * 0.35 * float(np.sin(step + 0.7)) + 1.2 * float(np.sin(index / 37)),
        roll_deg=stride * 0.5 * float(np.sin(step / 2 + 0.4)),
        hfov_deg=HFOV_DEG,
        width=size[0],
        height=size[1],
    )


def objects_of(
    town: Town, things: list[Thing], outlines: dict[int, F64], picture: Picture, camera: Camera
) -> list[dict[str, object]]:
    """The truth of what one picture shows within `TRUTH_REACH_M`, nearest first."""
    counts = np.bincount(picture.ids.ravel())
    found: list[tuple[float, dict[str, object]]] = []
    for thing in things:
        if thing.id >= len(counts) or not counts[thing.id]:
            continue
        outline = outlines.get(thing.id)
        outline = footprint(thing.mesh) if outline is None else outline
        distance = nearest_m(outline, camera.x_m, camera.y_m)
        if distance > TRUTH_REACH_M:
            continue
        middle = (outline.min(axis=0) + outline.max(axis=0)) / 2
        found.append((distance, {
            "id": thing.id,
            "cls": thing.cls.value,
            "distance_m": round(distance, 3),
            "bearing_deg": round(camera.bearing_deg(float(middle[0]), float(middle[1])), 2),
            "on_paving": thing.on_paving,
            "box": list(box_of(picture.ids == thing.id)),
            "visible_px": int(counts[thing.id]),
            "encounter": town.encounter_ids.get(thing.id),
        }))  # fmt: skip
    return [entry for _, entry in sorted(found, key=lambda pair: pair[0])]


def film(
    route: Route, walk: Walk, seed: int, size: tuple[int, int], oversample: float, first: int, last: int
) -> Iterator[tuple[Picture, dict[str, object]]]:
    """Picture and truth of the samples `first` .. `last - 1`. Raises `SceneError`."""
    town = build(route, walk.xy, walk.route_m, seed)
    outlines = {thing.id: footprint(thing.mesh) for thing in town.city.things}
    with Renderer(*size, oversample=oversample) as renderer:
        stage = Stage(renderer, town)
        for index in range(first, last):
            camera = camera_of(walk, town, index, size)
            moving = [
                m.thing(town.ways, index)
                for m in town.movers
                if abs(m.meets_at - index) * STEP_M < SIGHT_M / 2
            ]
            batches = stage.seen_from(camera.x_m, camera.y_m, camera.heading_deg)
            extra = renderer.upload([(t.mesh, t.id) for t in moving]) if moving else None
            picture = renderer.render([extra, *batches] if extra else batches, camera, LOOK)
            if extra:
                extra.release()
            truth: dict[str, object] = {
                "frame": index,
                "route_m": round(float(walk.route_m[index]), 3),
                "standing": walk.standing[index],
                "camera": {
                    "east_m": round(camera.x_m, 3), "north_m": round(camera.y_m, 3),
                    "height_m": round(camera.height_m, 4), "heading_deg": round(camera.heading_deg, 3),
                    "pitch_deg": round(camera.pitch_deg, 3), "roll_deg": round(camera.roll_deg, 3),
                },
                "paving_share": round(float((picture.ids == PAVING_ID).mean()), 5),
                "objects": objects_of(town, [*town.city.things, *moving], outlines, picture, camera),
            }  # fmt: skip
            yield picture, truth


@contextmanager
def _text(path: Path) -> Iterator[io.TextIOBase]:
    if path.suffix == ".gz":
        # No file name and no time in the header: the same truth gives the same bytes.
        with (
            path.open("wb") as raw,
            gzip.GzipFile("", "wb", 9, raw, 0) as packed,
            io.TextIOWrapper(packed, "utf-8") as text,
        ):
            yield text
    else:
        with path.open("w", encoding="utf-8") as text:
            yield text


def sidecar(route: Route, frames: int, fps: int, size: tuple[int, int]) -> dict[str, object]:
    """What the device must know of the clip's camera."""
    return {
        "route_id": route.route_id,
        "fps": fps,
        "frames": frames,
        "width": size[0],
        "height": size[1],
        "hfov_deg": HFOV_DEG,
        "camera_height_m": HEIGHT_M,
        "pitch_deg": PITCH_DEG,
        "visible_sha256": visible_sha256(route),
    }


def write(options: argparse.Namespace) -> None:
    """The clip, its truth and its sidecar. Raises `SceneError`."""
    size = parse_size(options.size)
    route = read_route(options.route)
    walk = read_path(options.path)
    if walk.route_id != route.route_id:
        raise BadWalkError(
            f"the path was made for route {walk.route_id!r}, the route file holds {route.route_id!r}"
        )
    last = min(options.last or len(walk.xy), len(walk.xy))
    frames = last - options.first
    if frames < 1:
        raise BadWalkError(f"no samples between {options.first} and {last}")
    parts = film(route, walk, options.seed, size, options.oversample, options.first, last)
    for path in (options.out, options.truth):
        path.parent.mkdir(parents=True, exist_ok=True)
    # Beside the old ones until whole: a walk that fails half way leaves what was there.
    clip_part, truth_part = _unfinished(options.out), _unfinished(options.truth)
    budget = int(options.max_mb * 1e6 * frames / len(walk.xy))
    with Film(clip_part, size, options.fps, frames, budget) as clip, _text(truth_part) as log:
        for done, (picture, truth) in enumerate(parts, start=1):
            clip.add(picture.image)
            log.write(json.dumps(truth, separators=(",", ":")) + "\n")
            if done % 200 == 0 or done == frames:
                sys.stderr.write(f"{done}/{frames}\n")
    clip_part.replace(options.out)
    truth_part.replace(options.truth)
    about = sidecar(route, frames, options.fps, size)
    options.out.with_suffix(".json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


def _unfinished(path: Path) -> Path:
    """The name while it is being written; the ending, which says the format, stays."""
    return path.with_name(f"part-{path.name}")


def main(arguments: list[str] | None = None) -> int:
    """The command; 0, or 2 with one line on what is wrong."""
    parser = argparse.ArgumentParser(prog="python -m vision.scenes.walk", description=__doc__)
    for name in ("--route", "--path", "--out", "--truth"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", default="480x360")
    parser.add_argument("--fps", type=int, default=4)
    parser.add_argument("--oversample", type=float, default=1.25, help="colour is drawn this much larger")
    parser.add_argument("--max-mb", type=float, default=8.8, help="size of the whole clip, 10^6 bytes")
    parser.add_argument("--first", type=int, default=0, help="first sample, for a part of the walk")
    parser.add_argument("--last", type=int, default=0, help="sample to stop before; 0: all")
    options = parser.parse_args(arguments)
    try:
        write(options)
    except (SceneError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
