"""Guide lines in true measure: strips, turns, forks, rows and fields, in any colour and state."""

from dataclasses import dataclass

import numpy as np

from vision.scenes.blocks import BLOCK_M, block_paint
from vision.scenes.layers import Layer
from vision.scenes.local import F64
from vision.scenes.mesh import COL, WEAR, Colour, Mesh, Paint, place, quads, ribbon
from vision.scenes.world import World


@dataclass(frozen=True, slots=True)
class Blocks:
    """One make of blocks in one state: `uneven` is the spread of tone from block to block."""

    colour: Colour
    wear: float
    uneven: float
    missing: float  # share of blocks that have gone
    steel: bool
    z: float = 0.004


def any_blocks(world: World, rng: np.random.Generator, ground: Paint) -> Blocks:
    """Mostly yellow; pale, brown, grey, white, dark, or steel on the ground's own stone."""
    colour, wear = block_paint(rng)
    kind, steel = rng.random(), False
    if kind < 0.1:
        tone = float(rng.uniform(0.75, 0.95)) if kind < 0.04 else float(rng.uniform(0.08, 0.3))
        colour = (tone, tone * 0.99, tone * 0.96)
    elif kind < 0.15:
        colour, steel = ground.colour, True
    elif kind < 0.3:  # ochre, as concrete blocks are
        rgb = np.array([0.84, 0.62, 0.3]) * rng.uniform(0.75, 1.12, 3)
        colour = (float(min(rgb[0], 0.97)), float(rgb[1]), float(rgb[2]))
    missing = float(rng.uniform(0.02, 0.15)) if rng.random() < 0.1 else 0.0
    high, low = max(colour), min(colour)
    if steel or high - low < 0.3 * high or colour[1] < 0.68 * colour[0]:
        world.slices.add("non_yellow")
    if wear > 0.55 or missing:
        world.slices.add("worn")
    return Blocks(colour, 0.0 if steel else wear, float(rng.uniform(0.01, 0.14)), missing, steel)


def _laid(mesh: Mesh, make: Blocks, rng: np.random.Generator) -> Mesh:
    """Blocks of a tone and wear of their own; some have gone."""
    rows = mesh.data.reshape(-1, 6, mesh.data.shape[1]).copy()
    count = len(rows)
    tone = 1 + make.uneven * rng.normal(0, 1, (count, 1, 1)) + 0.02 * rng.normal(0, 1, (count, 1, 3))
    rows[:, :, COL] = np.clip(rows[:, :, COL] * tone, 0.004, 1.0)
    rows[:, :, WEAR] = np.clip(make.wear + 0.15 * rng.normal(0, 1, (count, 1)) * (make.wear > 0.1), 0, 1)
    return Mesh(rows[rng.random(count) >= make.missing].reshape(-1, rows.shape[2]))


def _every_block(line: F64) -> F64:
    """The line with a corner at every block's end."""
    step = np.linalg.norm(np.diff(line, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(step)])
    at = np.arange(0.0, along[-1] + 1e-6, BLOCK_M)
    return np.column_stack([np.interp(at, along, line[:, k]) for k in (0, 1)])


def strip(
    world: World, rng: np.random.Generator, line: F64, make: Blocks, wide: int = 1, dots: bool = False
) -> None:
    """Blocks along a line, `wide` side by side; bars along the way, or dots."""
    if len(line) < 2:  # a run of no length, between two fields of dots that touch
        return
    line = _every_block(line)
    if len(line) < 2:
        return
    bars = Layer.STUD_BARS if make.steel else Layer.BARS
    paint = Paint(make.colour, (Layer.STUD_DOTS if make.steel else Layer.DOTS) if dots else bars)
    for k in range(wide):
        offset = (k - (wide - 1) / 2) * BLOCK_M
        mesh = _laid(ribbon(line, BLOCK_M, make.z, paint, offset), make, rng)
        (world.warning if dots else world.paving).append(mesh)
        side = np.diff(line, axis=0)
        right = np.array([side[0, 1], -side[0, 0]]) / (np.linalg.norm(side[0]) + 1e-9)
        world.lines.append(line + right * offset)


