"""What one frame shows of the guide blocks ahead: dots, arms to the sides, an end, a bend. Pure, no memory.

Told apart by the shape of the strip on the ground: bars lead on; dots mark corners, branches and ends (JIS
T 9251). Each is a distance along the line, or None where this frame does not show it. Whether the next
frames agree is asked by `vision.paving_course`.
"""

from dataclasses import dataclass
from math import degrees

import cv2
import numpy as np
import numpy.typing as npt

from vision.paving import PavingLine
from vision.paving_straight import ACROSS_M, STEP_M, Grid, Straight

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

CENTRE_M = 0.31  # to each side: the strip's half width, and as much again for a line that is not exact
LEAST_STRIP_M = 0.12  # of paving across a row: less is a speck or a worn edge
DOTS_SIDE_M = 0.16  # on the strip itself: a row that only leads up to it is a way aside
LEAST_DOTS_M, LEAST_DOTS_LONG_M, DOTS_SHARE = 0.2, 0.2, 0.6  # most of a block, and of what is paved
ASKEW_ROWS = 6
BARE_M = 1.2  # four blocks without any: a gap of worn or missing blocks, a manhole lid, is shorter
LEAST_BEFORE_M = 0.8  # of strip, so that something can end
FARTHEST_END_M, FARTHEST_ARM_M, FARTHEST_DOTS_M = 6.0, 5.5, 7.0
ARM_M, ARM_ROOT_M, ARM_THICK_M = 0.9, 0.4, 1.0  # reaches so far out, begins this near, and is no wider
PLATE_M = 0.5  # from the line, a plate of three blocks reaches 0.45 m
ARM_BARS_M2 = 0.12  # of bars beyond the plate: more than a block
THIN_M, THIN_REACH_M = 0.45, 1.55  # one block wide, not two
ALONE_ARM_M = 1.35  # an arm has to reach so far if it may be dots: a plate's half width is 0.45 m at most
ON_M = 0.6  # of strip beyond a branch: it goes on
LEAST_BEND_M = 2.0  # of line: a shorter piece does not tell a bend
_COLUMN = np.ones((3, 1), np.uint8)


@dataclass(frozen=True, slots=True)
class DotsSeen:
    """Near edge, metres ahead, and how far the paving reaches across there."""

    distance_m: float
    width_m: float


@dataclass(frozen=True, slots=True)
class ArmSeen:
    """Middle of where it leaves, metres ahead; whether bars were seen in it (or cannot be told).

    `thin`: it is as narrow as a strip, out to where the look ends.
    """

    distance_m: float
    bars: bool
    thin: bool


@dataclass(frozen=True, slots=True)
class AheadSeen:
    """One frame. `near_m`, `far_m`: how much of the line's ground was in view, metres ahead.

    `goes_on`: whether the strip does so beyond the nearest arm; None: not seen, or there is no arm.
    `turn_deg`: how much the line turns from its near end to its far one, + right. `dots_under`: dots reach
    the near end of what is in view; where they begin is not seen.
    """

    near_m: float
    far_m: float
    dots: DotsSeen | None = None
    left: ArmSeen | None = None
    right: ArmSeen | None = None
    goes_on: bool | None = None
    end_m: float | None = None
    turn_deg: float | None = None
    bend_m: float | None = None
    dots_under: bool = False


def look_ahead(straight: Straight, line: PavingLine) -> AheadSeen:
    """What this frame shows along `line`."""
    centre = np.abs(straight.across_m) <= CENTRE_M
    on = straight.paving[:, centre].sum(axis=1) * ACROSS_M >= LEAST_STRIP_M
    seen = straight.open[:, centre].mean(axis=1) >= 0.9
    known = np.flatnonzero((seen | on) & (straight.along_m > 0))
    if not len(known) or not on.any():
        return AheadSeen(0.0, 0.0)
    end = _end(straight, on, seen)
    left, right = _arm(straight, on, -1), _arm(straight, on, 1)
    goes_on = _goes_on(straight, on, seen, left, right)
    if not goes_on:
        left, right = _leads(straight, left, -1), _leads(straight, right, 1)
    turn, where = _bend(straight, line)
    dots, dots_under = _dots(straight, centre)
    return AheadSeen(
        float(straight.along_m[known[0]]),
        float(straight.along_m[known[-1]]),
        dots,
        left,
        right,
        goes_on,
        end,
        turn,
        where,
        dots_under,
    )


