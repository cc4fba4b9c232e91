"""Distances against truth, by the real pipeline: how far off, and whether the intervals are honest."""

import json

import pytest

from vision.attitude import Attitude
from vision.distances.cli import main
from vision.distances.measure import CONDITIONS, Measured, configured, measured
from vision.distances.table import figures
from vision.distances.trials import FARTHEST_M, NEAREST_M, draw, imu, looks, swaying
from vision.encounters.figures import read_figures
from vision.types import ObjectClass

FIGURES = read_figures()


@pytest.fixture(scope="module")
def rows() -> list[Measured]:
    return [row for number in range(60) for row in measured(11, number, FIGURES, level=False)]


def chosen(rows: list[Measured], condition: str, system: str) -> list[Measured]:
    return [row for row in rows if (row.condition, row.system) == (condition, system)]


@pytest.mark.parametrize("condition", [each.name for each in CONDITIONS])
@pytest.mark.parametrize("system", ["single", "tracked"])
def test_intervals_are_neither_too_narrow_nor_too_wide(
    rows: list[Measured], condition: str, system: str
) -> None:
    """68 % of 60 is 41; chance leaves 33 to 49 or so. A sigma halved would hold 38 %, one doubled 95 %."""
    told = figures(chosen(rows, condition, system))
    assert told
    assert told.n >= 58
    assert 0.54 <= told.held <= 0.86


def test_an_imu_and_paving_each_help_and_both_beat_either_clue_alone(rows: list[Measured]) -> None:
    def median(condition: str, system: str) -> float:
        told = figures(chosen(rows, condition, system))
        assert told
        return told.median

    assert median("imu_paving", "tracked") < 0.065
    assert median("imu", "tracked") < 0.08
    assert median("imu", "tracked") < median("neither", "tracked")
    assert median("paving", "tracked") < median("neither", "tracked")
    assert median("neither", "tracked") < median("neither", "ground_alone")


def test_trials_are_what_they_say() -> None:
    drawn = [draw(3, number, FIGURES, level=number % 2 == 0) for number in range(200)]
    assert drawn[5] == draw(3, 5, FIGURES, level=False)
    assert len({trial.cls for trial in drawn}) >= 10
    assert all(NEAREST_M <= trial.ahead_m <= FARTHEST_M for trial in drawn)
    assert {trial.slope_deg for trial in drawn[::2]} == {0.0}
    assert all(trial.slope_deg for trial in drawn[1::2])
    assert all(trial.distance_m >= trial.ahead_m for trial in drawn)


def test_the_last_look_shows_the_thing_where_it_stands() -> None:
    trial = next(
        t
        for n in range(99)
        if (t := draw(3, n, FIGURES, level=True)).ahead_m > 3 and t.cls is ObjectClass.CONE
    )
    seen = looks(trial, swaying(trial, 3, FIGURES.world.sway, 0), 3, paved=False)
    box, camera = seen[-1].glimpses[0].box, seen[-1].view.camera
    foot = camera.ground((box[0] + box[2]) / 2, box[3])
    assert foot
    assert foot[1] == pytest.approx(trial.ahead_m, rel=0.05)


def test_the_imu_errs_by_its_own_error_and_its_mounting() -> None:
    trial = draw(3, 1, FIGURES, level=False)
    head, error = (swaying(trial, 3, FIGURES.world.sway, stream)[4] for stream in (0, 1))
    told = imu(trial, head, error, 0.4)
    assert isinstance(told, Attitude)
    gravity = trial.pitch_deg + head.pitch_deg
    assert told.pitch_deg - gravity == pytest.approx(error.pitch_deg + trial.aligned_deg)


def test_a_height_that_was_told_is_nearer_to_the_truth() -> None:
    trial = draw(3, 1, FIGURES, level=False)
    plain, told = (configured(trial, CONDITIONS[n]) for n in (1, 2))
    assert abs(told.lens_height_m - trial.lens_height_m) < abs(plain.lens_height_m - trial.lens_height_m)
    assert told.lens_height_sigma_m < plain.lens_height_sigma_m


def test_the_verb_tells_text_and_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--n", "2", "--seed", "5"]) == 0
    assert "IMU" in capsys.readouterr().out
    assert main(["--n", "2", "--seed", "5", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["n"], told["seed"], told["level"]) == (2, 5, False)
    assert set(told) >= {each.name for each in CONDITIONS}
    assert set(told["neither"]) == {"single", "tracked", "ground_alone", "height_alone"}
    assert {"n", "median", "p95", "bias", "held", "sigma", "parts"} == set(told["imu"]["tracked"])


@pytest.mark.parametrize("arguments", [["--n", "0"], ["--seed", "-1"]])
def test_a_bad_option_is_told(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err.startswith("shirube: ")
