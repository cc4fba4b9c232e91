"""Versions side by side: made from real wheels, tested before taken up, taken back when they fail."""

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from device.errors import ConfigError
from device.install import files, update
from device.install.changes import apply, planned
from device.install.update import VenvBuilder, prepare, roll_back, take_up, tidied, version_of, wheel_of
from device.install.verbs import update as verb
from device.install.versions import HOME, Versions

app = typer.Typer()
app.command()(verb)

# Stands for shirube: its self-test passes, or does not.
_MODULE = """
import sys

def main():
    print("{version}", sys.argv[1:])
    raise SystemExit({status})
"""
_PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "{name}"
version = "{version}"
[project.scripts]
shirube = "stand_in:main"
[tool.hatch.build.targets.wheel]
only-include = ["stand_in.py"]
"""
BUILDER = VenvBuilder(("--no-index", "--no-deps", "--no-compile"), with_pip=False)


def wheel(folder: Path, version: str, status: int = 0, name: str = "shirube") -> Path:
    source = folder / f"source-{name}-{version}"
    source.mkdir()
    (source / "pyproject.toml").write_text(_PROJECT.format(version=version, name=name))
    (source / "stand_in.py").write_text(_MODULE.format(version=version, status=status))
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=source, capture_output=True, check=True)
    return next(folder.glob(f"{name}-{version}-*.whl"))


@dataclass
class Board:
    """A prefix with on-trial in it, and systemd's part played by hand: starts that fail, or do not."""

    root: Path
    starts_well: set[str] = field(default_factory=set)
    is_ready: bool = False
    said: list[str] = field(default_factory=list)

    @property
    def versions(self) -> Versions:
        return Versions(self.root / HOME)

    def prepared(self, version: str, path: Path) -> None:
        prepare(self.versions, version, str(path), BUILDER, self.root / "no.toml", self.said.append)

    def on_trial(self, verb: str) -> None:
        script = self.root / HOME / "bin/on-trial"
        environment = {"SHIRUBE_ROOT": str(self.root / HOME), "PATH": "/usr/bin:/bin"}
        subprocess.run(["/bin/sh", str(script), verb], env=environment, check=True, capture_output=True)

    def restart(self) -> bool:
        for _ in range(3):  # Restart=always
            self.on_trial("start")
            if self.versions.current() in self.starts_well:
                self.on_trial("ready")
                self.is_ready = True
                return True
        self.is_ready = False
        return True

    def ready(self) -> bool:
        return self.is_ready


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("wheels")
    return {
        "1.0": wheel(folder, "1.0"),
        "1.1": wheel(folder, "1.1"),
        "1.2": wheel(folder, "1.2", status=1),
        "other": wheel(folder, "1.0", name="other"),
    }


@pytest.fixture
def board(tmp_path: Path) -> Board:
    apply(planned(files.wanted("pi5", "ja"), tmp_path), tmp_path)
    return Board(tmp_path)


def test_a_wheel_tells_its_version_and_others_are_refused(wheels: dict[str, Path], tmp_path: Path) -> None:
    assert version_of(wheels["1.1"]) == "1.1"
    (tmp_path / "x.whl").write_text("no zip")
    for path in (wheels["other"], tmp_path / "x.whl", tmp_path / "none.whl"):
        with pytest.raises(ConfigError):
            version_of(path)


def test_a_version_is_looked_for_in_the_folder_of_wheels_and_never_in_an_index(
    wheels: dict[str, Path], board: Board
) -> None:
    assert wheel_of("1.1", wheels["1.1"].parent) == wheels["1.1"]
    folder = board.root / HOME / "wheels"
    told = CliRunner().invoke(app, ["--to", "9.9", "--prefix", str(board.root)])
    assert isinstance(told.exception, ConfigError)
    assert str(folder) in str(told.exception)
    assert not board.versions.folder("9.9").exists()


