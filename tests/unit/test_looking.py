"""Looking beside guidance: one frame waits, the newest wins, faults are values, a hang holds nothing up."""

import gc
import queue
import threading
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest

from device import looking
from device.clocks import VirtualClock
from device.errors import CameraError
from device.looking import Answer, Look, SyncLooker, ThreadedLooker
from tests.waiting import PATIENCE_S
from vision.attitude import Attitude
from vision.errors import ModelError
from vision.types import Frame, PavingSight, Scene


def frame(index: int) -> Frame:
    return Frame(index, index / 10, np.full((48, 64, 3), index % 256, np.uint8))


def scene(index: int) -> Scene:
    return Scene(index, index / 10, (), PavingSight(False))


@dataclass
class GatedSight:
    """Begins when it is given a frame, and answers when it is let; a put exception is raised instead."""

    begun: queue.Queue[int] = field(default_factory=queue.Queue)
    let: queue.Queue[Exception | None] = field(default_factory=queue.Queue)

    def see(self, frame: Frame, attitude: Attitude | None, own_speed_mps: float | None) -> Scene:
        self.begun.put(frame.index)
        error = self.let.get(timeout=60.0)
        if error is not None:
            raise error
        return scene(frame.index)


@dataclass
class Stand:
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(0.0))
    sight: GatedSight = field(default_factory=GatedSight)
    ready: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    looker: ThreadedLooker = field(init=False)

    def __post_init__(self) -> None:
        self.looker = ThreadedLooker(self.sight, self.clock, self.ready.release)

    def begins(self) -> int:
        return self.sight.begun.get(timeout=PATIENCE_S)

    def answer(self, error: Exception | None = None) -> Answer:
        self.sight.let.put(error)
        assert self.ready.acquire(timeout=PATIENCE_S), "nothing was answered"
        answer = self.looker.poll().answer
        assert answer is not None
        return answer


@pytest.fixture
def stand(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stand]:
    monkeypatch.setattr(looking, "LONGEST_END_S", 0.05)
    stand = Stand()
    yield stand
    for _ in range(8):
        stand.sight.let.put(None)
    stand.looker.close()


def test_a_model_ten_times_too_slow_never_leaves_more_than_one_frame_waiting(stand: Stand) -> None:
    stand.looker.offer(frame(0))
    assert stand.begins() == 0
    looked = []
    for round_ in range(5):
        # Ten frames come in the time of one answer.
        for number in range(10):
            stand.looker.offer(frame(10 * round_ + number + 1))
            stand.clock.advance_to(round(stand.clock.now_s() + 0.1, 3))
        answer = stand.answer()
        assert answer.scene is not None
        looked.append(answer.scene.frame_index)
        assert stand.begins() == 10 * round_ + 10  # the newest, and of the other nine none
        assert stand.sight.begun.empty()
    assert looked == [0, 10, 20, 30, 40]


def test_frames_that_were_overwritten_are_let_go(stand: Stand) -> None:
    alive: list[weakref.ref[object]] = []
    for number in range(50):
        given = frame(number)
        alive.append(weakref.ref(given.image))
        stand.looker.offer(given)
        if number == 0:
            assert stand.begins() == 0
        del given
    gc.collect()
    held = [number for number, image in enumerate(alive) if image() is not None]
    assert held == [0, 49]  # the one in work, and the one that waits
    for _ in range(2):
        stand.answer()
    gc.collect()
    assert [image() for image in alive if image() is not None] == []


def test_an_answer_tells_when_its_frame_was_new_and_how_long_it_was_at_work(stand: Stand) -> None:
    stand.looker.offer(frame(1))
    stand.begins()
    stand.clock.advance_to(0.2)
    stand.looker.offer(frame(2))
    stand.clock.advance_to(0.5)
    first = stand.answer()
    assert (first.offered_s, first.began_s, first.ended_s) == (0.0, 0.0, 0.5)
    stand.begins()
    assert stand.looker.poll() == Look(None, 0.5)
    stand.clock.advance_to(0.7)
    second = stand.answer()
    assert (second.offered_s, second.began_s, second.ended_s) == (0.2, 0.5, 0.7)
    assert second.age_s(0.8) == pytest.approx(0.6)


def test_an_answer_is_given_out_once_and_nothing_is_busy_after_it(stand: Stand) -> None:
    stand.looker.offer(frame(1))
    stand.begins()
    stand.answer()
    assert stand.looker.poll() == Look(None, None)


@pytest.mark.parametrize(
    "error",
    [ModelError("not numbers"), CameraError("no picture"), RuntimeError("inside the library"), MemoryError()],
)
def test_whatever_is_raised_comes_back_as_a_value_and_the_next_frame_is_looked_at(
    stand: Stand, error: Exception
) -> None:
    stand.looker.offer(frame(1))
    stand.begins()
    answer = stand.answer(error)
    assert answer.scene is None
    assert str(error) in answer.fault
    assert answer.fault
    stand.looker.offer(frame(2))
    stand.begins()
    assert stand.answer().scene == scene(2)


def test_a_hang_is_seen_from_outside_and_holds_nobody_up(stand: Stand) -> None:
    stand.looker.offer(frame(1))
    stand.begins()
    for tenth in range(1, 30):
        stand.clock.advance_to(tenth / 10)
        stand.looker.offer(frame(1 + tenth))  # returns, whatever the model does
        assert stand.looker.poll() == Look(None, 0.0)
    assert stand.answer().ended_s == 2.9
    assert stand.begins() == 30


def test_closing_ends_the_thread(stand: Stand) -> None:
    stand.looker.offer(frame(1))
    stand.begins()
    stand.answer()
    stand.looker.close()
    assert not stand.looker._thread.is_alive()
    stand.looker.close()


def test_closing_in_a_hang_comes_back_and_drops_what_comes_later(stand: Stand) -> None:
    stand.looker.offer(frame(1))
    stand.begins()
    stand.looker.close()
    assert stand.looker._thread.is_alive()  # left behind
    assert stand.looker._thread.daemon  # and no reason for the process to stay
    stand.looker.offer(frame(2))
    stand.sight.let.put(None)
    stand.looker._thread.join(PATIENCE_S)
    assert not stand.looker._thread.is_alive()
    assert stand.looker.poll() == Look(None, None)
    assert stand.sight.begun.empty()


# --- in step


def test_in_step_the_answer_is_there_at_once() -> None:
    @dataclass
    class Sight:
        clock: VirtualClock

        def see(self, frame: Frame, attitude: Attitude | None, own_speed_mps: float | None) -> Scene:
            self.clock.advance_to(self.clock.now_s() + 0.25)
            return scene(frame.index)

    clock = VirtualClock(0.0)
    looker = SyncLooker(Sight(clock), clock)
    assert looker.poll() == Look()
    looker.offer(frame(3))
    look = looker.poll()
    assert look == Look(Answer(0.0, 0.0, 0.25, scene(3)))
    assert looker.poll() == Look()
    looker.close()


def test_in_step_a_fault_of_vision_is_a_value_and_a_mistake_of_ours_is_not() -> None:
    @dataclass
    class Sight:
        error: Exception

        def see(self, frame: Frame, attitude: Attitude | None, own_speed_mps: float | None) -> Scene:
            raise self.error

    looker = SyncLooker(Sight(ModelError("not numbers")), VirtualClock(0.0))
    looker.offer(frame(1))
    answer = looker.poll().answer
    assert answer is not None
    assert answer.fault == "not numbers"
    with pytest.raises(ZeroDivisionError):
        SyncLooker(Sight(ZeroDivisionError()), VirtualClock(0.0)).offer(frame(1))
