"""Days that are kept beside those that are counted from positions, and what has changed since. Pure."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from field_tests.outings.definitions import ESTIMATOR, Definitions
from field_tests.study.folder import Folder
from field_tests.study.found import Found
from field_tests.study.kept import MANIFEST, Kept, KeptWeek
from field_tests.study.measured import MeasuredDay
from field_tests.study.moments import midnight_s
from field_tests.study.weeks import Held, Week, week_days, weeks_of

_DAY: Final = timedelta(days=1)


def otherwise(kept: Kept, rules: Definitions) -> str:
    """How the counted days were counted otherwise than they would be now; empty: they were not."""
    manifest = kept.manifest
    if manifest.estimator != ESTIMATOR:
        return f"estimator {manifest.estimator}, now {ESTIMATOR}"
    if manifest.definitions_sha256 != rules.sha256:
        return f"definitions {manifest.definitions_sha256[:12]}, now {rules.sha256[:12]}"
    return ""


def outdated(folder: Folder, kept: Kept) -> dict[tuple[str, date], tuple[str, str]]:
    """Counted weeks that would be counted otherwise now, with the row of ISSUES and its detail."""
    how = otherwise(kept, folder.definitions)
    spans = {week.first: week.last for week in weeks_of(folder.protocol, folder.definitions)}
    found = {}
    for (person, first), week in kept.weeks.items():
        last = date.fromisoformat(week.last)
        if how or spans.get(first) != last:
            found[person, first] = ("counted_otherwise", how or "weeks of another plan")
        elif week.known_sha256 != known_sha256(folder, person, first, last):
            found[person, first] = ("counted_outdated", week.first)
    return found


def days_of_person(folder: Folder, person: str, held: Held, found: Found) -> tuple[MeasuredDay, ...]:
    """All days of a person until now: those that are kept, the others from their positions.

    What would be counted otherwise now is counted from its positions, and told where they are gone.
    """
    days: list[MeasuredDay] = []
    for week in weeks_of(folder.protocol, folder.definitions):
        kept = _kept_days(folder, person, week, held, found)
        days.extend(week_days(folder, person, week, held) if kept is None else kept)
    return tuple(days)


def _kept_days(
    folder: Folder, person: str, week: Week, held: Held, found: Found
) -> tuple[MeasuredDay, ...] | None:
    kept = folder.kept
    if kept is None or (week_kept := kept.weeks.get((person, week.first))) is None:
        return None
    gone = is_gone(kept, week, week_kept, held)
    days = kept.week_days(folder.variant, person, week.first, week.last)
    wrong = folder.outdated.get((person, week.first))
    if not days:
        wrong = ("counted_otherwise", f"not counted with {' '.join(folder.variant)}")
    if wrong is None:
        return days
    if not gone:
        return None
    found.add(
        wrong[0], "refused" if wrong[0] == "counted_otherwise" else "note", MANIFEST,
        person=person, detail=wrong[1],
    )  # fmt: skip
    return days


def is_gone(kept: Kept, week: Week, counted: KeptWeek, held: Held) -> bool:
    """Whether positions that a week was counted from are there no more, forgotten or taken away."""
    before = kept.forgotten.get(counted.person)
    if before is not None and week.since < before:
        return True
    logger, device, _ = held.of(week)
    return logger < counted.positions or device < counted.device_positions


def known_sha256(folder: Folder, person: str, first: date, last: date) -> str:
    """Of homes and evidence of these days: what was added for other days does not change it."""
    since_s, until_s = midnight_s(first), midnight_s(last + _DAY)
    homes = [
        replace(home, since_utc_s=a, until_utc_s=b)
        for home in folder.homes.get(person, ())
        for a, b in _cut(home.since_utc_s, home.until_utc_s, since_s, until_s)
    ]
    told = [
        replace(one, start_utc_s=a, end_utc_s=b)
        for one in folder.evidence.get(person, ())
        for a, b in _cut(one.start_utc_s, one.end_utc_s, since_s, until_s)
    ]
    lines = [*sorted(map(repr, homes)), *sorted(map(repr, told))]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _cut(start_s: float, end_s: float, since_s: float, until_s: float) -> Iterable[tuple[float, float]]:
    if start_s < until_s and end_s > since_s:
        yield max(start_s, since_s), min(end_s, until_s)
