"""A live camera behind a scripted device: it is unplugged, hangs, gives garbage, and comes back."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import pytest

from device.cameras.grabber import Grabbed, Grabber, turned
from device.cameras.live import CameraStuckError, LiveCamera, Patience
from device.errors import CameraError
from tests.waiting import PATIENCE_S, until
from vision.types import Frame, Image

QUICK = Patience(opens_s=10.0, first_s=5.0, stuck_s=1.0, first_pause_s=0.001, longest_pause_s=0.002)


@dataclass
class Hand:
    """A clock that is moved by hand, from any thread."""

    seconds: float = 100.0

    def now_s(self) -> float:
        return self.seconds

    def utc_s(self) -> float:
        return self.seconds


def picture(level: int, size: tuple[int, int] = (8, 4)) -> Image:
    return np.full((size[1], size[0], 3), level, np.uint8)


@dataclass
class Scripted:
    """A `Grabber`: each step a picture, an error, or an event that is waited for; then its end is."""

    steps: list[Grabbed | Exception | threading.Event]
    closed: threading.Event = field(default_factory=threading.Event)

    def grab(self) -> Grabbed:
        while self.steps:
            step = self.steps.pop(0)
            if isinstance(step, threading.Event):
                assert step.wait(PATIENCE_S)
            elif isinstance(step, Exception):
                raise step
            else:
                return step
        self.closed.wait(PATIENCE_S)
        raise CameraError("closed")

    def close(self) -> None:
        self.closed.set()


@dataclass
class Bench:
    """Devices to be opened one after the other; an exception is an opening that fails."""

    devices: list[Scripted | Exception]
    opened: list[Scripted] = field(default_factory=list)

    def open(self) -> Grabber:
        device = self.devices.pop(0) if self.devices else CameraError("no camera there")
        if isinstance(device, Exception):
            raise device
        self.opened.append(device)
        return device


@contextmanager
def running(*devices: Scripted | Exception, clock: Hand | None = None, turn: int = 0) -> Iterator[LiveCamera]:
    bench = Bench(list(devices))
    camera = LiveCamera("cam", bench.open, clock or Hand(), rotate_deg=turn, patience=QUICK)
    try:
        yield camera
    finally:
        for device in bench.opened:
            device.closed.set()
        camera.close()
        for thread in camera._threads:
            thread.join(PATIENCE_S)
            assert not thread.is_alive()


def next_frame(camera: LiveCamera, faults: list[str] | None = None) -> Frame:
    ends = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends:
        try:
            frame = camera.latest()
        except CameraError as error:
            if faults is None:
                raise
            faults.append(str(error))
            continue
        if frame is not None:
            return frame
        time.sleep(0.002)
    raise AssertionError("no frame")


def next_fault(camera: LiveCamera) -> str:
    ends = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends:
        try:
            camera.latest()
        except CameraError as error:
            return str(error)
        time.sleep(0.002)
    raise AssertionError("no fault")


def test_the_newest_picture_wins_and_is_given_out_once() -> None:
    device = Scripted([Grabbed(picture(n)) for n in range(5)])
    with running(device) as camera:
        until(lambda: not device.steps and camera._index == 5)
        frame = camera.latest()
        assert frame is not None
        assert (frame.index, frame.image[0, 0, 0]) == (4, 4)
        assert camera.latest() is None


def test_a_camera_that_is_plugged_in_later_is_told_until_then() -> None:
    faults: list[str] = []
    with running(
        CameraError("not there"), CameraError("not there"), Scripted([Grabbed(picture(7))])
    ) as camera:
        assert next_frame(camera, faults).image[0, 0, 0] == 7
    assert set(faults) <= {"not there"}


def test_unplugged_and_plugged_in_again() -> None:
    gone = threading.Event()
    first = Scripted([Grabbed(picture(1)), gone, CameraError("unplugged")])
    back = threading.Event()
    with running(first, Scripted([back, Grabbed(picture(2))])) as camera:
        assert next_frame(camera).index == 0
        gone.set()
        assert next_fault(camera) == "unplugged"
        assert first.closed.is_set()
        back.set()
        frame = next_frame(camera)
        assert (frame.index, frame.image[0, 0, 0]) == (1, 2)


def test_a_driver_that_throws_something_else_is_a_fault_too(caplog: pytest.LogCaptureFixture) -> None:
    faults: list[str] = []
    with running(RuntimeError("odd"), Scripted([Grabbed(picture(1))])) as camera:
        next_frame(camera, faults)
    assert all("cam: RuntimeError: odd" in fault for fault in faults)
    assert "cam failed" in caplog.text


def test_a_read_that_hangs_is_told_and_left_behind() -> None:
    clock, hang = Hand(), threading.Event()
    stuck = Scripted([Grabbed(picture(1)), hang, Grabbed(picture(9))])
    free = threading.Event()
    with running(stuck, Scripted([Grabbed(picture(2)), free, Grabbed(picture(3))]), clock=clock) as camera:
        assert next_frame(camera).image[0, 0, 0] == 1
        until(lambda: camera._busy == (100.0, 1.0))
        clock.seconds += 0.9
        assert camera.latest() is None
        clock.seconds += 0.2
        faults: list[str] = []
        assert next_frame(camera, faults).image[0, 0, 0] == 2
        assert all("not answered for 1.1 s" in fault for fault in faults)
        hang.set()  # the driver lets go at last: its picture is of long ago, and not shown
        until(lambda: stuck.closed.is_set())
        assert camera.latest() is None
        free.set()
        assert next_frame(camera).image[0, 0, 0] == 3


def test_after_some_hangs_only_a_new_process_helps() -> None:
    clock, hang = Hand(), threading.Event()
    devices = [Scripted([hang]) for _ in range(4)]
    with running(*devices, clock=clock) as camera:
        for number in range(1, QUICK.leftovers):
            until(lambda: camera._busy is not None and camera._busy[1] == QUICK.first_s)
            clock.seconds += 6.0
            assert "not answered" in next_fault(camera)
            assert len(camera._threads) == number + 1
        until(lambda: camera._busy is not None and camera._busy[1] == QUICK.first_s)
        clock.seconds += 6.0
        with pytest.raises(CameraStuckError):
            camera.latest()
        assert len(devices) - len([d for d in devices if d.steps]) == QUICK.leftovers
        hang.set()


@pytest.mark.parametrize(
    ("told_s", "expected_s"),
    [(99.9, 99.9), (98.0, 100.0), (101.0, 100.0), (None, 100.0), (0.0, 100.0)],
    ids=["as the driver says", "too old", "ahead", "not told", "another clock"],
)
def test_the_second_of_exposure(told_s: float | None, expected_s: float) -> None:
    with running(Scripted([Grabbed(picture(1), told_s)])) as camera:
        assert next_frame(camera).t_s == expected_s


def test_time_never_goes_back_whatever_the_driver_says() -> None:
    more = threading.Event()
    with running(Scripted([Grabbed(picture(1), 99.9), more, Grabbed(picture(2), 99.8)])) as camera:
        first = next_frame(camera).t_s
        more.set()
        assert next_frame(camera).t_s > first


def test_a_picture_is_turned_clockwise_and_may_change_its_size() -> None:
    image = picture(0)
    image[0, 0] = 255  # upper left
    more = threading.Event()
    with running(Scripted([Grabbed(image), more, Grabbed(picture(0, (6, 6)))]), turn=90) as camera:
        upright = next_frame(camera).image
        assert upright.shape == (8, 4, 3)
        assert upright[0, -1, 0] == 255  # now upper right
        more.set()
        assert next_frame(camera).image.shape == (6, 6, 3)


@pytest.mark.parametrize(("deg", "corner"), [(0, (0, 0)), (90, (0, -1)), (180, (-1, -1)), (270, (-1, 0))])
def test_turning(deg: int, corner: tuple[int, int]) -> None:
    image = picture(0)
    image[0, 0] = 255
    assert turned(image, deg)[corner][0] == 255
