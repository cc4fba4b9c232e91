"""What of a scene is told, when, and how often."""

from dataclasses import replace

import pytest

from device.announcements import AlertKind, Announcement
from device.arbiter import Settled
from device.hazards import SceneState, from_scene, settle
from device.policy import POLICY, Evidence, Preempts, Urgency, preempts, urgency_of, worth_telling
from device.words import render
from vision.faults import BLIND
from vision.types import THINGS, Hazard, Motion, ObjectClass, PavingSight, Scene
from wire.trip import Outcome

THING = Hazard(
    track_id=42,
    cls=ObjectClass.BICYCLE,
    score=0.8,
    distance_m=5.0,
    distance_sigma_m=0.3,
    bearing_deg=0.0,
    on_paving=True,
    ttc_s=4.5,
    motion=Motion.STANDING,
    free_side=None,
)
ON, AHEAD = AlertKind.OBSTACLE_ON_PAVING, AlertKind.OBSTACLE_AHEAD
WITH_LAST_CALL = [kind for kind in AlertKind if POLICY[kind].last_call is not None]
UNSEEN, SEEN = PavingSight(seen=False), PavingSight(seen=True, bearing_deg=0.0, offset_m=0.8)


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


def evidence(kind: AlertKind) -> tuple[Evidence, Evidence]:
    """Enough for a first telling of `kind`: early and sure, or soon and less sure."""
    row = POLICY[kind]
    assert row.evidence
    assert row.last_call
    return row.evidence, row.last_call


def test_a_thing_on_the_blocks_is_told_when_it_is_seconds_away_when_near_and_before_touching() -> None:
    told = watch(*approach(THING))
    assert kinds(told) == ["obstacle_on_paving", "obstacle_on_paving", "stop_now"]
    seconds = [announcement.params.ttc_s for _, announcement in told]  # type: ignore[union-attr]
    row, stop = POLICY[ON], POLICY[AlertKind.STOP_NOW].evidence
    assert row.evidence
    assert row.escalation
    assert stop
    limits = [row.evidence.ttc_s, row.escalation.evidence.ttc_s, stop.ttc_s]
    # In the first frame below, a stop in the second.
    for limit, at, frames in zip(limits, seconds, (1, 1, 2), strict=True):
        assert limit
        assert 0 < limit - at < 0.101 * frames
    # Time for words and a step, time for one word, time to stop: each is less.
    assert 4.0 < seconds[0] < 6.0
    assert 1.0 < seconds[2] < seconds[1] < 2.0


@pytest.mark.parametrize("speed_mps", [0.8, 1.1, 1.4])
def test_it_is_seconds_that_count_not_metres(speed_mps: float) -> None:
    first = watch(*approach(THING, speed_mps))[0][1]
    early, _ = evidence(ON)
    assert early.ttc_s
    assert 0 < early.ttc_s - first.params.ttc_s < 0.11  # type: ignore[union-attr]


def test_its_key_is_its_track() -> None:
    assert {announcement.key for _, announcement in watch(*approach(THING))} == {"obstacle/42"}


def test_what_will_be_touched_is_told_and_what_will_not_is_not_wherever_it_is_now() -> None:
    ahead = replace(THING, on_paving=False, distance_m=4.0)
    for bearing_deg in (0.0, 20.0, -40.0):
        there = replace(ahead, bearing_deg=bearing_deg)
        assert kinds(watch(scene(0.0, there))) == ["obstacle_ahead"]
        assert watch(scene(0.0, replace(there, chance=0.3))) == []
        on_blocks = replace(there, on_paving=True)
        assert kinds(watch(scene(0.0, on_blocks))) == ["obstacle_on_paving"]
        assert watch(scene(0.0, replace(on_blocks, chance=0.3))) == []


@pytest.mark.parametrize("kind", WITH_LAST_CALL)
def test_a_last_call_asks_for_less_and_leaves_less_time(kind: AlertKind) -> None:
    first, last = evidence(kind)
    assert first.ttc_s
    assert last.ttc_s
    assert last.ttc_s < first.ttc_s
    assert last.chance < first.chance
    # Soon, but not so soon that the words would come too late to be of use.
    assert last.ttc_s > 1.5 + 1.7


