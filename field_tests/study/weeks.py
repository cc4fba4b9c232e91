"""Weeks of a trial, counted one by one: each from its own days and those around it, and from nothing else.

So a week is counted alike before and after older positions are deleted. What a person's habits say of a gap
comes from `window_weeks` on both sides; the rest of the record does not matter.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

import numpy as np

from field_tests.outings.definitions import Definitions
from field_tests.outings.estimate import estimate
from field_tests.outings.track import Track
from field_tests.study.folder import Folder
from field_tests.study.found import Found
from field_tests.study.measured import MEASURED_BY, MeasuredDay, evidence_of, measured_days, worn_hours
from field_tests.study.moments import midnight_s
from field_tests.study.protocol import Protocol

_DAY: Final = timedelta(days=1)
_WEEK_DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days of a trial or, at its end, fewer. It is counted from those from `since` to `until`."""

    first: date
    last: date
    since: date
    until: date


def weeks_of(plan: Protocol, rules: Definitions) -> tuple[Week, ...]:
    """The weeks of a trial from its first day."""
    around = timedelta(days=int(rules.window_weeks * _WEEK_DAYS))
    found = []
    for number in range(0, (plan.last - plan.first).days + 1, _WEEK_DAYS):
        first = plan.first + timedelta(days=number)
        last = min(first + timedelta(days=_WEEK_DAYS - 1), plan.last)
        found.append(Week(first, last, max(plan.first, first - around), min(plan.last, last + around)))
    return tuple(found)


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """A person's positions in memory, read once for all weeks and all ways of counting."""

    logger: tuple[Track, ...]
    device: tuple[Track, ...]
    worn: dict[date, float]
    _told: dict[Week, tuple[int, int, str]] = field(default_factory=dict)

    def last_s(self) -> float | None:
        """The latest of them, UTC seconds."""
        return max((float(track.utc_s[-1]) for track in (*self.logger, *self.device)), default=None)

    def of(self, week: Week) -> tuple[int, int, str]:
        """How many of the logger and of the device a week is counted from, and the SHA-256 of those."""
        if week not in self._told:
            self._told[week] = self._of(week)
        return self._told[week]

    def _of(self, week: Week) -> tuple[int, int, str]:
        digest, counts = hashlib.sha256(), []
        for tracks in (self.logger, self.device):
            parts = within(tracks, midnight_s(week.since), midnight_s(week.until + _DAY))
            columns = [np.column_stack((one.utc_s, one.lat, one.lon, one.accuracy_m)) for one in parts]
            rows = np.concatenate([np.empty((0, 4)), *columns])
            rows = rows[np.lexsort(rows.T[::-1])]
            # Once: the same positions may be in two exports.
            rows = rows[np.any(np.diff(rows, axis=0, prepend=np.nan) != 0.0, axis=1)]
            digest.update(rows.tobytes())
            counts.append(len(rows))
        return counts[0], counts[1], digest.hexdigest()


def held(folder: Folder, person: str, found: Found) -> Held:
    """All positions of a person that are still there."""
    logger = tuple(folder.tracks(person, sources=MEASURED_BY, found=found))
    device = tuple(folder.tracks(person, sources=("device",), found=found))
    return Held(logger, device, worn_hours(device, folder.protocol.first, folder.protocol.last))


def week_days(folder: Folder, person: str, week: Week, held: Held) -> tuple[MeasuredDay, ...]:
    """A person's days of one week. None without a home, or of days that have not come."""
    homes = folder.homes.get(person, ())
    since_s = midnight_s(week.since)
    until_s = min(midnight_s(week.until + _DAY), folder.window.now_s)
    if not homes or not midnight_s(week.first) < until_s:
        return ()
    seen = estimate(
        within(held.logger, since_s, until_s),
        homes,
        evidence_of(folder.evidence.get(person, ()), MEASURED_BY),
        folder.definitions,
        since_utc_s=since_s,
        until_utc_s=until_s,
    )
    days = measured_days(seen, held.worn, folder.definitions)
    return tuple(one for one in days if week.first <= one.day.day <= week.last)


def within(tracks: Iterable[Track], since_s: float, until_s: float) -> list[Track]:
    """The positions from a moment until before another."""
    found = []
    for track in tracks:
        a, b = track.utc_s.searchsorted([since_s, until_s]).tolist()
        if a < b:
            columns = (track.utc_s, track.lat, track.lon, track.accuracy_m)
            found.append(Track(track.source, *(column[a:b] for column in columns)))
    return found
