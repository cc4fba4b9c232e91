"""One texture layer while it is being drawn: albedo, tint, height, gloss and glow as arrays."""

import numpy as np
import numpy.typing as npt

from vision.scenes.layers import TILE_M, Layer

F32 = npt.NDArray[np.float32]
SIZE = 256


def noise(rng: np.random.Generator, octaves: tuple[int, ...], size: int = SIZE) -> F32:
    """Tileable smooth noise, mean 0.5, of the given grid sizes, coarse first."""
    total, weight = np.zeros((size, size)), 0.0
    axis = np.arange(size) / size
    for k, cells in enumerate(octaves):
        grid = rng.random((cells, cells))
        x = axis * cells
        i, f = x.astype(int), x - np.floor(x)
        f = f * f * (3 - 2 * f)
        j = (i + 1) % cells
        rows = grid[i] * (1 - f)[:, None] + grid[j] * f[:, None]
        total += (rows[:, i] * (1 - f) + rows[:, j] * f) / 1.6**k
        weight += 1 / 1.6**k
    return (total / weight).astype(np.float32)


class Canvas:
    """One layer while it is being drawn; `x`, `y` run over the tile in metres."""

    def __init__(self, layer: Layer, rng: np.random.Generator) -> None:
        self.rng = rng
        self.w, self.h = TILE_M[layer]
        axis = (np.arange(SIZE, dtype=np.float32) + 0.5) / SIZE
        self.x, self.y = np.meshgrid(axis * self.w, axis * self.h)
        self.rgb = np.ones((SIZE, SIZE, 3), np.float32)
        self.tint = np.ones((SIZE, SIZE), np.float32)
        self.height = np.zeros((SIZE, SIZE), np.float32)  # metres
        self.gloss = np.zeros((SIZE, SIZE), np.float32)
        self.glow = np.zeros((SIZE, SIZE), np.float32)

    def shade(self, factor: npt.NDArray[np.floating] | float) -> None:
        """Multiply the albedo."""
        self.rgb *= np.broadcast_to(np.asarray(factor, np.float32), (SIZE, SIZE))[..., None]

    def fill(
        self, where: npt.NDArray[np.bool_], colour: tuple[float, float, float], tint: float = 0.0
    ) -> None:
        """Give an area a colour of its own (sRGB)."""
        self.rgb[where] = np.asarray(colour, np.float32) ** 2.2
        self.tint[where] = tint

    def packed(self) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
        """Albedo and surface as RGBA bytes."""
        dx = (np.roll(self.height, -1, 1) - np.roll(self.height, 1, 1)) / (2 * self.w / SIZE)
        dy = (np.roll(self.height, -1, 0) - np.roll(self.height, 1, 0)) / (2 * self.h / SIZE)
        inverse = 1 / np.sqrt(1 + dx * dx + dy * dy)
        surface = np.stack([0.5 - dx * inverse / 2, 0.5 - dy * inverse / 2, self.gloss, self.glow], axis=2)
        albedo = np.dstack([self.rgb, self.tint])
        return _bytes(albedo), _bytes(surface)


def _bytes(values: F32) -> npt.NDArray[np.uint8]:
    return (np.clip(values, 0, 1) * 255 + 0.5).astype(np.uint8)


def near_joint(v: npt.NDArray[np.floating], pitch: float, width: float) -> npt.NDArray[np.bool_]:
    """Where a coordinate lies within half `width` of a multiple of `pitch`."""
    t = np.mod(v + width / 2, pitch)
    return np.asarray(t < width)
