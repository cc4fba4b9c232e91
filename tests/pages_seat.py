"""A person before a browser: what they open, which keys they press, and what went wrong on the way."""

from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request

from tests.pages_town import Town
from tests.server_process import ServerProcess
from tests.waiting import PATIENCE_S

# Where the focus is: "lost" (on nothing), "unseen" (no outline, out of sight, covered), "here", "other".
_FOCUS = """(wanted) => {
    const on = document.activeElement;
    if (on === document.body || on === null) return "lost";
    if (on.id === "main") return "other";
    const unseen = (why) => `unseen (${why}): ${on.outerHTML.slice(0, 160)}`;
    const style = getComputedStyle(on), box = on.getBoundingClientRect();
    if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) return unseen("no outline");
    if (box.bottom <= 0 || box.top >= innerHeight) return unseen("out of sight");
    const x = Math.min(Math.max(box.x + box.width / 2, 1), innerWidth - 1);
    const y = Math.min(Math.max(box.y + box.height / 2, 1), innerHeight - 1);
    const over = document.elementFromPoint(x, y);
    const covered = over && !on.contains(over) && !over.contains(on);
    if (covered) return unseen(`under ${over.outerHTML.slice(0, 80)}`);
    return on === wanted ? "here" : "other";
}"""
_MOST_TABS = 150


class Seat:
    """One person before a browser; what it asks of other hosts, and each error, is remembered."""

    def __init__(self, browser: Browser, town: Town | ServerProcess, login: str = "", **options: Any) -> None:
        shown: dict[str, Any] = {"viewport": {"width": 320, "height": 640}, "locale": "ja-JP", **options}
        self.home = (town.server if isinstance(town, Town) else town).http
        self.context = browser.new_context(**shown)
        if login:
            assert isinstance(town, Town)
            self.context.add_cookies(town.cookies(login))  # type: ignore[arg-type]
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE_S * 1000)
        self.faults: list[str] = []
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.context.on("request", self._request)  # those of a service worker too

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(message.text)

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.home, "blob:", "data:")):
            self.faults.append(f"asked {request.url}")

    def forgive(self, words: str) -> None:
        """Faults with these words were made on purpose."""
        self.faults = [fault for fault in self.faults if words not in fault]

    def open(self, path: str) -> None:
        self.page.goto(self.home + path)

    def where(self) -> str:
        return self.page.url.removeprefix(self.home)

    def speaks(self, lang: str) -> None:
        """The language of the pages that are opened from now on."""
        self._keeps("lang", lang)

    def wears(self, theme: str) -> None:
        """Their theme."""
        self._keeps("theme", theme)

    def _keeps(self, name: str, value: str) -> None:
        self.context.add_cookies([{"name": name, "value": value, "url": self.home}])

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def key(self, *keys: str) -> None:
        for one in keys:
            self.page.keyboard.press(one)

    def write(self, words: str) -> None:
        self.page.keyboard.type(words)

    def tab_to(self, target: Locator, key: str = "Tab") -> None:
        """By that key alone. On the way the focus is seen at each stop, goes on, and is in no trap."""
        wanted = target.element_handle()
        stops: list[str] = []
        for _ in range(_MOST_TABS):
            self.key(key)
            stop = str(self.page.evaluate(_FOCUS, wanted))
            assert not stop.startswith("unseen"), stop
            if stop == "here":
                return
            stops.append(stop)
        raise AssertionError(f"no {key} leads to {target} on {self.where()}: {stops}")

    def tab(self, role: Any, name: str, key: str = "Tab") -> None:
        """`tab_to`, by what a screen reader says of it."""
        self.tab_to(self.page.get_by_role(role, name=name, exact=True), key)

    def skip(self) -> None:
        """Past the navigation, as everybody with a keyboard does."""
        self.tab_to(self.page.locator("a.skip"))
        self.key("Enter")

    def is_held(self) -> None:
        """After the page changed: the focus is on something, and it is seen."""
        stop = str(self.page.evaluate(_FOCUS, None))
        assert stop == "other", f"{stop} on {self.where()}"

    def close(self) -> None:
        self.context.close()
