"""What of a scene is told, when, and how often."""

from dataclasses import replace

import pytest

from device.announcements import Announcement
from device.arbiter import Settled
from device.hazards import SceneState, from_scene, settle
from device.policy import Preempts, Urgency, preempts, urgency_of
from vision.faults import BLIND
from vision.types import THINGS, Hazard, Motion, ObjectClass, PavingSight, Scene

THING = Hazard(
    track_id=42,
    cls=ObjectClass.BICYCLE,
    score=0.8,
    distance_m=5.0,
    distance_sigma_m=0.3,
    bearing_deg=0.0,
    on_paving=True,
    ttc_s=5.0,
    motion=Motion.STANDING,
    free_side=None,
)
UNSEEN, SEEN = PavingSight(seen=False), PavingSight(seen=True, bearing_deg=0.0, offset_m=0.0)


def scene(t_s: float, *hazards: Hazard, paving: PavingSight = UNSEEN, fault: str | None = None) -> Scene:
    return Scene(round(t_s * 10), t_s, hazards, paving, fault, looked=fault not in BLIND)


def watch(*scenes: Scene) -> list[tuple[float, Announcement]]:
    state, out = SceneState(), []
    for each in scenes:
        state, new = from_scene(state, each, each.t_s)
        out += [(each.t_s, announcement) for announcement in new]
    return out


def kinds(told: list[tuple[float, Announcement]]) -> list[str]:
    return [str(announcement.kind) for _, announcement in told]


def approach(hazard: Hazard, speed_mps: float = 1.1) -> list[Scene]:
    """Walking from 8 m up to the thing at 10 frames a second."""
    return [
        scene(
            frame / 10,
            replace(hazard, distance_m=(left := 8.0 - speed_mps * frame / 10), ttc_s=left / speed_mps),
        )
        for frame in range(70)
    ]


def test_a_thing_on_the_blocks_is_told_at_six_metres_when_near_and_before_touching() -> None:
    told = watch(*approach(THING))
    assert kinds(told) == ["obstacle_on_paving", "obstacle_on_paving", "stop_now"]
    distances = [announcement.params.distance_m for _, announcement in told]  # type: ignore[union-attr]
    assert distances[0] == pytest.approx(5.95, abs=0.12)
    assert distances[1] == pytest.approx(2.45, abs=0.12)
    assert distances[2] == pytest.approx(1.3, abs=0.12)


def test_its_key_is_its_track() -> None:
    assert {announcement.key for _, announcement in watch(*approach(THING))} == {"obstacle/42"}


def test_a_thing_in_the_line_is_told_and_one_aside_is_not() -> None:
    ahead = replace(THING, on_paving=False, distance_m=4.0)
    assert kinds(watch(scene(0.0, ahead))) == ["obstacle_ahead"]
    assert watch(scene(0.0, replace(ahead, bearing_deg=20.0))) == []


def test_a_thing_aside_but_on_the_blocks_is_told() -> None:
    assert kinds(watch(scene(0.0, replace(THING, bearing_deg=20.0)))) == ["obstacle_on_paving"]


def test_a_quick_thing_is_told_by_time_not_by_nearness() -> None:
    bicycle = replace(THING, on_paving=False, motion=Motion.APPROACHING, distance_m=12.0, ttc_s=3.0)
    assert kinds(watch(scene(0.0, bicycle))) == ["vehicle_approaching"]
    assert watch(scene(0.0, replace(bicycle, ttc_s=6.0))) == []


def test_traffic_that_passes_in_front_is_not_told() -> None:
    car = replace(THING, cls=ObjectClass.CAR, on_paving=False, motion=Motion.CROSSING, ttc_s=None)
    assert watch(scene(0.0, car)) == []


def test_somebody_who_walks_ahead_is_not_told_but_one_who_comes_is() -> None:
    person = replace(THING, cls=ObjectClass.PERSON, on_paving=False, motion=Motion.UNKNOWN, ttc_s=None)
    assert watch(scene(0.0, replace(person, distance_m=2.5))) == []
    coming = replace(person, motion=Motion.APPROACHING, ttc_s=2.5)
    assert kinds(watch(scene(0.0, coming))) == ["person_approaching"]


