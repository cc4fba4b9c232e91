"""A worn day: what fails is told once, in time, and put together."""

import pytest

from device.announcements import AlertKind
from device.senses import (
    AroundAnswer,
    BeginTrip,
    Health,
)
from routing.geo import Polyline
from tests.worn_day import HOME, ROUTE, Worn, fix_at
from vision.types import PavingSight, Scene
from wire.trip import Announced, HealthChanged, Moved

# --- what fails


def test_the_receiver_tells_what_still_works_and_is_told_once() -> None:
    worn = Worn(camera=True)
    worn.step(ready=True, frame=True)
    worn.begin = BeginTrip("t", ROUTE)
    line = Polyline.through(ROUTE.points)
    for second in range(20):
        seen = Scene(second, worn.now_s, (), PavingSight(False), None)
        worn.step(fixes=(fix_at(*line.at(1.2 * second), worn.now_s),), frame=True, scene=seen)
        worn.run(0.9, frame=True)
    lost_s = worn.now_s
    worn.step(health=(Health("position", healthy=False),), frame=True)
    worn.run(20.0, frame=True)
    assert worn.text(AlertKind.RECEIVER_LOST).endswith("障害物のお知らせは続きます。")
    assert worn.when(AlertKind.RECEIVER_LOST) - lost_s <= 2.0
    assert "position_lost" not in worn.kinds()  # the same loss in other words
    worn.step(health=(Health("position", healthy=True),), frame=True)
    worn.step(fixes=(fix_at(*line.at(24.0), worn.now_s),), frame=True)
    worn.run(4.0, frame=True)
    assert "receiver_back" in worn.kinds()


def test_a_camera_part_that_ended_says_that_guidance_goes_on() -> None:
    worn = Worn(camera=True)
    worn.step(ready=True, frame=True)
    worn.begin = BeginTrip("t", ROUTE)
    worn.run(3.0, frame=True)
    worn.step(health=(Health("camera", healthy=False, reason="ended"),))
    worn.run(6.0)
    expected = "カメラの処理が止まりました。障害物は、お知らせできません。道案内は続きます。"
    assert worn.text(AlertKind.CAMERA_LOST) == expected
    assert worn.kinds().count("camera_lost") == 1
    worn.step(health=(Health("camera", healthy=True),))
    worn.run(1.0)
    assert "camera_back" not in worn.kinds()  # not before there is a picture
    worn.step(frame=True)
    worn.run(2.0, frame=True)
    assert worn.kinds().count("camera_back") == 1


PARTS = ("camera", "position", "board", "imu", "buttons", "uplink", "recorder")


def test_several_at_once_are_put_into_one_sentence_that_names_them_all() -> None:
    worn = Worn(speech_s=4.0).awake()
    lost_s = worn.now_s
    worn.step(health=tuple(Health(part, healthy=False) for part in PARTS))  # type: ignore[arg-type]
    worn.run(1.0)
    assert worn.answers() == ["several_lost"]
    assert worn.when(AlertKind.SEVERAL_LOST) - lost_s <= 2.0
    text = worn.text(AlertKind.SEVERAL_LOST)
    assert text.startswith(
        "カメラ、位置の受信機、本体の速さ、傾きのセンサー、ボタン、通信、記録が使えません。"
    )
    assert "障害物は、お知らせできません。曲がり角の案内は、できません。" in text


@pytest.mark.parametrize(
    "part", ["camera", "model", "position", "board", "imu", "buttons", "uplink", "recorder"]
)
def test_each_part_is_told_within_two_seconds_though_a_long_sentence_is_being_said(part: str) -> None:
    worn = Worn(speech_s=8.0, verbosity="detailed", reroute=True).awake()
    worn.run(20.0)
    worn.begin = BeginTrip("t", None)
    worn.run(10.0)
    wanted = worn.step(fixes=(fix_at(HOME.lat, HOME.lon, worn.now_s),)).around
    assert wanted is not None
    worn.step(around=AroundAnswer(wanted.number, HOME.name))
    worn.run(0.5)
    assert worn.kinds()[-1] == "street_changed"
    lost_s = worn.now_s
    worn.step(health=(Health(part, healthy=False),))  # type: ignore[arg-type]
    worn.run(3.0)
    told = [t_s for t_s, say in worn.said if say.announcement.key == part]
    assert told
    assert told[0] - lost_s <= 2.0


def test_those_that_come_while_one_is_told_are_put_together_and_none_is_lost() -> None:
    worn = Worn(speech_s=4.0).awake()
    for part in ("imu", "position", "buttons", "recorder"):
        worn.step(health=(Health(part, healthy=False),))  # type: ignore[arg-type]
        worn.run(0.3)
    worn.run(20.0)
    told = " ".join(say.words["en"].text for _, say in worn.said)
    for word in ("tilt sensor", "position", "buttons", "record"):
        assert word in told
    assert "several_lost" in worn.answers()


def test_a_part_that_comes_and_goes_does_not_loop() -> None:
    worn = Worn(speech_s=1.5).awake()
    for _ in range(20):
        worn.step(health=(Health("imu", healthy=False),))
        worn.run(2.0)
        worn.step(health=(Health("imu", healthy=True),))
        worn.run(2.0)
    kinds = worn.kinds()
    assert kinds.count("part_unsteady") == 1
    assert kinds.count("imu_lost") <= 3
    worn.run(20.0)
    assert worn.kinds()[-1] == "imu_back"  # once it stays


def test_what_fails_while_the_voice_is_away_is_told_when_it_is_back() -> None:
    worn = Worn().awake()
    worn.deaf = True
    worn.step(health=(Health("speech", healthy=False, reason="ended"), Health("buttons", healthy=False)))
    worn.run(6.0)
    worn.deaf = False
    worn.said.clear()
    back_s = worn.now_s
    worn.step(health=(Health("speech", healthy=True, reason="ended"),))
    worn.run(5.0)
    assert worn.when(AlertKind.BUTTONS_LOST) - back_s <= 2.0
    assert "届いていません" in worn.text(AlertKind.SPEECH_BACK)


def test_the_same_part_is_told_once_though_two_tell_of_it() -> None:
    worn = Worn(camera=True)
    worn.step(ready=True, frame=True)
    worn.run(6.0, frame=True)
    worn.step(health=(Health("camera", healthy=False),))
    worn.run(8.0)
    assert worn.kinds().count("camera_lost") == 1


def test_health_is_logged_between_trips_and_nothing_else() -> None:
    worn = Worn().awake()
    worn.step(fixes=(fix_at(HOME.lat, HOME.lon, worn.now_s),), health=(Health("imu", healthy=False),))
    worn.run(3.0)
    assert worn.logged(HealthChanged) == [HealthChanged(part="imu", health="error")]
    assert not worn.logged(Moved)
    assert not worn.logged(Announced)