# --- dots


def _dots(straight: Straight, centre: Flags) -> tuple[DotsSeen | None, bool]:
    """The nearest run of rows whose middle is dots, if it is seen to begin; whether one lies before that."""
    if straight.dots is None:
        return None, False
    middle = np.abs(straight.across_m) <= DOTS_SIDE_M
    dotted = straight.dots[:, middle].sum(axis=1) * ACROSS_M >= LEAST_DOTS_M
    # Where part of the strip's width is dots, the model mistakes worn or slanting bars for them.
    dotted &= straight.dots[:, centre].sum(axis=1) >= DOTS_SHARE * straight.paving[:, centre].sum(axis=1)
    dotted &= (straight.along_m > 0) & (straight.along_m <= FARTHEST_DOTS_M)
    visible = int(np.argmax(straight.open[:, centre].any(axis=1)))
    under = False
    for first, last in _runs(_closed(dotted)):
        if first <= visible + 1:
            under = True  # the feet are about there, or it is an old line that is all dots
            continue
        long = float(straight.along_m[last] - straight.along_m[first]) + STEP_M
        if long >= LEAST_DOTS_LONG_M:
            return DotsSeen(float(straight.along_m[first]), _width(straight, first, last, centre)), under
    return None, under


def _width(straight: Straight, first: int, last: int, centre: Flags) -> float:
    """How far the dots of these rows reach across the line; they may lie askew, so rows about them count."""
    dots = straight.dots
    if dots is None:
        return 0.0
    low, high = max(first - ASKEW_ROWS, 0), last + ASKEW_ROWS + 1
    _, pieces = cv2.connectedComponents(dots[low:high].view(np.uint8), connectivity=8)
    here = pieces[first - low : last - low + 1][:, centre]
    mine = np.isin(pieces, np.unique(here[here > 0]))
    columns = np.flatnonzero(mine.any(axis=0))
    return float(straight.across_m[columns[-1]] - straight.across_m[columns[0]]) + ACROSS_M


# --- ends


def _end(straight: Straight, on: Flags, seen: Flags) -> float | None:
    """The far edge of the strip's first whole piece, if bare ground is seen beyond; None: it may go on."""
    along = straight.along_m
    wide = np.abs(straight.across_m) <= 1.2
    for first, last in _runs(_closed(on)):
        if along[last] - along[first] < LEAST_BEFORE_M:
            continue
        if along[last] > FARTHEST_END_M:
            return None
        beyond = (along > along[last] + STEP_M / 2) & (along <= along[last] + BARE_M)
        reached = along[-1] >= along[last] + BARE_M
        if not (reached and seen[beyond].all()):
            return None
        if not on[beyond].any():
            # Paving beside where the line would go on: it turns there, and was not followed.
            rest = straight.paving[(along > along[last] + 0.45) & (along <= along[last] + BARE_M)]
            return None if rest[:, wide].mean() > 0.04 else float(along[last]) + STEP_M / 2
    return None


# --- arms


def _arm(straight: Straight, on: Flags, side: int) -> ArmSeen | None:
    """The nearest strip that leaves to one side (-1 left, 1 right)."""
    out = straight.across_m * side
    beside = straight.paving & (out > CENTRE_M)
    if not beside.any():
        return None
    count, pieces = cv2.connectedComponents(beside.view(np.uint8), connectivity=8)
    found = (_arm_of(straight, pieces == piece, out, on) for piece in range(1, count))
    return min((arm for arm in found if arm), key=lambda arm: arm.distance_m, default=None)


