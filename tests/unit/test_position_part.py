"""The position part with everything around it real but the receiver: sockets, the phone's door, a log."""

import itertools
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from device.clocks import SystemClock, VirtualClock
from device.config import CameraConfig, DeviceConfig, PositionConfig
from device.errors import ConfigError, PositionError
from device.fix_health import SourceHealth
from device.kept_open import KeptOpen
from device.nmea import sentences
from device.parts import position
from device.parts.channel import Door, Line
from device.parts.messages import (
    FROM_PHONE,
    LOCATED,
    NOTHING,
    TO_PHONE,
    FromPhone,
    Located,
    Nothing,
    PhoneFix,
    PhoneState,
    ToPhone,
    Watch,
)
from device.parts.part import Part
from device.parts.position import PositionPart, Telling
from device.phone_fixes import PhoneFixes
from device.positions import is_live, position_source
from tests.waiting import PATIENCE_S, until
from wire.position import Fix

UTC_S = 1_795_314_465.0
FIX = Fix(utc_s=UTC_S, lat=33.2, lon=131.6, accuracy_m=7.5, speed_mps=1.1, course_deg=90.0, source="phone")


def at(second: float, **changes: float | None) -> Fix:
    return replace(FIX, utc_s=UTC_S + second, lon=FIX.lon + second * 1.1e-5, **changes)


def walk(path: Path, seconds: int = 5, pace_s: float = 1.0) -> Path:
    lines = (f"{each}\r\n" for n in range(seconds) for each in sentences(at(n * pace_s)))
    path.write_text("".join(lines))
    return path


def part(folder: Path, uri: str, camera: str = "none:", clock: VirtualClock | None = None) -> Part:
    config = DeviceConfig(
        runtime=folder, position=PositionConfig(source=uri), camera=CameraConfig(source=camera)
    )
    return Part("position", config, folder, clock or SystemClock())


class Ear:
    """Who listens at the part's door."""

    def __init__(self, folder: Path) -> None:
        self._line: Line[Located, Nothing] = Line(folder / "position.sock", LOCATED, NOTHING)
        self.told: list[Located] = []

    def hear(self) -> list[Located]:
        self.told += self._line.poll()
        return self.told

    def close(self) -> None:
        self._line.close()


class Steps:
    """A part that is stepped by hand on a clock of ours, with one who listens."""

    def __init__(self, made: Part, clock: VirtualClock, *, ntp: Callable[[], bool] = lambda: False) -> None:
        self.clock, self.part, self.ear = clock, PositionPart(made, ntp), Ear(made.runtime)
        self.ear.hear()

    def run(self, end_s: float) -> list[Located]:
        """Step to `end_s`; what was told on the way."""
        self.ear.told.clear()
        while self.clock.now_s() < end_s - 1e-6:
            self.clock.advance_to(round(self.clock.now_s() + 0.05, 3))
            self.part.step()
            self.ear.hear()
        return list(self.ear.told)

    def close(self) -> None:
        self.part.close()
        self.ear.close()


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(1000.0)


@pytest.fixture
def phone(tmp_path: Path) -> Iterator[Door[ToPhone, FromPhone]]:
    door: Door[ToPhone, FromPhone] = Door(tmp_path / "phone.sock", TO_PHONE, FROM_PHONE)
    yield door
    door.close()


def test_the_part_tells_fixes_in_time_and_ends(tmp_path: Path) -> None:
    made = part(tmp_path, f"nmea:{walk(tmp_path / 'walk.nmea', 20, 0.1)}")
    thread = threading.Thread(target=position.serve, args=(made,))
    thread.start()
    ear = Ear(tmp_path)
    try:
        until(lambda: sum(len(told.fixes) for told in ear.hear()) >= 10)
    finally:
        made.ending.set()
        thread.join(PATIENCE_S)
        ear.close()
    fixes = [fix for told in ear.told for fix in told.fixes]
    assert [fix.utc_s for fix in fixes] == sorted({fix.utc_s for fix in fixes})
    assert fixes[-1].lon > FIX.lon
    assert ear.told[-1].state == "ok"
    assert ear.told[-1].heading_deg == pytest.approx(90.0)
    assert not thread.is_alive()


def test_told_at_each_change_and_every_second(tmp_path: Path, clock: VirtualClock) -> None:
    steps = Steps(part(tmp_path, f"nmea:{walk(tmp_path / 'walk.nmea', 3)}", clock=clock), clock)
    told = steps.run(8.0)
    steps.close()
    assert [each.state for each in told if each.fixes] == ["ok"] * 3
    gaps = [b.t_s - a.t_s for a, b in itertools.pairwise(told)]
    assert max(gaps) <= 1.06
    assert told[-1].state == "warn"
    assert "is over" in told[-1].detail
    assert told[-1].heading_deg is None, "three seconds after the last course"
    assert {each.utc_s for each in told} == {None}, "a log tells no time"
    assert {each.speed_mps for each in told} == {None}, "nor how fast the wearer walks now"


def test_who_comes_later_is_told_at_once(tmp_path: Path, clock: VirtualClock) -> None:
    steps = Steps(part(tmp_path, "none:", clock=clock), clock)
    steps.run(0.2)
    late = Ear(tmp_path)
    late.hear()
    steps.run(0.3)
    assert [told.state for told in late.hear()] == ["warn"]
    late.close()
    steps.close()


def test_a_source_that_is_not_there_is_told_and_opened_when_it_comes(
    tmp_path: Path, clock: VirtualClock
) -> None:
    path = tmp_path / "walk.nmea"
    steps = Steps(part(tmp_path, f"nmea:{path}", clock=clock), clock)
    told = steps.run(1.0)
    assert (told[-1].state, "cannot be read" in told[-1].detail) == ("error", True)
    walk(path)
    assert [fix.utc_s for each in steps.run(4.0) for fix in each.fixes][:2] == [UTC_S, UTC_S + 1]
    steps.close()


