"""The texture layers, drawn by arithmetic.

Albedo: colour, and how much the vertex colour tints it. Surface: normal x, normal y, gloss, and glow
(coverage for foliage).

Relief of the guide blocks after JIS T 9251: height 5 mm, flanks at 45 degrees.
"""

from collections.abc import Callable

import numpy as np

from vision.scenes import patterns
from vision.scenes.canvas import F32, SIZE, Canvas, near_joint, noise
from vision.scenes.layers import Layer


def _asphalt(c: Canvas) -> None:
    c.shade(0.72 + 0.28 * noise(c.rng, (64, 128)) + 0.25 * (noise(c.rng, (128,)) - 0.5))
    c.height = 0.003 * noise(c.rng, (96, 128))


def _slab(c: Canvas) -> None:
    column, row = (c.x / 0.3).astype(int), (c.y / 0.3).astype(int)
    tone = c.rng.uniform(0.86, 1.0, (4, 4)).astype(np.float32)
    c.shade(tone[row % 4, column % 4] * (0.85 + 0.3 * noise(c.rng, (32, 96, 128)) - 0.05))
    joint = near_joint(c.x, 0.3, 0.012) | near_joint(c.y, 0.3, 0.012)
    c.shade(np.where(joint, 0.5, 1.0).astype(np.float32))
    c.height = np.where(joint, -0.003, 0.0).astype(np.float32) + 0.0008 * noise(c.rng, (128,))


def _brick(c: Canvas) -> None:
    row = (c.y / 0.1).astype(int)
    x = c.x + 0.1 * (row % 2)
    column = (x / 0.2).astype(int) % 4
    tone = c.rng.uniform(0.72, 1.0, (8, 4)).astype(np.float32)
    c.shade(tone[row % 8, column] * (0.85 + 0.3 * noise(c.rng, (48, 128)) - 0.05))
    joint = near_joint(x, 0.2, 0.01) | near_joint(c.y, 0.1, 0.01)
    c.shade(np.where(joint, 0.5, 1.0).astype(np.float32))
    c.height = np.where(joint, -0.004, 0.0).astype(np.float32)


def _block(c: Canvas, distance_from_top: F32) -> None:
    """Relief of a guide block: 5 mm high, flanks 5 mm wide; dirt gathers between, tops are rubbed."""
    c.height = 0.005 * np.clip(1 - distance_from_top / 0.005, 0, 1)
    raised = c.height / 0.005
    c.shade(0.88 + 0.12 * raised + 0.16 * (noise(c.rng, (16, 64, 128)) - 0.5))
    c.gloss += 0.06 * raised
    joint = near_joint(c.x, 0.3, 0.006) | near_joint(c.y, 0.3, 0.006)
    c.shade(np.where(joint, 0.45, 1.0).astype(np.float32))


def _bars(c: Canvas) -> None:
    """Four bars 75 mm apart, 17 mm wide and 270 mm long at the top."""
    across = np.abs(np.mod(c.x, 0.075) - 0.0375) - 0.0085
    along = np.abs(c.y - 0.15) - 0.135
    _block(c, np.maximum(0, np.maximum(across, along)))


def _dots(c: Canvas) -> None:
    """Five by five dots 60 mm apart (JIS: 55 to 60), 12 mm across at the top."""
    dx, dy = np.mod(c.x, 0.06) - 0.03, np.mod(c.y, 0.06) - 0.03
    _block(c, np.maximum(0, np.hypot(dx, dy) - 0.006))


def _concrete(c: Canvas) -> None:
    c.shade(0.86 + 0.28 * (noise(c.rng, (4, 16, 64, 128)) - 0.5) + 0.06)
    c.height = 0.0008 * noise(c.rng, (64, 128))


def _windows(c: Canvas) -> None:
    c.shade(0.93 + 0.1 * (noise(c.rng, (32, 128)) - 0.5))
    frame = (np.abs(c.x - 1.35) < 0.92) & (np.abs(c.y - 1.65) < 0.82)
    pane = (np.abs(c.x - 1.35) < 0.86) & (np.abs(c.y - 1.65) < 0.76) & (np.abs(c.x - 1.35) > 0.03)
    c.fill(frame, (0.75, 0.76, 0.78))
    c.fill(pane, (0.2, 0.24, 0.28))
    c.rgb[pane] *= (0.6 + 0.9 * (c.y[pane] - 0.8) / 1.6)[:, None]
    c.fill(pane & (c.x > 1.4) & (c.x < 1.75), (0.62, 0.6, 0.55))  # a curtain
    sill = (np.abs(c.y - 0.8) < 0.05) & (np.abs(c.x - 1.35) < 1.0)
    c.shade(np.where(sill, 0.8, 1.0).astype(np.float32))
    c.shade(np.where(c.y < 0.07, 0.75, 1.0).astype(np.float32))  # the line between floors
    c.gloss[pane], c.glow[pane] = 0.35, 0.8


def _curtain(c: Canvas) -> None:
    mullion = near_joint(c.x, 1.5, 0.09) | near_joint(c.y, 2.0, 0.11)
    c.fill(~mullion, (0.3, 0.38, 0.42), 0.35)
    c.fill(mullion, (0.72, 0.74, 0.76), 0.2)
    c.gloss[~mullion], c.glow[~mullion] = 0.6, 0.5


