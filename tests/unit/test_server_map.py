"""The facts of a map over the API: to whom, in which form, in what words; and where npm's files come from."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import insert

from routing.geo import Point
from routing.things import Surroundings, Thing
from scripts import front_end as brought
from server.app import create_app
from server.consent import Purpose, give
from server.credentials import new_id
from server.database import Database
from server.errors import Unavailable
from server.fakes import FakePlanner
from server.live import Now
from server.map_facts import MOST_FACTS, map_facts
from server.map_words import blocks_words, thing_words
from server.pages.front_end import KeptFiles
from server.planner import Ground
from server.settings import Settings
from server.tables import alerts, plans
from tests.live_stand import NOW, Stand
from wire.route import Crossing, Name, StretchKind

LINE: tuple[tuple[Point, ...], ...] = (((33.2, 131.6), (33.21, 131.6)),)
STREET = Name(ja="昭和通り", en="Showa-dori")
WAITING = Now("waiting", "端末からの連絡を待っています", "Waiting for the device")


class Broken(FakePlanner):
    """Its map cannot be used."""

    def surroundings(self, *_asked: object) -> Ground:
        raise Unavailable("地図は今使えません。", "The map cannot be used now.")


@pytest.fixture
async def stand(sqlite_url: str) -> AsyncIterator[Stand]:
    made = Stand(Database(sqlite_url))
    await made.populate()
    await made.change(plans, map="oita")
    await made.move(10.0)
    await made.move(20.0)
    yield made
    await made.db.close()


@pytest.fixture
async def http(stand: Stand, sqlite_url: str, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = _app(stand, sqlite_url, tmp_path, FakePlanner())
    async with _client(app) as client:
        yield client
    await app.state.parts.db.close()


def _app(stand: Stand, url: str, folder: Path, planner: FakePlanner) -> FastAPI:
    return create_app(Settings(database_url=url, key_file=folder / "key"), stand.clock, planner=planner)


def _client(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://server")


async def _ask(http: httpx.AsyncClient, stand: Stand, token: str, **headers: str) -> httpx.Response:
    told = {"Cookie": f"shirube={token}", "Accept-Encoding": "identity", **headers}
    return await http.get(f"/api/v1/trips/{stand.trip_id}/map-facts", headers=told)


def _kinds(answer: httpx.Response) -> set[str]:
    return {block["kind"] for block in answer.json()["blocks"]}


async def test_it_is_packed_where_wanted_and_sent_once(stand: Stand, http: httpx.AsyncClient) -> None:
    token = await stand.session(stand.caregiver)
    plain = await _ask(http, stand, token)
    packed = await _ask(http, stand, token, **{"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.json() == plain.json()
    assert plain.headers["cache-control"] == "no-store"
    assert _kinds(plain) == {
        "position", "start", "destination", "route", "track", "sidewalk", "guide_blocks", "street",
    }  # fmt: skip
    tag = plain.headers["etag"]
    again = await _ask(http, stand, token, **{"If-None-Match": f'"x", W/{tag}'})
    assert (again.status_code, again.content) == (304, b"")
    await stand.move(30.0)
    after = await _ask(http, stand, token, **{"If-None-Match": tag})
    assert after.status_code == 200
    assert after.headers["etag"] != tag


async def test_a_map_that_was_replaced_is_sent_anew(stand: Stand, sqlite_url: str, tmp_path: Path) -> None:
    file = tmp_path / "oita.map"
    file.write_bytes(b"before")
    settings = Settings(database_url=sqlite_url, key_file=tmp_path / "key", maps={"oita": file})
    app = create_app(settings, stand.clock, planner=FakePlanner())
    token = await stand.session(stand.caregiver)
    async with _client(app) as http:
        tag = (await _ask(http, stand, token)).headers["etag"]
        assert (await _ask(http, stand, token, **{"If-None-Match": tag})).status_code == 304
        file.write_bytes(b"built anew")
        assert (await _ask(http, stand, token, **{"If-None-Match": tag})).status_code == 200
    await app.state.parts.db.close()


async def test_an_emergency_shows_where_they_are_and_not_where_they_were(
    stand: Stand, http: httpx.AsyncClient
) -> None:
    stand.trip_id = await stand.trip(shared=False)
    await stand.move(10.0)
    await stand.move(20.0)
    token = await stand.session(stand.caregiver)
    assert (await _ask(http, stand, token)).status_code == 404
    row = {
        "id": new_id(),
        "wearer_id": stand.wearer.user_id,
        "trip_id": stand.trip_id,
        "kind": "sos",
        "key": "k",
    }
    times = {"raised_utc_s": NOW, "changed_utc_s": NOW, "state": "open", "step": 0, "detail": "{}"}
    async with stand.db.write() as connection:
        await give(connection, stand.wearer.user_id, Purpose.EMERGENCY_SHARING, NOW - 1.0, how="page")
        await connection.execute(insert(alerts).values(row | times))
    shown = await _ask(http, stand, token)
    assert shown.status_code == 200
    assert "position" in _kinds(shown)
    assert "track" not in _kinds(shown)
    own = await _ask(http, stand, await stand.session(stand.wearer))
    assert "track" in _kinds(own)


async def test_no_link_opens_it(stand: Stand, http: httpx.AsyncClient) -> None:
    made = await stand.links.make(stand.wearer, stand.trip_id, "my sister", 1.0)
    for headers in ({"Cookie": f"shirube={made.token}"}, {"Authorization": f"Bearer {made.token}"}):
        answer = await http.get(f"/api/v1/trips/{stand.trip_id}/map-facts", headers=headers)
        assert answer.status_code == 401


async def test_the_walk_is_told_also_where_the_map_cannot_be_used(
    stand: Stand, sqlite_url: str, tmp_path: Path
) -> None:
    app = _app(stand, sqlite_url, tmp_path, Broken())
    async with _client(app) as client:
        answer = await _ask(client, stand, await stand.session(stand.caregiver))
    await app.state.parts.db.close()
    assert answer.status_code == 200
    assert answer.json()["ground"] is False
    assert _kinds(answer) == {"position", "start", "destination", "route", "track"}


def test_what_the_map_does_not_hold_is_said_to_be_unknown() -> None:
    crossing = Thing(1, StretchKind.CROSSING, LINE, 0.0, 0.0, crossing=Crossing(street=STREET))
    assert thing_words(crossing) == (
        "昭和通りの道路の横断。分からないこと: 信号、横断歩道の線、足元の点字ブロック、安全島、縁石の高さ",
        "Street crossing, Showa-dori; not known: signal, marking on the road, tactile paving at the kerb, "
        "island in the middle, height of the kerb",
    )
    stairs = Thing(2, StretchKind.STEPS, LINE, 0.0, 0.0, steps=12)
    assert thing_words(stairs) == (
        "階段。12段。分からないこと: 手すり",
        "Stairs; 12 steps; not known: handrail",
    )
    road = Thing(3, StretchKind.ROAD, LINE, 0.0, 0.0, walked=False, sidewalk="no", tactile="no")
    assert thing_words(road) == (
        "車道。歩道なし。点字ブロックなし。歩く道としては地図にありません",
        "Road; no sidewalk; no guide blocks; the map does not give it for walking",
    )


def test_what_is_known_of_a_crossing_is_told_in_its_order() -> None:
    known = Crossing(
        signals="yes", sound="yes", sound_hours="Mo-Su 07:00-20:00", button="yes", marked="yes",
        tactile="yes", island="no", kerb="lowered", street=STREET, escort="yes", vibration="yes",
    )  # fmt: skip
    ja, en = thing_words(Thing(1, StretchKind.CROSSING, LINE, 0.0, 0.0, crossing=known))
    assert ja == (
        "昭和通りの横断歩道。信号あり。音響信号あり。音は決まった時間だけ鳴ります。押しボタンあり。"
        "触って分かる信号あり。エスコートゾーンあり。足元に点字ブロックあり。途中に安全島なし。縁石は低い"
    )
    assert "known" not in en
    sidewalk = Thing(5, StretchKind.SIDEWALK, LINE, 0.0, 0.0, name=STREET, tactile="yes")
    assert blocks_words(sidewalk) == ("昭和通りの歩道に沿って", "Along: sidewalk of Showa-dori")


def test_two_thousand_facts_at_most_and_the_rest_is_counted() -> None:
    thing = Thing(0, StretchKind.SIDEWALK, LINE, 0.0, 0.0, tactile="yes")
    things = tuple(replace(thing, number=number) for number in range(1_500))
    facts = map_facts(None, (), WAITING, Surroundings(things, 7))
    told = sum(len(block.facts) for block in facts.blocks)
    assert told == MOST_FACTS
    assert facts.left_out == 7 + 3_000 - MOST_FACTS


def _package(folder: Path, script: str) -> Path:
    for name in ("dist/leaflet.js", "dist/leaflet.css", "dist/images/layers.png", "LICENSE"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(script, encoding="utf-8")
    (folder / "package.json").write_text('{"version": "1.9.4"}', encoding="utf-8")
    return folder


async def test_files_from_npm_have_an_address_of_their_own_and_are_kept(tmp_path: Path) -> None:
    vendor = tmp_path / "vendor"
    first = brought.copied(_package(tmp_path / "one", "1"), vendor)
    second = brought.copied(_package(tmp_path / "two", "2"), vendor)
    assert first.name != second.name
    assert {path.name for path in vendor.iterdir()} == {second.name, "manifest.json"}
    assert json.loads((vendor / "manifest.json").read_text()) == {"leaflet": second.name}
    files: Any = KeptFiles(directory=vendor)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(files), base_url="http://server") as http:
        answer = await http.get(f"/{second.name}/images/layers.png")
    assert (answer.text, answer.headers["cache-control"]) == ("2", "public, max-age=31536000, immutable")


def test_without_npm_the_set_up_goes_on_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(brought, "_npm", lambda: None)
    assert brought.main() == 0
    told = capsys.readouterr().out
    assert told.count("\n") == 1
    assert "npm が見つかりません" in told
    assert "npm was not found" in told


def test_a_lock_names_the_public_registry_and_one_version() -> None:
    lock = json.loads((brought.TOP / "package-lock.json").read_text(encoding="utf-8"))
    package = lock["packages"]["node_modules/leaflet"]
    assert package["version"] == "1.9.4"
    assert package["resolved"] == "https://registry.npmjs.org/leaflet/-/leaflet-1.9.4.tgz"
    assert set(lock["packages"]) == {"", "node_modules/leaflet"}
