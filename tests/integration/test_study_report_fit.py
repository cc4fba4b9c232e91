"""A trial's report in a real Chromium: axe-core, 320 px, targets, forced colours, dark.

Skipped where Chromium is not installed (apt install chromium).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser

from field_tests.study.names import Lang
from field_tests.study.result import StudyResult
from tests import pages_fit
from tests.pages_town import CHROMIUM, chromium
from tests.trial_result import nothing_known, trial_result

pytest.importorskip("jinja2", reason="the extra `study` is not installed: jinja2")
if not CHROMIUM.exists():
    pytest.skip("no Chromium (apt install chromium)", allow_module_level=True)

from field_tests.report.figures import figures
from field_tests.report.page import page
from field_tests.report.words import Words

CASES: Final[tuple[tuple[str, Lang, StudyResult], ...]] = (
    ("all known", "ja", trial_result(persons=2, days=7)),
    ("nothing known", "en", nothing_known(trial_result(persons=2, days=7))),
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.mark.parametrize(("name", "lang", "result"), CASES, ids=[case[0] for case in CASES])
def test_a_report_is_fit_to_be_read(
    name: str, lang: Lang, result: StudyResult, browser: Browser, tmp_path: Path
) -> None:
    words = Words(lang)
    file = tmp_path / "report.html"
    file.write_text(page(result, figures(result, words), words), "utf-8")
    seen = browser.new_page(viewport={"width": 320, "height": 256})
    seen.goto(file.as_uri())
    wrong = [
        *pages_fit.wrong_in_axe(seen),
        *pages_fit.wrong_in_shape(seen),
        *pages_fit.wrong_when_forced(seen),
    ]
    seen.emulate_media(color_scheme="dark")
    wrong += pages_fit.wrong_colours(seen)
    seen.close()
    assert wrong == []
