"""The runs of `field_tests/runs`: replayed exactly, and together every kind of announcement is spoken."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from device import replay
from device.errors import RecordError
from device.recorder import replace_announcements
from device.rehearsals.plays import PLAYS
from device.rehearsals.script import Walker
from device.rehearsals.stage import record
from device.rehearsals.verbs import missing_from
from device.replay import check, migrate, runs_in, update, view
from device.replay_verbs import replay_app
from device.run_format import FORMAT, STREAMS, WITHOUT
from device.runs import RunReader, read_manifest

ROOT = Path(__file__).parents[2]
RUNS = ROOT / "field_tests" / "runs"
BY_NAME = {play.name: play for play in (each() for each in PLAYS)}


@pytest.mark.parametrize("run", runs_in([RUNS]), ids=lambda run: run.name)
def test_a_recorded_run_gives_the_same_words(run: Path) -> None:
    assert check(run) is None, "look at it; if it is right: shirube device replay update field_tests/runs"


def test_every_kind_of_announcement_is_spoken_in_a_recorded_run() -> None:
    assert not missing_from(runs_in([RUNS])), "add a play to device/rehearsals/plays.py"


def test_the_runs_are_those_of_the_plays_and_told_of() -> None:
    assert {run.name for run in runs_in([RUNS])} == set(BY_NAME)
    text = (RUNS / "README.md").read_text()
    assert all(f"`{name}`" in text for name in BY_NAME)


def test_the_runs_are_small_and_hold_no_pictures() -> None:
    files = [path for path in RUNS.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 800_000
    assert {path.name for path in files} <= {*STREAMS, "run.json", "route.json", "README.md"}


@pytest.fixture
def short(tmp_path: Path) -> Path:
    """The smallest play, made anew."""
    record(BY_NAME["paving"], tmp_path / "paving")
    return tmp_path / "paving"


def test_a_play_is_the_same_run_each_time(short: Path, tmp_path: Path) -> None:
    record(BY_NAME["paving"], tmp_path / "again")
    one, two = (
        {path.name: path.read_bytes() for path in folder.iterdir()} for folder in (short, tmp_path / "again")
    )
    assert one == two


def test_another_word_is_a_difference_and_update_takes_it(short: Path) -> None:
    said = RunReader(short).announcements()
    replace_announcements(short, said[:-1])
    difference = check(short)
    assert difference is not None
    first, then, now = difference.splitlines()
    assert first.endswith(f"announcement {len(said)} differs")
    assert then.endswith("(nothing more)")
    assert now.endswith(said[-1].what.text_en)
    assert update(short) > 0
    assert check(short) is None


def test_a_run_of_an_older_format_is_migrated(short: Path) -> None:
    for name in WITHOUT[3]:
        (short / name).unlink()
    manifest = short / "run.json"
    manifest.write_text(manifest.read_text().replace(f'"format": {FORMAT}', '"format": 3'))
    words = list(view(short))
    assert check(short) is None
    assert migrate(short)
    assert read_manifest(short).format == FORMAT
    assert check(short) is None
    assert not migrate(short)
    assert [line.split()[-1] for line in view(short)] == [line.split()[-1] for line in words]


def test_other_words_are_looked_at_before_a_run_is_migrated(short: Path) -> None:
    replace_announcements(short, RunReader(short).announcements()[1:])
    manifest = short / "run.json"
    manifest.write_text(manifest.read_text().replace(f'"format": {FORMAT}', '"format": 3'))
    with pytest.raises(RecordError, match=r"announcement 1 differs: look at it with `replay check`"):
        migrate(short)
    assert read_manifest(short).format == 3


def test_the_verbs_take_several_runs_or_a_folder_of_them(short: Path) -> None:
    run = CliRunner().invoke
    done = run(replay_app, ["check", str(short.parent)])
    assert done.exit_code == 0
    assert "the same" in done.output
    replace_announcements(short, RunReader(short).announcements()[1:])
    wrong = run(replay_app, ["check", str(short), str(RUNS / "paving")])
    assert wrong.exit_code == 1
    assert "announcement 1 differs" in wrong.output
    assert "paving: 同じです" in wrong.output, "one that differs does not hide the others"
    (short / "steps.jsonl").unlink()
    broken = run(replay_app, ["check", str(short), str(RUNS / "paving")])
    assert broken.exit_code == 2
    assert "steps.jsonl: cannot be read" in broken.output
    assert "paving: 同じです" in broken.output
    record(BY_NAME["paving"], short.with_name("anew"))
    short = short.with_name("anew")
    assert run(replay_app, ["update", str(short)]).exit_code == 0
    assert run(replay_app, ["migrate", str(short)]).output.rstrip().endswith("is of today's format")
    seen = run(replay_app, ["view", str(short)]).output
    assert "Guide blocks" in seen or "guide blocks" in seen
    assert isinstance(run(replay_app, ["check", str(short.parent.parent)]).exception, RecordError)


def test_a_run_that_holds_nothing_is_no_proof(tmp_path: Path) -> None:
    from device.recorder import RunWriter

    with RunWriter.begin(tmp_path / "run", None, {}) as writer:
        writer.finish()
    with pytest.raises(RecordError, match="nothing to compare"):
        replay.check(tmp_path / "run")


def test_a_walker_walks_stands_and_falls_silent() -> None:
    walker = Walker(((0.0, 0.0), (0.0, 30.0)), from_s=0.0, stops=((15.0, 4.0),), silent=((20.0, 22.0),))
    assert walker.seconds() == 24.0
    first, standing, silent, last = (walker.fix(t_s) for t_s in (2.0, 12.0, 20.0, 24.0))
    assert silent is None
    assert walker.fix(3.0) is None
    assert first is not None
    assert standing is not None
    assert last is not None
    assert (first.speed_mps, standing.speed_mps, last.speed_mps) == (1.5, 0.0, 0.0)
    assert first.lat < standing.lat < last.lat
