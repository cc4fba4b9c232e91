"""Zones through the API: one's own, in force at once, and nobody else's to see or to remove."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import insert

from server.access import Actor, Role
from server.database import Database
from server.errors import Forbidden, Malformed, NotFound, TooMany
from server.fakes import FakeClock
from server.hub import GROUND, Hub
from server.tables import users
from server.zones import MOST_ZONES, Zones, ZoneWanted

HANAKO = Actor("hanako", Role.WEARER, "花子")
TARO = Actor("taro", Role.WEARER, "太郎")
STATION = ZoneWanted(name="駅前", lat=33.2334, lon=131.6066, radius_m=150.0)


@pytest.fixture
async def zones(store_url: str) -> AsyncIterator[tuple[Zones, Hub]]:
    db, hub = Database(store_url), Hub()
    async with db.write() as connection:
        for name in ("hanako", "taro"):
            person = {"id": name, "login": name, "name": name, "role": "wearer", "password_hash": "x"}
            await connection.execute(insert(users).values(pseudonym=name, created_utc_s=0.0, **person))
    yield Zones(db, FakeClock(), hub), hub
    await db.close()


async def test_a_wearer_makes_lists_and_removes_their_own(zones: tuple[Zones, Hub]) -> None:
    kept, hub = zones
    with hub.listen(GROUND) as woken:
        made = await kept.add(HANAKO, STATION)
        assert woken.is_set(), "the watcher hears of it at once"
        assert await kept.listed(HANAKO) == (made,)
        assert await kept.listed(TARO) == ()
        woken.clear()
        await kept.remove(HANAKO, made.id)
        assert woken.is_set()
    assert await kept.listed(HANAKO) == ()


async def test_anothers_zone_is_none(zones: tuple[Zones, Hub]) -> None:
    kept, _ = zones
    made = await kept.add(HANAKO, STATION)
    with pytest.raises(NotFound):
        await kept.remove(TARO, made.id)
    assert len(await kept.listed(HANAKO)) == 1


async def test_only_wearers_have_zones(zones: tuple[Zones, Hub]) -> None:
    for role in set(Role) - {Role.WEARER}:
        with pytest.raises(Forbidden):
            await zones[0].listed(Actor("hanako", role, "x"))


async def test_a_zone_needs_a_name_and_something_to_tell(zones: tuple[Zones, Hub]) -> None:
    for wrong in ({"name": " "}, {"name": "a\nb"}, {"on_enter": False, "on_leave": False}):
        values = {"name": "駅前", "lat": 33.2, "lon": 131.6, "radius_m": 150.0} | wrong
        with pytest.raises(Malformed):
            await zones[0].add(HANAKO, ZoneWanted(**values))  # type: ignore[arg-type]


async def test_there_is_room_for_fifty(zones: tuple[Zones, Hub]) -> None:
    for _ in range(MOST_ZONES):
        await zones[0].add(HANAKO, STATION)
    with pytest.raises(TooMany):
        await zones[0].add(HANAKO, STATION)
