"""Faults put into good pictures on purpose: what a lens, a hand, a sensor and a driver do when they fail.

Each optical fault is drawn first and the sensor's grain after it, as in a camera: a covered lens is even,
its picture is not.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from vision.faults import BLURRED, COVERED, DARK, FROZEN, OVEREXPOSED, UNDECODABLE
from vision.types import Image

GRAIN = 2.0  # 8-bit levels, one sigma a pixel: a phone by day
SLOWLY_S = 1.5  # from nothing to the whole fault, where it comes slowly
HELD = 4  # pictures that a stuck driver still has

Grid = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Moment:
    """What a fault may draw on. `strength` 0 (nothing) to 1 (whole); `held`: the last good pictures."""

    image: Image
    strength: float
    number: int  # of the picture since the fault began
    held: tuple[Image, ...]
    rng: np.random.Generator


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind. `reasons`: what it may rightly be called."""

    name: str
    reasons: frozenset[str]
    draw: Callable[[Moment], Image | None]  # None: the picture cannot be decoded
    slowly: bool = False


_GRAIN = np.random.default_rng(3).normal(0.0, GRAIN, 1 << 20).astype(np.float32)


def sensor(picture: Grid | Image, rng: np.random.Generator) -> Image:
    """The picture with grain of luminance, never twice the same (grain of colour is not looked at)."""
    height, width = picture.shape[:2]
    begin = int(rng.integers(0, _GRAIN.size))
    grain = np.resize(np.roll(_GRAIN, begin)[: height * width], (height, width))
    return np.asarray(np.clip(picture + grain[:, :, None], 0, 255), np.uint8)


def _mix(under: Image, over: Grid, share: Grid | float) -> Grid:
    weight = np.asarray(share, np.float32)
    weight = weight[:, :, None] if weight.ndim == 2 else weight
    return np.asarray(under * (1.0 - weight) + over * weight, np.float32)


def _axes(image: Image) -> tuple[Grid, Grid]:
    """Across and down, 0 to 1."""
    height, width = image.shape[:2]
    across, down = np.meshgrid(
        np.linspace(0, 1, width, dtype=np.float32), np.linspace(0, 1, height, dtype=np.float32)
    )
    return across, down


def _frozen(m: Moment) -> Image:
    return m.held[-1]


def _frozen_with_clock(m: Moment) -> Image:
    """The stream stands still, the clock that the camera draws into it goes on."""
    picture = m.held[-1].copy()
    picture[4:16, 4:60] = 0
    cv2.putText(picture, f"{m.number:06d}", (5, 14), cv2.FONT_HERSHEY_PLAIN, 0.8, (255, 255, 255))
    return picture


def _loop(m: Moment) -> Image:
    """The driver hands out its buffers in turn, and none is filled any more."""
    return m.held[m.number % len(m.held)]


def _dark(m: Moment) -> Image:
    return sensor(np.asarray(m.image * (1.0 - 0.97 * m.strength), np.float32), m.rng)


def _slid(m: Moment, over: Grid, whole: float = 1.0) -> Image:
    """`over` slides in from the right, its edge out of focus; `whole` 0.85 leaves a tenth free."""
    across, _ = _axes(m.image)
    edge = 1.0 - m.strength * (whole + 0.1) + 0.05
    return sensor(_mix(m.image, over, np.clip((across - edge) / 0.1 + 0.5, 0.0, 1.0)), m.rng)


def _skin(image: Image) -> Grid:
    across, down = _axes(image)
    return np.stack([28 + 12 * across, 38 + 14 * down, 115 + 45 * across], axis=2)


def _finger(m: Moment) -> Image:
    return _slid(m, _skin(m.image))


def _finger_leaving_a_rim(m: Moment) -> Image:
    return _slid(m, _skin(m.image), 0.85)


def _plain_cloth(m: Moment) -> Image:
    _, down = _axes(m.image)
    return _slid(m, np.repeat((52 + 16 * down)[:, :, None], 3, axis=2))


def _patterned_cloth(m: Moment) -> Image:
    """Folds and checks a few millimetres before the lens: far out of focus."""
    across, down = _axes(m.image)
    sway = 0.3 * m.number
    checks = 14 * np.sin(22 * across + sway) * np.sin(15 * down) + 18 * np.sin(7 * (across + down) + sway)
    return _slid(m, np.stack([70 + checks, 62 + 0.8 * checks, 84 + 0.6 * checks], axis=2).astype(np.float32))


