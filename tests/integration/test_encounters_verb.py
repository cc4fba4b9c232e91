"""The verb's own part: JSON and table in the promised shape, one encounter's timeline, bad options."""

import json
from pathlib import Path

import pytest

from device.encounters.cli import main
from vision.encounters.errors import FiguresError
from vision.encounters.figures import read_figures
from vision.encounters.scripts import draw


def test_json_has_the_promised_shape_and_two_processes_tell_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    world = read_figures().world
    met = (s for s in range(100) if any(draw(s, k, world).contacts for k in range(3)))
    seed = next(met)
    asked = ["--n", "3", "--seed", str(seed), "--json"]
    assert main(asked) == 0
    one = capsys.readouterr()
    told = json.loads(one.out)
    assert "3/3" in one.err
    assert (told["n"], told["seed"]) == (3, seed)
    for system in ("shirube", "distance_threshold", "speak_all"):
        figures = told[system]
        promised = "warned_in_time missed late nuisance_per_min_sparse nuisance_per_min_crowded repeats"
        assert set(promised.split()) <= set(figures)
        shares = [figures[name] for name in ("warned_in_time", "late", "missed")]
        assert sum(shares) == pytest.approx(1.0, abs=2e-4)
        assert sum(kind[system]["hazards"] for kind in told["kinds"].values()) == figures["hazards"]
    by_blocks = [group["shirube"] for group in told["blocks"].values() if group["shirube"]["encounters"]]
    assert sum(group["hazards"] for group in by_blocks) == told["shirube"]["hazards"]
    assert set(told["factor"]) == {"distance_threshold", "speak_all"}
    assert sum(kind["shirube"]["encounters"] for kind in told["kinds"].values()) == 3
    assert main([*asked, "--jobs", "2"]) == 0
    assert json.loads(capsys.readouterr().out) == told


def test_the_table_is_japanese_first_and_names_targets(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--n", "2", "--perfect"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("出会い / encounters: 2, seed 7, perfect")
    (in_time,) = [line for line in lines if line.startswith("間に合った警告")]
    assert "≥ 0.99" in in_time


def test_the_lens_is_told_and_seen_through(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--n", "1", "--seed", "7", "--perfect"]
    assert main([*asked, "--hfov", "102", "--size", "640x360", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["lens"]
    assert told == {"hfov_deg": 102.0, "vfov_deg": 69.6, "size": [640, 360], "kind": "straight"}
    assert main([*asked, "--hfov", "120", "--lens", "fisheye"]) == 0
    assert "横 120°・縦 90°、fisheye、640x480" in capsys.readouterr().out.splitlines()[1]


def test_one_encounter_is_told_frame_by_frame(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seed", "7", "--show", "1", "--perfect"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("encounter 1 (seed 7): ")
    assert " 0.00  found " in out


@pytest.mark.parametrize(
    "arguments",
    [["--n", "none"], ["--n", "0"], ["--seed", "-1"], ["--jobs", "0"], ["--nn", "3"], ["--show", "-1"],
     ["--hfov", "200"], ["--hfov", "nan"], ["--size", "480x640"], ["--size", "big"], ["--lens", "round"]],
)  # fmt: skip
def test_bad_options_are_one_line(arguments: list[str]) -> None:
    with pytest.raises(FiguresError) as told:
        main(arguments)
    assert "\n" not in str(told.value)
    assert " / " in str(told.value)  # in Japanese, then in English


@pytest.mark.parametrize("arguments", [["--n", "none"], ["--nn", "3"], ["--hfov", "wide"], ["--lens"]])
def test_a_wrong_option_says_where_to_read_of_them(arguments: list[str]) -> None:
    with pytest.raises(FiguresError, match=r"^オプションが違います / .*shirube vision encounters --help"):
        main(arguments)


def test_a_file_of_figures_that_is_none_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(FiguresError, match="give --figures"):
        main(["--figures", str(tmp_path / "none.toml")])
