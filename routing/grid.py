"""Straight pieces by the cells of a plane that they touch: which lie near, which meet. Metres.

Built and asked in machine code: a city has a million pieces, and a building step asks about each.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from routing.columns import F64, I32, I64
from routing.native import compiled

CELL_M: Final = 40.0  # some house fronts: a piece falls into few cells, a cell holds few pieces
_SPAN: Final = 1 << 31  # cells to a side: more than the earth's girth in cells


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Straight pieces from (ax, ay) to (bx, by), and which cells they touch."""

    ax: F64
    ay: F64
    bx: F64
    by: F64
    keys: I64  # of the cells, ascending
    first: I32  # [cells + 1] into members
    members: I32

    @classmethod
    def of(cls, ax: F64, ay: F64, bx: F64, by: F64) -> "Pieces":
        """The grid over these pieces."""
        cells, pieces = _touched(ax, ay, bx, by)
        order = np.argsort(cells, kind="stable")
        cells, pieces = cells[order], pieces[order]
        fresh = np.ones(len(cells), dtype=np.bool_)
        fresh[1:] = (cells[1:] != cells[:-1]) | (pieces[1:] != pieces[:-1])
        cells, pieces = cells[fresh], pieces[fresh]
        keys, first = np.unique(cells, return_index=True)
        return cls(ax, ay, bx, by, keys, np.append(first, len(cells)).astype(np.int32), pieces)

    def near(self, x: float, y: float, radius_m: float) -> list[tuple[float, float, int]]:
        """(metres off, share along, piece) of each piece within the radius, nearest first."""
        found, off, share = _near(
            self.ax, self.ay, self.bx, self.by, self.keys, self.first, self.members, x, y, radius_m
        )
        order = np.lexsort((found, off))
        return [(float(off[i]), float(share[i]), int(found[i])) for i in order]

    def beside(
        self, x: F64, y: F64, dx: F64, dy: F64, reach_m: float, within_deg: float, penalty: F64
    ) -> I32:
        """For each line through (x, y) along (dx, dy) the best piece that runs along it; -1 none.

        Best: the least metres off plus the piece's penalty; not more than `within_deg` aslant.
        """
        return _beside(
            self.ax, self.ay, self.bx, self.by, self.keys, self.first, self.members,
            x, y, dx, dy, reach_m, np.cos(np.radians(within_deg)), penalty,
        )  # fmt: skip

    def met(self, ax: F64, ay: F64, bx: F64, by: F64) -> tuple[I32, I32, F64]:
        """(index of the line, piece, share along the line) where lines from a to b cross pieces.

        A line that goes through a piece's end crosses once; one that only touches may or may not.
        """
        line, piece, share = _met(
            self.ax, self.ay, self.bx, self.by, self.keys, self.first, self.members, ax, ay, bx, by
        )
        order = np.lexsort((piece, line))
        line, piece, share = line[order], piece[order], share[order]
        fresh = np.ones(len(line), dtype=np.bool_)
        fresh[1:] = (line[1:] != line[:-1]) | (piece[1:] != piece[:-1])
        return line[fresh], piece[fresh], share[fresh]


@compiled
def _cell(metres: float) -> int:
    return int(np.floor(metres / CELL_M))


@compiled
def _touched(ax: F64, ay: F64, bx: F64, by: F64) -> tuple[I64, I32]:
    """(cell, piece) of every cell beside a piece's line; some twice."""
    room = 16
    cells, pieces, count = np.empty(room, np.int64), np.empty(room, np.int32), 0
    for piece in range(len(ax)):
        dx, dy = bx[piece] - ax[piece], by[piece] - ay[piece]
        parts = max(1, int(np.ceil(np.hypot(dx, dy) / CELL_M)))
        for part in range(parts):
            low, high = part / parts, (part + 1) / parts
            x0, x1 = ax[piece] + low * dx, ax[piece] + high * dx
            y0, y1 = ay[piece] + low * dy, ay[piece] + high * dy
            for cx in range(_cell(min(x0, x1)), _cell(max(x0, x1)) + 1):
                for cy in range(_cell(min(y0, y1)), _cell(max(y0, y1)) + 1):
                    if count == room:
                        room *= 2
                        more_cells, more_pieces = np.empty(room, np.int64), np.empty(room, np.int32)
                        more_cells[:count], more_pieces[:count] = cells, pieces
                        cells, pieces = more_cells, more_pieces
                    cells[count], pieces[count] = np.int64(cx) * _SPAN + np.int64(cy), piece
                    count += 1
    return cells[:count], pieces[:count]


