"""What one outing was: minutes from positions, and what was counted on the way."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from field_tests.outings.trips import trip_minutes
from routing.geo import distance_m
from server.access import Action, Actor
from server.allow import allow_trip
from server.database import Database
from server.own_trips import of_logger
from server.trips import count_events, read_fixes
from wire.base import message
from wire.position import Fix

# A step shorter than this is the receiver's noise (5-15 m in a city), not the walker's.
_STEP_M = 15.0


@message
class Outing:
    """One outing in figures. What positions could not tell is null, never 0."""

    trip_id: str
    device: Literal["glasses", "logger"]  # logger: of the weeks before the trial, the baseline
    practice: bool
    ended: bool
    arrived: bool | None
    start_utc_s: float | None
    end_utc_s: float | None
    minutes: float | None
    minutes_min: float | None
    minutes_max: float | None
    coverage: float | None
    distance_m: float | None
    events: dict[str, int]


class Outings:
    """Figures of trips, for those who may see them."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def of(self, actor: Actor, trip_id: str) -> Outing:
        """The outing of one trip."""
        async with self._db.read() as connection:
            trip = await allow_trip(connection, actor, Action.READ_OUTING, trip_id)
            return await self.measure(connection, trip)

    async def measure(self, connection: AsyncConnection, trip: Row[tuple[object, ...]]) -> Outing:
        """As `of`; the caller must be allowed."""
        fixes = await read_fixes(connection, trip.id)
        logs = (await connection.execute(select(of_logger(trip.id)))).scalar_one()
        measured = trip_minutes(fixes)
        return Outing(
            trip_id=trip.id,
            device="logger" if logs else "glasses",
            practice=trip.practice,
            ended=trip.ended_utc_s is not None,
            arrived=trip.arrived,
            start_utc_s=None if measured is None else measured.start_utc_s,
            end_utc_s=None if measured is None else measured.end_utc_s,
            minutes=None if measured is None else round(measured.minutes, 1),
            minutes_min=None if measured is None else round(measured.minutes_min, 1),
            minutes_max=None if measured is None else round(measured.minutes_max, 1),
            coverage=None if measured is None else round(measured.coverage, 3),
            distance_m=None if measured is None else round(walked_m(fixes), 0),
            events=await count_events(connection, trip.id),
        )


def walked_m(fixes: Sequence[Fix]) -> float:
    """Metres walked, without the receiver's noise: steps shorter than it are gathered first."""
    anchors: list[tuple[float, float]] = []
    for fix in sorted(fixes, key=lambda fix: fix.utc_s):
        here = (fix.lat, fix.lon)
        if not anchors or distance_m(anchors[-1], here) >= max(_STEP_M, fix.accuracy_m):
            anchors.append(here)
    return sum(distance_m(a, b) for a, b in pairwise(anchors))
