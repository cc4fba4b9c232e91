"""Watts and hours: estimated from the measured load and published figures (docs/device.md). Pure."""

from dataclasses import dataclass
from typing import Final

from device.install.boards import Board

# A power bank's watt-hours are of its cells; raising them to 5 V and the cable cost this share.
EFFICIENCY: Final = 0.85


@dataclass(frozen=True, slots=True)
class Watts:
    """A board without anything plugged in: doing nothing, and with all cores busy."""

    idle: float
    loaded: float


# Raspberry Pi 4: pidramble.com, measured. Raspberry Pi 5: the upper ends of 2.5-3 and 5-8 W. Jetson: the 15 W
# mode's limit; idle is our own caution, twice the lowest that NVIDIA's forum tells of a tuned board.
BOARDS: Final[dict[Board, Watts]] = {
    "pi5": Watts(3.0, 8.0),
    "pi4": Watts(2.7, 6.4),
    "jetson": Watts(5.2, 15.0),
}
CAMERA_W: Final = 1.5  # a USB camera at 640 x 480; USB 2 allows 2.5
GPS_W: Final = 0.25
AUDIO_W: Final = 0.3


@dataclass(frozen=True, slots=True)
class Battery:
    """What it takes, and how long a bank lasts. `assumed_load`: nobody measured the load on this board."""

    board: Board
    load: float
    watts: float
    hours: float
    assumed_load: bool


def battery(board: Board, load: float, bank_wh: float, *, assumed: bool = False) -> Battery:
    """`load`: 0..1 of all cores; `board` one of BOARDS."""
    of = BOARDS[board]
    share = min(max(load, 0.0), 1.0)
    watts = of.idle + (of.loaded - of.idle) * share + CAMERA_W + GPS_W + AUDIO_W
    return Battery(board, share, round(watts, 1), round(bank_wh * EFFICIENCY / watts, 1), assumed)


def batteries(board: Board, load: float, bank_wh: float) -> tuple[Battery, ...]:
    """This board's; where its watts are not known, those of all known boards with all cores busy."""
    if board in BOARDS:
        return (battery(board, load, bank_wh),)
    return tuple(battery(known, 1.0, bank_wh, assumed=True) for known in BOARDS)
