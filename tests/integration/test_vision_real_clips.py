"""The three real clips, where the development data is present: what a person would see in them."""

from functools import cache
from pathlib import Path

import pytest

from device.announcements import AlertKind, Announcement
from device.hazards import SceneState, from_scene
from vision.events import Counts, Tally
from vision.onnx_detector import open_detector
from vision.pipeline import Seen
from vision.run import Span, moments
from vision.sources import open_source
from vision.types import Hazard, ObjectClass, PavingSight

CLIPS = Path(__file__).parents[2].parent / "shared" / "data" / "vision" / "walk_videos"

pytestmark = pytest.mark.skipif(not CLIPS.is_dir(), reason=f"development data is absent: {CLIPS}")


@cache
def run(name: str, end_s: float | None = None) -> tuple[Counts, tuple[Seen, ...]]:
    clip, tally, seen = open_source(CLIPS / name), Tally(), list[Seen]()
    for moment in moments(clip, [open_detector()], Span(end_s=end_s, rate_hz=6)):
        seen += moment.seen
        tally.add(moment.seen[0])
    return tally.counts, tuple(seen)


def offered(seen: tuple[Seen, ...]) -> list[tuple[float, Announcement]]:
    """What would be offered to the voice, and when."""
    state, out = SceneState(), []
    for each in seen:
        state, new = from_scene(state, each.scene, each.scene.t_s)
        out += [(each.scene.t_s, one) for one in new]
    return out


def of_things(told: list[tuple[float, Announcement]]) -> list[tuple[float, Announcement]]:
    """Of the things in the way."""
    return [(t, one) for t, one in told if isinstance(one.params, Hazard)]


def of_blocks(told: list[tuple[float, Announcement]]) -> list[tuple[float, AlertKind]]:
    """Of the guide blocks: which rows, and when."""
    return [(t, AlertKind(one.kind)) for t, one in told if isinstance(one.params, PavingSight)]


def test_people_who_cross_the_blocks_are_followed_over_them_and_told_at_most_once() -> None:
    summary, seen = run("pedestrian_on_paving.mp4")
    assert summary.frames_with_paving > 0.9 * summary.frames
    # Two people step on, about 4.6 s and 8.2 s into the clip, some 2 to 3.5 m away, and walk on across: they
    # are gone when the wearer comes. At 8.7 s somebody in a dark coat passes at arm's length.
    on = [
        (s.scene.t_s, j)
        for s in seen
        for j in s.judged
        if j.track.cls is ObjectClass.PERSON
        and j.track.footed
        and j.confirmed
        and s.corridor.on_paving(*j.span_m, j.track.latest.ahead_m)
    ]
    assert any(4.0 < t < 5.6 for t, _ in on)
    assert any(t > 7.4 for t, _ in on)
    assert all(1.2 < j.track.distance_m < 4.5 for _, j in on)
    steady = [j for t, j in on if j.track.misses == 0 and 7.9 < t < 8.4]
    assert steady
    assert all(j.course.speed_mps < -0.5 and j.touch < 0.15 for j in steady)  # from the right to the left
    announced = of_things(offered(seen))
    # The first is a step from the line at 3.3 s, and on it at 4.5 s.
    assert any(2.8 < t < 3.6 for t, _ in announced)
    # As somebody ahead or as somebody coming, by how early.
    assert {one.kind for _, one in announced} <= {AlertKind.PERSON_APPROACHING, AlertKind.OBSTACLE_AHEAD}
    assert {one.params.cls for _, one in announced if isinstance(one.params, Hazard)} <= {ObjectClass.PERSON}
    keys = [one.key for _, one in announced]
    assert len(keys) == len(set(keys))


def test_nothing_is_told_of_thin_air() -> None:
    """Up to 1.8 s nobody is near the line; the kick scooter stands on the roadway, 1 m off the line."""
    _, seen = run("pedestrian_on_paving.mp4")
    assert not any(s.scene.hazards for s in seen if s.scene.t_s <= 1.8)
    _, seen = run("kick_scooter_and_tree_shade.mp4")
    assert of_things(offered(seen)) == []
    assert not any(h.on_paving for s in seen for h in s.scene.hazards)


def test_a_bend_is_followed_to_the_crossing() -> None:
    summary, seen = run("curve_to_crossing.mp4", end_s=9.0)
    assert summary.frames_with_paving > 0.9 * summary.frames
    assert summary.frames_with_hazard == 0
    bearings = [s.scene.paving.bearing_deg for s in seen if s.scene.paving.bearing_deg is not None]
    assert max(bearings) > 5  # it bends to the right
    offsets = [s.scene.paving.offset_m for s in seen if s.scene.paving.offset_m is not None]
    assert all(abs(offset) < 0.6 for offset in offsets)
    # Early enough to be told before the bend, and 4 m before the warning blocks.
    (bend_s, bend), (dots_s, dots) = of_blocks(offered(seen))
    assert (bend, dots) == (AlertKind.BLOCKS_BEND, AlertKind.DOTS_AHEAD)
    assert 3.5 < bend_s < 4.7
    assert 5.5 < dots_s < 6.7


def test_that_blocks_are_in_sight_is_told_to_who_walks_beside_them_alone() -> None:
    """One walks on the blocks from the start, the other half a metre to a metre to the right of them."""
    _, seen = run("pedestrian_on_paving.mp4")
    assert of_blocks(offered(seen)) == []
    _, seen = run("kick_scooter_and_tree_shade.mp4")
    assert [kind for _, kind in of_blocks(offered(seen))] == [AlertKind.PAVING_SIGHTED]
