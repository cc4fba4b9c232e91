"""`shirube vision faults CLIP`: the table, the JSON, and one line where the clip is at fault."""

import json
from pathlib import Path

import numpy as np
import pytest

from vision import fault_injection
from vision.fault_injection import as_json, as_text, clean, judged, main, read_clip
from vision.faults_injected import KINDS, Fault
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
    assert told["injected"] == told["told_in_time"] == told["right"] == 3 + 7
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
    assert "7/8" in out


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
