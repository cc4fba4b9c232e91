"""Places that a wearer keeps under their own names: to plan by; and home, where others' maps are blurred."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Final, Literal

from pydantic import Field
from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.access import Action, Actor, role_may
from server.clock import Clock
from server.credentials import new_id
from server.database import Database
from server.errors import Malformed, NotFound, TooMany
from server.names import check_name
from server.tables import saved_places
from wire.api import PlanRequest
from wire.base import message
from wire.position import Latitude, Longitude

# "saved:家" in a plan request: a name on the map never begins so.
SAVED: Final = "saved:"
MOST_PLACES: Final = 200  # nobody listens to a longer list
# Japan from Yonaguni to Minamitorishima and from Okinotorishima to Etorofu, in whole degrees.
_SOUTH, _NORTH, _WEST, _EAST = 20.0, 46.0, 122.0, 154.0
Kind = Literal["home", "other"]


@message
class PlaceToSave:
    """A place under the wearer's own name for it. The same name again moves the place."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    lat: Latitude
    lon: Longitude
    kind: Kind = "other"
    map: Annotated[str, Field(min_length=1, max_length=64)] | None = None


@message
class SavedPlace:
    """A kept place. `map`: the one that it was chosen on, if any."""

    id: str
    name: str
    kind: Kind
    lat: float
    lon: float
    map: str | None
    created_utc_s: float


class SavedPlaces:
    """Each wearer's own, and nobody else's."""

    def __init__(self, db: Database, clock: Clock, require_map: Callable[[str], None]) -> None:
        self._db = db
        self._clock = clock
        self._require_map = require_map

    async def listed(self, actor: Actor) -> tuple[SavedPlace, ...]:
        """All of them: home first, then by name."""
        role_may(actor, Action.USE_PLACES)
        query = select(saved_places).where(saved_places.c.wearer_id == actor.user_id)
        async with self._db.read() as connection:
            rows = list(await connection.execute(query))
        return tuple(_told(row) for row in sorted(rows, key=lambda row: (row.kind != "home", row.name)))

    async def save(self, actor: Actor, wanted: PlaceToSave) -> SavedPlace:
        """Keep it, or move what has this name."""
        role_may(actor, Action.USE_PLACES)
        name = _checked(wanted)
        if wanted.map is not None:
            self._require_map(wanted.map)
        place = {"kind": wanted.kind, "map": wanted.map, "lat": wanted.lat, "lon": wanted.lon}
        mine = (saved_places.c.wearer_id == actor.user_id, saved_places.c.name == name)
        async with self._db.write() as connection:
            moved = await connection.execute(update(saved_places).where(*mine).values(place))
            if moved.rowcount == 0:
                await self._add(connection, actor, {"name": name, **place})
            row = (await connection.execute(select(saved_places).where(*mine))).one()
        return _told(row)

    async def _add(self, connection: AsyncConnection, actor: Actor, place: dict[str, object]) -> None:
        mine = select(func.count()).where(saved_places.c.wearer_id == actor.user_id)
        if (await connection.execute(mine)).scalar_one() >= MOST_PLACES:
            raise TooMany(
                f"覚えておける場所は{MOST_PLACES}か所までです。使わない場所を消してください。",
                f"{MOST_PLACES} places are kept at most: delete one that you do not use.",
            )
        row = {"id": new_id(), "wearer_id": actor.user_id, "created_utc_s": self._clock.utc_s()}
        await connection.execute(insert(saved_places).values(row | place))

    async def remove(self, actor: Actor, place_id: str) -> None:
        """Forget one's own place; `NotFound` for another's as for none."""
        role_may(actor, Action.USE_PLACES)
        mine = (saved_places.c.id == place_id, saved_places.c.wearer_id == actor.user_id)
        async with self._db.write() as connection:
            if (await connection.execute(delete(saved_places).where(*mine))).rowcount == 0:
                raise _not_kept()

    async def resolved(self, actor: Actor, request: PlanRequest) -> PlanRequest:
        """The request with coordinates in place of "saved:NAME".

        Not with the name: a plan is stored once for all who ask for the same way, and a wearer's word for a
        place is nobody else's.
        """
        origin = await self._place_of(actor, request.origin)
        return replace(request, origin=origin, destination=await self._place_of(actor, request.destination))

    async def _place_of(self, actor: Actor, said: str) -> str:
        if not said.startswith(SAVED):
            return said
        role_may(actor, Action.USE_PLACES)
        query = select(saved_places.c.lat, saved_places.c.lon).where(
            saved_places.c.wearer_id == actor.user_id,
            saved_places.c.name == said.removeprefix(SAVED).strip(),
        )
        async with self._db.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise _not_kept()
        return f"{row.lat:.6f},{row.lon:.6f}"


def _checked(wanted: PlaceToSave) -> str:
    """The name as it is kept; `Malformed` where it or the place will not do."""
    name = wanted.name.strip()
    check_name(name)
    if not (_SOUTH <= wanted.lat <= _NORTH and _WEST <= wanted.lon <= _EAST):
        raise Malformed(
            "場所が日本の外にあります。緯度と経度を確かめてください。",
            "The place lies outside Japan: check latitude and longitude.",
        )
    return name


def _not_kept() -> NotFound:
    return NotFound("その名前の場所は覚えていません。", "No place is saved under that name.")


def _told(row: Row[tuple[object, ...]]) -> SavedPlace:
    return SavedPlace(
        id=row.id,
        name=row.name,
        kind=row.kind,
        lat=row.lat,
        lon=row.lon,
        map=row.map,
        created_utc_s=row.created_utc_s,
    )
