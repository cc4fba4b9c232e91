"""Logging in, and the pages as a person without scripts meets them."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import insert

from server import accounts, devices, relations
from server.access import Actor, Role
from server.tables import marks
from tests.people import code_of, consented
from tests.served import PASSWORD, Served, served
from wire.api import PlanRequest
from wire.position import Fix
from wire.trip import Announced, Moved, Sos, TripEnded, TripEvent, TripStarted

NASTY = '<script>alert("x")</script>'


class Site(Served):
    """A server with one of each role, and a browser without scripts."""

    base: str = "http://server"

    def browser(self) -> httpx.AsyncClient:
        return self.http(base=self.base)

    async def populate(self) -> None:
        await self.add(Role.WEARER, "hanako", name=NASTY)
        await self.add(Role.CAREGIVER, "ichiro", name="一郎")
        await self.add(Role.EVALUATOR, "eva", name="評価室")
        await consented(self.parts.db, self.clock, self.ids["hanako"])

    async def walk(self) -> str:
        await self.device()
        trip_id = await self.start(PlanRequest(map="oita", origin="大分駅", destination=NASTY))
        said = Announced(
            kind="x", key="k", urgency="info", outcome="spoken", text_ja=NASTY, text_en="words", created_s=0.0
        )
        await self.tell(trip_id, said, TripEnded(arrived=True, reason="arrived"))
        return trip_id


@asynccontextmanager
async def built(url: str, folder: Path, *, https: bool = False) -> AsyncIterator[Site]:
    async with served(url, folder, Site, https=https) as made:
        made.base = "https://server" if https else "http://server"
        await made.populate()
        yield made


@pytest.fixture
async def site(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with built(sqlite_url, tmp_path) as made:
        yield made


def csrf_of(page: httpx.Response) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found is not None, page.text
    return found[1]


async def log_in(browser: httpx.AsyncClient, login: str, password: str = PASSWORD) -> httpx.Response:
    form = {"login": login, "password": password, "csrf": csrf_of(await browser.get("/login"))}
    return await browser.post("/login", data=form)


async def set_up_factor(site: Site, browser: httpx.AsyncClient, page: str = "/login/set-up") -> str:
    """The secret, after its first code was given on the page."""
    shown = await browser.get(page)
    secret = re.search(r"secret=([A-Z2-7]+)", shown.text)
    pending = re.search(r'name="pending" value="([^"]+)"', shown.text)
    assert secret is not None
    assert pending is not None
    form = {"csrf": csrf_of(shown), "pending": pending[1], "code": code_of(secret[1], site.clock.now_s)}
    told = await browser.post(page, data=form)
    assert told.status_code == 200
    assert len(re.findall(r'<li><strong class="code">', told.text)) == 10
    return secret[1]


async def press(browser: httpx.AsyncClient, page: str, action: str, **fields: str) -> httpx.Response:
    form = {"csrf": csrf_of(await browser.get(page)), **fields}
    answer = await browser.post(action, data=form)
    assert answer.status_code == 303, answer.text
    return await browser.get(page)


@pytest.mark.parametrize(
    ("login", "home"), [("hanako", "/wearer"), ("ICHIRO ", "/caregiver"), ("eva", "/login/set-up")]
)
async def test_login_leads_to_ones_own_page(site: Site, login: str, home: str) -> None:
    async with site.browser() as browser:
        assert (await log_in(browser, login)).headers["location"] == "/"
        assert (await browser.get("/")).headers["location"] == home
        assert (await browser.get(home)).status_code == 200


@pytest.mark.parametrize(
    ("login", "password"),
    [("hanako", "wrong"), ("nobody", PASSWORD), ("hanako", ""), ("", ""), ("x", "y" * 300)],
)
async def test_a_wrong_pair_is_told_the_same_way(site: Site, login: str, password: str) -> None:
    async with site.browser() as browser:
        answer = await log_in(browser, login or " ", password or " ")
        assert answer.status_code == 401
        assert "名前かパスワードが違います" in answer.text
        assert "shirube" not in browser.cookies
        assert (await browser.get("/wearer")).headers["location"] == "/login"


async def test_guessing_is_stopped_and_ends_with_the_window(site: Site) -> None:
    async with site.browser() as browser:
        for _ in range(5):
            assert (await log_in(browser, "hanako", "wrong")).status_code == 401
        assert (await log_in(browser, "hanako")).status_code == 429
        assert (await log_in(browser, "ichiro")).status_code == 303
        site.clock.now_s += 901.0
        assert (await log_in(browser, "hanako")).status_code == 303


async def test_one_address_cannot_try_many_names(site: Site) -> None:
    async with site.browser() as browser:
        statuses = [(await log_in(browser, f"name{n}", "wrong")).status_code for n in range(51)]
    assert statuses == [401] * 50 + [429]


async def test_login_from_another_site_is_refused(site: Site) -> None:
    async with site.browser() as browser:
        form = {"login": "hanako", "password": PASSWORD, "csrf": "guessed"}
        assert (await browser.post("/login", data=form)).status_code == 403
        await browser.get("/login")
        assert (await browser.post("/login", data=form)).status_code == 403
        assert "shirube" not in browser.cookies


async def test_a_session_ends_when_idle_when_old_and_at_logout(site: Site) -> None:
    async with site.browser() as browser:
        await log_in(browser, "hanako")
        site.clock.now_s += 2 * 3600.0 + 1.0
        assert (await browser.get("/wearer")).status_code == 303
        await log_in(browser, "hanako")
        for _ in range(12):  # never idle, but half a day old
            assert (await browser.get("/wearer")).status_code == 200
            site.clock.now_s += 3600.0 + 1.0
        assert (await browser.get("/wearer")).status_code == 303
        await log_in(browser, "hanako")
        token = browser.cookies["shirube"]
        await browser.post("/logout", data={"csrf": csrf_of(await browser.get("/wearer"))})
        again = await browser.get("/wearer", headers={"Cookie": f"shirube={token}"})
        assert again.status_code == 303


async def test_the_token_is_not_in_the_store(site: Site, tmp_path: Path) -> None:
    async with site.browser() as browser:
        await log_in(browser, "hanako")
        token = browser.cookies["shirube"]
    device = await devices.add_device(site.parts.db, site.clock, site.ids["hanako"], "d")
    await site.parts.db.close()
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("s.db*"))
    for secret in (token, device.key, PASSWORD):
        assert secret.encode() not in stored


@pytest.mark.parametrize("https", [False, True])
async def test_cookies_are_closed_to_scripts_and_other_sites(
    sqlite_url: str, tmp_path: Path, https: bool
) -> None:
    async with built(sqlite_url, tmp_path, https=https) as made, made.browser() as browser:
        said = (await log_in(browser, "hanako")).headers.get_list("set-cookie")
        strict = (await browser.get("/login")).headers.get("strict-transport-security")
    session = next(text for text in said if text.startswith(("shirube=", "__Host-shirube=")))
    assert "HttpOnly" in session
    assert "SameSite=lax" in session
    assert ("Secure" in session) is https
    assert session.startswith("__Host-") is https
    assert (strict is not None) is https


async def test_the_wearer_shares_agrees_and_withdraws_by_forms(site: Site) -> None:
    await relations.ask_relation(
        site.parts.db, site.clock, site.ids["ichiro"], site.ids["hanako"], wearer_agreed=False
    )
    async with site.browser() as wearer, site.browser() as caregiver:
        await log_in(wearer, "hanako")
        await log_in(caregiver, "ichiro")
        page = await wearer.get("/wearer")
        assert "一郎さんに同意する" in page.text
        page = await press(wearer, "/wearer", "/wearer/relations/1/agree")
        assert "一郎さんに見せるのをやめる" in page.text
        page = await press(wearer, "/wearer", "/wearer/share")
        assert "次の外出: 共有します" in page.text
        trip_id = await site.walk()
        live = f"/caregiver/trips/{trip_id}"
        assert trip_id in (await caregiver.get("/caregiver")).text
        assert (await caregiver.get(live)).status_code == 200
        page = await press(wearer, "/wearer", "/wearer/relations/1/end")
        assert "見てよい人はいません" in page.text
        assert "見守りの画面" in page.text  # who looked stays readable
        assert trip_id not in (await caregiver.get("/caregiver")).text
        assert (await caregiver.get(live)).status_code == 404


async def test_what_people_and_devices_write_is_never_markup(site: Site) -> None:
    for viewer in ("ichiro", "eva"):
        await relations.ask_relation(
            site.parts.db, site.clock, site.ids[viewer], site.ids["hanako"], wearer_agreed=True
        )
    await site.parts.trips.share(Actor(site.ids["hanako"], Role.WEARER, ""), None)
    trip_id = await site.walk()
    pages = {
        "hanako": ("/wearer", f"/wearer/trips/{trip_id}"),
        "ichiro": ("/caregiver", f"/caregiver/trips/{trip_id}"),
        "eva": ("/evaluator", "/evaluator/outings.csv"),
    }
    for login, paths in pages.items():
        async with site.browser() as browser:
            await log_in(browser, login)
            if login == "eva":
                await set_up_factor(site, browser)
            for path in paths:
                text = (await browser.get(path)).text
                assert "<script>alert" not in text
                assert login == "eva" or "&lt;script&gt;" in text


@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_a_walk_without_a_route_and_a_call_for_help(site: Site, lang: str) -> None:
    device = await devices.add_device(site.parts.db, site.clock, site.ids["hanako"], "glasses")
    await relations.ask_relation(
        site.parts.db, site.clock, site.ids["ichiro"], site.ids["hanako"], wearer_agreed=True
    )
    wearer = Actor(site.ids["hanako"], Role.WEARER, "w")
    await site.parts.trips.share(wearer, None)
    trip_id, now_s = "d" * 32, site.clock.now_s

    async def send(*whats: TripStarted | Moved | Sos, first: int) -> None:
        events = tuple(
            TripEvent(boot="b", seq=seq, trip_id=trip_id, utc_s=now_s, what=what)
            for seq, what in enumerate(whats, first)
        )
        await site.parts.ingest.store(device.device_id, "b", events, now_s)

    await send(TripStarted(route_id=None, practice=True), first=1)
    async with site.browser() as browser:
        await log_in(browser, "ichiro")
        address = f"/caregiver/trips/{trip_id}?lang={lang}"
        page = await browser.get(address)
        assert page.status_code == 200
        assert ("目的地のない外出" if lang == "ja" else "An outing without a destination") in page.text
        assert '<svg class="map' not in page.text, "nothing to draw yet"
        assert re.search(r'id="alarm"[^>]* hidden>', page.text)
        fix = Fix(utc_s=now_s, lat=33.2334, lon=131.6066, accuracy_m=5.0)
        await send(Moved(fix=fix), Sos(state="raised"), first=2)
        page = await browser.get(address)
        assert '<svg class="map' in page.text
        alarm = re.search(r'id="alarm"[^>]*role="alert">([^<]+)<', page.text)
        assert alarm is not None
        assert "14:02" in alarm[1]
        assert "119" in alarm[1]
        assert "今の位置は通れない" not in page.text, "on no map"
    async with site.browser() as browser:
        await log_in(browser, "hanako")
        assert (await browser.get("/wearer")).status_code == 200
        assert "SOS" in (await browser.get(f"/wearer/trips/{trip_id}")).text


async def test_a_caregiver_reads_that_alerts_are_late(site: Site) -> None:
    said = "知らせがなくても、何もないとは限りません"
    async with site.browser() as browser:
        await log_in(browser, "ichiro")
        assert said not in (await browser.get("/caregiver")).text
        seen = f'{{"cursor": 0, "utc_s": {site.clock.now_s - 60.0}}}'
        async with site.parts.db.write() as connection:
            await connection.execute(insert(marks).values(name="alerts", value=seen))
        assert said in (await browser.get("/caregiver")).text
        assert said in (await browser.get("/caregiver/alerts")).text


async def test_pages_hold_no_inline_script_or_style_and_call_nobody_else(site: Site) -> None:
    trip_id = await site.walk()
    async with site.browser() as browser:
        await log_in(browser, "hanako")
        texts = [(await browser.get(path)).text for path in ("/login", "/wearer", f"/wearer/trips/{trip_id}")]
    templates = Path(accounts.__file__).parent / "pages"
    ours = [path for path in templates.rglob("*.*") if "vendor" not in path.parts]
    texts += [path.read_text() for path in ours if path.suffix in (".html", ".css", ".js")]
    for text in texts:
        assert not re.search(r"<script(?![^>]*\bsrc=\"/static/)", text)
        assert not re.search(r"\sstyle=|\son[a-z]+=\"|<style|javascript:", text)
        assert not re.search(r"https?://", text)


@pytest.mark.parametrize(
    ("query", "lang", "word"), [("", "ja", "わたしの外出"), ("?lang=en", "en", "My outings")]
)
async def test_the_language_is_chosen_and_kept(site: Site, query: str, lang: str, word: str) -> None:
    async with site.browser() as browser:
        await log_in(browser, "hanako")
        first = await browser.get(f"/wearer{query}")
        again = await browser.get("/wearer")
    for page in (first, again):
        assert f'<html lang="{lang}" ' in page.text
        assert f"<h1>{word}</h1>" in page.text


async def test_each_page_has_one_heading_a_skip_link_and_labels(site: Site) -> None:
    await site.walk()
    async with site.browser() as browser:
        login_page = (await browser.get("/login")).text
        await log_in(browser, "hanako")
        home = (await browser.get("/wearer")).text
    for text in (login_page, home):
        assert text.count("<h1") == 1
        assert 'class="skip" href="#main"' in text
        assert 'id="main"' in text
        for field in re.findall(r'<input(?![^>]*type="hidden")[^>]*id="([^"]+)"', text):
            assert f'<label for="{field}">' in text


async def test_the_table_as_csv(site: Site) -> None:
    await relations.ask_relation(
        site.parts.db, site.clock, site.ids["eva"], site.ids["hanako"], wearer_agreed=True
    )
    await site.walk()
    async with site.browser() as browser:
        await log_in(browser, "eva")
        await set_up_factor(site, browser)
        answer = await browser.get("/evaluator/outings.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    head, row = answer.content.decode("utf-8-sig").splitlines()
    assert head.startswith("pseudonym,date_jst,minutes,")
    # No position came: every figure is empty, none is 0.
    assert re.fullmatch(r"P-[0-9A-Z]{5},2026-11-22,,,,,,yes,yes", row)


@pytest.mark.parametrize(
    "path", ["/wearer/relations/x/agree", f"/wearer/relations/{2**70}/end", "/wearer/share"]
)
async def test_a_broken_form_gets_a_page_with_a_sentence(site: Site, path: str) -> None:
    async with site.browser() as browser:
        await log_in(browser, "hanako")
        answer = await browser.post(path, data={})
    assert answer.status_code == 422
    assert "<h1>お知らせ</h1>" in answer.text


@pytest.mark.parametrize("field", ["login", "password"])
async def test_odd_bytes_in_the_login_form_are_answered(site: Site, field: str) -> None:
    async with site.browser() as browser:
        csrf = csrf_of(await browser.get("/login"))
        body = f"csrf={csrf}&login=a&password=b&{field}=".encode() + b"%ff%00%ed%a0%80"
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = await browser.post("/login", content=body, headers=headers)
    assert answer.status_code in (400, 401, 422)
