"""A trial's report: everything is shown, in two languages, escaped, and nothing unknown reads as 0."""

import dataclasses
import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from field_tests.study.names import Lang
from field_tests.study.result import RESULT, StudyResult
from field_tests.study.verdict_file import VERDICT_FILE
from tests.trial_result import estimate, nothing_known, trial_result

pytest.importorskip("jinja2", reason="the extra `study` is not installed: jinja2")

from field_tests.report.figures import figures
from field_tests.report.files import write_report
from field_tests.report.forest import Row, forest
from field_tests.report.page import page
from field_tests.report.spread import spread
from field_tests.report.words import Words

LANGS: tuple[Lang, ...] = ("ja", "en")
JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


@cache
def small() -> StudyResult:
    return trial_result(persons=3, days=4)


def shown(result: StudyResult, lang: Lang, *, paper: bool = False) -> str:
    return page(result, figures(result, Words(lang)), Words(lang), paper=paper)


def text_of(html: str) -> str:
    body = re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
    return unescape(re.sub(r"<[^>]+>", " ", body))


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Each plain value of a result with the way to it; of a list the first one stands for all."""
    if dataclasses.is_dataclass(value):
        for each in dataclasses.fields(value):
            yield from leaves(getattr(value, each.name), (*path, each.name))
    elif isinstance(value, tuple):
        if value:
            yield from leaves(value[0], (*path, 0))
    else:
        yield path, value


def other(value: Any) -> Any:
    """A value of the same kind that is not it."""
    match value:
        case bool():
            return not value
        case int():
            return value + 13
        case float():
            return value + 13.25
        case str() if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            return value[:8] + "03"
        case "cannot_tell" | "not_achieved":
            return "achieved"
        case str():
            return value + "-other"
    return None


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    if isinstance(path[0], int):
        return (changed(value[0], path[1:], new), *value[1:])
    inner = changed(getattr(value, path[0]), path[1:], new)
    return replace(value, **{path[0]: inner})


def looks(result: StudyResult) -> Iterator[str]:
    """All that a reader is given, the quickest first."""
    yield "".join(spread(result).values())
    for lang in LANGS:
        yield shown(result, lang)


def test_every_field_of_a_result_appears() -> None:
    before = list(looks(small()))
    ways = [(way, value) for way, value in leaves(small()) if value is not None]
    unseen = [
        ".".join(map(str, way))
        for way, value in ways
        if all(map(str.__eq__, before, looks(changed(small(), way, other(value)))))
    ]
    # It is the primary estimate in each row of the grid, and is called by what was varied.
    assert unseen == ["sensitivity.0.estimate.key"]


@pytest.mark.parametrize("lang", LANGS)
def test_what_a_folder_says_is_escaped(lang: Lang) -> None:
    html = shown(small(), lang)
    assert "<script" not in html
    assert "&lt;script&gt;x&lt;/script&gt;" in html
    assert "&lt;休んだ&gt;" in html


def test_a_title_cannot_end_the_style_of_the_paper() -> None:
    titled = replace(small(), title_ja='"</style><b>&\n')
    assert shown(titled, "ja", paper=True).count("</style>") == 1


@pytest.mark.parametrize("lang", LANGS)
def test_what_is_not_known_is_never_0(lang: Lang) -> None:
    text = text_of(shown(nothing_known(small()), lang))
    assert Words(lang).unknown in text
    for zero in ("+0.0", " 0円", " 0 yen", " 0分", " 0 min", "nan"):
        assert zero not in text


def test_a_cell_that_is_not_known_is_empty_in_a_spreadsheet() -> None:
    tables = spread(nothing_known(small()))
    assert "primary,primary,,,,," in tables["estimates.csv"]
    assert re.search(r"^P01,True,,,,,,", tables["persons.csv"], re.MULTILINE)


def test_words_that_look_like_a_formula_are_text_in_a_spreadsheet() -> None:
    assert ",'=暑さで" in spread(small())["adverse.csv"]


def test_the_english_page_has_no_japanese_but_the_folders_own_words() -> None:
    own = ("段差でつまずいた", "=暑さで <休んだ>", "基準期の記録がない", "引っ越し")
    text = text_of(shown(small(), "en"))
    for words in own:
        text = text.replace(words, "")
    assert JAPANESE.findall(text) == []


@pytest.mark.parametrize("lang", LANGS)
def test_a_simulated_trial_is_marked_on_the_screen_and_on_each_sheet(lang: Lang) -> None:
    mark = Words(lang).say("模擬：実在の人のデータではありません", "Simulated: no people behind it")
    assert f'<p class="mark">{mark}</p>' in shown(small(), lang)
    assert f'@top-left {{ content: "{mark}"' in shown(small(), lang, paper=True)
    real = replace(small(), simulated=False)
    assert mark not in shown(real, lang) + shown(real, lang, paper=True)


@pytest.mark.parametrize("lang", LANGS)
def test_every_drawing_tells_its_figures_in_words(lang: Lang) -> None:
    words = Words(lang)
    drawn = figures(small(), words)
    for one in drawn.all():
        assert f"<title>{one.alt}</title>" in unescape(one.svg)
    assert words.estimate(small().primary) in drawn.estimates.alt
    assert drawn.fees is not None
    assert words.number(13410) in drawn.fees.alt
    assert words.minutes(small().persons[0].baseline_weekly_minutes) in drawn.series[0].alt


def test_the_page_asks_for_nothing_from_elsewhere() -> None:
    html = shown(small(), "ja")
    loads = re.findall(r"(?:src|href)=\"([^\"]*)\"|url\(([^)]*)\)|@import", html)
    assert loads == [("#verdict", "")]


def test_equal_results_give_equal_files(tmp_path: Path) -> None:
    names: list[list[str]] = []
    for run in ("one", "two"):
        paths: list[Path] = []
        write_report(small(), tmp_path / run, LANGS, with_pdf=False, told=paths.append)
        names.append([path.relative_to(tmp_path / run).as_posix() for path in paths])
    assert names[0] == names[1]
    assert {"verdict.json", "result.json", "report.ja.html", "report.en.html", "days.csv"} < set(names[0])
    for name in names[0]:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name


def test_the_files_of_a_report_can_be_read_again(tmp_path: Path) -> None:
    write_report(small(), tmp_path, ("ja",), with_pdf=False, told=lambda path: None)
    assert RESULT.decode((tmp_path / "result.json").read_bytes()) == small()
    verdict = VERDICT_FILE.decode((tmp_path / "verdict.json").read_bytes())
    assert verdict.outing_time == small().verdict
    assert verdict.fees is not None
    assert verdict.fees.word == "not_achieved"


def inflated(stream: bytes) -> bytes:
    """A part of a PDF as it was before it was compressed; nothing of a part that was not."""
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""


def test_a_pdf_is_tagged_and_says_its_language_and_mark() -> None:
    pytest.importorskip("matplotlib_fontja", reason="the extra `study` is not installed: matplotlib-fontja")
    try:
        import weasyprint  # noqa: F401 - asked for its own sake
    except (ImportError, OSError) as error:
        pytest.skip(f"no PDF without WeasyPrint and Pango: {error}")
    from field_tests.report.pdf import pdf

    made = pdf(shown(nothing_known(trial_result(persons=2, days=2)), "ja", paper=True))
    assert made.startswith(b"%PDF-")
    whole = made + b"".join(
        inflated(part) for part in re.findall(rb"stream\n(.*?)\nendstream", made, re.DOTALL)
    )
    for part in (b"/StructTreeRoot", b"/Marked true", b"/Lang (ja)", b"pdfuaid:part", b"IPAexGothic"):
        assert part in whole, part


def test_an_interval_outside_the_drawing_ends_in_an_arrow_to_its_side() -> None:
    wide = estimate("best_case", 900.0, 800.0, 1000.0)
    drawn = forest("far", "far", [Row("far", wide)], 15.0, Words("en")).svg
    x = max(float(at) for at in re.findall(r"L([\d.]+) [\d.]+L", drawn))
    tips = set(re.findall(r'd="M([\d.]+) [\d.]+L([\d.]+)', drawn))
    assert {(float(back) < float(tip), float(tip) == x) for back, tip in tips} == {(True, True)}
