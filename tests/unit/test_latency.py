"""`shirube device bench`: what it sums up and what it refuses."""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from device import latency
from device.announcements import AlertKind
from device.hazards import SceneState, from_scene
from device.latency import APPEARS_EVERY, FPS, LONGEST_S, SETTLED_S, Late, Measured, looped, main, summary
from device.producers import announcement
from device.words import render
from vision.types import Hazard, PavingSight, Scene
from vision.video import VideoWriter, open_clip


@pytest.mark.parametrize(
    "args", [["--seconds", "3"], ["--seconds", "600"], ["--seconds", "nan"], ["--video", "no.mp4"]]
)
def test_bad_input_is_one_line_and_two(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(args) == 2
    err = capsys.readouterr().err
    assert err.startswith("shirube: ")
    assert err.count("\n") == 1


def test_the_device_s_own_way_decides_and_the_wait_for_the_model_is_told_apart() -> None:
    gaps_s = (0.01, 0.02, 0.03)
    quick = Measured(tuple(Late(ms, waited_ms=100.0) for ms in (110.0, 120.0, 130.0)), gaps_s)
    slow = Measured(tuple(Late(ms, waited_ms=0.0) for ms in (100.0, 200.0, 300.0)), gaps_s)
    assert summary({"threads": quick, "one_thread": slow}) == {
        "threads": {
            "warnings": 3,
            "p50_ms": 20.0,
            "p95_ms": 29.0,
            "with_wait_p95_ms": 129.0,
            "tick_gap_p99_ms": 29.8,
        },
        "one_thread": {
            "warnings": 3,
            "p50_ms": 200.0,
            "p95_ms": 290.0,
            "with_wait_p95_ms": 290.0,
            "tick_gap_p99_ms": 29.8,
        },
        "target_p95_ms": 60.0,
        "within": True,
    }
    assert summary({"threads": slow, "one_thread": quick})["within"] is False


def test_a_clip_goes_on_without_end_and_never_stands_still(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "clip.mp4", (64, 48), FPS) as video:
        for level in (60, 120):
            video.write(np.full((48, 64, 3), level, np.uint8))
    shown = list(islice(looped(open_clip(tmp_path / "clip.mp4")), 6))
    assert [frame.t_s for frame in shown] == [0.0, 0.125, 0.25, 0.375, 0.5, 0.625]
    assert not np.array_equal(shown[0].image, shown[2].image)
    assert abs(float(shown[0].image.mean()) - float(shown[2].image.mean())) < 1.0


def test_each_thing_that_turns_up_is_told_and_none_is_taken_for_the_one_before() -> None:
    memory, told = SceneState(), []
    frames = range(round((SETTLED_S + LONGEST_S) * FPS))
    for index in frames:
        there = (latency._hazard(index),) if index % APPEARS_EVERY < 4 else ()
        scene = Scene(index, index / FPS, there, PavingSight(False))
        memory, new = from_scene(memory, scene, index / FPS)
        told += [each.params.track_id // APPEARS_EVERY for each in new if isinstance(each.params, Hazard)]
    assert sorted(set(told)) == list(range(len(frames) // APPEARS_EVERY + 1))


def test_no_sentence_is_said_twice_in_a_run() -> None:
    last = round((SETTLED_S + LONGEST_S) * FPS)
    numbers = range(0, last, APPEARS_EVERY)
    told = [announcement(AlertKind.VEHICLE_APPROACHING, str(n), latency._hazard(n), 0.0) for n in numbers]
    texts = [render(each, "ja").speech for each in told]
    assert len(set(texts)) == len(texts) >= 20
