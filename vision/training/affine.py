"""Where a picture lies on the canvas: windows and 2 x 3 matrices from picture to canvas pixels. Pure."""

import numpy as np
import numpy.typing as npt

from vision.training.recipe import Augment

Affine = npt.NDArray[np.float64]
Window = tuple[int, int, int, int]  # x1, y1, x2, y2


def mosaic_windows(size: tuple[int, int], rng: np.random.Generator) -> list[Window]:
    """Four windows that share a random corner point."""
    w, h = size
    x, y = int(rng.uniform(0.3, 0.7) * w), int(rng.uniform(0.3, 0.7) * h)
    return [(0, 0, x, y), (x, 0, w, y), (0, y, x, h), (x, y, w, h)]


def plain_affine(picture: tuple[int, int], window: Window, flip: bool) -> Affine:
    """The run-time letterbox, mirrored or not; `picture` is (width, height)."""
    w, h = picture
    x1, y1, x2, y2 = window
    scale = min((x2 - x1) / w, (y2 - y1) / h)
    sx = -scale if flip else scale
    cx, cy = (x1 + x2) / 2, (y1 + y2) / 2
    return np.array([[sx, 0, cx - sx * w / 2], [0, scale, cy - scale * h / 2]], np.float64)


def random_affine(picture: tuple[int, int], window: Window, how: Augment, rng: np.random.Generator) -> Affine:
    """Scale, turn, mirror and shift; large scales cut people at the waist, as a downward camera does."""
    w, h = picture
    x1, y1, x2, y2 = window
    # between fitting and covering the window
    fit = np.sqrt((x2 - x1) * (y2 - y1) / (w * h)) * np.exp(rng.uniform(*np.log(how.scale)))
    stretch = np.exp(rng.uniform(-0.12, 0.12))
    angle = np.deg2rad(rng.uniform(-how.rotate_deg, how.rotate_deg))
    sx = fit * stretch * (-1 if rng.random() < 0.5 else 1)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = turn @ np.diag([sx, fit / stretch])
    # the picture's centre may wander as far as the window still shows half of the smaller of the two
    slack = np.abs(np.array([w * fit - (x2 - x1), h * fit - (y2 - y1)])) / 2
    centre = np.array([x1 + x2, y1 + y2]) / 2 + rng.uniform(-1, 1, 2) * (slack + 12)
    return np.hstack([linear, (centre - linear @ np.array([w / 2, h / 2]))[:, None]])


def moved(points: npt.NDArray[np.floating], matrix: Affine) -> npt.NDArray[np.float64]:
    """N x 2 picture points on the canvas."""
    return np.asarray(points @ matrix[:, :2].T + matrix[:, 2], np.float64)
