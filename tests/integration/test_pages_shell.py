"""Shirube as a program on a phone: without a line, in its colours, with its menu; and what the browser keeps.

In a real Chromium against a real server; skipped where Chromium is not installed (apt install chromium).
"""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from server import commands_people
from server.pages import shell
from tests.pages_town import CHROMIUM, chromium
from tests.server_process import PASSWORD, ServerProcess, running
from tests.waiting import PATIENCE_S

PATIENCE_MS = PATIENCE_S * 1000
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"color-contrast-enhanced": {"enabled": True}},
    "resultTypes": ["violations"],
}
# Everything that the browser keeps for this site, by name: [address, text].
KEPT = """async () => {
  const kept = {};
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    const found = await cache.keys();
    const texts = await Promise.all(found.map(async (one) => (await cache.match(one)).text()));
    kept[name] = found.map((one, at) => [new URL(one.url).pathname, texts[at]]);
  }
  return kept;
}"""
CONTROLLED = "() => navigator.serviceWorker.controller !== null"
THIN = "getComputedStyle(document.documentElement).getPropertyValue('--thin')"
DRESSED = "look => localStorage.getItem('shirube-look') === look"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not installed")
    with running(tmp_path_factory.mktemp("shell")) as made:
        for login, role in {"hanako": "wearer", "jiro": "wearer", "ichiro": "caregiver"}.items():
            commands_people.add_user(made.settings, role, login, password=PASSWORD)
        for login in ("hanako", "jiro"):
            key = {"Authorization": f"Bearer {made.key(login)}"}
            plan = {"map": "oita", "origin": "大分駅", "destination": "県立美術館"}
            assert httpx.post(f"{made.http}/api/v1/routes", json=plan, headers=key).status_code == 200
        yield made


@pytest.fixture(scope="module")
def browser(server: ServerProcess) -> Iterator[Browser]:
    with chromium() as made:
        yield made


class Phone:
    """Somebody's browser."""

    def __init__(self, browser: Browser, server: ServerProcess, login: str = "", **options: Any) -> None:
        shown = {"viewport": {"width": 390, "height": 844}, "locale": "ja-JP", **options}
        self.context: BrowserContext = browser.new_context(**shown)
        self.context.set_default_timeout(PATIENCE_MS)
        self.page: Page = self.context.new_page()
        self.server = server
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        if login:
            self.log_in(login)

    def log_in(self, login: str) -> None:
        self.open("/login")
        self.page.fill("#login", login)
        self.page.fill("#password", PASSWORD)
        self.page.locator("main form button").click()
        self.page.wait_for_url("**/wearer")

    def open(self, path: str) -> None:
        self.page.goto(self.server.http + path)

    def is_ready(self, look: str = "ja system") -> None:
        """The worker is there, and has put its pages by."""
        self.page.wait_for_function(CONTROLLED)
        self.page.wait_for_function(DRESSED, arg=look)

    def kept(self) -> list[tuple[str, str]]:
        found: dict[str, list[tuple[str, str]]] = self.page.evaluate(KEPT)
        return [each for name in found for each in found[name]]

    def keep_route(self) -> None:
        self.page.get_by_role("button", name="この経路をこの端末に残す").click()
        expect(self.page.locator("#keep-said")).to_have_text("残しました。電波のない所でも読めます。")

    def route(self) -> Any:
        return json.loads(self.page.evaluate("localStorage.getItem('shirube-route')") or "null")

    def is_fit(self) -> None:
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert self.page.evaluate(wide) <= 0, self.page.url
        found = Axe().run(self.page, options=RULES).response["violations"]
        assert not found, (self.page.url, [(each["id"], each["nodes"][0]["html"]) for each in found])
        assert self.errors == []


