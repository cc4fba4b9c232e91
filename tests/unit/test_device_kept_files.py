"""Small files that must be whole: written in one move, read whatever they hold."""

import logging
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from device import kept_files
from device.config import WearerConfig
from device.kept_files import Keeper, write_whole
from device.planning.underway import LONGEST_S, TripUnderWay, as_text, read_trip, write_trip
from device.remembered import Remembered, applied, read_remembered, write_remembered
from routing.simulated import Leg, route_of

NOW_S = 1_795_314_465.0
TRIP = TripUnderWay(trip_id="trip-1", route=route_of([Leg(0.0, 60.0)]), began_utc_s=NOW_S, shared=True, leg=2)


def test_a_file_is_the_old_one_or_the_new_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    write_whole(path, "old")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kept_files.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, "new")
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["a.json"]


def test_the_keeper_writes_the_newest_and_waits_for_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free, written = threading.Event(), []

    def slow(path: Path, text: str) -> None:
        assert free.wait(10.0)
        written.append(text)
        write_whole(path, text)

    monkeypatch.setattr(kept_files, "write_whole", slow)
    keeper = Keeper()
    path = tmp_path / "deep" / "a.json"
    for number in range(50):
        keeper.keep(path, str(number))
    assert not keeper.settled(0.05)
    free.set()
    assert keeper.settled(10.0)
    assert path.read_text() == "49"
    assert len(written) <= 2
    keeper.drop(path)
    assert keeper.settled(10.0)
    assert not path.exists()
    keeper.keep(path, "last")
    keeper.close()
    keeper.close()
    assert path.read_text() == "last"


def test_a_disk_that_takes_nothing_is_a_line_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    keeper = Keeper()
    keeper.keep(tmp_path / "file" / "a.json", "x")
    keeper.keep(tmp_path / "b.json", "y")
    keeper.close()
    assert (tmp_path / "b.json").read_text() == "y"
    assert "a.json: cannot be written" in caplog.text


def test_what_the_wearer_changed_holds_over_the_configuration(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    assert read_remembered(path) == Remembered()
    changed = Remembered(rate=1.3, verbosity="quiet")
    write_remembered(path, changed)
    assert read_remembered(path) == changed
    wearer = WearerConfig(volume_db=-3.0)
    assert applied(wearer, changed) == replace(wearer, rate=1.3, verbosity="quiet")
    assert applied(wearer, Remembered()) == wearer


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"rate": 9}', '{"loud": true}', '{"format": 2}', "\x00" * 40]
)
def test_changes_that_cannot_be_read_are_set_aside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    path = tmp_path / "state.json"
    path.write_text(text)
    assert read_remembered(path) == Remembered()
    assert "the configuration holds" in caplog.text
    assert (tmp_path / "state.json.broken").read_text() == text
    assert not path.exists()


def test_a_trip_under_way_goes_on_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "data" / "trip.json"
    assert read_trip(path) is None
    write_trip(path, TRIP)
    assert read_trip(path) == TRIP
    assert read_trip(path, NOW_S + 3600.0) == TRIP
    assert read_trip(path, NOW_S + LONGEST_S + 1.0) is None
    walk = replace(TRIP, route=None)
    write_trip(path, walk)
    assert read_trip(path) == walk


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is no trip"),
        (as_text(TRIP)[:200], "is no trip"),
        ("[1]", "is no trip"),
        (as_text(TRIP).replace('"format":1', '"format":2'), "newer version (format 2, this one reads 1)"),
        (as_text(TRIP).replace('"leg":2', '"leg":-2'), "leg: Input should be"),
        (as_text(TRIP).replace('"leg":2', '"legs":2'), "it does not go on"),
    ],
)
def test_a_trip_that_cannot_be_read_is_told_and_set_aside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str, says: str
) -> None:
    path = tmp_path / "trip.json"
    path.write_text(text)
    with caplog.at_level(logging.ERROR):
        assert read_trip(path) is None
    assert says in caplog.text
    assert len(caplog.records) == 1
    assert (tmp_path / "trip.json.broken").read_text() == text
