"""Outing minutes by day in Japan, each with how much of the day was observed. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from field_tests.outings.hysteresis import Home, OutingSettings, Piece, timeline
from wire.position import Fix

# Japan has had no summer time since 1951: a fixed offset needs no zone data.
JST = timezone(timedelta(hours=9), "JST")
_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Day:
    """Minutes out on a JST day. `coverage`: share of its 24 h with fixes no further apart than the gap.

    `minutes_max` takes all unknown time as out, also that before the first and after the last fix.
    """

    day: date
    minutes: float
    minutes_min: float
    minutes_max: float
    coverage: float


def daily_minutes(
    fixes: Iterable[Fix], home: Home, settings: OutingSettings | None = None
) -> tuple[Day, ...]:
    """One row for each day from the first to the last that `fixes` touch, also days without any."""
    pieces = [part for piece in timeline(fixes, home, settings) for part in _split(piece)]
    if not pieces:
        return ()
    first, last = _day(pieces[0].start_s), _day(pieces[-1].start_s)
    by_day: dict[date, list[Piece]] = {first + timedelta(days=n): [] for n in range((last - first).days + 1)}
    for piece in pieces:
        by_day[_day(piece.start_s)].append(piece)
    return tuple(_row(day, parts) for day, parts in by_day.items())


def _day(utc_s: float) -> date:
    return datetime.fromtimestamp(utc_s, JST).date()


def _midnight_after(utc_s: float) -> float:
    local = datetime.fromtimestamp(utc_s, JST).replace(hour=0, minute=0, second=0, microsecond=0)
    return local.timestamp() + _DAY_S


def _split(piece: Piece) -> Iterator[Piece]:
    """The piece cut at each midnight."""
    start = piece.start_s
    while start < piece.end_s:
        end = min(piece.end_s, _midnight_after(start))
        yield Piece(start, end, piece.best, piece.low, piece.high, piece.observed, piece.distance_m)
        start = end


def _row(day: date, pieces: list[Piece]) -> Day:
    seen = sum(piece.minutes for piece in pieces if piece.observed)
    told = sum(piece.minutes for piece in pieces)
    outside = _DAY_S / 60.0 - told  # before the first fix, after the last: nothing is known
    return Day(
        day=day,
        minutes=sum(piece.best * piece.minutes for piece in pieces),
        minutes_min=sum(piece.low * piece.minutes for piece in pieces),
        minutes_max=sum(piece.high * piece.minutes for piece in pieces) + outside,
        coverage=seen / (_DAY_S / 60.0),
    )
