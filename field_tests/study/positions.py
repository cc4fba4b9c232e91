"""A source's files -> chunks of its positions, and all that was wrong in them. Memory stays flat."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from field_tests.outings.track import Source, Track
from field_tests.study.found import Found
from field_tests.study.quality import Window, contradict, sieve
from field_tests.study.reading_fixes import CutShort, blocks
from field_tests.study.reading_run import POSITION, run_blocks
from field_tests.study.survey import Order, Twice, order_of

Fixes = NDArray[np.float64]
_NONE: Final = np.empty((0, 4), np.float64)


@dataclass(frozen=True, slots=True)
class SourceFiles:
    """What one source of one person wrote: its files in order, and their names as they are told."""

    source: Source
    paths: tuple[Path, ...]
    shown: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Piece:
    """Usable positions of one block, the lines on which they stood, and the number of the first of them."""

    shown: str
    row: int
    line: NDArray[np.int32]
    fixes: Fixes


def tracks(files: SourceFiles, window: Window, found: Found, person: str | None = None) -> Iterator[Track]:
    """The usable positions, in chunks by time without a moment twice in one; read twice, held once.

    What does not fit the memory of a small machine is never whole in it: of each position its second stays.
    """
    order = _survey(files, window, found, person)
    held: list[list[tuple[bool, Fixes]]] = [[] for _ in order.twice]
    for piece in _pieces(files, window, Found(), person):
        aside = np.zeros(len(piece.fixes), np.bool_)
        late = np.arange(piece.row, piece.row + len(piece.fixes))
        for twice, parts in zip(order.twice, held, strict=True):
            inside = _within(piece.fixes, twice)
            aside |= inside
            for is_late in (False, True):
                part = piece.fixes[inside & ((late >= twice.since_row) == is_late)]
                parts.append((is_late, part))
        yield from _track(files.source, piece.fixes[~aside])
    for twice, parts in zip(order.twice, held, strict=True):
        yield from _reconciled(files, twice, parts, found, person)


def _survey(files: SourceFiles, window: Window, found: Found, person: str | None) -> Order:
    """First reading: the faults of lines, and the order of all positions."""
    seconds, pieces = [np.empty(0)], []
    for piece in _pieces(files, window, found, person):
        seconds.append(piece.fixes[:, 0].copy())
        pieces.append(_Piece(piece.shown, piece.row, piece.line, _NONE))
    order = order_of(np.concatenate(seconds))
    for code, count, row in (
        ("fixes_disordered", order.disordered, order.first_disordered),
        ("fixes_doubled", order.doubled, order.first_doubled),
    ):
        if row is not None:
            shown, line = _place(pieces, row)
            found.add(code, "mended", shown, line, person=person, count=count)
    return order


def _pieces(files: SourceFiles, window: Window, found: Found, person: str | None) -> Iterator[_Piece]:
    row = 0
    for path, shown in zip(files.paths, files.shown, strict=True):
        try:
            for block in run_blocks(path, shown) if path.name == POSITION else blocks(path, shown):
                good, faults = sieve(block, window)
                for fault in faults:
                    line, count = int(block.line[fault.lines.argmax()]), int(np.count_nonzero(fault.lines))
                    found.add(
                        fault.code, fault.effect, shown, line, person=person, detail=fault.detail, count=count
                    )
                yield _Piece(shown, row, block.line[good].astype(np.int32), block.fixes[good])
                row += int(np.count_nonzero(good))
        except CutShort as cut:
            found.add("fixes_cut_short", "refused", shown, person=person, detail=str(cut))


def _place(pieces: Sequence[_Piece], row: int) -> tuple[str, int]:
    """File and line of a position by its number."""
    piece = next(piece for piece in reversed(pieces) if piece.row <= row and len(piece.line))
    return piece.shown, int(piece.line[row - piece.row])


def _within(fixes: Fixes, twice: Twice) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = (fixes[:, 0] >= twice.start_s) & (fixes[:, 0] <= twice.end_s)
    return inside


def _reconciled(
    files: SourceFiles,
    twice: Twice,
    parts: Sequence[tuple[bool, Fixes]],
    found: Found,
    person: str | None,
) -> Iterator[Track]:
    """A time that was recorded twice: both records where they agree, else neither: nobody could choose."""
    early, late = (
        np.concatenate([_NONE, *(part for is_late, part in parts if is_late is wanted)])
        for wanted in (False, True)
    )
    if contradict(early, late):
        detail = f"{twice.end_s - twice.start_s:.0f} s back"
        count = len(early) + len(late)
        found.add("clock_jump", "left_out", files.shown[0], person=person, detail=detail, count=count)
        return
    yield from _track(files.source, np.concatenate([early, late]))


def _track(source: Source, fixes: Fixes) -> Iterator[Track]:
    """By time; of one moment the most accurate."""
    if len(fixes) == 0:
        return
    if not np.all(np.diff(fixes[:, 0]) > 0.0):
        fixes = fixes[np.lexsort((fixes[:, 3], fixes[:, 0]))]
        fixes = fixes[np.diff(fixes[:, 0], prepend=-np.inf) > 0.0]
    yield Track(source, *(np.ascontiguousarray(column) for column in fixes.T))