def field(
    world: World, rng: np.random.Generator, at: F64, across: int, along: int, heading_deg: float, make: Blocks
) -> None:
    """Warning blocks, `across` x `along`, their middle at `at`."""
    i, j = (g.ravel() for g in np.meshgrid(np.arange(across), np.arange(along)))
    x, y = (i - across / 2) * BLOCK_M, (j - along / 2) * BLOCK_M
    corners = np.stack(
        [
            np.stack([x + a * BLOCK_M, y + b * BLOCK_M, np.zeros(len(x))], axis=1)
            for a, b in ((0, 0), (1, 0), (1, 1), (0, 1))
        ],
        axis=1,
    )
    flat = quads(corners, Paint(make.colour, Layer.STUD_DOTS if make.steel else Layer.DOTS))
    world.warning.append(
        place(_laid(flat, make, rng), (float(at[0]), float(at[1]), make.z + 0.0005), heading_deg)
    )
    h = np.radians(heading_deg)
    half = np.array([np.cos(h), -np.sin(h)]) * max(across * BLOCK_M / 2 - BLOCK_M / 2, 0.01)
    world.lines.append(np.stack([at - half, at + half]))


def _main_line(rng: np.random.Generator, x: float, start: float, end: float, heading_deg: float) -> F64:
    y = np.arange(start, end + 1e-6, 0.6)
    lean = np.tan(np.radians(heading_deg))
    bow = float(rng.choice([0.0, 0.0, 1.0])) * float(rng.normal(0, 0.02))
    return np.column_stack([x + lean * y + bow * np.maximum(y, 0) ** 2, y])


def guides(
    world: World, rng: np.random.Generator, x: float, edges: tuple[float, float], far: float, ground: Paint
) -> None:
    """The wearer's line with its turns, forks, starts and ends, and another line now and then."""
    make = any_blocks(world, rng, ground)
    kind, wide = rng.random(), 2 if rng.random() < 0.13 else 1
    later = rng.random() < 0.1 and far > 7.0
    start = float(rng.uniform(1.0, 5.0)) if later else -3.0
    whole = kind < 0.42
    end = far if whole else max(start + 1.5, float(rng.uniform(1.5, min(11.0, far))))
    heading = float(rng.normal(0, 3)) if rng.random() < 0.35 else 0.0
    line = _main_line(rng, x, start, end, heading)
    strip(world, rng, line, make, wide)
    if rng.random() < 0.06:  # a place paved all over with dots
        middle = np.array([x, float(rng.uniform(0.5, 4.0))])
        field(world, rng, middle, int(rng.integers(4, 15)), int(rng.integers(3, 14)), heading, make)
    if start > 0:
        field(
            world,
            rng,
            line[0] - (0.0, BLOCK_M / 2 * wide),
            max(2, wide),
            1 + (rng.random() < 0.5),
            heading,
            make,
        )
    if not whole:
        _end(world, rng, line, make, edges, far, kind, wide)
    elif rng.random() < 0.15:  # a row of dots across the line: a driveway, a door
        at = line[rng.integers(len(line) // 4, max(len(line) // 4 + 1, len(line) // 2))]
        field(world, rng, at, int(rng.integers(1, 4)), int(rng.integers(1, 3)), heading, make)
    if rng.random() < 0.08:
        other = float(rng.uniform(*edges)) if edges[1] > edges[0] else x
        strip(world, rng, _main_line(rng, other, -3.0, far, 0.0), make, 1, dots=rng.random() < 0.4)


def _end(
    world: World,
    rng: np.random.Generator,
    line: F64,
    make: Blocks,
    edges: tuple[float, float],
    far: float,
    kind: float,
    wide: int,
) -> None:
    """What the line comes to: a plain stop, a row or field of dots, a turn, a fork, a crossing of lines."""
    if kind < 0.47:
        return
    tip, step = line[-1], line[-1] - line[-2]
    aim = float(np.degrees(np.arctan2(step[0], step[1])))
    ahead = np.array([np.sin(np.radians(aim)), np.cos(np.radians(aim))])
    right = np.array([ahead[1], -ahead[0]])
    if kind < 0.6:
        along = 2 if rng.random() < 0.7 else int(rng.integers(1, 7))
        field(world, rng, tip + ahead * BLOCK_M * along / 2, int(rng.integers(2, 14)), along, aim, make)
        return
    size = max(wide, int(rng.integers(1, 4)))
    middle = tip + ahead * BLOCK_M * size / 2
    field(world, rng, middle, size, size, aim, make)
    arms = ((1,), (-1,), (1, 0), (-1, 0), (1, -1), (1, -1, 0))[rng.integers(6)]
    out = BLOCK_M * size / 2
    for arm in arms:
        way = right * arm if arm else ahead
        room = (edges[arm > 0] - middle[0]) * arm if arm else far - float(middle[1])
        reach = out + max(0.6, min(abs(room), 30.0))
        strip(world, rng, np.stack([middle + way * out, middle + way * reach]), make, wide)
