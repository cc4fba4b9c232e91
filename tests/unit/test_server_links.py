"""Share links: one trip, read-only, for a while; opened by a person, not by a preview; and lists of trips."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import insert, select

from server.access import Action, Actor, Role
from server.allow import allow_trip
from server.app import create_app
from server.consent import Purpose, give, withdraw
from server.database import Database
from server.errors import Conflict, Forbidden, NotFound
from server.fakes import FakePlanner
from server.links import LinkRight
from server.settings import Settings
from server.tables import alerts, links, looks, notices, relations, trips
from server.trip_list import listed, one
from server.views import Who
from tests.live_stand import NOW, Stand, fix
from wire.trip import HealthChanged, Moved, TripEnded


@pytest.fixture
async def stand(sqlite_url: str) -> AsyncIterator[Stand]:
    made = Stand(Database(sqlite_url))
    await made.populate()
    yield made
    await made.db.close()


@pytest.fixture
def app(stand: Stand, sqlite_url: str, tmp_path: Path) -> FastAPI:
    settings = Settings(database_url=sqlite_url, key_file=tmp_path / "key")
    return create_app(settings, stand.clock, planner=FakePlanner())


@asynccontextmanager
async def browser(app: FastAPI, address: str = "127.0.0.1") -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, client=(address, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://server") as http:
        yield http
    await app.state.parts.db.close()


async def _rows(stand: Stand, query) -> list[tuple[object, ...]]:  # type: ignore[no-untyped-def]  # noqa: ANN001
    async with stand.db.read() as connection:
        return [tuple(row) for row in await connection.execute(query)]


async def test_a_link_needs_consent_an_own_trip_and_one_that_goes_on(stand: Stand) -> None:
    made = await stand.links.make(stand.wearer, stand.trip_id, "my sister", 999.0)
    assert made.expires_utc_s == NOW + 24 * 3600.0
    stored = await _rows(stand, select(links.c.token_hash, links.c.name))
    assert made.token not in json.dumps(stored)
    with pytest.raises(NotFound):
        await stand.links.make(replace(stand.wearer, user_id="x"), stand.trip_id, "n", 1.0)
    with pytest.raises(Forbidden):
        await stand.links.make(stand.caregiver, stand.trip_id, "n", 1.0)
    await stand.change(trips, ended_utc_s=NOW)
    with pytest.raises(Conflict):
        await stand.links.make(stand.wearer, stand.trip_id, "n", 1.0)
    await stand.change(trips, ended_utc_s=None)
    async with stand.db.write() as connection:
        await withdraw(connection, stand.wearer.user_id, Purpose.LIVE_SHARING, NOW)
    with pytest.raises(Conflict):
        await stand.links.make(stand.wearer, stand.trip_id, "n", 1.0)
    with pytest.raises(NotFound):
        await stand.links.look_up(made.token)


async def test_an_open_view_by_a_link_closes_when_it_is_taken_back_or_expires(stand: Stand) -> None:
    for end in ("revoke", "expire"):
        made = await stand.links.make(stand.wearer, stand.trip_id, "my sister", 1.0)
        right, who = LinkRight(stand.links, made.token), Who(link_id=made.id)
        async with stand.running(), stand.watched(right=right, who=who) as watch:
            await watch.until("now")
            if end == "revoke":
                await stand.links.revoke(stand.wearer, made.id)
            else:
                stand.clock.now_s += 3601.0
            assert "使えません" in (await watch.until("closed"))[1]["ja"]
        assert await stand.links.of(stand.wearer) == []
    with pytest.raises(NotFound):
        await stand.links.revoke(replace(stand.wearer, user_id="x"), made.id)


async def test_a_link_tells_no_line_and_no_coordinates_and_nothing_of_an_ended_walk(stand: Stand) -> None:
    await stand.send(HealthChanged(part="camera", health="error"), Moved(fix=fix(40.0)))
    made = await stand.links.make(stand.wearer, stand.trip_id, "my sister", 1.0)
    right, who = LinkRight(stand.links, made.token), Who(link_id=made.id)
    async with stand.running(), stand.watched(right=right, who=who) as watch:
        data, _ = await watch.view.next()
        assert b"event: line" not in data
        assert b"33.23" not in data
        assert "昭和通り".encode() in data
        await stand.send(TripEnded(arrived=True, reason="arrived"))
        _, now, _ = await watch.until("now")
        assert (now["state"], now["x"], "昭和通り" in now["sentence_ja"]) == ("ended", None, False)


async def test_a_preview_opens_nothing_and_a_persons_press_tells_the_wearer_once(
    stand: Stand, app: FastAPI
) -> None:
    await stand.move(40.0)
    made = await stand.links.make(stand.wearer, stand.trip_id, "my sister", 1.0)
    async with browser(app) as http:
        preview = await http.get(f"/s/{made.token}")
        assert preview.status_code == 200
        for secret in ("昭和通り", "Hanako", "my sister", "33.23"):
            assert secret not in preview.text
        assert await _rows(stand, select(looks.c.id)) == []
        for _ in range(2):
            pressed = await http.post(f"/s/{made.token}")
            assert (pressed.status_code, pressed.headers["location"]) == (303, f"/s/{made.token}")
            stand.clock.now_s += 400.0
        shown = await http.get(f"/s/{made.token}")
        assert "昭和通り" in shown.text
        for secret in ("Hanako", "33.23", "131.60", stand.trip_id):
            assert secret not in shown.text
        for answer in (preview, pressed, shown):
            assert "noindex" in answer.headers["x-robots-tag"]
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["referrer-policy"] == "no-referrer"
        await stand.send(TripEnded(arrived=True, reason="arrived"))
        over = await http.get(f"/s/{made.token}")
        assert "この外出は終わりました" in over.text
        assert "<svg" not in over.text
    assert await _rows(stand, select(notices.c.kind, notices.c.name)) == [("link_opened", "my sister")]
    seen = await _rows(stand, select(looks.c.viewer_id, looks.c.link_id))
    assert set(seen) == {(None, made.id)}
    assert len(seen) >= 2


async def test_a_cookie_of_one_link_opens_no_other(stand: Stand, app: FastAPI) -> None:
    await stand.move(40.0)
    one_, other = [await stand.links.make(stand.wearer, stand.trip_id, n, 1.0) for n in ("a", "b")]
    async with browser(app) as http:
        await http.post(f"/s/{one_.token}")
        assert "昭和通り" not in (await http.get(f"/s/{other.token}")).text


async def test_guesses_of_links_are_refused_and_all_wrong_ones_look_the_same(
    stand: Stand, app: FastAPI
) -> None:
    made = await stand.links.make(stand.wearer, stand.trip_id, "a", 1.0)
    await stand.links.revoke(stand.wearer, made.id)
    async with browser(app, "203.0.113.7") as http:
        answers = [await http.get(f"/s/{token}") for token in (made.token, "x" * 43)]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].text.replace(made.token, "") == answers[1].text.replace("x" * 43, "")
        statuses = {(await http.get(f"/s/{number}")).status_code for number in range(70)}
    assert statuses == {404, 429}


# --- lists


async def test_lists_are_paged_newest_first_and_show_each_role_its_own(stand: Stand) -> None:
    eva = Actor("e" * 32, Role.EVALUATOR, "Eva")
    stranger = Actor("s" * 32, Role.CAREGIVER, "Stranger")
    for each in (eva, stranger):
        await stand.person(each)
    async with stand.db.write() as connection:
        row = {"viewer_id": eva.user_id, "wearer_id": stand.wearer.user_id}
        await connection.execute(insert(relations).values(row | {"asked_utc_s": 1.0, "agreed_utc_s": 1.0}))
        await give(connection, stand.wearer.user_id, Purpose.TRIAL_RESEARCH, 1.0, how="page")
    later = [await stand.trip(NOW + number) for number in (1.0, 2.0)]
    private = await stand.trip(NOW + 3.0, shared=False)
    async with stand.db.read() as connection:
        first = await listed(connection, stand.wearer, None, 3, NOW)
        assert [trip.trip_id for trip in first.trips] == [private, later[1], later[0]]
        rest = await listed(connection, stand.wearer, first.next, 3, NOW)
        assert ([trip.trip_id for trip in rest.trips], rest.next) == ([stand.trip_id], None)
        caring = await listed(connection, stand.caregiver, None, 50, NOW)
        assert {trip.trip_id for trip in caring.trips} == {*later, stand.trip_id}
        assert {trip.person for trip in caring.trips} == {"Hanako"}
        research = await listed(connection, eva, None, 50, NOW)
        assert {trip.person for trip in research.trips} == {"P-wwwww"}
        assert (await listed(connection, stranger, None, 50, NOW)).trips == ()
        assert (await listed(connection, stranger, stand.trip_id, 50, NOW)).trips == ()
        with pytest.raises(NotFound):
            await one(connection, stranger, stand.trip_id, NOW)
        with pytest.raises(Forbidden):
            await listed(connection, Actor("a", Role.ADMINISTRATOR, "a"), None, 50, NOW)


async def test_a_state_that_was_written_before_a_silence_is_not_told_as_the_present_one(stand: Stand) -> None:
    await stand.move(40.0)
    await stand.change(trips, state="paused", state_utc_s=NOW - 50.0)
    for ago_s, state in ((10.0, "paused"), (200.0, None)):
        async with stand.db.read() as connection:
            (trip,) = (await listed(connection, stand.caregiver, None, 50, NOW + ago_s)).trips
        assert (trip.state, trip.age_s) == (state, ago_s)
    async with stand.db.read() as connection:
        assert (await one(connection, stand.caregiver, stand.trip_id, NOW + 200.0)).state == "no_contact"


@pytest.mark.parametrize(
    ("kind", "state", "consent", "opens"),
    [
        ("sos", "open", True, True),
        ("sos", "acknowledged", True, True),
        ("fell", "open", True, True),
        ("fell", "asking", True, False),
        ("sos", "over", True, False),
        ("no_contact", "open", True, False),
        ("sos", "open", False, False),
    ],
)
async def test_an_emergency_opens_the_live_view_of_a_trip_that_is_not_shared(
    stand: Stand, kind: str, state: str, consent: bool, opens: bool
) -> None:
    trip = await stand.trip(shared=False)
    row = {"id": "a" * 32, "wearer_id": stand.wearer.user_id, "trip_id": trip, "kind": kind, "key": "1"}
    times = {"raised_utc_s": NOW, "changed_utc_s": NOW, "step": 0, "detail": "{}"}
    async with stand.db.write() as connection:
        await connection.execute(insert(alerts).values(row | times | {"state": state}))
        if consent:
            await give(connection, stand.wearer.user_id, Purpose.EMERGENCY_SHARING, NOW, how="page")
    async with stand.db.read() as connection:
        caring = await listed(connection, stand.caregiver, None, 50, NOW)
        assert (trip in {each.trip_id for each in caring.trips}) is opens
        if opens:
            await allow_trip(connection, stand.caregiver, Action.WATCH_LIVE, trip)
        else:
            with pytest.raises(NotFound):
                await allow_trip(connection, stand.caregiver, Action.WATCH_LIVE, trip)
        with pytest.raises(NotFound):
            await allow_trip(connection, stand.caregiver, Action.READ_EVENTS, trip)
