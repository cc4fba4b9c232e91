"""Moments and days as a trial's files write them. Pure."""

from datetime import date, datetime, timedelta
from typing import Final, Literal

from field_tests.japan import JST
from field_tests.study.protocol_rules import FIRST_YEAR, LAST_YEAR, in_years

# japan: +09:00; utc: Z or +00:00, which nobody mistakes; other: converted, and told; none: not told which.
Zone = Literal["japan", "utc", "other", "none"]
_ZONES: Final[dict[timedelta | None, Zone]] = {
    None: "none",
    timedelta(hours=9): "japan",
    timedelta(0): "utc",
}


def moment(text: str) -> tuple[float, Zone]:
    """UTC seconds of an ISO 8601 moment, and how its zone was told; ValueError where it is no moment.

    Without a zone it is read as Japan's, for whoever wants to show it; it is nothing to count with.
    """
    read = datetime.fromisoformat(text.strip())
    zone = _ZONES.get(read.utcoffset(), "other")
    try:
        return (read if read.tzinfo else read.replace(tzinfo=JST)).timestamp(), zone
    except OverflowError as error:  # the ends of the calendar
        raise ValueError(str(error)) from error


def day(text: str) -> date:
    """A day such as 2026-11-22; ValueError where it is none, or not of this century."""
    read = date.fromisoformat(text.strip())
    if not in_years(read):
        raise ValueError(f"{read}: a day of {FIRST_YEAR} to {LAST_YEAR} is needed")
    return read


def midnight_s(of: date) -> float:
    """UTC seconds at which a day in Japan begins."""
    return datetime(of.year, of.month, of.day, tzinfo=JST).timestamp()


def day_of(utc_s: float) -> date:
    """The day in Japan."""
    return datetime.fromtimestamp(utc_s, JST).date()
