"""Every page of the server, in every state, in a real Chromium: axe-core, 320 px, targets, forced colours.

Nothing is written to the console, and no other host is asked. Each page is looked at in all themes, each
state in both languages, but not in each combination: `PAGES_ALL=1` looks at the whole product (minutes).
A new page is a line of `tests/pages_list.py`.
Skipped where Chromium is not installed (apt install chromium).
"""

import os
from collections.abc import Iterator
from typing import Final, NamedTuple

import pytest
from playwright.sync_api import Browser
from starlette.routing import Match, Route

from server.app import ROUTERS
from tests import pages_fit
from tests.pages_list import EMPTY, FULL, Shown
from tests.pages_seat import Seat
from tests.pages_town import Town, chromium, town_in

LANGS: Final = ("ja", "en")
THEMES: Final = ("light", "dark", "contrast")
# No pages of a person who reads: files, streams, probes; and steps of a login, which an account has once.
NO_PAGES: Final = {
    "/": "leads on to one's own page",
    "/healthz": "for machines",
    "/readyz": "for machines",
    "/sw.js": "a script",
    "/manifest.webmanifest": "for the browser",
    "/administrator/audit.csv": "a file",
    "/administrator/alerts/{alert_id}": "the caregiver's page; only a duty with a channel of its own has one",
    "/evaluator/outings.csv": "a file",
    "/evaluator/days.csv": "a file",
    "/evaluator/trials/{trial_id}/files/{file_name}": "a file",
    "/s/{token}/live": "a stream",
    "/login/second-factor": "a step: tests/integration/test_server_pages_seen.py",
    "/login/password": "a step: tests/integration/test_server_pages_seen.py",
    "/login/set-up": "a step: tests/integration/test_server_pages_seen.py",
}
_HERE: Final = {"latitude": 33.2340, "longitude": 131.6066, "accuracy": 5.0}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town_in(tmp_path_factory.mktemp("pages")) as made:
        yield made


@pytest.fixture(scope="module")
def browser(town: Town) -> Iterator[Browser]:
    with chromium() as made:
        yield made


class Seats:
    """A browser of each person, which stays as they left it; at 1280 px and 400 %, which is 320 px."""

    def __init__(self, browser: Browser, town: Town) -> None:
        self._browser = browser
        self._town = town
        self._made: dict[tuple[str, bool], Seat] = {}

    def of(self, shown: Shown) -> Seat:
        wanted = (shown.who, shown.clocked)
        if wanted not in self._made:
            options = {"viewport": {"width": 320, "height": 256}, "geolocation": _HERE}
            made = Seat(self._browser, self._town, shown.who, permissions=["geolocation"], **options)
            if shown.clocked:
                made.page.clock.install()
            self._made[wanted] = made
        return self._made[wanted]


@pytest.fixture(scope="module")
def seats(browser: Browser, town: Town) -> Seats:
    return Seats(browser, town)


def look(seat: Seat, town: Town, shown: Shown, lang: str, theme: str) -> None:
    """Open it in that dress, and do what brings it into its state."""
    seat.speaks(lang)
    seat.wears(theme)
    seat.faults.clear()
    seat.open(shown.address(town))
    if shown.then is not None:
        shown.then(seat)
    dressed = seat.page.locator("html")
    assert (dressed.get_attribute("lang"), dressed.get_attribute("data-theme")) == (lang, theme)


def name_of(value: object) -> str:
    """Of a test's parameter."""
    return value.name if isinstance(value, Shown) else ""


class Dress(NamedTuple):
    """How a page is looked at: `looks` opens it anew, `colours` changes its theme while it is open."""

    looks: tuple[tuple[str, str], ...]
    colours: tuple[str, ...] = ()


def dress_of(shown: Shown, number: int) -> Dress:
    """All themes; the languages turn by turn. All of both with PAGES_ALL."""
    if os.environ.get("PAGES_ALL"):
        return Dress(tuple((lang, theme) for lang in LANGS for theme in THEMES))
    if shown.state == "empty":
        return Dress((("en", "dark"),))
    if shown.state == "in use":
        return Dress((("ja", "light"),), ("contrast",))
    if shown.state:
        turn = [THEMES[(number + at) % 3] for at in range(3)]
        return Dress(((LANGS[number % 2], turn[0]),), (turn[1], turn[2]))
    return Dress(((LANGS[number % 2], "light"),), ("dark", "contrast"))


def wrong(seat: Seat, town: Town, shown: Shown, number: int) -> list[str]:
    """All that is wrong with it, in whatever dress."""
    dress, found = dress_of(shown, number), []
    for lang, theme in dress.looks:
        look(seat, town, shown, lang, theme)
        here = [*pages_fit.wrong_in_axe(seat.page), *pages_fit.wrong_in_shape(seat.page), *seat.faults]
        found += [f"{lang}, {theme}: {one}" for one in here]
    found += pages_fit.wrong_when_forced(seat.page)
    for theme in dress.colours:
        pages_fit.dress(seat.page, theme)
        found += [f"{theme}: {one}" for one in pages_fit.wrong_colours(seat.page)]
    return found


@pytest.mark.parametrize(("number", "shown"), list(enumerate(EMPTY)), ids=name_of)
def test_a_page_is_fit_for_use_before_anybody_walks(
    number: int, shown: Shown, seats: Seats, town: Town
) -> None:
    assert wrong(seats.of(shown), town, shown, number) == []


@pytest.mark.parametrize(("number", "shown"), list(enumerate(FULL)), ids=name_of)
def test_a_page_is_fit_for_use_while_somebody_walks(
    number: int, shown: Shown, seats: Seats, town: Town
) -> None:
    town.furnish()
    assert wrong(seats.of(shown), town, shown, number) == []


def test_every_page_of_the_server_is_on_the_list() -> None:
    pages = [
        route
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, Route) and "GET" in (route.methods or ()) and not route.include_in_schema
    ]
    listed = [shown.path or "/s/token" for shown in (*EMPTY, *FULL)]
    missing = [
        route.path
        for route in pages
        if route.path not in NO_PAGES
        and not any(_matches(route, path.replace("{", "").replace("}", "")) for path in listed)
    ]
    assert missing == [], "each needs a line in tests/pages_list.py"


def _matches(route: Route, path: str) -> bool:
    found, _ = route.matches({"type": "http", "method": "GET", "path": path})
    return found is Match.FULL