def _arm_of(straight: Straight, piece: Grid, out: Floats, on: Flags) -> ArmSeen | None:
    columns = np.flatnonzero(piece.any(axis=0))
    reach = float(out[columns].max())
    root = piece[:, out <= ARM_ROOT_M].any(axis=1) & _near_to(on, 3)
    if reach < ARM_M or not root.any():
        return None
    at = float(straight.along_m[root].mean())
    # A strip beside the line is long and thin, a plaza of dots neither.
    cell = STEP_M * ACROSS_M
    thick = float(piece.sum()) * cell / (reach - CENTRE_M)
    rooted = float(root.sum()) * STEP_M
    if not 0.15 <= thick <= ARM_THICK_M or rooted > ARM_THICK_M or not 0 < at <= FARTHEST_ARM_M:
        return None
    bars = reach >= ALONE_ARM_M
    if straight.dots is not None:
        bars = float((piece & ~straight.dots)[:, out > PLATE_M].sum()) * cell >= ARM_BARS_M2
    behind_plate = float(piece[:, out > PLATE_M].sum()) * cell
    thin = reach >= THIN_REACH_M and behind_plate <= THIN_M * (reach - PLATE_M)
    return ArmSeen(at, bars, thin) if bars or reach >= ALONE_ARM_M else None


def _leads(straight: Straight, arm: ArmSeen | None, side: int) -> ArmSeen | None:
    """An arm where the strip ends, if it leads on: by its bars, or as a strip that leaves to one side alone.

    A row of dots before a crossing or before stairs lies to both sides, and is two blocks deep.
    """
    if arm is None or arm.bars:
        return arm
    here = np.abs(straight.along_m - arm.distance_m) <= PLATE_M
    other = straight.paving[here][:, straight.across_m * side < -PLATE_M]
    return arm if arm.thin and not other.any() else None


def _goes_on(
    straight: Straight, on: Flags, seen: Flags, left: ArmSeen | None, right: ArmSeen | None
) -> bool | None:
    arms = [arm.distance_m for arm in (left, right) if arm]
    if not arms:
        return None
    beyond = straight.along_m > min(arms) + 0.6  # past a plate of three blocks
    band = beyond & (straight.along_m <= min(arms) + 0.6 + BARE_M)
    if (on & band).sum() * STEP_M >= ON_M:
        return True
    if band.any() and seen[band].all() and not on[band].any() and straight.along_m[-1] > min(arms) + BARE_M:
        return False
    return None


# --- bends


def _bend(straight: Straight, line: PavingLine) -> tuple[float | None, float | None]:
    """How much the line turns within what was seen of it, and where it has turned by a third of that."""
    if line.far_m - line.near_m < LEAST_BEND_M:
        return None, None
    turned = straight.heading_rad - straight.heading_rad[0]
    whole = float(turned[-1])
    begun = np.flatnonzero(np.abs(turned) >= abs(whole) / 3)
    return degrees(whole), max(float(straight.along_m[begun[0]]), 0.0)


# --- runs of rows


def _closed(flags: Flags) -> Flags:
    """With gaps of up to two rows filled: joints between blocks, a worn one, a row that the mask misses."""
    column = flags.view(np.uint8)[:, None]
    return cv2.morphologyEx(column, cv2.MORPH_CLOSE, _COLUMN)[:, 0].view(np.bool_)


def _near_to(flags: Flags, rows: int) -> Flags:
    column = flags.view(np.uint8)[:, None]
    return cv2.dilate(column, np.ones((2 * rows + 1, 1), np.uint8))[:, 0].view(np.bool_)


def _runs(flags: Flags) -> list[tuple[int, int]]:
    """(first, last) row of each run of flagged rows."""
    bordered = np.zeros(len(flags) + 2, np.bool_)
    bordered[1:-1] = flags
    edges = np.flatnonzero(bordered[1:] != bordered[:-1]).tolist()
    return [(first, stop - 1) for first, stop in zip(edges[::2], edges[1::2], strict=True)]
