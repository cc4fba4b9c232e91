"""Losses are told until they were heard, several in one sentence, and never in a loop."""

from itertools import pairwise

from device.announcements import AlertKind, Announcement, Fault, PartsLost
from device.arbiter import Settled
from device.faultbook import RETRY_MAX_S, STEADY_S, FaultBook, at_once, merged, settle, take
from device.producers import from_health
from routing.cues import CueKind
from wire.trip import Outcome, Part


def lost(part: Part, now_s: float = 0.0) -> Announcement:
    return from_health(part, False, now_s)[0]


def back(part: Part, now_s: float = 0.0) -> Announcement:
    return from_health(part, True, now_s)[0]


def outcome(told: Announcement, what: Outcome) -> tuple[Settled, ...]:
    return (Settled(told, what),)


def test_a_loss_passes_once() -> None:
    book, told = take(FaultBook(), [lost("imu")], 0.0)
    assert [each.kind for each in told] == [AlertKind.IMU_LOST]
    book = settle(book, outcome(told[0], "spoken"), 3.0)
    assert take(book, [], 600.0)[1] == ()


def test_what_was_not_heard_is_told_again_less_and_less_often_and_at_once_when_the_voice_is_back() -> None:
    book, _ = take(FaultBook(), [lost("imu")], 0.0)
    book = settle(book, outcome(lost("imu"), "failed"), 0.0)
    now_s, times = 0.0, [0.0]
    while now_s < 200.0:
        book, told = take(book, [], now_s)
        if told:
            times.append(now_s)
            book = settle(book, outcome(told[0], "failed"), now_s)
        now_s += 0.5
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert gaps == sorted(gaps)
    assert gaps[-1] <= RETRY_MAX_S + 0.5
    _, told = take(at_once(book, now_s), [], now_s)
    assert [each.kind for each in told] == [AlertKind.IMU_LOST]


def test_what_came_back_unheard_is_not_told_as_lost() -> None:
    book, told = take(FaultBook(), [lost("imu")], 0.0)
    book = settle(book, outcome(told[0], "failed"), 1.0)
    book, _ = take(book, [back("imu", 2.0)], 2.0)
    assert take(book, [], 60.0)[1] == ()


def test_a_part_that_comes_and_goes_is_told_of_once_and_again_when_it_stays() -> None:
    book, now_s, told = FaultBook(), 0.0, []
    for _ in range(10):
        for change in (lost("uplink", now_s), back("uplink", now_s)):
            book, passed = take(book, [change], now_s)
            told += passed
            now_s += 2.0
    kinds = [each.kind for each in told]
    assert kinds.count(AlertKind.PART_UNSTEADY) == 1
    assert kinds[-1] is AlertKind.PART_UNSTEADY
    _, steady = take(book, [], now_s + STEADY_S)
    assert [each.kind for each in steady] == [AlertKind.LINK_BACK]


def test_three_that_wait_become_one_the_most_important_first() -> None:
    book = FaultBook()
    losses = [lost("recorder"), lost("camera"), lost("position")]
    book, told = take(book, losses, 0.0)
    new, gone = merged(book, told[:2], told[2:], 0.0)
    (one,) = new
    assert one.key == "camera+position+recorder"
    assert {kind for kind, _ in gone} == {AlertKind.STORAGE_LOST, AlertKind.CAMERA_LOST}


def test_two_are_told_as_two() -> None:
    book, told = take(FaultBook(), [lost("camera"), lost("position")], 0.0)
    assert merged(book, (), told, 0.0) == (told, frozenset())


def test_what_came_back_while_the_sentence_waited_leaves_it() -> None:
    parts: tuple[Part, ...] = ("camera", "position", "recorder", "imu")
    book, told = take(FaultBook(), [lost(part) for part in parts], 0.0)
    (waiting,), _ = merged(book, (), told, 0.0)
    book, new = take(book, [back("imu", 1.0)], 1.0)
    new, gone = merged(book, (waiting,), new, 1.0)
    assert gone == {waiting.identity}
    anew = next(each for each in new if isinstance(each.params, PartsLost))
    assert anew.key == "camera+position+recorder"
    book, new = take(book, [back("camera", 2.0)], 2.0)
    new, _ = merged(book, (anew,), new, 2.0)
    assert {each.kind for each in new} == {
        AlertKind.CAMERA_BACK,
        AlertKind.RECEIVER_LOST,
        AlertKind.STORAGE_LOST,
    }


def test_the_end_of_a_loss_that_was_heard_is_told_until_it_is_heard() -> None:
    book, told = take(FaultBook(), [lost("uplink")], 0.0)
    book = settle(book, outcome(told[0], "spoken"), 3.0)
    book, told = take(book, [back("uplink", 5.0)], 5.0)
    assert [each.kind for each in told] == [AlertKind.LINK_BACK]
    book = settle(book, outcome(told[0], "failed"), 6.0)
    assert take(book, [], 6.5)[1] == ()
    book, again = take(at_once(book, 7.0), [], 7.0)
    assert [each.kind for each in again] == [AlertKind.LINK_BACK]
    book = settle(book, outcome(again[0], "spoken"), 9.0)
    assert take(book, [], 600.0)[1] == ()


def test_the_end_of_a_loss_is_forgotten_when_the_part_is_lost_again() -> None:
    book, told = take(FaultBook(), [lost("uplink")], 0.0)
    book = settle(book, outcome(told[0], "spoken"), 3.0)
    book, told = take(book, [back("uplink", 5.0)], 5.0)
    book = settle(book, outcome(told[0], "failed"), 6.0)
    book, told = take(book, [lost("uplink", 7.0)], 7.0)
    assert [each.kind for each in told] == [AlertKind.LINK_LOST]
    book = settle(book, outcome(told[0], "spoken"), 9.0)
    assert take(book, [], 600.0)[1] == ()


def test_a_loss_that_was_heard_is_not_told_by_a_second_who_noticed_it() -> None:
    book, told = take(FaultBook(), [lost("camera")], 0.0)
    assert take(book, [lost("camera", 0.7)], 0.7)[1] != ()  # the arbiter keeps one
    book = settle(book, outcome(told[0], "spoken"), 3.0)
    assert take(book, [lost("camera", 4.0)], 4.0)[1] == ()


def test_a_part_that_is_lost_in_another_way_is_told_anew() -> None:
    sky = Announcement(CueKind.POSITION_LOST, "position", Fault("position"), 0.0, 30.0)
    book, told = take(FaultBook(), [sky], 0.0)
    book = settle(book, outcome(told[0], "spoken"), 3.0)
    book, told = take(book, [lost("position", 5.0)], 5.0)
    assert [each.kind for each in told] == [AlertKind.RECEIVER_LOST]
