"""Closed paths as an administrator sees to them: confirmed after somebody has looked, or ended.

A report says where somebody stood. So here, as everywhere, nobody is told who it was, nor the minute: only
the street, and the hour. An ended report is kept for a day, so that the same one does not come back when a
device sends it late.
"""

import asyncio
import math
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from routing.things import Surroundings
from server import audit
from server.access import Action, Actor, role_may
from server.clock import Clock
from server.database import Database
from server.errors import ApiError, NotFound
from server.listing import Listing, listing
from server.organisations import organisation_of
from server.parts import Parts
from server.routes import Routes
from server.tables import blockages
from server.words import Pair

Reason = Literal["open_again", "not_there", "twice", "wrong"]
Checked = Literal["", "yes", "no"]
REASONS: Final[tuple[Reason, ...]] = ("open_again", "not_there", "twice", "wrong")
_HOUR_S: Final = 3600.0
_NEAR_M: Final = 200.0
_BESIDE_M: Final = 30.0  # closer than this the street itself is closed, or its sidewalk
_THINGS: Final = 200  # among which a street with a name is looked for
_STREETS_WITHIN_S: Final = 2.0  # a map that is not loaded yet: the page comes without names


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of them; empty: all."""

    map: str = ""
    kind: str = ""
    checked: Checked = ""


@dataclass(frozen=True, slots=True)
class ClosedPath:
    """One of them. `reported_utc_s`: the hour in which it was reported; `street`: None: no name is near."""

    id: str
    map: str
    lat: float
    lon: float
    kind: str
    reported_utc_s: float
    expires_utc_s: float
    confirmed_utc_s: float | None
    age_h: int
    left_h: int
    street: Pair | None


class ClosedPaths:
    """Everybody's, on every map, in force now."""

    def __init__(self, db: Database, clock: Clock, routes: Routes) -> None:
        self._db = db
        self._clock = clock
        self._routes = routes

    async def listed(self, administrator: Actor, wanted: Wanted, number: int) -> Listing[ClosedPath]:
        """One page, those that end first in front."""
        role_may(administrator, Action.SEE_TO_BLOCKAGES)
        now_s = self._clock.utc_s()
        query = select(blockages).where(blockages.c.expires_utc_s > now_s)
        if wanted.map:
            query = query.where(blockages.c.map == wanted.map)
        if wanted.kind:
            query = query.where(blockages.c.kind == wanted.kind)
        if wanted.checked:
            unchecked = blockages.c.confirmed_utc_s.is_(None)
            query = query.where(unchecked if wanted.checked == "no" else ~unchecked)
        async with self._db.read() as connection:
            ordered = query.order_by(blockages.c.expires_utc_s, blockages.c.id)
            found = await listing(connection, ordered, number)
        names = await asyncio.gather(*(self._street(row) for row in found.rows))
        return found.of([_told(row, now_s, name) for row, name in zip(found.rows, names, strict=True)])

    async def maps(self) -> list[str]:
        """Names of maps with any, to choose from."""
        query = select(blockages.c.map).where(blockages.c.expires_utc_s > self._clock.utc_s()).distinct()
        async with self._db.read() as connection:
            return sorted((await connection.execute(query)).scalars())

    async def _street(self, row: Row[Any]) -> Pair | None:
        here = ((row.lat, row.lon),)
        try:
            asked = self._routes.ground(row.map, here, (), _NEAR_M, _THINGS)
            ground = await asyncio.wait_for(asked, _STREETS_WITHIN_S)
        except (ApiError, TimeoutError):
            return None
        return _street_words(ground.around)

    async def confirm(self, administrator: Actor, blockage_id: str, hours: int) -> None:
        """Somebody has looked: it is closed for so long from now."""
        now_s = self._clock.utc_s()
        ends_s = math.ceil((now_s + hours * _HOUR_S) / _HOUR_S) * _HOUR_S
        values = {"confirmed_utc_s": now_s, "expires_utc_s": ends_s}
        await self._change(administrator, blockage_id, values, "blockage_confirmed", hours=hours)

    async def end(self, administrator: Actor, blockage_id: str, reason: Reason) -> None:
        """Plans lead along there again."""
        values = {"expires_utc_s": self._clock.utc_s()}
        await self._change(administrator, blockage_id, values, "blockage_ended", reason=reason)

    async def _change(
        self, administrator: Actor, blockage_id: str, values: dict[str, float], what: str, **detail: str | int
    ) -> None:
        role_may(administrator, Action.SEE_TO_BLOCKAGES)
        now_s = self._clock.utc_s()
        in_force = (blockages.c.id == blockage_id, blockages.c.expires_utc_s > now_s)
        async with self._db.write() as connection:
            changed = await connection.execute(update(blockages).where(*in_force).values(values))
            if changed.rowcount == 0:
                raise NotFound(
                    "その知らせはもうありません。ページを開き直してください。",
                    "There is no such report any more: open the page again.",
                )
            by = await _by(connection, administrator)
            await audit.record(connection, now_s, by, what, blockage_id, **detail)


def _street_words(around: Surroundings) -> Pair | None:
    """The nearest street that has a name, and how far it is where it is not beside."""
    thing = next((thing for thing in around.things if thing.name is not None), None)
    if thing is None or thing.name is None:
        return None
    ja, en = thing.name.ja, thing.name.en or thing.name.ja
    if thing.off_m <= _BESIDE_M:
        return ja, en
    about = round(thing.off_m, -1)
    return f"{ja}から約{about:.0f} m", f"about {about:.0f} m from {en}"


async def _by(connection: AsyncConnection, administrator: Actor) -> audit.By:
    return audit.By(await organisation_of(connection, administrator.user_id), administrator.user_id)


def _told(row: Row[Any], now_s: float, street: Pair | None) -> ClosedPath:
    hour_s = math.floor(row.reported_utc_s / _HOUR_S) * _HOUR_S
    return ClosedPath(
        id=row.id,
        map=row.map,
        lat=row.lat,
        lon=row.lon,
        kind=row.kind,
        reported_utc_s=hour_s,
        expires_utc_s=row.expires_utc_s,
        confirmed_utc_s=row.confirmed_utc_s,
        age_h=int((now_s - hour_s) // _HOUR_S),
        left_h=math.ceil((row.expires_utc_s - now_s) / _HOUR_S),
        street=street,
    )


def closed_paths_of(parts: Parts) -> ClosedPaths:
    """Of this server."""
    return ClosedPaths(parts.db, parts.clock, parts.routes)
