"""A trial's days as arrays.

Person by calendar week by weekday, which days are compared, and on which side.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from field_tests.study.protocol import Design, PhaseKind
from field_tests.study.tables import PersonDay, TrialTables

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Sides = NDArray[np.int8]

COMPARISON: Final = 0
ACTIVE: Final = 1
NEITHER: Final = -1
DAYS: Final = 7
_WEEKS_OF_YEAR: Final = 52

KINDS: Final[tuple[PhaseKind, ...]] = ("baseline", "wash_in", "active", "silent", "closing")
# With silent weeks the comparison is between weeks that both have the device; otherwise with the time before
# it.
COMPARED_TO: Final[dict[Design, PhaseKind]] = {
    "randomised_start": "baseline",
    "silent_weeks": "silent",
    "before_after": "baseline",
}


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Days of all persons, arrays (persons, weeks, 7), weeks from Monday; NaN where a day does not count.

    `side` is ACTIVE, COMPARISON or NEITHER. `label` (weeks): weeks of one label share a season's factor.
    `unseasoned_allowed`: where no week is shared, an estimate without seasons is better than none (before and
    after).
    """

    persons: tuple[str, ...]
    monday: date
    values: Floats
    side: Sides
    label: Ints
    unseasoned_allowed: bool = False

    @property
    def used(self) -> NDArray[np.bool_]:
        """Days that count on one of the two sides."""
        return np.asarray(np.isfinite(self.values) & (self.side != NEITHER))

    def of(self, values: Floats) -> "Panel":
        """The same days with other values."""
        return replace(self, values=values)

    def on(self, side: Sides) -> "Panel":
        """The same days on other sides."""
        return replace(self, side=side)

    def only(self, keep: Iterable[int]) -> "Panel":
        """These persons, by position."""
        chosen = list(keep)
        persons = tuple(self.persons[i] for i in chosen)
        return replace(self, persons=persons, values=self.values[chosen], side=self.side[chosen])


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """All that is known of each day, arrays (persons, weeks, 7).

    Minutes and bounds, out (1, 0, NaN), kind of phase.

    `kind` is a position in KINDS, -1 for a day of no phase. `day` tells which calendar day a cell is.
    """

    design: Design
    persons: tuple[str, ...]
    monday: date
    minutes: Floats
    low: Floats
    high: Floats
    out: Floats
    valid: NDArray[np.bool_]
    kind: Sides

    @property
    def weeks(self) -> int:
        """Calendar weeks from the first Monday."""
        return int(self.minutes.shape[1])

    def panel(self, values: Floats | None = None) -> Panel:
        """What the primary formula is given.

        Minutes, or other values of the same days, where a day counts.
        """
        shown = self.minutes if values is None else values
        return Panel(
            self.persons,
            self.monday,
            np.where(self.valid, shown, np.nan),
            sides(self.design, self.kind),
            labels(self.design, self.weeks),
            unseasoned_allowed=self.design == "before_after",
        )


def sides(design: Design, kind: Sides) -> Sides:
    """ACTIVE and COMPARISON days of a design; wash-in and closing days are on neither side."""
    to = KINDS.index(COMPARED_TO[design])
    found = np.full(kind.shape, NEITHER, dtype=np.int8)
    found[kind == to] = COMPARISON
    found[kind == KINDS.index("active")] = ACTIVE
    return found


def labels(design: Design, weeks: int) -> Ints:
    """Which weeks share a season's factor: each calendar week has its own.

    Before and after, nobody else tells the season: then a week's factor is that of the same week of another
    year, if there was one; 52 weeks are a year but for a day.
    """
    each = np.arange(weeks, dtype=np.int64)
    return each % _WEEKS_OF_YEAR if design == "before_after" else each


def grid(tables: TrialTables) -> Grid:
    """The days of `tables`, each at its place; persons in the order of the list."""
    persons = tuple(participant.person for participant in tables.participants)
    first = min((day.day for day in tables.days), default=tables.protocol.first)
    last = max((day.day for day in tables.days), default=first)
    monday = first - timedelta(days=first.weekday())
    shape = (len(persons), (last - monday).days // DAYS + 1, DAYS)
    empty = Grid(
        design=tables.protocol.design,
        persons=persons,
        monday=monday,
        minutes=np.full(shape, np.nan),
        low=np.full(shape, np.nan),
        high=np.full(shape, np.nan),
        out=np.full(shape, np.nan),
        valid=np.zeros(shape, dtype=np.bool_),
        kind=np.full(shape, -1, dtype=np.int8),
    )
    position = {person: i for i, person in enumerate(persons)}
    for day in tables.days:
        if day.person in position:
            week, weekday = divmod((day.day - monday).days, DAYS)
            _place(empty, (position[day.person], week, weekday), day)
    return empty


def _place(into: Grid, at: tuple[int, int, int], day: PersonDay) -> None:
    into.minutes[at] = day.minutes
    into.low[at] = day.minutes_min
    into.high[at] = day.minutes_max
    into.out[at] = np.nan if day.out is None else float(day.out)
    into.valid[at] = day.valid
    into.kind[at] = -1 if day.phase is None else KINDS.index(day.phase)