def test_people_who_come_close_are_never_a_stop() -> None:
    person = replace(THING, cls=ObjectClass.PERSON, motion=Motion.APPROACHING, distance_m=1.0, ttc_s=0.5)
    assert kinds(watch(scene(0.0, person))) == ["person_approaching"]


def test_a_weak_score_is_not_told_and_a_low_one_is() -> None:
    assert watch(scene(0.0, replace(THING, score=0.2))) == []
    assert kinds(watch(scene(0.0, replace(THING, score=0.3)))) == ["obstacle_on_paving"]


def test_a_track_that_is_lost_and_found_under_a_new_number_is_the_same_thing() -> None:
    found = replace(THING, track_id=57, distance_m=4.5)
    assert len(watch(scene(0.0, THING), scene(0.1), scene(0.5, found))) == 1
    assert len(watch(scene(0.0, THING), scene(0.1), scene(9.0, found))) == 2


def test_two_like_things_side_by_side_are_two() -> None:
    other = replace(THING, track_id=57, distance_m=5.5)
    assert len(watch(scene(0.0, THING, other), scene(0.1, THING, other))) == 2


def test_the_soonest_comes_first() -> None:
    slow = replace(THING, track_id=1, ttc_s=None, distance_m=2.0)
    quick = replace(THING, track_id=2, ttc_s=1.5)
    assert [each.key for _, each in watch(scene(0.0, slow, quick))] == ["obstacle/2", "obstacle/1"]


def test_what_was_not_heard_is_offered_again_and_what_was_heard_is_not() -> None:
    state, (first,) = from_scene(SceneState(), scene(0.0, THING), 0.0)
    heard = settle(state, (Settled(first, "spoken", 1, 0.0, 2.0),))
    assert from_scene(heard, scene(0.1, THING), 0.1)[1] == ()
    missed = settle(state, (Settled(first, "expired"),))
    assert kinds([(0.1, each) for each in from_scene(missed, scene(0.1, THING), 0.1)[1]]) == [
        "obstacle_on_paving"
    ]


def test_a_telling_that_its_own_worse_one_cut_is_not_offered_again() -> None:
    near = replace(THING, distance_m=2.0)
    state, (first,) = from_scene(SceneState(), scene(0.0, THING), 0.0)
    state, (worse,) = from_scene(state, scene(1.0, near), 1.0)
    state = settle(state, (Settled(first, "preempted", 1, 0.0, 1.0),))
    assert from_scene(state, scene(1.1, near), 1.1)[1] == ()
    state = settle(state, (Settled(worse, "failed", 2),))
    assert len(from_scene(state, scene(1.2, near), 1.2)[1]) == 1


FALL = replace(THING, cls=ObjectClass.PLATFORM_EDGE, score=0.5)
ROWS = {
    ObjectClass.PLATFORM_EDGE: "edge_ahead",
    ObjectClass.STAIRS: "stairs_ahead",
    ObjectClass.OVERHEAD: "overhead_ahead",
}


@pytest.mark.parametrize(("cls", "kind"), ROWS.items())
@pytest.mark.parametrize("on_paving", [False, True])
@pytest.mark.parametrize("bearing_deg", [0.0, 35.0])
def test_edges_stairs_and_what_hangs_have_rows_of_their_own(
    cls: ObjectClass, kind: str, on_paving: bool, bearing_deg: float
) -> None:
    """The blocks lead up to them, and their boxes are wide: neither decides whether they are told."""
    thing = replace(THING, cls=cls, on_paving=on_paving, bearing_deg=bearing_deg, distance_m=4.5)
    assert kinds(watch(scene(0.0, thing))) == [kind]


@pytest.mark.parametrize(("cls", "kind"), ROWS.items())
def test_they_are_told_far_then_near_then_before_contact(cls: ObjectClass, kind: str) -> None:
    told = watch(*approach(replace(THING, cls=cls)))
    assert kinds(told) == [kind, kind, "stop_now"]
    assert told[0][1].params.distance_m > 4.0  # type: ignore[union-attr]


def test_a_platform_edge_is_danger_from_the_first_word_and_stairs_once_they_are_near() -> None:
    (_, edge), (_, near), _ = watch(*approach(FALL))
    assert {urgency_of(edge), urgency_of(near)} == {Urgency.HAZARD}
    assert preempts(edge) is Preempts.NOW
    (_, stairs), (_, near), _ = watch(*approach(replace(FALL, cls=ObjectClass.STAIRS)))
    assert (urgency_of(stairs), urgency_of(near)) == (Urgency.CAUTION, Urgency.HAZARD)


