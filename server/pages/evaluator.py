"""The evaluator's page: outings by pseudonym, in figures only."""

import csv
import io

from fastapi import APIRouter, Request
from sqlalchemy import Row
from starlette.responses import Response

from server.access import Actor, Role
from server.callers import page_session
from server.clock import in_japan
from server.outings import Outing
from server.pages.render import page
from server.parts import Parts, parts_of

router = APIRouter(prefix="/evaluator", include_in_schema=False)

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


async def _rows(parts: Parts, actor: Actor) -> list[tuple[Row[tuple[object, ...]], Outing]]:
    trips = await parts.trips.enrolled_with(actor)
    return [(trip, await parts.outings.of(actor, trip.id)) for trip in trips]


@router.get("")
async def home(request: Request) -> Response:
    """The table."""
    parts = parts_of(request)
    session = await page_session(request, Role.EVALUATOR)
    return page(request, "evaluator.html", session, rows=await _rows(parts, session.actor))


@router.get("/outings.csv")
async def table(request: Request) -> Response:
    """The same as CSV (UTF-8 with a mark, which spreadsheets in Japan need). Unknown is empty, not 0."""
    session = await page_session(request, Role.EVALUATOR)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for trip, outing in await _rows(parts_of(request), session.actor):
        writer.writerow(_line(trip, outing))
    return Response(
        "\ufeff" + text.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="outings.csv"'},
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
