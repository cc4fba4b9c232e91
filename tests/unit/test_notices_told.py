"""What the server tells and asks, through the real companion: each once, answered by a button, logged."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from device.announcements import AlertKind as A
from device.announcements import Lang
from device.arbiter import ArbiterState, Play, SpeechArbiter, importance
from device.battery import BatteryNews
from device.companion import Companion, CompanionState
from device.controls.gestures import Press
from device.examples import example
from device.kept_files import Keeper
from device.notices import spoken_name
from device.notices_kept import KeptNotices
from device.policy import POLICY, Urgency
from device.ports import Playback
from device.rehearsals.script import joined
from device.replay_walk import EstimatedSound
from device.senses import BeginTrip, Noticed, Say, Settings
from device.words import render
from routing.cues import CueKind
from routing.progress import Progress
from vision.types import Hazard, PavingSight, Scene
from wire.trip import Announced, Answered, Fell, Happening, HealthChanged, Sos

UTC_S = 1_800_000_000.0
TICK_S = 0.1


@dataclass
class Walk:
    """A walk that has begun; `given` as in a rehearsal."""

    lang: Lang = "ja"
    now_s: float = 0.0
    happened: list[tuple[float, Happening]] = field(default_factory=list)
    said: list[tuple[float, Say]] = field(default_factory=list)

    def __post_init__(self) -> None:
        settings = Settings(lang=self.lang, camera=False, server=True)
        self.companion, self.state = Companion(None, settings), CompanionState()
        self.sound = EstimatedSound(self.lang, {})
        self.run([(0.0, {"begin": BeginTrip("t1", resumed=True)}), (0.5, {"ready": True})], 10.0)
        self.said.clear()

    def run(self, given: Iterable[tuple[float, dict[str, Any]]], seconds: float) -> None:
        coming = sorted(((self.now_s + at_s, one) for at_s, one in given), key=lambda each: each[0])
        end_s = self.now_s + seconds
        while self.now_s < end_s:
            due = [one for at_s, one in coming if at_s <= self.now_s]
            coming = [one for one in coming if one[0] > self.now_s]
            known = {"playback": self.sound.playback(self.now_s, None)}
            senses = joined(self.now_s, UTC_S + self.now_s, due, known)
            self.state, turn = self.companion.step(self.state, senses)
            self.sound.carry_out(turn, self.now_s)
            self.happened += [(self.now_s, one) for one in turn.happenings]
            self.said += [(self.now_s, one) for one in turn.commands if isinstance(one, Say)]
            self.now_s = round(self.now_s + TICK_S, 3)

    @property
    def kinds(self) -> list[str]:
        return [str(say.announcement.kind) for _, say in self.said]

    def of(self, *kinds: type) -> list[Any]:
        return [one for _, one in self.happened if isinstance(one, kinds)]


def notice(walk: Walk, at_s: float, kind: str, ident: str = "n1", **values: object) -> tuple[float, Any]:
    until_s = walk.now_s + at_s + (60.0 if kind == "are_you_ok" else 600.0)
    return at_s, {"notices": (Noticed(ident, kind, until_s, **values),)}  # type: ignore[arg-type]


def press(walk: Walk, at_s: float, button: int, held_s: float = 0.2) -> Sequence[tuple[float, Any]]:
    down = Press(walk.now_s + at_s, button, True)  # type: ignore[arg-type]
    up = replace(down, t_s=down.t_s + held_s, down=False)
    return ((at_s, {"presses": (down,)}), (at_s + held_s, {"presses": (up,)}))


@pytest.mark.parametrize("kind", ["link_opened", "watching", "sos_sent", "sos_seen"])
def test_a_notice_is_said_once_and_heard_is_logged(kind: str) -> None:
    walk = Walk()
    walk.run([notice(walk, 1.0, kind), notice(walk, 5.0, kind), notice(walk, 25.0, kind)], 40.0)
    assert len(walk.said) == 1
    assert walk.of(Answered) == [Answered(notice_id="n1", answer="heard")]


def test_a_notice_that_no_voice_said_is_said_later_but_not_when_it_is_over() -> None:
    walk = Walk()
    walk.sound = Mute(walk.sound, until_s=walk.now_s + 30.0)  # type: ignore[assignment]
    late = Noticed("n2", "watching", walk.now_s + 20.0)
    walk.run([notice(walk, 1.0, "link_opened"), (1.0, {"notices": (late,)})], 60.0)
    assert walk.of(Answered) == [Answered(notice_id="n1", answer="heard")]


class Mute:
    """A speaker that fails until a second."""

    def __init__(self, after: EstimatedSound, until_s: float) -> None:
        self._after, self._until_s, self._failed = after, until_s, ()

    def playback(self, now_s: float, recorded: object) -> Any:
        if now_s >= self._until_s:
            return self._after.playback(now_s, None)
        failed, self._failed = self._failed, ()
        return replace(self._after.playback(-1.0, None), failed=failed)

    def carry_out(self, turn: Any, now_s: float) -> None:
        if now_s >= self._until_s:
            self._after.carry_out(turn, now_s)
        else:
            self._failed = tuple(one.utterance for one in turn.commands if isinstance(one, Say))


def test_button_1_is_the_answer_that_all_is_well_and_nothing_is_asked_again() -> None:
    walk = Walk()
    walk.run([notice(walk, 1.0, "are_you_ok"), *press(walk, 14.0, 1)], 70.0)
    assert walk.of(Answered) == [Answered(notice_id="n1", answer="ok")]
    assert walk.kinds == ["are_you_ok", "pressed", "ok_told"]


def test_a_press_before_the_question_can_be_understood_is_no_answer() -> None:
    walk = Walk()
    walk.run([notice(walk, 1.0, "are_you_ok"), *press(walk, 1.2, 1)], 5.0)
    assert walk.of(Answered) == []
    walk.run([*press(walk, 10.0, 1)], 20.0)  # while it is said again
    assert walk.of(Answered) == [Answered(notice_id="n1", answer="ok")]
    assert walk.kinds[-2:] == ["pressed", "ok_told"]


def test_button_3_held_calls_for_help_and_is_the_answer() -> None:
    walk = Walk()
    walk.run([notice(walk, 1.0, "are_you_ok"), *press(walk, 14.0, 3, 2.4)], 40.0)
    assert walk.of(Answered) == [Answered(notice_id="n1", answer="help")]
    assert [one.state for one in walk.of(Sos)] == ["raised"]


def test_who_stops_the_call_is_well() -> None:
    walk = Walk()
    walk.run([notice(walk, 1.0, "are_you_ok"), *press(walk, 14.0, 3, 2.4), *press(walk, 20.0, 2)], 70.0)
    assert walk.of(Answered) == [Answered(notice_id="n1", answer="ok")]
    assert walk.of(Sos) == []


def test_no_answer_is_told_after_asking_twice_and_within_the_time_of_the_question() -> None:
    walk = Walk()
    began_s = walk.now_s + 1.0
    walk.run([notice(walk, 1.0, "are_you_ok")], 70.0)
    assert walk.kinds == ["are_you_ok", "are_you_ok", "unanswered"]
    at_s, answer = next((t, one) for t, one in walk.happened if isinstance(one, Answered))
    assert answer == Answered(notice_id="n1", answer="no_answer")
    assert 30.0 < at_s - began_s <= 60.0
    assert walk.of(Sos) == []


def test_a_question_never_cuts_a_warning_and_a_warning_cuts_it() -> None:
    assert POLICY[A.ARE_YOU_OK].urgency is Urgency.GUIDANCE
    walk = Walk()
    hazard = example(A.VEHICLE_APPROACHING).params
    assert isinstance(hazard, Hazard)
    seen = [
        (3.0 + n * 0.2, {"scene": Scene(n, 0.0, (hazard,), PavingSight(seen=False), None, True)})
        for n in range(10)
    ]
    walk.run([notice(walk, 1.0, "are_you_ok"), *seen, *press(walk, 25.0, 1)], 40.0)
    assert walk.kinds[:3] == ["are_you_ok", "vehicle_approaching", "are_you_ok"]
    cut = next(one for one in walk.of(Announced) if one.kind == "are_you_ok")
    assert cut.outcome == "preempted"
    assert walk.of(Answered) == [Answered(notice_id="n1", answer="ok")]


def test_nobody_is_asked_without_a_trip() -> None:
    walk = Walk()
    walk.state = replace(walk.state, trip=None)
    walk.run([notice(walk, 1.0, "are_you_ok")], 30.0)
    assert walk.kinds == []


# --- a possible fall


def test_a_fall_is_asked_about_at_once_and_calls_for_help_where_nobody_answers() -> None:
    walk = Walk()
    walk.run([(1.0, {"fall": "fell"})], 80.0)
    assert walk.kinds[:3] == ["are_you_ok", "are_you_ok", "sos_begun"]
    assert [type(one) for one in walk.of(Fell, Sos)] == [Fell, Sos]
    assert walk.of(Answered) == []


def test_the_servers_question_about_the_same_fall_is_not_asked_twice() -> None:
    walk = Walk()
    walk.run([(1.0, {"fall": "fell"}), notice(walk, 4.0, "are_you_ok", "while"), *press(walk, 14.0, 1)], 30.0)
    walk.run([notice(walk, 1.0, "are_you_ok", "after")], 40.0)
    assert walk.kinds == ["are_you_ok", "pressed", "ok_told"]
    assert walk.of(Answered) == [Answered(notice_id=one, answer="ok") for one in ("while", "after")]
    assert walk.of(Sos) == []


def test_nobody_answers_the_fall_and_the_server_hears_of_that() -> None:
    walk = Walk()
    walk.run([(1.0, {"fall": "fell"}), notice(walk, 4.0, "are_you_ok")], 80.0)
    assert walk.of(Answered) == [Answered(notice_id="n1", answer="no_answer")]
    assert [one.state for one in walk.of(Sos)] == ["raised"]


def test_who_walks_again_is_not_called_for() -> None:
    walk = Walk()
    walk.run([(1.0, {"fall": "fell"}), (20.0, {"fall": "up"})], 100.0)
    assert walk.of(Sos) == []


# --- words


# --- at the wrong moment


def on_the_road(walk: Walk, monkeypatch: pytest.MonkeyPatch, seconds: float, speed_mps: float = 1.2) -> None:
    until_s = walk.now_s + seconds
    monkeypatch.setattr(Companion, "_crossing", lambda _self, _state: walk.now_s < until_s)
    progress = Progress(
        50.0, 0.0, True, 0.0, 100.0, 4.0, 3.0, speed_mps, CueKind.ARRIVED, "arrival", 150.0, True, False
    )
    walk.state = replace(walk.state, progress=progress)


def test_the_kerb_is_told_in_the_middle_of_a_question_which_is_asked_again_after_it() -> None:
    crossing = example(CueKind.CROSSING_NOW)
    kinds = [A.ARE_YOU_OK, A.UNANSWERED, A.SOS_TOLD, A.SOS_SEEN, A.LINK_OPENED, A.WATCHING]
    assert all(importance(example(kind)) < importance(crossing) for kind in kinds)
    for kind in kinds:
        state, arbiter = ArbiterState(), SpeechArbiter()
        said = replace(example(kind), created_s=0.0, expires_s=20.0)
        state, _, _ = arbiter.step(state, 0.0, (said,), Playback(None))
        sounds = Playback(1, started_s=0.1, ends_s=10.0)
        state, _, _ = arbiter.step(state, 1.0, (), sounds)
        kerb = replace(crossing, created_s=3.0, expires_s=11.0)
        state, first, _ = arbiter.step(state, 3.0, (kerb,), sounds)
        state, second, _ = arbiter.step(state, 4.1, (), sounds)
        assert [one.announcement.kind for one in (*first, *second) if isinstance(one, Play)] == [
            CueKind.CROSSING_NOW
        ]
        assert [one.announcement.kind for one in state.queue] == [kind]


def test_an_empty_battery_does_not_cut_what_is_to_be_done_now() -> None:
    assert importance(example(A.BATTERY_EMPTY)) < importance(example(CueKind.CROSSING_NOW))


def test_who_looks_is_told_behind_the_road(monkeypatch: pytest.MonkeyPatch) -> None:
    walk = Walk()
    on_the_road(walk, monkeypatch, 30.0)
    began_s = walk.now_s
    walk.run([notice(walk, 1.0, "link_opened"), notice(walk, 2.0, "watching", "n2")], 60.0)
    assert sorted(walk.kinds) == ["link_opened", "watching"]
    assert all(at_s >= began_s + 30.0 for at_s, _ in walk.said)


def test_who_walks_over_a_road_is_asked_behind_it_and_who_stands_on_it_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for speed_mps, waits in ((1.2, True), (0.0, False)):
        walk = Walk()
        on_the_road(walk, monkeypatch, 15.0, speed_mps)
        began_s = walk.now_s
        walk.run([notice(walk, 1.0, "are_you_ok")], 70.0)
        assert walk.kinds == ["are_you_ok", "are_you_ok", "unanswered"]
        assert (walk.said[0][0] >= began_s + 15.0) is waits
        assert [one.answer for one in walk.of(Answered)] == ["no_answer"]


# --- of another trip, overtaken, or twice


def test_a_notice_of_a_trip_that_is_over_says_so_and_its_question_is_not_asked() -> None:
    walk = Walk()
    walk.run(
        [
            notice(walk, 1.0, "link_opened", "a", trip_id="t0"),
            notice(walk, 10.0, "watching", "b", trip_id="t0"),
            notice(walk, 20.0, "watching", "c", trip_id="t1"),
            notice(walk, 30.0, "are_you_ok", "d", trip_id="t0"),
        ],
        80.0,
    )
    texts = [say.words["ja"].text for _, say in walk.said]
    assert walk.kinds == ["link_opened", "watching", "watching"]
    assert ["終わった" in text for text in texts] == [True, True, False]
    assert "今の位置" not in texts[0]


def test_that_nobody_has_answered_is_not_said_once_somebody_has() -> None:
    walk = Walk()
    both = [notice(walk, 1.0, "sos_sent", "n1", count=2), notice(walk, 1.0, "sos_seen", "n2", name="母")]
    walk.run(both, 30.0)
    assert walk.kinds == ["sos_seen"]
    # The same where the first one still waits behind other words.
    walk = Walk()
    walk.run(
        [
            notice(walk, 1.0, "watching", "w"),
            notice(walk, 1.5, "sos_sent", "n1", count=2),
            notice(walk, 1.6, "sos_seen", "n2", name="母"),
        ],
        40.0,
    )
    assert "sos_told" not in walk.kinds[1:] or walk.kinds.index("sos_told") < walk.kinds.index("sos_seen")
    assert walk.kinds.count("sos_seen") == 1


def test_a_call_of_which_the_server_tells_has_not_failed_however_slow_the_disk_is() -> None:
    walk = Walk()
    walk.run([*press(walk, 1.0, 3, 2.4), notice(walk, 12.5, "sos_sent", count=2)], 40.0)
    assert walk.kinds[-1] == "sos_told"
    assert "sos_failed" not in walk.kinds


def test_the_same_notice_twice_in_one_step_is_one() -> None:
    walk = Walk()
    twice = Noticed("n1", "are_you_ok", walk.now_s + 61.0)
    walk.run([(1.0, {"notices": (twice, twice)}), *press(walk, 14.0, 1)], 60.0)
    assert walk.of(Answered) == [Answered(notice_id="n1", answer="ok")]


# --- whose press it is


def test_a_press_while_only_the_earcon_and_half_a_word_were_heard_hides_no_fall() -> None:
    for after_s in (0.6, 1.2, 1.6):
        walk = Walk()
        walk.run([(1.0, {"fall": "fell"})], 1.2)
        walk.run([*press(walk, after_s, 1)], 90.0)
        assert [one.state for one in walk.of(Sos)] == ["raised"], after_s


def test_a_question_that_comes_while_a_call_is_counted_down_is_answered_by_how_that_ends() -> None:
    for stops in ((), (16.0,)):
        walk = Walk()
        given = [*press(walk, 10.0, 3, 2.2), notice(walk, 13.5, "are_you_ok")]
        walk.run([*given, *(one for at_s in stops for one in press(walk, at_s, 2))], 80.0)
        assert "are_you_ok" not in walk.kinds
        assert [one.answer for one in walk.of(Answered)] == (["ok"] if stops else ["help"])
        assert len(walk.of(Sos)) == (0 if stops else 1)


def test_a_fall_after_the_servers_question_is_asked_in_its_own_words_before_anything_is_called() -> None:
    walk = Walk()
    walk.run([notice(walk, 1.0, "are_you_ok"), (20.0, {"fall": "fell"})], 120.0)
    asked = [say.words["ja"].text for _, say in walk.said if say.announcement.kind is A.ARE_YOU_OK]
    assert "ご無事ですか" in asked[0]
    assert ["転びましたか" in text for text in asked[-2:]] == [True, True]
    assert walk.kinds.index("sos_begun") > walk.kinds.index("are_you_ok") + 1
    assert walk.of(Answered) == [Answered(notice_id="n1", answer="no_answer")]


def test_it_is_not_asked_once_more_while_it_is_being_said() -> None:
    walk = Walk()
    long = [(1.0, {"notices": (Noticed("n1", "are_you_ok", walk.now_s + 100.0),)})]
    walk.sound = Mute(walk.sound, until_s=walk.now_s + 18.0)  # type: ignore[assignment]
    walk.run(long, 60.0)
    spoken = [one for one in walk.of(Announced) if one.kind == "are_you_ok" and one.outcome == "spoken"]
    starts = [one.started_s for one in spoken]
    assert all(later - sooner > 15.0 for sooner, later in pairwise(starts))


# --- glasses that were taken off, or a fall


def test_glasses_that_were_laid_down_are_asked_about_and_call_nobody_by_themselves() -> None:
    walk = Walk()
    walk.run([(1.0, {"fall": "laid"})], 90.0)
    assert walk.kinds == ["are_you_ok", "are_you_ok", "unanswered"]
    assert walk.of(Sos) == []
    (at_s,) = [at_s for at_s, one in walk.happened if isinstance(one, Fell)]
    assert at_s > walk.said[1][0]  # the server hears of it once nobody has answered


@pytest.mark.parametrize("given", [{"fall": "up"}, {"presses": 1}])
def test_glasses_that_are_taken_up_again_or_a_press_end_the_question(given: dict[str, Any]) -> None:
    walk = Walk()
    ends = press(walk, 16.0, 1) if "presses" in given else [(16.0, given)]
    walk.run([(1.0, {"fall": "laid"}), *ends], 90.0)
    assert walk.kinds.count("are_you_ok") == 1
    assert walk.of(Fell, Sos) == []


@pytest.mark.parametrize(
    ("name", "spoken"),
    [
        ("お母さん", "お母さん"),
        (" 田\n中 ", "田 中"),
        ("車はいません", ""),
        ("it is safe to cross", ""),
        ("<b>x</b>", "b x b"),
        ("あ" * 80, "あ" * 30),
        (unicodedata.normalize("NFD", "ばあば"), "ばあば"),
        ("ＳＡＦＥ ＴＯ cross", ""),
        ("車はい ません", ""),
        ("sa\u200bfe to go", ""),
        ("हिंदी", "हिंदी"),
        ("\u202eabc\u2066\x07\U0001f6a8", "abc"),
    ],
)
def test_a_name_is_read_as_a_name_and_as_nothing_else(name: str, spoken: str) -> None:
    assert spoken_name(name) == spoken


def test_names_and_numbers_are_told() -> None:
    walk = Walk()
    walk.run(
        [notice(walk, 1.0, "sos_seen", name="となり"), notice(walk, 20.0, "sos_sent", "n2", count=2)], 50.0
    )
    assert walk.said[0][1].words["ja"].text == "となりさんが、助けを求める知らせを受けとりました。"
    assert "2人" in walk.said[1][1].words["ja"].text


def test_where_nobody_was_reached_the_words_say_so_and_what_to_do() -> None:
    for lang, words in (("ja", ("まだ誰にも届いていません", "119")), ("en", ("not reached anyone", "119"))):
        text = render(example(A.SOS_TOLD), lang).text  # type: ignore[arg-type]
        assert all(word in text for word in words)


def test_that_a_call_reached_nobody_is_said_once_and_set_right_when_it_did() -> None:
    walk = Walk()
    walk.run(
        [
            notice(walk, 1.0, "sos_sent", "n1", count=2),
            notice(walk, 25.0, "sos_sent", "n2"),
            notice(walk, 26.0, "sos_sent", "n2"),
            notice(walk, 50.0, "sos_sent", "n3", count=2),
            notice(walk, 75.0, "sos_sent", "n4", count=2),
        ],
        100.0,
    )
    said = [one.words["ja"].text for _, one in walk.said]
    assert [("まだ誰にも届いていません" in text, "2人あて" in text) for text in said] == [
        (False, True), (True, False), (False, True), (False, True),
    ]  # fmt: skip
    # The whole chain was told and nobody answers: that is told with more weight than the first time.
    assert ["誰も応えていません" in text for text in said] == [False, False, False, True]
    assert "急ぐときは" in said[0]
    assert "急ぐときは" not in said[3]
    english = [one.words["en"].text for _, one in walk.said]
    assert "has not reached anyone yet. Please call 119 or 110" in english[1]
    assert "no one has answered it yet. Please call 119 or 110" in english[3]


def test_who_took_the_call_and_is_gone_is_named() -> None:
    walk = Walk()
    walk.run(
        [
            notice(walk, 1.0, "sos_seen", "n1", name="となり"),
            notice(walk, 20.0, "sos_sent", "n2", name="となり", count=1),
            notice(walk, 45.0, "sos_sent", "n3", name="山田先生"),
        ],
        70.0,
    )
    said = [one.words["ja"].text for _, one in walk.said]
    assert said[1].startswith("となりさんは、対応できなくなりました。")
    assert "あらためて、1人あてに送りました" in said[1]
    assert said[2].startswith("山田先生は、対応できなくなりました。")
    assert "まだ誰にも届いていません" in said[2]
    assert walk.said[1][1].words["en"].text.startswith("となり can no longer see to it. ")


def test_of_all_that_waits_about_a_call_only_the_newest_is_said() -> None:
    walk = Walk()
    first, then, now = (
        Noticed(ident, kind, walk.now_s + 600.0, name, count)
        for ident, kind, name, count in (
            ("n1", "sos_sent", "", 0),
            ("n2", "sos_seen", "となり", 0),
            ("n3", "sos_sent", "となり", 3),
        )
    )
    walk.run([(1.0, {"notices": (first, then, now)})], 40.0)
    assert walk.kinds == ["sos_told"]
    assert "3人あて" in walk.said[0][1].words["ja"].text
    assert [one.notice_id for one in walk.of(Answered)] == ["n3"]


def test_what_the_server_knows_now_is_said_instead_of_what_the_device_knew() -> None:
    walk = Walk()
    walk.run([*press(walk, 1.0, 3, 2.4)], 12.0)
    news = [(0.1, {"sos": "stored"}), (0.2, {"sos": "sent"}), notice(walk, 0.3, "sos_sent", count=1)]
    walk.run(news, 40.0)
    assert walk.kinds[-1] == "sos_told"
    assert "sos_sent" not in walk.kinds


# --- the battery, and what is remembered


def test_two_batteries_are_two_subjects_and_the_log_has_the_worse() -> None:
    walk = Walk()
    walk.run(
        [
            (1.0, {"battery": BatteryNews("error", 9)}),
            (1.1, {"battery": BatteryNews("error", 8, "phone")}),
            (40.0, {"battery": BatteryNews("ok", 60, "phone")}),
        ],
        60.0,
    )
    assert walk.kinds == ["battery_empty", "battery_empty", "battery_back"]
    logged = [(one.health, one.detail) for one in walk.of(HealthChanged) if one.part == "battery"]
    assert logged == [("error", "9 %"), ("error", "8 % of the phone"), ("error", "9 %")]


def test_a_battery_that_is_low_is_told_and_logged_with_each_trip() -> None:
    walk = Walk()
    walk.run(
        [(1.0, {"battery": BatteryNews("warn", 20)}), (20.0, {"battery": BatteryNews("error", 9)})], 40.0
    )
    assert walk.kinds == ["battery_low", "battery_empty"]
    logged = [(one.health, one.detail) for one in walk.of(HealthChanged) if one.part == "battery"]
    assert logged == [("warn", "20 %"), ("error", "9 %")]
    walk.run([(1.0, {"begin": BeginTrip("t2")})], 5.0)
    assert walk.of(HealthChanged)[-1] == HealthChanged(part="battery", health="error", detail="9 %")


class Told:
    def __init__(self) -> None:
        self.came: tuple[Noticed, ...] = ()

    def notices(self) -> tuple[Noticed, ...]:
        return self.came


def test_what_was_heard_is_remembered_over_a_restart(tmp_path: Path) -> None:
    told, path, keeper = Told(), tmp_path / "notices.json", Keeper()
    told.came = (Noticed("a", "watching", 9.0), Noticed("b", "watching", 9.0))
    kept = KeptNotices(told, path, keeper)
    assert kept.poll(UTC_S) == told.came
    kept.answered("a", UTC_S)
    keeper.close()
    again = KeptNotices(told, path, keeper)
    assert [one.id for one in again.poll(UTC_S)] == ["b"]
    path.write_text("{")
    assert len(KeptNotices(told, path, keeper).poll(UTC_S)) == 2