def _shop(c: Canvas) -> None:
    fascia, glass = c.y > 2.65, (c.y > 0.35) & (c.y < 2.5) & (np.abs(c.x - 2.0) < 1.85)
    c.shade(np.where(fascia, 1.0, 0.55).astype(np.float32))
    c.fill(glass, (0.3, 0.31, 0.32))
    # Dim shelves behind the pane: rows of small things, darker towards the top.
    goods = glass & (c.y < 1.7) & (np.mod(c.y, 0.36) > 0.06)
    things = c.rng.uniform(0.08, 0.5, (6, 36, 1)) * c.rng.uniform(0.6, 1.0, (6, 36, 3))
    row, column = np.clip((c.y / 0.36).astype(int), 0, 5), np.clip((c.x / 0.115).astype(int), 0, 35)
    lit = np.clip(1.1 - 0.4 * c.y, 0.2, 1.0)[..., None]
    c.rgb[goods] = ((things.astype(np.float32)[row, column] ** 2.0) * lit * 0.8 + 0.02)[goods]
    c.fill(glass & (np.abs(np.mod(c.x - 0.15, 1.233)) < 0.05), (0.6, 0.6, 0.6))
    c.gloss[glass], c.glow[glass] = 0.3, 1.0


def _plaster(c: Canvas) -> None:
    joint = near_joint(c.x, 0.15, 0.008) | near_joint(c.y, 0.05, 0.006)
    c.shade(np.where(joint, 0.82, 1.0).astype(np.float32) * (0.9 + 0.2 * (noise(c.rng, (24, 128)) - 0.3)))
    c.height = np.where(joint, -0.002, 0.0).astype(np.float32)


def _foliage(c: Canvas) -> None:
    leaves = noise(c.rng, (16, 32, 64))
    c.shade(0.45 + 1.1 * noise(c.rng, (24, 48)) * 0.8)
    c.glow = (leaves > 0.47).astype(np.float32)
    c.height = 0.04 * noise(c.rng, (32, 64))


def _grass(c: Canvas) -> None:
    c.shade(0.5 + 0.8 * noise(c.rng, (8, 64, 128)))
    c.height = 0.02 * noise(c.rng, (96, 128))


def _paint(c: Canvas) -> None:
    chips = noise(c.rng, (8, 32, 96))
    c.fill(chips > 0.7, (0.4, 0.4, 0.41))
    c.shade(0.9 + 0.2 * (noise(c.rng, (64, 128)) - 0.5))


def _glass(c: Canvas) -> None:
    c.gloss += 0.75


def _lacquer(c: Canvas) -> None:
    c.gloss += 0.22


def _panel(c: Canvas) -> None:
    band = (np.abs(c.x - 0.45) < 0.3) & (np.abs(np.mod(c.y, 0.225) - 0.11) < 0.05)
    ragged = noise(c.rng, (16, 32)) > 0.42
    c.fill(band & ragged, (0.95, 0.95, 0.93))
    c.shade(np.where((np.abs(c.x - 0.45) > 0.42) | (np.abs(c.y - 0.45) > 0.43), 0.6, 1.0).astype(np.float32))


def _shutter(c: Canvas) -> None:
    c.shade((0.8 + 0.2 * np.sin(c.y * 2 * np.pi / 0.1)).astype(np.float32))
    c.height = (0.004 * np.sin(c.y * 2 * np.pi / 0.1)).astype(np.float32)


def _wood(c: Canvas) -> None:
    c.shade(
        0.7 + 0.5 * np.repeat(noise(c.rng, (32, 64))[:1], SIZE, axis=0) * (0.8 + 0.4 * noise(c.rng, (8, 16)))
    )
    c.shade(np.where(near_joint(c.x, 0.15, 0.01), 0.5, 1.0).astype(np.float32))


_DRAW: dict[Layer, Callable[[Canvas], None]] = {
    Layer.ASPHALT: _asphalt,
    Layer.SLAB: _slab,
    Layer.BRICK: _brick,
    Layer.BARS: _bars,
    Layer.DOTS: _dots,
    Layer.CONCRETE: _concrete,
    Layer.WINDOWS: _windows,
    Layer.CURTAIN: _curtain,
    Layer.SHOP: _shop,
    Layer.PLASTER: _plaster,
    Layer.FOLIAGE: _foliage,
    Layer.GRASS: _grass,
    Layer.PAINT: _paint,
    Layer.GLASS: _glass,
    Layer.LACQUER: _lacquer,
    Layer.PANEL: _panel,
    Layer.SHUTTER: _shutter,
    Layer.WOOD: _wood,
    **patterns.DRAW,
}


def bake() -> tuple[bytes, bytes]:
    """Albedo and surface of every layer in order, ready for a texture array. Always the same."""
    albedo, surface = [], []
    for layer in Layer:
        canvas = Canvas(layer, np.random.default_rng(9251 + layer))
        if layer in _DRAW:
            _DRAW[layer](canvas)
        one, two = canvas.packed()
        albedo.append(one)
        surface.append(two)
    return np.stack(albedo).tobytes(), np.stack(surface).tobytes()