@compiled
def _nearest(ax: float, ay: float, bx: float, by: float, x: float, y: float) -> tuple[float, float]:
    """(share from a to b, metres off) of the place on the piece that is nearest to (x, y)."""
    dx, dy = bx - ax, by - ay
    squared = dx * dx + dy * dy
    share = 0.0
    if squared > 0.0:
        share = min(max(((x - ax) * dx + (y - ay) * dy) / squared, 0.0), 1.0)
    return share, np.hypot(x - ax - share * dx, y - ay - share * dy)


@compiled
def _near(
    ax: F64, ay: F64, bx: F64, by: F64, keys: I64, first: I32, members: I32,
    x: float, y: float, radius: float,
) -> tuple[I32, F64, F64]:  # fmt: skip
    found, off, share = [np.int32(0)], [0.0], [0.0]
    for cx in range(_cell(x - radius), _cell(x + radius) + 1):
        for cy in range(_cell(y - radius), _cell(y + radius) + 1):
            key = np.int64(cx) * _SPAN + np.int64(cy)
            cell = np.searchsorted(keys, key)
            if cell == len(keys) or keys[cell] != key:
                continue
            for member in members[first[cell] : first[cell + 1]]:
                part, away = _nearest(ax[member], ay[member], bx[member], by[member], x, y)
                if away <= radius and member not in found[1:]:
                    found.append(member)
                    off.append(away)
                    share.append(part)
    return np.array(found[1:], np.int32), np.array(off[1:]), np.array(share[1:])


@compiled
def _beside(
    ax: F64, ay: F64, bx: F64, by: F64, keys: I64, first: I32, members: I32,
    x: F64, y: F64, dx: F64, dy: F64, reach: float, cosine: float, penalty: F64,
) -> I32:  # fmt: skip
    best = np.full(len(x), -1, np.int32)
    for i in range(len(x)):
        least, own = np.inf, np.hypot(dx[i], dy[i])
        for cx in range(_cell(x[i] - reach), _cell(x[i] + reach) + 1):
            for cy in range(_cell(y[i] - reach), _cell(y[i] + reach) + 1):
                key = np.int64(cx) * _SPAN + np.int64(cy)
                cell = np.searchsorted(keys, key)
                if cell == len(keys) or keys[cell] != key:
                    continue
                for j in members[first[cell] : first[cell + 1]]:
                    ex, ey = bx[j] - ax[j], by[j] - ay[j]
                    if abs(ex * dx[i] + ey * dy[i]) < cosine * own * np.hypot(ex, ey):
                        continue
                    off = _nearest(ax[j], ay[j], bx[j], by[j], x[i], y[i])[1]
                    score = off + penalty[j]
                    if off <= reach and (score < least or (score == least and j < best[i])):
                        least, best[i] = score, j
    return best


@compiled
def _side(ax: float, ay: float, bx: float, by: float, x: float, y: float) -> bool:
    """Whether (x, y) lies left of the line; on it counts as right, so that ends count once."""
    return (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0.0


@compiled
def _met(
    ax: F64, ay: F64, bx: F64, by: F64, keys: I64, first: I32, members: I32,
    px: F64, py: F64, qx: F64, qy: F64,
) -> tuple[I32, I32, F64]:  # fmt: skip
    lines, pieces, shares = [np.int32(0)], [np.int32(0)], [0.0]
    for i in range(len(px)):
        for cx in range(_cell(min(px[i], qx[i])), _cell(max(px[i], qx[i])) + 1):
            for cy in range(_cell(min(py[i], qy[i])), _cell(max(py[i], qy[i])) + 1):
                key = np.int64(cx) * _SPAN + np.int64(cy)
                cell = np.searchsorted(keys, key)
                if cell == len(keys) or keys[cell] != key:
                    continue
                for j in members[first[cell] : first[cell + 1]]:
                    if _side(ax[j], ay[j], bx[j], by[j], px[i], py[i]) == _side(
                        ax[j], ay[j], bx[j], by[j], qx[i], qy[i]
                    ) or _side(px[i], py[i], qx[i], qy[i], ax[j], ay[j]) == _side(
                        px[i], py[i], qx[i], qy[i], bx[j], by[j]
                    ):
                        continue
                    ex, ey = bx[j] - ax[j], by[j] - ay[j]
                    across = ex * (qy[i] - py[i]) - ey * (qx[i] - px[i])
                    if across == 0.0:
                        continue
                    lines.append(np.int32(i))
                    pieces.append(j)
                    shares.append(-(ex * (py[i] - ay[j]) - ey * (px[i] - ax[j])) / across)
    return np.array(lines[1:], np.int32), np.array(pieces[1:], np.int32), np.array(shares[1:])
