"""The boards that are known: which one this is, and what each wants. Pure but for one small read."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

Board = Literal["pi5", "pi4", "jetson", "generic"]
BOARDS: Final[tuple[Board, ...]] = get_args(Board)

_EVERYWHERE: Final = (
    "char-video4linux rw",
    "char-media rw",
    "char-alsa rw",
    "char-input r",
    "char-ttyUSB rw",
    "char-ttyACM rw",
)
_PI: Final = (
    "char-gpiochip rw",
    "char-ttyAMA rw",
    "char-ttyS rw",
    "char-dma_heap rw",
    "/dev/vcio rw",
    "char-vchiq rw",
)
_JETSON: Final = (
    "char-gpiochip rw",
    "char-ttyTHS rw",
    "char-dma_heap rw",
    "char-nvhost rw",
    "char-nvmap rw",
    "char-nvgpu rw",
    "char-nvhost-as-gpu rw",
    "/dev/nvmap rw",
    "char-nvidia-frontend rw",
    "char-nvidiactl rw",
    "char-drm rw",
)


@dataclass(frozen=True, slots=True)
class Profile:
    """What a board wants. `model`, `runtime` for the configuration; None: the first of the manifest."""

    name_ja: str
    model: str | None
    runtime: str | None
    devices: tuple[str, ...]
    groups: tuple[str, ...] = ("video", "audio", "gpio", "input", "dialout")
    memory_high: str = "800M"
    memory_max: str = "1G"


PROFILES: Final[dict[Board, Profile]] = {
    "pi5": Profile("Raspberry Pi 5", "paving-v3-ncnn", "ncnn", (*_EVERYWHERE, *_PI)),
    # Half as fast as the 5 (docs/device.md): the smaller network keeps it at some pictures a second.
    "pi4": Profile("Raspberry Pi 4", "paving-v3-384x288", "onnx", (*_EVERYWHERE, *_PI)),
    # CUDA's own memory counts as the process's there.
    "jetson": Profile(
        "Jetson Orin Nano",
        None,
        None,
        (*_EVERYWHERE, *_JETSON),
        ("video", "audio", "gpio", "input", "dialout", "render"),
        "2500M",
        "3G",
    ),
    "generic": Profile("PC", None, None, (*_EVERYWHERE, "char-gpiochip rw")),
}


def this_board(root: Path = Path("/")) -> Board:
    """By the device tree's model; "generic" where there is none, or another board."""
    try:
        model = (root / "proc/device-tree/model").read_text(encoding="ascii", errors="replace")
    except OSError:
        return "generic"
    if "Raspberry Pi 5" in model or "Compute Module 5" in model:
        return "pi5"
    if "Raspberry Pi" in model:
        return "pi4"
    return "jetson" if "Jetson" in model or "Orin" in model else "generic"
