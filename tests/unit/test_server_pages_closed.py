"""Closed paths on the pages, as a person without scripts reports them and takes them back."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from server.access import Role
from tests.people import consented
from tests.served import PASSWORD, Served, moved, served
from wire.api import PlanRequest


class Site(Served):
    """A shared trip that is under way, its wearer and a caregiver."""

    trip: str = ""

    async def begin(self) -> None:
        await self.add(Role.WEARER, "hanako")
        await self.add(Role.CAREGIVER, "ichiro")
        await self.relate("ichiro")
        await consented(self.parts.db, self.clock, self.ids["hanako"])
        await self.device()
        await self.parts.trips.share(self.wearer(), None)
        self.trip = await self.start(PlanRequest(map="oita", origin="a", destination="b"))
        await self.tell(self.trip, moved(self.clock.now_s, 0.0007))


@pytest.fixture
async def site(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with served(sqlite_url, tmp_path, Site) as made:
        await made.begin()
        yield made


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
    async with site.http() as browser:
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
    async with site.http() as browser:
        await log_in(browser, "hanako")
        assert (await browser.post("/wearer/blockages", data=form)).status_code == 403
        await log_in(browser, "ichiro")
        address = f"/caregiver/trips/{site.trip}/blockages"
        assert (await browser.post(address, data=form)).status_code == 403
    assert await site.parts.blockages.on_map("oita") == ()


async def test_without_a_present_position_the_page_says_so(site: Site) -> None:
    site.clock.now_s += 300.0
    async with site.http() as browser:
        await log_in(browser, "hanako")
        text = (await browser.get("/wearer")).text
        form = {"csrf": field(text, "csrf"), "report": field(text, "report"), "trip": site.trip}
        answer = await browser.post("/wearer/blockages", data=form)
    assert answer.status_code == 422
    assert "今の位置が分かりません" in answer.text
