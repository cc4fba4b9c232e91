"""The shape of the functions that make words for things seen."""

from typing import Protocol

from vision.types import Hazard


class TellsHazard(Protocol):
    """The words for a thing seen; `clock`: where it is, as a clock position."""

    def __call__(self, hazard: Hazard, clock: bool = False) -> str:
        """Like "正面に自転車。"."""
