"""A worn day: the menu, and the trips, plans, choices and pairings that are made in it."""

from dataclasses import replace

from device.announcements import AlertKind
from device.senses import (
    BeginTrip,
    PlanAnswer,
)
from routing.cues import CueKind
from routing.simulated import Leg, route_of
from tests.worn_day import FAR, HOME, ROUTE, Worn, choose, fix_at, walk_along
from wire.route import Name
from wire.trip import Moved, TripEnded, TripStarted


def test_a_trip_from_the_menu_to_its_end_by_the_menu() -> None:
    worn = Worn().awake()
    worn.step(fixes=(fix_at(*ROUTE.points[0], worn.now_s),))
    choose(worn, 0, 0)
    (plan,) = [turn.plan for _, turn in worn.turns if turn.plan]
    assert plan.origin == ROUTE.points[0]
    assert "planning" in worn.answers()
    worn.step(planned=PlanAnswer(plan.number, ROUTE))
    worn.step()
    (started,) = worn.logged(TripStarted)
    assert started == TripStarted(route_id=ROUTE.route_id, practice=False, route=ROUTE)
    walk_along(worn, ROUTE, 3)
    assert "trip_started" in worn.kinds()
    assert CueKind.START in worn.kinds()
    assert worn.logged(Moved)
    choose(worn, 1, 0)
    worn.run(2.0)
    assert worn.logged(TripEnded) == [TripEnded(arrived=False, reason="wearer")]
    assert [turn.ended for _, turn in worn.turns].count(True) == 1
    assert worn.answers()[-1] == "trip_ended"
    moved = len(worn.logged(Moved))
    walk_along(worn, ROUTE, 3)
    assert len(worn.logged(Moved)) == moved  # nobody follows who walks for himself


def test_arriving_ends_the_trip_and_not_the_day() -> None:
    worn = Worn().awake()
    short = route_of([Leg(0.0, 40.0)])
    worn.begin = BeginTrip("t", short)
    walk_along(worn, short, 60)
    assert worn.logged(TripEnded) == [TripEnded(arrived=True, reason="arrived")]
    assert not worn.state.done
    assert worn.state.trip is None
    worn.begin = BeginTrip("t2", short)
    walk_along(worn, short, 60)
    assert len(worn.logged(TripEnded)) == 2


def test_the_nearest_place_stands_first() -> None:
    worn = Worn().awake()
    worn.step(fixes=(fix_at(FAR.lat, FAR.lon, worn.now_s),))
    choose(worn, 0)
    assert worn.text(AlertKind.MENU_ITEM).startswith("別府駅")


def test_a_second_trip_a_moment_later_begins_and_ends_with_words_too() -> None:
    worn = Worn().awake()
    for _ in range(2):
        choose(worn, 1)  # walk
        worn.run(3.0)
        choose(worn, 0, 0)  # end
        worn.run(3.0)
    assert worn.kinds().count("trip_started") == 2
    assert worn.kinds().count("trip_ended") == 2


def test_a_way_that_is_closed_is_answered_at_once() -> None:
    worn = Worn(reroute=True).awake()
    worn.begin = BeginTrip("t", ROUTE)
    walk_along(worn, ROUTE, 10)
    choose(worn, 0)
    assert worn.answers()[-1] == "planning"
    assert any(turn.reroute for _, turn in worn.turns)
    assert worn.text(AlertKind.MENU_ITEM).endswith("3番、次。この先が通れない。8の1。")
    worn.run(50.0)
    assert worn.kinds()[-1] == "reroute_failed"


def test_a_closed_way_that_cannot_be_gone_round_is_told_so_and_nothing_else() -> None:
    worn = Worn().awake()  # no map
    worn.begin = BeginTrip("t", ROUTE)
    walk_along(worn, ROUTE, 10)
    choose(worn, 0)
    worn.run(5.0)
    assert "reroute_failed" in worn.kinds()
    assert "planning" not in worn.kinds()


def test_without_a_position_there_is_no_plan_and_the_reason_is_told() -> None:
    worn = Worn().awake()
    choose(worn, 0, 0)
    assert worn.answers()[-1] == "plan_failed"
    assert "位置がわからず" in worn.text(AlertKind.PLAN_FAILED)


