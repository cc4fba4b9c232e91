"""What pages say by themselves, and what a screen reader reads from top to bottom, in a real Chromium.

The readings are pinned in tests/pages/*.txt: `PAGES_UPDATE=1` writes them anew, and a person reads aloud what
is other. Skipped where Chromium is not installed (apt install chromium).
"""

import os
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, expect

from server.pages import front_end
from tests import pages_heard
from tests.pages_heard import Heard
from tests.pages_seat import Seat
from tests.pages_town import STATES, Town, chromium, town_in
from tests.waiting import PATIENCE_S, until

expect.set_options(timeout=PATIENCE_S * 1000)
PINNED: Final = Path(__file__).parents[1] / "pages"
APART_S: Final = 15.0
# From when the server had what the page sent first until it was asked the last time.
_TOLD_AFTER_MS: Final = """() => {
    const of = (path) => performance.getEntriesByType("resource").filter((one) => one.name.includes(path));
    const sent = of("/api/v1/walk/events"), told = of("/api/v1/walk/").filter((one) => !sent.includes(one));
    return told.at(-1).startTime - sent[0].responseEnd;
}"""
_HERE: Final = {"latitude": 33.2334, "longitude": 131.6066, "accuracy": 5.0}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town_in(tmp_path_factory.mktemp("heard")) as made:
        yield made


@pytest.fixture(scope="module")
def browser(town: Town) -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture
def seat(browser: Browser, town: Town) -> Iterator[Callable[[str], Seat]]:
    made: list[Seat] = []

    def of(login: str) -> Seat:
        made.append(Seat(browser, town, login, permissions=["geolocation"], geolocation=_HERE))
        return made[-1]

    yield of
    for one in made:
        one.close()


def polite(heard: list[Heard]) -> list[Heard]:
    return [one for one in heard if not one.assertive]


def is_calm(heard: list[Heard]) -> None:
    """At most one in a quarter of a minute, of the page's own clock."""
    hurried = [
        (one, other) for one, other in pairwise(polite(heard)) if other.at_s - one.at_s < APART_S - 0.1
    ]
    assert hurried == []


# The readings first: each is of a town in which nothing else has happened.


def reading(seat: Seat, name: str, lang: str) -> None:
    """It reads as it did when a person last read it."""
    is_pinned(pages_heard.read_aloud(seat.page), name, lang)


def is_pinned(told: str, name: str, lang: str) -> None:
    pinned = PINNED / f"{name}.{lang}.txt"
    if os.environ.get("PAGES_UPDATE"):
        pinned.parent.mkdir(exist_ok=True)
        pinned.write_text(told, encoding="utf-8")
    assert pinned.exists(), "PAGES_UPDATE=1 writes it; then read it as a screen reader would"
    assert told == pinned.read_text(encoding="utf-8")


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_wearers_pages_read_as_they_did(lang: str, seat: Callable[[str], Seat], town: Town) -> None:
    hanako = seat("hanako")
    hanako.speaks(lang)
    hanako.open("/wearer")
    reading(hanako, "wearer", lang)
    hanako.open("/wearer/walk")
    expect(hanako.page.locator("#origin-part")).to_be_visible()
    reading(hanako, "walk-plan", lang)


