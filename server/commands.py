"""What the command line does to a server's store, with or without the server running.

Plain functions; each opens the store, does one thing, closes it. All raise `ServerError`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from server import accounts, database
from server.access import Actor, Role
from server.accounts import Credentials, DeviceKey
from server.clock import Clock, SystemClock
from server.database import Database
from server.errors import AccountError, StoreError
from server.hub import Hub
from server.settings import Settings
from server.trips import PAGE, Stored, Trips, read_events
from server.trips import count_events as count_by_type
from wire.trip import TripEvent

T = TypeVar("T")


def migrate(settings: Settings) -> None:
    """Make the store, or bring it to this version."""
    database.migrate(settings.store_url)


def add_user(
    settings: Settings, role: str, login: str, name: str | None = None, password: str | None = None
) -> Credentials:
    """A new account of role wearer, caregiver or evaluator; the password is made where none is given."""
    return _with(
        settings, lambda db, clock: accounts.add_user(db, clock, _role(role), login, name or login, password)
    )


def add_device(settings: Settings, wearer: str, label: str = "標 / Shirube") -> DeviceKey:
    """A key for a device of the wearer with this login; shown once."""

    async def add(db: Database, clock: Clock) -> DeviceKey:
        user = await accounts.user_by_login(db, wearer, Role.WEARER)
        return await accounts.add_device(db, clock, user.id, label)

    return _with(settings, add)


def revoke_device(settings: Settings, device_id: str) -> None:
    """The device's key opens nothing from now on."""
    _with(settings, lambda db, clock: accounts.revoke_device(db, clock, device_id))


def link(settings: Settings, viewer: str, wearer: str, *, wearer_agreed: bool = False) -> None:
    """Ask that a caregiver or an evaluator may look at the wearer's outings (all are logins).

    The wearer answers on their page; `wearer_agreed` is for a consent given otherwise (on paper).
    """

    async def ask(db: Database, clock: Clock) -> None:
        looker = await accounts.user_by_login(db, viewer)
        if looker.role not in (Role.CAREGIVER, Role.EVALUATOR):
            raise AccountError(f"{viewer!r} is a {looker.role}: only caregivers and evaluators are linked")
        looked_at = await accounts.user_by_login(db, wearer, Role.WEARER)
        await accounts.ask_relation(db, clock, looker.id, looked_at.id, wearer_agreed=wearer_agreed)

    _with(settings, ask)


def share_next_trip(settings: Settings, wearer: str) -> None:
    """Record the wearer's consent that their caregivers follow the next trip, and only that."""

    async def share(db: Database, clock: Clock) -> None:
        user = await accounts.user_by_login(db, wearer, Role.WEARER)
        await Trips(db, clock, Hub()).share(Actor(user.id, Role.WEARER, user.name), None)

    _with(settings, share)


def count_events(settings: Settings, trip_id: str) -> dict[str, int]:
    """Stored events of the trip by type; for whoever administers the store."""

    async def count(db: Database, _clock: Clock) -> dict[str, int]:
        async with db.read() as connection:
            return await count_by_type(connection, trip_id)

    return _with(settings, count)


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

    return _with(settings, dump)


def _with(settings: Settings, work: Callable[[Database, Clock], Awaitable[T]]) -> T:
    async def run() -> T:
        db = Database(settings.store_url)
        try:
            return await work(db, SystemClock())
        finally:
            await db.close()

    database.migrate(settings.store_url)
    try:
        return asyncio.run(run())
    except SQLAlchemyError as error:
        raise StoreError(f"{settings.store_url}: {getattr(error, 'orig', None) or error}") from error


def _role(role: str) -> Role:
    try:
        return Role(role)
    except ValueError:
        known = ", ".join(known for known in Role if known is not Role.DEVICE)
        raise AccountError(f"there is no role {role!r}: choose one of {known}") from None
