"""Presses of three buttons become gestures. Pure: time is an argument, a long press is known while it lasts.

Bounce is ignored, what is pressed together is one gesture, and a button that stays down is noticed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, Literal

Button = Literal[1, 2, 3]
BUTTONS: Final[tuple[Button, ...]] = (1, 2, 3)

# Small switches bounce for 1 to 10 ms, and no finger presses twice in 30 ms.
BOUNCE_S: Final = 0.03
# Longer than a hesitant press, shorter than the patience of who waits for the menu (iOS: 0.5, Android: 0.4 s;
# gloves and old fingers are slower).
LONG_S: Final = 0.8
# A call for help must not begin in a pocket by a knock, nor be hard to begin.
SOS_S: Final = 2.0
AGAIN_S: Final = 3.0  # a second short press within this asks for more
# Nobody holds a button for so long on purpose; a strap or a broken switch does.
STUCK_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Press:
    """A button went down or up, at this monotonic second: 1 repeat, 2 ahead and menu, 3 pause and SOS."""

    t_s: float
    button: Button
    down: bool


class Touch(StrEnum):
    """How a button was pressed."""

    DOWN = "down"  # it has just been pressed: whatever it becomes, it is answered
    SHORT = "short"
    AGAIN = "again"  # short, and soon after another
    LONG = "long"  # told as soon as it is long enough
    ALMOST = "almost"  # longer than short, not long enough for what a long press does
    TOGETHER = "together"  # more than one button
    STUCK = "stuck"
    FREE = "free"  # a stuck one came up


@dataclass(frozen=True, slots=True)
class Gesture:
    """What a hand did."""

    touch: Touch
    button: Button
    t_s: float


@dataclass(frozen=True, slots=True)
class _Held:
    """A button that is down."""

    since_s: float
    used: bool = False  # its gesture was told, or it belongs to a press of several
    stuck: bool = False


@dataclass(frozen=True, slots=True)
class GestureState:
    """The memory between steps; begin with `GestureState()`."""

    held: Mapping[Button, _Held] = field(default_factory=dict)
    changed_s: Mapping[Button, float] = field(default_factory=dict)  # the last change that counted
    raw: Mapping[Button, Press] = field(default_factory=dict)  # the last change that the switch told
    short: tuple[Button, float] | None = None  # the last short press, and when it ended

    @property
    def stuck(self) -> tuple[Button, ...]:
        """The buttons that stay down."""
        return tuple(button for button in BUTTONS if button in self.held and self.held[button].stuck)


def long_s(button: Button) -> float:
    """How long a press of this button has to last to be a long one."""
    return SOS_S if button == 3 else LONG_S


def step(
    state: GestureState, presses: tuple[Press, ...], now_s: float
) -> tuple[GestureState, tuple[Gesture, ...]]:
    """What the hand did since the last step; call at least ten times a second."""
    made: list[Gesture] = []
    for press in presses:
        state = _lasting(state, press.t_s, made)
        state = _settled(state, press.t_s, made)
        state = replace(state, raw={**state.raw, press.button: press})
        if press.t_s - state.changed_s.get(press.button, -BOUNCE_S) >= BOUNCE_S:
            state = _changed(state, press, made)
    state = _settled(state, now_s, made)
    return _lasting(state, now_s, made), tuple(made)


def _settled(state: GestureState, now_s: float, made: list[Gesture]) -> GestureState:
    """After the bounce the switch is what it last said, though that was ignored when it said so."""
    for button, press in state.raw.items():
        over_s = state.changed_s.get(button, -BOUNCE_S) + BOUNCE_S
        if press.down != (button in state.held) and now_s >= over_s:
            state = _changed(state, replace(press, t_s=max(press.t_s, over_s)), made)
    return state


def _changed(state: GestureState, press: Press, made: list[Gesture]) -> GestureState:
    held = state.held.get(press.button)
    if press.down == (held is not None):
        return state  # a keyboard repeats the key that is held
    state = replace(state, changed_s={**state.changed_s, press.button: press.t_s})
    if held is None:
        return _pressed(state, press, made)
    rest = {button: other for button, other in state.held.items() if button != press.button}
    return _released(replace(state, held=rest), press, held, made)


def _pressed(state: GestureState, press: Press, made: list[Gesture]) -> GestureState:
    made.append(Gesture(Touch.DOWN, press.button, press.t_s))
    others = {button: held for button, held in state.held.items() if not held.stuck}
    if not others:
        return replace(state, held={**state.held, press.button: _Held(press.t_s)})
    if not all(held.used for held in others.values()):
        made.append(Gesture(Touch.TOGETHER, press.button, press.t_s))
    used = {button: replace(held, used=True) for button, held in others.items()}
    return replace(state, held={**state.held, **used, press.button: _Held(press.t_s, used=True)})


def _released(state: GestureState, press: Press, held: _Held, made: list[Gesture]) -> GestureState:
    if held.stuck:
        made.append(Gesture(Touch.FREE, press.button, press.t_s))
    if held.used:
        return state
    if press.t_s - held.since_s >= LONG_S:
        made.append(Gesture(Touch.ALMOST, press.button, press.t_s))
        return state
    before = state.short
    again = before is not None and before[0] == press.button and press.t_s - before[1] <= AGAIN_S
    made.append(Gesture(Touch.AGAIN if again else Touch.SHORT, press.button, press.t_s))
    return replace(state, short=(press.button, press.t_s))


def _lasting(state: GestureState, now_s: float, made: list[Gesture]) -> GestureState:
    """Long presses and stuck buttons are known while they last."""
    for button, held in state.held.items():
        lasts_s = now_s - held.since_s
        if not held.used and lasts_s >= long_s(button):
            made.append(Gesture(Touch.LONG, button, held.since_s + long_s(button)))
            held = replace(held, used=True)
        if not held.stuck and lasts_s >= STUCK_S:
            made.append(Gesture(Touch.STUCK, button, held.since_s + STUCK_S))
            held = replace(held, stuck=True)
        state = replace(state, held={**state.held, button: held})
    return state
