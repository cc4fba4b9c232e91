"""Whether somebody is at the other end: how soon a half-open link is noticed, and what the asking costs."""

import pytest

from device.uplink_pulse import BUSY_FOR_S, IDLE_QUIET_S, IDLE_WAIT_S, Pulse

STEP_S = 0.05


def until_silent(pulse: Pulse, now_s: float) -> float:
    """Nobody answers any more: seconds until that is noticed."""
    began_s = now_s
    while not pulse.silent(now_s):
        now_s += STEP_S
        if pulse.must_ask(now_s):
            pulse = pulse.asked(now_s)
        assert now_s - began_s < 100.0
    return now_s - began_s


def pings(pulse: Pulse, seconds: float, ack_every_s: float | None) -> int:
    """How many are sent while each is answered at once; with acknowledgements in between, or none."""
    sent, acked_s = 0, 0.0
    for n in range(round(seconds / STEP_S)):
        now_s = n * STEP_S
        if ack_every_s is not None and now_s - acked_s >= ack_every_s:
            pulse, acked_s = pulse.happened(now_s).heard(now_s), now_s
        if pulse.must_ask(now_s):
            pulse = pulse.asked(now_s).answered(0.02, now_s)
            sent += 1
    return sent


def test_on_a_walk_it_is_noticed_in_a_second_and_a_half() -> None:
    assert until_silent(Pulse(0.0).happened(0.0), 0.0) == pytest.approx(1.55, abs=0.1)


def test_a_network_that_is_always_slow_is_not_taken_for_lost() -> None:
    pulse = Pulse(0.0).happened(0.0)
    for _ in range(20):
        pulse = pulse.asked(0.0).answered(0.6, 0.6)
    assert not pulse.asked(1.0).silent(3.0)
    assert until_silent(pulse, 0.6) == pytest.approx(3.15, abs=0.1)


def test_however_slow_it_was_it_is_noticed_in_time() -> None:
    pulse = Pulse(0.0).happened(0.0).asked(0.0).answered(30.0, 30.0).happened(30.0)
    assert until_silent(pulse, 30.0) < 7.0


def test_an_answer_of_any_kind_ends_the_silence() -> None:
    pulse = Pulse(0.0).happened(0.0).asked(1.0)
    assert pulse.silent(2.0)
    assert not pulse.heard(2.0).silent(2.5)


def test_while_events_are_acknowledged_nobody_is_asked() -> None:
    assert pings(Pulse(0.0), 600.0, ack_every_s=0.6) == 0


def test_where_nothing_happens_it_asks_twice_a_minute() -> None:
    assert pings(Pulse(0.0), 3600.0, ack_every_s=None) == pytest.approx(3600.0 / IDLE_QUIET_S, abs=2)
    assert until_silent(Pulse(0.0), 0.0) == pytest.approx(IDLE_QUIET_S + IDLE_WAIT_S, abs=0.2)
    assert Pulse(0.0).happened(0.0).must_ask(BUSY_FOR_S - 1.0)
