"""Plots: a file for everything and one for each track told or in the way, drawn without a display."""

import math
from pathlib import Path

import numpy as np
import pytest

from device.footage.history import History, Paving, Point
from device.footage.plots import draw
from device.footage.telling import Said
from vision.errors import VideoError
from vision.pictures import read_picture
from vision.types import ObjectClass


def history() -> History:
    """Two things that are walked up to, one of them told; a third that is never in the way."""
    one = History("paving (v3)")
    for id_, cls in ((1, ObjectClass.BICYCLE), (2, ObjectClass.PERSON), (3, ObjectClass.CAR)):
        one.tracks[id_] = [
            Point(
                t_s=n / 10,
                cls=cls,
                distance_m=6 - n / 10,
                sigma_m=0.3 + 0.1 * math.sin(n),
                measured_m=None if n % 7 == 0 else 6 - n / 10,
                ttc_s=None if n < 5 else 6 - n / 10,
                hazard=id_ != 3 and 10 < n < 40,
            )
            for n in range(50)
        ]
    one.paving = [Paving(n / 10, None if n < 9 else 3.0, 0.1, "dark" if n > 45 else None) for n in range(50)]
    one.said = [
        Said(
            "obstacle_on_paving",
            "obstacle/1",
            "caution",
            "自転車。3メートル先。",
            "Bicycle, 3 m.",
            2.0,
            2.1,
            4.2,
            "spoken",
            1,
        ),
        Said(
            "obstacle_ahead", "obstacle/2", "caution", "人。", "Person.", 2.2, outcome="expired", track_id=2
        ),
    ]
    return one


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return draw(history(), tmp_path_factory.mktemp("new") / "plots")


def test_one_overview_and_one_plot_for_each_thing_in_the_way(files: list[Path]) -> None:
    assert [file.name for file in files] == [
        "overview.png",
        "track-0001-bicycle.png",
        "track-0002-person.png",
        "track-0003-car.png",  # never in the way, but in sight for five seconds
    ]
    for file in files:
        image = read_picture(file)
        assert image.shape[1] == 1100
        assert 400 < image.shape[0] < 1200
        assert np.ptp(image) > 200  # something is drawn on white
    assert not list(files[0].parent.glob("*.part"))


def test_what_was_said_makes_a_difference_to_the_plot(files: list[Path], tmp_path: Path) -> None:
    silent = history()
    silent.said, silent.tracks = [], {1: silent.tracks[1]}
    with_words = read_picture(files[1])
    without = read_picture(draw(silent, tmp_path)[1])
    assert with_words.shape[0] > without.shape[0]
    orange = (np.abs(with_words.astype(int) - (0, 159, 230)).max(axis=-1) < 12).sum()
    assert orange > (np.abs(without.astype(int) - (0, 159, 230)).max(axis=-1) < 12).sum() + 100


def test_no_line_is_green(files: list[Path]) -> None:
    for file in files:
        blue, green, red = (read_picture(file)[..., i].astype(int) for i in range(3))
        assert not ((green > blue + 60) & (green > red + 60)).any()


def test_two_models_get_files_of_their_own(tmp_path: Path) -> None:
    names = [file.name for file in draw(history(), tmp_path, many=True)]
    assert names[0] == "paving__v3-overview.png"
    assert all(name.startswith("paving__v3-") for name in names)


def test_a_run_that_saw_nothing_has_an_overview(tmp_path: Path) -> None:
    nothing = History("paving-v3")
    nothing.paving = [Paving(n / 10, None, None, None) for n in range(10)]
    assert [file.name for file in draw(nothing, tmp_path)] == ["overview.png"]


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(VideoError, match="cannot be written"):
        draw(history(), tmp_path / "file" / "plots")
