"""Distances against truth, by the real pipeline: how far off, and whether the intervals are honest."""

import json
from dataclasses import replace
from statistics import median

import pytest

from vision.attitude import Attitude
from vision.camera import EYE_HEIGHT_SIGMA_M, TOLD_HEIGHT_SIGMA_M
from vision.distances.cli import main
from vision.distances.measure import BEST, CONDITIONS, Measured, configured, measured
from vision.distances.sources import EVERY, NOTHING, boxes, mended
from vision.distances.table import figures
from vision.distances.trials import FARTHEST_M, NEAREST_M, draw, imu, looks, swaying
from vision.encounters.figures import read_figures
from vision.paving import BLOCK_M
from vision.sightings import HEIGHTS
from vision.types import ObjectClass

FIGURES = read_figures()
COUNT = 36


@pytest.fixture(scope="module")
def rows() -> list[Measured]:
    return [row for number in range(COUNT) for row in measured(11, number, FIGURES, level=False)]


def chosen(rows: list[Measured], condition: str, system: str) -> list[Measured]:
    return [row for row in rows if (row.condition, row.system) == (condition, system)]


@pytest.mark.parametrize("condition", [each.name for each in CONDITIONS])
@pytest.mark.parametrize("system", ["single", "tracked"])
def test_intervals_are_neither_too_narrow_nor_too_wide(
    rows: list[Measured], condition: str, system: str
) -> None:
    """Large errors of boxes leave 56 to 64 % of them; a sigma halved would hold 30 %, one doubled 90 %."""
    told = figures(chosen(rows, condition, system))
    assert told
    assert told.n >= COUNT - 2
    assert 0.42 <= told.held <= 0.84


def test_an_imu_and_paving_each_help_and_both_beat_either_clue_alone(rows: list[Measured]) -> None:
    def off(condition: str, system: str) -> float:
        told = figures(chosen(rows, condition, system))
        assert told
        return told.median

    assert off("imu_paving", "tracked") < 0.065
    assert off("imu", "tracked") < 0.08
    assert off("imu", "tracked") < off("neither", "tracked")
    assert off("paving", "tracked") < off("neither", "tracked")
    assert off("neither", "tracked") < off("neither", "ground_alone")


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
    plain, told = (configured(trial, CONDITIONS[n]) for n in (0, 1))
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


def test_a_height_that_is_known_is_right() -> None:
    trial = draw(3, 1, FIGURES, level=False)
    assert configured(trial, CONDITIONS[0], known=True).lens_height_m == trial.lens_height_m


def test_an_eye_height_that_was_told_is_as_sure_as_the_device_takes_it() -> None:
    trial = draw(3, 1, FIGURES, level=False)
    for condition in CONDITIONS:
        sigma = TOLD_HEIGHT_SIGMA_M if condition.eye_height_told else EYE_HEIGHT_SIGMA_M
        assert configured(trial, condition).lens_height_sigma_m == sigma


def test_what_is_taken_away_is_gone_and_the_rest_stays() -> None:
    trial = draw(3, 1, FIGURES, level=False)
    assert mended(trial, NOTHING) == trial
    level = mended(trial, frozenset({"slope"}))
    assert level.slope_deg == 0
    assert replace(level, slope_deg=trial.slope_deg) == trial
    bare = mended(trial, EVERY)
    assert (bare.aligned_deg, bare.taper_deg, bare.strip_m) == (0.0, 0.0, BLOCK_M)
    assert bare.tall_m == HEIGHTS[trial.cls].mean_m


def test_boxes_err_as_measured_with_their_large_errors() -> None:
    as_measured = boxes(FIGURES, NOTHING).model
    assert as_measured.edge_sigma == FIGURES.model.edge_sigma
    assert as_measured.edge_shape == FIGURES.model.edge_shape
    assert boxes(FIGURES, frozenset({"outliers"})).model.edge_shape is None
    assert set(boxes(FIGURES, frozenset({"boxes"})).model.edge_sigma) == {0.0}


def test_without_any_error_a_foot_in_the_picture_is_measured_to_a_few_percent() -> None:
    found = [
        row
        for number in range(6)
        for row in measured(11, number, FIGURES, level=False, without=EVERY, conditions=(BEST,))
        if row.condition == BEST.name and row.foot_seen
    ]
    assert len(found) >= 6
    assert median(abs(row.error) for row in found) < 0.03
    assert max(abs(row.error) for row in found) < 0.1


def test_the_decomposition_names_every_source(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vision.distances.cli.TAKEN_AWAY", (NOTHING, frozenset({"lens"}), EVERY))
    assert main(["--n", "1", "--seed", "5", "--decompose", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["decomposed"]
    assert [each["without"] for each in told] == [[], ["lens"], sorted(EVERY)]
    assert all(each["all"]["n"] == 1 for each in told)


@pytest.mark.parametrize("arguments", [["--n", "0"], ["--seed", "-1"]])
def test_a_bad_option_is_told(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err.startswith("shirube: ")
