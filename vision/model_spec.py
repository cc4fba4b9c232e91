"""What is known of a network before it is opened: the manifest's entry, as a value."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from vision.types import ObjectClass

MASK_STRIDE = 4  # masks and prototypes are a quarter of the input's size
STRIDES = (8, 16, 32)  # of the detector's three scales


@dataclass(frozen=True, slots=True)
class ModelInput:
    """The picture that the network takes: pixels, colour order, grey value of the letterbox."""

    width: int
    height: int
    colour: str
    pad: int

    @property
    def anchors(self) -> int:
        """How many places of the picture the detector answers for."""
        return sum((self.height // s) * (self.width // s) for s in STRIDES)


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One entry of the manifest.

    `sha256` and `bytes` are of `file`. An NCNN network has its numbers in a second file, `weights`.
    """

    id: str
    file: str
    sha256: str
    bytes: int
    task: str
    output: str
    licence: str
    card: str
    classes: tuple[ObjectClass, ...]
    input: ModelInput
    thresholds: Mapping[ObjectClass, float]
    runtime: Literal["onnx", "ncnn"] = "onnx"
    precision: Literal["fp32", "int8"] = "fp32"
    weights: str | None = None
    weights_sha256: str | None = None
