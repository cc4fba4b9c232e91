"""When to plan again, and a new route that begins in the middle of a walk."""

from collections.abc import Sequence

import pytest

from routing.cues import Cue, CueKind
from routing.follow import Follower
from routing.geo import XY
from routing.progress import FollowState, Progress
from routing.rerouting import Rerouting, watch
from routing.simulated import Leg, Noise, route_of, true_path, walk
from wire.route import Route


def _watched(apart: Sequence[float], *, accuracy_m: float = 6.0, crossing: bool = False) -> list[bool]:
    state, wanted = Rerouting(), []
    for second, apart_m in enumerate(apart):
        state = watch(
            state, float(second), off=True, apart_m=apart_m, accuracy_m=accuracy_m, crossing=crossing
        )
        wanted.append(state.wanted)
    return wanted


def test_who_walks_away_gets_a_new_route_after_twenty_seconds() -> None:
    wanted = _watched([15.0 + second for second in range(40)])
    assert wanted.index(True) == 20


def test_who_stands_near_or_walks_back_does_not() -> None:
    assert not any(_watched([22.0] * 120))
    assert not any(_watched([70.0 - second for second in range(60)]))


def test_far_away_is_enough_even_standing() -> None:
    assert any(_watched([45.0] * 40))


def test_nobody_is_rerouted_on_a_crossing_or_from_an_unknown_place() -> None:
    assert not any(_watched([60.0] * 60, crossing=True))
    assert not any(_watched([60.0] * 60, accuracy_m=35.0))
    assert not any(_watched([30.0 + second for second in range(15)] * 4, accuracy_m=30.0))


def test_a_wish_stays_until_the_walker_comes_back() -> None:
    away = [15.0 + second for second in range(45)]
    back = [60.0 - second for second in range(50)]
    wanted = _watched(away + back)
    assert wanted[45:75] == [True] * 30  # still far: the plan may already be under way
    assert wanted[-1] is False


def _follow(
    route: Route, path: Sequence[XY], *, begun: bool = False, seed: int = 0
) -> tuple[list[Cue], list[Progress]]:
    plane, _ = true_path(route)
    follower, state = Follower(route, begun=begun), FollowState()
    said: list[Cue] = []
    seen: list[Progress] = []
    for moment in walk(path, plane, Noise(5.0), seed):
        state, cues, progress = follower.step(state, moment.fix, moment.t_s)
        said += cues
        seen.append(progress)
    return said, seen


@pytest.mark.parametrize("seed", range(4))
def test_a_walker_who_does_not_come_back_is_offered_a_new_route(seed: int) -> None:
    route = route_of([Leg(0, 200), Leg(-150, 0)])
    _, seen = _follow(route, [(0.0, 0.0), (0.0, 200.0), (0.0, 300.0)], seed=seed)
    wanted = [progress for progress in seen if progress.reroute_wanted]
    assert wanted
    assert all(progress.off_s >= 20.0 for progress in wanted)
    assert not any(progress.reroute_wanted for progress in seen if progress.on_route)


def test_on_the_route_no_reroute_is_wanted() -> None:
    route = route_of([Leg(0, 200), Leg(-150, 0)])
    _, seen = _follow(route, true_path(route)[1])
    assert not any(progress.reroute_wanted or progress.off_s for progress in seen)


def test_a_new_route_begins_without_a_greeting() -> None:
    route = route_of([Leg(0, 200), Leg(-150, 0)])
    said, _ = _follow(route, true_path(route)[1], begun=True)
    kinds = [cue.kind for cue in said]
    assert CueKind.START not in kinds
    assert CueKind.FACE not in kinds  # the walker goes that way already
    assert kinds[-1] is CueKind.ARRIVED


def test_who_must_turn_round_for_the_new_route_is_told_first() -> None:
    route = route_of([Leg(0, 200), Leg(-150, 0)])
    said, _ = _follow(route, [(0.0, 10.0), (0.0, -20.0), (0.0, 200.0), (-150.0, 200.0)], begun=True)
    assert said[0].kind is CueKind.FACE
    assert abs(said[0].relative_deg or 0.0) > 120.0
