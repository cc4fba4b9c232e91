"""Positions that two sources have in common: copied files, a logger's lines that are the device's. Pure.

Each day of a source is told by a sum over its positions, whatever their order, file and packing. Receivers
never agree on the last digit for long: an equal day is a copy.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from field_tests.issues import Issue
from field_tests.outings.track import Source, Track
from field_tests.study.fixes_files import FIXES
from field_tests.study.found import Found
from field_tests.study.kept import MANIFEST, Kept

_DAY_MS: Final = 86_400_000
_JST_MS: Final = 9 * 3_600_000
# So few positions may be a test of both at one desk.
_LEAST_FIXES: Final = 20
_DEGREES: Final = 1e7  # a centimetre; files write as much
# Odd numbers that spread bits (the fractions of pi, e and the golden ratio, as SplitMix64 and others use).
_SPREAD: Final = (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
_HALF: Final = np.uint64(32)

# A day since 1970, how many positions it has, and their sum.
Print = tuple[int, int, int]


@dataclass(slots=True)
class Prints:
    """The days of one person's sources, as sums; filled while their positions are read."""

    _days: dict[tuple[Source, int], tuple[int, int]] = field(default_factory=dict)

    def passing(self, tracks: Iterable[Track]) -> Iterator[Track]:
        """The tracks, as they are, once they are summed."""
        for track in tracks:
            self._add(track)
            yield track

    def of(self, source: Source) -> frozenset[Print]:
        """The days of a source that have enough positions to be told from others."""
        return frozenset(
            (day, count, total)
            for (own, day), (count, total) in self._days.items()
            if own == source and count >= _LEAST_FIXES
        )

    def usable(self, source: Source) -> bool:
        """Whether there was any usable position of a source."""
        return any(own == source for own, _ in self._days)

    def _add(self, track: Track) -> None:
        if not len(track):
            return
        ms = np.rint(track.utc_s * 1000.0).astype(np.int64)
        numbers = (ms, *(np.rint(column * _DEGREES).astype(np.int64) for column in (track.lat, track.lon)))
        mixed = np.zeros(len(ms), np.uint64)
        for column, spread in zip(numbers, _SPREAD, strict=True):
            mixed = (mixed ^ column.view(np.uint64)) * np.uint64(spread)
            mixed ^= mixed >> _HALF
        days, first, counts = np.unique((ms + _JST_MS) // _DAY_MS, return_index=True, return_counts=True)
        totals = np.add.reduceat(mixed, first)
        for day, count, total in zip(days.tolist(), counts.tolist(), totals.tolist(), strict=True):
            before, summed = self._days.get((track.source, day), (0, 0))
            self._days[track.source, day] = before + count, (summed + total) % 2**64


def shared_weeks(kept: Kept) -> tuple[Issue, ...]:
    """The same of weeks whose positions may be deleted: by the hash of what they were counted from."""
    holders: dict[str, set[str]] = {}
    for week in kept.manifest.weeks:
        if week.positions >= _LEAST_FIXES:
            holders.setdefault(week.sha256, set()).add(week.person)
    found = Found()
    for who in sorted(sorted(names) for names in holders.values() if len(names) > 1):
        found.add("fixes_shared", "refused", MANIFEST, person=who[0], detail=f"= {', '.join(who[1:])}")
    return found.issues()


def shared(prints: Mapping[tuple[str, Source], frozenset[Print]]) -> tuple[Issue, ...]:
    """Who has days of positions that are another's, or the device's: nobody can tell whose they are."""
    holders: dict[Print, list[tuple[str, Source]]] = {}
    for holder, days in prints.items():
        for day in days:
            holders.setdefault(day, []).append(holder)
    found = Found()
    for _, who in sorted((day, who) for day, who in holders.items() if len(who) > 1):
        person, source = who[0]
        other = ", ".join(f"{FIXES}/{name}.{of}" for name, of in who[1:])
        found.add("fixes_shared", "refused", f"{FIXES}/{person}.{source}", person=person, detail=f"= {other}")
    return found.issues()
