"""Guide blocks and crossing stripes: the marks on the ground that the wearer follows."""

import numpy as np

from vision.scenes.layers import Layer
from vision.scenes.local import F64
from vision.scenes.mesh import Colour, Mesh, Paint, join, place, quad, ribbon

BLOCK_M = 0.3  # JIS T 9251
_YELLOW: Colour = (0.93, 0.71, 0.13)


def block_paint(rng: np.random.Generator) -> tuple[Colour, float]:
    """Colour and wear of guide blocks: most yellow, some pale, brownish or grey."""
    choice, wear = rng.random(), float(rng.beta(1.2, 2.2))
    if choice < 0.72:
        colour = np.asarray(_YELLOW) * rng.uniform(0.8, 1.08) + rng.normal(0, 0.025, 3)
    elif choice < 0.84:
        colour = np.array([0.9, 0.83, 0.55]) * rng.uniform(0.8, 1.05)
    elif choice < 0.93:
        colour = np.array([0.72, 0.5, 0.25]) * rng.uniform(0.8, 1.1)
    else:
        colour = np.array([0.6, 0.6, 0.59]) * rng.uniform(0.7, 1.25)
        wear *= 0.4
    r, g, b = np.clip(colour, 0.03, 0.97)
    return (float(r), float(g), float(b)), wear


def strip(line: F64, z: float, colour: Colour, wear: float) -> Mesh:
    """One line of guiding blocks, 30 cm wide, bars along the way."""
    return ribbon(line, BLOCK_M, z, Paint(colour, Layer.BARS, wear))


def dot_field(
    at: tuple[float, float],
    across: int,
    along: int,
    heading_deg: float,
    z: float,
    colour: Colour,
    wear: float,
) -> Mesh:
    """A field of warning blocks, `across` x `along` blocks, its middle at `at`."""
    w, h = across * BLOCK_M / 2, along * BLOCK_M / 2
    flat = quad(((-w, -h, 0), (w, -h, 0), (w, h, 0), (-w, h, 0)), Paint(colour, Layer.DOTS, wear))
    return place(flat, (at[0], at[1], z), heading_deg)


def straight(x: float, y0: float, y1: float) -> F64:
    """A line along y."""
    return np.array([[x, y0], [x, y1]], np.float64)


def zebra(width: float, length: float, z: float) -> Mesh:
    """Stripes of a crossing walked along +y from 0 to `length`: 45 cm on, 45 cm off, each along y."""
    paint = Paint((0.9, 0.9, 0.88), Layer.PAINT)
    xs = np.arange(-width / 2 + 0.225, width / 2, 0.9)
    return join(*[ribbon(straight(float(x), 0.0, length), 0.45, z, paint) for x in xs])