def test_without_a_line_it_says_so_and_the_kept_route_can_be_read(
    browser: Browser, server: ServerProcess
) -> None:
    phone = Phone(browser, server, "hanako")
    phone.is_ready()
    steps = phone.page.locator("#rehearsal li").all_text_contents()
    phone.keep_route()
    route = phone.route()
    assert route["steps"] == steps
    assert not {"lat", "lon", "position"} & route.keys()
    phone.context.set_offline(True)
    phone.open("/wearer/alerts")
    expect(phone.page.locator("h1")).to_have_text("つながっていません")
    expect(phone.page.locator("section[lang=en]")).to_contain_text("Nothing on this page is of this moment")
    assert "hanako" not in phone.page.content()
    phone.is_fit()
    phone.page.get_by_role("link", name="この端末に残した経路を読む").click()
    expect(phone.page.locator("#kept-steps li")).to_have_text(steps)
    expect(phone.page.locator("#kept-at")).not_to_be_empty()
    phone.is_fit()
    phone.page.get_by_text("この端末から消す").click()
    phone.page.get_by_role("button", name="はい、消す").click()
    expect(phone.page.locator("#no-route")).to_be_visible()
    assert phone.route() is None
    # A form that does not arrive is answered by the same page, which says so.
    phone.context.set_offline(False)
    phone.open("/wearer")
    phone.context.set_offline(True)
    phone.page.get_by_role("button", name="次の外出を共有").click()
    expect(phone.page.locator("h1")).to_have_text("つながっていません")
    phone.context.set_offline(False)
    phone.page.get_by_role("link", name="もう一度つなぐ").click()
    expect(phone.page.locator("h1")).to_have_text("わたしの外出")
    phone.context.close()


OLD = "caches.open('shirube-shell-old').then((cache) => cache.put('/offline', new Response('old')))"


def test_the_browser_keeps_the_newest_shell_and_no_page_of_a_person(
    browser: Browser, server: ServerProcess
) -> None:
    phone = Phone(browser, server)
    phone.open("/login")
    phone.page.evaluate(OLD)
    phone.log_in("hanako")
    phone.is_ready()
    for path in (
        "/wearer",
        "/wearer/walk",
        "/wearer/outings",
        "/wearer/places",
        "/wearer/saved-route",
        "/account",
    ):
        phone.open(path)
        phone.page.wait_for_function(CONTROLLED)
    phone.page.evaluate("fetch('/api/v1/trips').then((answer) => answer.text())")
    kept = phone.kept()
    expected = {*(f"/static/{name}" for name in shell.FILES), shell.OFFLINE, shell.SAVED_ROUTE}
    assert {address for address, _ in kept} == expected
    assert not [address for address, text in kept if "hanako" in text or "csrf" in text]
    names = phone.page.evaluate("caches.keys()")
    assert names == [f"shirube-shell-{shell.version()}"]
    # One worker for all of the site, of this host.
    workers = phone.page.evaluate(
        "navigator.serviceWorker.getRegistrations()"
        ".then((all) => all.map((one) => [one.scope, one.active.scriptURL]))"
    )
    assert workers == [[f"{server.http}/", f"{server.http}/sw.js"]]
    phone.context.close()


def test_logging_out_and_another_person_delete_the_kept_route(
    browser: Browser, server: ServerProcess
) -> None:
    phone = Phone(browser, server, "hanako")
    phone.is_ready()
    phone.keep_route()
    phone.page.get_by_role("button", name="ログアウト").click()
    phone.page.wait_for_url("**/login")
    assert phone.route() is None
    assert phone.page.evaluate("caches.keys()") == []
    phone.log_in("hanako")
    phone.keep_route()
    # A session that ends by itself deletes nothing, until somebody else comes.
    phone.context.clear_cookies()
    phone.log_in("jiro")
    phone.page.wait_for_function("() => localStorage.getItem('shirube-route') === null")
    phone.context.close()


def test_the_colours_stay_and_the_offline_page_wears_them(browser: Browser, server: ServerProcess) -> None:
    phone = Phone(browser, server, "hanako")
    phone.is_ready()
    phone.open("/settings")
    phone.page.get_by_label("はっきり").check()
    phone.page.get_by_label("言葉 / Language").select_option("en")
    phone.page.get_by_role("button", name="この言葉と色にする").click()
    expect(phone.page.locator("main > [role=status]")).to_contain_text("were changed")
    phone.is_ready("en contrast")
    for path in ("/wearer", "/wearer/outings", "/wearer/walk"):
        phone.open(path)
        assert _ground(phone) == "rgb(0, 0, 0)"
        assert phone.page.locator("html").get_attribute("lang") == "en"
    phone.context.set_offline(True)
    phone.open("/wearer")
    expect(phone.page.locator("h1")).to_have_text("No connection")
    assert _ground(phone) == "rgb(0, 0, 0)"
    phone.is_fit()
    phone.page.emulate_media(media="print")
    assert _ground(phone) == "rgb(255, 255, 255)"  # paper
    phone.context.close()


