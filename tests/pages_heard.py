"""What a screen reader would say: a page's announcements as they come, and the page from top to bottom."""

import json
import re
from typing import Any, Final, NamedTuple

from playwright.sync_api import Page

from tests.pages_town import Town

# Notes each change of a live region that is seen and has words, once per change, before anything else runs.
_EARS: Final = """
window.heard = [];
const regions = "[aria-live], [role=alert], [role=status]";
const note = (region) => {
    const text = region.textContent.trim();
    if (text === "" || !region.checkVisibility()) return;
    const assertive = region.matches("[role=alert], [aria-live=assertive]");
    window.heard.push([performance.now() / 1000, assertive, text]);
};
const listen = () => new MutationObserver((changes) => {
    const element = ({ target }) => (target.closest ? target : target.parentElement);
    const changed = changes.map((one) => element(one)?.closest(regions));
    new Set(changed.filter(Boolean)).forEach(note);
}).observe(document, { subtree: true, childList: true, characterData: true, attributeFilter: ["hidden"] });
// Not what stands there when it is opened; and before the page's own scripts.
document.addEventListener("readystatechange", () => document.readyState === "interactive" && listen());
"""

# A stream that says what the test says.
_STREAMS: Final = """
window.streams = [];
window.EventSource = class extends EventTarget {
    static CLOSED = 2;
    readyState = 1;
    constructor(url) { super(); this.url = url; window.streams.push(this); }
    close() { this.readyState = 2; }
};
"""
_TELL: Final = """([path, kind, data]) => {
    const event = new MessageEvent(kind, { data, lastEventId: "" });
    const open = window.streams.filter((one) => one.readyState === 1 && one.url.includes(path));
    open.forEach((one) => one.dispatchEvent(event));
}"""


class Heard(NamedTuple):
    """An announcement, `at_s` of the page's own clock."""

    at_s: float
    assertive: bool
    text: str


def give_ears(page: Page) -> None:
    """Before the page is opened: `heard` knows what it announces."""
    page.add_init_script(_EARS)


def give_streams(page: Page) -> None:
    """Before the page is opened: it hears `tell`, and no server."""
    page.add_init_script(_STREAMS)


def tell(page: Page, path: str, kind: str, data: object) -> None:
    """An event of the stream at that address."""
    page.evaluate(_TELL, [path, kind, json.dumps(data)])


def heard(page: Page) -> list[Heard]:
    """All announcements until now."""
    return [Heard(*one) for one in page.evaluate("window.heard")]


def now_of(town: Town, trip_id: str) -> dict[str, Any]:
    """What the server tells the page of that outing, now."""
    with town.person("ichiro").stream("GET", f"/api/v1/trips/{trip_id}/live") as answer:
        wanted = False
        for line in answer.iter_lines():
            if wanted and line.startswith("data: "):
                found: dict[str, Any] = json.loads(line.removeprefix("data: "))
                return found
            wanted = line == "event: now"
    raise AssertionError("the stream ended without a word")


_HUSH: Final = "all => all.forEach((one) => one.setAttribute('aria-hidden', 'true'))"
# What is another one each time, in the order in which it is taken out.
_MOVING: Final = (
    (r"\d{4}-\d\d-\d\d \d\d:\d\d", "DATE"),
    (r"\d{4}-\d\d-\d\d", "DAY"),
    (r"\b\d\d:\d\d\b", "TIME"),
    (r"\d+(秒前|分前| s ago| min ago)", r"N\1"),
    (r"\bP-[A-Z0-9]{5}\b", "P-XXXXX"),
)


def read_aloud(page: Page) -> str:
    """Role, name and order of everything in the page's accessibility tree, a line each."""
    # What passes by is gone when somebody reads from the top. Only emptied, it might be filled again.
    page.locator(".visually-hidden:is([aria-live], [role=alert])").evaluate_all(_HUSH)
    lines = page.locator("body").aria_snapshot().splitlines()
    text = "\n".join(line for line in lines if not line.lstrip().startswith("- /")) + "\n"
    for pattern, name in _MOVING:
        text = re.sub(pattern, name, text)
    return text
