"""Cars: a lofted body, a glass house, wheels and lights. They point to +y."""

from dataclasses import dataclass

import numpy as np

from vision.scenes.layers import Layer
from vision.scenes.mesh import Colour, Mesh, Paint, Point, box, disc, join, loft, quad, ring, tube

_COLOURS: tuple[Colour, ...] = (
    (0.92, 0.92, 0.93), (0.92, 0.92, 0.93), (0.12, 0.12, 0.13), (0.6, 0.62, 0.64), (0.35, 0.37, 0.4),
    (0.55, 0.08, 0.08), (0.12, 0.2, 0.4), (0.72, 0.8, 0.78), (0.85, 0.78, 0.6), (0.3, 0.2, 0.16),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shape:
    """Metres: outline of a car seen from the side. The glass house runs from `back` to `front`."""

    length: float
    width: float
    belt: float
    roof: float
    bonnet: float
    house: tuple[float, float, float, float]  # y of: rear base, rear top, front top, front base


SHAPES = (
    Shape(3.39, 1.47, 0.92, 1.62, 0.9, (-1.62, -1.5, 0.72, 1.25)),  # kei wagon
    Shape(3.39, 1.47, 0.95, 1.78, 1.0, (-1.66, -1.6, 0.85, 1.35)),  # tall kei
    Shape(4.1, 1.69, 0.92, 1.5, 0.9, (-1.85, -1.35, 0.3, 1.05)),  # hatchback
    Shape(4.6, 1.76, 0.93, 1.44, 0.88, (-1.75, -0.95, 0.15, 1.0)),  # sedan
    Shape(4.7, 1.74, 1.0, 1.86, 1.05, (-2.3, -2.2, 1.1, 1.75)),  # van
)


def _section(y: float, half: float, low: float, high: float, tuck: float) -> list[Point]:
    return [
        (-half + tuck, y, low), (half - tuck, y, low), (half, y, low + 0.16), (half, y, high - 0.14),
        (half - 0.07, y, high), (-half + 0.07, y, high), (-half, y, high - 0.14), (-half, y, low + 0.16),
    ]  # fmt: skip


def _body(shape: Shape, paint: Paint) -> Mesh:
    end, half = shape.length / 2, shape.width / 2
    front_base = shape.house[3]
    rows = [
        (-end, half * 0.86, 0.36, shape.belt * 0.82),
        (-end + 0.1, half * 0.95, 0.26, shape.belt * 0.98),
        (-end + 0.4, half, 0.22, shape.belt),
        (front_base, half, 0.22, shape.belt),
        (end - 0.35, half * 0.98, 0.22, shape.bonnet * 0.9),
        (end - 0.08, half * 0.9, 0.26, shape.bonnet * 0.78),
        (end, half * 0.8, 0.34, shape.bonnet * 0.66),
    ]
    sections = [_section(y, w, low, high, 0.06) for y, w, low, high in rows]
    first, last = sections[0], sections[-1]
    caps = []
    for face, order in ((first, 1), (last, -1)):
        ring_of = face[::order]
        caps += [
            quad((ring_of[0], ring_of[1], ring_of[2], ring_of[7]), paint),
            quad((ring_of[7], ring_of[2], ring_of[3], ring_of[6]), paint),
            quad((ring_of[6], ring_of[3], ring_of[4], ring_of[5]), paint),
        ]
    return join(loft(sections, paint), *caps)


def _house(shape: Shape, paint: Paint) -> Mesh:
    half, roof_half = shape.width / 2 - 0.06, shape.width / 2 - 0.2
    b0, t0, t1, b1 = shape.house
    z0, z1 = shape.belt - 0.03, shape.roof
    glass = Paint((0.07, 0.085, 0.1), Layer.GLASS)
    base = [(-half, b0, z0), (half, b0, z0), (half, b1, z0), (-half, b1, z0)]
    top = [(-roof_half, t0, z1), (roof_half, t0, z1), (roof_half, t1, z1), (-roof_half, t1, z1)]
    parts = [loft([base, top], glass)]
    cap = [(x * 0.8, t0 + (y - t0) * 0.97 + 0.02, z1 + 0.05) for x, y, _ in top]
    parts += [loft([top, cap], paint), quad((cap[0], cap[1], cap[2], cap[3]), paint)]
    for foot, head in zip(base, top, strict=True):
        parts.append(tube(foot, head, 0.05, 0.04, paint, 5))
    middle = (t0 + t1) / 2
    for side in (-1, 1):
        parts.append(
            tube(
                (side * half, (b0 + b1) / 2 - 0.05, z0), (side * roof_half, middle, z1), 0.04, 0.035, paint, 5
            )
        )
        parts.append(tube((side * roof_half, t0, z1), (side * roof_half, t1, z1), 0.05, 0.05, paint, 5))
        parts.append(box((side * (half + 0.13), b1 - 0.25, z0 + 0.08), (0.16, 0.08, 0.12), paint))
    return join(*parts)


def _details(shape: Shape) -> Mesh:
    end, half = shape.length / 2, shape.width / 2
    dark, rubber = Paint((0.07, 0.07, 0.075)), Paint((0.05, 0.05, 0.055))
    rim = Paint((0.7, 0.71, 0.73), Layer.LACQUER)
    clear, red = Paint((0.95, 0.95, 0.92), Layer.LACQUER), Paint((0.75, 0.06, 0.05), Layer.LACQUER)
    parts = [
        box((0, end - 0.01, 0.42), (half * 1.1, 0.05, 0.16), dark),
        box((0, end + 0.02, 0.42), (0.33, 0.02, 0.16), Paint((0.95, 0.95, 0.93))),
        box((0, -end - 0.01, 0.55), (0.33, 0.03, 0.16), Paint((0.95, 0.95, 0.93))),
        box((0, -end + 0.02, 0.34), (half * 1.5, 0.06, 0.14), dark),
    ]
    for side in (-1, 1):
        x = side * half * 0.68
        parts += [
            box((x, end - 0.1, shape.bonnet * 0.7), (0.32, 0.14, 0.13), clear),
            box((side * half * 0.78, -end + 0.03, shape.belt * 0.78), (0.2, 0.1, 0.22), red),
            box((side * (half + 0.002), -0.05, shape.belt - 0.24), (0.015, 0.14, 0.03), dark),
            box((side * (half + 0.001), 0.28, shape.belt * 0.58), (0.006, 0.015, shape.belt * 0.6), dark),
        ]
        for y in (-end + 0.7, end - 0.68):
            at: Point = (side * (half - 0.08), y, 0.3)
            parts += [
                ring(at, 0.23, 0.075, rubber, 18, 6),
                disc((side * (half + 0.004), y, 0.3), 0.36, dark),
                disc((side * (half + 0.012), y, 0.3), 0.3, rubber),
                disc((side * (half + 0.02), y, 0.3), 0.19, rim),
            ]
    return join(*parts)


def car(rng: np.random.Generator, kind: int | None = None) -> Mesh:
    """A parked car of a common Japanese shape; `kind` indexes `SHAPES`."""
    shape = SHAPES[int(rng.integers(len(SHAPES))) if kind is None else kind]
    paint = Paint(_COLOURS[rng.integers(len(_COLOURS))], Layer.LACQUER)
    return join(_body(shape, paint), _house(shape, paint), _details(shape))
