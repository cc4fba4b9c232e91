"""The drawn map in a real Chromium: the same as the list, by keyboard, with no other host, and when it fails.

Skipped where Chromium is not installed, or npm brought no Leaflet.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from server.pages import front_end
from tests import pages_fit
from tests.pages_seat import Seat
from tests.pages_town import Device, Town, chromium, town_in
from tests.waiting import PATIENCE_S

expect.set_options(timeout=PATIENCE_S * 1000)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    if front_end.leaflet() is None:
        pytest.skip("no Leaflet in server/pages/vendor: python3 scripts/front_end.py")
    with town_in(tmp_path_factory.mktemp("map")) as made:
        yield made


@pytest.fixture(scope="module")
def device(town: Town) -> Device:
    made = town.begin("walking")
    for _ in range(2):
        made.moved()
    return made


@pytest.fixture(scope="module")
def browser(town: Town) -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture(scope="module")
def seat(town: Town, browser: Browser) -> Seat:
    made = Seat(browser, town, "ichiro")
    made.open("/caregiver")
    return made


@pytest.fixture
def page(seat: Seat, device: Device) -> Page:
    seat.page.evaluate("localStorage.clear()")
    seat.open(f"/caregiver/trips/{device.trip_id}?lang=en")
    expect(seat.page.locator("#map-canvas path[data-fact=position]")).to_be_visible()
    return seat.page


def ids(page: Page, within: str) -> list[str]:
    found: list[str] = page.eval_on_selector_all(
        f"{within} [data-fact]", "all => all.map(one => one.dataset.fact).sort()"
    )
    return found


def test_what_is_drawn_is_what_is_listed_and_nobody_else_is_asked(
    seat: Seat, page: Page, device: Device
) -> None:
    assert ids(page, "#facts-list") == ids(page, "#map-canvas")
    assert {"position", "route", "start", "destination", "track"} < set(ids(page, "#facts-list"))
    expect(page.locator("#map-canvas")).to_contain_text("練習 / practice")
    expect(page.locator("#sketch")).to_be_hidden()
    found = [*pages_fit.wrong_in_axe(page), *pages_fit.wrong_in_shape(page), *seat.faults]
    assert found == []  # nor any request to another host


def test_a_position_that_may_not_hold_is_dashed_and_moves_with_the_wearer(page: Page, device: Device) -> None:
    device.moved()
    canvas, circle = page.locator("#map-canvas"), page.locator("#map-canvas path.fact-position")
    expect(canvas).to_have_attribute("data-state", "live")
    dashes = "one => getComputedStyle(one).strokeDasharray"
    assert circle.evaluate(dashes) == "none"
    page.get_by_role("button", name="Pause updates").click()
    expect(canvas).to_have_attribute("data-state", "paused")
    assert circle.evaluate(dashes) != "none"
    words = page.locator("#facts-list li[data-fact=position] .fact-words")
    expect(words).to_contain_text("It may be off by about 5 metres")


def test_everything_is_done_by_keyboard(page: Page) -> None:
    canvas = page.locator("#map-canvas")
    canvas.focus()
    pane = page.locator("#map-canvas .leaflet-map-pane")
    before = pane.get_attribute("style")
    canvas.press("ArrowRight")
    expect(pane).not_to_have_attribute("style", before or "")
    route = page.locator("#map-canvas path[data-fact=route]")
    drawn = route.get_attribute("d")
    canvas.press("-")
    expect(route).not_to_have_attribute("d", drawn or "")
    summary = page.locator("#facts-list summary", has_text="Guide blocks")
    summary.press("Enter")
    row = page.locator("#facts-list details[open] li[data-fact^=guide_blocks]")
    row.get_by_role("button").press("Enter")
    expect(canvas).to_be_focused()
    expect(page.locator(".leaflet-popup")).to_contain_text("Along: sidewalk of Chuo-dori")
    expect(page.locator("#map-canvas path.fact-chosen")).to_have_count(1)
    page.get_by_role("button", name="Show the list").press("Enter")
    expect(canvas).to_be_hidden()
    expect(page.locator("#sketch")).to_be_visible()
    expect(page.locator("#facts-list summary").first).to_be_focused()
    page.get_by_role("button", name="Show the map").press("Enter")
    expect(canvas).to_be_visible()


def test_without_leaflet_the_list_and_the_drawing_stay(seat: Seat, device: Device, page: Page) -> None:
    page.route("**/leaflet.js", lambda route: route.abort())
    page.reload()
    expect(page.locator("#map-fault")).to_be_visible()
    expect(page.locator("#sketch")).to_be_visible()
    expect(page.locator("#facts-list summary").first).to_be_visible()
    page.unroute("**/leaflet.js")
    seat.faults.clear()  # the browser tells of the file that was cut off


def test_without_scripts_the_list_is_there(town: Town, browser: Browser, device: Device) -> None:
    plain = Seat(browser, town, "ichiro", java_script_enabled=False)
    plain.open(f"/caregiver/trips/{device.trip_id}?lang=en")
    expect(plain.page.locator("#facts-list summary", has_text="Sidewalks")).to_be_visible()
    expect(plain.page.locator("#map-shown")).to_be_hidden()
    expect(plain.page.locator("#map-switch")).to_be_hidden()
    expect(plain.page.locator("#sketch")).to_be_visible()
