"""The server's pages in a real Chromium: every page of each role, as it is seen, heard and typed.

Skipped where Chromium is not installed (apt install chromium).
"""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from server import commands_people
from tests.server_process import PASSWORD, ServerProcess, running
from wire.codec import BATCH
from wire.position import Fix
from wire.trip import Happening, Moved, Sos, TripEvent
from wire.uplink import Batch

CHROMIUM = Path("/usr/bin/chromium")
# As root a browser needs no-sandbox; the rest keeps it from calling its maker.
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
AXE = Axe()
# What passed is not told: half the time of a page.
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
LOGINS = {"hanako": "wearer", "ichiro": "caregiver", "eva": "evaluator", "madoguchi": "administrator"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not installed")
    with running(tmp_path_factory.mktemp("pages")) as made:
        for login, role in LOGINS.items():
            commands_people.add_user(made.settings, role, login, password=PASSWORD)
        for viewer in ("ichiro", "eva"):
            commands_people.link(made.settings, viewer, "hanako", wearer_agreed=True)
        yield made


class Seat:
    """One person before a browser; what it asks of other hosts, and each error, is remembered."""

    def __init__(self, browser: Browser, server: ServerProcess, **options: Any) -> None:
        shown: dict[str, Any] = {"viewport": {"width": 320, "height": 640}, "locale": "ja-JP", **options}
        self.home = server.http
        self.page: Page = browser.new_context(**shown).new_page()
        self.faults: list[str] = []
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(message.text)

    def _request(self, request: Request) -> None:
        if not request.url.startswith(self.home):
            self.faults.append(f"asked {request.url}")

    def open(self, path: str) -> None:
        self.page.goto(self.home + path)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def log_in(self, login: str) -> None:
        """With the second factor that the role needs, set up on the way."""
        self.open("/login")
        self.page.fill("#login", login)
        self.page.fill("#password", PASSWORD)
        self.page.locator("main form button").click()
        if self.page.url.endswith("/login/set-up"):
            secret = re.search(r"secret=([A-Z2-7]+)", self.page.content())
            assert secret is not None
            self.page.fill("#code", pyotp.TOTP(secret[1]).at(datetime.now(UTC)))
            self.page.locator("main form button").click()
        self.open("/")

    def is_fit(self) -> str:
        """Whoever reads, hears or types it can use this page; its title."""
        where = self.page.url.removeprefix(self.home)
        assert self.page.locator("h1").count() == 1, where
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert self.page.evaluate(wide) <= 0, f"{where} scrolls sideways"
        found = AXE.run(self.page, options=RULES).response["violations"]
        assert not found, (where, [(each["id"], each["nodes"][0]["html"]) for each in found])
        assert self.faults == [], where
        return self.page.title()


class Device:
    """The wearer's, on a walk that is shared."""

    def __init__(self, server: ServerProcess) -> None:
        commands_people.share_next_trip(server.settings, "hanako")
        key = {"Authorization": f"Bearer {server.key('hanako')}"}
        self._http = httpx.Client(base_url=server.http, headers=key)
        plan = {"map": "oita", "origin": "大分駅", "destination": "県立美術館"}
        route = self._http.post("/api/v1/routes", json=plan).json()["route_id"]
        trip = {"route_id": route, "started_utc_s": time.time()}  # noqa: TID251  (the server's clock is real)
        self.trip_id = str(self._http.post("/api/v1/trips", json=trip).json()["trip_id"])
        self._seq = 0

    def send(self, what: Happening) -> None:
        self._seq += 1
        now_s = time.time()  # noqa: TID251
        event = TripEvent(boot="b", seq=self._seq, trip_id=self.trip_id, utc_s=now_s, what=what)
        batch = BATCH.encode(Batch(boot="b", events=(event,), sent_utc_s=now_s))
        assert self._http.post("/api/v1/uplink/events", content=batch).status_code == 200

    def moved(self) -> None:
        now_s = time.time()  # noqa: TID251
        self.send(Moved(fix=Fix(utc_s=now_s, lat=33.2340, lon=131.6066, accuracy_m=5.0)))

    def close(self) -> None:
        self._http.close()


@pytest.fixture(scope="module")
def device(server: ServerProcess) -> Iterator[Device]:
    made = Device(server)
    made.moved()
    yield made
    made.close()


@pytest.fixture(scope="module")
def browser(device: Device) -> Iterator[Browser]:
    """After all that the command line does: Playwright's own event loop lets no other run beside it."""
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=str(CHROMIUM), args=[*FLAGS])
        yield made
        made.close()


def test_each_page_of_each_role_can_be_used(browser: Browser, server: ServerProcess, device: Device) -> None:
    for at, (login, role) in enumerate(LOGINS.items()):
        seat = Seat(browser, server, color_scheme="dark" if at % 2 else "light")
        seat.log_in(login)
        listed = seat.page.locator("nav.pages a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
        assert f"/{role}" in listed
        titles = {}
        own = ["/account", "/account/data"] if role == "wearer" else []  # the same for all
        for path in [*listed, *own]:
            seat.open(f"{path}?lang={'en' if at % 2 else 'ja'}")
            titles[path] = seat.is_fit()
            # The same pages in the same order everywhere, with a mark on the one that is open.
            here = seat.page.locator("nav.pages a[aria-current=page]")
            assert here.count() == (1 if path in listed else 0), path
            assert seat.page.locator("nav.pages a").count() == len(listed)
        assert len(set(titles.values())) == len(titles), titles
        seat.page.context.close()


def test_a_call_for_help_reaches_the_open_page(
    browser: Browser, server: ServerProcess, device: Device
) -> None:
    seat = Seat(browser, server)
    seat.log_in("ichiro")
    device.moved()
    seat.open(f"/caregiver/trips/{device.trip_id}")
    expect(seat.page.locator(".now")).to_have_attribute("data-state", "live")
    seat.is_fit()
    device.send(Sos(state="raised"))
    # Of a role that is said aloud at once, and seen: a frame and words besides the colour.
    expect(seat.page.locator("#alarm[role=alert]")).to_be_visible()
    expect(seat.page.locator("#alerts-now .alarm")).to_be_visible()
    seat.is_fit()
    seat.page.context.close()


def test_a_form_asks_again_says_what_it_did_and_what_was_wrong(
    browser: Browser, server: ServerProcess
) -> None:
    seat = Seat(browser, server)
    seat.log_in("hanako")
    seat.open("/wearer/places")
    seat.page.keyboard.press("Tab")
    assert seat.page.evaluate("document.activeElement.className") == "skip"
    seat.page.fill("#name", "家")
    seat.page.fill("#position", "どこか")
    seat.press("覚える")
    wrong = seat.page.locator("#position")
    expect(wrong).to_have_attribute("aria-describedby", re.compile("position-fault"))
    expect(seat.page.locator("main [role=alert]")).to_be_visible()
    assert seat.page.input_value("#name") == "家"
    assert seat.page.title().startswith("誤り")
    seat.faults.clear()  # the browser tells of the form's 422 too
    seat.is_fit()
    seat.page.fill("#position", "33.2382,131.6126")
    seat.press("覚える")
    expect(seat.page.locator("[role=status]").first).to_have_text("場所を覚えました。")
    assert not seat.page.get_by_role("button", name="はい、忘れる").is_visible()
    seat.page.get_by_text("「家」を忘れる").click()
    seat.is_fit()
    seat.press("はい、忘れる")
    expect(seat.page.locator("[role=status]").first).to_have_text("場所を忘れました。")
    seat.page.reload()
    assert seat.page.locator("main > [role=status]").count() == 0  # told once
    seat.page.context.close()
