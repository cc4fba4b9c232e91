"""The wearers' devices and their keys: made, found, renewed, revoked."""

from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server import audit
from server.access import Action, Actor, Role, role_may
from server.allow import allow_device
from server.clock import Clock
from server.credentials import new_device_key, new_id, token_hash
from server.database import Database
from server.errors import AccountError, Conflict
from server.names import check_name
from server.notices import tell_new_device
from server.organisations import organisation_of
from server.own_trips import LOGGER
from server.tables import devices, users
from server.together import Together
from wire.api import DeviceKind

# A device that asked for a new key and died before keeping it goes on with the old one; what it lost is void.
NEW_KEY_S: Final = 24 * 3600.0
PAGE: Final = "page"  # the kind of a browser in which a wearer walks: it has no key, its wearer logs in
_KEYS: Final = 500  # in one query
_KEY, _NEXT = devices.c.key_hash, devices.c.next_key_hash
_IN_USE: Final = (
    select(devices.c.id, devices.c.wearer_id, devices.c.kind, _KEY, _NEXT, users.c.name)
    .join(users, users.c.id == devices.c.wearer_id)
    .where(
        devices.c.revoked_utc_s.is_(None),
        users.c.disabled_utc_s.is_(None),
        users.c.erased_utc_s.is_(None),
    )
)


@dataclass(frozen=True, slots=True)
class DeviceKey:
    """What a new device is told, once."""

    device_id: str
    key: str


async def insert_device(
    connection: AsyncConnection,
    wearer_id: str,
    label: str,
    now_s: float,
    *,
    kind: DeviceKind | Literal["page"] = "glasses",
    version: str | None = None,
) -> DeviceKey:
    """Write the device in the caller's transaction; `Malformed` for a label that cannot be read.

    In the middle of a call for help it is told how that stands, as soon as it connects.
    """
    check_name(label)
    made = DeviceKey(new_id(), new_device_key())
    row = {
        "id": made.device_id,
        "wearer_id": wearer_id,
        "label": label,
        "key_hash": token_hash(made.key),
        "created_utc_s": now_s,
        "kind": kind,
        "version": version,
    }
    await connection.execute(insert(devices).values(row))
    if kind != LOGGER:
        await tell_new_device(connection, wearer_id, made.device_id, now_s)
    return made


async def add_device(
    db: Database, clock: Clock, wearer_id: str, label: str, kind: DeviceKind = "glasses"
) -> DeviceKey:
    """A key for one of the wearer's devices; shown once."""
    now_s = clock.utc_s()
    async with db.write() as connection:
        made = await insert_device(connection, wearer_id, label, now_s, kind=kind)
        by = audit.By(await organisation_of(connection, wearer_id))
        await audit.record(connection, now_s, by, "device_added", made.device_id, kind=kind)
    return made


async def revoke_device(db: Database, clock: Clock, device_id: str) -> None:
    """The key opens nothing from now on; what the device has sent stays."""
    now_s = clock.utc_s()
    async with db.write() as connection:
        if not await _end_keys(connection, device_id, now_s):
            raise AccountError(f"there is no device {device_id!r} in use")
        owner = select(devices.c.wearer_id).where(devices.c.id == device_id)
        wearer_id = (await connection.execute(owner)).scalar_one()
        by = audit.By(await organisation_of(connection, wearer_id))
        await audit.record(connection, now_s, by, "device_revoked", device_id)


async def _end_keys(connection: AsyncConnection, device_id: str, now_s: float) -> bool:
    revoked = (
        update(devices)
        .where(devices.c.id == device_id, devices.c.revoked_utc_s.is_(None))
        .values(revoked_utc_s=now_s, next_key_hash=None, next_key_utc_s=None)
    )
    return (await connection.execute(revoked)).rowcount > 0


