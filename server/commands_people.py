"""What the command line does to people, organisations and devices; each act goes into the audit.

A running server needs nobody to tell it: rights are asked for in the store. All raise `ServerError`.
"""

from collections.abc import Awaitable, Callable
from typing import get_args

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server import accounts, audit, consent, devices, organisations, relations
from server.access import Actor, Role
from server.accounts import Credentials
from server.clock import Clock
from server.commands_store import with_store
from server.consent import Purpose
from server.database import Database
from server.devices import DeviceKey
from server.errors import AccountError
from server.hub import Hub
from server.settings import Settings
from server.tables import devices as device_table
from server.tables import organisations as organisation_table
from server.tables import users
from server.trips import Trips
from wire.api import DeviceKind

Work = Callable[[AsyncConnection, float, audit.By, str], Awaitable[object]]


def add_user(
    settings: Settings,
    role: str,
    login: str,
    name: str | None = None,
    password: str | None = None,
    *,
    organisation: str | None = None,
    lasting: bool = False,
) -> Credentials:
    """A new account. A password that is made here is for one login, unless `lasting`."""

    async def add(db: Database, clock: Clock) -> Credentials:
        where = organisations.LOCAL
        if organisation is not None:
            where = await organisations.organisation_named(db, organisation)
        return await accounts.add_user(
            db,
            clock,
            _role(role),
            login,
            name or login,
            password,
            by=audit.By(where),
            one_time=password is None and not lasting,
        )

    return with_store(settings, add)


def list_people(settings: Settings, organisation: str | None = None) -> list[dict[str, object]]:
    """Every account: role, login, name, pseudonym in a trial, organisation, state."""

    async def read(db: Database, _clock: Clock) -> list[dict[str, object]]:
        query = (
            select(users, organisation_table.c.name.label("organisation"))
            .outerjoin(organisation_table, organisation_table.c.id == users.c.organisation_id)
            .where(users.c.erased_utc_s.is_(None))
            .order_by(users.c.role, users.c.login)
        )
        if organisation is not None:
            where = await organisations.organisation_named(db, organisation)
            query = query.where(users.c.organisation_id == where)
        async with db.read() as connection:
            return [_person(row) for row in await connection.execute(query)]

    return with_store(settings, read)


def _person(row: Row[tuple[object, ...]]) -> dict[str, object]:
    waits = row.password_set_utc_s is None
    state = "disabled" if row.disabled_utc_s is not None else "one-time password" if waits else "in use"
    return {
        "role": row.role,
        "login": row.login,
        "name": row.name,
        "pseudonym": row.pseudonym or "",
        "organisation": row.organisation,
        "state": state,
    }


def disable(settings: Settings, login: str) -> None:
    """Its logins, sessions and devices open nothing from now on."""
    _act(settings, login, accounts.disable)


def enable(settings: Settings, login: str) -> None:
    """It may again."""
    _act(settings, login, accounts.enable)


def reset_password(settings: Settings, login: str) -> str:
    """A one-time password; the account's sessions end."""
    return str(_act(settings, login, accounts.reset_password))


def reset_second_factor(settings: Settings, login: str) -> None:
    """For who has lost it; the account's sessions end."""
    _act(settings, login, accounts.forget_second_factor)


def _act(settings: Settings, login: str, work: Work) -> object:
    async def act(db: Database, clock: Clock) -> object:
        user = await accounts.user_by_login(db, login)
        by = audit.By(None if user.organisation_id is None else str(user.organisation_id))
        async with db.write() as connection:
            return await work(connection, clock.utc_s(), by, str(user.id))

    return with_store(settings, act)


def add_device(
    settings: Settings, wearer: str, label: str = "標 / Shirube", *, kind: str = "glasses"
) -> DeviceKey:
    """A key for a device of the wearer with this login; shown once."""
    known = next((one for one in get_args(DeviceKind) if one == kind), None)
    if known is None:
        raise AccountError(f"there is no kind {kind!r} of device: choose glasses or logger")

    async def add(db: Database, clock: Clock) -> DeviceKey:
        user = await accounts.user_by_login(db, wearer, Role.WEARER)
        return await devices.add_device(db, clock, str(user.id), label, known)

    return with_store(settings, add)