def test_a_choice_counts_more_than_the_system(browser: Browser, server: ServerProcess) -> None:
    phone = Phone(browser, server, color_scheme="dark")
    phone.open("/settings")
    assert _ground(phone) == "rgb(16, 23, 29)"
    assert phone.page.evaluate(THIN) == "1px"
    phone.page.emulate_media(contrast="more")
    assert phone.page.evaluate(THIN) == "2px"
    phone.page.get_by_label("明るい").check()
    phone.page.get_by_role("button", name="この言葉と色にする").click()
    expect(phone.page.locator("main > [role=status]")).to_be_visible()
    assert _ground(phone) == "rgb(255, 255, 255)"
    phone.page.get_by_label("この端末の設定").check()
    phone.page.get_by_role("button", name="この言葉と色にする").click()
    expect(phone.page.locator("html")).to_have_attribute("data-theme", "system")
    assert _ground(phone) == "rgb(16, 23, 29)"
    phone.page.emulate_media(color_scheme="light")
    assert _ground(phone) == "rgb(255, 255, 255)"
    phone.context.close()


def test_the_settings_can_be_used_in_the_readers_own_colours(browser: Browser, server: ServerProcess) -> None:
    phone = Phone(browser, server, forced_colors="active")
    phone.open("/settings")
    phone.is_fit()
    phone.context.close()


def test_the_voice_is_kept_and_the_walk_speaks_with_it(browser: Browser, server: ServerProcess) -> None:
    phone = Phone(browser, server, "hanako")
    phone.context.add_init_script(
        "window.spoken = []; speechSynthesis.speak = (said) => spoken.push([said.rate, said.lang]);"
    )
    phone.open("/settings")
    phone.page.get_by_label("「歩く」のページの声でも読む").check()
    phone.page.get_by_label("話す速さ").select_option("1.6")
    phone.page.reload()
    expect(phone.page.get_by_label("「歩く」のページの声でも読む")).to_be_checked()
    phone.page.get_by_role("button", name="試しに聞く").click()
    [[rate, lang]] = phone.page.evaluate("spoken")
    assert (rate, lang) == (pytest.approx(1.6), "ja")
    phone.open("/wearer/walk")
    phone.page.get_by_role("button", name="行き先なしで出発する").click()
    phone.page.get_by_role("button", name="今どこ", exact=True).click()
    phone.page.wait_for_function("() => spoken.length > 0")
    assert phone.page.evaluate("spoken[0][0]") == pytest.approx(1.6)
    phone.page.locator("#stop summary").click()
    phone.page.get_by_role("button", name="とちゅうで終える").click()
    phone.context.close()


def test_the_menu_of_a_phone_opens_without_scripts_and_names_the_page(
    browser: Browser, server: ServerProcess
) -> None:
    phone = Phone(browser, server, "hanako", java_script_enabled=False)
    summary = phone.page.locator("nav.pages summary")
    expect(summary).to_have_text("メニュー(今: わたしの外出)")
    first = phone.page.locator("nav.pages a").first
    expect(first).to_be_hidden()
    summary.press("Enter")
    expect(first).to_be_visible()
    expect(first).to_have_attribute("href", "/wearer/walk")
    expect(phone.page.locator("nav.pages a[aria-current=page]")).to_have_text("わたしの外出")
    phone.page.set_viewport_size({"width": 1280, "height": 800})
    phone.open("/wearer")
    expect(summary).to_be_hidden()  # where there is room all pages stand beside each other
    expect(first).to_be_visible()
    phone.context.close()


def _ground(phone: Phone) -> str:
    return str(phone.page.evaluate("getComputedStyle(document.body).backgroundColor"))
