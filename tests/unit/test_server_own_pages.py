"""What is a wearer's own: who looked, places, copies, the wish to be erased, by API and page."""

import io
import re
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import insert

from server import devices
from server.fakes import FakePlanner
from server.tables import links, looks
from tests.consent_site import Site, consent_site
from tests.served import PASSWORD
from wire.spreadsheets import table

# Who looked


@pytest.fixture
async def site(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with consent_site(sqlite_url, tmp_path) as made:
        yield made


async def test_looks_are_paged_newest_first_with_links_and_the_office(site: Site) -> None:
    trip = await site.walk()
    async with site.parts.db.write() as connection:
        row = {"id": "l", "trip_id": trip, "wearer_id": site.ids["hanako"], "token_hash": "t", "name": "姉"}
        await connection.execute(insert(links).values(row | {"created_utc_s": 1.0, "expires_utc_s": 9e9}))
        base = {"wearer_id": site.ids["hanako"], "utc_s": site.clock.now_s}
        await connection.execute(
            insert(looks).values(base | {"what": "link", "link_id": "l", "trip_id": trip})
        )
        await connection.execute(insert(looks).values(base | {"what": "export"}))
    async with site.http("ichiro") as http:
        await http.get(f"/api/v1/trips/{trip}/events")
    async with site.http("hanako") as http:
        first = (await http.get("/api/v1/looks?limit=2")).json()
        rest = (await http.get(f"/api/v1/looks?limit=2&after={first['next']}")).json()
        page = (await http.get("/wearer/looks")).text
        home = (await http.get("/wearer")).text
    seen = [(one["role"], one["name"], one["what"]) for one in (*first["looks"], *rest["looks"])]
    assert seen == [("caregiver", "一郎", "events"), ("office", "", "export"), ("link", "姉", "link")]
    assert (first["next"] is not None, rest["next"]) == (True, None)
    for text in (page, home):
        assert "リンク「姉」を持つ人" in text
        assert "サーバーの窓口" in text


# Places


async def test_places_are_ones_own_and_plans_find_them(site: Site) -> None:
    async with site.http("hanako") as http:
        body = {"name": "家", "lat": 33.2334, "lon": 131.6066, "kind": "home"}
        made = await http.post("/api/v1/saved-places", json=body)
        assert made.status_code == 201
        moved = await http.post("/api/v1/saved-places", json=body | {"lat": 33.24})
        assert moved.json()["id"] == made.json()["id"]
        assert (await http.get("/api/v1/saved-places")).json()["places"] == [moved.json()]
        plan = {"map": "oita", "origin": "saved:家", "destination": "県立美術館"}
        assert (await http.post("/api/v1/routes", json=plan)).status_code == 200
        assert (await http.post("/api/v1/routes", json=plan | {"origin": "saved:駅"})).status_code == 404
    planner = site.parts.routes._planner
    assert isinstance(planner, FakePlanner)
    assert planner.asked[-1].origin == "33.240000,131.606600"
    async with site.http("ichiro") as http:
        assert (await http.get("/api/v1/saved-places")).status_code == 403
    async with site.http("hanako") as http:
        assert (await http.delete(f"/api/v1/saved-places/{made.json()['id']}")).status_code == 204
        assert (await http.delete(f"/api/v1/saved-places/{made.json()['id']}")).status_code == 404


WRONG_PLACES: tuple[dict[str, object], ...] = (
    {"lat": 48.85, "lon": 2.35},
    {"name": " "},
    {"name": "a\nb"},
    {"map": "no map"},
    {"lat": 1e9},
    {"kind": "x"},
)


async def test_a_place_that_cannot_be_is_refused(site: Site) -> None:
    body = {"name": "家", "lat": 33.2334, "lon": 131.6066}
    async with site.http("hanako") as http:
        for wrong in WRONG_PLACES:
            answer = await http.post("/api/v1/saved-places", json=body | wrong)
            assert answer.status_code in (404, 422), wrong
        assert (await http.get("/api/v1/saved-places")).json()["places"] == []


async def test_the_page_of_places_keeps_and_forgets(site: Site) -> None:
    told = await site.press("/wearer/places", name="家", position="33.2334, 131.6066", kind="home")
    assert told.status_code == 303
    for wrong in ("here", "1,2,3", "nan,nan", "48.8,2.3"):
        answer = await site.press("/wearer/places", name="x", position=wrong)
        assert answer.status_code == 422, wrong
        assert 'role="alert"' in answer.text
    async with site.http("hanako") as http:
        page = (await http.get("/wearer/places")).text
        action = re.search(r'action="(/wearer/places/\w+/remove)"', page)
        assert action is not None
        await site.press(action[1])
        assert "まだありません" in (await http.get("/wearer/places")).text


# A copy, and erasure


async def test_a_copy_needs_the_password_again(site: Site) -> None:
    await site.walk()
    async with site.http("hanako") as http:
        assert (await http.post("/api/v1/export", json={"password": "wrong"})).status_code == 403
        answer = await http.post("/api/v1/export", json={"password": PASSWORD})
    assert answer.headers["content-type"] == "application/zip"
    assert "data/trips.json" in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    page = await site.press("/account/data/copy", password="wrong")
    assert (page.status_code, 'role="alert"' in page.text) == (403, True)
    page = await site.press("/account/data/copy", password=PASSWORD)
    assert page.content.startswith(b"PK")
    for _ in range(4):
        page = await site.press("/account/data/copy", password=PASSWORD)
    assert page.status_code == 429


async def test_a_device_takes_no_copy_and_erases_nobody(site: Site) -> None:
    made = await devices.add_device(site.parts.db, site.clock, site.ids["hanako"], "glasses")
    transport = httpx.ASGITransport(site.app)
    key = {"Authorization": f"Bearer {made.key}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://server", headers=key) as http:
        for path in ("/api/v1/export", "/api/v1/erasure"):
            assert (await http.post(path, json={"password": PASSWORD})).status_code == 403
        assert (await http.delete("/api/v1/erasure")).status_code == 403
        for method in ("POST", "DELETE"):
            assert (await http.request(method, "/api/v1/erasure")).status_code in (403, 422)


async def test_a_wish_to_be_erased_is_told_and_taken_back(site: Site) -> None:
    async with site.http("hanako") as http:
        assert (await http.post("/api/v1/erasure", json={"password": "wrong"})).status_code == 403
        assert (await http.get("/api/v1/erasure")).json() == {"due_utc_s": None}
        asked = await http.post("/api/v1/erasure", json={"password": PASSWORD})
        assert asked.status_code == 202
        assert asked.json() == {"due_utc_s": site.clock.now_s + 7 * 86_400.0}
        assert "消去を申し込んでいます" in (await http.get("/account/data")).text
        assert (await http.delete("/api/v1/erasure")).status_code == 204
        assert (await http.delete("/api/v1/erasure")).status_code == 404
        assert (await site.press("/account/data/erase", password=PASSWORD)).status_code == 303
        assert (await site.press("/account/data/stay")).status_code == 303
        assert (await http.get("/api/v1/erasure")).json() == {"due_utc_s": None}


async def test_who_was_erased_is_logged_in_nowhere(site: Site) -> None:
    await site.parts.privacy.erasures.order(site.ids["hanako"])
    async with site.http("hanako") as http:
        assert (await http.get("/api/v1/consents")).status_code == 401
        assert (await http.get("/wearer")).status_code == 303


# Spreadsheets


@pytest.mark.parametrize(
    "evil",
    ["=HYPERLINK(1)", "+1", "-1+cmd", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "\u3000=1", "|calc", "%0a"],
)
def test_no_text_in_a_table_becomes_a_formula(evil: str) -> None:
    text = table(("a", "b"), [(evil, -1.5)])
    assert "'" + evil in text.replace('"', "")
    assert ",-1.5" in text


PAGES = (
    "/wearer/consents",
    "/wearer/consents/trial_research",
    "/wearer/consents/live_sharing/2026-11",
    "/wearer/looks",
    "/wearer/places",
    "/account/data",
)


async def test_pages_are_there_in_both_languages_for_wearers_only(site: Site) -> None:
    async with site.http("hanako") as http, site.http("ichiro") as other:
        for path in PAGES:
            for lang in ("ja", "en"):
                page = await http.get(f"{path}?lang={lang}")
                assert page.status_code == 200, path
                assert page.text.count("<h1>") == 1, path
            wanted = 200 if path == "/account/data" else 403
            assert (await other.get(path)).status_code == wanted, path
