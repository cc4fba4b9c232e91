"""When a camera's own exposure hangs: at black or white for seconds, it is told to begin anew. Pure.

A lens in a pocket and a moonless street are as black: so it is tried ever more rarely.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from vision.types import Image

# Mean of 8-bit luminance. A street at night under lamps has 25 and more, snow in the sun 200.
TOO_DARK, TOO_BRIGHT = 12.0, 243.0
LASTS_S: Final = 2.0  # an exposure that works is right again within a second of a change of light
FIRST_PAUSE_S, LONGEST_PAUSE_S = 5.0, 300.0


@dataclass(frozen=True, slots=True)
class Exposure:
    """Since when pictures have been black or white, and when the camera was last told."""

    bad_since_s: float | None = None
    next_s: float = float("-inf")
    pause_s: float = FIRST_PAUSE_S

    def seen(self, brightness: float, t_s: float) -> tuple["Exposure", bool]:
        """After a picture of this mean luminance at `t_s`: what is known, and whether to begin anew."""
        if TOO_DARK <= brightness <= TOO_BRIGHT:
            return Exposure(), False
        since_s = t_s if self.bad_since_s is None else self.bad_since_s
        if t_s - since_s < LASTS_S or t_s < self.next_s:
            return replace(self, bad_since_s=since_s), False
        pause_s = min(2 * self.pause_s, LONGEST_PAUSE_S)
        return Exposure(since_s, t_s + self.pause_s, pause_s), True


def brightness(image: Image) -> float:
    """Mean luminance of every eighth pixel, 0 to 255."""
    return float(np.mean(image[::8, ::8] @ np.array([0.114, 0.587, 0.299])))
