"""What the command line does for a trial: positions for counting, and reports for evaluators.

Plain functions; each opens the store, does one thing, closes it. All raise `ServerError`.
"""

from datetime import date
from pathlib import Path

from server import trial_export, trial_publishing
from server.clock import Clock
from server.commands_store import with_store
from server.database import Database
from server.organisations import organisation_named
from server.settings import Settings
from server.trial_export_words import Exported
from server.trial_publishing import Published
from server.trial_results import TrialLine, lines_of


def export(
    settings: Settings, organisation: str, out: Path, since: date | None = None, until: date | None = None
) -> Exported:
    """Write positions and homes of who takes part into `out`; both days are counted."""

    async def written(db: Database, clock: Clock) -> Exported:
        where = await organisation_named(db, organisation)
        window = trial_export.window_of(since, until)
        return await trial_export.export(db, clock, where, out, window, settings.raw_days)

    return with_store(settings, written)


def publish(settings: Settings, organisation: str, folder: Path, replaces: str | None = None) -> Published:
    """Give the report in `folder` to the organisation's evaluators; in the place of another one."""
    result, files = trial_publishing.read_report(folder)

    async def published(db: Database, clock: Clock) -> Published:
        where = await organisation_named(db, organisation)
        async with db.write() as connection:
            return await trial_publishing.publish(
                connection, where, result, files, clock.utc_s(), replaces=replaces
            )

    return with_store(settings, published)


def listed(settings: Settings, organisation: str) -> tuple[TrialLine, ...]:
    """The published reports, newest first."""

    async def read(db: Database, _clock: Clock) -> tuple[TrialLine, ...]:
        where = await organisation_named(db, organisation)
        async with db.read() as connection:
            return await lines_of(connection, where)

    return with_store(settings, read)


def remove(settings: Settings, organisation: str, trial_id: str) -> None:
    """Take a report away from the evaluators, and delete it."""

    async def removed(db: Database, clock: Clock) -> None:
        where = await organisation_named(db, organisation)
        async with db.write() as connection:
            await trial_publishing.remove(connection, where, trial_id, clock.utc_s())

    with_store(settings, removed)
