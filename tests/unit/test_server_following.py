"""The stream of everybody whom a caregiver follows: their right, the wearers' knowledge, and what is news."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from server import following, viewing
from server.access import Role
from server.consent import Purpose, give
from server.errors import NotLoggedIn
from server.following import Following, going
from server.sessions import Session
from server.viewing import who_watches
from tests.served import Served, moved, served
from tests.waiting import PATIENCE_S
from wire.trip import Sos, TripEnded


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "_BEAT_S", 0.1)
    monkeypatch.setattr(following, "_BREATH_S", 0.01)


class Site(Served):
    async def shared_trip(self) -> str:
        await self.parts.trips.share(self.wearer(), None)
        return await self.start()

    async def session_of(self, login: str) -> Session:
        token = self.headers[login]["Cookie"].removeprefix("shirube=")
        session = await self.parts.sessions.look_up(token)
        assert session is not None
        return session


@pytest.fixture
async def site(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with served(sqlite_url, tmp_path, Site) as made:
        await made.person(Role.WEARER, "hanako")
        await made.person(Role.CAREGIVER, "ichiro")
        await made.relate("ichiro")
        await made.device()
        async with made.parts.db.write() as connection:
            await give(connection, made.ids["hanako"], Purpose.LIVE_SHARING, made.clock.now_s, how="page")
        made.clock.now_s += 1.0
        made.parts.background.start()
        yield made
        await made.parts.background.stop()


class Watch:
    """Reads the stream."""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self._pieces = pieces
        self._rest: list[tuple[str, Any]] = []

    async def until(self, kind: str) -> Any:
        """What the next event of that kind says; of `now`, the next that is not empty."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                while self._rest:
                    found, said = self._rest.pop(0)
                    if found == kind and said != []:
                        return said
                self._rest = _read(await anext(self._pieces))


def _read(piece: bytes) -> list[tuple[str, Any]]:
    events = []
    for text in piece.decode().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in text.splitlines())
        if "event" in lines:
            events.append((lines["event"], json.loads(lines["data"])))
    return events


@asynccontextmanager
async def watched(site: Site, still: Any = None) -> AsyncIterator[Watch]:
    async def logged_in() -> None:
        return None

    session = await site.session_of("ichiro")
    async with aclosing(Following(site.parts, session, still or logged_in).stream()) as pieces:
        yield Watch(pieces)


async def test_each_outing_is_told_with_its_news(site: Site) -> None:
    trip = await site.shared_trip()
    await site.tell(trip, moved(site.clock.now_s))
    async with watched(site) as watch:
        (first,) = await watch.until("now")
        assert (first["trip"], first["state"], first["rank"]) == (trip, "live", 7)
        assert first["sentence_ja"].startswith("14:02 現在、大分駅から県立美術館へ あと約200m")
        assert "lat" not in first
        await site.tell(trip, Sos(state="raised"), first=2)
        (called,) = await watch.until("now")
        assert (called["rank"], called["alarm_en"][:4]) == (0, "SOS:")


async def test_the_wearer_is_told_and_sees_who_watches(site: Site) -> None:
    trip = await site.shared_trip()
    async with watched(site) as watch:
        await watch.until("now")
        async with asyncio.timeout(PATIENCE_S):
            while True:
                async with site.parts.db.read() as connection:
                    watching = await who_watches(connection, trip, site.clock.now_s)
                if watching:
                    break
                await asyncio.sleep(0.01)
        assert [row.name for row in watching] == ["ichiro"]
    async with site.http("hanako") as http:
        assert "ichiro" in (await http.get("/api/v1/looks")).text


async def test_what_is_not_shared_any_more_is_gone_and_a_new_outing_is_told(site: Site) -> None:
    trip = await site.shared_trip()
    async with watched(site) as watch:
        await watch.until("now")
        await site.parts.trips.stop_sharing(site.wearer(), trip)
        assert await watch.until("gone") == {"trip": trip}
        site.clock.now_s += 60.0
        await site.shared_trip()
        await watch.until("changed")


async def test_it_ends_with_the_login(site: Site) -> None:
    await site.shared_trip()

    async def over() -> None:
        raise NotLoggedIn("ログインの期限が切れました。", "The login has expired.")

    async with watched(site, over) as watch:
        assert (await watch.until("closed"))["en"] == "The login has expired."


async def test_the_list_has_room_of_its_own_and_an_end(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewing, "MOST_LISTED", 3)
    trip = await site.shared_trip()
    session = await site.session_of("ichiro")
    streams = []
    async with asyncio.timeout(PATIENCE_S):
        for _ in range(3):
            stream = Following(site.parts, session, lambda: asyncio.sleep(0.0)).stream()
            watch = Watch(stream)
            await watch.until("now")
            streams.append(stream)
        async with watched(site) as watch:
            assert "many" in (await watch.until("closed"))["en"]
    async with site.http("ichiro") as http:
        assert (await http.get(f"/caregiver/trips/{trip}")).status_code == 200
    for stream in streams:
        await stream.aclose()


def test_of_each_wearer_the_newest_outing_counts_while_no_end_is_known() -> None:
    def row(id_: str, wearer: str, ended: float | None = None) -> Any:
        return SimpleNamespace(id=id_, wearer_id=wearer, ended_utc_s=ended)

    rows = [row("4", "a"), row("3", "b", 9.0), row("2", "a"), row("1", "b")]
    assert [each.id for each in going(rows)] == ["4"], "what stopped without a word is history by now"


async def test_an_outing_that_is_over_leaves_the_list(site: Site) -> None:
    trip = await site.shared_trip()
    await site.tell(trip, moved(site.clock.now_s), TripEnded(arrived=True, reason="arrived"))
    async with site.http("ichiro") as http:
        page = (await http.get("/caregiver")).text
    assert 'id="followed"' not in page
    assert "始まりから終わりまで0分、目的地に着きました" in page
