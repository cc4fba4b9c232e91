"""People's accounts: made, found, disabled, their passwords reset."""

import unicodedata
from dataclasses import dataclass

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from server import audit
from server.access import Role
from server.clock import Clock
from server.credentials import hashed, new_id, new_password, new_pseudonym
from server.database import Database
from server.errors import AccountError
from server.names import FAULT as NAME_FAULT
from server.names import is_name
from server.organisations import LOCAL
from server.passwords import fault_of
from server.tables import recovery_codes, sessions, users


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a new user is told, once."""

    user_id: str
    role: Role
    login: str
    password: str
    pseudonym: str


def login_form(text: str) -> str:
    """One spelling for every way to type a login name."""
    return unicodedata.normalize("NFKC", text).strip().lower()


def new_account(role: Role, login: str, name: str, password: str | None) -> Credentials:
    """What such an account will be; the password is made where none is given. Else `AccountError`."""
    made = Credentials(new_id(), role, login_form(login), password or new_password(), new_pseudonym())
    if role is Role.DEVICE:
        raise AccountError("a device is no user: use add_device")
    if not 1 <= len(made.login) <= 64 or not made.login.isprintable() or not 1 <= len(name) <= 100:
        raise AccountError("a login name has 1 to 64 printable characters, a name 1 to 100")
    if not is_name(name):
        raise AccountError(NAME_FAULT[1])
    fault = None if password is None else fault_of(password, made.login, name)
    if fault is not None:
        raise AccountError(fault[1])
    return made


async def insert_user(
    connection: AsyncConnection,
    made: Credentials,
    name: str,
    now_s: float,
    *,
    password_hash: str,
    organisation_id: str | None,
    one_time: bool,
) -> None:
    """Write the account in the caller's transaction; raises `IntegrityError` where the login is taken.

    `password_hash` is made before the transaction (`credentials.hashed`): it takes long. `one_time`: the
    password opens a session once, which then asks for another one.
    """
    row = {
        "id": made.user_id,
        "login": made.login,
        "name": name,
        "role": made.role,
        "password_hash": password_hash,
        "pseudonym": made.pseudonym,
        "created_utc_s": now_s,
        "organisation_id": organisation_id,
        "password_set_utc_s": None if one_time else now_s,
    }
    await connection.execute(insert(users).values(row))


async def add_user(
    db: Database,
    clock: Clock,
    role: Role,
    login: str,
    name: str,
    password: str | None = None,
    *,
    by: audit.By | None = None,
    one_time: bool = False,
) -> Credentials:
    """A new account in the organisation of `by`; the password is made where none is given.

    `AccountError` if the login is taken.
    """
    by = by or audit.By(LOCAL)
    made, now_s = new_account(role, login, name, password), clock.utc_s()
    kept = await hashed(made.password)
    where = by.organisation_id
    try:
        async with db.write() as connection:
            await insert_user(
                connection, made, name, now_s, password_hash=kept, organisation_id=where, one_time=one_time
            )
            await audit.record(connection, now_s, by, "person_added", made.user_id, role=role)
    except IntegrityError:
        raise AccountError(f"the login name {made.login!r} is taken: choose another") from None
    return made


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


async def disable(connection: AsyncConnection, now_s: float, by: audit.By, user_id: str) -> None:
    """No login, no session and no device of this account opens anything; what is stored stays.

    After the commit the caller tells `hub.rights_changed()`.
    """
    await connection.execute(update(users).where(users.c.id == user_id).values(disabled_utc_s=now_s))
    await connection.execute(delete(sessions).where(sessions.c.user_id == user_id))
    await audit.record(connection, now_s, by, "person_disabled", user_id)


async def enable(connection: AsyncConnection, now_s: float, by: audit.By, user_id: str) -> None:
    """The account and its devices may again."""
    await connection.execute(update(users).where(users.c.id == user_id).values(disabled_utc_s=None))
    await audit.record(connection, now_s, by, "person_enabled", user_id)


async def reset_password(connection: AsyncConnection, now_s: float, by: audit.By, user_id: str) -> str:
    """A password for one login, after which another must be chosen; every session of the account ends.

    After the commit the caller tells `hub.rights_changed()`.
    """
    password = new_password()
    change = update(users).where(users.c.id == user_id)
    await connection.execute(change.values(password_hash=await hashed(password), password_set_utc_s=None))
    await connection.execute(delete(sessions).where(sessions.c.user_id == user_id))
    await audit.record(connection, now_s, by, "password_reset", user_id)
    return password


async def forget_second_factor(connection: AsyncConnection, now_s: float, by: audit.By, user_id: str) -> None:
    """For who has lost it: it is set up anew at the next login where the role needs one. Sessions end."""
    await clear_second_factor(connection, user_id)
    await connection.execute(delete(sessions).where(sessions.c.user_id == user_id))
    await audit.record(connection, now_s, by, "second_factor_reset", user_id)


async def clear_second_factor(connection: AsyncConnection, user_id: str) -> None:
    """No secret and no recovery code of this account is kept."""
    nothing = {"totp_sealed": None, "totp_confirmed_utc_s": None, "totp_last_step": None}
    await connection.execute(update(users).where(users.c.id == user_id).values(nothing))
    await connection.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user_id))
