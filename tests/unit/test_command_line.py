"""The command line: every verb is there, and none pretends."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import shirube

VERBS = {
    "map": {"fetch", "build", "info", "check", "practice"},
    "route": {"bench", "compare", "walks"},
    "vision": {
        *("run", "evaluate", "train", "export", "folds", "bench", "encounters", "scenes"),
        *("labels", "calibrate", "chessboard", "faults"),
    },
    "device": {"run", "doctor", "replay", "announcements", "install"},
    "server": {"run", "user", "migrate", "backup", "bench", "events"},
    "study": {"outings", "report", "simulate", "protocol", "bench"},
}


@pytest.mark.parametrize("group", sorted(VERBS))
def test_every_verb_of_the_design_is_there(group: str) -> None:
    shown = CliRunner().invoke(shirube.app, [group, "--help"]).output
    assert {verb for verb in VERBS[group] if f" {verb} " not in shown} == set()


def test_a_route_is_read_in_both_languages() -> None:
    words = ["route", "--from", "大分駅 府内中央口", "--to", "大分県立美術館", "--at", "2026-11-02T10:00"]
    ja = CliRunner().invoke(shirube.app, words)
    en = CliRunner().invoke(shirube.app, [*words, "--lang", "en"])
    assert (ja.exit_code, en.exit_code) == (0, 0)
    assert "大分県立美術館まで" in ja.output
    assert "turn right" in en.output


def test_a_route_as_json_is_the_wire_s() -> None:
    words = ["route", "--map", "beppu", "--from", "別府駅", "--to", "竹瓦温泉", "--json"]
    done = CliRunner().invoke(shirube.app, words)
    assert json.loads(done.output)["source"]["practice"] is True


def test_the_table_of_announcements_has_a_row_for_each_kind() -> None:
    done = CliRunner().invoke(shirube.app, ["device", "announcements", "--lang", "en"])
    kinds = {line.split("\t")[0] for line in done.output.splitlines()}
    assert {"stop_now", "obstacle_on_paving", "crossing_now", "link_lost"} <= kinds


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--lang", "fr", "--from", "a", "--to", "b"], "fr"),
        (["--from", "大分駅 府内中央口"], "--to"),
        (["--at", "yesterday", "--from", "大分駅 府内中央口", "--to", "大分県立美術館"], "yesterday"),
        (["--from", "大分駅 府内中央口", "--to", "どこにもない"], "どこにもない"),
        (["--map", "no-such.osm", "--from", "a", "--to", "b"], "no-such.osm"),
    ],
)
def test_a_question_that_cannot_be_answered_is_told_in_one_line(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["shirube", "route", *words])
    with pytest.raises(SystemExit) as ended:
        shirube.main()
    assert ended.value.code == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert told in lines[0]


def test_a_practice_map_can_be_copied(tmp_path: Path) -> None:
    done = CliRunner().invoke(shirube.app, ["map", "practice", "beppu", "--out", str(tmp_path / "b.osm")])
    assert done.exit_code == 0
    assert "<osm" in (tmp_path / "b.osm").read_text("utf-8")[:200]
