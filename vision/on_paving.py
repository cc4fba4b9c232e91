"""Whether a thing in one picture stands on the guide blocks: decided in the picture, without a camera pose.

A thing hides the paving that it stands on and the paving behind it. So what is asked is not whether paving
is seen inside its box, but where the strip runs at the row of its foot: as seen just below the foot, or
else carried on from where the strip comes out above or beside what hides it. Pure.

The mask is followed as strands, runs of paving from row to row; a junction ends strands and begins others.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

import cv2
import numpy as np

from vision.camera import Box
from vision.types import Mask, ObjectClass

ROWS = 180  # rows of the picture that are looked at
LEAST_SHARE = 2e-4  # of the picture: a smaller piece is a speck
NARROWEST_PX = 3
CLOSE_ROWS = 3  # gaps of fewer rows are closed
REACH = 0.4  # widths of the strip, carried on to the foot where nothing hides it: errors of mask and box
FIT = 3.0  # widths of the strip from which its course is taken
FIT_ROWS = 4  # fewer tell no direction
TOUCH = 0.15  # of the strip's width: paving that ends this near a box is hidden by it
# The share of the foot, or of the strip's width, that has to overlap. A pole that stands beside has none.
FOOT_OVERLAP, STRIP_OVERLAP = 0.25, 0.2
# A strip that is seen to this share of its width, for so many widths above the foot, is not stood on.
SEEN_THROUGH, BAND = 0.85, 0.5
FOOT_SHARE = {ObjectClass.PERSON: 0.75, ObjectClass.TREE: 0.6}
# Spokes, legs, frames and rails let the paving be seen.
OPEN_WORK = frozenset(
    {
        ObjectClass.BICYCLE,
        ObjectClass.MOTORCYCLE,
        ObjectClass.KICK_SCOOTER,
        ObjectClass.BENCH,
        ObjectClass.OBSTACLE,
    }
)
# Paving leads up to these: they stand beyond it.
BEYOND = frozenset({ObjectClass.STAIRS, ObjectClass.PLATFORM_EDGE})
# How far above its lowest point a thing goes on standing on the ground: of its height, or of its width.
DEPTH_OF_HEIGHT = {ObjectClass.CAR: 0.35, ObjectClass.BUS: 0.15, ObjectClass.TRUCK: 0.2}
DEPTH_OF_WIDTH = 0.4
EDGE_SHARE = 0.015  # of the height: a box this near the lower edge is cut by it
HANGS_OVER = 0.3  # of the strip's rows below a hanging thing: so many within its width


@dataclass(frozen=True, slots=True)
class Strand:
    """A strip of paving, row by row, bottom first: pixels; the run of a row is [left, right)."""

    rows: tuple[tuple[float, float, float], ...]  # y, left, right

    @property
    def width(self) -> float:
        """The narrower of its width and its length: of a strip that runs across, its depth."""
        wide = median(right - left for _, left, right in self.rows)
        return max(min(wide, self.rows[0][0] - self.rows[-1][0]), float(NARROWEST_PX))


@dataclass(frozen=True, slots=True, eq=False)
class Paving:
    """A mask, followed. `size`: width, height of the picture; `step`: pixels between the rows."""

    mask: Mask = field(repr=False)
    size: tuple[int, int]
    step: int
    strands: tuple[Strand, ...]


def follow(mask: Mask) -> Paving:
    """The strands of a paving mask (H x W)."""
    height, width = mask.shape
    step = max(1, round(height / ROWS))
    clean = _without_specks(mask, step)
    done: list[list[tuple[float, float, float]]] = []
    open_: list[list[tuple[float, float, float]]] = []
    for y in range(height - 1, -1, -step):
        open_, ended = _taken(open_, _runs(clean[y]), y + 0.5)
        done += ended
    strands = tuple(Strand(tuple(rows)) for rows in (*done, *open_) if rows)
    return Paving(clean, (width, height), step, strands)


def _without_specks(mask: Mask, step: int) -> Mask:
    pixels = mask.astype(np.uint8)
    if not pixels.any():
        return np.asarray(mask, np.bool_)
    # Seams between blocks lie across; what stands parts the strip upright, and must go on parting it.
    closed = cv2.morphologyEx(pixels, cv2.MORPH_CLOSE, np.ones((CLOSE_ROWS * step, 1), np.uint8))
    _, pieces, stats, _ = cv2.connectedComponentsWithStats(closed)
    large = stats[:, cv2.CC_STAT_AREA] >= LEAST_SHARE * mask.size
    large[0] = False
    return np.asarray(large[pieces], np.bool_)


def _runs(row: Mask) -> list[tuple[float, float]]:
    edges = np.flatnonzero(np.diff(np.pad(row.view(np.int8), 1)))
    pairs = edges.reshape(-1, 2).tolist()
    return [(float(left), float(right)) for left, right in pairs if right - left >= NARROWEST_PX]


def _taken(
    strands: list[list[tuple[float, float, float]]], runs: list[tuple[float, float]], y: float
) -> tuple[list[list[tuple[float, float, float]]], list[list[tuple[float, float, float]]]]:
    """(strands that go on, strands that end) with the runs of the next row up; one to one goes on."""
    touching = [
        [k for k, (left, right) in enumerate(runs) if left < rows[-1][2] and right > rows[-1][1]]
        for rows in strands
    ]
    claims = [sum(k in mine for mine in touching) for k in range(len(runs))]
    going, ended, used = [], [], set()
    for rows, mine in zip(strands, touching, strict=True):
        if len(mine) == 1 and claims[mine[0]] == 1:
            rows.append((y, *runs[mine[0]]))
            going.append(rows)
            used.add(mine[0])
        else:
            ended.append(rows)
    going += [[(y, left, right)] for k, (left, right) in enumerate(runs) if k not in used]
    return going, ended


def on_paving(paving: Paving, box: Box, cls: ObjectClass = ObjectClass.OBSTACLE) -> bool:
    """Whether the thing in `box` (x1, y1, x2, y2) stands on the paving, or hangs over it if it hangs."""
    if not paving.strands or cls in BEYOND or box[2] - box[0] < 1 or box[3] - box[1] < 1:
        return False
    if cls is ObjectClass.OVERHEAD:
        return _hangs_over(paving, box)
    return any(_stands_on(paving, strand, box, cls) for strand in paving.strands) or _bridged(
        paving, box, cls
    )


def _stands_on(paving: Paving, strand: Strand, box: Box, cls: ObjectClass) -> bool:
    """From below where the strip comes up to the foot; else from where it comes out again."""
    below = _from_below(paving, strand, box)
    if below and _overlap(below, strand, _foot(box, cls)):
        return not _seen_past(paving, strand, box, cls)
    if below and not _is_cut(paving, box):
        return False
    above = _from_above(paving, strand, box, cls)
    return above is not None and _overlap(above, strand, _foot(box, cls))


def _overlap(course: tuple[float, float], strand: Strand, foot: tuple[float, float]) -> bool:
    """Whether foot and strip share enough of their width."""
    wide = min(course[1] - course[0], max(strand.width, FOOT_OVERLAP * (course[1] - course[0])))
    needed = min(FOOT_OVERLAP * (foot[1] - foot[0]), STRIP_OVERLAP * wide)
    return min(course[1], foot[1]) - max(course[0], foot[0]) >= max(needed, 1.0)


def _foot(box: Box, cls: ObjectClass) -> tuple[float, float]:
    middle, half = (box[0] + box[2]) / 2, (box[2] - box[0]) / 2 * FOOT_SHARE.get(cls, 1.0)
    return middle - half, middle + half


def _reach(paving: Paving, strand: Strand) -> float:
    return max(REACH * strand.width, 2.0 * paving.step)


def _from_below(paving: Paving, strand: Strand, box: Box) -> tuple[float, float] | None:
    """(left, right) of the strand at the row of the foot, by its rows below; None where there are none."""
    foot = min(box[3], float(paving.size[1]))
    below = [row for row in strand.rows if foot - paving.step <= row[0] <= foot + FIT * strand.width]
    if not below or below[-1][0] > foot + _reach(paving, strand):
        return None
    return _carried(below[::-1], foot)


def _from_above(paving: Paving, strand: Strand, box: Box, cls: ObjectClass) -> tuple[float, float] | None:
    """The same, by the rows above or beside the box that it does not hide."""
    foot, reach = min(box[3], float(paving.size[1])), _reach(paving, strand)
    clear = [row for row in strand.rows if row[0] < foot and _is_clear(row, box, strand.width)]
    if not clear:
        return None
    gap = foot - clear[0][0]
    # A thing that the lower edge cuts hides everything behind it, to its whole height.
    hidden = box[3] - box[1] if _is_cut(paving, box) else _depth(box, cls)
    if gap > reach and (clear[0][0] < box[1] - reach or gap > hidden + reach):
        return None
    return _carried([row for row in clear if row[0] >= clear[0][0] - max(FIT * strand.width, gap)], foot)


def _is_cut(paving: Paving, box: Box) -> bool:
    return box[3] >= (1 - EDGE_SHARE) * paving.size[1]


def _is_clear(row: tuple[float, float, float], box: Box, width: float) -> bool:
    """Whether the box hides nothing of the strip in this row."""
    slack = TOUCH * width
    return row[0] < box[1] or row[2] < box[0] - slack or row[1] > box[2] + slack


def _depth(box: Box, cls: ObjectClass) -> float:
    wide, tall = box[2] - box[0], box[3] - box[1]
    return min(tall, max(DEPTH_OF_HEIGHT.get(cls, 0.1) * tall, DEPTH_OF_WIDTH * wide))


def _carried(rows: Sequence[tuple[float, float, float]], y: float) -> tuple[float, float]:
    """Both edges, carried on in a straight line to row `y`; `rows`: the nearest first."""
    if len(rows) < FIT_ROWS:
        return rows[0][1], rows[0][2]
    table = np.array(rows)
    far = table[:, 0] - y
    middle, half = (table[:, 1] + table[:, 2]) / 2, (table[:, 2] - table[:, 1]) / 2
    centre = float(np.polyfit(far, middle, 1)[1])
    around = max(float(np.polyfit(far, half, 1)[1]), float(half.min()) / 2)
    return centre - around, centre + around


def _seen_past(paving: Paving, strand: Strand, box: Box, cls: ObjectClass) -> bool:
    """Whether the strip runs on past the foot, seen to its full width: then nothing stands on it.

    So it is where the lower corner of a long thing's box reaches over the strip beside it.
    """
    left, right = _foot(box, cls)
    below = [row for row in strand.rows if box[3] < row[0] <= box[3] + FIT * strand.width]
    if cls in OPEN_WORK or not below:
        return False
    far = max(BAND * strand.width, _depth(box, cls), 3.0 * paving.step)
    for row in strand.rows:
        if row[0] > box[3]:
            continue
        if row[0] < box[3] - far:
            return True
        start, stop = _carried(below[::-1], row[0])
        whole = min(stop, paving.size[0]) - max(start, 0.0)
        if row[2] - row[1] < SEEN_THROUGH * whole:
            return False
        if row[1] >= right or row[2] <= left:
            return True
    return False


def _bridged(paving: Paving, box: Box, cls: ObjectClass) -> bool:
    """Whether a strip that runs across goes in behind the foot on one side and comes out on the other.

    A vehicle that the picture's edge cuts may hide where it comes out.
    """
    sides = [False, False]
    tall = box[3] - box[1]
    for strand in paving.strands:
        if strand.rows[0][2] - strand.rows[0][1] < strand.rows[0][0] - strand.rows[-1][0]:
            continue  # it runs ahead
        depth = max(REACH * strand.width, DEPTH_OF_HEIGHT.get(cls, 0.1) * tall)
        slack = max(TOUCH * strand.width, 2.0)
        for y, left, right in strand.rows:
            if box[3] - depth <= y <= box[3]:
                sides[0] |= left < box[0] <= right + slack
                sides[1] |= left - slack <= box[2] < right
    if cls in DEPTH_OF_HEIGHT:
        cut = box[0] <= 1, box[2] >= paving.size[0] - 1
        sides = [sides[0] or (cut[0] and sides[1]), sides[1] or (cut[1] and sides[0])]
    return sides[0] and sides[1]


def _hangs_over(paving: Paving, box: Box) -> bool:
    """Whether the strip below runs within the width of what hangs: ground and branch share their column."""
    for strand in paving.strands:
        below = [row for row in strand.rows if row[0] > box[3]]
        inside = [row for row in below if box[0] <= (row[1] + row[2]) / 2 <= box[2]]
        if len(below) >= FIT_ROWS and len(inside) >= HANGS_OVER * len(below):
            return True
    return False
