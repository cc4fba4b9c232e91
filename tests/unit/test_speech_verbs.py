"""`shirube device sounds` and `shirube device phrases`, as they are typed."""

import json
import wave
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from device.earcons import LONGEST_S, MEANINGS
from device.errors import ConfigError
from device.policy import Earcon
from device.ports import SAMPLE_RATE
from device.speech import phrase_making
from device.speech.verbs import phrases_app, sounds

app = typer.Typer()
app.command("sounds")(sounds)
app.add_typer(phrases_app, name="phrases")
RUN = CliRunner()


def test_every_sound_is_listed_with_what_it_means_in_both_languages() -> None:
    told = RUN.invoke(app, ["sounds"])
    assert told.exit_code == 0
    for which in Earcon:
        line = next(line for line in told.stdout.splitlines() if line.startswith(f"{which.value}\t"))
        assert MEANINGS[which]["ja"] in line
        assert MEANINGS[which]["en"] in line
    meant = [MEANINGS[which]["en"] for which in Earcon]
    assert len(set(meant)) == len(meant)


def test_the_list_for_machines_and_the_files(tmp_path: Path) -> None:
    told = RUN.invoke(app, ["sounds", "--json", "--out", str(tmp_path / "wav")])
    rows = json.loads(told.stdout.splitlines()[0])
    assert [row["name"] for row in rows] == [which.value for which in Earcon]
    for row in rows:
        assert 0.0 < row["seconds"] <= LONGEST_S
        with wave.open(str(tmp_path / "wav" / f"{row['name']}.wav")) as file:
            assert file.getframerate() == SAMPLE_RATE
            assert file.getnframes() == round(row["seconds"] * SAMPLE_RATE)


def test_phrases_that_are_not_there_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phrase_making, "vocabulary", lambda lang: ("止まって。",))
    told = RUN.invoke(app, ["phrases", "check", "--data", str(tmp_path), "--lang", "ja", "--json"])
    assert told.exit_code == 1
    found = json.loads(told.stdout)
    assert (found["wanted"], found["present"], found["good"]) == (1, 0, False)
    assert "phrases render" in found["fault"]


def test_a_language_that_is_none_is_told(tmp_path: Path) -> None:
    told = RUN.invoke(app, ["phrases", "check", "--data", str(tmp_path), "--lang", "fr"])
    assert isinstance(told.exception, ConfigError)
