"""A device that is worn all day: it greets, answers every press, begins and ends trips, tells what fails."""

from dataclasses import replace

import pytest

from device.announcements import AlertKind
from device.controls.gestures import Press
from device.policy import Earcon
from device.senses import (
    BeginTrip,
    Health,
    Turn,
)
from routing.cues import CueKind
from routing.geo import Polyline
from tests.worn_day import BICYCLE, HOME, ROUTE, Worn, choose, fix_at, walk_along
from vision.types import PavingSight, Scene
from wire.trip import Moved, TripStarted

# --- the day


def test_the_first_word_comes_at_the_first_step_and_the_rest_when_it_is_known() -> None:
    worn = Worn(camera=True)
    worn.step()
    assert worn.kinds() == ["device_starting"]
    assert "お知らせできません" in worn.text(AlertKind.DEVICE_STARTING)
    worn.run(6.0)  # longer than a camera that is late is forgiven: nobody promised it yet
    worn.step(ready=True)
    worn.run(3.0)
    assert worn.kinds() == ["device_starting", "device_ready"]
    assert "カメラが、まだ使えません。障害物は、お知らせできません。" in worn.text(AlertKind.DEVICE_READY)


def test_a_greeting_that_was_cut_is_not_begun_anew_for_who_is_in_the_menu() -> None:
    worn = Worn(camera=True, speech_s=6.0)
    worn.step()
    worn.run(7.0)
    worn.step(ready=True)
    worn.run(1.0)
    assert worn.kinds()[-1] == "device_ready"
    worn.press(2, 1.0)
    worn.run(20.0)
    assert worn.kinds().count("device_ready") == 1
    assert worn.kinds().count("camera_lost") == 1, "what does not work is told"
    assert "menu_item" in worn.kinds()


def test_a_greeting_that_another_press_has_cut_is_said_to_its_end() -> None:
    worn = Worn(speech_s=6.0)
    worn.step()
    worn.run(7.0)
    worn.step(ready=True)
    worn.run(1.0)
    worn.press(1)
    worn.run(20.0)
    assert worn.kinds().count("device_ready") == 2


def test_nobody_waits_for_ever_for_a_part_that_does_not_come() -> None:
    worn = Worn(camera=True)
    worn.run(25.0)
    assert "device_ready" in worn.kinds()


def test_a_camera_that_comes_late_is_told_as_back() -> None:
    worn = Worn(camera=True)
    worn.step(ready=True)
    worn.run(5.0)
    worn.step(frame=True)
    worn.step(frame=True)
    assert worn.kinds()[-1] == "camera_back"


def test_the_end_is_told() -> None:
    worn = Worn().awake()
    worn.step(ending=True)
    worn.run(2.0, ending=True)
    assert worn.answers() == ["device_ending"]
    assert worn.state.done


# --- no silent button


@pytest.mark.parametrize("button", [1, 2, 3])
@pytest.mark.parametrize("lasts_s", [0.1, 0.5, 1.2, 2.4])
def test_a_press_sounds_at_once_and_is_answered_in_words(button: int, lasts_s: float) -> None:
    worn = Worn().awake()
    worn.press(button, lasts_s)
    worn.run(1.0)
    (t_s, first), *rest = worn.said
    assert (first.earcon, first.words["ja"].speech) == (Earcon.PRESSED, "")
    assert t_s <= worn.turns[0][0]  # in the step that saw it
    assert rest
    assert all(say.words["ja"].speech for _, say in rest)


def test_several_at_once_are_answered() -> None:
    worn = Worn().awake()
    worn.step(presses=(Press(worn.now_s, 1, True), Press(worn.now_s, 2, True)))
    worn.run(0.2)
    worn.step(presses=(Press(worn.now_s, 1, False), Press(worn.now_s, 2, False)))
    worn.run(2.0)
    assert worn.answers() == ["not_understood"]


def test_an_answer_cuts_guidance_and_danger_cuts_an_answer() -> None:
    worn = Worn(camera=True, speech_s=6.0)
    worn.step(ready=True, frame=True)
    worn.run(1.0, frame=True)
    worn.press(1)
    assert worn.kinds()[-1] == "repeated"
    stop = replace(BICYCLE, distance_m=0.8, ttc_s=0.9, chance=0.9)
    for _ in range(3):
        seen = Scene(1, worn.now_s, (stop,), PavingSight(False), None)
        worn.step(scene=seen, frame=True)
    assert worn.kinds()[-1] == "stop_now"


def test_pressing_does_not_cut_a_danger() -> None:
    worn = Worn(camera=True, speech_s=2.0)
    worn.step(ready=True, frame=True)
    worn.run(8.0, frame=True)
    stop = replace(BICYCLE, distance_m=0.8, ttc_s=0.9, chance=0.9)
    for _ in range(3):
        worn.step(scene=Scene(1, worn.now_s, (stop,), PavingSight(False), None), frame=True)
    assert worn.kinds()[-1] == "stop_now"
    worn.step(presses=(Press(worn.now_s, 1, True),), frame=True)
    worn.run(0.2, frame=True)
    worn.step(presses=(Press(worn.now_s, 1, False),), frame=True)
    assert worn.kinds()[-1] == "stop_now"
    worn.run(3.0, frame=True)
    assert worn.kinds()[-1] == "repeated"  # when it is over, the answer comes
    assert worn.text(AlertKind.REPEATED) == "止まって。正面に自転車。"


# --- the pause


def test_paused_words_leave_danger_and_faults_and_are_reminded_of() -> None:
    worn = Worn().awake()
    worn.begin = BeginTrip("t", ROUTE)
    walk_along(worn, ROUTE, 3)
    worn.press(3)
    worn.run(2.0)
    before = len(worn.said)
    walk_along(worn, ROUTE, 62, from_s=5)
    worn.step(health=(Health("imu", healthy=False),))
    worn.run(3.0)
    assert set(worn.kinds()[before:]) == {"still_paused", "imu_lost"}
    worn.press(3)
    worn.run(1.0)
    assert worn.answers()[-1] == "speech_resumed"


# --- on the way again


def test_after_a_restart_the_walk_goes_on_without_being_begun_again() -> None:
    worn = Worn(camera=True)
    line = Polyline.through(ROUTE.points)
    worn.step(begin=BeginTrip("t", ROUTE, resumed=True))
    assert "障害物は、まだお知らせできません" in worn.text(AlertKind.TRIP_RESUMED)
    for second in range(12):
        lat, lon = line.at(40.0 + 1.2 * second)
        worn.step(fixes=(fix_at(lat, lon, worn.now_s),), ready=second == 2, frame=second >= 1)
        worn.run(0.9, frame=second >= 1)
    kinds = worn.kinds()
    assert "model_back" in kinds
    assert kinds[0] == "trip_resumed"
    assert not {"device_starting", "trip_started", CueKind.START, CueKind.FACE} & set(kinds)
    assert not worn.logged(TripStarted)
    assert worn.logged(Moved)


def test_the_same_senses_give_the_same_turns() -> None:
    def day() -> list[Turn]:
        worn = Worn().awake()
        worn.step(fixes=(fix_at(HOME.lat, HOME.lon, worn.now_s),))
        choose(worn, 0, 0)
        worn.press(3, 2.5)
        worn.run(12.0)
        return [turn for _, turn in worn.turns]

    assert day() == day()
