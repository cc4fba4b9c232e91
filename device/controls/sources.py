"""Where presses come from: GPIO pins, a keyboard or another input device, a terminal. Nothing blocks."""

import sys
from collections.abc import Sequence

from device.controls.gestures import BUTTONS, Press
from device.controls.keys import KeyButtons
from device.controls.lines import LineButtons
from device.controls.pins import GpioButtons
from device.controls.port import ButtonSource
from device.errors import ConfigError
from device.ports import Clock
from device.senses import Health

__all__ = ["AllButtons", "ButtonSource", "all_buttons", "button_source"]


def button_source(uri: str, clock: Clock) -> ButtonSource:
    """gpio:17,27,22 · evdev:DEVICE · stdin:, else `ConfigError`; the phone part tells those of glasses:.

    evdev:DEVICE is a path, or a part of the device's name.
    """
    scheme, _, rest = uri.partition(":")
    match scheme:
        case "gpio":
            return GpioButtons(_pins(uri, rest), clock)
        case "evdev":
            return KeyButtons(rest, clock)
        case "stdin":
            return LineButtons(sys.stdin.fileno(), clock)
    raise ConfigError(
        f'buttons.sources: "{uri}": gpio:17,27,22、evdev:装置、glasses:、stdin: のどれかを書いてください / '
        "write one of gpio:17,27,22, evdev:DEVICE, glasses:, stdin:"
    )


def _pins(uri: str, rest: str) -> tuple[int, int, int]:
    pins = rest.split(",")
    if len(pins) != len(BUTTONS) or not all(pin.strip().isdecimal() for pin in pins):
        raise ConfigError(
            f'buttons.sources: "{uri}": 三つの番号を書いてください(例 gpio:17,27,22)/ '
            "three pin numbers are needed, such as gpio:17,27,22"
        )
    first, second, third = (int(pin) for pin in pins)
    return first, second, third


class AllButtons:
    """Every source of the configuration as one."""

    def __init__(self, sources: Sequence[ButtonSource]) -> None:
        self._sources = tuple(sources)

    def poll(self) -> tuple[Press, ...]:
        """The presses since the last call, oldest first; never blocks."""
        presses = [press for source in self._sources for press in source.poll()]
        return tuple(sorted(presses, key=lambda press: press.t_s))

    def health(self) -> Health:
        """Lost where no source works: one that is left can still be pressed."""
        faults = tuple(source.fault for source in self._sources)
        return Health("buttons", not faults or not all(faults), detail="; ".join(filter(None, faults)))

    def filenos(self) -> tuple[int, ...]:
        """To wait for with `select`."""
        return tuple(fileno for source in self._sources for fileno in source.filenos())

    def close(self) -> None:
        """Let go of all; safe to call twice."""
        for source in self._sources:
            source.close()


def all_buttons(uris: Sequence[str], clock: Clock) -> AllButtons:
    """The sources of these URIs, but for the glasses'. `ConfigError` where one cannot be meant."""
    return AllButtons([button_source(uri, clock) for uri in uris if uri != "glasses:"])