def test_a_new_version_is_taken_up_and_one_goes_back_by_hand(wheels: dict[str, Path], board: Board) -> None:
    board.starts_well = {"1.0", "1.1"}
    for version in ("1.0", "1.1"):
        board.prepared(version, wheels[version])
        assert take_up(board.versions, version, board, board.said.append)
        assert board.versions.current() == version
        assert not board.versions.on_trial()
    run = subprocess.run(
        [board.root / HOME / "current/bin/shirube"], capture_output=True, text=True, check=True
    )
    assert run.stdout.startswith("1.1")
    assert roll_back(board.versions, board, board.said.append) == "1.0"
    assert board.versions.current() == "1.0"
    assert board.versions.previous() == "1.1"


def test_one_whose_self_test_fails_is_taken_away_before_it_was_ever_used(
    wheels: dict[str, Path], board: Board
) -> None:
    with pytest.raises(ConfigError, match="self-test"):
        board.prepared("1.2", wheels["1.2"])
    assert board.versions.whole() == ()
    assert not board.versions.folder("1.2").exists()
    assert board.versions.current() is None


@dataclass
class Made:
    """Whole versions without an environment, where only the switching matters."""

    versions: Versions

    def add(self, *names: str) -> None:
        for name in names:
            program = self.versions.folder(name) / "bin/shirube"
            program.parent.mkdir(parents=True)
            program.write_text("#!/bin/sh\n")
            program.chmod(0o755)
            self.versions.finished(name)


def test_one_that_does_not_become_ready_is_taken_back_by_the_system(board: Board) -> None:
    Made(board.versions).add("1.0", "1.1")
    board.starts_well = {"1.0"}
    assert take_up(board.versions, "1.0", board, board.said.append)
    assert not take_up(board.versions, "1.1", board, board.said.append)
    assert board.versions.current() == "1.0"
    assert not board.versions.on_trial()
    assert board.ready()
    assert "1.0" in board.said[-1]


def test_a_power_cut_in_the_trial_brings_the_version_before_back(board: Board) -> None:
    Made(board.versions).add("1.0", "1.1")
    board.versions.switch("1.0", trial=False)
    board.versions.switch("1.1", trial=True)
    board.on_trial("start")  # it starts, and the power goes before it is ready
    assert board.versions.current() == "1.1"
    board.on_trial("start")  # the board is switched on again
    assert board.versions.current() == "1.0"
    board.on_trial("start")
    assert board.versions.current() == "1.0"


def test_what_a_power_cut_left_of_going_back_is_not_taken_for_the_way(board: Board) -> None:
    Made(board.versions).add("1.0", "1.1", "1.2")
    board.versions.switch("1.0", trial=False)
    board.versions.switch("1.2", trial=True)
    (board.versions.home / "current.back").symlink_to("versions/1.1")
    board.on_trial("start")
    board.on_trial("start")
    assert board.versions.current() == "1.0"
    assert not list(board.versions.folder("1.1").glob("1.0"))


def test_without_the_system_s_help_the_command_itself_goes_back(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    Made(board.versions).add("1.0", "1.1")
    board.versions.switch("1.0", trial=False)
    monkeypatch.setattr(update, "READY_S", 0.2)
    monkeypatch.setattr(update, "_TAKEN_BACK_S", 0.2)

    class Deaf:
        def restart(self) -> bool:
            return True

        def ready(self) -> bool:
            return False

    assert not take_up(board.versions, "1.1", Deaf(), board.said.append)
    assert board.versions.current() == "1.0"


def test_what_cannot_be_done_is_refused_in_one_line(board: Board) -> None:
    Made(board.versions).add("1.0")
    with pytest.raises(ConfigError):
        roll_back(board.versions, board, board.said.append)
    with pytest.raises(ConfigError):
        board.versions.switch("9.9", trial=True)
    board.versions.switch("1.0", trial=False)
    with pytest.raises(ConfigError):
        board.versions.switch("1.0", trial=False)
    with pytest.raises(ConfigError):
        board.versions.remove("1.0")


def test_old_versions_go_but_never_those_in_use(board: Board) -> None:
    Made(board.versions).add("1", "2", "3", "4", "5")
    board.versions.switch("1", trial=False)
    board.versions.switch("2", trial=False)
    assert tidied(board.versions) == ()  # the oldest two are the ones in use
    board.versions.switch("5", trial=False)
    assert "1" in tidied(board.versions)
    assert {"2", "5"} <= set(board.versions.whole())
