"""The verbs `study outings` and `study protocol` as a person uses them."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

pytest.importorskip("numba", reason="needs the extra `study`")
pytest.importorskip("pandas", reason="needs the extra `study`")

import shirube
from field_tests.outings.rules import RULES
from tests.trial_folder import HOME, trial


def study(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(shirube.app, ["study", *words])
    return done.exit_code, done.output


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    def told(*words: str) -> str:
        monkeypatch.setattr("sys.argv", ["shirube", "study", *words])
        with pytest.raises(SystemExit) as ended:
            shirube.main()
        assert ended.value.code == 2
        (line,) = capsys.readouterr().err.strip().splitlines()
        return line

    return told


def test_a_folder_is_told_person_by_person_in_both_languages(tmp_path: Path) -> None:
    code, ja = study("outings", str(trial(tmp_path)))
    assert code == 0
    assert ja.splitlines()[0] == "== P01"
    assert "基準期" in ja
    _, en = study("outings", str(tmp_path), "--lang", "en")
    assert "2 days" in en
    assert "1 days" not in en


def test_one_person_is_told_in_full_and_explained(tmp_path: Path) -> None:
    _, text = study("outings", str(trial(tmp_path)), "--person", "P01", "--explain", "--lang", "en")
    assert "P02" not in text
    assert text.count(" out ") >= 8
    assert RULES["fixes_logger"][1] in text
    assert "2026-04-13 (M)" in text


def test_a_single_file_needs_a_home(tmp_path: Path, refused: Callable[..., str]) -> None:
    file = str(trial(tmp_path) / "fixes/P01.logger.csv")
    assert "--home" in refused("outings", file)
    code, text = study("outings", file, "--home", f"{HOME[0]},{HOME[1]},60", "--json")
    (one,) = json.loads(text)
    assert code == 0
    assert [day["outings"] for day in one["days"]] == [1] * 8
    assert "intervals" not in one


def test_the_days_go_into_a_table(tmp_path: Path) -> None:
    out = tmp_path / "days.csv"
    study("outings", str(trial(tmp_path / "t")), "--out", str(out), "--json")
    with out.open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 16
    assert (rows[0]["person"], rows[0]["phase"], rows[0]["out"]) == ("P01", "baseline", "True")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["outings", "nowhere.csv"], "nowhere.csv"),
        (["outings", "TRIAL", "--person", "P99"], "P99"),
        (["outings", "TRIAL", "--home", "33,131"], "--home"),
        (["outings", "TRIAL/homes.csv", "--home", "33,131"], "utc_s,lat,lon,accuracy_m"),
        (["outings", "TRIAL/fixes/P01.logger.csv", "--home", "131.6,33.2"], "latitude comes first"),
        (["outings", "TRIAL/fixes/P01.logger.csv", "--home", "home"], "--home home"),
        (["outings", "TRIAL", "--lang", "fr"], "fr"),
        (["outings", "TRIAL", "--definitions", "TRIAL/homes.csv"], "TOML"),
        (["protocol", "freeze", "TRIAL", "--on", "soon"], "soon"),
        (["protocol", "freeze", "TRIAL", "--on", "2027-01-01"], "before it begins"),
        (["protocol", "draw", "TRIAL"], "not frozen"),
        (["protocol", "new", "TRIAL"], "not empty"),
        (["protocol", "new", "TRIAL/new", "--design", "crossover"], "crossover"),
        (["protocol", "new", "TRIAL/new", "--weeks", "5"], "weeks are needed"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    tmp_path: Path, words: list[str], told: str, refused: Callable[..., str]
) -> None:
    root = str(trial(tmp_path, {"frozen.sha256": None}))
    assert told in refused(*(word.replace("TRIAL", root) for word in words))


def test_a_plan_from_new_to_check(tmp_path: Path) -> None:
    root = tmp_path / "plan"
    code, text = study("protocol", "new", str(root), "--first", "2026-04-13")
    assert code == 0
    assert "README.md" in text
    with (root / "participants.csv").open("a") as file:
        file.writelines(f"P{number:02d},2026-03-01,,,\n" for number in range(1, 9))
    with (root / "homes.csv").open("a") as file:
        file.writelines(f"P{number:02d},home,33.235,131.6064,,,\n" for number in range(1, 9))
    assert study("protocol", "check", str(root))[0] == 2
    assert "protocol.toml" in study("protocol", "freeze", str(root), "--on", "2026-04-01")[1]
    lots = json.loads(study("protocol", "draw", str(root), "--json")[1])
    assert len(lots) == 8
    assert study("protocol", "check", str(root), "--lang", "en") == (0, "no contradictions\n")
    assert json.loads(study("protocol", "check", str(root), "--json")[1]) == {"findings": [], "issues": []}
