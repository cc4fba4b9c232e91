"""A device that is worn all day: it greets, answers every press, begins and ends trips, tells what fails."""

from dataclasses import replace

import pytest

from device.announcements import AlertKind
from device.companion import Companion, CompanionState
from device.controls.gestures import Press
from device.facts import Nearby, WhereNow
from device.policy import Earcon
from device.ports import Playback
from device.senses import (
    AroundAnswer,
    AroundWanted,
    BeginTrip,
    Health,
    Hush,
    PlanAnswer,
    Say,
    Senses,
    Settings,
    Turn,
)
from routing.cues import CueKind
from routing.geo import Polyline
from routing.simulated import Leg, route_of
from vision.types import Hazard, Motion, ObjectClass, PavingSight, Scene
from wire.position import Fix
from wire.route import Name, Place, Route
from wire.trip import Announced, HealthChanged, Moved, Sos, TripEnded, TripStarted

UTC_0 = 1_760_000_000.0
TICK_S = 0.1
HOME = Place(name=Name(ja="自宅", kana="じたく", en="home"), lat=33.2386, lon=131.6066)
FAR = Place(name=Name(ja="別府駅", kana="べっぷえき", en="Beppu Station"), lat=33.2797, lon=131.5)
BICYCLE = Hazard(7, ObjectClass.BICYCLE, 0.8, 4.0, 0.4, 3.0, True, 3.5, Motion.STANDING, "right")
ROUTE = route_of([Leg(0.0, 120.0), Leg(60.0, 0.0)])


class Worn:
    """Steps a worn companion, with a voice whose sentences take `speech_s`, and a rim that sets up trips."""

    def __init__(self, *, speech_s: float = 1.0, **settings: object) -> None:
        given = Settings(camera=False, places=(HOME, FAR), server=True, phone=True)
        self.companion = Companion(None, replace(given, **settings))  # type: ignore[arg-type]
        self.state = CompanionState()
        self.now_s = 0.0
        self.speech_s = speech_s
        self.deaf = False  # the speaker fails
        self.said: list[tuple[float, Say]] = []
        self.turns: list[tuple[float, Turn]] = []
        self.begin: BeginTrip | None = None
        self._playing: tuple[int, float, float] | None = None

    def step(self, **senses: object) -> Turn:
        begin, self.begin = self.begin, None
        given = Senses(self.now_s, UTC_0 + self.now_s, playback=self._playback(), begin=begin)
        self.state, turn = self.companion.step(self.state, replace(given, **senses))  # type: ignore[arg-type]
        for command in turn.commands:
            self._playing = None
            if isinstance(command, Hush):
                continue
            self.said.append((self.now_s, command))
            lasts_s = self.speech_s if command.words["ja"].speech else 0.06
            self._playing = (command.utterance, self.now_s, self.now_s + lasts_s)
        if turn.begin is not None:
            self.begin = BeginTrip(f"trip-{len(self.turns)}", turn.begin.route)
        self.turns.append((self.now_s, turn))
        self.now_s = round(self.now_s + TICK_S, 3)
        return turn

    def _playback(self) -> Playback:
        playing = self._playing
        if playing is None:
            return Playback()
        number, started_s, ends_s = playing
        if self.deaf:
            self._playing = None
            return Playback(failed=(number,))
        if self.now_s >= ends_s:
            self._playing = None
            return Playback(finished=(number,))
        return Playback(number, started_s, ends_s)

    def run(self, seconds: float, **senses: object) -> None:
        for _ in range(round(seconds / TICK_S)):
            self.step(**senses)

    def awake(self) -> "Worn":
        """After the greeting, with nothing being said."""
        self.step()
        self.step(ready=True)
        self.run(5.0)
        self.said.clear()
        self.turns.clear()
        return self

    def press(self, button: int, lasts_s: float = 0.2) -> None:
        """Down, and up so much later."""
        self.step(presses=(Press(self.now_s, button, down=True),))  # type: ignore[arg-type]
        self.run(lasts_s - TICK_S)
        self.step(presses=(Press(self.now_s, button, down=False),))  # type: ignore[arg-type]

    def kinds(self) -> list[str]:
        return [str(say.announcement.kind) for _, say in self.said]

    def answers(self) -> list[str]:
        return [kind for kind in self.kinds() if kind != "pressed"]

    def text(self, kind: AlertKind, lang: str = "ja") -> str:
        """What was last said of this kind."""
        return next(
            say.words[lang].text  # type: ignore[index]
            for _, say in reversed(self.said)
            if say.announcement.kind is kind
        )

    def when(self, kind: AlertKind) -> float:
        return next(t_s for t_s, say in self.said if say.announcement.kind is kind)

    def logged(self, kind: type) -> list[object]:
        return [item for _, turn in self.turns for item in turn.happenings if isinstance(item, kind)]


