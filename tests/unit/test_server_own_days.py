"""A wearer's outings by day: tracks, deleted tracks, what is not known, and what is not there."""

import re
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from server.access import Actor, Role
from server.clock import in_japan
from server.day_figures import Figures
from server.errors import Forbidden
from server.own_days import OwnDay
from server.pages.chart import chart_of
from server.tables import days, trips
from tests.served import Served, moved, served

MONDAY = date(2026, 11, 23)


@pytest.fixture
async def site(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Served]:
    async with served(sqlite_url, tmp_path) as made:
        await made.person(Role.WEARER, "hanako")
        await made.device()
        yield made


async def _walk(site: Served, minutes: int, *, practice: bool = False) -> date:
    """An outing north at a metre a second; the day on which it was."""
    trip_id = await site.start()
    async with site.parts.db.write() as connection:
        await connection.execute(update(trips).where(trips.c.id == trip_id).values(practice=practice))
    begin_s = site.clock.now_s
    fixes = [moved(begin_s + second, second * 9e-6) for second in range(0, minutes * 60 + 1, 5)]
    first = 1 + len(await site.parts.trips.of_wearer(site.ids["hanako"])) * 10_000
    await site.tell(trip_id, *fixes, first=first)
    site.clock.now_s += minutes * 60.0
    return in_japan(begin_s).date()


async def _keep(site: Served, day: date, kind: str, count: int, figures: Figures) -> None:
    row = {
        "wearer_id": site.ids["hanako"],
        "device_kind": kind,
        "day": day.isoformat(),
        "trips": count,
        "minutes": figures.minutes,
        "minutes_min": figures.minutes_min,
        "minutes_max": figures.minutes_max,
        "coverage": figures.coverage,
        "distance_m": figures.distance_m,
        "made_utc_s": 1.0,
    }
    async with site.parts.db.write() as connection:
        await connection.execute(insert(days).values(row))


async def _day(site: Served, day: date) -> OwnDay:
    monday = day - timedelta(days=day.weekday())
    weeks = await site.parts.own_days.weeks(site.wearer(), monday, 1, monday + timedelta(days=6))
    return next(one for one in weeks[0].days if one.day == day)


async def test_outings_of_a_day_are_added_and_practice_is_none(site: Served) -> None:
    day = await _walk(site, 10)
    await _walk(site, 20)
    await _walk(site, 30, practice=True)
    found = await _day(site, day)
    assert (found.outings, found.unclear, found.logged) == (2, 0, None)
    assert found.walked is not None
    assert found.walked.minutes == pytest.approx(30.0, abs=1.0)
    assert found.walked.distance_m == pytest.approx(1800.0, rel=0.05)


async def test_positions_that_come_later_count_at_the_next_look(site: Served) -> None:
    trip_id = await site.start()
    async with site.parts.db.write() as connection:
        await connection.execute(update(trips).values(practice=False))
    day = in_japan(site.clock.now_s).date()
    before = await _day(site, day)
    assert (before.outings, before.unclear) == (1, 1)
    begin_s = site.clock.now_s
    await site.tell(trip_id, *[moved(begin_s + second, second * 9e-6) for second in range(0, 601, 5)])
    after = await _day(site, day)
    assert (after.outings, after.unclear) == (1, 0)
    assert after.walked is not None
    assert after.walked.minutes == pytest.approx(10.0, abs=1.0)


async def test_days_whose_tracks_are_deleted_stand_beside_the_others(site: Served) -> None:
    known = Figures(40.0, 35.0, 50.0, 0.9, 2000.0)
    await _keep(site, MONDAY, "glasses", 2, known)
    await _keep(site, MONDAY, "page", 1, Figures())
    await _keep(site, MONDAY, "logger", 1, Figures(45.0, 45.0, 45.0, 1.0, 2100.0))
    found = await _day(site, MONDAY)
    assert (found.outings, found.unclear) == (4, 1)
    assert found.walked == known  # what is not known is not 0 minutes more
    assert found.logged is not None
    assert found.logged.minutes == 45.0  # of a pocket beside the device: not added to it
    empty = await _day(site, MONDAY + timedelta(days=1))
    assert (empty.outings, empty.walked) == (0, None)


async def test_a_week_has_no_days_that_are_still_to_come(site: Served) -> None:
    weeks = await site.parts.own_days.weeks(site.wearer(), MONDAY, 2, MONDAY + timedelta(days=2))
    assert [len(week.days) for week in weeks] == [7, 3]
    assert weeks[1].days[-1].day == MONDAY + timedelta(days=2)
    assert weeks[1].walked is None


async def test_nobody_else_reads_them(site: Served) -> None:
    await site.person(Role.CAREGIVER, "ichiro")
    office = Actor(site.ids["hanako"], Role.ADMINISTRATOR, "madoguchi")
    with pytest.raises(Forbidden):
        await site.parts.own_days.weeks(office, MONDAY, 1, MONDAY)
    async with site.http("ichiro") as http:
        assert (await http.get("/wearer/outings")).status_code == 403


async def test_the_page_draws_and_lists_the_same_numbers(site: Served) -> None:
    day = await _walk(site, 25)
    async with site.http("hanako") as http:
        page = (await http.get(f"/wearer/outings?week={day}")).text
        assert (await http.get("/wearer/outings?week=soon")).status_code == 422
    told = re.search(r"合わせて (\d+) 分", page)
    assert told is not None
    assert f"<td>{told[1]} 分" in page
    assert page.count('class="bar-known"') == 1
    assert page.count("記録なし</td>") == page.count("<tr><th scope=") - 2  # all but the day, and the heading
    earlier = day - timedelta(days=28)
    async with site.http("hanako") as http:
        none = (await http.get(f"/wearer/outings?week={earlier}")).text
    assert "<svg" not in none
    assert "外出の記録はありません" in none


def test_a_chart_has_room_for_its_tallest_bound_and_tells_what_is_unknown() -> None:
    at = [
        OwnDay(MONDAY, outings=1, walked=Figures(75.0, 60.0, 95.0, 0.8, 1.0)),
        OwnDay(MONDAY + timedelta(days=1), outings=1, unclear=1, walked=Figures()),
        OwnDay(MONDAY + timedelta(days=2)),
    ]
    chart = chart_of(at)
    assert chart.lines[-1].minutes >= 95
    known, unclear, empty = chart.bars
    assert known.most_y < known.y < known.least_y < chart.floor
    assert known.has_bounds
    assert (unclear.unclear, unclear.height) == (True, 0.0)
    assert (empty.unclear, empty.height) == (False, 0.0)
