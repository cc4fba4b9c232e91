"""What tells when somebody is out is for its owner alone, whatever the umask says."""

import os
import stat
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

pytest.importorskip("numba", reason="needs the extra `study`")
pytest.importorskip("jinja2", reason="needs the extra `study`")

from field_tests import private_files
from field_tests.cli import study_app
from field_tests.report.files import write_report
from field_tests.study.freezing import freeze
from field_tests.study.kept import durably
from field_tests.study.template_folder import New, write
from tests.trial_folder import trial
from tests.trial_result import trial_result


@pytest.fixture(autouse=True)
def open_to_all() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def _modes(root: Path) -> set[tuple[str, int]]:
    return {
        ("folder" if path.is_dir() else "file", stat.S_IMODE(path.stat().st_mode))
        for path in (root, *root.rglob("*"))
    }


PRIVATE = {("folder", 0o700), ("file", 0o600)}


def test_a_report_is_for_its_owner(tmp_path: Path) -> None:
    write_report(trial_result(3, 4), tmp_path / "out", ["ja"], with_pdf=False, told=lambda path: None)
    assert _modes(tmp_path / "out") == PRIVATE


def test_a_new_trial_is_for_its_owner_and_stays_so_when_it_is_frozen(tmp_path: Path) -> None:
    write(tmp_path / "trial", New("randomised_start", date(2026, 4, 13), 52, 7))
    assert _modes(tmp_path / "trial") == PRIVATE
    freeze(tmp_path / "trial", date(2026, 4, 1))
    assert _modes(tmp_path / "trial") == PRIVATE


def test_what_is_counted_is_for_its_owner(tmp_path: Path) -> None:
    private_files.make_folder(tmp_path / "counted")
    durably(tmp_path / "counted" / "manifest.json", b"{}")
    assert _modes(tmp_path / "counted") == PRIVATE


def test_the_days_of_outings_are_for_their_owner(tmp_path: Path) -> None:
    (tmp_path / "days.csv").write_text("open to all")
    asked = ["outings", str(trial(tmp_path / "trial")), "--out", str(tmp_path / "days.csv")]
    assert CliRunner().invoke(study_app, asked).exit_code == 0
    assert stat.S_IMODE((tmp_path / "days.csv").stat().st_mode) == 0o600
    assert (tmp_path / "days.csv").read_bytes().startswith(b"person,phase,day,minutes")


def test_a_file_that_all_could_read_is_closed_when_it_is_written_again(tmp_path: Path) -> None:
    path = tmp_path / "days.csv"
    path.write_bytes(b"a longer text than the next one")
    private_files.write(path, b"person,day\n")
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"person,day\n", 0o600)
