"""Where the board stands in each picture, and which of the pictures differ enough to tell something."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from vision.calibration.board import Board
from vision.calibration.errors import CalibrationError
from vision.pictures import SUFFIXES, read_picture
from vision.types import Image
from vision.video import frames, open_clip

Floats = npt.NDArray[np.float64]

FILM_HZ = 3.0  # looks a second at a video: hands move the board about this fast
ENOUGH = 600  # pictures that are looked at
MOST_VIEWS = 40  # more of them add time, not knowledge
APART = 0.04  # two views differ if an outer corner moved by this share of the picture's width
BROKEN_OFF_S = 1.0  # a video that ends this much before its header says


@dataclass(frozen=True, slots=True)
class Picture:
    """One of the source's pictures, by the name that tells a person which."""

    name: str
    image: Image


@dataclass(frozen=True, slots=True)
class View:
    """The board's inner corners in one picture: N x 2 pixels, in the order of `Board.corners_mm`."""

    name: str
    corners: Floats


@dataclass(frozen=True, slots=True)
class Views:
    """`looked_at`: pictures; `found`: those with the whole board; `chosen`: of them, the different ones."""

    looked_at: int
    found: int
    chosen: tuple[View, ...]
    size: tuple[int, int]  # width, height of every picture


def pictures(source: Path) -> Iterator[Picture]:
    """A folder's pictures by name, or some of a video's.

    Raises `CalibrationError`, `FrameError`, `VideoError`.
    """
    if source.is_dir():
        paths = sorted(path for path in source.iterdir() if path.suffix.lower() in SUFFIXES)
        if not paths:
            kinds = " ".join(sorted(SUFFIXES))
            raise CalibrationError(f"{source}: 写真がありません / no picture in it ({kinds})")
        yield from (Picture(path.name, read_picture(path)) for path in paths[:ENOUGH])
    elif source.suffix.lower() in SUFFIXES:
        raise CalibrationError(
            f"{source}: 1 枚では測れません / one picture tells no lens: give a folder of them, or a video"
        )
    else:
        yield from _film(source)


def _film(source: Path) -> Iterator[Picture]:
    clip = open_clip(source)
    last = 0.0
    for count, frame in enumerate(frames(clip, rate_hz=min(FILM_HZ, clip.fps))):
        if count == ENOUGH:
            return
        last = frame.t_s
        yield Picture(f"{frame.t_s:.2f} s", frame.image)
    if clip.seconds - last > BROKEN_OFF_S + 1 / FILM_HZ:
        raise CalibrationError(
            f"{source}: breaks off at {last:.1f} s of {clip.seconds:.1f} s: copy it again, or film again"
        )


def find_views(source: Iterable[Picture], board: Board) -> Views:
    """Look for the board in every picture. Raises `CalibrationError` where they differ in size."""
    size: tuple[int, int] | None = None
    first, looked_at, found = "", 0, []
    for picture in source:
        own = (picture.image.shape[1], picture.image.shape[0])
        size, first = (size, first) if size else (own, picture.name)
        if own != size:
            raise CalibrationError(
                f"{picture.name} is {own[0]}x{own[1]}, {first} is {size[0]}x{size[1]}: "
                "one camera at one resolution, not turned"
            )
        looked_at += 1
        corners = find_corners(picture.image, board)
        if corners is not None:
            found.append(View(picture.name, corners))
    if size is None:
        raise CalibrationError("写真がありません / no picture at all was given")
    return Views(looked_at, len(found), distinct(found, board, size[0]), size)


def find_corners(image: Image, board: Board) -> Floats | None:
    """The board's inner corners, to a small part of a pixel; None where it is not seen whole."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    flags = cv2.CALIB_CB_NORMALIZE_IMAGE | cv2.CALIB_CB_ACCURACY
    there, corners = cv2.findChessboardCornersSB(grey, (board.columns, board.rows), flags=flags)
    if not there:
        return None
    # OpenCV counts from the middle of the first pixel.
    return np.asarray(corners.reshape(-1, 2), np.float64) + 0.5


def distinct(views: Sequence[View], board: Board, width: int) -> tuple[View, ...]:
    """The most different ones, each the farthest from all before it; at most `MOST_VIEWS`."""
    if not views:
        return ()
    last = board.columns * board.rows - 1
    outer = [0, board.columns - 1, last - board.columns + 1, last]
    places = np.array([view.corners[outer] for view in views]) / width
    # The largest first: it says most of the lens.
    spans = np.ptp(places, axis=1).prod(axis=1)
    chosen = [int(spans.argmax())]
    gaps = _gaps(places, places[chosen[0]])
    while len(chosen) < MOST_VIEWS and gaps.max() >= APART:
        chosen.append(int(gaps.argmax()))
        gaps = np.minimum(gaps, _gaps(places, places[chosen[-1]]))
    return tuple(views[place] for place in sorted(chosen))


def _gaps(places: Floats, one: Floats) -> Floats:
    """How far the outer corners are from those of `one`, whichever end of the board came first."""
    ahead = np.linalg.norm(places - one, axis=2).max(axis=1)
    turned = np.linalg.norm(places - one[::-1], axis=2).max(axis=1)
    return np.asarray(np.minimum(ahead, turned), np.float64)
