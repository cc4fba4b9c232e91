"""The measurement of the link's return, on a small log."""

import json

import pytest
import typer
from typer.testing import CliRunner

from device import uplink_bench as module
from device.uplink_bench import Outcome, measure
from device.uplink_verbs import uplink_bench


@pytest.mark.slow
def test_a_small_backlog_is_delivered_beside_what_happens_now() -> None:
    outcome = measure("ahead", 1.0, 600)
    assert (outcome.lost, outcome.doubled, outcome.out_of_order) == (0, 0, 0)
    # Two seconds are asked of a machine that does nothing else (`shirube device uplink-bench`).
    assert outcome.live_worst_s < 15.0, outcome
    assert outcome.live_events > 0


@pytest.mark.parametrize(
    ("name", "worse"),
    [("lost", 1), ("doubled", 1), ("out_of_order", 1), ("backlog_s", 301.0), ("live_worst_s", 2.1)],
)
def test_what_is_not_good_enough(monkeypatch: pytest.MonkeyPatch, name: str, worse: float) -> None:

    good = {"way": "ahead", "events": 9, "backlog_s": 1.0, "live_events": 2, "live_worst_s": 0.5}
    good |= {"live_p50_s": 0.4, "newest_known_s": 0.1, "lost": 0, "doubled": 0, "out_of_order": 0}
    app = typer.Typer()
    app.command()(uplink_bench)
    for values, code in ((good, 0), (good | {name: worse}, 1)):
        monkeypatch.setattr(module, "measure", lambda *_, values=values: Outcome(**values))
        ran = CliRunner().invoke(app, ["--json"])
        assert ran.exit_code == code
        assert json.loads(ran.stdout)["met"] is (code == 0)