@pytest.mark.parametrize("on_paving", [True, False])
def test_what_is_less_sure_is_told_at_the_last_call_and_not_before(on_paving: bool) -> None:
    kind = ON if on_paving else AHEAD
    first, last = evidence(kind)
    assert last.ttc_s
    unsure = replace(THING, on_paving=on_paving, chance=(first.chance + last.chance) / 2)
    early, late = replace(unsure, ttc_s=last.ttc_s + 0.1), replace(unsure, ttc_s=last.ttc_s - 0.1)
    assert watch(scene(0.0, early)) == []
    assert kinds(watch(scene(0.0, early), scene(0.1, late))) == [str(kind)]
    assert kinds(watch(scene(0.0, replace(early, chance=first.chance)))) == [str(kind)]
    assert watch(scene(0.0, replace(late, chance=last.chance - 0.01))) == []


def test_what_is_not_closing_is_told_only_within_reach() -> None:
    still = replace(THING, ttc_s=None)
    assert kinds(watch(scene(0.0, replace(still, distance_m=1.1)))) == ["obstacle_on_paving"]
    assert watch(scene(0.0, replace(still, distance_m=1.5))) == []


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


def test_a_stop_needs_two_frames_of_the_same_thing() -> None:
    touching = replace(THING, distance_m=1.0, ttc_s=0.9)
    passed = replace(touching, ttc_s=None, chance=0.1)
    assert kinds(watch(scene(0.0, touching), scene(0.1, touching))) == ["stop_now"]
    assert watch(scene(0.0, touching), scene(0.1, passed), scene(0.2, touching)) == []
    assert watch(scene(0.0, touching), scene(0.1, replace(touching, track_id=99))) == []


def test_people_who_come_close_are_never_a_stop() -> None:
    person = replace(THING, cls=ObjectClass.PERSON, motion=Motion.APPROACHING, distance_m=1.0, ttc_s=0.5)
    assert kinds(watch(scene(0.0, person))) == ["person_approaching"]


def test_the_chance_and_not_the_score_of_its_name_decides() -> None:
    """The score of the name says what to call it; whether it is a thing at all is in the chance."""
    assert kinds(watch(scene(0.0, replace(THING, score=0.2)))) == ["obstacle_on_paving"]
    assert watch(scene(0.0, replace(THING, score=0.9, chance=0.2))) == []


def test_a_track_that_is_lost_and_found_under_a_new_number_is_the_same_thing() -> None:
    found = replace(THING, track_id=57, distance_m=4.5)
    assert len(watch(scene(0.0, THING), scene(0.1), scene(0.5, found))) == 1
    assert len(watch(scene(0.0, THING), scene(0.1), scene(9.0, found))) == 2


def test_what_hangs_is_the_same_thing_as_far_as_its_size_can_tell() -> None:
    branch = replace(THING, cls=ObjectClass.OVERHEAD, distance_m=6.0, distance_sigma_m=3.0)
    found = replace(branch, track_id=57, distance_m=5.5)  # by then it should be 2.8 m ahead
    assert len(watch(scene(0.0, branch), scene(0.1), scene(2.5, found))) == 1
    surer = replace(branch, distance_sigma_m=0.5)
    assert len(watch(scene(0.0, surer), scene(0.1), scene(2.5, found))) == 2


def test_what_hangs_is_told_sooner_than_what_a_cane_meets() -> None:
    soon = replace(THING, ttc_s=6.5, chance=0.7)
    assert watch(scene(0.0, soon)) == []
    assert kinds(watch(scene(0.0, replace(soon, cls=ObjectClass.OVERHEAD)))) == ["overhead_ahead"]


def test_what_is_found_again_is_sought_where_it_should_be_by_now() -> None:
    near = replace(THING, distance_m=6.0, ttc_s=4.5)
    for distance_m, told in ((3.2, 1), (5.9, 2)):
        found = replace(near, track_id=57, distance_m=distance_m)
        assert len(watch(scene(0.0, near), scene(0.1), scene(2.2, found))) == told


@pytest.mark.parametrize(
    ("distance_m", "bearing_deg", "told"),
    [(5.5, 0.0, 1), (5.5, 5.0, 1), (5.0, 12.0, 2), (5.0, -12.0, 2), (7.0, 0.0, 2)],
)
def test_two_like_things_are_one_word_only_where_they_stand_together(
    distance_m: float, bearing_deg: float, told: int
) -> None:
    other = replace(THING, track_id=57, distance_m=distance_m, bearing_deg=bearing_deg)
    assert len(watch(*(scene(n / 10, THING, other) for n in range(8)))) == told


