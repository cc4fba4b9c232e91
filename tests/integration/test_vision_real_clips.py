"""The three real clips, where the development data is present: what a person would see in them."""

from pathlib import Path

import pytest

from vision.events import Counts, Tally
from vision.onnx_detector import open_detector
from vision.pipeline import Seen
from vision.run import Span, moments
from vision.sources import open_source
from vision.types import Motion, ObjectClass

CLIPS = Path(__file__).parents[2].parent / "shared" / "data" / "vision" / "walk_videos"

pytestmark = pytest.mark.skipif(not CLIPS.is_dir(), reason=f"development data is absent: {CLIPS}")


def run(name: str, end_s: float | None = None) -> tuple[Counts, list[Seen]]:
    clip, tally, seen = open_source(CLIPS / name), Tally(), []
    for moment in moments(clip, [open_detector()], Span(end_s=end_s, rate_hz=6)):
        seen += moment.seen
        tally.add(moment.seen[0])
    return tally.counts, seen


def test_the_person_who_steps_onto_the_paving_is_a_hazard_on_it() -> None:
    summary, seen = run("pedestrian_on_paving.mp4")
    assert summary.frames_with_paving > 0.9 * summary.frames
    on = [h for s in seen for h in s.scene.hazards if h.on_paving]
    assert {h.cls for h in on} >= {ObjectClass.PERSON}
    people = [h for h in on if h.cls is ObjectClass.PERSON]
    # Two people step on, about 4.6 s and 8.2 s into the clip, some 2 to 3.5 m away; at 8.7 s somebody in a
    # dark coat passes at arm's length, cut by the picture's edge.
    assert all(0.3 < h.distance_m < 4.5 for h in people)
    assert any(1.2 < h.distance_m < 4.5 for h in people)
    assert any(h.motion is Motion.CROSSING for h in people)
    times = [s.scene.t_s for s in seen if any(h in people for h in s.scene.hazards)]
    assert all(4.0 < t < 5.6 or t > 7.4 for t in times)
    assert any(t < 5.6 for t in times)
    assert any(t > 7.4 for t in times)


def test_nothing_is_told_of_thin_air() -> None:
    """Up to 1.8 s nobody is near the line; the kick scooter stands on the roadway, 1 m off the line."""
    _, seen = run("pedestrian_on_paving.mp4", end_s=1.8)
    assert not any(s.scene.hazards for s in seen)
    summary, seen = run("kick_scooter_and_tree_shade.mp4")
    assert summary.frames_with_hazard <= 0.1 * summary.frames
    assert not any(h.on_paving for s in seen for h in s.scene.hazards)


def test_a_bend_is_followed_to_the_crossing() -> None:
    summary, seen = run("curve_to_crossing.mp4", end_s=9.0)
    assert summary.frames_with_paving > 0.9 * summary.frames
    assert summary.frames_with_hazard == 0
    bearings = [s.scene.paving.bearing_deg for s in seen if s.scene.paving.bearing_deg is not None]
    assert max(bearings) > 5  # it bends to the right
    offsets = [s.scene.paving.offset_m for s in seen if s.scene.paving.offset_m is not None]
    assert all(abs(offset) < 0.6 for offset in offsets)
