"""Time, so that nothing else asks for it."""

import time
from datetime import datetime, timedelta, timezone
from typing import Protocol

# Japan has had no daylight saving time since 1951.
JST = timezone(timedelta(hours=9), "JST")


class Clock(Protocol):
    """Where the server takes the time from."""

    def utc_s(self) -> float:
        """UTC seconds since 1970."""


class SystemClock:
    """The machine's clock."""

    def utc_s(self) -> float:
        """UTC seconds since 1970."""
        return time.time()  # noqa: TID251  (this is the clock that all else is told to take)


def in_japan(utc_s: float) -> datetime:
    """The moment `utc_s` as an aware datetime in JST; the ends of the calendar beyond them."""
    # A device may claim any number; the page must still open.
    return datetime.fromtimestamp(min(max(utc_s, 0.0), 253_000_000_000.0), JST)


def hour_minute(utc_s: float) -> str:
    """`14:02` in JST."""
    return in_japan(utc_s).strftime("%H:%M")


def day_hour_minute(utc_s: float) -> str:
    """`2026-11-22 14:02` in JST."""
    return in_japan(utc_s).strftime("%Y-%m-%d %H:%M")