def list_devices(settings: Settings, wearer: str) -> list[dict[str, object]]:
    """The wearer's devices: id, name, kind, version, last contact and end in UTC seconds."""

    async def read(db: Database, _clock: Clock) -> list[dict[str, object]]:
        user = await accounts.user_by_login(db, wearer, Role.WEARER)
        query = select(device_table).where(device_table.c.wearer_id == user.id)
        columns = ("id", "label", "kind", "version", "seen_utc_s", "revoked_utc_s")
        async with db.read() as connection:
            rows = await connection.execute(query.order_by(device_table.c.created_utc_s, device_table.c.id))
            return [{column: getattr(row, column) for column in columns} for row in rows]

    return with_store(settings, read)


def revoke_device(settings: Settings, device_id: str) -> None:
    """The device's key opens nothing from now on."""
    with_store(settings, lambda db, clock: devices.revoke_device(db, clock, device_id))


def link(settings: Settings, viewer: str, wearer: str, *, wearer_agreed: bool = False) -> None:
    """Ask that a caregiver or an evaluator may look at the wearer's outings (all are logins).

    The wearer answers on their page; `wearer_agreed` is for a consent on paper. An evaluator
    is of the wearer's own organisation, to which the wearer has agreed; a caregiver may be of any.
    """

    async def ask(db: Database, clock: Clock) -> None:
        looker = await accounts.user_by_login(db, viewer)
        if looker.role not in (Role.CAREGIVER, Role.EVALUATOR):
            raise AccountError(f"{viewer!r} is a {looker.role}: only caregivers and evaluators are linked")
        looked_at = await accounts.user_by_login(db, wearer, Role.WEARER)
        if looker.role == Role.EVALUATOR and looker.organisation_id != looked_at.organisation_id:
            raise AccountError(f"{viewer!r} evaluates for another organisation than the one of {wearer!r}")
        await relations.ask_relation(
            db, clock, str(looker.id), str(looked_at.id), wearer_agreed=wearer_agreed
        )
        if wearer_agreed and looker.role == Role.EVALUATOR:
            await _consent_on_paper(db, clock, str(looked_at.id), Purpose.TRIAL_RESEARCH)

    with_store(settings, ask)


def share_next_trip(settings: Settings, wearer: str) -> None:
    """Record the wearer's consent that their caregivers follow the next trip, and only that."""

    async def share(db: Database, clock: Clock) -> None:
        user = await accounts.user_by_login(db, wearer, Role.WEARER)
        await _consent_on_paper(db, clock, str(user.id), Purpose.LIVE_SHARING)
        await Trips(db, clock, Hub()).share(Actor(str(user.id), Role.WEARER, str(user.name)), None)

    with_store(settings, share)


async def _consent_on_paper(db: Database, clock: Clock, wearer_id: str, purpose: Purpose) -> None:
    async with db.write() as connection:
        await consent.give(connection, wearer_id, purpose, clock.utc_s(), how="paper")


def add_organisation(settings: Settings, name: str) -> str:
    """Its id."""
    return with_store(settings, lambda db, clock: organisations.add_organisation(db, clock, name))


def list_organisations(settings: Settings) -> list[dict[str, object]]:
    """Each with the number of its people."""

    async def read(db: Database, _clock: Clock) -> list[dict[str, object]]:
        rows = await organisations.organisations_with_counts(db)
        return [{"id": row.id, "name": row.name, "people": row.people} for row in rows]

    return with_store(settings, read)


def _role(role: str) -> Role:
    try:
        return Role(role)
    except ValueError:
        known = ", ".join(known for known in Role if known is not Role.DEVICE)
        raise AccountError(f"there is no role {role!r}: choose one of {known}") from None