def _paper(m: Moment) -> Image:
    """White and even, lit from above: a leaflet or a wet leaf of tissue that the wind put there."""
    _, down = _axes(m.image)
    return _slid(m, np.repeat((214 - 12 * down)[:, :, None], 3, axis=2))


def _softened(image: Image, across_share: float, down_share: float) -> Grid:
    """Blur by so much of the picture's width. At a quarter of the size: the same to the eye, and quick."""
    width, height = image.shape[1], image.shape[0]
    small = cv2.resize(image, (width // 4, height // 4), interpolation=cv2.INTER_AREA).astype(np.float32)
    sigma = width / 4
    soft = cv2.GaussianBlur(small, (0, 0), sigma * across_share, sigmaY=sigma * down_share)
    return np.asarray(cv2.resize(soft, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)


def _defocus(m: Moment) -> Image:
    """Out of focus: 8 pixels (one sigma) of 640."""
    if m.strength < 0.3:  # a quarter of the size would itself be the blur
        sigma = max(m.strength * 8 / 640 * m.image.shape[1], 0.3)
        return sensor(cv2.GaussianBlur(m.image, (0, 0), sigma).astype(np.float32), m.rng)
    return sensor(_softened(m.image, m.strength * 8 / 640, m.strength * 8 / 640), m.rng)


def _smear(m: Moment) -> Image:
    """Grease wiped over the lens: wide across, less wide down, and a veil of stray light."""
    veiled = 0.8 * _softened(m.image, 14 / 640, 8 / 640) + 45.0
    return sensor(_mix(m.image, veiled, m.strength), m.rng)


def _rain(m: Moment) -> Image:
    """Drops that stay, each a small lens of its own, until they have run together over nearly all of it."""
    height, width = m.image.shape[:2]
    places = np.random.default_rng(5)  # the same drops in each picture: they cling
    drops = np.zeros((height // 8, width // 8), np.float32)
    for _ in range(round(170 * m.strength)):
        at = (int(places.integers(0, width // 8)), int(places.integers(0, height // 8)))
        cv2.circle(drops, at, int(places.integers(4, 9)), 1.0, -1)
    share = np.asarray(cv2.resize(cv2.GaussianBlur(drops, (0, 0), 1.0), (width, height)), np.float32)
    seen = np.roll(_softened(m.image, 12 / 640, 12 / 640), height // 20, axis=0)
    return sensor(_mix(m.image, seen, share), m.rng)


def _overexposed(m: Moment) -> Image:
    gained = m.image.astype(np.float32) * (1.0 + 9.0 * m.strength) + 60.0 * m.strength
    return sensor(np.minimum(gained, 262.0), m.rng)


def _undecodable(m: Moment) -> None:
    return None


def _both(name: str, reasons: frozenset[str], draw: Callable[[Moment], Image]) -> tuple[Fault, Fault]:
    return Fault(name, reasons, draw), Fault(f"{name}, slowly", reasons, draw, slowly=True)


_HIDDEN = frozenset({COVERED, DARK, BLURRED})
_SOFT = frozenset({BLURRED, COVERED})
_STUCK = frozenset({FROZEN})

KINDS: tuple[Fault, ...] = (
    Fault("frozen", _STUCK, _frozen),
    Fault("frozen under a running clock", _STUCK, _frozen_with_clock),
    Fault("frozen in a loop of buffers", _STUCK, _loop),
    *_both("dark", frozenset({DARK}), _dark),
    *_both("finger", _HIDDEN, _finger),
    *_both("finger that leaves a rim", _HIDDEN, _finger_leaving_a_rim),
    *_both("plain cloth", _HIDDEN, _plain_cloth),
    *_both("patterned cloth", _HIDDEN, _patterned_cloth),
    *_both("white paper", frozenset({COVERED}), _paper),
    *_both("out of focus", _SOFT, _defocus),
    *_both("smeared lens", _SOFT, _smear),
    *_both("rain on the lens", _SOFT, _rain),
    *_both("overexposed", frozenset({OVEREXPOSED}), _overexposed),
    Fault("undecodable", frozenset({UNDECODABLE}), _undecodable),
)
