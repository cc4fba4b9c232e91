"""Light, colour, weather and lens on a training picture. Pure but for the generator passed in."""

import cv2
import numpy as np

from vision.training.recipe import Augment
from vision.types import Image


def recolour(canvas: Image, how: Augment, rng: np.random.Generator) -> Image:
    """The canvas in another light: hue, saturation, brightness, shade, night, glare, blur, noise."""
    out = _cast(_hsv(canvas, how, rng), how.cast, rng)
    if rng.random() < how.shadow:
        out = shaded(out, rng)
    if rng.random() < how.night:
        out = darkened(out, rng)
    elif rng.random() < how.glare:
        out = glared(out, rng)
    if rng.random() < how.blur:
        out = np.asarray(cv2.GaussianBlur(out, (0, 0), rng.uniform(0.4, 1.6)), np.uint8)
    if rng.random() < how.grey:
        grey = cv2.cvtColor(out, cv2.COLOR_BGR2GRAY)
        share = rng.uniform(0.5, 1.0)
        out = np.asarray(cv2.addWeighted(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), share, out, 1 - share, 0))
    return out


def _hsv(canvas: Image, how: Augment, rng: np.random.Generator) -> Image:
    gains = 1 + rng.uniform(-1, 1, 3) * np.array([how.hue, how.saturation, how.value])
    hue, saturation, value = cv2.split(cv2.cvtColor(canvas, cv2.COLOR_BGR2HSV))
    ramp = np.arange(256)
    tables = [(ramp * gains[0]) % 180, (ramp * gains[1]).clip(0, 255), (ramp * gains[2]).clip(0, 255)]
    parts = [cv2.LUT(c, t.astype(np.uint8)) for c, t in zip((hue, saturation, value), tables, strict=True)]
    return np.asarray(cv2.cvtColor(cv2.merge(parts), cv2.COLOR_HSV2BGR), np.uint8)


def _cast(image: Image, most: float, rng: np.random.Generator) -> Image:
    """Each colour by a gain of its own."""
    if not most:
        return image
    ramp = np.arange(256)
    gains = 1 + rng.uniform(-most, most, 3)
    tables = np.stack([(ramp * gain).clip(0, 255) for gain in gains], 1).astype(np.uint8)
    return np.asarray(cv2.LUT(image, tables[None]), np.uint8)


def shaded(image: Image, rng: np.random.Generator) -> Image:
    """Blotches of shade with soft edges, like those of a tree."""
    height, width = image.shape[:2]
    coarse = rng.random((int(rng.integers(3, 14)), int(rng.integers(3, 14)))).astype(np.float32)
    field = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    dark, edge = rng.uniform(0.35, 0.75), rng.uniform(0.02, 0.15)
    lit = 1 / (1 + np.exp(-(field - rng.uniform(0.35, 0.65)) / edge))
    return np.asarray(image * (dark + (1 - dark) * lit)[..., None], np.uint8)


def darkened(image: Image, rng: np.random.Generator) -> Image:
    """Night: dark, warm or cold light, a pool of lamp light, noise of a sensor at its limit."""
    height, width = image.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    at = rng.uniform((0, 0), (width, height))
    pool = np.exp(-(((x - at[0]) / (0.5 * width)) ** 2 + ((y - at[1]) / (0.5 * height)) ** 2))
    light = rng.uniform(0.1, 0.3) + rng.uniform(0.1, 0.5) * pool
    tint = np.array([rng.uniform(0.6, 1.1), 0.95, rng.uniform(0.9, 1.2)], np.float32)
    out = image.astype(np.float32) * light[..., None] * tint
    out += rng.normal(0, rng.uniform(1, 8), (height, width, 1))
    return np.asarray(out.clip(0, 255), np.uint8)


def glared(image: Image, rng: np.random.Generator) -> Image:
    """A low sun in the lens: a veil that washes out contrast around one point."""
    height, width = image.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    at = rng.uniform((0, -0.2 * height), (width, 0.6 * height))
    near = np.exp(-np.hypot(x - at[0], y - at[1]) / (rng.uniform(0.2, 0.6) * width))
    veil = (rng.uniform(0.3, 0.9) * near)[..., None]
    return np.asarray((image * (1 - veil) + 255 * veil).clip(0, 255), np.uint8)