async def _by_key(db: Database, clock: Clock, hashes: frozenset[str]) -> dict[str, Actor]:
    """The devices that these are the keys of, as `Devices.with_key` tells it."""
    now_s, wanted = clock.utc_s(), sorted(hashes)
    found: dict[str, Row[tuple[object, ...]]] = {}
    async with db.read() as connection:
        for first in range(0, len(wanted), _KEYS):
            some = wanted[first : first + _KEYS]
            found |= {row.key_hash: row for row in await connection.execute(_IN_USE.where(_KEY.in_(some)))}
            # A new key is used for the first time once a year.
            if left := [one for one in some if one not in found]:
                renewed = _IN_USE.where(_NEXT.in_(left), devices.c.next_key_utc_s > now_s - NEW_KEY_S)
                found |= {row.next_key_hash: row for row in await connection.execute(renewed)}
    for hashed, row in found.items():
        if row.key_hash != hashed:
            await _take_up(db, str(row.id), hashed, now_s)
    return {
        hashed: Actor(
            str(row.wearer_id),
            Role.DEVICE,
            str(row.name),
            device_id=str(row.id),
            logs_only=row.kind == LOGGER,
        )
        for hashed, row in found.items()
    }


async def _take_up(db: Database, device_id: str, hashed: str, now_s: float) -> None:
    change = (
        update(devices)
        .where(devices.c.id == device_id, devices.c.next_key_hash == hashed)
        .values(key_hash=hashed, key_utc_s=now_s, next_key_hash=None, next_key_utc_s=None)
    )
    async with db.write() as connection:
        await connection.execute(change)


class Devices:
    """What a wearer, their administrator and the device itself do with devices."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._keys: Together[str, Actor] = Together(lambda hashes: _by_key(db, clock, hashes))

    async def with_key(self, key: str) -> Actor | None:
        """Whose key this is; None: unknown, revoked, or its wearer's account is disabled.

        The first use of a new key ends the old one.
        """
        return await self._keys.one(token_hash(key))

    async def listed(self, actor: Actor, after: str, limit: int) -> list[Row[tuple[object, ...]]]:
        """The wearer's own, or those of the administrator's organisation, by id; revoked ones too."""
        role_may(actor, Action.LIST_DEVICES)
        query = (
            select(devices, users.c.organisation_id, users.c.name.label("wearer_name"))
            .join(users, users.c.id == devices.c.wearer_id)
            .where(devices.c.id > after)
            .order_by(devices.c.id)
            .limit(limit)
        )
        async with self._db.read() as connection:
            if actor.role is Role.ADMINISTRATOR:
                own = await organisation_of(connection, actor.user_id)
                query = query.where(users.c.organisation_id == own)
            else:
                query = query.where(devices.c.wearer_id == actor.user_id)
            return list(await connection.execute(query))

    async def rename(self, actor: Actor, device_id: str, label: str) -> None:
        """What the wearer calls it."""
        check_name(label)
        async with self._db.write() as connection:
            await allow_device(connection, actor, Action.CHANGE_DEVICE, device_id)
            await connection.execute(update(devices).where(devices.c.id == device_id).values(label=label))

    async def revoke(self, actor: Actor, device_id: str) -> None:
        """Its key opens nothing from now on. Twice is once. The caller tells `hub.rights_changed()`."""
        now_s = self._clock.utc_s()
        async with self._db.write() as connection:
            row = await allow_device(connection, actor, Action.CHANGE_DEVICE, device_id)
            if await _end_keys(connection, device_id, now_s) and actor.role is Role.ADMINISTRATOR:
                by = audit.By(str(row.organisation_id), actor.user_id)
                await audit.record(connection, now_s, by, "device_revoked", device_id)

    async def new_key(self, device: Actor) -> tuple[str, float]:
        """A key beside the one in use, and until when it must be used; an unused one from before is void."""
        role_may(device, Action.ROTATE_KEY)
        key, now_s = new_device_key(), self._clock.utc_s()
        change = (
            update(devices)
            .where(devices.c.id == device.device_id, devices.c.revoked_utc_s.is_(None))
            .values(next_key_hash=token_hash(key), next_key_utc_s=now_s)
        )
        async with self._db.write() as connection:
            if (await connection.execute(change)).rowcount == 0:
                raise Conflict("この装置は取り消されました。", "This device was revoked in between.")
        return key, now_s + NEW_KEY_S
