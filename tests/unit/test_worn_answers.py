"""A worn day: what is said again, where one is, what is ahead."""

import pytest

from device.announcements import AlertKind
from device.companion import Companion
from device.controls.gestures import Press
from device.facts import Nearby, WhereNow
from device.senses import (
    AroundAnswer,
    AroundWanted,
    BeginTrip,
    Health,
    Settings,
)
from routing.geo import Polyline
from routing.simulated import Leg, route_of
from tests.worn_day import HOME, ROUTE, Worn, fix_at, walk_along
from vision.types import PavingSight, Scene
from wire.route import Name

# --- repeat, where, ahead


def test_nothing_to_repeat_is_said() -> None:
    worn = Worn()
    worn.companion = Companion(None, Settings(camera=False))
    worn.deaf = True
    worn.step(ready=True)
    worn.run(1.0)
    worn.deaf = False
    worn.press(1)
    worn.run(1.0)
    assert worn.text(AlertKind.REPEATED) == "まだ、お知らせはありません。"


def test_the_last_words_are_said_again_and_a_second_press_asks_where() -> None:
    worn = Worn().awake()
    worn.step(health=(Health("imu", healthy=False),))
    worn.run(3.0)
    worn.press(1)
    worn.run(1.5)
    assert worn.text(AlertKind.REPEATED) == worn.text(AlertKind.IMU_LOST)
    worn.press(1)
    worn.run(1.0)
    assert worn.answers()[-1] == "where_am_i"
    assert "わかりません" in worn.text(AlertKind.WHERE_AM_I)


SHOWA = Name(ja="昭和通り", kana="しょうわどおり", en="Showa-dori")


HALL = Nearby(Name(ja="市役所", en="the city hall"), 120.0, 90.0)


def asked_where(**settings: object) -> tuple[Worn, AroundWanted]:
    """A wearer without a route, 300 m south of home, asked where he is: what is asked of the map."""
    worn = Worn(reroute=True, **settings).awake()
    worn.speech_s = 3.0
    worn.step(fixes=(fix_at(HOME.lat - 0.0027, HOME.lon, worn.now_s),))
    worn.press(1, 1.0)
    wanted = [turn.around for _, turn in worn.turns if turn.around]
    assert len(wanted) == 1
    return worn, wanted[0]


def test_where_am_i_without_a_route_tells_a_known_place_at_once_and_then_the_street() -> None:
    worn, wanted = asked_where()
    assert worn.text(AlertKind.WHERE_AM_I) == (
        "自宅は、北へ300メートル。位置のずれは、5メートルくらいです。通りの名前を調べています。"
    )
    worn.step(around=AroundAnswer(wanted.number, SHOWA, HALL))
    worn.run(3.0)
    assert worn.answers()[-2:] == ["where_am_i", "where_am_i"]
    assert worn.text(AlertKind.WHERE_AM_I) == "昭和通りのあたりです。市役所は、東へおよそ120メートル。"
    assert (
        worn.text(AlertKind.WHERE_AM_I, "en")
        == "Near Showa-dori. The city hall is around 120 metres to the east."
    )
    worn.press(1, 1.0)  # still here: the map is not asked again
    assert worn.text(AlertKind.WHERE_AM_I).startswith("昭和通りのあたりです。自宅は、")
    assert len([turn for _, turn in worn.turns if turn.around]) == 1


def test_a_street_that_the_map_does_not_tell_is_told_as_unknown() -> None:
    worn, wanted = asked_where()
    worn.step(around=AroundAnswer(wanted.number + 7, SHOWA))  # to another question
    worn.run(13.0)
    assert worn.text(AlertKind.WHERE_AM_I) == "位置は測れていますが、通りの名前がわかりません。"
    assert worn.answers() == ["where_am_i", "where_am_i"]


def test_a_late_street_does_not_come_into_the_menu() -> None:
    worn, wanted = asked_where()
    worn.press(2, 1.0)
    worn.step(around=AroundAnswer(wanted.number, SHOWA))
    worn.run(5.0)
    assert worn.answers() == ["where_am_i", "menu_item"]


@pytest.mark.parametrize(("verbosity", "looks"), [("normal", 0), ("detailed", 3)])
def test_new_streets_are_told_to_who_wants_much_and_the_map_is_asked_seldom(
    verbosity: str, looks: int
) -> None:
    worn = Worn(reroute=True, verbosity=verbosity).awake()
    worn.begin = BeginTrip("t", None)
    line = Polyline.through(route_of([Leg(0.0, 400.0)]).points)
    asked = 0
    for tick in range(1500):
        lat, lon = line.at(0.12 * tick)
        turn = worn.step(fixes=(fix_at(lat, lon, worn.now_s),) if tick % 10 == 0 else ())
        if turn.around is not None:
            asked += 1
            worn.step(around=AroundAnswer(turn.around.number, SHOWA if asked < 3 else HOME.name))
    assert asked == looks
    assert worn.kinds().count("street_changed") == (2 if looks else 0)


def test_an_old_position_is_told_as_old() -> None:
    worn = Worn().awake()
    worn.step(fixes=(fix_at(HOME.lat, HOME.lon, worn.now_s),))
    worn.run(30.0)
    worn.press(1, 1.0)
    worn.run(1.0)
    assert worn.text(AlertKind.WHERE_AM_I) == "今の位置は、わかりません。最後にわかったのは、31秒前です。"


def test_ahead_names_the_turn_and_never_says_that_the_way_is_free() -> None:
    worn = Worn(camera=True).awake()
    worn.begin = BeginTrip("t", ROUTE)
    walk_along(worn, ROUTE, 10)
    worn.step(frame=True, scene=Scene(1, worn.now_s, (), PavingSight(False), None))
    worn.step(presses=(Press(worn.now_s, 2, True), Press(worn.now_s + 0.05, 2, False)), frame=True)
    worn.step(frame=True)
    text = worn.text(AlertKind.WHAT_IS_AHEAD)
    assert "右に曲がります" in text
    assert "ないとは限りません" in text


def test_ahead_with_a_camera_that_does_not_see_says_so() -> None:
    worn = Worn(camera=True).awake()
    worn.press(2)
    worn.run(6.0)
    assert worn.text(AlertKind.WHAT_IS_AHEAD) == "カメラが使えていません。障害物は、わかりません。"


def test_where_is_honest_about_an_unknown_street() -> None:
    worn = Worn(places=()).awake()
    worn.step(fixes=(fix_at(HOME.lat, HOME.lon, worn.now_s),))
    worn.press(1, 1.0)
    worn.run(1.0)
    say = next(say for _, say in reversed(worn.said) if say.announcement.kind is AlertKind.WHERE_AM_I)
    assert isinstance(say.announcement.params, WhereNow)
    assert "通りの名前がわかりません" in say.words["ja"].text
