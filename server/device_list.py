"""The devices of an organisation as an administrator looks after them: heard of, updated, whole; never where.

Of what a device tells on its walks only the health of its parts is read here, as it told it last.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import Row, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.access import Action, Actor, role_may
from server.clock import Clock
from server.database import Database
from server.devices import PAGE
from server.listing import Listing, listing
from server.organisations import organisation_of
from server.own_trips import LOGGER
from server.tables import NO_POSITION, devices, events, trips, users
from wire.codec import EVENT
from wire.trip import HealthChanged

DeviceState = Literal["", "in_use", "silent", "never", "revoked"]
SILENT_S: Final = 7 * 86_400.0  # a device that is worn is heard of in a week
OLD_KEY_S: Final = 120 * 86_400.0  # a device renews its key each 90 days by itself


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for; empty: everything. `text`: a part of the device's or the wearer's name."""

    text: str = ""
    kind: str = ""
    state: DeviceState = ""


@dataclass(frozen=True, slots=True)
class PartHealth:
    """A part of a device, as it was last told. `level`: its battery's words (`40 %`)."""

    part: str
    health: str
    utc_s: float
    level: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """One device. Ages in seconds; None: not known, or not a thing that this kind has."""

    row: Row[Any]
    contact_age_s: float | None
    key_age_s: float | None
    parts: tuple[PartHealth, ...]

    @property
    def in_use(self) -> bool:
        """Its key opens something."""
        return self.row.revoked_utc_s is None

    @property
    def silent(self) -> bool:
        """It should have been heard of."""
        return self.in_use and self.contact_age_s is not None and self.contact_age_s > SILENT_S

    @property
    def old_key(self) -> bool:
        """It does not renew its key as it should."""
        return self.in_use and self.key_age_s is not None and self.key_age_s > OLD_KEY_S

    @property
    def ailing(self) -> tuple[PartHealth, ...]:
        """What was not well when it was last told."""
        return tuple(part for part in self.parts if part.health != "ok")


async def devices_listed(
    db: Database, clock: Clock, administrator: Actor, wanted: Wanted, number: int
) -> Listing[Kept]:
    """One page of the devices of the administrator's organisation, by wearer."""
    role_may(administrator, Action.LIST_DEVICES)
    now_s = clock.utc_s()
    async with db.read() as connection:
        own = await organisation_of(connection, administrator.user_id)
        query = (
            select(devices, users.c.name.label("wearer_name"))
            .join(users, users.c.id == devices.c.wearer_id)
            .where(users.c.organisation_id == own, users.c.erased_utc_s.is_(None))
            .order_by(users.c.name, devices.c.label, devices.c.id)
        )
        found = await listing(connection, _narrowed(query, wanted, now_s), number)
        health = await _health(connection, [str(row.id) for row in found.rows])
    return found.of([_kept(row, now_s, health.get(str(row.id), ())) for row in found.rows])


def _narrowed(query: Select[Any], wanted: Wanted, now_s: float) -> Select[Any]:
    if text := wanted.text.strip():
        named = devices.c.label.icontains(text, autoescape=True)
        query = query.where(or_(named, users.c.name.icontains(text, autoescape=True)))
    if wanted.kind:
        query = query.where(devices.c.kind == wanted.kind)
    in_use, seen = devices.c.revoked_utc_s.is_(None), devices.c.seen_utc_s
    match wanted.state:
        case "in_use":
            return query.where(in_use)
        case "silent":
            return query.where(in_use, seen < now_s - SILENT_S)
        case "never":
            return query.where(in_use, seen.is_(None))
        case "revoked":
            return query.where(~in_use)
        case _:
            return query


def _kept(row: Row[Any], now_s: float, parts: tuple[PartHealth, ...]) -> Kept:
    since_s = row.created_utc_s if row.key_utc_s is None else row.key_utc_s
    contact_s = None if row.seen_utc_s is None else max(now_s - row.seen_utc_s, 0.0)
    # A browser has no key, and a phone that logs is given one that stays.
    key_s = None if row.kind in (PAGE, LOGGER) else max(now_s - since_s, 0.0)
    return Kept(row, contact_s, key_s, parts)


async def _health(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, tuple[PartHealth, ...]]:
    """The parts of these devices as told on the newest walk of each that has not been summed up."""
    number = func.row_number().over(partition_by=trips.c.device_id, order_by=trips.c.accepted_utc_s.desc())
    walks = select(trips.c.id, number.label("number")).where(trips.c.device_id.in_(ids)).subquery()
    query = (
        select(events.c.device_id, events.c.utc_s, events.c.body)
        .join(walks, walks.c.id == events.c.trip_id)
        .where(walks.c.number == 1, NO_POSITION, events.c.type == "health_changed")
        .order_by(events.c.log_id, events.c.seq)
    )
    told: dict[str, dict[str, PartHealth]] = {}
    for row in await connection.execute(query):
        what = EVENT.decode(row.body).what
        if isinstance(what, HealthChanged):
            # Only a battery's detail is for this page: that of others may be anything.
            level = what.detail if what.part == "battery" else ""
            of_device = told.setdefault(row.device_id, {})
            of_device[what.part] = PartHealth(what.part, what.health, row.utc_s, level)
    return {device: tuple(parts[name] for name in sorted(parts)) for device, parts in told.items()}
