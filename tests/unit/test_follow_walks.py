"""Walks that are not the plan: straying, turning back, standing, losing the position."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import pytest

from routing import prompts
from routing.actions import itinerary
from routing.cues import Cue, CueKind
from routing.errors import PracticeMapRefused
from routing.follow import Follower
from routing.geo import XY
from routing.progress import FollowSettings, FollowState, Progress
from routing.simulated import Leg, Moment, Noise, route_of, true_path, walk
from wire.position import Fix
from wire.route import Crossing, Landmark, Name, Route, StretchKind

CROSSING = Crossing(signals="yes", sound="unknown", marked="yes", street=Name(ja="昭和通り"))


def city(*, practice: bool = False) -> Route:
    return route_of(
        [
            Leg(0, 150, tactile="yes"),
            Leg(0, 12, StretchKind.CROSSING, crossing=CROSSING),
            Leg(0, 120, tactile="unknown"),
            Leg(-120, 0, tactile="yes"),
            Leg(0, 80, StretchKind.ROAD),
        ],
        landmarks=(Landmark(at_m=80.0, side="left", name=Name(ja="大分銀行")),),
        practice=practice,
    )


@dataclass(frozen=True)
class Told:
    t_s: float
    cue: Cue
    progress: Progress


@dataclass(frozen=True)
class Run:
    told: tuple[Told, ...]
    last: Progress

    def of(self, *kinds: CueKind) -> list[Told]:
        return [one for one in self.told if one.cue.kind in kinds]

    def count(self, kind: CueKind) -> int:
        return len(self.of(kind))


def follow(route: Route, moments: Sequence[Moment], settings: FollowSettings | None = None) -> Run:
    follower = Follower(route, settings)
    state = FollowState()
    told: list[Told] = []
    progress = None
    for moment in moments:
        state, cues, progress = follower.step(state, moment.fix, moment.t_s)
        told += [Told(moment.t_s, cue, progress) for cue in cues]
    assert progress is not None
    return Run(tuple(told), progress)


def walked(
    route: Route,
    accuracy_m: float = 8.0,
    seed: int = 0,
    *,
    path: Sequence[XY] = (),
    stops: Sequence[tuple[float, float]] = (),
) -> list[Moment]:
    plane, along = true_path(route)
    return list(walk(path or along, plane, Noise(accuracy_m), seed, stops=stops))


def test_a_walk_along_the_route_tells_everything_once_and_in_order() -> None:
    run = follow(city(), walked(city()))
    kinds = [one.cue.kind for one in run.told if one.cue.kind is not CueKind.REASSURE]
    assert kinds == [
        CueKind.START,
        CueKind.FACE,
        CueKind.PAVING_BEGINS,
        CueKind.LANDMARK,
        CueKind.CROSSING_AHEAD,
        CueKind.CROSSING_NOW,
        CueKind.CROSSING_DONE,
        CueKind.PAVING_UNKNOWN,
        CueKind.PREPARE_TURN,
        CueKind.TURN_NOW,
        CueKind.PAVING_BEGINS,
        CueKind.PREPARE_TURN,
        CueKind.TURN_NOW,
        CueKind.PAVING_UNKNOWN,
        CueKind.NO_SIDEWALK,
        CueKind.NEAR_DESTINATION,
        CueKind.ARRIVED,
    ]
    assert run.last.arrived
    assert run.last.remaining_m < 10.0


def test_turns_have_the_side_of_the_map() -> None:
    left, right = follow(city(), walked(city())).of(CueKind.TURN_NOW)
    assert left.cue.turn_deg == pytest.approx(-90.0, abs=3.0)
    assert right.cue.turn_deg == pytest.approx(90.0, abs=3.0)


def test_silence_never_lasts_on_a_straight() -> None:
    run = follow(route_of([Leg(0, 500)]), walked(route_of([Leg(0, 500)])))
    times = [one.t_s for one in run.told]
    assert max(b - a for a, b in pairwise(times)) <= 62.0
    assert run.count(CueKind.REASSURE) >= 7


def test_reassurance_follows_the_wearers_choice() -> None:
    route = route_of([Leg(0, 500)])
    seldom = follow(route, walked(route), FollowSettings(reassure_m=100.0, reassure_s=120.0))
    assert 3 <= seldom.count(CueKind.REASSURE) <= 4


@pytest.mark.parametrize("seed", range(4))
def test_straying_35_m_is_told_and_so_is_the_way_back(seed: int) -> None:
    route = city()
    _, along = true_path(route)
    corner = along[3]  # missed: straight on, and back
    path = [*along[:4], (corner[0], corner[1] + 35.0), *along[3:]]
    run = follow(route, walked(route, seed=seed, path=path, stops=((317.0, 20.0),)))
    off = run.of(CueKind.OFF_ROUTE)
    assert 1 <= len(off) <= 5
    assert all(b.t_s - a.t_s >= 10.0 for a, b in pairwise(off))
    assert off[0].progress.on_route is False
    assert off[0].cue.distance_m is not None
    assert 10.0 < off[0].cue.distance_m < 45.0
    assert run.count(CueKind.BACK_ON_ROUTE) == 1
    assert run.last.arrived


def test_the_way_back_is_told_relative_to_the_walker() -> None:
    route = route_of([Leg(0, 300)])
    path = [(0.0, 0.0), (0.0, 100.0), (40.0, 100.0)]  # to the right, off to the east
    off = follow(route, walked(route, 5.0, path=path)).of(CueKind.OFF_ROUTE)
    assert off
    assert off[0].cue.bearing_deg == pytest.approx(270.0, abs=30.0)
    assert abs(off[0].cue.relative_deg or 0.0) > 140.0  # behind


def test_walking_back_is_the_wrong_way_and_does_not_end_the_guidance() -> None:
    route = city()
    path = [(0.0, 0.0), (0.0, 130.0), (0.0, 90.0), *true_path(route)[1][1:]]
    run = follow(route, walked(route, path=path))
    wrong = run.of(CueKind.WRONG_WAY)
    assert 1 <= len(wrong) <= 3
    assert abs(wrong[0].cue.relative_deg or 0.0) > 120.0
    assert wrong[0].t_s == pytest.approx(130.0 / 1.1 + 8.0 / 1.1, abs=8.0)
    # What was prepared lies ahead once more, and is told once more.
    assert [one.cue.key for one in run.of(CueKind.CROSSING_AHEAD)].count("crossing/1/ahead") == 2
    assert run.last.arrived


def test_waiting_at_a_kerb_is_not_talked_over() -> None:
    route = city()
    run = follow(route, walked(route, stops=((149.0, 60.0),)))
    kerb = run.of(CueKind.CROSSING_NOW)
    assert 1 <= len(kerb) <= 2  # once, and one repetition of a pending action
    during = [one for one in run.told if kerb[0].t_s < one.t_s < kerb[0].t_s + 50.0]
    assert [one for one in during if one.cue.kind is not CueKind.CROSSING_NOW] == []


def test_the_far_side_is_never_told_on_the_carriageway() -> None:
    route = city()
    for seed in range(6):
        moments = walked(route, seed=seed)
        run = follow(route, moments)
        for one in run.of(CueKind.CROSSING_DONE):
            _, north = next(moment.xy for moment in moments if moment.t_s == one.t_s)
            assert north >= 160.0, f"seed {seed}: told {162.0 - north:.1f} m before the kerb"


def test_an_outage_is_told_once_and_its_end_once() -> None:
    route = city()
    moments = walked(route)
    follower, state, told = Follower(route), FollowState(), []
    for moment in moments:
        fix = None if 60.0 <= moment.t_s < 100.0 else moment.fix
        state, cues, progress = follower.step(state, fix, moment.t_s)
        told += [Told(moment.t_s, cue, progress) for cue in cues]
    lost = [one for one in told if one.cue.kind is CueKind.POSITION_LOST]
    back = [one for one in told if one.cue.kind is CueKind.POSITION_BACK]
    assert [one.t_s for one in lost] == [65.0]
    assert [one.t_s for one in back] == [100.0]
    assert lost[0].progress.located is False
    assert [one for one in told if 65.0 < one.t_s < 100.0] == []
    assert state.arrived


def test_poor_positions_are_told_once_with_hysteresis() -> None:
    route = route_of([Leg(0, 400)])
    moments = walked(route)
    worse = [
        replace(moment, fix=_with_accuracy(moment.fix, 24.0 + 12.0 * (index % 2)))
        if 50 <= index < 150
        else moment
        for index, moment in enumerate(moments)
    ]
    run = follow(route, worse)
    assert run.count(CueKind.POSITION_POOR) == 1
    assert run.count(CueKind.POSITION_BACK) == 1


def _with_accuracy(fix: Fix, accuracy_m: float) -> Fix:
    return replace(fix, accuracy_m=accuracy_m)


def test_a_fix_that_is_old_or_doubled_changes_nothing() -> None:
    route = city()
    follower, state = Follower(route), FollowState()
    moments = walked(route)[:40]
    for moment in moments:
        state, _, _ = follower.step(state, moment.fix, moment.t_s)
    again, cues, _ = follower.step(state, moments[-1].fix, 40.0)
    earlier, _, _ = follower.step(state, moments[10].fix, 40.0)
    assert cues == ()
    assert again.track == earlier.track == state.track


def test_one_wild_fix_does_not_leave_the_route() -> None:
    route = route_of([Leg(0, 400)])
    moments = walked(route)
    wild = moments[120].fix
    moments[120] = replace(moments[120], fix=replace(wild, lat=wild.lat + 0.002, lon=wild.lon + 0.002))
    run = follow(route, moments)
    assert run.count(CueKind.OFF_ROUTE) == 0
    assert run.last.arrived


@pytest.mark.parametrize("source", ["gpsd", "serial", "phone"])
def test_a_practice_map_never_guides_a_live_position(source: str) -> None:
    follower = Follower(city(practice=True))
    fix = replace(walked(city())[0].fix, source=source)
    with pytest.raises(PracticeMapRefused, match=r"手描きの練習用.*hand-drawn"):
        follower.step(FollowState(), fix, 0.0)


@pytest.mark.parametrize("source", ["nmea", "replay"])
def test_a_practice_map_may_be_rehearsed(source: str) -> None:
    follower = Follower(city(practice=True))
    fix = replace(walked(city())[0].fix, source=source)
    _, cues, _ = follower.step(FollowState(), fix, 0.0)
    assert [cue.kind for cue in cues] == [CueKind.START, CueKind.FACE]


def test_the_start_is_told_before_the_first_fix_and_only_once() -> None:
    follower, state = Follower(city()), FollowState()
    state, first, progress = follower.step(state, None, 0.0)
    state, second, _ = follower.step(state, None, 15.0)
    state, third, _ = follower.step(state, None, 16.0)
    state, fourth, _ = follower.step(state, None, 40.0)
    assert [cue.kind for cue in first] == [CueKind.START]
    assert second == ()
    # Without any fix, silence would look like guidance.
    assert [cue.kind for cue in third] == [CueKind.POSITION_LOST]
    assert fourth == ()
    assert progress.located is False


def test_the_same_fixes_give_the_same_cues() -> None:
    route, moments = city(), walked(city(), 12.0, 3)
    assert follow(route, moments).told == follow(route, moments).told


def test_no_words_wait_for_a_position_that_is_hidden_by_an_outage_at_a_turn() -> None:
    """Who turned during an outage is found on the other leg, and the missed turn is not told late."""
    route = city()
    moments = walked(route)
    follower, state, told = Follower(route), FollowState(), []
    for moment in moments:
        fix = None if 225.0 <= moment.t_s < 300.0 else moment.fix
        state, cues, progress = follower.step(state, fix, moment.t_s)
        told += [Told(moment.t_s, cue, progress) for cue in cues]
    counts = Counter(one.cue.key for one in told)
    assert counts["turn/0/now"] == 0
    assert counts["turn/1/now"] == 1
    assert state.arrived


@pytest.mark.parametrize("seed", range(4))
def test_who_comes_back_to_a_corner_from_the_other_side_is_not_sent_the_wrong_way(seed: int) -> None:
    """The route turns left; who missed it, turned round and returns must turn right."""
    route = city()
    _, along = true_path(route)
    corner = along[3]
    path = [*along[:4], (corner[0], corner[1] + 40.0), *along[3:]]
    run = follow(route, walked(route, seed=seed, path=path))
    (back,) = run.of(CueKind.BACK_ON_ROUTE)
    assert _ends_up(back, back.cue.relative_deg) < 30.0
    for again in [one for one in run.of(CueKind.TURN_NOW) if one.cue.key == "turn/0/now"][1:]:
        # The route's own turn while the course is the route's: it need not repeat the course's sway.
        assert _ends_up(again, again.cue.turn_deg) < 20.0


def _ends_up(told: Told, turn_deg: float | None) -> float:
    """Degrees from west of who turns by `turn_deg` from the heading of that moment."""
    assert told.progress.heading_deg is not None
    assert turn_deg is not None
    return abs((told.progress.heading_deg + turn_deg - 270.0 + 180.0) % 360.0 - 180.0)


def test_nobody_arrives_on_a_carriageway() -> None:
    route = route_of([Leg(0, 100), Leg(0, 14, StretchKind.CROSSING, crossing=CROSSING), Leg(0, 12)])
    for seed in range(6):
        moments = walked(route, seed=seed)
        run = follow(route, moments)
        (arrived,) = run.of(CueKind.ARRIVED)
        _, north = next(moment.xy for moment in moments if moment.t_s == arrived.t_s)
        assert north >= 112.0
        kinds = [one.cue.kind for one in run.told]
        assert kinds.index(CueKind.CROSSING_NOW) < kinds.index(CueKind.NEAR_DESTINATION)


def test_a_route_that_ends_behind_a_crossing_is_finished_standing() -> None:
    route = route_of([Leg(0, 100), Leg(0, 14, StretchKind.CROSSING, crossing=CROSSING)])
    assert follow(route, walked(route)).count(CueKind.ARRIVED) == 1


def test_a_parallel_street_entered_unseen_is_told_in_the_end() -> None:
    """No course diverged, for the position was lost: only the distance tells."""
    route = route_of([Leg(0, 300)])
    moments = walked(route, path=[(0.0, 0.0), (0.0, 100.0), (45.0, 100.0), (45.0, 300.0)])
    seen = [moment for moment in moments if not 80.0 <= moment.t_s <= 135.0]
    off = follow(route, seen).of(CueKind.OFF_ROUTE)
    assert off
    assert off[0].t_s < 165.0


def test_words_that_are_stale_when_due_are_not_made() -> None:
    """They would be dropped, but counted as said: a minute and a half of silence followed a crossing."""
    plan = itinerary(city())
    crossing = next(i for i, one in enumerate(plan.decisions) if one.act is CueKind.CROSSING_NOW)
    end_m = plan.decisions[crossing].end_m
    told, cues = prompts.due(
        plan,
        prompts.Told(current=crossing + 1, done=crossing, fact=99),
        prompts.Place(end_m + 29.0, 4.0, 1.0, 20.0),
        100.0,
    )
    assert told.done is None
    assert not [cue for cue in cues if cue.kind is CueKind.CROSSING_DONE]


def test_who_waits_at_the_last_crossing_far_from_the_end_has_not_arrived() -> None:
    """The far side of the crossing before is still awaited, and no decision is left."""
    route = route_of([
        Leg(0.0, 60.0),
        Leg(0.0, 10.0, StretchKind.CROSSING, crossing=CROSSING),
        Leg(0.0, 9.0),
        Leg(0.0, 16.0, StretchKind.CROSSING, crossing=CROSSING),
        Leg(0.0, 300.0),
    ])  # fmt: skip
    plane, path = true_path(route)
    fixes = walk(path, plane, Noise(20.0), 1, stops=[(78.0, 45.0)])
    follower = Follower(route)
    state = follower.start()
    for moment in fixes:
        state, cues, progress = follower.step(state, moment.fix, moment.t_s)
        assert not [cue for cue in cues if cue.kind is CueKind.ARRIVED] or progress.remaining_m <= 20.0
    assert state.arrived
