"""What the command line does to a server's store, with or without the server running.

Plain functions; each opens the store, does one thing, closes it. All raise `ServerError`.
"""

from server import database
from server.clock import Clock
from server.commands_store import with_store
from server.database import Database
from server.settings import Settings
from server.trips import PAGE, Stored, read_events
from server.trips import count_events as count_by_type
from wire.trip import TripEvent


def migrate(settings: Settings) -> None:
    """Make the store, or bring it to this version."""
    database.migrate(settings.store_url)


def count_events(settings: Settings, trip_id: str) -> dict[str, int]:
    """Stored events of the trip by type; for whoever administers the store."""

    async def count(db: Database, _clock: Clock) -> dict[str, int]:
        async with db.read() as connection:
            return await count_by_type(connection, trip_id)

    return with_store(settings, count)


def dump_events(settings: Settings, trip_id: str) -> tuple[TripEvent, ...]:
    """Every stored event of the trip, in the order in which they happened; as `count_events`."""

    async def dump(db: Database, _clock: Clock) -> tuple[TripEvent, ...]:
        found: list[Stored] = []
        after = 0
        async with db.read() as connection:
            while page := await read_events(connection, trip_id, after, PAGE):
                found += page
                after = page[-1].id
        return tuple(stored.event for stored in sorted(found, key=lambda stored: stored.place))

    return with_store(settings, dump)
