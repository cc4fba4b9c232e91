"""From a change on the log scale to a line of the result: percent, interval, and why there is none."""

import math
from typing import Final

from field_tests.study.primary import Change
from field_tests.study.result import Estimate

Note = tuple[str, str]

NO_PERSONS: Final[Note] = (
    "比べられる人がいない、または、同じ週に装置のある人とない人がいないため、季節と区別できません。",
    "Nobody can be compared, or in no week were some with the device and some without: no season to tell.",
)
NO_INTERVAL: Final[Note] = (
    "人数が足りないか、季節の手がかりが一人だけのため、区間は出せません。",
    "No interval: too few persons, or the season is told by one person alone.",
)
NOT_ADJUSTED: Final[Note] = (
    "季節を調整していません。",
    "The season is not adjusted for.",
)
NOTHING_DRAWN: Final[Note] = (
    "くじで決めたものがないので、入れ替えられません。",
    "Nothing was drawn by lot: there is nothing to permute.",
)
NO_SEASON: Final[Note] = (
    "季節と目新しさは区別できていません。",
    "Season and novelty are not told from the device.",
)


def percent(log_ratio: float) -> float:
    """What a log ratio is as a change in percent."""
    return 100.0 * math.expm1(log_ratio)


def of_change(key: str, found: Change, *, p: float | None = None, note: Note = ("", "")) -> Estimate:
    """The line of a change; None with a note where it cannot be told."""
    if not math.isfinite(found.mean):
        return missing(key, NO_PERSONS)
    low, high = found.interval
    if not found.seasonal:
        note = joined(note, NO_SEASON)
    if not math.isfinite(low):
        note = joined(note, NO_INTERVAL)
    return of_log(key, found.mean, (low, high), p=p, persons=found.persons, days=found.days, note=note)


def of_log(
    key: str,
    mean: float,
    interval: tuple[float, float],
    *,
    p: float | None = None,
    persons: int = 0,
    days: int = 0,
    note: Note = ("", ""),
) -> Estimate:
    """The line of a log ratio with its interval; what is not finite is None."""
    low, high = (_finite(percent(bound)) if math.isfinite(bound) else None for bound in interval)
    return line(key, _finite(percent(mean)), low, high, p=p, persons=persons, days=days, note=note)


def missing(key: str, note: Note, *, persons: int = 0, days: int = 0) -> Estimate:
    """An estimate that cannot be given, and why."""
    return line(key, None, None, None, persons=persons, days=days, note=note)


def line(
    key: str,
    change_percent: float | None,
    low: float | None,
    high: float | None,
    *,
    p: float | None = None,
    persons: int = 0,
    days: int = 0,
    note: Note = ("", ""),
) -> Estimate:
    """An estimate in percent, as it is."""
    return Estimate(
        key=key,
        percent=change_percent,
        low=low,
        high=high,
        p=p,
        persons=persons,
        days=days,
        note_ja=note[0],
        note_en=note[1],
    )


def joined(*notes: Note) -> Note:
    """Several notes as one."""
    return ("".join(note[0] for note in notes), " ".join(note[1] for note in notes if note[1]))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
