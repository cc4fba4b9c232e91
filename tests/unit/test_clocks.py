import time

import pytest

from device.clocks import SystemClock, VirtualClock


def test_system_clock_tells_the_machines_time() -> None:
    clock = SystemClock()
    before_s = time.monotonic()
    assert before_s <= clock.now_s() <= time.monotonic()
    assert clock.utc_s() > 1.7e9


def test_virtual_clock_moves_only_when_told() -> None:
    clock = VirtualClock(1000.0)
    assert (clock.now_s(), clock.utc_s()) == (0.0, 1000.0)
    clock.advance_to(2.5)
    clock.advance_to(2.5)
    assert (clock.now_s(), clock.utc_s()) == (2.5, 1002.5)


def test_virtual_clock_never_goes_back() -> None:
    clock = VirtualClock(0.0)
    clock.advance_to(5.0)
    with pytest.raises(ValueError, match="does not go back"):
        clock.advance_to(4.999)
    assert clock.now_s() == 5.0
