"""A trial's folder to its result and its files: the same folder gives the same bytes."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

pytest.importorskip("jinja2", reason="needs the extra `study`")
pytest.importorskip("pandas", reason="needs the extra `study`")
pytest.importorskip("statsmodels", reason="needs the extra `study`")

from field_tests.cli import study_app
from field_tests.errors import StudyError
from field_tests.outings.definitions import shipped
from field_tests.study import names
from field_tests.study.assemble import study_result
from field_tests.study.reading_folder import read
from field_tests.study.recounts import with_radius
from field_tests.study.result import RESULT, StudyResult
from tests.trial_folder import trial

COSTS = "month,what,yen\n2026-04,device,6400\n"
ADVERSE = "person,day,kind,severity,words\nP02,2026-04-17,fall,minor,段差\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    files = {"fees/costs.csv": COSTS, "adverse.csv": ADVERSE}
    return trial(tmp_path_factory.mktemp("trial"), files)


@pytest.fixture(scope="module")
def result(folder: Path) -> StudyResult:
    return study_result(read(folder), command="c", seed=None, version="v")


def test_a_result_says_how_to_get_it_again(folder: Path, result: StudyResult) -> None:
    again = result.reproduction
    assert (again.command, again.version, again.seed) == ("c", "v", 7)
    assert again.definitions_sha256 == shipped().sha256
    assert {file.path for file in again.inputs} == {file.path for file in read(folder).inputs()}
    assert {rule.name for rule in result.definitions} == set(names.DEFINITIONS)
    assert {rule.name for rule in result.plan} <= set(names.PLAN)


def test_another_seed_changes_only_the_bootstrap(folder: Path, result: StudyResult) -> None:
    other = study_result(read(folder), command="c", seed=123, version="v")
    assert other.reproduction.seed == 123
    others = [one for one in other.others if one.key != "bootstrap"]
    again = replace(other, others=result.others, reproduction=result.reproduction)
    assert others == [one for one in result.others if one.key != "bootstrap"]
    assert again == result


def test_a_trial_of_two_persons_is_not_judged(result: StudyResult) -> None:
    assert result.verdict.word == "cannot_tell"
    assert result.flow[0].persons == 2
    assert [len(person.days) for person in result.persons] == [8, 8]
    assert [event.words for event in result.adverse] == ["段差"]


def test_costs_stand_beside_fees_that_nobody_recorded(result: StudyResult) -> None:
    assert result.fees is not None
    assert result.fees.before_yen is None
    assert result.fees.verdict.word == "cannot_tell"
    assert dict(result.fees.costs) == {"device": 3200}


def test_the_grid_has_what_differs_from_the_frozen_choice(result: StudyResult) -> None:
    grid = {(one.what, one.value) for one in result.sensitivity if one.what != "leave_out"}
    assert grid == {
        ("home_radius_m", "100"), ("home_radius_m", "200"), ("least_minutes", "5"), ("least_minutes", "30"),
        ("valid_hours", "6"), ("valid_hours", "10"),
    }  # fmt: skip


def test_a_radius_is_changed_for_every_home(folder: Path) -> None:
    changed = with_radius(read(folder), 200.0)
    assert {home.radius_m for own in changed.homes.values() for home in own} == {200.0}


def test_the_verb_writes_what_the_same_folder_always_gives(folder: Path, tmp_path: Path) -> None:
    runner = CliRunner()
    for run in ("a", "b"):
        asked = ["report", str(folder), "--out", str(tmp_path / run / "out"), "--no-pdf", "--jobs", "1"]
        done = runner.invoke(study_app, [*asked, "--seed", "9", "--json"])
        assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["outing_time"]["word"] == "cannot_tell"
    assert told["reproduction"]["command"].endswith("--out out --seed 9")
    for path in sorted((tmp_path / "a/out").glob("*.*")):
        assert path.read_bytes() == (tmp_path / "b/out" / path.name).read_bytes(), path.name
    kept = RESULT.decode((tmp_path / "a/out/result.json").read_bytes())
    assert kept.reproduction.seed == 9
    assert replace(kept, reproduction=replace(kept.reproduction, seed=7)).title_en == "Trial"


def test_another_language_is_refused_in_one_sentence(folder: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(study_app, ["report", str(folder), "--out", str(tmp_path), "--lang", "fr"])
    assert isinstance(done.exception, StudyError)
    assert "ja" in str(done.exception)
