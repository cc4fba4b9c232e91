"""A recording as a camera: each frame at its time, the newest wins; and the ticks of real time."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
import pytest

from device.demo.live import real_ticks
from device.errors import CameraError
from device.paced import PacedCamera
from tests.waiting import PATIENCE_S
from vision.errors import VideoError
from vision.types import Frame


@dataclass
class Hand:
    """A clock that is moved by hand, from any thread."""

    seconds: float = 0.0

    def now_s(self) -> float:
        return self.seconds

    def utc_s(self) -> float:
        return self.seconds


def frames(*times_s: float, then: Exception | None = None) -> Iterator[Frame]:
    for number, t_s in enumerate(times_s):
        yield Frame(number, t_s, np.zeros((2, 2, 3), np.uint8))
    if then is not None:
        raise then


@dataclass
class Shown:
    count: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def wait(self, times: int = 1) -> None:
        for _ in range(times):
            assert self.count.acquire(timeout=PATIENCE_S)


def test_the_newest_frame_wins_and_is_given_out_once() -> None:
    shown = Shown()
    camera = PacedCamera(frames(0.0, 0.1, 0.2), Hand(10.0), shown.count.release)
    shown.wait(3)
    newest = camera.latest()
    assert newest is not None
    assert newest.index == 2
    assert camera.latest() is None
    camera.close()


def test_a_frame_is_not_shown_before_its_time_and_closing_does_not_wait_for_it() -> None:
    shown = Shown()
    camera = PacedCamera(frames(0.0, 3600.0), Hand(0.0), shown.count.release)
    shown.wait()
    assert camera.latest() is not None
    camera.close()
    assert camera.latest() is None
    assert not camera._thread.is_alive()


@pytest.mark.parametrize("error", [VideoError("cut short"), CameraError("gone"), OSError("read error")])
def test_what_cannot_be_read_is_raised_once_after_the_last_picture(error: Exception) -> None:
    shown = Shown()
    camera = PacedCamera(frames(0.0, then=error), Hand(1.0), shown.count.release)
    shown.wait(2)
    assert camera.latest() is not None
    with pytest.raises((VideoError, CameraError), match=str(error)):
        camera.latest()
    assert camera.latest() is None
    camera.close()


class _Wake(threading.Event):
    """Instead of waiting, the clock is moved on: the whole wait, or none where it was set."""

    def __init__(self, clock: Hand) -> None:
        super().__init__()
        self.clock = clock

    def wait(self, timeout: float | None = None) -> bool:
        if not self.is_set():
            self.clock.seconds += timeout or 0.0
        return self.is_set()


def test_ticks_come_at_their_rate_and_at_once_where_something_came(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Hand()
    wake = _Wake(clock)

    def sleep(seconds: float) -> None:
        clock.seconds += seconds

    monkeypatch.setattr("device.demo.live.time.sleep", sleep)
    seen = []
    for number, now_s in enumerate(islice(real_ticks(clock, 10.0, 0.05, wake), 6)):
        seen.append(round(now_s, 3))
        if number in (1, 3):
            clock.seconds += 0.010  # the tick took 10 ms
            wake.set()
        if number == 4:
            clock.seconds += 0.200  # late: not made up for
    assert seen == [0.0, 0.05, 0.06, 0.11, 0.12, 0.32]


def test_ticks_end_with_the_walk() -> None:
    clock = Hand()
    assert len(list(real_ticks(clock, 1.0, 0.25, _Wake(clock)))) == 5
