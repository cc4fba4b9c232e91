"""The caregiver's pages in a real Chromium: sentence and age, alerts, sound, a new route, many people.

Skipped where Chromium is not installed.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect

from server.fakes import straight_route
from tests.pages_seat import Seat
from tests.pages_town import Town, chromium, town_in
from tests.waiting import PATIENCE_S, until
from wire.trip import Announced, HealthChanged, Rerouted, TripEnded

expect.set_options(timeout=PATIENCE_S * 1000)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town_in(tmp_path_factory.mktemp("caregiver")) as made:
        yield made


@pytest.fixture(scope="module")
def browser(town: Town) -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture
def seat(browser: Browser, town: Town) -> Iterator[Seat]:
    made = Seat(browser, town, "ichiro")
    made.speaks("en")
    yield made
    made.close()


def is_shown_as(page: Page, state: str, words: str) -> None:
    """By words, by a shape of its own, and by the edge: not by colour alone."""
    expect(page.locator(".now")).to_have_attribute("data-state", state)
    expect(page.locator("#state")).to_have_text(words)
    shape = page.locator("#state").evaluate("one => getComputedStyle(one, '::before').content")
    edge = page.locator(".now").evaluate("one => getComputedStyle(one).borderLeftStyle")
    if state != "live":
        assert (shape.startswith('"●"'), edge == "solid") != (True, True)


def test_the_sentence_is_first_and_its_age_counts_up(town: Town, seat: Seat) -> None:
    seat.open(town.outing("live"))
    page = seat.page
    is_shown_as(page, "live", "Live")
    sentence = page.locator(".sentence")
    expect(sentence).to_contain_text(
        ", from Oita Station to Art Museum, about 130 m to go, about 15 m to the crossing"
    )
    assert sentence.inner_text().startswith("At ")
    expect(page.locator(".age-part")).to_contain_text("position of")
    first = page.locator(".age").inner_text()
    until(lambda: page.locator(".age").inner_text() != first, "the age grows though nothing comes")
    assert seat.faults == []


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("stale", "Not new"),
        ("no_position", "No position"),
        ("no_contact", "No contact"),
        ("ended", "Ended"),
    ],
)
def test_nothing_old_looks_live(town: Town, seat: Seat, state: str, words: str) -> None:
    seat.open(town.outing(state))
    is_shown_as(seat.page, state, words)
    assert not seat.page.locator(".sentence").inner_text().startswith("At "), "that is for the present"


def test_a_page_that_is_paused_or_cut_says_so(town: Town, seat: Seat) -> None:
    page = seat.page
    page.clock.install()
    seat.open(town.outing("live"))
    is_shown_as(page, "live", "Live")
    seat.press("Pause updates")
    is_shown_as(page, "paused", "Paused")
    expect(page.locator("#line")).to_contain_text("not about now")
    assert page.locator(".sentence").inner_text().startswith("As of ")
    expect(page.locator("#walk")).to_be_hidden()
    seat.press("Pause updates")
    is_shown_as(page, "live", "Live")
    town.server.kill()
    page.clock.run_for(13_000)  # two words of the server are missed, and a little
    is_shown_as(page, "cut", "No connection")
    expect(page.locator("#line")).to_contain_text("unknown")
    town.server.start()
    town.devices["walking"].moved()
    is_shown_as(page, "live", "Live")


def test_the_battery_is_told_only_as_the_device_told_it(town: Town, seat: Seat) -> None:
    seat.open(town.outing("live"))
    expect(seat.page.locator("#battery")).to_have_text("Battery: the device has told nothing yet")
    town.devices["walking"].send(HealthChanged(part="battery", health="warn", detail="18 %"))
    expect(seat.page.locator("#battery")).to_contain_text("Battery: low (18 %), told ")
    before = seat.page.locator("#battery-age").inner_text()
    until(lambda: seat.page.locator("#battery-age").inner_text() != before, "its age grows")


def test_200_events_are_listed_the_newest_first(town: Town, seat: Seat) -> None:
    trip = town.outing("live")
    device = town.devices["walking"]
    for first in range(0, 210, 70):
        device.send(*(said(number, town) for number in range(first, first + 70)))
    seat.open(trip)
    items = seat.page.locator("#events li")
    assert items.count() == 200
    expect(items.first).to_contain_text("said 209")
    device.send(said(210, town))
    expect(items.first).to_contain_text("said 210")
    assert items.count() == 200


def said(number: int, town: Town) -> Announced:
    return Announced(
        kind="x",
        key=f"k{number}",
        urgency="info",
        outcome="spoken",
        text_ja=f"{number}番",
        text_en=f"said {number}",
        created_s=town.clock.utc_s(),
    )


def test_another_route_is_drawn_anew_on_the_open_page(town: Town, seat: Seat) -> None:
    seat.open(town.outing("live"))
    page = seat.page
    expect(page.locator("h1")).to_contain_text("Art Museum")
    line = page.locator("#drawn svg.map polyline.route")
    before, title = line.get_attribute("points"), page.locator("h1").inner_text()
    turned = straight_route("another place")
    points = (*turned.points[:-1], (turned.points[-1][0], turned.points[-1][1] + 0.001))
    other = replace(turned, points=points)
    town.devices["walking"].send(Rerouted(route_id=other.route_id, reason="off_route", route=other))
    town.devices["walking"].moved()
    until(lambda: line.get_attribute("points") != before, "the new route in the drawing")
    expect(page.locator("#events")).to_contain_text("A new route was made")
    expect(page.locator("#way-changed")).to_be_hidden()
    assert title == page.locator("h1").inner_text(), "both lead to the Art Museum"
    assert seat.faults == []


def test_a_call_is_answered_on_the_same_page_by_one_press(town: Town, seat: Seat) -> None:
    seat.page.add_init_script(_HEARD)
    seat.open(town.outing("sos"))
    page = seat.page
    call = page.locator("#alerts-now li", has=page.locator("form.take"))
    expect(call).to_have_count(1)
    expect(page.locator("#alarm")).to_contain_text("SOS")
    expect(page.locator("#sound-told")).to_have_text("Sound is off: an SOS is shown and said by this page.")
    assert heard(page) == 0, "browsers let nothing sound before a press"
    page.get_by_role("button", name="Sound on").click()
    expect(page.locator("#sound")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#sound-told")).to_have_text("Sound is on: it sounds at an SOS.")
    until(lambda: heard(page) >= 2, "it is repeated until somebody answers")
    seat.press("Silence this sound")
    silent = heard(page)
    expect(page.locator("#sound-ringing")).to_be_hidden()
    address = page.url
    call.get_by_role("button").press("Enter")
    expect(page.locator("#alerts-now form.take")).to_have_count(0)
    expect(page.locator("#alerts-now .outcome")).to_contain_text("ichiro")
    assert page.url == address
    assert heard(page) == silent
    assert page.evaluate("document.activeElement.tagName") == "A", "the reader keeps their place"
    assert seat.faults == []


# Counts tones; headless Chromium has no loudspeaker.
_HEARD = """
globalThis.tones = 0;
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...when) {
  if (when[0] === undefined || this.frequency.value === 660) globalThis.tones += 1;
  return start.apply(this, when);
};
"""


def heard(page: Page) -> int:
    """One tone in each ringing is of 660 hertz."""
    return int(page.evaluate("globalThis.tones"))


def test_without_scripts_the_same_press_is_a_form(browser: Browser, town: Town) -> None:
    seat = Seat(browser, town, "ichiro", java_script_enabled=False)
    device = town.devices["waiting"] if "waiting" in town.ids else town.begin("waiting")
    device.moved()
    device.calls()
    until(lambda: "/acknowledge" in town.person("ichiro").get("/caregiver").text, "the alert")
    seat.open("/caregiver")
    seat.page.locator("form.take button").first.click()
    expect(seat.page.locator("[role=status]").first).to_be_visible()
    assert "/caregiver/alerts/" in seat.page.url
    seat.close()


def test_the_list_shows_each_ones_sentence_the_worst_first(town: Town, seat: Seat) -> None:
    town.outing("live")
    seat.open("/caregiver")
    page = seat.page
    mine = page.locator("#followed > li").first
    expect(mine.locator(".sentence")).not_to_be_empty()
    ranks = page.locator("#followed > li").evaluate_all("all => all.map(one => Number(one.dataset.rank))")
    assert ranks == sorted(ranks)
    assert seat.faults == []


def test_an_outing_that_ends_goes_into_the_history(town: Town, seat: Seat) -> None:
    town.outing("ended")
    device = town.begin("walking")  # the newest
    device.moved()
    seat.open("/caregiver")
    page = seat.page
    mine = page.locator(f'#followed > li[data-trip="{device.trip_id}"]')
    expect(mine.locator(".state")).to_have_text("Live")
    device.send(TripEnded(arrived=True, reason="arrived"))
    expect(mine.locator(".state")).to_have_text("Ended")
    expect(page.locator("#list-changed")).to_be_visible()
    page.get_by_role("link", name="Bring the list up to date").click()
    expect(mine).to_have_count(0)
    line = page.locator("ul.rows li", has=page.locator(f'a[href$="{device.trip_id}"]'))
    expect(line).to_contain_text("min from start to end, arrived")


def test_who_may_not_look_any_more_sees_nothing_that_was_shown(town: Town, seat: Seat) -> None:
    device = town.begin("walking")
    device.moved()
    seat.open(f"/caregiver/trips/{device.trip_id}")
    is_shown_as(seat.page, "live", "Live")
    town.press("hanako", "/wearer/unshare", trip=device.trip_id)
    expect(seat.page.locator(".now")).to_have_attribute("data-state", "refused")
    expect(seat.page.locator("#state")).to_have_text("Over")
    expect(seat.page.locator("h1")).to_have_text("Following")
    for gone in ("#events", "#drawn", "#map-facts", "#battery"):
        expect(seat.page.locator(gone)).to_have_count(0)
    seat.faults.clear()
    town.press("hanako", "/wearer/share", trip=device.trip_id)