def test_an_edge_that_was_not_heard_is_told_again() -> None:
    state, (first,) = from_scene(SceneState(), scene(0.0, FALL), 0.0)
    missed = settle(state, (Settled(first, "expired"),))
    assert kinds([(0.1, each) for each in from_scene(missed, scene(0.1, FALL), 0.1)[1]]) == ["edge_ahead"]


@pytest.mark.parametrize("cls", [ObjectClass.BUS, ObjectClass.TRUCK])
def test_large_vehicles_come_as_vehicles_do(cls: ObjectClass) -> None:
    coming = replace(THING, cls=cls, on_paving=False, motion=Motion.APPROACHING, distance_m=12.0, ttc_s=3.0)
    assert kinds(watch(scene(0.0, coming))) == ["vehicle_approaching"]
    assert watch(scene(0.0, replace(coming, motion=Motion.CROSSING, ttc_s=None))) == []


@pytest.mark.parametrize("cls", THINGS)
def test_everything_that_stands_on_the_blocks_is_told(cls: ObjectClass) -> None:
    assert kinds(watch(scene(0.0, replace(THING, cls=cls)))) == [ROWS.get(cls, "obstacle_on_paving")]


def test_a_thing_that_is_found_again_under_a_name_that_is_alike_is_the_same_thing() -> None:
    nameless = replace(THING, track_id=57, cls=ObjectClass.OBSTACLE, distance_m=4.5)
    assert len(watch(scene(0.0, THING), scene(0.1), scene(0.5, nameless))) == 1
    person = replace(nameless, cls=ObjectClass.PERSON)
    assert len(watch(scene(0.0, THING), scene(0.1), scene(0.5, person))) == 2


def test_the_blocks_are_told_when_they_stay_in_sight_and_when_they_stay_out_of_it() -> None:
    frames = [scene(t / 10, paving=SEEN if 10 <= t < 60 and t != 20 else UNSEEN) for t in range(150)]
    told = watch(*frames)
    assert kinds(told) == ["paving_sighted", "paving_out_of_sight"]
    assert [t_s for t_s, _ in told] == pytest.approx([5.2, 14.0], abs=0.15)


def test_blocks_that_were_never_seen_are_not_told_as_lost() -> None:
    assert watch(*(scene(t / 10) for t in range(100))) == []


def test_a_blind_camera_is_told_once_with_its_reason_and_when_it_is_back() -> None:
    frames = [scene(t / 10, fault="dark" if 10 <= t < 50 else None) for t in range(100)]
    told = watch(*frames)
    assert kinds(told) == ["camera_lost", "camera_back"]
    assert told[0][1].params.reason == "dark"  # type: ignore[union-attr]
    assert [t_s for t_s, _ in told] == pytest.approx([1.0, 5.0])  # vision has waited already


def test_one_bad_frame_is_no_fault_and_takes_nothing_back() -> None:
    bad = Scene(1, 0.1, (), UNSEEN, looked=False)
    assert watch(scene(0.0), bad, scene(0.2)) == []


def test_things_are_told_while_the_camera_is_blurred() -> None:
    frames = [scene(t / 10, THING, fault="blurred") for t in range(10)]
    told = kinds(watch(*frames))
    assert sorted(told) == ["camera_poor", "obstacle_on_paving"]


def test_from_blurred_to_blind_and_back_each_is_told() -> None:
    faults = ["blurred"] * 5 + ["covered"] * 5 + ["dark"] * 5 + ["blurred"] * 5 + [None] * 5
    frames = [scene(n / 10, fault=fault) for n, fault in enumerate(faults)]
    assert kinds(watch(*frames)) == ["camera_poor", "camera_lost", "camera_poor", "camera_back"]


def test_after_a_fault_things_are_told_anew() -> None:
    dark = [scene(1.0 + t / 10, fault="dark") for t in range(15)]
    back = [scene(2.5 + t / 10, THING) for t in range(15)]
    assert kinds(watch(scene(0.0, THING), *dark, *back)).count("obstacle_on_paving") == 2
