"""Presses from pins, keyboards and a terminal; what is pulled out is told, and found again."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from device.controls.gestures import Press
from device.controls.keys import Keyboard, KeyButtons
from device.controls.lines import LineButtons
from device.controls.sources import AllButtons, all_buttons, button_source
from device.errors import ConfigError


@dataclass
class FakeClock:
    """Time by hand."""

    at_s: float = 0.0

    def now_s(self) -> float:
        return self.at_s

    def utc_s(self) -> float:
        return self.at_s


@dataclass
class FakeKeyboard:
    """A keyboard of a test: events by hand, pulled out by hand."""

    events: list[SimpleNamespace] = field(default_factory=list)
    gone: bool = False
    closed: bool = False
    fd: int = -1

    def key(self, code: int, value: int) -> None:
        self.events.append(SimpleNamespace(type=1, code=code, value=value))

    def read(self) -> Iterator[SimpleNamespace]:
        if self.gone:
            raise OSError(19, "No such device")
        if not self.events:
            raise BlockingIOError
        while self.events:
            yield self.events.pop(0)

    def grab(self) -> None:
        pass

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("uri", ["", "gpio:", "gpio:1,2", "gpio:1,2,x", "usb:1", "gpio:1,2,3,4"])
def test_what_cannot_be_meant_is_refused_with_what_can(uri: str) -> None:
    with pytest.raises(ConfigError, match=r"buttons\.sources"):
        button_source(uri, FakeClock())


def test_the_glasses_buttons_come_from_the_phone_part() -> None:
    with pytest.raises(ConfigError):
        button_source("glasses:", FakeClock())
    buttons = all_buttons(["glasses:"], FakeClock())
    assert buttons.poll() == ()
    assert buttons.health().healthy


def test_keys_become_presses_and_repeats_do_not() -> None:
    clock, keyboard = FakeClock(1.0), FakeKeyboard()
    buttons = KeyButtons("pad", clock, lambda _: keyboard)
    for code, value in ((2, 1), (2, 2), (2, 2), (2, 0), (115, 1), (30, 1), (115, 0)):
        keyboard.key(code, value)
    assert buttons.poll() == (
        Press(1.0, 1, down=True),
        Press(1.0, 1, down=False),
        Press(1.0, 3, down=True),
        Press(1.0, 3, down=False),
    )
    assert buttons.fault == ""
    assert buttons.poll() == ()


def test_a_keyboard_that_is_pulled_out_lets_go_and_is_found_again() -> None:
    clock, keyboard = FakeClock(), FakeKeyboard()
    there: list[Keyboard | None] = [keyboard]
    buttons = KeyButtons("pad", clock, lambda _: there[0])
    keyboard.key(4, 1)
    assert buttons.poll() == (Press(0.0, 3, down=True),)
    keyboard.gone, there[0] = True, None
    assert buttons.poll() == (Press(0.0, 3, down=False),)  # else it would call for help
    assert "No such device" in buttons.fault
    assert keyboard.closed
    clock.at_s = 5.0
    assert buttons.poll() == ()
    there[0] = FakeKeyboard()
    clock.at_s = 6.5
    buttons.poll()
    assert buttons.fault == ""
    buttons.close()


def test_a_line_is_a_press_and_an_l_makes_it_long() -> None:
    read, write = os.pipe()
    clock = FakeClock()
    buttons = LineButtons(read, clock)
    os.write(write, b"1\n3l\nx\n2")
    made = list(buttons.poll())
    for tenth in range(1, 30):
        clock.at_s = tenth / 10.0
        made += buttons.poll()
    assert [(press.button, press.down) for press in made] == [(1, True), (3, True), (1, False), (3, False)]
    lasts_s = made[3].t_s - made[1].t_s
    assert lasts_s > 2.0
    os.close(write)
    assert buttons.poll() == ()
    assert buttons.filenos() == ()
    os.close(read)


def test_buttons_are_lost_where_none_is_left() -> None:
    here, away = (
        KeyButtons("a", FakeClock(), lambda _: FakeKeyboard()),
        KeyButtons("b", FakeClock(), lambda _: None),
    )
    some, none = AllButtons([here, away]), AllButtons([away])
    some.poll()
    assert some.health().healthy
    assert "evdev:b" in some.health().detail
    assert not none.health().healthy


def test_pins_become_presses() -> None:
    gpiozero = pytest.importorskip("gpiozero", reason="gpiozero is not installed (extra `pi`)")
    from gpiozero.pins.mock import MockFactory

    before = gpiozero.Device.pin_factory
    gpiozero.Device.pin_factory = factory = MockFactory()
    try:
        clock = FakeClock(2.0)
        buttons = button_source("gpio:17,27,22", clock)
        factory.pin(27).drive_low()  # pressed: to ground
        clock.at_s = 2.5
        factory.pin(27).drive_high()
        assert buttons.poll() == (Press(2.0, 2, down=True), Press(2.5, 2, down=False))
        assert buttons.fault == ""
        buttons.close()
    finally:
        factory.close()
        gpiozero.Device.pin_factory = before


@pytest.mark.skipif(not os.path.exists("/dev/uinput"), reason="/dev/uinput is not there: no made keyboard")
def test_a_real_input_device() -> None:
    evdev = pytest.importorskip("evdev", reason="evdev is not installed (extra `pi`)")
    try:
        made = evdev.UInput({evdev.ecodes.EV_KEY: [2, 3, 4]}, name="shirube-test-buttons")
    except evdev.UInputError:
        pytest.skip("/dev/uinput cannot be written")
    clock = FakeClock()
    buttons = KeyButtons("shirube-test-buttons", clock)
    try:
        buttons.poll()
        made.write(evdev.ecodes.EV_KEY, 3, 1)
        made.write(evdev.ecodes.EV_KEY, 3, 0)
        made.syn()
        presses: list[Press] = []
        for _ in range(100):
            clock.at_s += 0.02
            presses += buttons.poll()
        assert [(press.button, press.down) for press in presses] == [(2, True), (2, False)]
    finally:
        buttons.close()
        made.close()
