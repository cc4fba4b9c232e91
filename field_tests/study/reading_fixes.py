"""Files of positions, in blocks: a year at 5 s is 350 MB of text, and never whole in memory."""

import csv
import gzip
import io
import warnings
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, cast

import numpy as np
from numpy.typing import NDArray

from field_tests.errors import FolderError, MissingExtraError
from field_tests.study.layouts import Layout, layout_of
from field_tests.study.moments import Zone, moment

_BLOCK_BYTES: Final = 8 * 2**20
# Looked at line by line where the fast way does not take a block: halved until it is this small.
_SMALL_BYTES: Final = 32 * 2**10
_LONGEST_LINE: Final = 64 * 2**10
_NEWLINE, _COMMA = ord("\n"), ord(",")


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Lines of a file in their order. `fixes`: UTC seconds, latitude, longitude, metres; NaN: none there.

    `broken`: lines that do not have the columns; `zone`: how a moment told its zone ("japan" of seconds).
    """

    line: NDArray[np.int64]
    fixes: NDArray[np.float64]
    broken: NDArray[np.bool_]
    zone: NDArray[np.str_] | None = None


class CutShort(Exception):  # noqa: N818 - says what happened
    """A packed file that ends or breaks in the middle; what came before was read."""


def blocks(path: Path, shown: str) -> Iterator[Block]:
    """The lines of a `.csv` or `.csv.gz`; FolderError where there are none, CutShort where it breaks off."""
    try:
        with _opened(path) as file:
            yield from _blocks(file, shown)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise CutShort(str(error)) from error
    except OSError as error:
        raise FolderError(f"{shown}: 読めません / cannot be read ({error.strerror})") from error


def _opened(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def _blocks(file: IO[bytes], shown: str) -> Iterator[Block]:
    first = file.readline(_LONGEST_LINE)
    layout = layout_of(first.decode("utf-8", "replace").rstrip("\r\n"), shown)
    line = 2
    for text in _whole_lines(file, shown):
        block = _parsed(text, layout, line)
        line += text.count(b"\n")
        yield block


def _whole_lines(file: IO[bytes], shown: str) -> Iterator[bytes]:
    """The rest of the file in pieces that end with a line."""
    rest = b""
    while piece := file.read(_BLOCK_BYTES):
        end = piece.rfind(b"\n") + 1
        if end == 0 and len(rest) + len(piece) > _LONGEST_LINE + _BLOCK_BYTES:
            raise FolderError(f"{shown}: 行がありません。CSV ですか。 / has no lines: is it CSV?")
        if end:
            yield rest + piece[:end]
            rest = piece[end:]
        else:
            rest += piece
    if rest:
        yield rest + b"\n"


def _parsed(text: bytes, layout: Layout, line: int) -> Block:
    """Fast where every line is as it should be; a part that is not is halved until it is small."""
    if _even(text, layout.width):
        try:
            return _fast(text, layout, line)
        except ValueError:  # a word where a number should be
            pass
    if len(text) <= _SMALL_BYTES or text.count(b"\n") < 2:
        return _slow(text, layout, line)
    half = text.rfind(b"\n", 0, len(text) // 2) + 1 or text.find(b"\n") + 1
    first, second = text[:half], text[half:]
    parts = [_parsed(first, layout, line)]
    if second:
        parts.append(_parsed(second, layout, line + first.count(b"\n")))
    return _joined(parts)


def _even(text: bytes, width: int) -> bool:
    """Whether each line has `width` columns, and none a quote."""
    if b'"' in text or b"\r\r" in text or b"\0" in text:
        return False
    signs = np.frombuffer(text, np.uint8)
    ends, commas = np.flatnonzero(signs == _NEWLINE), np.flatnonzero(signs == _COMMA)
    until = np.searchsorted(commas, ends)
    return bool(np.all(np.diff(until, prepend=0) == width - 1))


def _fast(text: bytes, layout: Layout, line: int) -> Block:
    try:
        import pandas as pd
    except ImportError as error:
        raise MissingExtraError(
            "位置を読むには pandas が要ります。`pip install 'shirube[study]'` を実行してください。 / "
            "Reading files of positions needs pandas: run `pip install 'shirube[study]'`."
        ) from error
    told = (layout.time, layout.lat, layout.lon, layout.accuracy)
    kinds: dict[int, type] = dict.fromkeys(told, np.float64)
    if layout.unit == "iso":
        kinds[layout.time] = np.str_
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # whatever the parser doubts goes the slow way
        try:
            read = pd.read_csv(
                io.BytesIO(text),
                header=None,
                names=list(range(layout.width)),
                usecols=sorted(told),
                dtype=kinds,
                skip_blank_lines=False,
                encoding_errors="replace",
            )
        except Warning as doubt:
            raise ValueError(str(doubt)) from doubt
    if len(read) != text.count(b"\n"):
        raise ValueError("lines were taken together")
    places = [read[column].to_numpy(np.float64) for column in told[1:]]
    if layout.unit == "iso":
        moments = [_moment(str(cell)) for cell in read[layout.time].tolist()]
        return _block(moments, places, line)
    seconds = read[layout.time].to_numpy(np.float64)
    return _numbered([seconds / 1000.0 if layout.unit == "ms" else seconds, *places], line)


def _slow(text: bytes, layout: Layout, line: int) -> Block:
    """Line by line: what is no number is NaN, what has not its columns is broken."""
    moments: list[tuple[float, Zone]] = []
    places: list[tuple[float, float, float]] = []
    broken: list[bool] = []
    for raw in text[:-1].split(b"\n"):
        cells = _cells(raw)
        whole = len(cells) == layout.width
        broken.append(not whole)
        cells = cells if whole else [""] * layout.width
        moments.append(_time(cells[layout.time], layout))
        places.append(
            (_number(cells[layout.lat]), _number(cells[layout.lon]), _number(cells[layout.accuracy]))
        )
    columns = [np.array(column, np.float64) for column in zip(*places, strict=True)]
    block = _block(moments, columns, line)
    return Block(block.line, block.fixes, np.array(broken, np.bool_), block.zone)


def _cells(raw: bytes) -> list[str]:
    try:
        return next(csv.reader([raw.decode("utf-8", "replace").rstrip("\r")]), [])
    except csv.Error:
        return []


def _time(cell: str, layout: Layout) -> tuple[float, Zone]:
    if layout.unit == "iso":
        return _moment(cell)
    return _number(cell) / (1000.0 if layout.unit == "ms" else 1.0), "japan"


def _moment(cell: str) -> tuple[float, Zone]:
    try:
        return moment(cell)
    except ValueError:
        return float("nan"), "japan"


def _number(cell: str) -> float:
    try:
        return float("nan") if "_" in cell else float(cell)
    except ValueError:
        return float("nan")


def _block(moments: Sequence[tuple[float, Zone]], places: Sequence[NDArray[np.float64]], line: int) -> Block:
    seconds = np.array([utc_s for utc_s, _ in moments], np.float64)
    block = _numbered([seconds, *places], line)
    return Block(block.line, block.fixes, block.broken, np.array([zone for _, zone in moments], np.str_))


def _numbered(columns: Sequence[NDArray[np.float64]], line: int) -> Block:
    rows = len(columns[0])
    return Block(np.arange(line, line + rows), np.column_stack(columns), np.zeros(rows, np.bool_))


def _joined(parts: Sequence[Block]) -> Block:
    zones = [part.zone if part.zone is not None else np.full(len(part.line), "japan") for part in parts]
    return Block(
        np.concatenate([part.line for part in parts]),
        np.concatenate([part.fixes for part in parts]),
        np.concatenate([part.broken for part in parts]),
        np.concatenate(zones),
    )
