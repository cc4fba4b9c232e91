"""What a page must be for whoever reads, hears or types it. Each check says what is wrong, in words."""

from collections.abc import Sequence
from importlib import resources
from typing import Any, Final

from playwright.sync_api import Page

_AXE: Final = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
_TAGS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
# What passed is not told: half the time of a page.
_TOLD: Final = {"resultTypes": ["violations"]}
# What a theme can break.
_COLOURS: Final = ("color-contrast", "link-in-text-block")
_RUN: Final = """(options) => axe.run(document, options).then((found) => found.violations.map((one) =>
    `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 200)).join(" | ")}`))"""

_WIDE: Final = """() => {
    const root = document.documentElement, over = root.scrollWidth - root.clientWidth;
    if (over <= 0) return [];
    const out = [...document.querySelectorAll("body *")].filter((one) =>
        one.getBoundingClientRect().right > root.clientWidth + 1);
    return [`${over} px too wide: ${out.slice(0, 3).map((one) => one.outerHTML.slice(0, 120)).join(" | ")}`];
}"""

# WCAG 2.5.8 without its exception for spacing; a link within a sentence is as high as the sentence's line.
_SMALL: Final = """() => {
    const all = "a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button], "
        + "[tabindex='0']";
    const inSentence = (link) => {
        if (link.localName !== "a" || getComputedStyle(link).display !== "inline") return false;
        const block = link.closest("p, li, dd, dt, td, th, div, section");
        return block.textContent.replace(link.textContent, "").trim() !== "";
    };
    const fits = (one) => {
        const box = one.getBoundingClientRect();
        return box.width >= 24 && box.height >= 24;
    };
    const found = [];
    for (const one of document.querySelectorAll(all)) {
        const box = one.getBoundingClientRect();
        const seen = one.checkVisibility({ visibilityProperty: true }) && box.right > 0 && box.width > 1;
        if (!seen || [one, ...(one.labels ?? [])].some(fits) || inSentence(one)) continue;
        found.push(`${Math.round(box.width)} x ${Math.round(box.height)} px: ${one.outerHTML.slice(0, 160)}`);
    }
    return found;
}"""

# Without the page's own colours a shape must be left: of what is pressed, of what warns, of where one is.
_SHAPELESS: Final = """() => {
    const edged = (style) => ["Top", "Bottom", "Left"].some((side) =>
        style[`border${side}Style`] !== "none" && parseFloat(style[`border${side}Width`]) >= 1);
    const drawn = "[type=hidden], [type=checkbox], [type=radio], [type=range]"; // by the browser
    const shaped = `button, .button, input:not(${drawn}), select, .now, .alarm, nav a[aria-current]`;
    return [...document.querySelectorAll(shaped)].filter((one) =>
        one.checkVisibility() && !edged(getComputedStyle(one))).map((one) => one.outerHTML.slice(0, 160));
}"""

_MOVING: Final = """() => {
    const seconds = (list) => Math.max(...list.split(",").map(parseFloat));
    const running = document.getAnimations().filter((one) => one.playState === "running");
    const found = running.map((one) => one.effect?.target?.outerHTML.slice(0, 160) ?? "an animation");
    for (const one of document.querySelectorAll("*")) {
        const style = getComputedStyle(one);
        const moves = seconds(style.transitionDuration) > 0.01 || style.scrollBehavior === "smooth"
            || (style.animationName !== "none" && seconds(style.animationDuration) > 0.01);
        if (moves && one.checkVisibility()) found.push(one.outerHTML.slice(0, 160));
    }
    return found;
}"""

# The templates' own links, at their own place: rules that come later win.
_DRESS: Final = """async (theme) => {
    document.querySelectorAll('link[href*="/static/theme-"]').forEach((one) => one.remove());
    document.documentElement.dataset.theme = theme;
    if (theme === "light") return;
    const link = document.createElement("link");
    Object.assign(link, { rel: "stylesheet", href: `/static/theme-${theme}.css` });
    await new Promise((done, failed) => {
        link.onload = done;
        link.onerror = failed;
        document.querySelector('link[rel="stylesheet"]').after(link);
    });
}"""


def wrong_in_axe(page: Page) -> list[str]:
    """What axe-core finds."""
    page.evaluate(_AXE)
    return _run(page, {"runOnly": {"type": "tag", "values": list(_TAGS)}})


def wrong_colours(page: Page) -> list[str]:
    """What axe-core finds in the colours of a page that it has looked at before."""
    return _run(page, {"runOnly": {"type": "rule", "values": list(_COLOURS)}})


def _run(page: Page, options: dict[str, Any]) -> list[str]:
    found: list[str] = page.evaluate(_RUN, _TOLD | options)
    return found


def dress(page: Page, theme: str) -> None:
    """As the page is with that theme from the beginning; sooner."""
    page.evaluate(_DRESS, theme)


def wrong_in_shape(page: Page) -> list[str]:
    """One heading; nothing scrolls sideways; all that is pressed is large enough."""
    headings = page.locator("h1").count()
    one = [] if headings == 1 else [f"{headings} h1"]
    return [*one, *_told(page, _WIDE, "sideways"), *_told(page, _SMALL, "small target")]


def wrong_when_forced(page: Page) -> list[str]:
    """With the colours of the system alone, and for who cannot bear movement."""
    page.emulate_media(forced_colors="active", reduced_motion="reduce")
    found = [*_told(page, _SHAPELESS, "no shape in forced colours"), *_told(page, _MOVING, "moves")]
    page.emulate_media(forced_colors="none", reduced_motion="no-preference")
    return found


def _told(page: Page, script: str, what: str) -> Sequence[str]:
    return [f"{what}: {one}" for one in page.evaluate(script)]
