"""The phone that only logs (OwnTracks): its positions are stored once, and shared with nobody."""

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from server.access import Actor, Role
from server.consent import Purpose
from server.tables import devices
from server.tables import trips as trip_table
from tests.notice_town import UTC_S, Town, notice_town
from tests.people import consented

# --- the phone that only logs


@pytest.fixture
async def town(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with notice_town(sqlite_url, tmp_path) as made:
        yield made


@pytest.fixture
async def logger(town: Town) -> dict[str, str]:
    await town.device("phone")
    async with town.parts.db.write() as connection:
        kind = update(devices).where(devices.c.id == town.ids["phone"]).values(kind="logger")
        await connection.execute(kind)
    pair = base64.b64encode(f"hanako:{town.keys['phone']}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


def location(at_s: float, **values: object) -> dict[str, object]:
    body = {
        "_type": "location",
        "lat": 33.2334,
        "lon": 131.6066,
        "tst": int(at_s),
        "acc": 12,
        "vel": 5,
        "tid": "ha",
    }
    return body | values


LOGGER_PATH = "/api/v1/loggers/owntracks"


async def test_a_phones_positions_are_stored_once_in_a_trip_a_day(town: Town, logger: dict[str, str]) -> None:
    now_s = town.clock.utc_s()
    at = [now_s - 86_400.0, now_s - 61.0, now_s - 60.0, now_s - 1.0]
    async with town.http("") as http:
        for second in [*at, *reversed(at)]:
            answer = await http.post(LOGGER_PATH, json=location(second, cog=90, batt=80), headers=logger)
            assert (answer.status_code, answer.json()) == (200, [])
        same = [http.post(LOGGER_PATH, json=location(now_s - 30.0 - n), headers=logger) for n in range(8)]
        assert {answer.status_code for answer in await asyncio.gather(*same)} == {200}
    stored = await town.stored("phone")
    assert len(stored) == 12
    assert len({row.trip_id for row in stored}) == 2
    assert all(row.type == "moved" for row in stored)


NO_POSITIONS = (
    ({"_type": "transition"}, 200), ({"_type": "lwt", "tst": 1}, 200), ({}, 200),
    ({"_type": "encrypted", "data": "x"}, 422), ({"_type": "location"}, 422),
    (location(UTC_S, lat=91), 422), (location(UTC_S, lat="x"), 422), ([], 422),
    (location(UTC_S, acc=None), 200), (location(2.0**41), 422), (location(4e9), 200),
)  # fmt: skip


async def test_what_is_no_position_is_not_stored(town: Town, logger: dict[str, str]) -> None:
    async with town.http("") as http:
        for body, status in NO_POSITIONS:
            answer = await http.post(LOGGER_PATH, json=body, headers=logger)
            assert answer.status_code == status, body
    assert await town.stored("phone") == []


async def test_only_a_loggers_key_logs(town: Town, logger: dict[str, str]) -> None:
    body = location(town.clock.utc_s())
    async with town.http("first") as http:
        assert (await http.post(LOGGER_PATH, json=body)).status_code == 403
        wrong = {"Authorization": "Basic " + base64.b64encode(b"hanako:guess").decode()}
        for headers in (wrong, {"Authorization": "Basic ?"}, {"Authorization": "Digest x"}):
            assert (await http.post(LOGGER_PATH, json=body, headers=headers)).status_code == 401


async def test_a_loggers_day_is_never_shared_and_counts_as_baseline(
    town: Town, logger: dict[str, str]
) -> None:
    wearer = Actor(town.wearer_id, Role.WEARER, "hanako")
    await consented(town.parts.db, town.clock, town.wearer_id, Purpose.LIVE_SHARING)
    await town.parts.trips.share(wearer, None)  # the next outing
    async with town.http("") as http:
        await http.post(LOGGER_PATH, json=location(town.clock.utc_s()), headers=logger)
    (row,) = await town.stored("phone")
    assert await town.parts.trips.is_shared(town.wearer_id, None)
    with pytest.raises(Exception, match="共有できません"):
        await town.parts.trips.share(wearer, row.trip_id)
    assert (await town.parts.outings.of(wearer, row.trip_id)).device == "logger"
    async with town.parts.db.read() as connection:
        known = (await connection.execute(select(trip_table.c.id))).scalars().all()
    assert row.trip_id in known
