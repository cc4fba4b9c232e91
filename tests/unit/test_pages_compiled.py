"""Templates that are compiled once: read by the next process, and never what another file or Jinja made."""

import asyncio
from pathlib import Path

import pytest
from jinja2.environment import Environment

from server.pages import compiled, readied
from server.pages.compiled import templates_in
from server.pages.readied import Readied
from tests.waiting import becomes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.html").write_text("<p>{{ word }}</p>")
    return tmp_path


@pytest.fixture
def compilings(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """The templates that were compiled, in order."""
    made: list[str | None] = []
    compile_it = Environment.compile

    def noted(self: Environment, source: str, name: str | None, *more: str) -> object:
        made.append(name)
        return compile_it(self, source, name, *more)

    monkeypatch.setattr(Environment, "compile", noted)
    return made


def kept(folder: Path) -> list[Path]:
    return list((folder / "__pycache__").glob("*"))


def shown(folder: Path, *, keep: bool = True) -> str:
    """By a process that has just started."""
    return templates_in(folder, keep=keep).get_template("a.html").render(word="<1>")


def test_a_template_is_compiled_once_for_all_processes(folder: Path, compilings: list[str | None]) -> None:
    assert [shown(folder), shown(folder)] == ["<p>&lt;1&gt;</p>"] * 2
    assert compilings == ["a.html"]
    assert len(kept(folder)) == 1


def test_one_that_was_changed_is_compiled_anew(folder: Path, compilings: list[str | None]) -> None:
    shown(folder)
    (folder / "a.html").write_text("<b>{{ word }}</b>")
    assert shown(folder) == "<b>&lt;1&gt;</b>"
    assert len(compilings) == 2


@pytest.mark.parametrize("cut", [0, 10, -1])
def test_what_a_power_cut_has_torn_is_compiled_anew(
    folder: Path, compilings: list[str | None], cut: int
) -> None:
    shown(folder)
    (file,) = kept(folder)
    file.write_bytes(file.read_bytes()[:cut])
    assert shown(folder) == "<p>&lt;1&gt;</p>"
    assert len(compilings) == 2


def test_what_another_jinja_made_is_compiled_anew(
    folder: Path, compilings: list[str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown(folder)
    monkeypatch.setattr(compiled.jinja2, "__version__", "99")
    shown(folder)
    assert len(compilings) == 2


def test_where_nothing_may_be_kept_it_works_all_the_same(folder: Path, compilings: list[str | None]) -> None:
    assert [shown(folder, keep=False), shown(folder, keep=False)] == ["<p>&lt;1&gt;</p>"] * 2
    assert kept(folder) == []
    (folder / "__pycache__").write_text("no folder")
    assert shown(folder) == "<p>&lt;1&gt;</p>"
    assert compilings == ["a.html"] * 3


async def test_the_first_pages_are_ready_before_anybody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    environment = compiled.templates()
    monkeypatch.setattr(environment, "get_template", lambda name: read.append(name))
    job = asyncio.create_task(Readied(after_s=0.0).run())
    await becomes(lambda: len(read) == len(readied.FIRST), lambda: read)
    assert set(read) <= set(environment.list_templates())  # each is there
    assert not job.done()
    job.cancel()
