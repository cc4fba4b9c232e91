"""The evaluator's page: outings by pseudonym, in figures only."""

from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy import Row
from starlette.responses import Response

from server.access import Actor, Role
from server.callers import page_session
from server.clock import in_japan
from server.consent import Purpose, agreed_to_current
from server.kept_days import days_for
from server.late_routes import LateRoute
from server.looks import write_looks, write_looks_at
from server.outings import Outing
from server.pages.render import page
from server.parts import Parts, parts_of
from wire.spreadsheets import table as spreadsheet

router = APIRouter(prefix="/evaluator", include_in_schema=False, route_class=LateRoute)

_COLUMNS = (
    "pseudonym",
    "date_jst",
    "minutes",
    "minutes_min",
    "minutes_max",
    "coverage",
    "distance_m",
    "ended",
    "practice",
)
_DAY_COLUMNS = (
    "pseudonym",
    "day",
    "device_kind",
    "trips",
    "minutes",
    "minutes_min",
    "minutes_max",
    "coverage",
    "distance_m",
)


async def _rows(parts: Parts, actor: Actor) -> list[tuple[Row[tuple[object, ...]], Outing]]:
    # Of a summed trip the track is gone: it stands in its day, and here its figures would read as unknown.
    trips = [trip for trip in await parts.trips.enrolled_with(actor) if trip.summed_utc_s is None]
    async with parts.db.write() as connection:
        seen = [(str(trip.wearer_id), str(trip.id)) for trip in trips]
        await write_looks(connection, actor, seen, "outing", parts.clock.utc_s())
    return [(trip, await parts.outings.of(actor, trip.id)) for trip in trips]


@router.get("")
async def home(request: Request) -> Response:
    """The table."""
    parts = parts_of(request)
    session = await page_session(request, Role.EVALUATOR)
    rows, kept = await _rows(parts, session.actor), await _days(parts, session.actor)
    async with parts.db.read() as connection:
        wearers = {str(trip.wearer_id) for trip, _ in rows}
        # Some agreed to a text that did not speak of maps yet.
        agreed = {who for who in wearers if await agreed_to_current(connection, who, Purpose.TRIAL_RESEARCH)}
    return page(request, "evaluator.html", session, rows=rows, days=kept, map_agreed=agreed)


@router.get("/outings.csv")
async def table(request: Request) -> Response:
    """The same as CSV (UTF-8 with a mark, which spreadsheets in Japan need). Unknown is empty, not 0."""
    session = await page_session(request, Role.EVALUATOR)
    rows = [_line(trip, outing) for trip, outing in await _rows(parts_of(request), session.actor)]
    return Response(
        spreadsheet(_COLUMNS, rows),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="outings.csv"'},
    )


async def _days(parts: Parts, actor: Actor) -> list[Row[Any]]:
    async with parts.db.write() as connection:
        kept = await days_for(connection, actor)
        await write_looks_at(
            connection, actor, {str(row.wearer_id) for row in kept}, "days", parts.clock.utc_s()
        )
    return kept


@router.get("/days.csv")
async def days_table(request: Request) -> Response:
    """Days whose tracks are deleted: what stayed of them; glasses and a logger have a row each."""
    session = await page_session(request, Role.EVALUATOR)
    kept = await _days(parts_of(request), session.actor)
    rows = [tuple(row._mapping[name] for name in _DAY_COLUMNS) for row in kept]
    return Response(
        spreadsheet(_DAY_COLUMNS, rows),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="days.csv"'},
    )


def _line(trip: Row[tuple[object, ...]], outing: Outing) -> tuple[object, ...]:
    start_s = trip.started_utc_s if outing.start_utc_s is None else outing.start_utc_s
    return (
        trip.pseudonym,
        in_japan(start_s).strftime("%Y-%m-%d"),
        outing.minutes,
        outing.minutes_min,
        outing.minutes_max,
        outing.coverage,
        outing.distance_m,
        "yes" if outing.ended else "no",
        "yes" if outing.practice else "no",
    )
