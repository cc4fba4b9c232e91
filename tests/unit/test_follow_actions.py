"""What must be done along a route, found from its geometry and its stretches."""

from dataclasses import replace

import pytest

from routing.actions import itinerary
from routing.corners import corners
from routing.cues import CueKind
from routing.geo import Local, Polyline
from routing.simulated import OITA_STATION, Leg, route_of
from wire.route import Crossing, Landmark, Name, Route, StretchKind

SIGNAL = Crossing(signals="yes", street=Name(ja="昭和通り"))
CROSSING = StretchKind.CROSSING


def line(*xy: tuple[float, float]) -> Polyline:
    plane = Local.around(OITA_STATION)
    return Polyline.through([plane.from_xy(one) for one in xy])


def turns(*xy: tuple[float, float]) -> list[tuple[float, float]]:
    return [(round(one.at_m), round(one.turn_deg)) for one in corners(line(*xy))]


def test_a_right_angle_has_its_side() -> None:
    assert turns((0, 0), (0, 50), (50, 50)) == [(50, 90)]
    assert turns((0, 0), (0, 50), (-50, 50)) == [(50, -90)]


def test_a_corner_drawn_in_two_strokes_is_one() -> None:
    assert turns((0, 0), (0, 50), (2, 52), (50, 52)) == [(51, 90)]


def test_a_jog_of_a_sidewalk_joint_is_no_corner() -> None:
    found = corners(line((0, 0), (0, 50), (1.5, 51), (1.5, 100)))
    assert all(abs(one.turn_deg) < 22.5 for one in found)


def test_two_full_turns_to_one_side_stay_two() -> None:
    assert [turn for _, turn in turns((0, 0), (0, 50), (3, 50), (3, 0))] == [90, 90]


def test_a_doubled_point_is_no_corner() -> None:
    assert turns((0, 0), (0, 50), (0, 50), (0, 100)) == []


def test_a_gentle_bend_within_a_way_is_followed_by_the_cane() -> None:
    # 30 degrees without a joint of two ways: 道なり
    points = route_of([Leg(0, 100), Leg(50, 86.6)])
    one_way = itinerary(route_with_one_stretch(points))
    assert one_way.decisions == ()
    assert [round(a.what.turn_deg or 0) for a in itinerary(points).decisions] == [30]


def route_with_one_stretch(route: Route) -> Route:
    whole = replace(route.stretches[0], last=len(route.points) - 1)
    return replace(route, stretches=(whole,))


def test_a_turn_at_a_kerb_is_one_instruction_with_the_crossing() -> None:
    plan = itinerary(route_of([Leg(0, 80), Leg(-3, 0), Leg(-15, 0, CROSSING, crossing=SIGNAL), Leg(-60, 0)]))
    (crossing,) = plan.decisions
    assert crossing.act is CueKind.CROSSING_NOW
    assert crossing.what.turn_deg == pytest.approx(-90.0, abs=1.0)
    assert crossing.at_m == pytest.approx(83.0, abs=0.2)
    assert crossing.end_m == pytest.approx(98.0, abs=0.2)
    assert crossing.what.name == Name(ja="昭和通り")


def test_a_turn_well_before_a_kerb_is_its_own() -> None:
    plan = itinerary(route_of([Leg(0, 80), Leg(-30, 0), Leg(-15, 0, CROSSING, crossing=SIGNAL), Leg(-60, 0)]))
    assert [action.act for action in plan.decisions] == [CueKind.TURN_NOW, CueKind.CROSSING_NOW]
    assert [action.chained for action in plan.decisions] == [False, False]


def test_a_turn_behind_a_crossing_is_chained_to_it() -> None:
    plan = itinerary(route_of([Leg(0, 80), Leg(0, 15, CROSSING, crossing=SIGNAL), Leg(60, 0)]))
    crossing, turn = plan.decisions
    assert crossing.what.turn_deg is None
    assert turn.chained
    assert turn.what.crossing == SIGNAL
    assert turn.what.turn_deg == pytest.approx(90.0, abs=1.0)


def test_a_street_with_a_name_is_told_and_a_landmark_where_there_is_none() -> None:
    bank = Landmark(at_m=98.0, side="left", name=Name(ja="大分銀行"))
    named = itinerary(route_of([Leg(0, 100), Leg(50, 0, name=Name(ja="中央通り"))], landmarks=(bank,)))
    assert named.decisions[0].what.name == Name(ja="中央通り")
    assert named.decisions[0].what.side is None
    unnamed = itinerary(route_of([Leg(0, 100), Leg(50, 0)], landmarks=(bank,)))
    assert unnamed.decisions[0].what.name == Name(ja="大分銀行")
    assert unnamed.decisions[0].what.side == "left"


def test_blocks_begin_end_and_stop_being_known_but_not_at_crossings() -> None:
    plan = itinerary(
        route_of(
            [
                Leg(0, 50, tactile="unknown"),
                Leg(0, 50, tactile="yes"),
                Leg(0, 10, CROSSING, crossing=SIGNAL),
                Leg(0, 50, tactile="yes"),
                Leg(0, 50, tactile="no"),
                Leg(0, 50, tactile="unknown"),
                Leg(0, 50, tactile="yes"),
                Leg(0, 50, tactile="unknown"),
            ]
        )
    )
    assert [(fact.act, round(fact.at_m)) for fact in plan.facts] == [
        (CueKind.PAVING_UNKNOWN, 0),
        (CueKind.PAVING_BEGINS, 50),
        (CueKind.PAVING_ENDS, 160),
        (CueKind.PAVING_BEGINS, 260),
        (CueKind.PAVING_UNKNOWN, 310),
    ]


def test_a_road_without_a_sidewalk_is_one_however_often_it_is_crossed() -> None:
    road = StretchKind.ROAD
    legs = [
        Leg(0, 50),
        Leg(0, 40, road),
        Leg(0, 6, CROSSING, crossing=Crossing()),
        Leg(0, 40, road),
        Leg(0, 30),
    ]
    (fact,) = (fact for fact in itinerary(route_of(legs)).facts if fact.act is CueKind.NO_SIDEWALK)
    assert round(fact.at_m) == 50
    assert fact.what.length_m == pytest.approx(86.0, abs=0.5)


@pytest.mark.parametrize(
    ("kind", "cue"),
    [
        (StretchKind.STEPS, CueKind.STEPS_AHEAD),
        (StretchKind.LEVEL_CROSSING, CueKind.LEVEL_CROSSING_AHEAD),
        (StretchKind.UNDERPASS, CueKind.UNDERPASS_AHEAD),
        (StretchKind.BRIDGE, CueKind.UNDERPASS_AHEAD),
    ],
)
def test_every_thing_on_the_way_is_a_decision(kind: StretchKind, cue: CueKind) -> None:
    (action,) = itinerary(route_of([Leg(0, 60), Leg(0, 20, kind), Leg(0, 60)])).decisions
    assert (action.prepare, action.act, action.what.stretch) == (cue, cue, kind)
