"""`shirube vision faults CLIP`: the table, the JSON, and one line where the clip is at fault."""

import json
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from vision import fault_injection
from vision.fault_injection import as_json, as_text, judged, main
from vision.faults_clean import KINDS as CLEAN_KINDS
from vision.faults_clean import clean, clean_stills, read_clip, swayed, totals
from vision.faults_injected import KINDS, Fault
from vision.faults_parts import PARTS
from vision.video import VideoWriter

CLIPS = Path(__file__).parents[3] / "shared/data/vision/walk_videos"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second and a half of something with detail of every size, moving."""
    path = tmp_path_factory.mktemp("clips") / "walk.mp4"
    rng = np.random.default_rng(8)
    scene = sum(
        np.kron(rng.normal(0, 14, (240 // size, 320 // size, 1)), np.ones((size, size, 1)))
        for size in (1, 2, 4, 8, 16, 40)
    )
    with VideoWriter(path, (320, 240), 10.0) as video:
        for number in range(15):
            picture = np.clip(120 + np.roll(scene, 5 * number, axis=1), 0, 250)
            video.write(np.repeat(picture, 3, axis=2).astype(np.uint8))
    return path


def test_the_verb_prints_each_kind_and_the_clean_minutes_as_json(
    clip: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    few = tuple(fault for fault in KINDS if fault.name in ("frozen", "dark", "undecodable"))
    monkeypatch.setattr(fault_injection, "KINDS", few)
    assert main([str(clip), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["injected"] == told["told_within_1s"] == told["right"] == 3 + len(PARTS)
    assert (told["false_notices"], told["false_per_minute"]) == (0, 0.0)
    assert told["clean_minutes"] == pytest.approx(0.025)
    assert [trial["kind"] for trial in told["faults"]][:3] == ["frozen", "dark", "undecodable"]


def test_a_fault_that_is_not_told_fails_the_verb_and_is_marked(
    clip: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # A fault that draws nothing: nothing can be told of it.
    nothing = Fault("nothing", frozenset({"dark"}), lambda moment: moment.image)
    monkeypatch.setattr(fault_injection, "KINDS", (nothing,))
    assert main([str(clip)]) == 1
    out = capsys.readouterr().out
    assert "nothing" in out
    assert "✗" in out
    assert f"told within 1 s: {len(PARTS)}/{1 + len(PARTS)}" in out


@pytest.mark.parametrize("args", [["missing.mp4"], ["{clip}", "--rate", "1"], ["{clip}", "--rate", "nan"]])
def test_bad_input_is_one_line_and_two(
    clip: Path, args: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([arg.replace("{clip}", str(clip)) for arg in args]) == 2
    err = capsys.readouterr().err
    assert err.startswith("shirube: ")
    assert err.count("\n") == 1


def test_a_clip_of_too_few_pictures_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "short.mp4"
    with VideoWriter(path, (64, 48), 10.0) as video:
        video.write(np.full((48, 64, 3), 90, np.uint8))
    assert main([str(path)]) == 2
    assert "too few" in capsys.readouterr().err


TIMES = (1.0, 2.0, 4.0)  # began, whole, gone


@pytest.mark.parametrize(
    ("told", "right"),
    [
        ([(0.0, None), (1.5, "dark"), (4.5, None)], True),
        ([(0.0, None), (3.0, "dark"), (4.5, None)], True),
        ([(0.0, None), (3.1, "dark"), (4.5, None)], False),  # late
        ([(0.0, "dark"), (2.5, "dark"), (4.5, None)], False),  # before it began
        ([(0.0, None), (2.5, "frozen"), (4.5, None)], False),  # another name
        ([(0.0, None), (2.5, "dark"), (4.5, "dark")], False),  # never back
        ([(0.0, None), (4.5, None)], False),  # never told
    ],
)
def test_a_trial_is_right_only_if_told_in_time_by_its_name_and_taken_back(
    told: list[tuple[float, str | None]], right: bool
) -> None:
    assert judged("clip", "dark", frozenset({"dark"}), told, TIMES).right is right


def _photograph(path: Path, level: int | None = None) -> None:
    """Something with detail of every size; `level`: even grey instead."""
    rng = np.random.default_rng(8)
    scene = sum(
        np.kron(rng.normal(0, 14, (240 // size, 320 // size, 1)), np.ones((size, size, 1)))
        for size in (1, 2, 4, 8, 16, 40)
    )
    picture = np.clip(120 + scene, 0, 250) if level is None else np.full((240, 320, 1), level)
    cv2.imwrite(str(path), np.repeat(picture, 3, axis=2).astype(np.uint8))


def test_photographs_are_watched_with_sway_and_counted_apart_from_film(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _photograph(tmp_path / "a.png")
    _photograph(tmp_path / "b.png")
    words = ["--clean", str(clip), "--rendered", str(clip), "--stills", str(tmp_path), "--json"]
    assert main(words) == 0
    told = json.loads(capsys.readouterr().out)
    kinds = {kind: (one["minutes"], one["false_notices"]) for kind, one in told["by_kind"].items()}
    assert kinds == {"film": (0.025, 0), "rendered": (0.025, 0), "stills": (0.1, 0)}
    assert (told["clean_minutes"], told["injected"]) == (0.025, 0)  # only film is called clean minutes
    assert set(kinds) == set(CLEAN_KINDS)


def test_faults_are_put_into_photographs_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _photograph(tmp_path / "a.png")
    few = tuple(fault for fault in KINDS if fault.name in ("dark", "white paper, slowly"))
    monkeypatch.setattr(fault_injection, "KINDS", few)
    assert main([str(tmp_path / "a.png"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["injected"] == told["right"] == 2 + len(PARTS)
    assert told["by_kind"] == {"stills": {"minutes": 0.05, "false_notices": 0}}
    assert told["false_per_minute"] is None  # a photograph is no minute of film


def test_a_photograph_that_is_taken_for_a_fault_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _photograph(tmp_path / "good.png")
    _photograph(tmp_path / "grey.png", 120)
    assert main(["--stills", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert "grey.png: covered" in out
    assert "good.png" not in out
    one = clean_stills(tmp_path, 10.0)
    minutes, false = totals([one])["stills"]
    assert (round(minutes, 3), false) == (0.1, 1)


def test_a_clip_of_fewer_pictures_than_asked_for_is_as_long_as_it_is() -> None:
    picture = np.random.default_rng(0).integers(0, 255, (120, 160, 3), dtype=np.uint8)
    shown = [image for _, image in swayed(picture, 10.0)][:24]
    quiet = clean("slow", ((number / 4.0, image) for number, image in enumerate(shown)), 10.0)
    assert quiet.minutes == pytest.approx((23 / 4 + 0.1) / 60)


def test_swayed_pictures_move_and_are_never_twice_the_same() -> None:
    picture = np.random.default_rng(0).integers(0, 255, (120, 160, 3), dtype=np.uint8)
    shown = [image for _, image in swayed(picture, 10.0)]
    assert len(shown) == 30
    assert {image.shape for image in shown} == {(113, 150, 3)}
    assert all(not np.array_equal(one, two) for one, two in pairwise(shown))


@pytest.mark.parametrize(
    "words", [[], ["--stills", "{empty}"], ["--stills", "{broken}"], ["--clean", "no.mp4"]]
)
def test_nothing_to_look_at_is_one_line_and_two(
    tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken/a.jpg").write_bytes(b"no picture")
    folders = {name: str(tmp_path / name) for name in ("empty", "broken")}
    assert main([word.format(**folders) for word in words]) == 2
    err = capsys.readouterr().err
    assert err.startswith("shirube: ")
    assert err.count("\n") == 1


def test_a_report_without_a_minute_has_no_rate() -> None:
    assert json.loads(as_json([], []))["false_per_minute"] is None
    assert "0/0" in as_text([], [])


@pytest.mark.skipif(
    not CLIPS.is_dir(), reason="the real clips are not here (../shared/data/vision/walk_videos)"
)
@pytest.mark.parametrize("name", ["curve_to_crossing", "kick_scooter_and_tree_shade", "pedestrian_on_paving"])
def test_a_real_walk_is_no_fault(name: str) -> None:
    quiet = clean(name, read_clip(CLIPS / f"{name}.mp4", 5.0, end_s=4.0), 5.0)
    assert quiet.notices == ()
    assert quiet.minutes > 0.05
