"""A device becomes a wearer's by a short code: made by the wearer, typed on the device, good once.

Eight digits are 10^8 codes. At most 30 wrong ones are looked at in a quarter of an hour, from all addresses
together (and 10 from one), and a code lives ten minutes: of all the guesses that can be made while it lives,
one hits it with a chance of 30 / 10^8, one in three million. Somebody who never stops gets 30 * 35,040 = 10^6
guesses a year; with 100,000 pairings a year, 1.9 codes are open at a moment, and such a year has a chance of
2 % that one is hit. The wearer's own device is then refused, which tells them, and the intruder's stands in
their list: it may plan and claim walks, and reads no trip of another device. Who floods the limit can hold up
pairing (429), not devices that are paired; `shirube server user device` makes a key without a code.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from server.access import Action, Actor, role_may
from server.attempts import QUARTER_S, Attempts, Limit
from server.clock import Clock
from server.credentials import new_pairing_code, plain, token_hash
from server.database import Database
from server.devices import DeviceKey, insert_device
from server.errors import Conflict, NotFound, Unavailable
from server.names import check_name
from server.tables import pairings, users
from wire.api import DeviceKind, PairRequest

CODE_S: Final = 600.0
_WRONG_ANYWHERE: Final = 30
_WRONG_FROM_ONE: Final = 10
_TRIES: Final = 3  # to find a code that nobody else holds: of 10^8, the first one is free


@dataclass(frozen=True, slots=True)
class PairingCode:
    """What the wearer is shown; `code` is told this once."""

    code: str
    expires_utc_s: float


class Pairing:
    """Codes, and the devices that give them."""

    def __init__(self, db: Database, clock: Clock, attempts: Attempts) -> None:
        self._db = db
        self._clock = clock
        self._attempts = attempts

    async def code(self, wearer: Actor, label: str, kind: DeviceKind) -> PairingCode:
        """A code for one device of the wearer; one that was made before and not used is void."""
        role_may(wearer, Action.PAIR_DEVICE)
        check_name(label)
        for _ in range(_TRIES):
            code, now_s = new_pairing_code(), self._clock.utc_s()
            row = {
                "wearer_id": wearer.user_id,
                "code_hash": token_hash(code),
                "label": label,
                "kind": kind,
                "created_utc_s": now_s,
                "expires_utc_s": now_s + CODE_S,
            }
            # The hash of eight digits hides them from nobody who has the store: none is kept beyond its use.
            over = or_(pairings.c.expires_utc_s <= now_s, pairings.c.wearer_id == wearer.user_id)
            try:
                async with self._db.write() as connection:
                    await connection.execute(
                        delete(pairings).where(or_(over, pairings.c.used_utc_s.is_not(None)))
                    )
                    await connection.execute(insert(pairings).values(row))
            except IntegrityError:
                continue
            return PairingCode(code, now_s + CODE_S)
        raise Unavailable("もう一度お試しください。", "Please try again.")

    async def redeem(self, request: PairRequest, address: str) -> DeviceKey:
        """The new device's key. `NotFound`: no such code, used, or over; `Conflict`: for another kind."""
        attempt = await self._attempts.begin(
            Limit(f"pairing\n{address}", _WRONG_FROM_ONE, QUARTER_S),
            Limit("pairing", _WRONG_ANYWHERE, QUARTER_S),
        )
        now_s = self._clock.utc_s()
        hashed = token_hash(plain(request.code))
        async with self._db.write() as connection:
            # First the one update that only one of two can win, then the look at what was won.
            used = (
                update(pairings)
                .where(
                    pairings.c.code_hash == hashed,
                    pairings.c.used_utc_s.is_(None),
                    pairings.c.expires_utc_s > now_s,
                    pairings.c.wearer_id.in_(select(users.c.id).where(users.c.disabled_utc_s.is_(None))),
                )
                .values(used_utc_s=now_s)
            )
            if (await connection.execute(used)).rowcount == 0:
                self._attempts.wrong("pairing")
                raise NotFound(
                    "その番号は違うか、使われたか、時間が過ぎました。新しい番号を作ってください。",
                    "The code is wrong, was used, or is over: have a new one made.",
                )
            query = select(pairings).where(pairings.c.code_hash == hashed)
            row = (await connection.execute(query)).one()
            if row.kind != request.kind:  # undone: the code stays good for the device it was made for
                raise Conflict(
                    "この番号は別の種類の装置のためのものです。装置に合わせて番号を作り直してください。",
                    "The code is for another kind of device: have one made for this kind.",
                )
            made = await insert_device(
                connection,
                str(row.wearer_id),
                request.label or str(row.label),
                now_s,
                kind=request.kind,
                version=request.version,
            )
            done = update(pairings).where(pairings.c.id == row.id)
            await connection.execute(done.values(device_id=made.device_id))
        await self._attempts.fits(attempt)
        return made
