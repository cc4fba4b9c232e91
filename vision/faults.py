"""Pictures that tell nothing: dark, covered, frozen, blurred, overexposed. Silence would look like safety.

`picture_fault` judges one picture by itself. `watch` judges the camera: it remembers, tells a fault once it
has lasted well under a second, and that it is over once good pictures have come steadily. Pure.
"""

import zlib
from dataclasses import dataclass, field

import cv2
import numpy as np

from vision.faults_measure import Measures, measure
from vision.steady import Level, Pace, observed
from vision.types import Image

DARK = "dark"
COVERED = "covered"
FROZEN = "frozen"
OVEREXPOSED = "overexposed"
UNDECODABLE = "undecodable"
BLURRED = "blurred"
# Nothing can be seen: no warning can come. Of the rest some may be missed, but those that come are true.
BLIND = frozenset({DARK, COVERED, FROZEN, OVEREXPOSED, UNDECODABLE})
FAULTS = (*sorted(BLIND), BLURRED)

# 8-bit luminance that 98 % of the picture stays under: only noise and a lamp or two are left.
DARK_LEVEL = 28.0
# Standard deviation of luminance at 1/8 size: a hand, a mask or a lens cap is this even, a street never.
COVERED_SPREAD = 5.0
# A sensor's noise changes some pixel in every frame; the same bytes this long are not a picture of now.
FROZEN_S = 2.0

# --- for `watch`. Two limits each: to become a fault, and, looser, to be one no more.
DARK_LEVELS = (DARK_LEVEL, 36.0)
# Against the sun a third of a street is clipped; the white of a stuck exposure is nearly all.
CLIPPED = (0.65, 0.45)
# 22 real pictures of streets: 0.35 and more; the same out of focus by 5 px (sigma, of 640): 0.14 to 0.22.
SHARPNESS = (0.22, 0.26)
LEAST_COARSE = 3.0  # less contrast than this cannot be called sharp or blurred: night, mist, a wall
# Even all over: below, only grain and shading. A street at night or in fog has three times as much, 1,300
# pictures by day four times. A white wall so near that its floor is out of sight may be as even: nothing can
# be seen there either.
BLANK_DETAIL, BLANK_COARSE = (0.35, 0.5), (0.8, 1.1)
# Something to be seen in fewer cells: a hand that leaves a corner free. Sky and road leave most of them.
LIVE = (0.3, 0.4)
SAME_SHARE = 0.995  # of the pixels looked at: a clock drawn into a frozen picture changes fewer
FROZEN_FOR_S, FROZEN_REPEATS = 0.5, 2
LOOP = 8  # pictures: a driver that hands out its old buffers in turn repeats them within so many

_BLIND_PACE = Pace(0.5, 0.8)
_AT_ONCE = Pace(0.0, 0.8)  # frozen: the wait is in FROZEN_FOR_S
_BLUR_PACE = Pace(0.6, 0.8)  # a head turns for less


@dataclass(frozen=True, slots=True)
class LastPicture:
    """The bytes last seen, and since when."""

    digest: int
    since_s: float


def picture_fault(image: Image, last: LastPicture | None, t_s: float) -> tuple[LastPicture, str | None]:
    """The picture to remember, and what is wrong with this one (None: nothing known)."""
    digest = zlib.crc32(np.ascontiguousarray(image).data)
    if last is None or digest != last.digest:
        last = LastPicture(digest, t_s)
    if t_s - last.since_s > FROZEN_S:
        return last, FROZEN
    small = cv2.cvtColor(image[::8, ::8], cv2.COLOR_BGR2GRAY)
    if float(np.quantile(small, 0.98)) < DARK_LEVEL:
        return last, DARK
    if float(small.std()) < COVERED_SPREAD:
        return last, COVERED
    return last, None


@dataclass(frozen=True, slots=True)
class Repeats:
    """Whether pictures change: every fourth pixel of the last one, and since when none was new."""

    pixels: Image | None = field(default=None, repr=False, compare=False)
    digests: tuple[int, ...] = ()  # of the newest LOOP pictures that were new
    count: int = 0  # pictures since the last new one
    new_s: float = float("-inf")

    def frozen(self, t_s: float) -> bool:
        """No new picture for FROZEN_FOR_S, and more than one that was none."""
        return self.count >= FROZEN_REPEATS and t_s - self.new_s >= FROZEN_FOR_S - 1e-6


@dataclass(frozen=True, slots=True)
class Watch:
    """What is known of the camera. `fault`: what is told now; `now`: what this one picture shows."""

    fault: str | None = None
    now: str | None = None
    repeats: Repeats = field(default_factory=Repeats)
    blind: Level = field(default_factory=Level)
    poor: Level = field(default_factory=Level)

    @property
    def usable(self) -> bool:
        """Whether this picture is worth the network's time."""
        return self.now not in BLIND


def watch(state: Watch, image: Image | None, t_s: float) -> Watch:
    """What is known after the picture of `t_s`; None: one came that could not be decoded."""
    repeats = state.repeats if image is None else _repeated(state.repeats, image, t_s)
    seen = UNDECODABLE if image is None else _judged(measure(image), state)
    frozen = seen not in BLIND and repeats.frozen(t_s)
    now = FROZEN if frozen else seen
    blind = observed(state.blind, now in BLIND, t_s, _AT_ONCE if frozen else _BLIND_PACE)
    poor = observed(state.poor, now in BLIND or now == BLURRED, t_s, _BLUR_PACE)
    fault = None
    if blind.told:
        # The first reason stays, whatever a hand on the lens looks like a moment later.
        fault = state.fault if state.blind.told else now
    elif poor.told:
        fault = BLURRED
    return Watch(fault, now, repeats, blind, poor)


def _judged(m: Measures, state: Watch) -> str | None:
    """What one picture shows; the looser limit where that is what is told already."""
    over = int(state.blind.told)
    if m.bright < DARK_LEVELS[over]:
        return DARK
    if m.clipped > CLIPPED[over]:
        return OVEREXPOSED
    blank = m.detail < BLANK_DETAIL[over] and m.coarse < BLANK_COARSE[over]
    if blank or (m.live < LIVE[over] and m.coarse < LEAST_COARSE):
        return COVERED
    if m.coarse >= LEAST_COARSE and m.sharpness < SHARPNESS[int(state.poor.told)]:
        return BLURRED
    return COVERED if m.live < LIVE[over] else None


def _repeated(last: Repeats, image: Image, t_s: float) -> Repeats:
    pixels = _every_fourth(image)
    digest = zlib.crc32(pixels.data)
    same = last.pixels is not None and last.pixels.shape == pixels.shape
    if same and last.pixels is not None:
        unchanged = int(np.count_nonzero(pixels == last.pixels))
        same = digest in last.digests or unchanged >= SAME_SHARE * pixels.size
    if same:
        return Repeats(pixels, last.digests, last.count + 1, last.new_s)
    return Repeats(pixels, (*last.digests[1 - LOOP :], digest), 0, t_s)


def _every_fourth(image: Image) -> Image:
    """Of the pixels, across and down."""
    height, width = image.shape[:2]
    if height % 4 or width % 4:
        return np.ascontiguousarray(image[::4, ::4])
    # The same pixels; NumPy takes five times as long to pick three bytes here and there.
    small = cv2.resize(image, (width // 4, height // 4), interpolation=cv2.INTER_NEAREST)
    return np.asarray(small, np.uint8)
