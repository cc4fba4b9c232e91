"""From the board's corners to the lens: least squares by OpenCV, and how far the result can be trusted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from cv2.typing import MatLike

from vision.calibration.board import Board
from vision.calibration.errors import CalibrationError
from vision.calibration.views import Floats, View, Views
from vision.lens import Lens, Model

FEWEST_VIEWS = 5
LEAST_TILT_DEG = 10.0  # between two views: with all of them parallel, a far large board is a near small one
# A view whose corners miss by this many times the median was blurred, or the sheet was bent.
OUTLIER = 3.0
CELLS = (6, 4)  # of the picture, for the share in which the board was seen
# Focal lengths that lenses have, in widths of the picture: 150 to 8 degrees.
SHORTEST, LONGEST = 0.13, 7.0
# Focal lengths, in widths, from which the search for a fisheye starts: 180 to 80 degrees if it bent nothing.
STARTS = (1 / np.pi, 0.4, 0.5, 0.7)
EARNED = 0.01  # a fisheye's high powers are used if they lower the RMS by this share
_STOP = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 100, 1e-9)


@dataclass(frozen=True, slots=True)
class Solution:
    """A lens and what speaks for it.

    `rms_px`: what the corners miss by; `tilt_deg`: the largest angle between two boards; `seen`: share of
    the picture's cells in which a corner lay; `repeat`: how far the focal length of either half of the views
    lies from their mean, as a share (None: too few views to tell).
    """

    lens: Lens
    rms_px: float
    views: tuple[str, ...]
    left_out: tuple[str, ...]
    tilt_deg: float
    seen: float
    repeat: float | None


@dataclass(frozen=True, slots=True)
class _Fit:
    lens: Lens
    turns: tuple[Floats, ...]  # a rotation vector a view
    misses: Floats  # RMS a view, pixels

    @property
    def rms_px(self) -> float:
        return float(np.sqrt((self.misses**2).mean()))


def solve(views: Views, board: Board, model: Model) -> Solution:
    """Raises `CalibrationError` for too few views, or views that tell nothing of the lens."""
    chosen = views.chosen
    if len(chosen) < FEWEST_VIEWS:
        raise CalibrationError(
            f"{views.looked_at} pictures, the whole board found in {views.found}, {len(chosen)} of them "
            f"different: {FEWEST_VIEWS} are needed, 15 are good "
            f"(is the board {board.columns} x {board.rows} inner corners?)"
        )
    fit = _fit(chosen, board, views.size, model)
    kept = [view for view, miss in zip(chosen, fit.misses, strict=True) if miss <= _limit(fit.misses)]
    if FEWEST_VIEWS <= len(kept) < len(chosen):
        fit = _fit(kept, board, views.size, model)
    else:
        kept = list(chosen)
    tilt = _tilt_deg(fit.turns)
    if tilt < LEAST_TILT_DEG:
        raise CalibrationError(
            f"the board was held the same way in all {len(kept)} views (within {tilt:.0f} degrees): "
            "tilt it by 20 to 45 degrees to all sides"
        )
    _check(fit.lens)
    names = {view.name for view in kept}
    return Solution(
        fit.lens,
        fit.rms_px,
        tuple(view.name for view in kept),
        tuple(view.name for view in chosen if view.name not in names),
        tilt,
        _seen(kept, views.size),
        _repeat(kept, board, views.size, model),
    )


def _limit(misses: Floats) -> float:
    return max(OUTLIER * float(np.median(misses)), 0.3)


def _fit(views: Sequence[View], board: Board, size: tuple[int, int], model: Model) -> _Fit:
    solver = _fisheye if model == "fisheye" else _pinhole
    try:
        return solver(views, board, size)
    except cv2.error as error:
        raise CalibrationError(
            f"no {model} lens explains these {len(views)} views (OpenCV: {error.err}): tilt the board more, "
            "bring it to the picture's corners, or try the other --lens"
        ) from None


def _pinhole(views: Sequence[View], board: Board, size: tuple[int, int]) -> _Fit:
    solid = [board.corners_mm] * len(views)
    flat = [(view.corners - 0.5).astype(np.float32) for view in views]
    # The sixth power is told only by corners that reach the picture's own: left free it fits the noise.
    flags = cv2.CALIB_FIX_K3
    _, matrix, bend, turns, shifts = cv2.calibrateCamera(
        solid, flat, size, np.eye(3), np.zeros(5), flags=flags, criteria=_STOP
    )
    lens = _lens("pinhole", size, matrix, bend)
    return _Fit(lens, *_measured(lens, views, board, turns, shifts))


def _fisheye(views: Sequence[View], board: Board, size: tuple[int, int]) -> _Fit:
    """The fewest numbers that explain the views: free, the high powers fit the noise and bend elsewhere.

    OpenCV's search runs away from a poor start, so it starts from several focal lengths, then from what the
    two low powers gave.
    """
    home = _fisheye_flags()
    low: int = home.CALIB_FIX_K3 | home.CALIB_FIX_K4
    fits: list[_Fit] = []
    failed: cv2.error | CalibrationError = CalibrationError("no fisheye lens explains these views")
    for share in STARTS:
        focal = share * size[0]
        lens = Lens("fisheye", *size, focal, focal, size[0] / 2, size[1] / 2, (0.0,) * 4)
        try:
            fits.append(_fisheye_from(lens, views, board, low))
        except (cv2.error, CalibrationError) as error:
            failed = error
    if not fits:
        raise failed
    best = min(fits, key=lambda fit: fit.rms_px)
    try:
        free = _fisheye_from(best.lens, views, board, 0)
    except (cv2.error, CalibrationError):
        return best
    return free if free.rms_px < (1 - EARNED) * best.rms_px else best


def _fisheye_from(start: Lens, views: Sequence[View], board: Board, fixed: int) -> _Fit:
    """One search. Raises `cv2.error` or `CalibrationError` where it runs away."""
    home = _fisheye_flags()
    flags: int = home.CALIB_RECOMPUTE_EXTRINSIC | home.CALIB_FIX_SKEW | home.CALIB_USE_INTRINSIC_GUESS
    solid = [board.corners_mm.astype(np.float64)[None] for _ in views]
    flat = [(view.corners - 0.5)[None] for view in views]
    # OpenCV counts from the middle of the first pixel.
    guess = np.array([[start.fx, 0, start.cx - 0.5], [0, start.fy, start.cy - 0.5], [0, 0, 1]])
    size = (start.width, start.height)
    _, matrix, bend, turns, shifts = cv2.fisheye.calibrate(
        solid, flat, size, guess, np.array(start.distortion), flags=flags | fixed, criteria=_STOP
    )
    lens = _lens("fisheye", size, matrix, bend)
    return _Fit(lens, *_measured(lens, views, board, turns, shifts))


def _fisheye_flags() -> Any:  # noqa: ANN401 (a module, and not always the same)
    """Where OpenCV 5 keeps them; up to 4 they lay in cv2.fisheye, with other values."""
    return cv2 if hasattr(cv2, "CALIB_RECOMPUTE_EXTRINSIC") else cv2.fisheye


def _lens(model: Model, size: tuple[int, int], matrix: MatLike, bend: MatLike) -> Lens:
    sound = np.isfinite(matrix).all() and np.isfinite(bend).all()
    if not sound or min(matrix[0, 0], matrix[1, 1]) <= 0:
        raise CalibrationError(f"no {model} lens explains these views: tilt the board more")
    numbers = tuple(float(number) for number in np.ravel(bend))
    # OpenCV counts from the middle of the first pixel.
    fx, fy, cx, cy = matrix[0, 0], matrix[1, 1], matrix[0, 2] + 0.5, matrix[1, 2] + 0.5
    return Lens(model, *size, float(fx), float(fy), float(cx), float(cy), numbers)


def _measured(
    lens: Lens, views: Sequence[View], board: Board, turns: Sequence[MatLike], shifts: Sequence[MatLike]
) -> tuple[tuple[Floats, ...], Floats]:
    """By our own lens, so that what is reported is what will be used."""
    misses = []
    for view, turn, shift in zip(views, turns, shifts, strict=True):
        turned = board.corners_mm @ cv2.Rodrigues(np.asarray(turn).reshape(3))[0].T + np.ravel(shift)
        off = lens.pixels(np.asarray(turned, np.float64)) - view.corners
        misses.append(float(np.sqrt((off**2).sum(axis=1).mean())))
    return tuple(np.asarray(turn, np.float64).ravel() for turn in turns), np.nan_to_num(
        np.array(misses), nan=1e3
    )


def _tilt_deg(turns: Sequence[Floats]) -> float:
    normals = np.array([cv2.Rodrigues(turn)[0][:, 2] for turn in turns])
    return float(np.degrees(np.arccos(np.clip(normals @ normals.T, -1, 1))).max())


def _check(lens: Lens) -> None:
    focal = lens.focal_px / lens.width
    inside = 0 < lens.cx < lens.width and 0 < lens.cy < lens.height
    if not SHORTEST <= focal <= LONGEST or not inside:
        raise CalibrationError(
            f"these views give a focal length of {lens.focal_px:.0f} px and an axis through "
            f"({lens.cx:.0f}, {lens.cy:.0f}), which no lens has: tilt the board more, to all sides"
        )


def _seen(views: Sequence[View], size: tuple[int, int]) -> float:
    corners = np.concatenate([view.corners for view in views]) / size * CELLS
    cells = {(int(x), int(y)) for x, y in np.minimum(corners, np.array(CELLS) - 1e-6)}
    return len(cells) / (CELLS[0] * CELLS[1])


def _repeat(views: Sequence[View], board: Board, size: tuple[int, int], model: Model) -> float | None:
    if len(views) < 2 * FEWEST_VIEWS:
        return None
    try:
        first, second = (_fit(views[start::2], board, size, model).lens.focal_px for start in (0, 1))
    except CalibrationError:
        return None
    return abs(first - second) / (first + second)
