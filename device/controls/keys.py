"""Keyboards, remote shutters, headsets: any Linux input device with keys."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, Final, Protocol

from device.controls.gestures import Button, Press
from device.controls.port import MISSING, RETRY_S, health_of
from device.ports import Clock
from device.senses import Health

# Codes of linux/input-event-codes.h. Digits of a keyboard and of its number block; the three keys of a
# headset (remote shutters send volume up); the paging keys of a presenter.
KEYS: Final[dict[int, Button]] = {
    2: 1, 3: 2, 4: 3,  # KEY_1 KEY_2 KEY_3
    79: 1, 80: 2, 81: 3,  # KEY_KP1 KEY_KP2 KEY_KP3
    114: 1, 164: 2, 115: 3,  # KEY_VOLUMEDOWN KEY_PLAYPAUSE KEY_VOLUMEUP
    165: 1, 226: 2, 163: 3,  # KEY_PREVIOUSSONG KEY_MEDIA KEY_NEXTSONG
    104: 1, 28: 2, 109: 3,  # KEY_PAGEUP KEY_ENTER KEY_PAGEDOWN
}  # fmt: skip
_EV_KEY: Final = 1
_UP, _DOWN = 0, 1  # 2: the key is held and repeats, which is no press


class Keyboard(Protocol):
    """What is needed of `evdev.InputDevice`."""

    fd: int

    def read(self) -> Iterator[Any]:
        """The events that wait; raises `BlockingIOError` where there are none, `OSError` where it is gone."""

    def grab(self) -> None:
        """Nobody else gets its keys."""

    def close(self) -> None:
        """Let go of it."""


Finder = Callable[[str], Keyboard | None]


def find_keyboard(name: str) -> Keyboard | None:
    """The input device at the path `name`, or the first with `name` in its own; None: it is not there."""
    import evdev  # only where a keyboard is used

    try:
        if name.startswith("/"):
            return _as_keyboard(evdev.InputDevice(name))
        for path in evdev.list_devices():
            device = evdev.InputDevice(path)
            if name.casefold() in device.name.casefold():
                return _as_keyboard(device)
            device.close()
    except OSError:
        return None
    return None


def _as_keyboard(device: Any) -> Keyboard:  # noqa: ANN401  # evdev has no types
    keyboard: Keyboard = device
    return keyboard


class KeyButtons:
    """The keys 1, 2, 3, or a headset's, of one Linux input device (extra `pi`: python-evdev).

    `find`: how the device is found, again and again while it is not there.
    """

    def __init__(self, name: str, clock: Clock, find: Finder = find_keyboard) -> None:
        self._name, self._clock, self._find = name, clock, find
        self._keyboard: Keyboard | None = None
        self._held: set[Button] = set()
        self._fault = f"evdev:{name}: 見つかりません / not found"
        self._retry_s = float("-inf")

    @property
    def fault(self) -> str:
        """One line while it gives nothing; "" while it works."""
        return "" if self._keyboard is not None else self._fault

    def poll(self) -> tuple[Press, ...]:
        """The presses since the last call, oldest first; never blocks."""
        if self._keyboard is None and self._clock.now_s() >= self._retry_s:
            self._open()
        return tuple(self._read())

    def health(self) -> Health:
        """The same as the health of the part "buttons"."""
        return health_of(self.fault)

    def filenos(self) -> tuple[int, ...]:
        """To wait for with `select`."""
        return () if self._keyboard is None else (self._keyboard.fd,)

    def close(self) -> None:
        """Let go of it; safe to call twice."""
        if self._keyboard is not None:
            with contextlib.suppress(OSError):
                self._keyboard.close()
        self._keyboard = None

    def _open(self) -> None:
        self._retry_s = self._clock.now_s() + RETRY_S
        try:
            self._keyboard = self._find(self._name)
        except ImportError:
            self._fault = MISSING.format("evdev")
            return
        if self._keyboard is not None:
            with contextlib.suppress(OSError):  # grabbed by another: its keys are heard all the same
                self._keyboard.grab()

    def _read(self) -> Iterator[Press]:
        if self._keyboard is None:
            return
        now_s = self._clock.now_s()
        try:
            for event in self._keyboard.read():
                button = KEYS.get(event.code)
                if event.type == _EV_KEY and button is not None and event.value in (_UP, _DOWN):
                    self._held = self._held | {button} if event.value else self._held - {button}
                    yield Press(now_s, button, event.value == _DOWN)
        except BlockingIOError:
            return
        except OSError as error:
            self._fault = f"evdev:{self._name}: {error.strerror or error}"
            self.close()
            # What was held when it was pulled out is not held any more.
            held, self._held = sorted(self._held), set()
            yield from (Press(now_s, button, down=False) for button in held)