def is_at_rest(page: Page, nothing: str) -> bool:
    """All that the page of a walk does by itself is done, for now: nothing is on its way to the server."""
    told = [page.locator(f"#{one}").text_content() for one in ("left", "battery", "awake")]
    return told[0] == nothing and all(told) and page.locator("#problem").is_hidden()


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_page_of_a_walk_reads_as_it_did(lang: str, seat: Callable[[str], Seat]) -> None:
    hanako, nothing = seat("hanako"), {"ja": "ありません", "en": "nothing"}[lang]
    hanako.speaks(lang)
    hanako.open("/wearer/walk")
    hanako.page.locator('form[action="/wearer/walk/start"] button').click()
    page = hanako.page
    expect(page.locator("#where")).to_contain_text("33.2334")
    assert page.evaluate(_TOLD_AFTER_MS) < 8_000  # it did not wait for its next question, after ten seconds
    hanako.open("/wearer/walk")  # without the word that it has begun
    read: list[str] = []

    def read_at_rest() -> bool:
        if not is_at_rest(page, nothing):
            # A phone that stands still is asked by nobody: on a slow machine it falls silent meanwhile.
            hanako.context.set_geolocation(_HERE)  # type: ignore[arg-type]
            page.wait_for_timeout(500)
            return False
        read[:] = [pages_heard.read_aloud(page)]
        return is_at_rest(page, nothing)

    until(read_at_rest, "a page at rest")
    is_pinned(read[0], "walk", lang)
    page.locator("#stop summary").click()
    page.locator("#stop form").first.locator("button").click()


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("state", ["live", "no_contact"])
def test_the_caregivers_live_page_reads_as_it_did(
    lang: str, state: str, seat: Callable[[str], Seat], town: Town
) -> None:
    if front_end.leaflet() is None:
        pytest.skip("no Leaflet in server/pages/vendor: python3 scripts/front_end.py")
    ichiro = seat("ichiro")
    ichiro.speaks(lang)
    pages_heard.give_streams(ichiro.page)  # it stays as it was opened
    path = town.outing(state)
    until(
        lambda: "知らせの見張りが遅れ" not in town.person("ichiro").get(path).text, "alerts that are not late"
    )
    ichiro.open(path)
    expect(ichiro.page.locator("#map-canvas path[data-fact=position]")).to_be_visible()
    reading(ichiro, f"live-{state}", lang)


def test_a_page_that_is_told_twice_a_second_speaks_four_times_a_minute(
    seat: Callable[[str], Seat], town: Town
) -> None:
    trip_id, ichiro = STATES["live"](town), seat("ichiro")
    page = ichiro.page
    pages_heard.give_ears(page)
    pages_heard.give_streams(page)
    page.clock.install()
    ichiro.open(f"/caregiver/trips/{trip_id}")
    now = pages_heard.now_of(town, trip_id)
    for turn in range(120):
        # Nearer each time; at the edge of a quarter of a minute the state comes and goes.
        words = {
            "sentence_ja": f"県立美術館へ あと{200 - turn}m",
            "state": "stale" if turn % 4 == 3 else "live",
        }
        pages_heard.tell(page, trip_id, "now", now | words | {"age_s": 0.5})
        page.clock.run_for(500)
    said = pages_heard.heard(page)
    is_calm(said)
    assert 3 <= len(polite(said)) <= 5
    assert [one for one in said if one.assertive] == []


def test_a_call_for_help_is_cried_out_once(seat: Callable[[str], Seat], town: Town) -> None:
    device, ichiro = town.begin("sos"), seat("ichiro")
    device.moved()
    page = ichiro.page
    pages_heard.give_ears(page)
    ichiro.open(f"/caregiver/trips/{device.trip_id}")
    expect(page.locator(".now")).to_have_attribute("data-state", "live")
    before = len(pages_heard.heard(page))
    device.calls()
    expect(page.locator("#alarm")).to_be_visible()
    expect(page.locator("#alerts-now li")).not_to_have_count(0)
    for _ in range(3):
        device.moved()
        page.wait_for_timeout(800)
    cries = [one.text for one in pages_heard.heard(page)[before:] if one.assertive]
    assert len(cries) == 1, cries
    assert "SOS" in cries[0]


def test_a_walk_whose_line_comes_and_goes_is_told_calmly(seat: Callable[[str], Seat]) -> None:
    hanako = seat("hanako")
    page = hanako.page
    pages_heard.give_ears(page)
    page.clock.install()
    hanako.open("/wearer/walk")
    page.locator('form[action="/wearer/walk/start"] button').click()
    expect(page.locator("#ask-where")).to_be_visible()
    there = True
    page.route("**/api/v1/walk/events", lambda route: route.continue_() if there else route.abort())
    for turn in range(90):
        there = turn % 20 < 10
        north = 33.2334 + turn * 1e-5
        hanako.context.set_geolocation(_HERE | {"latitude": north})  # type: ignore[arg-type]
        page.clock.run_for(500)
    said = pages_heard.heard(page)
    is_calm(said)
    page.unroute("**/api/v1/walk/events")
    page.locator("#sos").press("Enter")
    page.clock.run_for(6_000)
    until(lambda: page.locator("#call").is_visible(), "the call")
    cries = [one.text for one in pages_heard.heard(page)[len(said) :] if one.assertive]
    assert len(cries) == len(set(cries)) == 2, cries  # that it will call, and that it did
