"""Blurred maps of trips for evaluators, and for the wearer, who may see what an evaluator sees."""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from typing import Final

from sqlalchemy import ScalarSelect, UnaryExpression, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from routing.geo import Point
from server.access import Action, Actor, Role
from server.allow import allow_trip
from server.blurred import Blurred, Circle, blurred, circle_round, homes_from
from server.consent import Purpose, agreed_to_current
from server.database import Database
from server.errors import NotFound
from server.sealing import Sealer
from server.spans import OF_SPAN
from server.tables import events, marks, saved_places, trip_logs, trips
from server.trips import read_fixes
from wire.base import message
from wire.codec import EVENT
from wire.trip import Moved

MARK: Final = "blur_secret"


@message
class HiddenCircle:
    """Ground near a home, or where outings begin and end, that was taken out. Its middle is not the home."""

    lat: float
    lon: float
    radius_m: float


@message
class BlurredMap:
    """Roughly where a trip led: lines of (lat, lon) on a grid of about 100 m, without times."""

    trip_id: str
    lines: tuple[tuple[tuple[float, float], ...], ...]
    hidden: tuple[HiddenCircle, ...]


class BlurredMaps:
    """Maps of trips, for those who may see them."""

    def __init__(self, db: Database, sealer: Sealer) -> None:
        self._db = db
        self._sealer = sealer

    async def of(self, actor: Actor, trip_id: str) -> BlurredMap:
        """The map; `NotFound` also where the wearer has not agreed to the text that speaks of maps."""
        secret = await self._secret()
        async with self._db.read() as connection:
            trip = await allow_trip(connection, actor, Action.READ_MAP, trip_id)
            agreed = await agreed_to_current(connection, str(trip.wearer_id), Purpose.TRIAL_RESEARCH)
            if actor.role is Role.EVALUATOR and not agreed:
                raise NotFound(
                    "この人は、地図を見せることに同意していません。",
                    "This participant has not agreed to show maps.",
                )
            track = [(fix.lat, fix.lon) for fix in await read_fixes(connection, trip_id)]
            circles = await _circles(connection, str(trip.wearer_id), secret)
        own = hmac.digest(secret, f"trip {trip_id}".encode(), hashlib.sha256)
        return _told(trip_id, await asyncio.to_thread(blurred, track, circles, own))

    async def _secret(self) -> bytes:
        """The server's secret for circles; made when it is first needed."""
        wanted = select(marks.c.value).where(marks.c.name == MARK)
        async with self._db.read() as connection:
            sealed = (await connection.execute(wanted)).scalar_one_or_none()
        if sealed is None:
            made = insert(marks).values(name=MARK, value=self._sealer.seal(secrets.token_hex(32)))
            try:
                async with self._db.write() as connection:
                    await connection.execute(made)
            except IntegrityError:
                pass  # another process was first: its secret is the one
            async with self._db.read() as connection:
                sealed = (await connection.execute(wanted)).scalar_one()
        return bytes.fromhex(self._sealer.open(sealed))


async def _circles(connection: AsyncConnection, wearer_id: str, secret: bytes) -> tuple[Circle, ...]:
    """Round the saved homes; without one, round every place where a trip began or ended."""
    own = hmac.digest(secret, f"wearer {wearer_id}".encode(), hashlib.sha256)
    query = select(saved_places.c.lat, saved_places.c.lon).where(
        saved_places.c.wearer_id == wearer_id, saved_places.c.kind == "home"
    )
    saved = [(row.lat, row.lon) for row in await connection.execute(query)]
    if saved:
        return tuple(dict.fromkeys(circle_round(home, own) for home in saved))
    ends = homes_from(await _ends(connection, wearer_id))
    return tuple(dict.fromkeys(circle_round(home, own, inferred=True) for home in ends))


async def _ends(connection: AsyncConnection, wearer_id: str) -> list[Point]:
    """The first and the last position of each of the wearer's trips, by the order of the device's log."""
    query = (
        select(trips.c.id, _end(events.c.seq.asc()).label("first"), _end(events.c.seq.desc()).label("last"))
        .join(trip_logs, trip_logs.c.trip_id == trips.c.id)
        .where(trips.c.wearer_id == wearer_id)
        .order_by(trips.c.accepted_utc_s, trips.c.id, trip_logs.c.log_id)
    )
    ends: dict[str, tuple[str, str]] = {}
    for row in await connection.execute(query):
        if row.first is not None:  # else there is no position in that log
            ends[row.id] = (ends.get(row.id, (row.first,))[0], row.last)
    return _points(body for both in ends.values() for body in both)


def _end(order: UnaryExpression[int]) -> ScalarSelect[str]:
    return (
        select(events.c.body)
        .where(OF_SPAN, events.c.type == "moved")
        .order_by(order)
        .limit(1)
        .correlate(trip_logs)
        .scalar_subquery()
    )


def _points(bodies: Iterable[str]) -> list[Point]:
    whats = [EVENT.decode(body).what for body in bodies]
    return [(what.fix.lat, what.fix.lon) for what in whats if isinstance(what, Moved)]


def _told(trip_id: str, found: Blurred) -> BlurredMap:
    return BlurredMap(
        trip_id=trip_id,
        lines=found.lines,
        hidden=tuple(HiddenCircle(lat=c.lat, lon=c.lon, radius_m=c.radius_m) for c in found.hidden),
    )
