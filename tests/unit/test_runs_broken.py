"""Runs that are damaged, unfinished, in the way or on a full disk: one clear line each."""

import resource
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from device.errors import RecordError
from device.recorder import RunWriter, replace_announcements
from device.run_format import Moment
from device.runs import RunReader
from tests.run_scenes import HAZARD, ROUTE, START_UTC_S, announced, damage, record, scene, senses


def test_an_unfinished_run_is_read_to_its_last_whole_line(tmp_path: Path) -> None:
    folder = record(tmp_path / "run", finish=False)
    with (folder / "scenes.jsonl").open("a") as scenes:
        scenes.write('{"t_s":6.0,"sce')
    run = RunReader(folder)
    assert not run.manifest.finished
    assert len(run.scenes()) == 6
    assert run.manifest.utc_offset_s == START_UTC_S


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        (
            "run.json",
            lambda t: t.replace('"format": 4', '"format": 0'),
            r"run.json: format: Input should be 1, 2, 3 or 4",
        ),
        ("run.json", lambda t: t.replace('"map"', '"mop"'), r"run.json: m"),
        ("run.json", lambda _: "{", r"run.json: Invalid JSON"),
        (
            "route.json",
            lambda t: t.replace('"length_m":111.0', '"length_m":-1'),
            r"route.json: route: length_m",
        ),
        (
            "position.nmea",
            lambda t: t.replace(",A,", ",B,", 1),
            r"position.nmea:1: a damaged sentence \(wrong",
        ),
        ("position.nmea", lambda t: t.replace("0.000 $", "0.000 ", 1), r"position.nmea:1: must be a second"),
        (
            "position.nmea",
            lambda t: t.replace("0.000 $", "soon $", 1),
            r"position.nmea:1: the second must be",
        ),
        ("position.nmea", lambda t: t.replace("1.000 ", "9.000 "), r"goes back in time, from 9.0 s to 2.0 s"),
        (
            "scenes.jsonl",
            lambda t: t.replace("bicycle", "dragon"),
            r"scenes.jsonl:1: hazards.0.cls: Input should",
        ),
        (
            "scenes.jsonl",
            lambda t: t.replace('"t_s":3.0,"scene"', '"t_s":3.0,"sea"'),
            r"scenes.jsonl:4: must be",
        ),
        ("scenes.jsonl", lambda t: t[:-5] + "\n", r"scenes.jsonl:6: not JSON"),
        ("health.jsonl", lambda t: t.replace('"uplink"', '"moon"'), r"health.jsonl:1: part: Input should be"),
        (
            "playback.jsonl",
            lambda t: t.replace('"t_s":2.0', '"t_s":"x"'),
            r"playback.jsonl:1: the second must",
        ),
        ("announcements.jsonl", lambda t: t.replace("spoken", "sung"), r"announcements.jsonl:1: outcome"),
        ("told.jsonl", lambda t: t.replace("utc_offset_s", "utc"), r"told.jsonl:1: told.utc: is not known"),
        ("told.jsonl", lambda _: '{"t_s":0.0,"told":{"sos":"lost"}}\n', r"told.jsonl:1: .*'', 'stored'"),
        ("told.jsonl", lambda _: '{"t_s":0.0,"told":{}}\n', r"told.jsonl:1: told: must be"),
        ("told.jsonl", lambda _: '{"t_s":0.0,"told":{"utc_offset_s":"x"}}\n', r"told.jsonl:1: the second"),
        ("events.jsonl", lambda _: '{"t_s":0.0,"event":{"type":"x"}}\n', r"events.jsonl:1: Input tag 'x'"),
    ],
)
def test_every_malformed_file_is_one_clear_line(
    tmp_path: Path, name: str, change: Callable[[str], str], says: str
) -> None:
    folder = damage(name, change, record(tmp_path / "run", finish=False))
    with pytest.raises(RecordError, match=says) as caught:
        RunReader(folder)
    assert "\n" not in str(caught.value)


def test_a_finished_run_that_was_changed_is_refused(tmp_path: Path) -> None:
    folder = damage("scenes.jsonl", lambda text: text.replace("3.142", "9.142", 1), record(tmp_path / "run"))
    with pytest.raises(RecordError, match=r"scenes.jsonl: is not what was recorded"):
        RunReader(folder)


def test_missing_files(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="not a recorded run"):
        RunReader(tmp_path)
    folder = record(tmp_path / "run")
    scenes = (folder / "scenes.jsonl").rename(tmp_path / "scenes.jsonl")
    with pytest.raises(RecordError, match=r"scenes.jsonl: cannot be read"):
        RunReader(folder)
    scenes.rename(folder / "scenes.jsonl")
    with pytest.raises(RecordError, match=r"route.json: is not what was recorded"):
        RunReader(damage("route.json", lambda _: "", folder))


def test_a_new_expectation_replaces_the_old_one_and_nothing_else(tmp_path: Path) -> None:
    folder = record(tmp_path / "run")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    new = (Moment(3.0, announced("変わりました")), Moment(4.0, announced()))
    replace_announcements(folder, new)
    assert RunReader(folder).announcements() == new
    after = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert {name for name in after if after[name] != before[name]} == {"run.json", "announcements.jsonl"}


def test_a_run_is_never_recorded_over_another(tmp_path: Path) -> None:
    folder = record(tmp_path / "run")
    with pytest.raises(RecordError, match="holds a recorded run already"):
        RunWriter.begin(folder, ROUTE, {})
    assert len(RunReader(folder).scenes()) == 6


def test_full_disk_is_one_line_and_what_was_recorded_stays(tmp_path: Path) -> None:
    """A limit on the size of files stands for the full disk: the same system call fails."""
    writer = RunWriter.begin(tmp_path / "run", ROUTE, {"lang": "ja"})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill() -> None:
        for n in range(1000):
            writer.senses(senses(n))

    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
        with pytest.raises(
            RecordError, match=r"cannot be written \(File too large\); what was recorded before is kept"
        ):
            fill()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    writer.close()
    run = RunReader(tmp_path / "run")
    assert 10 < len(run.scenes()) < 1000
    assert not run.manifest.finished


def test_nothing_is_recorded_after_the_end(tmp_path: Path) -> None:
    writer = RunWriter.begin(tmp_path / "run", ROUTE, {})
    writer.close()
    writer.close()
    with pytest.raises(RecordError, match="ended before"):
        writer.senses(senses(0))


def test_what_json_cannot_hold_is_refused(tmp_path: Path) -> None:
    broken = replace(scene(0), hazards=(replace(HAZARD, distance_m=float("nan")),))
    with RunWriter.begin(tmp_path / "run", ROUTE, {}) as writer, pytest.raises(RecordError, match="nan"):
        writer.senses(replace(senses(0), scene=broken))


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    folder = record(tmp_path / "run")
    assert folder.stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordError, match="cannot be written"):
        RunWriter.begin(tmp_path / "file" / "run", ROUTE, {})
