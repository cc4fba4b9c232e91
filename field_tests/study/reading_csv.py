"""A small table of a trial's folder: UTF-8 CSV, plain or `.csv.gz`, with exactly its columns."""

import csv
import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from field_tests.errors import FolderError
from field_tests.study.found import Found
from field_tests.study.result import InputFile

if TYPE_CHECKING:
    import _csv

# Also the name of a file: letters (of any language), digits, _ and -.
_PERSON: Final = re.compile(r"[\w-]{1,64}")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: its number in the file, and its cells by column, without spaces around them."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """A table that was read. `name` as it stands in the folder: "homes.csv"."""

    name: str
    rows: tuple[Row, ...]
    file: InputFile


def stored(root: Path, name: str) -> Path | None:
    """The file `name` or `name`.gz below `root`; None where there is none, FolderError for both."""
    plain, packed = root / name, root / f"{name}.gz"
    if plain.is_file() and packed.is_file():
        raise FolderError(
            f"{name} と {name}.gz の両方があります。片方を消してください。 / "
            f"Both {name} and {name}.gz are there: take one away."
        )
    return plain if plain.is_file() else packed if packed.is_file() else None


def table(root: Path, name: str, columns: Sequence[str], found: Found) -> Table | None:
    """The table `name` below `root`, None where it is not there. A column that ends in "?" may be left out.

    FolderError where it cannot be read as a whole; a line that cannot be read is left out, and told.
    """
    path = stored(root, name)
    if path is None:
        return None
    raw = read_bytes(path)
    shown = path.relative_to(root).as_posix()
    lines = csv.reader(io.StringIO(_text(raw, path, shown), newline=""))
    try:
        head = [cell.strip() for cell in next(lines, [])]
        _check_head(head, columns, shown)
        rows = tuple(_rows(lines, head, columns, shown, found))
    except csv.Error as error:
        raise FolderError(
            f"{shown}: CSV として読めません（{error}）。 / {shown}: no CSV ({error}); write it again as CSV."
        ) from error
    return Table(shown, rows, InputFile(path=shown, sha256=hashlib.sha256(raw).hexdigest(), bytes=len(raw)))


def read_bytes(path: Path) -> bytes:
    """A file's bytes; FolderError where it cannot be opened."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise FolderError(f"{path}: 開けません / cannot be opened ({error.strerror})") from error


def person_of(cells: Mapping[str, str]) -> str:
    """The pseudonym of a line; ValueError where it is none that a file could be named after."""
    person = cells["person"]
    if not _PERSON.fullmatch(person):
        raise ValueError(f"person: {person[:40]!r} is no pseudonym such as P01")
    return person


def number(cells: Mapping[str, str], column: str) -> float:
    """A finite number of a line; ValueError where it is none. Cells of homes are not quoted."""
    try:
        value = float(cells[column])
    except ValueError:
        value = float("nan")
    if not abs(value) < float("inf"):
        raise ValueError(f"{column} is no number")
    return value


def _text(raw: bytes, path: Path, shown: str) -> str:
    try:
        whole = gzip.decompress(raw) if path.suffix == ".gz" else raw
        return whole.decode("utf-8-sig")  # spreadsheets put a mark before the first letter
    except (OSError, EOFError, zlib.error) as error:
        raise FolderError(
            f"{shown}: 壊れています。写し直してください。 / {shown}: the archive is broken; copy it again."
        ) from error
    except UnicodeDecodeError as error:
        raise FolderError(
            f"{shown}: UTF-8 ではありません。表計算ソフトで「CSV UTF-8」として保存してください。 / "
            f"{shown}: not UTF-8; save it from the spreadsheet as “CSV UTF-8”."
        ) from error


def _check_head(head: Sequence[str], columns: Sequence[str], shown: str) -> None:
    known = [column.removesuffix("?") for column in columns]
    missing = [column for column in columns if not column.endswith("?") and column not in head]
    unknown = [column for column in head if column not in known]
    doubled = sorted({column for column in head if head.count(column) > 1})
    for names, ja, en in (
        (missing, "列がありません", "columns are missing"),
        (unknown, "知らない列があります", "columns that are not known"),
        (doubled, "同じ名前の列があります", "columns of the same name"),
    ):
        if names:
            listed = ", ".join(name[:40] or "(empty)" for name in names[:9])
            raise FolderError(
                f"{shown}: {ja}（{listed}）。1行目は {','.join(known)} です。 / "
                f"{shown}: {en} ({listed}); its first line is {','.join(known)}."
            )


def _rows(
    lines: "_csv.Reader", head: Sequence[str], columns: Sequence[str], shown: str, found: Found
) -> list[Row]:
    absent = {column.removesuffix("?"): "" for column in columns if column.endswith("?")}
    rows = []
    for cells in lines:
        if not cells:
            continue
        if len(cells) != len(head):
            detail = f"{len(cells)} cells, not {len(head)}"
            found.add("line_unreadable", "left_out", shown, lines.line_num, detail=detail)
            continue
        named = dict(zip(head, (cell.strip() for cell in cells), strict=True))
        rows.append(Row(lines.line_num, {**absent, **named}))
    return rows
