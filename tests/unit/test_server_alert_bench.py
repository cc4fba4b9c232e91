"""The bench of alerts: seeded, its counting right, and on noise the rules quieter than naive ones."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from server.alerts.bench.logs import read_logs
from server.alerts.bench.run import Compared, count, told_by_rules
from server.alerts.bench.scenes import Truth, play
from server.cli import server_app
from server.errors import SettingsError

LOGS = Path(__file__).parents[3] / "shared" / "data" / "gps"


def test_the_same_seed_is_the_same_walk() -> None:
    assert play("stops", 10.0, 7) == play("stops", 10.0, 7)
    assert play("stops", 10.0, 7) != play("stops", 10.0, 8)


def test_each_real_thing_counts_once_and_everything_else_is_false() -> None:
    truths = (Truth("not_moving", 100.0, 500.0), Truth("zone_leave", 50.0, 90.0, "home"))
    told = [
        (400.0, "not_moving", ""),
        (450.0, "not_moving", ""),
        (600.0, "not_moving", ""),
        (60.0, "zone_leave", "x"),
    ]
    compared = Compared()
    count(compared.ours, told, truths)  # type: ignore[arg-type]
    still, left = compared.ours["not_moving"], compared.ours["zone_leave"]
    assert (still.real, still.missed, still.false, still.delays_s) == (1, 0, 1, [300.0])
    assert (left.real, left.missed, left.false) == (1, 1, 1)


def test_the_rules_are_quiet_where_naive_ones_are_not_and_find_what_happened() -> None:
    compared = Compared()
    for scene in ("plain", "stops", "astray"):
        compared.add(play(scene, 15.0, 4242))
    assert sum(tally.false for tally in compared.ours.values()) == 0
    assert sum(tally.false for tally in compared.naive.values()) > 10
    assert compared.ours["not_moving"].missed == compared.ours["off_route"].missed == 0


def test_recorded_walks_raise_no_alarm() -> None:
    if not LOGS.is_dir():
        pytest.skip(f"there are no recorded walks at {LOGS}")
    walks = read_logs(LOGS / "nmea")
    assert len(walks) >= 10
    for walk in walks:
        assert {kind for _, kind, _ in told_by_rules(walk)} <= {"zone_enter", "zone_leave"}


def test_the_verb_prints_figures_and_refuses_what_is_not_there() -> None:
    run = CliRunner()
    done = run.invoke(server_app, ["alerts-bench", "--walks", "0"])
    assert isinstance(done.exception, SettingsError)
    done = run.invoke(server_app, ["alerts-bench", "--logs", "/nowhere"])
    assert isinstance(done.exception, SettingsError)


def test_figures_are_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.alerts.bench.run.SCENES", ("plain",))
    done = CliRunner().invoke(server_app, ["alerts-bench", "--walks", "1", "--json"])
    assert set(json.loads(done.stdout)["simulated"]) == {"5", "10", "15", "30"}
    assert "not_moving" in CliRunner().invoke(server_app, ["alerts-bench", "--walks", "1"]).stdout
