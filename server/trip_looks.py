"""Who looks at a trip is written down before they see it; those who come together are written together."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Final

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.access import Actor, Role
from server.clock import Clock
from server.database import Database
from server.hub import Hub, notices_for
from server.looks import LOOK_AGAIN_S, look_row
from server.notices import tell_watched
from server.tables import looks, trips
from server.together import Together

_SOME: Final = 500  # in one query
_REMEMBERED: Final = 10_000
_Key = tuple[str, str, str]  # who looked at which trip, and at what of it
_Seen = tuple[Actor, str, str]
# Made once: they take longer to put together than to ask.
_LAST: Final = (
    select(looks.c.viewer_id, looks.c.trip_id, looks.c.what, func.max(looks.c.utc_s).label("utc_s"))
    .where(
        looks.c.viewer_id.in_(bindparam("viewers", expanding=True)),
        looks.c.what.in_(bindparam("whats", expanding=True)),
        looks.c.trip_id.in_(bindparam("trips", expanding=True)),
        looks.c.utc_s > bindparam("since"),
    )
    .group_by(looks.c.viewer_id, looks.c.trip_id, looks.c.what)
)
_TRIPS: Final = select(trips.c.id, trips.c.wearer_id, trips.c.ended_utc_s).where(
    trips.c.id.in_(bindparam("trips", expanding=True))
)


class TripLooks:
    """Writes down that somebody else than the wearer looks."""

    def __init__(self, db: Database, clock: Clock, hub: Hub) -> None:
        self._db = db
        self._clock = clock
        self._hub = hub
        self._written: dict[
            _Key, float
        ] = {}  # the newest that are known to be in the store, the oldest first
        self._together: Together[_Seen, None] = Together(self._write)

    async def at(self, actor: Actor, trip_id: str, what: str) -> None:
        """It is written when this returns; the actor must be allowed.

        When a person follows a trip for the first time, the wearer is told of it on the way.
        """
        if actor.role in (Role.DEVICE, Role.WEARER):
            return
        if not _lately(self._written.get((actor.user_id, trip_id, what)), self._clock.utc_s()):
            await self._together.one((actor, trip_id, what))

    async def _write(self, seen: frozenset[_Seen]) -> dict[_Seen, None]:
        now_s, wanted = self._clock.utc_s(), {_key(each): each for each in seen}
        last = await self._db.look(lambda there: _last(there, list(wanted), now_s - LOOK_AGAIN_S))
        new = {key: each for key, each in wanted.items() if key not in last}
        if new:
            async with self._db.write() as connection:
                watched = await _write_new(connection, new, now_s)
            self._hub.wake({notices_for(wearer_id) for wearer_id in watched})
        self._remember(last | dict.fromkeys(new, now_s))
        return {}

    def _remember(self, written: Mapping[_Key, float]) -> None:
        for key, utc_s in written.items():
            self._written.pop(key, None)
            self._written[key] = utc_s
        for key in list(islice(self._written, max(len(self._written) - _REMEMBERED, 0))):
            del self._written[key]


def _key(seen: _Seen) -> _Key:
    actor, trip_id, what = seen
    return actor.user_id, trip_id, what


def _lately(last_utc_s: float | None, now_s: float) -> bool:
    """A page that is opened again is the same look."""
    return last_utc_s is not None and last_utc_s > now_s - LOOK_AGAIN_S


async def _last(connection: AsyncConnection, keys: Sequence[_Key], since_utc_s: float) -> dict[_Key, float]:
    """When each was last written, as far as it was since then."""
    found: dict[_Key, float] = {}
    for first in range(0, len(keys), _SOME):
        viewers, some, whats = (sorted(set(ids)) for ids in zip(*keys[first : first + _SOME], strict=True))
        asked = {"viewers": viewers, "trips": some, "whats": whats, "since": since_utc_s}
        for row in await connection.execute(_LAST, asked):
            found[row.viewer_id, row.trip_id, row.what] = row.utc_s
    return found


async def _write_new(connection: AsyncConnection, new: Mapping[_Key, _Seen], now_s: float) -> set[str]:
    """Write those that nobody has written meanwhile; the wearers who are told of somebody new."""
    last = await _last(connection, list(new), 0.0)
    known = await _trips(connection, {trip_id for _, trip_id, _ in new})
    rows: list[dict[str, object]] = []
    watched: list[tuple[str, str, str]] = []
    for key, (actor, trip_id, what) in new.items():
        last_s, trip = last.get(key), known.get(trip_id)
        if trip is None or _lately(last_s, now_s):
            continue  # it was erased meanwhile, or the look is the same
        wearer_id, over = trip
        rows.append(look_row(actor.user_id, wearer_id, trip_id, what, now_s))
        if what == "live" and last_s is None and not over:
            watched.append((wearer_id, trip_id, actor.name))
    if rows:
        await connection.execute(insert(looks), rows)
    await tell_watched(connection, watched, now_s)
    return {wearer_id for wearer_id, _, _ in watched}


async def _trips(connection: AsyncConnection, trip_ids: Iterable[str]) -> dict[str, tuple[str, bool]]:
    """Each trip's wearer, and whether it is over."""
    wanted = sorted(trip_ids)
    found: dict[str, tuple[str, bool]] = {}
    for first in range(0, len(wanted), _SOME):
        for row in await connection.execute(_TRIPS, {"trips": wanted[first : first + _SOME]}):
            found[row.id] = (row.wearer_id, row.ended_utc_s is not None)
    return found