def test_another_city_is_told_with_the_name_of_the_map() -> None:
    worn = Worn().awake()
    worn.step(fixes=(fix_at(35.0, 139.0, worn.now_s),))
    choose(worn, 0, 0)
    number = next(turn.plan.number for _, turn in worn.turns if turn.plan)
    worn.step(planned=PlanAnswer(number, failure="outside_map", map_name="oita", off_km=12.3))
    worn.run(2.0)
    assert worn.text(AlertKind.PLAN_FAILED) == (
        "この場所は、地図「oita」の外です。12キロ離れています。経路を引けません。"
    )
    english = worn.text(AlertKind.PLAN_FAILED, "en")
    assert english == 'No route: this place is outside the map "oita", 12 kilometres away.'


def test_a_planner_that_never_answers_is_given_up() -> None:
    worn = Worn().awake()
    worn.step(fixes=(fix_at(HOME.lat, HOME.lon, worn.now_s),))
    choose(worn, 0, 0)
    worn.run(50.0)
    assert worn.answers()[-1] == "plan_failed"


def test_a_walk_without_a_destination() -> None:
    worn = Worn().awake()
    choose(worn, 1)
    worn.run(2.0)
    assert worn.logged(TripStarted) == [TripStarted(route_id=None, practice=False)]
    assert "道案内は、ありません" in worn.text(AlertKind.TRIP_STARTED)
    worn.press(2)
    worn.run(1.0)
    assert worn.answers()[-1] == "what_is_ahead"


def test_a_menu_that_is_left_alone_closes_and_says_so() -> None:
    worn = Worn().awake()
    worn.press(2, 1.0)
    worn.run(25.0)
    assert worn.answers()[-1] == "menu_closed"
    assert worn.state.desk.menu is None


def test_louder_faster_and_more_words_are_kept_and_told_to_the_rim() -> None:
    worn = Worn().awake()
    choose(worn, 3, 0)  # volume, louder
    assert worn.text(AlertKind.CHOSEN) == "音量を上げました。"
    changed = [turn.choices for _, turn in worn.turns if turn.choices]
    assert changed[-1].volume_db == 3.0


def test_quiet_leaves_out_what_is_only_nice_to_know() -> None:
    assert "landmark" not in _walk_past_a_landmark("quiet")
    assert "landmark" in _walk_past_a_landmark("normal")


def _walk_past_a_landmark(verbosity: str) -> list[str]:
    from wire.route import Landmark

    route = route_of([Leg(0.0, 150.0)])
    place = Landmark(at_m=70.0, side="right", name=Name(ja="郵便局", en="post office"))
    route = (
        route.model_copy(update={"landmarks": (place,)})
        if hasattr(route, "model_copy")
        else replace(route, landmarks=(place,))
    )
    worn = Worn(verbosity=verbosity).awake()
    worn.begin = BeginTrip("t", route)
    walk_along(worn, route, 70)
    return worn.kinds()


def test_a_phone_is_paired_by_a_code_that_is_read_digit_by_digit() -> None:
    worn = Worn().awake()
    choose(worn, 2)
    assert any(turn.code for _, turn in worn.turns)
    worn.step(code="407193")
    worn.run(2.0)
    assert "4、0、7、1、9、3" in worn.text(AlertKind.PAIRING_CODE)
    worn.step(phone="paired")
    worn.run(2.0)
    worn.step(phone="second")
    worn.run(2.0)
    assert worn.answers()[-2:] == ["phone_paired", "phone_second"]


def test_a_code_that_does_not_come_is_told() -> None:
    worn = Worn().awake()
    choose(worn, 2)
    worn.run(5.0)
    assert worn.answers()[-1] == "code_failed"


def test_a_practice_map_ends_the_guidance_and_not_the_device() -> None:
    worn = Worn().awake()
    practice = route_of([Leg(0.0, 60.0)], practice=True)
    worn.begin = BeginTrip("t", practice)
    worn.step()
    lat, lon = practice.points[0]
    worn.step(fixes=(fix_at(lat, lon, worn.now_s, source="gpsd"),))
    worn.run(3.0)
    assert "practice" in str(worn.said[-1][1].announcement.params) or "plan_failed" in worn.kinds()
    assert worn.state.trip is None
