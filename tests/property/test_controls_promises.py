"""Whatever hands do: every press sounds, the menu is left, no call for help is made or stopped by chance."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from device.announcements import AlertKind
from device.controls import desk
from device.controls.desk_state import DeskState, Result, View
from device.controls.gestures import Press
from device.controls.menu import TIMEOUT_S
from device.senses import Senses, Settings
from wire.position import Fix
from wire.route import Name, Place

HOME = Place(name=Name(ja="自宅", en="home"), lat=33.24, lon=131.6)
WORN = Settings(places=(HOME,), phone=True, server=True)
FIX = Fix(utc_s=0.0, lat=33.2, lon=131.6, accuracy_m=5.0, speed_mps=None, course_deg=None, source="nmea")
TICK_S = 0.1
# (pause before, button, how long): what a hand can do, with any overlap
PRESSES = st.lists(
    st.tuples(st.floats(0.0, 4.0), st.sampled_from([1, 2, 3]), st.floats(0.005, 4.0)), min_size=1, max_size=12
)
VIEWS = st.builds(View, st.just(WORN), st.booleans(), st.booleans(), st.sampled_from([None, FIX]))
FEW = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def hands(presses: list[tuple[float, int, float]], view: View, after_s: float) -> list[tuple[float, Result]]:
    """Each step's result until `after_s` behind the last change."""
    changes: list[Press] = []
    at_s = 0.0
    for pause_s, button, lasts_s in presses:
        at_s += pause_s
        changes += [Press(at_s, button, True), Press(at_s + lasts_s, button, False)]  # type: ignore[arg-type]
    changes.sort(key=lambda press: press.t_s)
    results, state = [], DeskState()
    for number in range(round((changes[-1].t_s + after_s) / TICK_S) + 1):
        now_s = number * TICK_S
        due = tuple(press for press in changes if now_s - TICK_S < press.t_s <= now_s)
        result = desk.step(state, Senses(now_s, now_s, presses=due), view)
        state = result.state
        results.append((now_s, result))
    return results


@given(PRESSES, VIEWS)
@FEW
def test_every_press_sounds_in_the_step_that_sees_it(
    presses: list[tuple[float, int, float]], view: View
) -> None:
    before = DeskState()
    for _, result in hands(presses, view, 1.0):
        for button in (1, 2, 3):
            began = button in result.state.gestures.held and button not in before.gestures.held
            sounds = {told.kind for told in result.told} & {AlertKind.PRESSED, AlertKind.SOS_CANCELLED}
            assert not began or sounds
        before = result.state


@given(PRESSES, VIEWS)
@FEW
def test_the_menu_is_left_and_that_is_told(presses: list[tuple[float, int, float]], view: View) -> None:
    results = hands(presses, view, TIMEOUT_S + 12.0)
    assert results[-1][1].state.menu is None
    before = DeskState()
    for _, result in results:
        if before.menu is not None and result.state.menu is None:
            assert result.told or result.begin or result.end or result.code or result.closed or result.sos
        before = result.state


@given(
    st.lists(st.tuples(st.floats(0.0, 4.0), st.sampled_from([1, 2, 3]), st.floats(0.005, 1.9)), max_size=12)
)
@FEW
def test_no_short_press_calls_for_help(presses: list[tuple[float, int, float]]) -> None:
    """One after the other: presses that overlap belong together, and call for nothing."""
    after_each = [(pause_s + 2.0, button, lasts_s) for pause_s, button, lasts_s in presses] or [(0.1, 1, 0.1)]
    results = hands(after_each, View(WORN), 12.0)
    assert not any(result.state.sos.began_s for _, result in results)
    assert not any(result.sos for _, result in results)


@given(st.floats(2.05, 9.0), st.booleans())
@FEW
def test_silence_never_stops_a_call_for_help(lasts_s: float, speaks: bool) -> None:
    results = hands([(0.5, 3, lasts_s)], View(replace(WORN, server=speaks)), 12.0)
    assert [result.sos for _, result in results if result.sos] == ["raised"]


@given(st.floats(0.1, 7.5), st.sampled_from([1, 2, 3]), st.floats(0.01, 5.0))
@FEW
def test_any_press_stops_it(wait_s: float, button: int, lasts_s: float) -> None:
    results = hands([(0.5, 3, 2.1), (2.1 + wait_s, button, lasts_s)], View(WORN), 12.0)
    assert not any(result.sos for _, result in results)
    assert any(told.kind is AlertKind.SOS_CANCELLED for _, result in results for told in result.told)
