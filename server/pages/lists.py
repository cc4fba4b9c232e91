"""What lists with filters share: filters in the address, so that a page can be kept and gone back to."""

from datetime import date, datetime, timedelta
from typing import Annotated, Final, TypeVar
from urllib.parse import urlencode

from fastapi import Query

from server.clock import JST
from server.errors import Malformed
from server.listing import MOST_PAGES

T = TypeVar("T", bound=str)
Number = Annotated[int, Query(alias="page", ge=1, le=MOST_PAGES)]
Words = Annotated[str, Query(max_length=100)]
Choice = Annotated[str, Query(max_length=32)]
_YEARS: Final = range(2000, 2200)


def kept(**filters: str) -> str:
    """The filters that are set, as the query of an address: the other pages of the same list have it too."""
    return urlencode({name.rstrip("_"): value for name, value in filters.items() if value})


def one_of(said: str, known: tuple[T, ...]) -> T:
    """What was chosen of these; anything else counts as the first, which is no choice."""
    return next((one for one in known if one == said), known[0])


def day_begins_s(text: str, *, days_later: int = 0) -> float | None:
    """UTC seconds of the midnight in Japan with which that day begins; None: no day is said."""
    if not text.strip():
        return None
    try:
        day = date.fromisoformat(text.strip()) + timedelta(days=days_later)
    except (ValueError, OverflowError):
        day = None
    if day is None or day.year not in _YEARS:
        raise Malformed("日付は 2026-11-22 のように書いてください。", "Write the day like 2026-11-22.")
    return datetime(day.year, day.month, day.day, tzinfo=JST).timestamp()
