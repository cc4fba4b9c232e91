"""Users, their devices, and who may look at whom by whose consent."""

import unicodedata
from dataclasses import dataclass

from sqlalchemy import Row, Select, insert, select, update
from sqlalchemy.exc import IntegrityError

from server.access import Actor, Role
from server.clock import Clock
from server.credentials import (
    hash_password,
    new_device_key,
    new_id,
    new_password,
    new_pseudonym,
    token_hash,
)
from server.database import Database
from server.errors import AccountError, NotFound
from server.tables import devices, relations, users

MAX_PASSWORD = 200  # characters; argon2 would hash megabytes
MIN_PASSWORD = 12


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a new user is told, once."""

    user_id: str
    role: Role
    login: str
    password: str
    pseudonym: str


@dataclass(frozen=True, slots=True)
class DeviceKey:
    """What a new device is told, once."""

    device_id: str
    key: str


def login_form(text: str) -> str:
    """One spelling for every way to type a login name."""
    return unicodedata.normalize("NFKC", text).strip().lower()


async def add_user(
    db: Database, clock: Clock, role: Role, login: str, name: str, password: str | None = None
) -> Credentials:
    """A new account; the password is made where none is given. `AccountError` if the login is taken."""
    login = login_form(login)
    password = new_password() if password is None else password
    _check(role, login, name, password)
    made = Credentials(new_id(), role, login, password, new_pseudonym())
    row = {
        "id": made.user_id,
        "login": login,
        "name": name,
        "role": role,
        "password_hash": hash_password(password),
        "pseudonym": made.pseudonym,
        "created_utc_s": clock.utc_s(),
    }
    try:
        async with db.write() as connection:
            await connection.execute(insert(users).values(row))
    except IntegrityError:
        raise AccountError(f"the login name {login!r} is taken: choose another") from None
    return made


def _check(role: Role, login: str, name: str, password: str) -> None:
    if role is Role.DEVICE:
        raise AccountError("a device is no user: use add_device")
    if not 1 <= len(login) <= 64 or not login.isprintable() or not 1 <= len(name) <= 100:
        raise AccountError("a login name has 1 to 64 printable characters, a name 1 to 100")
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise AccountError(f"a password has {MIN_PASSWORD} to {MAX_PASSWORD} characters")


async def user_by_login(db: Database, login: str, role: Role | None = None) -> Row[tuple[object, ...]]:
    """The user's row, or `AccountError`."""
    async with db.read() as connection:
        row = (
            await connection.execute(select(users).where(users.c.login == login_form(login)))
        ).one_or_none()
    if row is None:
        raise AccountError(f"there is no user {login!r}")
    if role is not None and row.role != role:
        raise AccountError(f"{login!r} is a {row.role}, not a {role}")
    return row


async def add_device(db: Database, clock: Clock, wearer_id: str, label: str) -> DeviceKey:
    """A key for one of the wearer's devices; shown once."""
    made = DeviceKey(new_id(), new_device_key())
    row = {
        "id": made.device_id,
        "wearer_id": wearer_id,
        "label": label,
        "key_hash": token_hash(made.key),
        "created_utc_s": clock.utc_s(),
    }
    async with db.write() as connection:
        await connection.execute(insert(devices).values(row))
    return made


async def revoke_device(db: Database, clock: Clock, device_id: str) -> None:
    """The key opens nothing from now on; what the device has sent stays."""
    revoked = (
        update(devices)
        .where(devices.c.id == device_id, devices.c.revoked_utc_s.is_(None))
        .values(revoked_utc_s=clock.utc_s())
    )
    async with db.write() as connection:
        if (await connection.execute(revoked)).rowcount == 0:
            raise AccountError(f"there is no device {device_id!r} in use")


async def device_of(db: Database, key: str) -> Actor | None:
    """Whose key this is, or None: unknown or revoked."""
    query = (
        select(devices.c.id, devices.c.wearer_id, users.c.name)
        .join(users, users.c.id == devices.c.wearer_id)
        .where(devices.c.key_hash == token_hash(key), devices.c.revoked_utc_s.is_(None))
    )
    async with db.read() as connection:
        row = (await connection.execute(query)).one_or_none()
    return None if row is None else Actor(row.wearer_id, Role.DEVICE, row.name, device_id=row.id)


async def ask_relation(
    db: Database, clock: Clock, viewer_id: str, wearer_id: str, *, wearer_agreed: bool
) -> None:
    """Ask the wearer to let `viewer_id` look; `wearer_agreed` records a consent given elsewhere.

    Does nothing to a relation that is in force already.
    """
    now_s = clock.utc_s()
    values = {
        "viewer_id": viewer_id,
        "wearer_id": wearer_id,
        "asked_utc_s": now_s,
        "agreed_utc_s": now_s if wearer_agreed else None,
    }
    async with db.write() as connection:
        same = select(relations).where(
            relations.c.viewer_id == viewer_id,
            relations.c.wearer_id == wearer_id,
            relations.c.ended_utc_s.is_(None),
        )
        found = (await connection.execute(same)).first()
        if found is None:
            await connection.execute(insert(relations).values(values))
        elif found.agreed_utc_s is None and wearer_agreed:
            await connection.execute(
                update(relations).where(relations.c.id == found.id).values(agreed_utc_s=now_s)
            )


async def agree(db: Database, clock: Clock, wearer: Actor, relation_id: int) -> None:
    """The wearer says yes."""
    await _answer(db, wearer, relation_id, agreed_utc_s=clock.utc_s())


async def end_relation(db: Database, clock: Clock, wearer: Actor, relation_id: int) -> None:
    """The wearer says no, or no longer."""
    await _answer(db, wearer, relation_id, ended_utc_s=clock.utc_s())


async def _answer(db: Database, wearer: Actor, relation_id: int, **values: float) -> None:
    change = update(relations).where(
        relations.c.id == relation_id,
        relations.c.wearer_id == wearer.user_id,
        relations.c.ended_utc_s.is_(None),
    )
    if "agreed_utc_s" in values:
        change = change.where(relations.c.agreed_utc_s.is_(None))
    async with db.write() as connection:
        if (await connection.execute(change.values(**values))).rowcount == 0:
            raise NotFound("その見守りの申し込みはありません。", "There is no such request.")


async def relations_of(db: Database, wearer_id: str) -> list[Row[tuple[object, ...]]]:
    """Who looks or asks to look at the wearer: id, name, role, asked_utc_s, agreed_utc_s."""
    query: Select[tuple[object, ...]] = (
        select(
            relations.c.id,
            users.c.name,
            users.c.role,
            relations.c.asked_utc_s,
            relations.c.agreed_utc_s,
        )
        .join(users, users.c.id == relations.c.viewer_id)
        .where(relations.c.wearer_id == wearer_id, relations.c.ended_utc_s.is_(None))
        .order_by(relations.c.id)
    )
    async with db.read() as connection:
        return list(await connection.execute(query))
