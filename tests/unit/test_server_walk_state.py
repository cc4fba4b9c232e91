"""How a walk stands: by the place in the log and the second of happening, never by the order of arrival."""

import random
from itertools import pairwise

import pytest

from server.fakes import straight_route
from server.quick_line import QuickLine
from server.trips import Stored
from server.walk_state import NO_CONTACT_S, Walk, judge, new_walk, on_line, step
from wire.position import Fix
from wire.trip import Fell, Happening, HealthChanged, Moved, Sos, TripEnded, TripEvent, TripStarted

T = 1_795_323_720.0
LINE = QuickLine.through(straight_route().points)
START = TripStarted(route_id="r", practice=False)


def at(
    s: float,
    north_m: float,
    east_m: float = 0.0,
    accuracy_m: float = 5.0,
    *,
    waited_s: float = 0.0,
    seq: int = 0,
) -> Stored:
    lat, lon = 33.2334 + north_m / 110_900.0, 131.6066 + east_m / 93_200.0
    fix = Fix(utc_s=T + s, lat=lat, lon=lon, accuracy_m=accuracy_m)
    return told(s, Moved(fix=fix), waited_s=waited_s, seq=seq)


def told(s: float, what: Happening, *, waited_s: float = 0.0, seq: int = 0) -> Stored:
    """What happened at `s` and came `waited_s` later; its place is its second, unless `seq` is given."""
    number = seq or int(s) + 1
    event = TripEvent(boot="b", seq=number, trip_id="t", utc_s=T + s, what=what)
    return Stored(number, T + s + waited_s, event, (1, number), waited_s)


def fold(*events: Stored, walk: Walk | None = None) -> Walk:
    walk = walk or new_walk(T, LINE)
    for event in events:
        walk = step(walk, event)
    return walk


def stands(walk: Walk, s: float) -> tuple[str, float]:
    standing = judge(walk, T + s)
    return standing.state, standing.since_utc_s - T


def along(first: int, last: int, speed_mps: float = 1.0, east_m: float = 0.0) -> list[Stored]:
    return [at(s, s * speed_mps, east_m) for s in range(first, last)]


def test_planned_until_something_comes() -> None:
    assert stands(new_walk(T), 600.0) == ("planned", 0.0)
    assert stands(fold(told(5.0, START)), 6.0) == ("walking", 5.0)


def test_walking_goes_on_since_it_began() -> None:
    assert stands(fold(told(0.0, START, seq=1), *along(3, 90)), 90.0) == ("walking", 0.0)


def test_standing_still_is_a_pause_after_two_minutes_since_they_stopped() -> None:
    walk = fold(*along(0, 60), *[at(s, 60.0) for s in range(60, 150)])
    assert stands(walk, 150.0)[0] == "walking", "a red light is no pause"
    walk = fold(*[at(s, 60.0) for s in range(150, 240)], walk=walk)
    state, since_s = stands(walk, 240.0)
    assert state == "paused"
    assert 40.0 <= since_s <= 63.0
    walk = fold(*[at(s, 60.0 + (s - 240)) for s in range(240, 300)], walk=walk)
    state, since_s = stands(walk, 300.0)
    assert state == "walking"
    assert 245.0 <= since_s <= 270.0


@pytest.mark.parametrize("seed", range(20))
def test_a_receiver_at_rest_that_wanders_is_at_rest(seed: int) -> None:
    # Correlated noise, as beside buildings: 8 m, changing over half a minute.
    noise, x, y, walk = random.Random(seed), 0.0, 0.0, new_walk(T, LINE)  # noqa: S311
    for s in range(600):
        x, y = (0.97 * value + noise.gauss(0.0, 8.0 * 0.24) for value in (x, y))
        walk = step(walk, at(s, 50.0 + y, x, accuracy_m=12.0))
    assert stands(walk, 600.0)[0] == "paused"


def test_poor_fixes_tell_of_no_pause() -> None:
    assert stands(fold(*[at(s, 60.0, accuracy_m=40.0) for s in range(300)]), 300.0)[0] == "walking"
    # Nor do they go on with one: after a minute nobody knows.
    walk = fold(*[at(s, 60.0) for s in range(200)])
    assert stands(walk, 200.0)[0] == "paused"
    walk = fold(*[at(s, 60.0, accuracy_m=40.0) for s in range(200, 270)], walk=walk)
    assert stands(walk, 270.0)[0] == "walking"


def test_one_jump_of_the_receiver_ends_no_pause() -> None:
    walk = fold(*[at(s, 60.0) for s in range(200)], at(200, 160.0), at(201, 60.0))
    assert stands(walk, 202.0) == ("paused", 0.0)


