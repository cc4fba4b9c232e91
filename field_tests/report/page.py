"""A result as one HTML page of its own: no scripts, nothing from elsewhere."""

from functools import cache
from importlib import resources
from typing import Any, Final

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from field_tests.report.all_grids import all_grids
from field_tests.report.drawing import width_of
from field_tests.report.figures import Figures
from field_tests.report.refuting import refutations
from field_tests.report.saying import differing, reach
from field_tests.report.words import Words
from field_tests.study import names
from field_tests.study.result import WORDS, StudyResult

_FILES: Final = (
    "report.html",
    "macros.html",
    "findings.html",
    "data.html",
    "report.css",
    "screen.css",
    "paper.css",
)


def page(result: StudyResult, drawn: Figures, words: Words, *, paper: bool = False) -> str:
    """The whole page. `paper`: for a PDF, where nothing scrolls and the margins carry the marks."""
    sheet = Markup(_template("report.css") + (_paper(result, words) if paper else _template("screen.css")))  # noqa: S704 - ours
    drawings = {one.name: Markup(one.svg) for one in drawn.all()}  # noqa: S704 - escaped where it is drawn
    return (
        _environment()
        .get_template("report.html")
        .render(
            r=result,
            w=words,
            say=words.say,
            names=names,
            verdict_words=WORDS,
            style=sheet,
            drawn=drawn,
            svg=drawings,
            grid=all_grids(result, words),
            refutations=refutations(result, words),
            differing=differing(result, words),
            reach=reach(result, words),
            paper=paper,
            compared="silent" if result.design == "silent_weeks" else "baseline",
        )
    )


def _paper(result: StudyResult, words: Words) -> str:
    """The style of paper, whose margins say on each page whose trial it is, and that it is simulated."""
    mark = words.say("模擬：実在の人のデータではありません", "Simulated: no people behind it")
    title = words.say(result.title_ja, result.title_en)
    drawn = _string(mark) if result.simulated else "none"
    return _template("paper.css").replace('"SIMULATED"', drawn).replace('"TITLE"', _string(title))


def _string(text: str) -> str:
    """As a CSS string within HTML."""
    return '"' + "".join(f"\\{ord(one):x} " if one in '"\\\n\r<&' else one for one in text) + '"'


@cache
def _environment() -> Environment:
    made = Environment(
        loader=DictLoader({name: _template(name) for name in _FILES}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["width_of"] = width_of
    return made


def _template(name: str) -> str:
    folder: Any = resources.files("field_tests.report").joinpath("templates")
    return str(folder.joinpath(name).read_text("utf-8"))
