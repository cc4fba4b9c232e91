"""The server's pages in a real Chromium: the way in, the navigation, and a form that was filled in wrongly.

Skipped where Chromium is not installed (apt install chromium).
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pyotp
import pytest
from playwright.sync_api import Browser, expect

from tests import pages_fit
from tests.pages_seat import Seat
from tests.pages_town import LOGINS, Town, chromium, town_in
from tests.server_process import PASSWORD


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town_in(tmp_path_factory.mktemp("pages")) as made:
        yield made


@pytest.fixture(scope="module")
def browser(town: Town) -> Iterator[Browser]:
    with chromium() as made:
        yield made


def is_fit(seat: Seat) -> None:
    """Whoever reads, hears or types it can use this page."""
    found = [*pages_fit.wrong_in_axe(seat.page), *pages_fit.wrong_in_shape(seat.page), *seat.faults]
    assert found == [], seat.where()


def test_the_pages_of_each_role_are_the_same_in_the_same_order_everywhere(
    browser: Browser, town: Town
) -> None:
    for login, role in LOGINS.items():
        seat = Seat(browser, town, login)
        seat.open("/")
        listed = seat.page.locator("nav.pages a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
        assert f"/{role}" in listed
        titles = {}
        for path in listed:
            seat.open(path)
            titles[path] = seat.page.title()
            links = seat.page.locator("nav.pages a")
            assert links.evaluate_all("all => all.map(a => a.getAttribute('href'))") == listed
            # With a mark on the one that is open.
            here = seat.page.locator("nav.pages a[aria-current=page]")
            assert here.evaluate_all("all => all.map(a => a.getAttribute('href'))") == [path]
        assert len(set(titles.values())) == len(titles), titles
        seat.close()


def test_the_steps_of_a_login_can_be_taken(browser: Browser, town: Town) -> None:
    """By whom the administrator gave a new beginning: a password, an authenticator, codes for its loss."""
    person = f"/administrator/people/{town.ids['person']}"
    town.press("madoguchi", f"{person}/second-factor")
    paper = town.press("madoguchi", f"{person}/password")
    once = re.search(r'<dd class="code">([^<]+)</dd>', paper)
    assert once is not None
    seat = Seat(browser, town)
    page = seat.page

    def enter(password: str) -> None:
        seat.open("/login")
        page.fill("#login", "eva")
        page.fill("#password", password)
        page.locator("main form button").click()

    enter(once[1])
    assert seat.where() == "/login/password"
    is_fit(seat)
    page.locator("#password").fill(once[1])
    page.locator("#new_password").fill(PASSWORD)
    page.locator("main form button").first.click()
    assert seat.where() == "/login/set-up"
    is_fit(seat)
    secret = re.search(r"secret=([A-Z2-7]+)", page.content())
    assert secret is not None
    codes = pyotp.TOTP(secret[1])
    page.fill("#code", codes.at(datetime.fromtimestamp(town.clock.utc_s(), UTC)))
    page.locator("main form button").click()
    expect(page.locator("h1")).to_contain_text("復旧コード")
    is_fit(seat)
    page.get_by_role("button", name="ログアウト").click()
    enter(PASSWORD)
    assert seat.where() == "/login/second-factor"
    is_fit(seat)
    seat.close()


def test_a_form_asks_again_says_what_it_did_and_what_was_wrong(browser: Browser, town: Town) -> None:
    seat = Seat(browser, town, "hanako")
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
    seat.forgive("422")  # the browser tells of the form's answer too
    is_fit(seat)
    seat.page.fill("#position", "33.2382,131.6126")
    seat.press("覚える")
    expect(seat.page.locator("[role=status]").first).to_have_text("場所を覚えました。")
    assert not seat.page.get_by_role("button", name="はい、忘れる").is_visible()
    seat.page.get_by_text("「家」を忘れる").click()
    is_fit(seat)
    seat.press("はい、忘れる")
    expect(seat.page.locator("[role=status]").first).to_have_text("場所を忘れました。")
    seat.page.reload()
    assert seat.page.locator("main > [role=status]").count() == 0  # told once
    seat.close()