def test_the_phone_is_position_compass_and_clock(
    tmp_path: Path, clock: VirtualClock, phone: Door[ToPhone, FromPhone]
) -> None:
    steps = Steps(part(tmp_path, "glasses:", "glasses:8765", clock), clock)
    steps.run(0.2)
    assert [message for _, message in phone.poll()] == [Watch("fixes")]
    assert steps.run(1.5)[-1].state == "warn"
    told: list[Located] = []
    for n in range(2, 7):
        phone.send(PhoneFix(clock.now_s(), at(n, speed_mps=0.0, course_deg=None), 271.0))
        told += steps.run(n + 0.5)
    assert [fix.utc_s - UTC_S for each in told for fix in each.fixes] == [2, 3, 4, 5, 6]
    assert {fix.source for each in told for fix in each.fixes} == {"phone"}
    assert (told[-1].state, told[-1].heading_deg, told[-1].speed_mps) == ("ok", 271.0, 0.0)
    assert told[-1].utc_s == pytest.approx(UTC_S + told[-1].t_s, abs=1.0)
    assert told[-1].utc_offset_s == pytest.approx(UTC_S - 1000.0, abs=1.0)
    phone.send(PhoneState(clock.now_s(), paired=True, connected=False))
    assert steps.run(7.0)[-1].state == "error"
    steps.close()


def test_the_phones_compass_beside_another_receiver(
    tmp_path: Path, clock: VirtualClock, phone: Door[ToPhone, FromPhone]
) -> None:
    steps = Steps(part(tmp_path, "none:", "glasses:8765", clock), clock)
    steps.run(0.2)
    phone.poll()
    phone.send(PhoneFix(clock.now_s(), FIX, 10.0))
    told = steps.run(0.4)
    assert (told[-1].heading_deg, told[-1].fixes) == (10.0, ())
    steps.close()


def test_a_phones_fix_is_honest_and_of_now(
    tmp_path: Path, clock: VirtualClock, phone: Door[ToPhone, FromPhone]
) -> None:
    clock.advance_to(100.0)
    source = PhoneFixes(tmp_path / "phone.sock", clock)
    assert source.health().state == "error"
    source.poll()
    phone.poll()
    for t_s, accuracy_m in ((95.0, 9.0), (100.0, 2.0), (99.5, 20.0), (101.0, 9.0)):
        phone.send(PhoneFix(t_s, replace(FIX, utc_s=UTC_S + t_s, accuracy_m=accuracy_m)))
    assert [fix.accuracy_m for fix in source.poll()] == [
        pytest.approx(4.9, abs=2e-3),
        pytest.approx(20.0, abs=2e-3),
    ]
    source.close()
    source.close()


def test_ntp_vouches_for_the_machine(tmp_path: Path, clock: VirtualClock) -> None:
    clock = VirtualClock(UTC_S)
    vouched = [True]
    steps = Steps(part(tmp_path, "none:", clock=clock), clock, ntp=lambda: vouched[0])
    told = steps.run(1.0)
    assert (told[-1].utc_s, told[-1].utc_offset_s) == (pytest.approx(UTC_S + told[-1].t_s), 0.0)
    vouched[0] = False
    assert steps.run(3.0)[-1].utc_s == pytest.approx(UTC_S + steps.ear.told[-1].t_s), "its word stays"
    steps.close()


class Moody:
    """A source that raises now and then."""

    def __init__(self, fails: list[bool]) -> None:
        self._fails = fails
        self.closed = 0

    def poll(self) -> tuple[Fix, ...]:
        if self._fails and self._fails.pop(0):
            raise PositionError("the receiver broke; plug it in again")
        return (FIX,)

    def health(self) -> SourceHealth:
        return SourceHealth("ok", "", 0.0)

    def close(self) -> None:
        self.closed += 1


def test_a_source_that_raises_is_closed_and_opened_again_later_and_later(clock: VirtualClock) -> None:
    source, opened = Moody([True] * 6), []
    kept = KeptOpen(lambda: opened.append(clock.now_s()) or source, clock)
    for n in range(400):
        clock.advance_to(n / 10)
        if kept.poll():
            break
        assert (kept.health().state, "plug it in" in kept.health().detail) == ("error", True)
    assert [round(b - a, 1) for a, b in itertools.pairwise(opened)] == [
        0.5,
        1.0,
        2.0,
        4.0,
        5.0,
        5.0,
    ]
    assert source.closed == 6
    assert kept.health().state == "ok"
    kept.close()
    kept.close()


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "gps:",
        "gpsd:host",
        "nmea:",
        "serial:",
        "serial:/dev/ttyS0@fast",
        "serial:/dev/ttyS0@123",
        "gpsd://h:x",
        "glasses:",
    ],
)
def test_a_uri_that_names_nothing_says_what_would(uri: str, clock: VirtualClock) -> None:
    with pytest.raises(ConfigError, match=r"write|needs"):
        position_source(uri, clock)


def test_what_is_live() -> None:
    live = ["gpsd://h:1", "serial:/dev/ttyS0", "glasses:", "nmea:f", "replay:r", "none:"]
    assert [is_live(uri) for uri in live] == [True, True, True, False, False, False]


def test_a_head_that_turns_is_told_ten_times_a_second_at_most() -> None:
    telling = Telling()
    said = [telling.is_due(Located(n / 50, heading_deg=n * 4.0 % 360)) for n in range(50)]
    assert 8 <= sum(said) <= 11
    assert not telling.is_due(Located(0.99, heading_deg=49 * 4.0))
    assert telling.is_due(Located(1.1, heading_deg=None))
