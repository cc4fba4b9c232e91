"""Erasing a person: closed at once, gone in slices, written into a ledger that restored backups are held to.

By the person: after some days, in which they can take it back. A wish from a borrowed browser or a moment of
anger would else destroy what nobody can bring back, and waiting costs no privacy: all consents end with the
wish, so that nobody else sees anything from then on. By an administrator's order, which answers a letter from
an identified person: at once. Backups keep what they have for `backup_days` at most; one that is restored is
erased again from the ledger before it is served.
"""

import asyncio
import json
import logging
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Row, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server import consent
from server.clock import Clock
from server.credentials import new_id, new_pseudonym
from server.database import Database
from server.errors import Conflict, NotFound, StoreError
from server.holdings import HOLDINGS, Holding
from server.hub import Hub
from server.only_one import OnlyOne
from server.retention import DAY_S, delete_in_slices, nobodys_routes
from server.settings import Settings
from server.tables import (
    channels,
    devices,
    erasures,
    invitations,
    links,
    metadata,
    notices,
    relations,
    routes,
    sessions,
    users,
)

_EVERY_S: Final = 60.0
_LONG_AGO_S: Final = 1e11  # later than any plan
# Children before their parents: the order in which rows may be deleted.
_ORDER: Final = tuple(
    HOLDINGS[table.name] for table in reversed(metadata.sorted_tables) if table.name in HOLDINGS
)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Erased:
    """A line of the ledger: a random id and two times, nothing that says who it was."""

    user_id: str
    asked_utc_s: float
    done_utc_s: float | None


class Erasures:
    """Wishes, orders, and the job that carries them out."""

    name = "erasure"

    def __init__(self, db: Database, clock: Clock, hub: Hub, settings: Settings, only_one: OnlyOne) -> None:
        self._db = db
        self._clock = clock
        self._hub = hub
        self._ledger = settings.ledger_file
        self._wait_s = settings.cooling_off_days * DAY_S
        self._only_one = only_one

    async def run(self) -> None:
        """What is due, until cancelled."""
        async with self._only_one.held():
            while True:
                await self.once()
                await asyncio.sleep(_EVERY_S)

    async def once(self) -> int:
        """Erase whom it is time for, also where an earlier run was cut off; how many they were."""
        due_s = self._clock.utc_s() - self._wait_s
        waiting = (
            select(erasures.c.user_id)
            .join(users, users.c.id == erasures.c.user_id)
            .where(
                erasures.c.done_utc_s.is_(None),
                or_(erasures.c.asked_utc_s <= due_s, users.c.erased_utc_s.is_not(None)),
            )
        )
        async with self._db.read() as connection:
            user_ids = list((await connection.execute(waiting)).scalars())
        for user_id in user_ids:
            await self.erase(user_id)
        return len(user_ids)

    async def ask(self, user_id: str) -> float:
        """The person's own wish; when it will be done, UTC seconds. Everybody's right to look ends now."""
        now_s = self._clock.utc_s()
        async with self._db.write() as connection:
            known = await _ledger_row(connection, user_id)
            asked_s = now_s if known is None else float(known.asked_utc_s)
            if known is None:
                await connection.execute(insert(erasures).values(user_id=user_id, asked_utc_s=now_s))
            for purpose in consent.Purpose:
                await consent.withdraw(connection, user_id, purpose, now_s)
        self._hub.rights_changed()
        return asked_s + self._wait_s

    async def due_utc_s(self, user_id: str) -> float | None:
        """When a wish will be carried out; None: there is none."""
        async with self._db.read() as connection:
            row = await _ledger_row(connection, user_id)
        return None if row is None else float(row.asked_utc_s) + self._wait_s

    async def take_back(self, user_id: str) -> None:
        """Stay. Consents do not come back by themselves. `NotFound`: no wish; `Conflict`: it has begun."""
        async with self._db.write() as connection:
            row = await _ledger_row(connection, user_id)
            if row is None:
                raise NotFound("消去の申し込みはありません。", "There is no wish to be erased.")
            gone = select(users.c.erased_utc_s).where(users.c.id == user_id)
            if (await connection.execute(gone)).scalar_one_or_none() is not None:
                raise Conflict("消去はもう始まっています。", "The erasure has begun.")
            await connection.execute(delete(erasures).where(erasures.c.user_id == user_id))

    async def order(self, user_id: str) -> float:
        """Close everything now, in one transaction; the job deletes it. When it was first asked for."""
        async with self._db.write() as connection:
            asked_s = await close(connection, user_id, self._clock.utc_s())
        self._hub.rights_changed()
        return asked_s

    async def erase(self, user_id: str) -> None:
        """At once and whole: close, then delete, then write the ledger."""
        asked_s = await self.order(user_id)
        for holding in _ORDER:
            if holding.own is not None and not holding.stays:
                await self._delete(holding, user_id)
        await delete_in_slices(self._db, routes, nobodys_routes(_LONG_AGO_S))
        done = Erased(user_id, asked_s, self._clock.utc_s())
        # First outside the store, then in it: a crash between the two writes a line twice, which is once.
        await asyncio.to_thread(append_ledger, self._ledger, done)
        async with self._db.write() as connection:
            await _note(connection, done)
        _log.info("a person was erased")

    async def _delete(self, holding: Holding, user_id: str) -> None:
        assert holding.own is not None  # noqa: S101  (the caller looked)
        (key,) = holding.table.primary_key.columns
        await delete_in_slices(self._db, holding.table, select(key).where(holding.own(user_id)))


