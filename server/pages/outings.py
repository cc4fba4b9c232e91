"""The wearer's outings as figures: two weeks in words, as a drawing and as a table of the same numbers."""

from datetime import date, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from server.access import Role
from server.callers import page_session
from server.clock import in_japan
from server.late_routes import LateRoute
from server.pages.chart import HEIGHT, WIDTH, chart_of
from server.pages.render import page
from server.parts import parts_of
from server.words import Pair

router = APIRouter(prefix="/wearer/outings", include_in_schema=False, route_class=LateRoute)

_WEEKS: Final = 2
_WEEKDAYS: Final[tuple[Pair, ...]] = (
    ("月", "Mon"), ("火", "Tue"), ("水", "Wed"), ("木", "Thu"), ("金", "Fri"), ("土", "Sat"), ("日", "Sun"),
)  # fmt: skip
# Of the last week shown; any day of it.
Week = Annotated[date | None, Query(ge=date(2000, 1, 3), le=date(2199, 12, 31))]


@router.get("")
async def show(request: Request, week: Week = None) -> Response:
    """That week and the one before; without `week` this one."""
    parts, session = parts_of(request), await page_session(request, Role.WEARER)
    today = in_japan(parts.clock.utc_s()).date()
    last = min(week or today, today)
    monday = last - timedelta(days=last.weekday())
    weeks = await parts.own_days.weeks(session.actor, monday, _WEEKS, today)
    days = [day for each in weeks for day in each.days]
    first = days[0].day
    return page(
        request,
        "outings.html",
        session,
        weeks=weeks,
        days=days,
        drawing=chart_of(days),
        size=(WIDTH, HEIGHT),
        weekdays=_WEEKDAYS,
        with_logger=any(day.logged is not None for day in days),
        earlier=first - timedelta(days=1)
        if await parts.own_days.began_before(session.actor, first)
        else None,
        later=monday + timedelta(weeks=_WEEKS) if monday + timedelta(days=7) <= today else None,
    )