def test_off_the_route_after_a_dwell_and_back_nearer_than_out() -> None:
    walk = fold(*along(0, 30), *along(30, 45, east_m=40.0))
    assert stands(walk, 45.0)[0] == "walking", "round a parked car"
    walk = fold(*along(45, 55, east_m=40.0), walk=walk)
    assert stands(walk, 55.0) == ("off_route", 30.0)
    walk = fold(*along(55, 70, east_m=18.0), walk=walk)
    assert stands(walk, 70.0)[0] == "off_route", "between the limits nothing changes"
    walk = fold(*along(70, 80, east_m=5.0), walk=walk)
    assert stands(walk, 80.0)[0] == "walking"


def test_beside_the_route_within_the_receivers_error_is_not_off_it() -> None:
    walk = fold(*[at(s, float(s), 40.0, accuracy_m=25.0) for s in range(100)])
    assert stands(walk, 100.0)[0] == "walking"


def test_without_a_route_nobody_is_off_it_and_a_new_one_begins_anew() -> None:
    off = fold(*along(0, 60, east_m=60.0))
    assert stands(off, 60.0)[0] == "off_route"
    assert stands(fold(*along(60, 100, east_m=60.0), walk=on_line(off, None)), 100.0)[0] == "walking"


def test_silence_since_the_last_sign_of_life() -> None:
    walk = fold(*along(0, 30), told(40.0, HealthChanged(part="camera", health="ok")))
    assert stands(walk, 40.0 + NO_CONTACT_S - 1.0)[0] == "walking"
    assert stands(walk, 40.0 + NO_CONTACT_S) == ("no_contact", 40.0)
    assert stands(fold(*along(300, 310), walk=walk), 310.0) == ("walking", 300.0)


def test_what_waited_for_an_hour_ends_no_silence_and_looks_not_new() -> None:
    walk = fold(*along(0, 30))
    late = [at(s, float(s), waited_s=3600.0) for s in range(30, 60)]
    assert stands(fold(*late, walk=walk), 3660.0) == ("no_contact", 59.0)


def test_the_newest_that_went_ahead_is_not_undone_by_what_comes_after() -> None:
    walk = fold(at(1000.0, 150.0), *[at(s, 10.0, 80.0, waited_s=990.0) for s in range(100)])
    assert walk.last is not None
    assert walk.last.utc_s == T + 1000.0
    assert stands(walk, 1001.0)[0] == "walking", "they were off the route a quarter of an hour ago"


@pytest.mark.parametrize("seed", range(30))
def test_the_order_of_arrival_changes_neither_place_nor_end_nor_alarm(seed: int) -> None:
    events = [
        told(0.0, START, seq=1),
        *[at(s, float(s), seq=s + 2) for s in range(30)],
        told(31.0, Sos(state="raised"), seq=40),
        told(35.0, Sos(state="cancelled"), seq=41),
        told(36.0, Fell(), seq=42),
        told(50.0, TripEnded(arrived=False, reason="wearer"), seq=50),
    ]
    shuffled = list(events)
    random.Random(seed).shuffle(shuffled)  # noqa: S311
    walk, wanted = fold(*shuffled), fold(*events)
    assert (walk.last, walk.sos, walk.fell, walk.end) == (wanted.last, wanted.sos, wanted.fell, wanted.end)
    assert walk.contact_utc_s == wanted.contact_utc_s
    assert stands(walk, 60.0) == ("ended", 50.0)


def test_a_call_for_help_outranks_all_but_an_end_by_a_persons_hand() -> None:
    walk = fold(*along(0, 30), told(31.0, Sos(state="raised")))
    assert stands(walk, 900.0) == ("sos", 31.0)
    stopped = fold(told(40.0, TripEnded(arrived=False, reason="device_stopped")), walk=walk)
    assert stands(stopped, 900.0) == ("sos", 31.0), "a device that dies takes back no call"
    ended = fold(told(40.0, TripEnded(arrived=True, reason="arrived")), walk=walk)
    assert stands(ended, 900.0) == ("arrived", 40.0)
    assert stands(fold(told(40.0, Sos(state="cancelled")), walk=walk), 41.0)[0] == "walking"


def test_a_clock_that_was_not_set_does_not_make_what_just_came_old() -> None:
    event = TripEvent(boot="b", seq=1, trip_id="t", utc_s=30.0, what=START)
    assert stands(fold(Stored(1, T, event, (1, 1), 2.0)), 0.0) == ("walking", -2.0)


def test_states_follow_each_other_in_time() -> None:
    walk, seen = new_walk(T, LINE), []
    for s in range(600):
        east_m = 50.0 if 100 <= s < 160 else 0.0
        north_m = float(min(s, 190))
        walk = step(walk, at(s, north_m, east_m))
        standing = judge(walk, T + s)
        if not seen or seen[-1].state != standing.state:
            seen.append(standing)
    assert [each.state for each in seen] == ["walking", "off_route", "walking", "paused"]
    assert all(a.since_utc_s <= b.since_utc_s for a, b in pairwise(seen))
