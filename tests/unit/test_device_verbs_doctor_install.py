"""`shirube device doctor`, `install` and `update` as they are typed."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from device.doctor.aloud import say_all
from device.doctor.verbs import doctor
from device.install.verbs import install, update
from device.ports import SAMPLE_RATE, Pcm
from device.speakers import NullSpeaker, TimelineSpeaker

app = typer.Typer()
app.command("doctor")(doctor)
app.command("install")(install)
app.command("update")(update)
runner = CliRunner()
QUICK = "configuration,disk,memory,clock,heat,versions,buttons,map,server"


def settings(folder: Path) -> Path:
    path = folder / "device.toml"
    path.write_text(f'data = "{folder}"\n[speech]\nspeaker = "null:"\n')
    return path


def test_the_doctor_tells_findings_and_the_exit_code_says_whether_one_is_a_fault(tmp_path: Path) -> None:
    told = runner.invoke(
        app, ["doctor", "--config", str(settings(tmp_path)), "--only", QUICK, "--lang", "en"]
    )
    assert told.exit_code == 0, told.output
    assert told.stdout.startswith("The checks found no problem.")
    told = runner.invoke(app, ["doctor", "--config", str(settings(tmp_path)), "--only", "speaker", "--json"])
    assert told.exit_code == 1
    (finding,) = json.loads(told.stdout)
    assert (finding["check"], finding["level"]) == ("speaker", "fault")


@pytest.mark.parametrize(
    "arguments",
    [
        ["doctor", "--only", "engine"],
        ["doctor", "--config", "/nowhere.toml"],
        ["doctor", "--lang", "fr"],
        ["install", "--board", "pi9"],
        ["update"],
        ["update", "--to", "1", "--roll-back"],
    ],
)
def test_bad_input_is_refused_with_2(arguments: list[str]) -> None:
    assert runner.invoke(app, arguments).exit_code == 2


def test_installing_on_this_machine_itself_needs_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    for arguments in (["install"], ["update", "--roll-back"]):
        told = runner.invoke(app, arguments)
        assert told.exit_code == 2
        assert "sudo" in told.output


def test_a_dry_run_shows_and_writes_nothing(tmp_path: Path) -> None:
    told = runner.invoke(app, ["install", "--board", "jetson", "--prefix", str(tmp_path), "--dry-run"])
    assert told.exit_code == 0
    assert "/etc/systemd/system/shirube.service" in told.stdout
    assert not list(tmp_path.iterdir())


def test_an_image_gets_files_and_a_certificate_and_is_told_what_it_lacks(tmp_path: Path) -> None:
    arguments = ["install", "--board", "generic", "--prefix", str(tmp_path), "--no-phrases"]
    told = runner.invoke(app, arguments)
    assert told.exit_code == 0, told.output
    assert (tmp_path / "var/lib/shirube/phone-cert.pem").exists()
    assert "--prefix" in told.stdout
    told = runner.invoke(app, [*arguments[:2], "jetson", *arguments[3:]])
    assert told.exit_code == 1  # no TensorRT here, and it says so
    assert "TensorRT" in told.stdout


class Echo:
    """A voice that makes a tenth of a second of anything."""

    def synthesise(self, text: str, lang: str) -> Pcm:
        return np.full(SAMPLE_RATE // 10, 1000, np.int16)

    def close(self) -> None: ...


def test_findings_are_spoken_one_after_the_other() -> None:
    speaker = TimelineSpeaker(None)
    assert say_all(("one", "two"), "en", "system:", voice=Echo(), speaker=speaker) == ""
    first, second = speaker.segments
    assert first.end_s <= second.start_s


def test_a_speaker_that_is_silent_is_admitted() -> None:
    assert say_all(("one",), "en", "null:", voice=Echo(), speaker=NullSpeaker())
    assert say_all(("one",), "en", "nonsense:", voice=Echo())
