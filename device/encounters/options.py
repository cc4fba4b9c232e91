"""What to simulate, and the command line that asks for it: the same for every verb of encounters. Pure."""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from vision.camera import Camera
from vision.encounters.detector import perfect
from vision.encounters.errors import FiguresError
from vision.encounters.eye import HEIGHT, WIDTH, assumed_camera
from vision.encounters.figures import FIGURES, Figures, read_figures

LARGEST = 100_000
NARROWEST_DEG, WIDEST_DEG = 40.0, 130.0  # beyond, a straight picture is mostly its own rim
LEAST_PX, LARGEST_PX = 120, 1920


@dataclass(frozen=True, slots=True)
class Options:
    """What to simulate. `perfect`: a detector that never fails, to tell its faults from those of the rest."""

    n: int = 1000
    seed: int = 7
    jobs: int = 1
    figures: Path = FIGURES
    perfect: bool = False
    imu: bool = True  # the glasses know how they are held and turned
    hfov_deg: float = Camera(1, 1).hfov_deg  # from edge to edge of the picture
    size: tuple[int, int] = (WIDTH, HEIGHT)
    bent: bool = False  # a fisheye, calibrated; else a lens that keeps straight lines straight
    speed: bool = True  # a receiver tells how fast the wearer walks

    def checked(self) -> "Options":
        """Itself. Raises `FiguresError` with one line for what cannot be simulated."""
        if not 1 <= self.n <= LARGEST:
            raise FiguresError(f"--n {self.n}: 1 から {LARGEST} まで / give 1 to {LARGEST}")
        if self.seed < 0:
            raise FiguresError(f"--seed {self.seed}: 0 以上の整数 / give 0 or more")
        if not 1 <= self.jobs <= 256:
            raise FiguresError(f"--jobs {self.jobs}: 1 から 256 まで / give 1 to 256")
        if not NARROWEST_DEG <= self.hfov_deg <= WIDEST_DEG:
            low, high = f"{NARROWEST_DEG:g}", f"{WIDEST_DEG:g}"
            told = f"{low} から {high} 度まで / give {low} to {high} degrees"
            raise FiguresError(f"--hfov {self.hfov_deg:g}: {told}")
        width, height = self.size
        # In an upright picture things are smaller for the network, which sees 4:3: that was not measured.
        if not (height >= LEAST_PX and 4 * height <= 3 * width <= 3 * LARGEST_PX):
            told = f"4:3 か、もっと横長で {LARGEST_PX} 画素まで / give 4:3 or wider, at most {LARGEST_PX} px"
            raise FiguresError(f"--size {width}x{height}: {told}")
        return self

    @property
    def camera(self) -> Camera:
        """The camera that is worn, as the device is configured for it."""
        return assumed_camera(self.hfov_deg, self.size, bent=self.bent)

    def read(self) -> Figures:
        """The figures, or those of a detector that never fails. Raises `FiguresError`."""
        figures = read_figures(self.figures)
        return perfect(figures) if self.perfect else figures


class Parser(argparse.ArgumentParser):
    """The options of every verb. What is wrong is one line and no usage: `FiguresError`."""

    def __init__(self, prog: str, description: str | None, standing: Options) -> None:
        """`standing`: what holds where nothing is asked for."""
        super().__init__(prog=prog, description=description, allow_abbrev=False)
        n, seed = standing.n, standing.seed
        self.add_argument("--n", type=whole, default=n, help=f"いくつ / how many encounters ({n})")
        self.add_argument("--seed", type=whole, default=seed, help=f"種 / same seed, same result ({seed})")
        self.add_argument("--jobs", type=whole, default=1, help="並列の数 / processes (1)")
        self.add_argument("--json", action="store_true", help="JSON で / print JSON")

    def error(self, message: str) -> NoReturn:
        """Raises `FiguresError`; `message`: argparse's own, which is English."""
        raise FiguresError(f"オプションが違います / wrong options: {message} ({self.prog} --help)")


def whole(text: str) -> int:
    """A whole number, as `type` of an option."""
    try:
        return int(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text}: 整数で / give a whole number") from error


def number(text: str) -> float:
    """A number, as `type` of an option."""
    try:
        return float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text}: 数で / give a number") from error