def test_two_unlike_things_that_stand_together_are_two_words() -> None:
    post = replace(THING, track_id=57, cls=ObjectClass.BOLLARD)
    assert len(watch(*(scene(n / 10, THING, post) for n in range(8)))) == 2


def test_two_that_stood_together_and_part_are_not_told_anew() -> None:
    other = replace(THING, track_id=57, distance_m=5.5)
    apart = replace(other, bearing_deg=40.0)
    assert len(watch(scene(0.0, THING, other), *(scene(n / 10, THING, apart) for n in range(1, 8)))) == 1


def test_of_two_that_stand_together_each_is_told_once_it_is_worse() -> None:
    other = replace(THING, track_id=57, distance_m=5.5)
    worse = replace(other, ttc_s=1.0)
    told = watch(scene(0.0, THING, other), *(scene(n / 10, THING, worse) for n in (1, 2, 3)))
    assert kinds(told) == ["obstacle_on_paving", "stop_now"]
    assert told[-1][1].key == "obstacle/57"


def test_the_soonest_comes_first() -> None:
    slow = replace(THING, track_id=1, ttc_s=None, distance_m=1.0)
    quick = replace(THING, track_id=2, ttc_s=1.5)
    assert [each.key for _, each in watch(scene(0.0, slow, quick))] == ["obstacle/2", "obstacle/1"]


def test_what_was_not_heard_is_offered_again_and_what_was_heard_is_not() -> None:
    state, (first,) = from_scene(SceneState(), scene(0.0, THING), 0.0)
    heard = settle(state, (Settled(first, "spoken", 1, 0.0, 2.0),))
    again = from_scene(heard, scene(0.1, THING), 0.1)[1]
    assert "obstacle_on_paving" not in kinds([(0.1, each) for each in again])
    missed = settle(state, (Settled(first, "expired"),))
    assert kinds([(0.1, each) for each in from_scene(missed, scene(0.1, THING), 0.1)[1]]) == [
        "obstacle_on_paving"
    ]


def test_a_telling_that_its_own_worse_one_cut_is_not_offered_again() -> None:
    near = replace(THING, distance_m=1.7, ttc_s=1.6)
    state, (first,) = from_scene(SceneState(), scene(0.0, THING), 0.0)
    state, (worse,) = from_scene(state, scene(1.0, near), 1.0)
    state = settle(state, (Settled(first, "preempted", 1, 0.0, 1.0),))
    assert from_scene(state, scene(1.1, near), 1.1)[1] == ()
    state = settle(state, (Settled(worse, "failed", 2),))
    assert len(from_scene(state, scene(1.2, near), 1.2)[1]) == 1


def told_and(outcome: Outcome | None, hazard: Hazard) -> tuple[SceneState, Announcement]:
    """After a first telling of `hazard` of which that has come; None: it is still being said."""
    state, (first,) = from_scene(SceneState(), scene(0.0, hazard), 0.0)
    return (state if outcome is None else settle(state, (Settled(first, outcome, 1),))), first


def test_the_rest_follows_once_what_and_where_was_heard() -> None:
    state, _ = told_and("spoken", THING)
    nearer = replace(THING, distance_m=4.0, ttc_s=3.6)
    state, (rest,) = from_scene(state, scene(1.0, nearer), 1.0)
    assert (rest.kind, rest.key, rest.params) == (AlertKind.OBSTACLE_DETAIL, "obstacle/42", nearer)
    assert from_scene(state, scene(1.1, nearer), 1.1)[1] == ()


@pytest.mark.parametrize("outcome", [None, "expired", "preempted", "failed", "duplicate"])
def test_the_rest_of_what_was_not_heard_is_not_told(outcome: Outcome | None) -> None:
    state, _ = told_and(outcome, THING)
    for step in range(1, 10):
        state, new = from_scene(state, scene(step / 10, THING), step / 10)
        assert AlertKind.OBSTACLE_DETAIL not in {each.kind for each in new}


@pytest.mark.parametrize(
    "too_late",
    [
        replace(THING, ttc_s=2.4),
        replace(THING, distance_m=0.9),
        replace(THING, motion=Motion.UNKNOWN),
        replace(THING, motion=Motion.CROSSING),
        replace(THING, motion=Motion.APPROACHING),
    ],
)
def test_the_rest_is_told_only_of_what_stays_ahead_and_where_there_is_time(too_late: Hazard) -> None:
    state, _ = told_and("spoken", THING)
    assert from_scene(state, scene(1.0, too_late), 1.0)[1] == ()
    # And if there is time after all, it is told then.
    assert len(from_scene(state, scene(1.0, THING), 1.0)[1]) == 1


