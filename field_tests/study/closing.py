"""Whole calendar months, and the stretch at the end of a trial with silent weeks that has them. Pure.

A bill is of a month, and a month with a silent week is none with the device: where weeks are drawn up to the
last day no month can be compared. In the closing stretch no week is drawn; of outing time it tells nothing.
"""

from datetime import date, timedelta
from typing import Final

from field_tests.study.protocol import PhaseKind

# Of the closing stretch: of one month, a single cold or holiday would be the person's whole record.
LEAST_MONTHS: Final = 2
_DAY: Final = timedelta(days=1)


def fees_after(design: str) -> PhaseKind:
    """The phase whose months are compared with those before the start.

    With silent weeks an active month would be one by the luck of the lots, and of some persons only.
    """
    return "closing" if design == "silent_weeks" else "active"


def whole_months(first: date, last: date) -> int:
    """How many calendar months lie whole between these days, both counted."""
    begun = first if first.day == 1 else _next(first)
    over = (last + _DAY).replace(day=1)
    return max(12 * (over.year - begun.year) + over.month - begun.month, 0)


def closing_from(last: date, months: int) -> date:
    """The first day of the last `months` whole calendar months that end on `last` or before."""
    over = (last + _DAY).replace(day=1)
    year, month = divmod(12 * over.year + over.month - 1 - months, 12)
    return date(year, month + 1, 1)


def _next(day: date) -> date:
    """The first day of the next month."""
    year, month = divmod(12 * day.year + day.month, 12)
    return date(year, month + 1, 1)
