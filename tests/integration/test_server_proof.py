"""Small runs of what `server bench`, `server torture` and `server restore-drill` do at length."""

from pathlib import Path

import pytest

from server.backup.drill import restore_drill
from server.bench.run import Options, measure
from server.torture import run as torturing
from server.torture.run import torture
from server.torture.shim import NoCompiler, build


def test_a_bench_measures_what_reached_whom(tmp_path: Path) -> None:
    told = measure(Options(devices=6, viewers=3, seconds=3.0, sos=1, folder=tmp_path))
    assert told.met(), told
    assert told.made == told.acked == told.stored
    assert told.made >= 30
    assert told.ack_p99_ms is not None
    assert told.viewer_positions > 0
    assert told.sos_p99_ms is not None
    assert told.start_s > 0.0
    assert list(tmp_path.iterdir()) == []


def test_killed_or_without_power_nothing_that_was_promised_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        build(tmp_path)
    except NoCompiler as error:
        pytest.skip(str(error))
    monkeypatch.setattr(torturing, "_CONTROL_CUTS", 3)
    told = torture(torturing.Options(kills=3, power_cuts=4, devices=3, lanes=1, folder=tmp_path))
    assert told.kills is not None
    assert told.power_cuts is not None
    assert told.control is not None
    assert told.kills.met(), told.kills
    assert told.power_cuts.met(), told.power_cuts
    assert told.power_cuts.acked > 0
    assert not told.control.met(), "a disk that lies must cost something, or this test finds nothing"
    assert told.met()


def test_a_wrecked_store_comes_back_from_its_follower(tmp_path: Path) -> None:
    told = restore_drill(seconds=2.0, devices=4, folder=tmp_path)
    assert told.restored > 0
    assert told.changed == 0
    assert told.checksums_equal
    assert told.lost_after_resend == 0
    assert told.rpo_s < 10.0  # a second on a machine with nothing else to do