def fix_at(lat: float, lon: float, t_s: float, **values: object) -> Fix:
    base = Fix(
        utc_s=UTC_0 + t_s, lat=lat, lon=lon, accuracy_m=5.0, speed_mps=1.2, course_deg=0.0, source="nmea"
    )
    return base.model_copy(update=values) if hasattr(base, "model_copy") else replace(base, **values)


def walk_along(worn: Worn, route: Route, seconds: int, from_s: int = 0) -> None:
    line = Polyline.through(route.points)
    for second in range(from_s, from_s + seconds):
        lat, lon = line.at(1.2 * second)
        worn.step(fixes=(fix_at(lat, lon, worn.now_s),))
        worn.run(0.9)


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


# --- the menu, and trips


def choose(worn: Worn, *nexts: int) -> None:
    """Open the menu; for each number so many lines further, and choose."""
    worn.press(2, 1.0)
    worn.run(1.0)
    for count in nexts:
        for _ in range(count):
            worn.press(3)
            worn.run(0.5)
        worn.press(2)
        worn.run(0.5)


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


# --- the call for help


def test_a_call_for_help_is_counted_down_and_told_for_what_it_is() -> None:
    worn = Worn(speech_s=0.8).awake()
    worn.step(fixes=(fix_at(HOME.lat, HOME.lon, worn.now_s),))
    worn.begin = BeginTrip("t")
    worn.run(3.0)
    began_s = worn.now_s
    worn.press(3, 2.5)
    worn.run(9.0)
    counts = [say.words["ja"].text for _, say in worn.said if say.announcement.kind is AlertKind.SOS_COUNT]
    assert counts == ["5。", "4。", "3。", "2。", "1。"]
    counting = (AlertKind.SOS_BEGUN, AlertKind.SOS_COUNT)
    assert all(say.earcon is Earcon.SOS for _, say in worn.said if say.announcement.kind in counting)
    (raised,) = worn.logged(Sos)
    assert isinstance(raised, Sos)
    assert (raised.state, raised.lat) == ("raised", HOME.lat)
    raised_s = next(t for t, turn in worn.turns for item in turn.happenings if isinstance(item, Sos))
    assert 9.9 <= raised_s - began_s <= 10.3
    worn.step(sos="stored")
    worn.run(2.0)
    assert "まだ届いていません" in worn.text(AlertKind.SOS_STORED)
    assert "sos_sent" not in worn.answers()
    worn.step(sos="sent")
    worn.run(2.0)
    assert worn.answers()[-1] == "sos_sent"


@pytest.mark.parametrize("button", [1, 2, 3])
def test_any_press_stops_the_call(button: int) -> None:
    worn = Worn().awake()
    worn.press(3, 2.5)
    worn.run(2.0)
    worn.press(button)
    worn.run(12.0)
    assert worn.answers()[-1] == "sos_cancelled"
    assert not worn.logged(Sos)
    assert worn.state.desk.sos.raised_s is None


def test_a_call_without_a_trip_gets_one_to_be_logged_in() -> None:
    worn = Worn().awake()
    worn.press(3, 2.5)
    worn.run(10.0)
    (sos,) = worn.logged(Sos)
    (started,) = worn.logged(TripStarted)
    order = [type(item) for _, turn in worn.turns for item in turn.happenings]
    assert order.index(TripStarted) < order.index(Sos)
    assert (sos, started) == (Sos(state="raised"), TripStarted(route_id=None, practice=False))
    assert "trip_started" not in worn.kinds()  # it is no walk that anybody set out on


def test_a_call_that_nobody_stores_is_told_as_failed() -> None:
    worn = Worn().awake()
    worn.press(3, 2.5)
    worn.run(14.0)
    assert worn.answers()[-1] == "sos_failed"


def test_a_call_is_taken_back_by_the_menu() -> None:
    worn = Worn().awake()
    worn.press(3, 2.5)
    worn.run(10.0)
    worn.step(sos="stored")
    worn.run(3.0)
    choose(worn, 0)
    worn.run(2.0)
    assert [item.state for item in worn.logged(Sos) if isinstance(item, Sos)] == ["raised", "cancelled"]


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


def test_the_same_senses_give_the_same_turns() -> None:
    def day() -> list[Turn]:
        worn = Worn().awake()
        worn.step(fixes=(fix_at(HOME.lat, HOME.lon, worn.now_s),))
        choose(worn, 0, 0)
        worn.press(3, 2.5)
        worn.run(12.0)
        return [turn for _, turn in worn.turns]

    assert day() == day()


def test_where_is_honest_about_an_unknown_street() -> None:
    worn = Worn(places=()).awake()
    worn.step(fixes=(fix_at(HOME.lat, HOME.lon, worn.now_s),))
    worn.press(1, 1.0)
    worn.run(1.0)
    say = next(say for _, say in reversed(worn.said) if say.announcement.kind is AlertKind.WHERE_AM_I)
    assert isinstance(say.announcement.params, WhereNow)
    assert "通りの名前がわかりません" in say.words["ja"].text
