"""What a lens sees of scripted encounters, by geometry and size alone: `python -m vision.encounters.sight`.

Two tables. From where on the ground is in the picture, and how many of the things that would be touched are
in it early enough, by kind: no detector and no judgement can tell of the others in time. And what a wide lens
costs: the chance that the measured detector finds a thing at some distance in one frame, as things are
smaller in a picture that holds more.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf, sqrt

from vision.camera import Camera
from vision.encounters.eye import View, assumed_camera, glimpse, view_of
from vision.encounters.failing import COCO_SIDE, ModelFigures
from vision.encounters.figures import Figures, read_figures
from vision.encounters.gait import Head
from vision.encounters.scripts import SIZES, draw
from vision.encounters.world import Kind, Thing
from vision.errors import VisionError
from vision.types import ObjectClass

# Speech and 1.5 s to spare take 4 s; three frames and the computer, half a second.
NEEDED_S = 4.5
STILL = Head(0.0, 0.0, 0.0, 0.0)
ASKED = (ObjectClass.PERSON, ObjectClass.POLE, ObjectClass.BOLLARD, ObjectClass.SIGN)
AHEAD_M = (2.0, 4.0, 6.0, 8.0)


@dataclass(frozen=True, slots=True)
class Worn:
    """A lens to compare and its name."""

    name: str
    camera: Camera


# The default; the Raspberry Pi Camera Module 3 Wide as 4:3, cut out of its 16:9 sensor, and whole; 90 and 102
# degrees at 4:3; a wide USB camera, straight as the reckoning has it and bent as such lenses are.
LENSES = (
    Worn("70", assumed_camera(70.0)),
    Worn("86", assumed_camera(86.0)),
    Worn("90", assumed_camera(90.0)),
    Worn("102 16:9", assumed_camera(102.0, (640, 360))),
    Worn("102", assumed_camera(102.0)),
    Worn("120", assumed_camera(120.0)),
    Worn("120 fisheye", assumed_camera(120.0, bent=True)),
)


def in_view(camera: Camera, n: int, seed: int, figures: Figures) -> dict[Kind, tuple[int, int]]:
    """By kind: things to be touched that are in the picture `NEEDED_S` before, and how many there are."""
    seen: Counter[Kind] = Counter()
    whole: Counter[Kind] = Counter()
    for number in range(n):
        encounter = draw(seed, number, figures.world)
        for thing, contact_s in encounter.contacts.items():
            at = max(contact_s - NEEDED_S, 0.0)
            view = view_of(encounter, at, STILL, camera)
            whole[encounter.kind] += 1
            seen[encounter.kind] += glimpse(encounter.things[thing], at, view) is not None
    return {kind: (seen[kind], whole[kind]) for kind in Kind if whole[kind]}


def nearest_ground_m(camera: Camera) -> float:
    """How far ahead the ground enters the picture below; what stands nearer has its foot outside."""
    point = camera.ground(camera.width / 2, camera.height)
    return inf if point is None else point[1]


def found(camera: Camera, cls: ObjectClass, ahead_m: float, model: ModelFigures) -> float:
    """The chance that a thing straight ahead is found in a frame, 0..1; 0 where it is not in the picture."""
    wide, deep, tall = SIZES[cls]
    thing = Thing(0, cls, 0.0, ahead_m + deep / 2, wide, deep, tall)
    there = glimpse(thing, 0.0, View(camera, 0.0, 0.0, 0.0))
    if there is None:
        return 0.0
    x1, y1, x2, y2 = there.box
    return model.chance(cls, sqrt((x2 - x1) * (y2 - y1)) * COCO_SIDE / max(camera.size))


def table(n: int, seed: int, figures: Figures) -> Iterator[str]:
    """Both tables, a line at a time."""
    yield f"{NEEDED_S:g} 秒前に画面の中 / in the picture {NEEDED_S:g} s before contact: n {n}, seed {seed}"
    rows = {lens.name: in_view(lens.camera, n, seed, figures) for lens in LENSES}
    kinds = list(next(iter(rows.values())))
    yield f"{'lens':<12}{'vfov':>6}{'ground':>8}" + "".join(f"{kind:>13}" for kind in kinds) + f"{'all':>13}"
    for lens in LENSES:
        row = rows[lens.name]
        cells = [*row.values(), tuple(map(sum, zip(*row.values(), strict=True)))]
        told = "".join(f"{f'{a / b:.2f} ({b})':>13}" for a, b in cells)
        down, from_m = lens.camera.field_of_view_deg[1], nearest_ground_m(lens.camera)
        yield f"{lens.name:<12}{down:>5.0f}°{from_m:>6.1f} m{told}"
    yield ""
    yield "一枚で見つかる見込み / chance to be found in a frame, straight ahead"
    yield f"{'lens':<12}" + "".join(f"{f'{cls} {m:g} m':>13}" for cls in ASKED for m in AHEAD_M)
    for lens in LENSES:
        chances = [found(lens.camera, cls, m, figures.model) for cls in ASKED for m in AHEAD_M]
        yield f"{lens.name:<12}" + "".join(f"{chance:>13.2f}" for chance in chances)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print both tables; 2 with one line where the figures cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m vision.encounters.sight", description=__doc__)
    parser.add_argument("--n", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args(arguments)
    try:
        for line in table(asked.n, asked.seed, read_figures()):
            sys.stdout.write(line + "\n")
    except VisionError as error:
        print(f"shirube: {error}", file=sys.stderr)  # noqa: T201
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
