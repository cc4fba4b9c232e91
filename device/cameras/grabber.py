"""The port below a live camera: one opened device that gives one picture after the other."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from vision.types import Image


@dataclass(frozen=True, slots=True)
class Grabbed:
    """A picture as the device gave it. `exposed_s`: monotonic second, as the driver says; None: not known."""

    image: Image = field(repr=False)
    exposed_s: float | None = None


class Grabber(Protocol):
    """An open device. Used by one thread; each call may block, and may hang."""

    def grab(self) -> Grabbed:
        """The next picture, waited for; raises `CameraError` where none comes any more."""

    def close(self) -> None:
        """Free the device; safe to call twice."""


# Opens the device anew; raises `CameraError`.
Opener = Callable[[], Grabber]


def turned(image: Image, rotate_deg: int) -> Image:
    """`image` turned clockwise by a multiple of 90 degrees."""
    turns = round(rotate_deg / 90) % 4
    return np.ascontiguousarray(np.rot90(image, -turns)) if turns else image
