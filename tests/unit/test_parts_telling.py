"""What guidance tells of the parts: a fall is shown though the part is back in a blink."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from device.clocks import VirtualClock
from device.config import DeviceConfig
from device.parts.channel import Door
from device.parts.messages import (
    FROM_LOG,
    FROM_PHONE,
    LOCATED,
    NOTHING,
    PART_STATE,
    TO_LOG,
    TO_PHONE,
    FromLog,
    FromPhone,
    Located,
    LogState,
    MakeCode,
    Nothing,
    PartState,
    PhoneState,
    Press,
    Store,
    Stored,
    ToLog,
    ToPhone,
    Watch,
)
from device.parts.part import Part
from device.parts.remote import RemoteLog, RemotePosition
from device.parts.telling import FALL_SHOWN_S, Falls, LogTold, PartsTold, PhoneButtons, PhoneTold
from device.senses import Health
from wire.trip import TripEnded


@pytest.fixture
def part(tmp_path: Path) -> Part:
    return Part("guidance", DeviceConfig(runtime=tmp_path), tmp_path, VirtualClock(1_800_000_000.0))


def test_a_fall_counts_for_a_while_and_until_the_part_is_up() -> None:
    falls = Falls()
    assert not falls.away("log", 0.0)
    falls.take(PartState("log", True), 0.0)
    assert not falls.away("log", 0.1)
    falls.take(PartState("log", False, "stalled"), 1.0)
    falls.take(PartState("log", True, restarts=1), 1.1)
    assert falls.away("log", 1.0 + FALL_SHOWN_S - 0.01)
    assert not falls.away("log", 1.0 + FALL_SHOWN_S)
    assert falls.why("log") == "stalled"
    falls.take(PartState("log", False, "ended"), 5.0)
    assert falls.away("log", 500.0)


@dataclass
class Sides:
    clock: VirtualClock
    supervisor: Door[Nothing, PartState]
    position: Door[Nothing, Located]
    told: PartsTold
    source: RemotePosition

    def now(self, second: float) -> dict[str, Health]:
        self.clock.advance_to(second)
        self.supervisor.poll()
        self.position.poll()
        self.source.poll()
        return {health.part: health for health in self.told()}


@pytest.fixture
def sides(part: Part) -> Iterator[Sides]:
    assert isinstance(part.clock, VirtualClock)
    supervisor: Door[Nothing, PartState] = Door(part.socket("supervisor"), NOTHING, PART_STATE)
    position: Door[Nothing, Located] = Door(part.socket("position"), NOTHING, LOCATED)
    source = RemotePosition(part)
    told = PartsTold(part, source)
    made = Sides(part.clock, supervisor, position, told, source)
    made.now(0.0)
    made.now(0.1)
    yield made
    for end in (told, source, supervisor, position):
        end.close()


def test_parts_that_never_fell_are_well(sides: Sides) -> None:
    assert all(health.healthy for health in sides.now(1.0).values())


def test_a_fallen_part_is_told_with_its_reason_and_its_return_later(sides: Sides) -> None:
    sides.supervisor.send(PartState("position", False, "ended", detail="killed"))
    assert sides.now(1.0)["position"] == Health("position", False, "ended")
    sides.supervisor.send(PartState("position", True, restarts=1))
    assert not sides.now(1.2)["position"].healthy
    assert sides.now(1.0 + FALL_SHOWN_S)["position"].healthy


def test_speech_that_is_back_says_why_it_was_away(sides: Sides) -> None:
    sides.supervisor.send(PartState("speech", False, "stalled"))
    assert sides.now(1.0)["speech"] == Health("speech", False, "stalled")
    sides.supervisor.send(PartState("speech", True, restarts=1))
    assert sides.now(1.1)["speech"] == Health("speech", True, "stalled")


def test_speech_that_fell_and_rose_between_two_looks_was_away(sides: Sides) -> None:
    sides.supervisor.send(PartState("speech", False, "ended"))
    sides.supervisor.send(PartState("speech", True, restarts=1))
    assert [sides.now(second)["speech"].healthy for second in (1.0, 1.1)] == [False, True]


def test_eyes_and_log_are_told_only_while_they_are_away(sides: Sides) -> None:
    sides.supervisor.send(PartState("eyes", False, "ended"))
    sides.supervisor.send(PartState("log", False, "ended"))
    fallen = sides.now(1.0)
    assert (fallen["camera"].healthy, fallen["recorder"].healthy) == (False, False)
    sides.supervisor.send(PartState("eyes", True))
    sides.supervisor.send(PartState("log", True))
    assert not {"camera", "recorder"} & set(sides.now(1.0 + FALL_SHOWN_S))


def test_a_receiver_that_does_not_answer_is_lost_and_one_without_sky_is_not(sides: Sides) -> None:
    sides.position.send(Located(1.0, state="error", detail="gpsd does not answer"))
    assert sides.now(1.0)["position"] == Health("position", False, "", "gpsd does not answer")
    for state in ("warn", "stale", "ok"):
        sides.position.send(Located(2.0, state=state))  # type: ignore[arg-type]
        assert sides.now(sides.clock.now_s() + 1.0)["position"].healthy


def test_how_many_times_guidance_was_begun_anew_is_known(sides: Sides) -> None:
    sides.supervisor.send(PartState("guidance", True, restarts=3))
    sides.now(1.0)
    assert sides.told.restarts == 3


def test_the_log_tells_of_disk_link_and_how_far_a_packet_came(part: Part) -> None:
    door: Door[ToLog, FromLog] = Door(part.socket("log"), TO_LOG, FROM_LOG)
    log = RemoteLog(part, "me")
    told = LogTold(log)
    told.health()
    door.poll()
    door.send(LogState(0.0, link_up=True, storing=False, detail="full"))
    assert told.health() == (
        Health("recorder", False, "full", "full"),
        Health("uplink", True, "", ""),
    )
    door.send(LogState(1.0, link_up=False, refused=True, link_detail="401"))
    assert told.health()[1] == Health("uplink", False, "refused", "401")
    number = told.mark()
    assert log.append_many("trip", [(1.0, TripEnded(arrived=True, reason="arrived"))]) == number
    assert told.arrived(number) == ""
    assert [type(message) for _, message in door.poll()] == [Store]
    door.send(Stored("me", number))
    told.health()
    assert told.arrived(number) == "stored"
    door.send(LogState(2.0, link_up=True, pending=0))
    told.health()
    assert told.arrived(number) == "sent"
    door.close()
    assert [health.part for health in told.health()] == ["recorder"]
    log.close()


def test_the_phone_tells_presses_news_and_codes_once(part: Part) -> None:
    door: Door[ToPhone, FromPhone] = Door(part.socket("phone"), TO_PHONE, FROM_PHONE)
    phone = PhoneTold(part)
    buttons = PhoneButtons(phone)
    assert buttons.poll() == ()
    assert [message for _, message in door.poll()] == [Watch("presses")]
    door.send(Press(1.0, 2, True))
    door.send(PhoneState(1.0, code="123456", event="paired"))
    door.send(Press(1.1, 2, False))
    assert [(press.button, press.down) for press in buttons.poll()] == [(2, True), (2, False)]
    assert phone.poll() == ("paired", "123456")
    assert phone.poll() == ("", "")
    phone.make_code()
    assert [message for _, message in door.poll()] == [MakeCode()]
    assert buttons.health().healthy
    phone.close()
    door.close()
