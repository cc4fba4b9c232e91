"""The session's ports over channels: what is told when the other side comes, goes, and comes again."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from device.config import DeviceConfig
from device.errors import OutboxError
from device.mouth import Utterance
from device.parts.channel import Door
from device.parts.messages import (
    FROM_LOG,
    HEARD,
    LOCATED,
    NOTHING,
    SEEN,
    TO_LOG,
    TO_SPEECH,
    FromLog,
    Heard,
    Located,
    LogState,
    Nothing,
    Seen,
    Silence,
    Speak,
    Store,
    Stored,
    ToLog,
    ToSpeech,
    Tune,
)
from device.parts.part import Part
from device.parts.remote import RemoteEyes, RemoteLog, RemoteMouth, RemotePosition
from device.parts.telling import LogTold
from device.policy import Earcon
from device.ports import Playback
from vision.attitude import Attitude
from vision.types import PavingSight, Scene
from wire.position import Fix
from wire.trip import Sos, TripEnded

FIX = Fix(utc_s=1_800_000_000.0, lat=33.2, lon=131.6, accuracy_m=5.0)
ENDED = TripEnded(arrived=True, reason="arrived")
SCENE = Scene(3, 1.0, (), PavingSight(seen=False))


@dataclass
class Parts:
    """Doors of parts that say what a test wants."""

    part: Part
    doors: list[Door[object, object]] = field(default_factory=list)

    def door(self, name: str, inward: object, outward: object) -> Door[object, object]:
        made = Door(self.part.socket(name), inward, outward)  # type: ignore[arg-type]
        self.doors.append(made)  # type: ignore[arg-type]
        return made  # type: ignore[return-value]


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    made = Parts(Part("guidance", DeviceConfig(runtime=tmp_path), tmp_path))
    yield made
    for door in made.doors:
        door.close()


def test_eyes_that_are_not_there_yet_are_no_fault_and_those_that_went_are(parts: Parts) -> None:
    eyes = RemoteEyes(parts.part, imu=False)
    assert eyes.glance(0.0).camera_fault == ""
    door: Door[Nothing, Seen] = parts.door("eyes", NOTHING, SEEN)  # type: ignore[assignment]
    eyes.glance(0.1)
    door.poll()
    door.send(Seen(0.2, frame=True, busy_since_s=0.15))
    door.send(Seen(0.3, offered_s=0.1, began_s=0.15, ended_s=0.29, scene=SCENE))
    glance = eyes.glance(0.3)
    assert glance.arrived
    assert glance.look.answer is not None
    assert glance.look.answer.scene == SCENE
    assert glance.look.busy_since_s is None
    door.close()
    gone = eyes.glance(0.4)
    assert (gone.camera_fault != "", gone.camera_reason, gone.arrived) == (True, "ended", False)
    eyes.close()


def test_a_motion_sensor_that_falls_silent_is_told(parts: Parts) -> None:
    eyes = RemoteEyes(parts.part, imu=True)
    door: Door[Nothing, Seen] = parts.door("eyes", NOTHING, SEEN)  # type: ignore[assignment]
    eyes.glance(0.0)
    door.poll()
    for tenth in range(1, 10):
        door.send(Seen(tenth / 10, attitude=Attitude(tenth / 10, 20.0 + tenth / 100, 0.0)))
        assert eyes.glance(tenth / 10).imu_fault is None
    assert [eyes.glance(second).imu_fault for second in (1.0, 2.0)][-1] == "lost"
    eyes.close()


def _say(number: int) -> Utterance:
    return Utterance(number, Earcon.CAUTION, (("ja", "正面に柱。"), ("en", "Pole ahead.")), 12.0)


def test_what_is_said_goes_over_and_its_fate_comes_back(parts: Parts) -> None:
    mouth = RemoteMouth(parts.part, Tune(3.0, 1.2))
    assert mouth.listen(0.0).playback.away
    door: Door[ToSpeech, Heard] = parts.door("speech", TO_SPEECH, HEARD)  # type: ignore[assignment]
    assert not mouth.listen(0.1).playback.away
    mouth.say(_say(1), 0.1)
    mouth.hush(0.2)
    sent = [message for _, message in door.poll()]
    assert sent == [Tune(3.0, 1.2), Speak(1, Earcon.CAUTION, _say(1).texts, 12.0), Silence()]
    door.send(Heard(0.2, Playback(utterance=1, started_s=0.15)))
    door.send(Heard(0.3, Playback(finished=(1,)), failed=("nothing",)))
    hearing = mouth.listen(0.3)
    assert hearing.playback.finished == (1,)
    assert hearing.playback.utterance is None
    assert hearing.failed == ("nothing",)
    mouth.close()


def test_what_was_being_said_when_speech_died_has_failed_once(parts: Parts) -> None:
    mouth = RemoteMouth(parts.part)
    door: Door[ToSpeech, Heard] = parts.door("speech", TO_SPEECH, HEARD)  # type: ignore[assignment]
    mouth.listen(0.0)
    mouth.say(_say(1), 0.0)
    door.poll()
    door.close()
    lost = mouth.listen(0.1).playback
    assert (lost.away, lost.failed) == (True, (1,))
    assert mouth.listen(0.2).playback.failed == ()
    mouth.close()


def test_fixes_come_once_and_a_part_that_went_is_away(parts: Parts) -> None:
    position = RemotePosition(parts.part)
    assert (position.poll(), position.state) == ((), "away")
    door: Door[Nothing, Located] = parts.door("position", NOTHING, LOCATED)  # type: ignore[assignment]
    position.poll()
    door.poll()
    door.send(Located(1.0, (FIX,), heading_deg=90.0, utc_s=1_800_000_000.5))
    door.send(Located(2.0, state="stale", detail="no new position"))
    assert position.poll() == (FIX,)
    assert (position.state, position.heading_deg) == ("stale", None)
    assert position.true_time == (1.0, 1_800_000_000.5)
    assert position.poll() == ()
    door.close()
    position.poll()
    assert position.state == "away"
    position.close()


def _stores(door: Door[ToLog, FromLog]) -> list[int]:
    return [message.number for _, message in door.poll() if isinstance(message, Store)]


def test_what_is_not_known_to_be_stored_is_sent_again_to_the_next_log(parts: Parts) -> None:
    log = RemoteLog(parts.part, "me")
    log.append_many("trip", [(1.0, ENDED)])  # nobody is there yet
    first: Door[ToLog, FromLog] = parts.door("log", TO_LOG, FROM_LOG)  # type: ignore[assignment]
    log.append_many("trip", [(2.0, ENDED)])
    log.append_many("trip", [(3.0, ENDED)])
    assert _stores(first) == [1, 2, 3]
    first.send(Stored("me", 1))
    first.send(Stored("somebody", 3))
    log.poll()
    assert log.is_stored(1)
    assert not log.is_stored(2)
    first.close()
    log.poll()
    second: Door[ToLog, FromLog] = parts.door("log", TO_LOG, FROM_LOG)  # type: ignore[assignment]
    log.poll()
    assert _stores(second) == [2, 3]
    second.send(Stored("me", 3))
    log.poll()
    assert log.unstored == 0
    log.close()


def test_a_disk_that_takes_nothing_is_told_and_nothing_is_lost(parts: Parts) -> None:
    log = RemoteLog(parts.part, "me", most=3)
    door: Door[ToLog, FromLog] = parts.door("log", TO_LOG, FROM_LOG)  # type: ignore[assignment]
    log.poll()
    door.poll()
    door.send(LogState(0.0, storing=False, detail="the disk is full"))
    log.poll()
    with pytest.raises(OutboxError, match="full"):
        log.append_many("trip", [(1.0, ENDED)])
    assert _stores(door) == [1]
    door.close()
    log.poll()
    log.append_many("trip", [(1.0, ENDED)])
    log.append_many("trip", [(1.0, ENDED)])
    with pytest.raises(OutboxError, match="away too long"):
        log.append_many("trip", [(1.0, ENDED)])
    log.close()


def test_hours_that_wait_are_handed_over_in_order_and_never_at_one_look(parts: Parts) -> None:
    log = RemoteLog(parts.part, "me")
    for number in range(1, 951):
        log.append_many("trip", [(float(number), ENDED)])
    door: Door[ToLog, FromLog] = parts.door("log", TO_LOG, FROM_LOG)  # type: ignore[assignment]
    came: list[list[int]] = []
    for _ in range(20):
        log.poll()
        came.append(_stores(door))
    assert [number for some in came for number in some] == list(range(1, 951))
    assert max(map(len, came)) <= 200
    log.append_many("trip", [(951.0, ENDED)])
    assert _stores(door) == [951]
    log.close()


def test_a_call_for_help_is_taken_in_addition_to_all_that_waits(parts: Parts) -> None:
    log = RemoteLog(parts.part, "me", most=1)
    log.append_many("trip", [(1.0, ENDED)])
    with pytest.raises(OutboxError, match="away too long"):
        log.append_many("trip", [(2.0, ENDED)])
    log.append_many("trip", [(3.0, Sos(state="raised"))])
    assert log.unstored == 2
    log.close()


def test_a_second_that_is_no_number_holds_up_nothing(parts: Parts) -> None:
    log = RemoteLog(parts.part, "me")
    door: Door[ToLog, FromLog] = parts.door("log", TO_LOG, FROM_LOG)  # type: ignore[assignment]
    log.append_many("trip", [(float("nan"), ENDED)])
    log.append_many("trip", [(2.0, ENDED)])
    assert _stores(door) == [1, 2]
    log.close()


def test_words_for_a_part_that_was_replaced_unseen_have_failed(parts: Parts) -> None:
    """It was back before anybody looked: what the one before was given is said by nobody."""
    mouth = RemoteMouth(parts.part)
    first: Door[ToSpeech, Heard] = parts.door("speech", TO_SPEECH, HEARD)  # type: ignore[assignment]
    mouth.listen(0.0)
    first.poll()
    mouth.say(_say(1), 0.1)
    first.close()
    second: Door[ToSpeech, Heard] = parts.door("speech", TO_SPEECH, HEARD)  # type: ignore[assignment]
    mouth.say(_say(2), 0.2)  # into the old connection
    mouth.say(_say(3), 0.2)  # connects to the new one
    hearing = mouth.listen(0.3)
    assert hearing.playback.failed == (1, 2)
    assert not hearing.playback.away
    said = [message for _, message in second.poll() if isinstance(message, Speak)]
    assert [speak.utterance for speak in said] == [3]
    mouth.close()


def test_a_call_for_help_is_sent_when_the_server_has_it_and_not_before(parts: Parts) -> None:
    log = RemoteLog(parts.part, "me")
    told = LogTold(log)
    door: Door[ToLog, FromLog] = parts.door("log", TO_LOG, FROM_LOG)  # type: ignore[assignment]
    log.poll()
    door.poll()
    door.send(LogState(0.0, link_up=True, pending=0))
    log.poll()
    number = told.mark()
    log.append_many("trip", [(1.0, Sos(state="raised"))])
    assert told.arrived(number) == ""
    door.send(Stored("me", number))
    log.poll()
    assert told.arrived(number) == "stored", "that nothing waited was said before it was made"
    door.send(LogState(0.5, link_up=True, pending=7, delivered=(("somebody", 9),)))
    log.poll()
    assert told.arrived(number) == "stored"
    door.send(LogState(0.6, link_up=True, pending=7, delivered=(("me", number),)))
    log.poll()
    assert told.arrived(number) == "sent", "though newer events wait"
    later = told.mark()
    log.append_many("trip", [(2.0, Sos(state="cancelled"))])
    door.send(Stored("me", later))
    log.poll()
    assert told.arrived(later) == "stored"
    door.send(LogState(2.0, link_up=True, pending=0))
    log.poll()
    assert told.arrived(later) == "sent", "the log part was a new one, and nothing waits"
    log.close()
