"""Three buttons: short, again, long, together, bouncing, repeating, stuck."""

import pytest

from device.controls.gestures import BOUNCE_S, STUCK_S, Gesture, GestureState, Press, Touch, long_s, step

TICK_S = 0.02


def hand(*changes: tuple[float, int, bool], until_s: float = 15.0) -> list[tuple[str, int]]:
    """What is made of the changes (second, button, down), stepped fifty times a second."""
    state, made, now_s = GestureState(), [], 0.0
    waiting = [Press(t_s, button, down) for t_s, button, down in changes]  # type: ignore[arg-type]
    while now_s <= until_s:
        due = tuple(press for press in waiting if press.t_s <= now_s)
        waiting = [press for press in waiting if press.t_s > now_s]
        state, gestures = step(state, due, now_s)
        made += gestures
        now_s += TICK_S
    return [(str(gesture.touch), gesture.button) for gesture in made]


def pressed(button: int, at_s: float, lasts_s: float) -> tuple[tuple[float, int, bool], ...]:
    return (at_s, button, True), (at_s + lasts_s, button, False)


@pytest.mark.parametrize("button", [1, 2, 3])
def test_a_short_press_is_known_when_it_ends(button: int) -> None:
    assert hand(*pressed(button, 1.0, 0.2)) == [("down", button), ("short", button)]


def test_a_second_short_press_of_the_same_button_is_more_of_the_same() -> None:
    assert hand(*pressed(1, 1.0, 0.2), *pressed(1, 3.0, 0.2))[-1] == ("again", 1)
    assert hand(*pressed(1, 1.0, 0.2), *pressed(1, 6.0, 0.2))[-1] == ("short", 1)
    assert hand(*pressed(1, 1.0, 0.2), *pressed(2, 2.0, 0.2))[-1] == ("short", 2)


@pytest.mark.parametrize("button", [1, 2, 3])
def test_a_long_press_is_known_while_it_lasts(button: int) -> None:
    down = (1.0, button, True)
    wait_s = 1.0 + long_s(button)  # type: ignore[arg-type]
    assert hand(down, until_s=wait_s - 0.05) == [("down", button)]
    assert hand(down, until_s=wait_s + 0.05) == [("down", button), ("long", button)]
    assert hand(down, (wait_s + 1.0, button, False)) == [("down", button), ("long", button)]


def test_an_sos_needs_two_seconds_and_half_of_it_is_told() -> None:
    assert hand(*pressed(3, 1.0, 1.9)) == [("down", 3), ("almost", 3)]
    assert hand(*pressed(3, 1.0, 2.1)) == [("down", 3), ("long", 3)]


def test_bounce_is_one_press() -> None:
    bouncing = [(1.0, 1, True), (1.004, 1, False), (1.008, 1, True), (1.3, 1, False), (1.305, 1, True)]
    assert hand(*bouncing, (1.309, 1, False)) == [("down", 1), ("short", 1)]


def test_a_tap_shorter_than_the_bounce_still_ends() -> None:
    assert hand(*pressed(1, 1.0, BOUNCE_S / 2)) == [("down", 1), ("short", 1)]


def test_a_key_that_repeats_is_one_press() -> None:
    repeats = [(1.0 + 0.05 * count, 1, True) for count in range(10)]
    assert hand(*repeats, (1.6, 1, False)) == [("down", 1), ("short", 1)]


def test_several_buttons_are_one_gesture_and_no_call_for_help() -> None:
    both = [(1.0, 3, True), (1.2, 1, True), (5.0, 3, False), (5.0, 1, False)]
    assert hand(*both) == [("down", 3), ("down", 1), ("together", 1)]


def test_a_button_that_stays_down_is_noticed_and_does_not_block_the_others() -> None:
    made = hand((0.1, 1, True), *pressed(2, STUCK_S + 1.0, 0.2), (STUCK_S + 2.0, 1, False))
    assert made == [("down", 1), ("long", 1), ("stuck", 1), ("down", 2), ("short", 2), ("free", 1)]


def test_presses_that_come_late_in_one_step_keep_their_own_times() -> None:
    presses = (Press(1.0, 1, True), Press(1.2, 1, False), Press(1.5, 2, True), Press(2.6, 2, False))
    _, made = step(GestureState(), presses, 3.0)
    assert [(gesture.touch, gesture.button) for gesture in made] == [
        (Touch.DOWN, 1),
        (Touch.SHORT, 1),
        (Touch.DOWN, 2),
        (Touch.LONG, 2),
    ]
    assert made[-1] == Gesture(Touch.LONG, 2, 1.5 + long_s(2))
