"""The colours of the pages: every word and edge on every ground it stands on, in each theme."""

import re
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[2] / "server" / "pages" / "static"
SHEETS = ("shirube.css", "map.css", "walk.css", "follow.css", "trial.css")
THEMES = {"light": "shirube.css", "dark": "theme-dark.css", "contrast": "theme-contrast.css"}
# Text and the grounds on which it stands. `action` is that of links, and of buttons that are quiet.
WORDS = {
    "ink": ("ground", "card"),
    "soft": ("ground", "card"),
    "action": ("ground", "card", "warn-ground", "bad-ground"),
    "on-action": ("action",),
    "warn-ink": ("warn-ground",),
    "bad-ink": ("bad-ground",),
}
# Edges of controls, and what is drawn.
EDGES = {
    "line": ("ground", "card"),
    "action": ("ground", "card", "warn-ground", "bad-ground"),
    "bad-edge": ("ground", "bad-ground"),
    "warn-ink": ("ground", "card"),
    "bad-ink": ("ground", "card"),
    "dot": ("ground", "card", "warn-ground", "bad-ground"),  # also the ring of the focus
    "route": ("ground", "card"),
    "crossing": ("card",),
    "track": ("card",),
    "ink": ("card",),
    "soft": ("card",),
}


def colours(sheet: str) -> dict[str, str]:
    """The root colours that a style sheet sets first, by their names."""
    first = re.search(r":root \{(.*?)\}", (STATIC / sheet).read_text(encoding="utf-8"), re.DOTALL)
    assert first is not None
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", first[1]))


def contrast(a: str, b: str) -> float:
    """Of two colours `#rrggbb`, 1 to 21 (WCAG 2.2)."""
    light, dark = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255.0 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_formula_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", THEMES)
def test_words_and_edges_can_be_seen_on_each_ground(theme: str) -> None:
    found = colours(THEMES[theme])
    least = 10.0 if theme == "contrast" else 7.0
    faint = [
        (name, ground, round(contrast(found[name], found[ground]), 2))
        for pairs, needed in ((WORDS, least), (EDGES, 3.0))
        for name, grounds in pairs.items()
        for ground in grounds
        if contrast(found[name], found[ground]) < needed
    ]
    assert faint == []


def test_each_theme_sets_every_colour_and_every_pair_is_measured() -> None:
    light = colours("shirube.css")
    assert all(colours(sheet).keys() == light.keys() for sheet in THEMES.values())
    measured = {
        *WORDS,
        *EDGES,
        *(ground for pairs in (WORDS, EDGES) for each in pairs.values() for ground in each),
    }
    assert measured == light.keys()


def test_no_sheet_has_a_colour_of_its_own() -> None:
    """A colour that is no variable would be the same in each theme."""
    for sheet in SHEETS:
        rules = re.sub(r":root \{.*?\}", "", (STATIC / sheet).read_text(encoding="utf-8"), flags=re.DOTALL)
        assert re.findall(r"#[0-9a-f]{3,8}\b(?=[;\s,)])|\brgba?\(", rules) == [], sheet


def test_lines_of_the_contrast_theme_are_thick() -> None:
    theme = (STATIC / "theme-contrast.css").read_text(encoding="utf-8")
    assert re.search(r"--thin: 3px;", theme)
    assert re.search(r"--edge: 4px;", theme)
    for sheet in SHEETS:
        on_screen = re.sub(
            r"@media (print|\(forced-colors).*?\n\}", "", (STATIC / sheet).read_text(), flags=re.DOTALL
        )
        # A border's width is a variable, or thick anyhow.
        assert re.findall(r"border(?!-radius)[a-z-]*: [12]px", on_screen) == [], sheet
