"""What the store can give a trial: positions and homes of who takes part, as docs/trial-folder.md has it.

Only what came after they agreed, by pseudonym, never a name or a login. One outing is in memory at a time.
The plan of the trial, its participants and their phases are not the server's: whoever runs it writes those.
"""

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server import audit
from server.clock import JST, Clock
from server.consent import Purpose
from server.consent_texts import versions_in_force
from server.database import Database
from server.day_figures import day_of
from server.looks import write_office_look
from server.own_trips import LOGGER
from server.tables import consents, days, devices, saved_places, trips, users
from server.trial_export_files import add, gathering, new_table, refuse_written
from server.trial_export_words import Exported, readme
from server.trial_publishing import takes_part
from server.trips import read_fixes

LOOK: Final = "trial_export"  # what the wearer reads in the log of who looked
_FIXES: Final = ("utc_s", "lat", "lon", "accuracy_m")
_HOMES: Final = ("person", "home", "lat", "lon", "radius_m", "since", "until")
_MISSING: Final = (
    "person", "source", "day", "why", "outings", "minutes", "minutes_min", "minutes_max", "coverage",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Window:
    """From a moment until before another, UTC seconds."""

    since_utc_s: float = 0.0
    until_utc_s: float = math.inf

    def has(self, utc_s: float) -> bool:
        """Whether the moment is within it."""
        return self.since_utc_s <= utc_s < self.until_utc_s


@dataclass(slots=True)
class _Own:
    """One participant's, while it is gathered."""

    user_id: str
    files: list[Path] = field(default_factory=list)
    positions: int = 0
    oldest_utc_s: float | None = None
    homes: list[tuple[object, ...]] = field(default_factory=list)
    missing: list[tuple[object, ...]] = field(default_factory=list)


async def export(
    db: Database, clock: Clock, organisation_id: str, out: Path, window: Window, raw_days: float
) -> Exported:
    """Write the folder, and write down that it was written, for the audit and for each wearer.

    `raw_days`: as in the settings, how long positions may be kept; the folder says until when that is.
    A later window adds its files to the same folder. `TrialError`: one of them is there already, which is
    never written over.
    """
    label = _label(window, clock.utc_s())
    async with db.read() as connection:
        persons = await _participants(connection, organisation_id)
    refuse_written(out, label, [str(person.pseudonym) for person in persons])
    with gathering(out, label) as part:
        found = [await _own(db, part, person, window, label) for person in persons]
        now_s = clock.utc_s()
        async with db.write() as connection:
            # Who has withdrawn while this ran takes theirs with them.
            still = {str(person.id) for person in await _participants(connection, organisation_id)}
            kept = [own for own in found if own.user_id in still]
            for own in kept:
                await write_office_look(connection, own.user_id, LOOK, now_s)
            made = _sum(kept)
            detail = {"persons": made.persons, "positions": made.positions}
            await audit.record(connection, now_s, audit.By(organisation_id), "trial_exported", None, **detail)
        for file in (file for own in found if own not in kept for file in own.files):
            file.unlink()
        first = not (out / "homes.csv").exists()
        _write_tables(part, kept, label, "homes.csv" if first else f"export/{label}/homes.csv")
        (part / "export" / label / "README.txt").write_text(readme(made, now_s, raw_days), "utf-8")
        add(part, out)
    return made


def _label(window: Window, now_s: float) -> str:
    """What the files of this window are named by: its days, both counted."""
    first = day_of(window.since_utc_s) if window.since_utc_s > 0.0 else "begin"
    return f"{first}_{day_of(min(window.until_utc_s - 1.0, now_s))}"


async def _participants(connection: AsyncConnection, organisation_id: str) -> list[Row[Any]]:
    """Who takes part, with `given_utc_s`: since when."""
    given = consents.alias("given")  # the one that is in force is asked for in the same table
    query = (
        select(users.c.id, users.c.pseudonym, func.min(given.c.given_utc_s).label("given_utc_s"))
        .join(given, given.c.wearer_id == users.c.id)
        .where(
            takes_part(organisation_id),
            given.c.purpose == Purpose.TRIAL_RESEARCH.value,
            given.c.version.in_(versions_in_force(Purpose.TRIAL_RESEARCH.value)),
            given.c.withdrawn_utc_s.is_(None),
        )
        .group_by(users.c.id, users.c.pseudonym)
        .order_by(users.c.pseudonym)
    )
    return list(await connection.execute(query))


async def _own(db: Database, part: Path, person: Row[Any], window: Window, label: str) -> _Own:
    own = _Own(str(person.id))
    async with db.read() as connection:
        tracks = await _trips(connection, person)
        own.homes = await _homes(connection, person)
        own.missing = await _missing(connection, person, window)
    for source in ("logger", "device"):
        theirs = [str(trip.id) for trip in tracks if (trip.kind == LOGGER) == (source == "logger")]
        path = part / "fixes" / f"{person.pseudonym}.{source}" / f"{label}.csv"
        await _write_fixes(db, path, theirs, window, own)
    return own


async def _trips(connection: AsyncConnection, person: Row[Any]) -> list[Row[Any]]:
    """Outings since they agreed whose positions are there. Practice is no outing."""
    query = (
        select(trips.c.id, devices.c.kind)
        .join(devices, devices.c.id == trips.c.device_id)
        .where(
            trips.c.wearer_id == person.id,
            trips.c.practice.is_(False),
            trips.c.summed_utc_s.is_(None),
            trips.c.accepted_utc_s >= person.given_utc_s,
        )
        .order_by(trips.c.started_utc_s, trips.c.id)
    )
    return list(await connection.execute(query))


async def _write_fixes(db: Database, path: Path, trip_ids: Sequence[str], window: Window, own: _Own) -> None:
    """A file, where there is any position."""
    if not trip_ids:
        return
    count = 0
    path.parent.mkdir(mode=0o700)
    with new_table(path) as file:
        writer = csv.writer(file)
        writer.writerow(_FIXES)
        for trip_id in trip_ids:
            async with db.read() as connection:
                fixes = await read_fixes(connection, trip_id)
            # A phone sends late what it kept: the log has it in the order of arrival.
            for fix in sorted((fix for fix in fixes if window.has(fix.utc_s)), key=lambda fix: fix.utc_s):
                row = (f"{fix.utc_s:.3f}", f"{fix.lat:.7f}", f"{fix.lon:.7f}", f"{fix.accuracy_m:.1f}")
                writer.writerow(row)
                oldest = fix.utc_s if own.oldest_utc_s is None else min(own.oldest_utc_s, fix.utc_s)
                own.oldest_utc_s, count = oldest, count + 1
    if count:
        own.files.append(path)
        own.positions += count
    else:
        path.unlink()


async def _homes(connection: AsyncConnection, person: Row[Any]) -> list[tuple[object, ...]]:
    """Places saved as home, without the wearer's words for them. Since when they live there is unknown."""
    query = (
        select(saved_places.c.lat, saved_places.c.lon)
        .where(saved_places.c.wearer_id == person.id, saved_places.c.kind == "home")
        .order_by(saved_places.c.created_utc_s, saved_places.c.id)
    )
    found = enumerate(await connection.execute(query), 1)
    return [
        (person.pseudonym, f"home{n}", f"{home.lat:.7f}", f"{home.lon:.7f}", "", "", "") for n, home in found
    ]


async def _missing(connection: AsyncConnection, person: Row[Any], window: Window) -> list[tuple[object, ...]]:
    """Days whose positions are deleted: what stays of them. Not that of the consent, partly before it."""
    query = (
        select(days)
        .where(days.c.wearer_id == person.id, days.c.day > day_of(person.given_utc_s))
        .order_by(days.c.day, days.c.device_kind)
    )
    first, last = day_of(window.since_utc_s), day_of(window.until_utc_s - 1.0)
    figures = ("trips", "minutes", "minutes_min", "minutes_max", "coverage")
    return [
        (
            person.pseudonym,
            "logger" if row.device_kind == LOGGER else "device",
            row.day,
            "track_deleted",
            *(row._mapping[name] for name in figures),
        )
        for row in await connection.execute(query)
        if first <= row.day <= last
    ]


def _sum(kept: Sequence[_Own]) -> Exported:
    return Exported(
        persons=len(kept),
        positions=sum(own.positions for own in kept),
        homes=sum(len(own.homes) for own in kept),
        missing_days=sum(len(own.missing) for own in kept),
        oldest_utc_s=min((own.oldest_utc_s for own in kept if own.oldest_utc_s is not None), default=None),
    )


def _write_tables(part: Path, kept: Sequence[_Own], label: str, homes_file: str) -> None:
    homes = [row for own in kept for row in own.homes]
    missing = [row for own in kept for row in own.missing]
    for path, columns, rows in (
        (part / homes_file, _HOMES, homes),
        (part / "export" / label / "missing.csv", _MISSING, missing),
    ):
        with new_table(path) as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows(rows)


def window_of(since: date | None, until: date | None) -> Window:
    """From the beginning of the first to the end of the last day in Japan; None: without that limit."""
    begins_s = 0.0 if since is None else _midnight_s(since)
    return Window(begins_s, math.inf if until is None else _midnight_s(until + timedelta(days=1)))


def _midnight_s(day: date) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=JST).timestamp()