async def close(connection: AsyncConnection, user_id: str, now_s: float) -> float:
    """Take the name away and end all that opens anything; when it was asked for. In the caller's transaction.

    After the commit the caller tells `hub.rights_changed()`. `NotFound`: there is no such person.
    """
    user = (await connection.execute(select(users).where(users.c.id == user_id))).one_or_none()
    if user is None:
        raise NotFound("その人はいません。", "There is no such person.")
    await _unname(connection, user)
    for purpose in consent.Purpose:
        await consent.withdraw(connection, user_id, purpose, now_s)
    either = or_(relations.c.viewer_id == user_id, relations.c.wearer_id == user_id)
    ends = (
        (relations, (either, relations.c.ended_utc_s.is_(None)), "ended_utc_s"),
        (devices, (devices.c.wearer_id == user_id, devices.c.revoked_utc_s.is_(None)), "revoked_utc_s"),
        (links, (links.c.wearer_id == user_id, links.c.revoked_utc_s.is_(None)), "revoked_utc_s"),
        (channels, (channels.c.user_id == user_id, channels.c.ended_utc_s.is_(None)), "ended_utc_s"),
    )
    for table, which, end in ends:
        await connection.execute(update(table).where(*which).values({end: now_s}))
    await connection.execute(delete(sessions).where(sessions.c.user_id == user_id))
    await connection.execute(update(users).where(users.c.id == user_id).values(_nobody(user, now_s)))
    known = await _ledger_row(connection, user_id)
    if known is None:
        await connection.execute(insert(erasures).values(user_id=user_id, asked_utc_s=now_s))
    return now_s if known is None else float(known.asked_utc_s)


async def apply_again(connection: AsyncConnection, ledger: Iterable[Erased]) -> int:
    """Erase again whoever the ledger names, in a store that was restored; how many were there.

    In the caller's transaction, all at once: nothing is served yet.
    """
    there = 0
    for erased in {line.user_id: line for line in ledger if line.done_utc_s is not None}.values():
        user = select(users.c.id).where(users.c.id == erased.user_id)
        if (await connection.execute(user)).scalar_one_or_none() is not None:
            assert erased.done_utc_s is not None  # noqa: S101  (only those were taken)
            await close(connection, erased.user_id, erased.done_utc_s)
            for holding in _ORDER:
                if holding.own is not None and not holding.stays:
                    await connection.execute(delete(holding.table).where(holding.own(erased.user_id)))
            there += 1
        await _note(connection, erased)
    await connection.execute(delete(routes).where(routes.c.id.in_(nobodys_routes(_LONG_AGO_S))))
    return there


def append_ledger(path: Path, line: Erased) -> None:
    """Add a line, on the disk when this returns."""
    descriptor = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(line)) + "\n")
        file.flush()
        os.fsync(file.fileno())


def read_ledger(path: Path) -> tuple[Erased, ...]:
    """Everything in the ledger; nothing where there is none yet. `StoreError`: it cannot be read."""
    if not path.exists():
        return ()
    try:
        lines = path.read_text("utf-8").splitlines()
        return tuple(Erased(**json.loads(line)) for line in lines if line.strip())
    except (OSError, ValueError, TypeError) as error:
        raise StoreError(f"ledger of erasures {path}: {error}") from error


async def _unname(connection: AsyncConnection, user: Row[Any]) -> None:
    """Where a wearer's rows hold this person's name in words."""
    await connection.execute(update(invitations).where(invitations.c.accepted_by == user.id).values(name=""))
    theirs = select(relations.c.wearer_id).where(relations.c.viewer_id == user.id)
    told = (notices.c.wearer_id.in_(theirs), notices.c.name == user.name)
    await connection.execute(update(notices).where(*told).values(name=""))


def _nobody(user: Row[Any], now_s: float) -> dict[str, object]:
    if user.erased_utc_s is not None:
        return {"erased_utc_s": user.erased_utc_s}  # done before, and cut off afterwards
    return {
        "login": f"erased-{new_id()}",
        "name": "消去済み / erased",
        "password_hash": "!",  # no password has this hash
        "pseudonym": new_pseudonym(),  # tables with the old one lead nowhere any more
        "lang": None,
        "totp_sealed": None,
        "totp_confirmed_utc_s": None,
        "totp_last_step": None,
        "disabled_utc_s": now_s,
        "login_utc_s": None,
        "erased_utc_s": now_s,
    }


async def _ledger_row(connection: AsyncConnection, user_id: str) -> Row[Any] | None:
    query = select(erasures).where(erasures.c.user_id == user_id)
    return (await connection.execute(query)).one_or_none()


async def _note(connection: AsyncConnection, line: Erased) -> None:
    done = update(erasures).where(erasures.c.user_id == line.user_id).values(done_utc_s=line.done_utc_s)
    if (await connection.execute(done)).rowcount == 0:
        await connection.execute(insert(erasures).values(asdict(line)))