def test_that_it_goes_the_same_way_is_told_with_the_rest_and_first_as_of_anybody() -> None:
    ahead = replace(THING, cls=ObjectClass.PERSON, on_paving=False, motion=Motion.OVERTAKEN)
    state, first = told_and("spoken", ahead)
    assert (first.kind, render(first, "ja").text) == (AlertKind.OBSTACLE_AHEAD, "正面に人。")
    _, (rest,) = from_scene(state, scene(1.0, ahead), 1.0)
    assert render(rest, "ja").text.endswith("メートル。同じ方向に進んでいます。")
    assert watch(scene(0.0, replace(ahead, ttc_s=None))) == []  # at the same pace: he is not come up to


@pytest.mark.parametrize("motion", Motion)
@pytest.mark.parametrize("cls", THINGS)
def test_however_a_thing_moves_it_has_a_row_and_words_without_a_side_that_does_not_stay(
    cls: ObjectClass, motion: Motion
) -> None:
    thing = replace(THING, cls=cls, motion=motion, free_side="left")
    state, first = told_and("spoken", thing)
    assert render(first, "ja").text.endswith("。")
    for rest in from_scene(state, scene(1.0, thing), 1.0)[1]:
        assert motion in (Motion.STANDING, Motion.OVERTAKEN)
        assert ("あいている" in render(rest, "ja").text) == (motion is Motion.STANDING)
        assert ("open" in render(rest, "en").text) == (motion is Motion.STANDING)


@pytest.mark.parametrize("outcome", ["expired", "preempted", "failed"])
def test_the_rest_is_offered_once_and_does_not_take_the_first_telling_back(outcome: Outcome) -> None:
    state, _ = told_and("spoken", THING)
    state, (rest,) = from_scene(state, scene(0.5, THING), 0.5)
    state = settle(state, (Settled(rest, outcome, 2),))
    assert from_scene(state, scene(0.6, THING), 0.6)[1] == ()


def test_what_gets_worse_is_told_rather_than_the_rest() -> None:
    state, _ = told_and("spoken", THING)
    _, (worse,) = from_scene(state, scene(0.5, replace(THING, ttc_s=1.6)), 0.5)
    assert (worse.kind, urgency_of(worse)) == (ON, Urgency.HAZARD)


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


def test_stairs_about_to_be_stepped_on_need_no_more_than_a_stop_does() -> None:
    """From afar they ask a higher chance than a stop: so near, that must not keep it back."""
    stop = POLICY[AlertKind.STOP_NOW].evidence
    afar = POLICY[AlertKind.STAIRS_AHEAD].evidence
    assert stop
    assert afar
    assert stop.chance < afar.chance
    near = replace(THING, cls=ObjectClass.STAIRS, distance_m=0.9, ttc_s=0.9, chance=0.75)
    assert kinds(watch(scene(0.0, near), scene(0.1, near))) == [str(AlertKind.STOP_NOW)]
    far = replace(near, distance_m=3.0, ttc_s=3.0)
    assert watch(scene(0.0, far), scene(0.1, far)) == []


@pytest.mark.parametrize("kind", WITH_LAST_CALL)
def test_what_waits_is_worth_telling_while_it_nearly_would_be_told(kind: AlertKind) -> None:
    first, last = evidence(kind)
    assert first.ttc_s
    assert last.ttc_s
    now = replace(THING, chance=1.0)
    for ttc_s, worth in (
        (first.ttc_s * 0.9, True),
        (first.ttc_s * 1.2, True),
        (first.ttc_s * 1.3, False),
        (None, False),
    ):
        assert worth_telling(kind, replace(now, ttc_s=ttc_s)) is worth
    least = replace(now, ttc_s=last.ttc_s * 0.9)
    assert worth_telling(kind, replace(least, chance=last.chance * 0.85, score=0.0))
    assert not worth_telling(kind, replace(least, chance=last.chance * 0.75))


def test_a_stop_and_what_asks_no_evidence_are_always_worth_telling() -> None:
    passed = replace(THING, ttc_s=None, distance_m=9.0, chance=0.0)
    assert worth_telling(AlertKind.STOP_NOW, passed)
    assert worth_telling(AlertKind.CAMERA_LOST, passed)
    assert not worth_telling(AlertKind.STAIRS_AHEAD, passed)
