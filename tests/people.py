"""People for tests of the server: accounts, whole logins, consents."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pyotp
import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from server import consent, credentials
from server.access import SECOND_FACTOR_ROLES
from server.clock import Clock
from server.consent import Purpose
from server.database import Database
from server.parts import Parts
from server.sessions import Session
from server.tables import users

HONEST = credentials._HASHER  # the server's own


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords() -> Iterator[None]:
    """Honest hashing takes a good part of a second; it is tested where it is meant, by `HONEST`."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(credentials, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


def code_of(secret: str, utc_s: float) -> str:
    """What an authenticator shows at this moment."""
    return pyotp.TOTP(secret).at(datetime.fromtimestamp(utc_s, UTC))


async def whole_session(parts: Parts, login: str, password: str, address: str = "test") -> str:
    """A session's token that opens what the role may: a second factor is set up where the role needs one."""
    token = await parts.sessions.log_in(login, password, address)
    session = await parts.sessions.look_up(token, half=True)
    assert session is not None
    if session.actor.role not in SECOND_FACTOR_ROLES:
        return token
    async with parts.db.read() as connection:
        query = select(users.c.totp_sealed).where(users.c.id == session.actor.user_id)
        sealed = (await connection.execute(query)).scalar_one()
    if sealed is None:
        begun = parts.second_factor.begin(session.actor, login)
        await parts.second_factor.confirm(
            session.actor, begun.pending, code_of(begun.secret, parts.clock.utc_s())
        )
    return await parts.sessions.renew(session, second_factor=True)


async def open_session(parts: Parts, login: str, password: str) -> Session:
    """As `whole_session`, looked up."""
    session = await parts.sessions.look_up(await whole_session(parts, login, password))
    assert session is not None
    return session


async def consented(db: Database, clock: Clock, wearer_id: str, *purposes: Purpose) -> None:
    """The wearer agrees to these, or to live sharing and the trial."""
    async with db.write() as connection:
        for purpose in purposes or (Purpose.LIVE_SHARING, Purpose.TRIAL_RESEARCH):
            await consent.give(connection, wearer_id, purpose, clock.utc_s(), how="page")
