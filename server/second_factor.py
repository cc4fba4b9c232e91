"""The second factor: six digits that change every half minute (RFC 6238), and recovery codes."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import pyotp
from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.access import SECOND_FACTOR_ROLES, Actor
from server.accounts import clear_second_factor
from server.attempts import DAY_S, QUARTER_S, Attempts, Limit
from server.clock import Clock
from server.credentials import new_code, plain, token_hash
from server.database import Database
from server.errors import Forbidden, Malformed, StoreError
from server.sealing import Sealer
from server.tables import recovery_codes, users

STEP_S: Final = 30
_DRIFT: Final = (0, -1, 1)  # steps: a phone's clock that is half a minute off, or slow fingers (RFC 6238 5.2)
_CODES: Final = 10
# Of three codes in 10^6 that fit at a moment, 20 guesses a day find one in a year with 2 %, for somebody who
# has the password already. Counted for the account, whatever the address.
_WRONG: Final = 5
_WRONG_A_DAY: Final = 20
_WRONG_CODE = ("番号が違います。", "The code is wrong.")


@dataclass(frozen=True, slots=True)
class SetUp:
    """A secret to be put into an authenticator. `pending` comes back with the first code, and is sealed."""

    secret: str
    uri: str
    pending: str


class SecondFactor:
    """Set up, ask, take away."""

    def __init__(self, db: Database, clock: Clock, sealer: Sealer, attempts: Attempts) -> None:
        self._db = db
        self._clock = clock
        self._sealer = sealer
        self._attempts = attempts

    def begin(self, actor: Actor, login: str) -> SetUp:
        """A new secret. Nothing is stored and an old one holds until a code of the new one was given."""
        secret = pyotp.random_base32()
        return self._set_up(secret, login, self._sealer.seal(f"second factor\n{actor.user_id}\n{secret}"))

    def again(self, actor: Actor, login: str, pending: str) -> SetUp:
        """The same secret once more, after a wrong code."""
        return self._set_up(self._secret_in(actor, pending), login, pending)

    def _set_up(self, secret: str, login: str, pending: str) -> SetUp:
        uri = pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name="Shirube")
        return SetUp(secret, uri, pending)

    def _secret_in(self, actor: Actor, pending: str) -> str:
        try:
            what, user_id, secret = self._sealer.open(pending).split("\n")
        except (StoreError, ValueError):
            what, user_id, secret = "", "", ""
        if what != "second factor" or user_id != actor.user_id:
            raise Malformed("設定をはじめからやり直してください。", "Begin the set-up again.")
        return secret

    async def confirm(self, actor: Actor, pending: str, code: str) -> tuple[str, ...]:
        """A first code: from now on it is asked for. The recovery codes, told once; older ones are void."""
        secret = self._secret_in(actor, pending)
        attempt = await self._attempts.begin(*self._limits(actor.user_id))
        step = self._step(secret, code)
        if step is None:
            raise Forbidden(*_WRONG_CODE)
        values = {
            "totp_sealed": self._sealer.seal(secret),
            "totp_confirmed_utc_s": self._clock.utc_s(),
            "totp_last_step": step,
        }
        async with self._db.write() as connection:
            await connection.execute(update(users).where(users.c.id == actor.user_id).values(values))
            codes = await _renew_codes(connection, actor.user_id)
        await self._attempts.fits(attempt, forgive=2)
        return codes

    async def check(self, actor: Actor, code: str) -> None:
        """A code of this moment, or a recovery code: each once. `Forbidden` where it is neither."""
        attempt = await self._attempts.begin(*self._limits(actor.user_id))
        async with self._db.write() as connection:
            sealed = (
                await connection.execute(select(users.c.totp_sealed).where(users.c.id == actor.user_id))
            ).scalar_one_or_none()
            fits = sealed is not None and (
                await self._use_step(connection, actor.user_id, self._sealer.open(sealed), code)
                or await self._use_recovery(connection, actor.user_id, code)
            )
        if not fits:
            self._attempts.wrong("second factor")
            raise Forbidden(*_WRONG_CODE)
        await self._attempts.fits(attempt, forgive=2)

    async def new_codes(self, actor: Actor) -> tuple[str, ...]:
        """Ten new recovery codes; the ones before are void. `Forbidden` where there is no second factor."""
        async with self._db.write() as connection:
            if not await _has(connection, actor.user_id):
                raise Forbidden("二段階認証が設定されていません。", "No second factor is set up.")
            return await _renew_codes(connection, actor.user_id)

    async def remove(self, actor: Actor) -> None:
        """Where the role does not need one."""
        if actor.role in SECOND_FACTOR_ROLES:
            raise Forbidden("この役割には二段階認証が必要です。", "This role needs a second factor.")
        async with self._db.write() as connection:
            await clear_second_factor(connection, actor.user_id)

    async def codes_left(self, actor: Actor) -> int:
        """Recovery codes that were not used yet."""
        left = select(func.count()).where(
            recovery_codes.c.user_id == actor.user_id, recovery_codes.c.used_utc_s.is_(None)
        )
        async with self._db.read() as connection:
            return int((await connection.execute(left)).scalar_one())

    def _limits(self, user_id: str) -> tuple[Limit, Limit]:
        who = f"second factor\n{user_id}"
        return Limit(who, _WRONG, QUARTER_S), Limit(f"{who}\na day", _WRONG_A_DAY, DAY_S)

    def _step(self, secret: str, code: str) -> int | None:
        """The step of which `code` is, of those that are let through now."""
        now, given = int(self._clock.utc_s()) // STEP_S, plain(code)
        totp = pyotp.TOTP(secret)
        fitting = [
            now + drift
            for drift in _DRIFT
            if secrets.compare_digest(_at(totp, now + drift).encode(), given.encode())
        ]
        return fitting[0] if fitting else None

    async def _use_step(self, connection: AsyncConnection, user_id: str, secret: str, code: str) -> bool:
        step = self._step(secret, code)
        if step is None:
            return False
        # RFC 6238 5.2: a code is good once. Of two that come together, one finds the step taken.
        newer = or_(users.c.totp_last_step.is_(None), users.c.totp_last_step < step)
        taken = update(users).where(users.c.id == user_id, newer).values(totp_last_step=step)
        return (await connection.execute(taken)).rowcount == 1

    async def _use_recovery(self, connection: AsyncConnection, user_id: str, code: str) -> bool:
        used = update(recovery_codes).where(
            recovery_codes.c.user_id == user_id,
            recovery_codes.c.code_hash == token_hash(plain(code)),
            recovery_codes.c.used_utc_s.is_(None),
        )
        return (await connection.execute(used.values(used_utc_s=self._clock.utc_s()))).rowcount == 1


def _at(totp: pyotp.TOTP, step: int) -> str:
    return totp.at(datetime.fromtimestamp(step * STEP_S, UTC))


async def _has(connection: AsyncConnection, user_id: str) -> bool:
    query = select(users.c.totp_confirmed_utc_s).where(users.c.id == user_id)
    return (await connection.execute(query)).scalar_one_or_none() is not None


async def _renew_codes(connection: AsyncConnection, user_id: str) -> tuple[str, ...]:
    codes = tuple(new_code() for _ in range(_CODES))
    await connection.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user_id))
    rows = [{"user_id": user_id, "code_hash": token_hash(plain(code))} for code in codes]
    await connection.execute(insert(recovery_codes), rows)
    return codes
