"""Closed paths on the pages, as a person without scripts reports them and takes them back."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from server import accounts, devices, relations
from server.access import Actor, Role
from server.app import create_app
from server.fakes import FakeClock, FakePlanner
from server.settings import Settings
from tests.people import consented
from wire.api import PlanRequest, TripRequest
from wire.position import Fix
from wire.trip import Moved, TripEvent

PASSWORD = "correct horse 12"


class Site:
    """A shared trip that is under way, its wearer and a caregiver."""

    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock()
        settings = Settings(database_url=f"sqlite:///{folder}/s.db")
        self.app = create_app(settings, self.clock, planner=FakePlanner())
        self.parts = self.app.state.parts
        self.trip = ""

    def browser(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://server")

    async def begin(self) -> None:
        db, parts = self.parts.db, self.parts
        wearer, carer = [
            await accounts.add_user(db, self.clock, role, login, login, PASSWORD)
            for role, login in ((Role.WEARER, "hanako"), (Role.CAREGIVER, "ichiro"))
        ]
        await relations.ask_relation(db, self.clock, carer.user_id, wearer.user_id, wearer_agreed=True)
        await consented(db, self.clock, wearer.user_id)
        made = await devices.add_device(db, self.clock, wearer.user_id, "glasses")
        device = Actor(wearer.user_id, Role.DEVICE, "d", made.device_id)
        await parts.trips.share(Actor(wearer.user_id, Role.WEARER, "hanako"), None)
        route = await parts.routes.plan(device, PlanRequest(map="oita", origin="a", destination="b"))
        wanted = TripRequest(route_id=route.route_id, started_utc_s=self.clock.now_s)
        self.trip = await parts.trips.start(device, wanted)
        fix = Fix(utc_s=self.clock.now_s, lat=33.2341, lon=131.6066, accuracy_m=5.0)
        event = TripEvent(boot="b", seq=1, trip_id=self.trip, utc_s=fix.utc_s, what=Moved(fix=fix))
        await parts.ingest.store(made.device_id, "b", (event,))


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    made = Site(tmp_path)
    await made.begin()
    yield made
    await made.parts.db.close()


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found is not None, page
    return found[1]


async def log_in(browser: httpx.AsyncClient, login: str) -> None:
    csrf = field((await browser.get("/login")).text, "csrf")
    await browser.post("/login", data={"login": login, "password": PASSWORD, "csrf": csrf})


@pytest.mark.parametrize("login", ["hanako", "ichiro"])
async def test_a_closed_path_is_reported_and_taken_back_by_forms(site: Site, login: str) -> None:
    home = "/wearer" if login == "hanako" else "/caregiver"
    page, action, more = (home, f"{home}/blockages", {"trip": site.trip})
    if login == "ichiro":
        page, more = f"/caregiver/trips/{site.trip}", {}
        action = f"{page}/blockages"
    async with site.browser() as browser:
        await log_in(browser, login)
        text = (await browser.get(page)).text
        assert "今の位置は通れないと知らせる" in text
        form = {"csrf": field(text, "csrf"), "report": field(text, "report"), "kind": "construction"}
        for _ in range(2):  # pressing twice reports once
            answer = await browser.post(action, data=form | {"hours": "168"} | more)
            assert (answer.status_code, answer.headers["location"]) == (303, page)
        (one,) = await site.parts.blockages.on_map("oita")
        assert (one.lat, one.lon, one.note) == (33.2341, 131.6066, "construction")
        listed = (await browser.get(home)).text
        assert listed.count("この知らせを取り消す") == 1
        assert "工事" in listed
        found = re.search(r'action="([^"]+/remove)"', listed)
        assert found is not None
        await browser.post(found[1], data={"csrf": form["csrf"]})
        assert await site.parts.blockages.on_map("oita") == ()
        assert "closed at the present position" in (await browser.get(f"{page}?lang=en")).text


async def test_a_form_without_the_sessions_secret_reports_nothing(site: Site) -> None:
    form = {"csrf": "wrong", "report": "0" * 32, "trip": site.trip}
    async with site.browser() as browser:
        await log_in(browser, "hanako")
        assert (await browser.post("/wearer/blockages", data=form)).status_code == 403
        await log_in(browser, "ichiro")
        address = f"/caregiver/trips/{site.trip}/blockages"
        assert (await browser.post(address, data=form)).status_code == 403
    assert await site.parts.blockages.on_map("oita") == ()


async def test_without_a_present_position_the_page_says_so(site: Site) -> None:
    site.clock.now_s += 300.0
    async with site.browser() as browser:
        await log_in(browser, "hanako")
        text = (await browser.get("/wearer")).text
        form = {"csrf": field(text, "csrf"), "report": field(text, "report"), "trip": site.trip}
        answer = await browser.post("/wearer/blockages", data=form)
    assert answer.status_code == 422
    assert "今の位置が分かりません" in answer.text
