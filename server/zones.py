"""Zones: ground whose entering or leaving a wearer wants told to those who watch over them.

Who is told reads the zone's name in the alert, and nothing else of it.
"""

from typing import Annotated, Final

from pydantic import Field
from sqlalchemy import Row, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.access import Action, Actor, role_may
from server.clock import Clock
from server.credentials import new_id
from server.database import Database
from server.errors import Malformed, NotFound, TooMany
from server.hub import GROUND, Hub
from server.names import check_name
from server.tables import zones
from wire.base import message
from wire.position import Latitude, Longitude

MOST_ZONES: Final = 50
# Below this a receiver in a street cannot tell inside from outside; above, it is no place any more.
LEAST_RADIUS_M: Final = 50.0
MOST_RADIUS_M: Final = 20_000.0


@message
class ZoneWanted:
    """A round piece of ground, under the wearer's own name for it."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    lat: Latitude
    lon: Longitude
    radius_m: Annotated[float, Field(ge=LEAST_RADIUS_M, le=MOST_RADIUS_M)]
    on_enter: bool = True
    on_leave: bool = True


@message
class Zone:
    """A zone as it is kept."""

    id: str
    name: str
    lat: float
    lon: float
    radius_m: float
    on_enter: bool
    on_leave: bool
    created_utc_s: float


class Zones:
    """Each wearer's own, and nobody else's."""

    def __init__(self, db: Database, clock: Clock, hub: Hub) -> None:
        self._db = db
        self._clock = clock
        self._hub = hub

    async def listed(self, actor: Actor) -> tuple[Zone, ...]:
        """All of them, by name."""
        role_may(actor, Action.KEEP_ZONES)
        query = select(zones).where(zones.c.wearer_id == actor.user_id).order_by(zones.c.name, zones.c.id)
        async with self._db.read() as connection:
            return tuple(_told(row) for row in await connection.execute(query))

    async def add(self, actor: Actor, wanted: ZoneWanted) -> Zone:
        """A new one, also for an outing that is under way."""
        role_may(actor, Action.KEEP_ZONES)
        row = {
            "id": new_id(),
            "wearer_id": actor.user_id,
            "name": _name(wanted),
            "lat": wanted.lat,
            "lon": wanted.lon,
            "radius_m": wanted.radius_m,
            "on_enter": wanted.on_enter,
            "on_leave": wanted.on_leave,
            "created_utc_s": self._clock.utc_s(),
        }
        async with self._db.write() as connection:
            await _make_sure_of_room(connection, actor)
            await connection.execute(insert(zones).values(row))
            made = (await connection.execute(select(zones).where(zones.c.id == row["id"]))).one()
        self._hub.wake((GROUND,))
        return _told(made)

    async def remove(self, actor: Actor, zone_id: str) -> None:
        """Forget one's own zone; `NotFound` for another's as for none."""
        role_may(actor, Action.KEEP_ZONES)
        mine = (zones.c.id == zone_id, zones.c.wearer_id == actor.user_id)
        async with self._db.write() as connection:
            if (await connection.execute(delete(zones).where(*mine))).rowcount == 0:
                raise NotFound("その区域はありません。", "There is no such zone.")
        self._hub.wake((GROUND,))


def _name(wanted: ZoneWanted) -> str:
    """The name as it is kept; `Malformed` where the zone will not do."""
    name = wanted.name.strip()
    check_name(name)
    if not (wanted.on_enter or wanted.on_leave):
        raise Malformed(
            "入ったときか出たとき、少なくとも一方を選んでください。",
            "Choose entering or leaving, one at least.",
        )
    return name


async def _make_sure_of_room(connection: AsyncConnection, actor: Actor) -> None:
    mine = select(func.count()).where(zones.c.wearer_id == actor.user_id)
    if (await connection.execute(mine)).scalar_one() >= MOST_ZONES:
        raise TooMany(
            f"区域は{MOST_ZONES}個までです。使わない区域を消してください。",
            f"{MOST_ZONES} zones are kept at most: delete one that you do not use.",
        )


def _told(row: Row[tuple[object, ...]]) -> Zone:
    return Zone(
        id=row.id,
        name=row.name,
        lat=row.lat,
        lon=row.lon,
        radius_m=row.radius_m,
        on_enter=row.on_enter,
        on_leave=row.on_leave,
        created_utc_s=row.created_utc_s,
    )
