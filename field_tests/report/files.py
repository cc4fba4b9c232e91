"""A result as files: pages, drawings, tables and JSON. Equal results give equal bytes, PDFs apart."""

from collections.abc import Callable, Sequence
from pathlib import Path

from field_tests import private_files
from field_tests.report.figures import figures
from field_tests.report.page import page
from field_tests.report.pdf import pdf
from field_tests.report.spread import spread
from field_tests.report.words import Words
from field_tests.study.names import Lang
from field_tests.study.result import RESULT, StudyResult
from field_tests.study.verdict_file import VERDICT_FILE, VERDICT_NAME, verdict_file


def write_report(
    result: StudyResult, out: Path, langs: Sequence[Lang], *, with_pdf: bool, told: Callable[[Path], None]
) -> None:
    """Everything into `out`; `told` hears of each file when it is there."""
    for folder in (out, out / "figures"):
        private_files.make_folder(folder)

    def put(name: str, content: str | bytes) -> None:
        path = out / name
        private_files.write(path, content.encode() if isinstance(content, str) else content)
        told(path)

    put(VERDICT_NAME, VERDICT_FILE.encode(verdict_file(result)) + "\n")
    put("result.json", RESULT.encode(result) + "\n")
    for name, text in spread(result).items():
        put(name, text)
    for lang in langs:
        _pages(result, Words(lang), put, with_pdf=with_pdf)


def _pages(
    result: StudyResult, words: Words, put: Callable[[str, str | bytes], None], *, with_pdf: bool
) -> None:
    drawn = figures(result, words)
    for one in drawn.all():
        put(f"figures/{one.name}.{words.lang}.svg", one.svg + "\n")
    put(f"report.{words.lang}.html", page(result, drawn, words))
    if with_pdf:
        put(f"report.{words.lang}.pdf", pdf(page(result, drawn, words, paper=True)))
