"""Tables for spreadsheets: CSV in UTF-8 with a mark, which those in Japan need. Unknown is empty, not 0."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

MARK: Final = "\ufeff"
# A cell that begins so is taken for a formula, which may send what stands beside it elsewhere (OWASP, CSV
# injection; a tab and a return are skipped before it). Full-width ones count in Japanese spreadsheets.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")


def cell(value: object) -> object:
    """The value as it may stand in a cell: text that looks like a formula is made text by an apostrophe."""
    if isinstance(value, str) and value.lstrip(" \u3000").startswith(_FORMULA):
        return f"'{value}"
    return value


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The whole table."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([cell(value) for value in row] for row in rows)
    return MARK + text.getvalue()
