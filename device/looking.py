"""Looking at frames beside guidance: the newest frame wins, and a model that hangs holds nothing else up.

`SyncLooker` looks while it is offered a frame: time is virtual there, and a walk must repeat exactly.
`ThreadedLooker` looks in a thread of its own: at most one frame waits, overwritten by the next; what goes
wrong comes back as a value, and whoever ticks sees how long the frame in work has been in work.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from device.errors import DeviceError
from device.ports import Clock
from vision.attitude import Attitude
from vision.errors import VisionError
from vision.types import Frame, Scene

_log = logging.getLogger(__name__)

# A call inside the network's library cannot be ended from outside: after this it is left behind, and its
# thread, a daemon, ends with the process.
LONGEST_END_S: Final = 1.0


class Sight(Protocol):
    """Frame to scene: `vision.pipeline` behind it, or a recording."""

    def see(self, frame: Frame, attitude: Attitude | None, own_speed_mps: float | None) -> Scene:
        """What the frame tells; raises `VisionError` or `DeviceError`.

        `attitude`: how the head was held at its exposure; None: not known, and distances are less sure.
        `own_speed_mps`: how fast the wearer walked; None: not known, and what closes in is less sure.
        """


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one frame: a scene, or why there is none. Seconds of the clock."""

    offered_s: float  # the frame was handed over
    began_s: float  # and taken up
    ended_s: float
    scene: Scene | None = field(default=None, repr=False)
    fault: str = ""  # where `scene` is None: one line, for the log

    def age_s(self, now_s: float) -> float:
        """How long ago the picture was the newest one: what it shows is of then."""
        return now_s - self.offered_s


@dataclass(frozen=True, slots=True)
class Look:
    """What `poll` finds. `busy_since_s`: when the frame now in work was taken up; None: nothing is."""

    answer: Answer | None = None
    busy_since_s: float | None = None


class Looker(Protocol):
    """Takes frames, gives scenes."""

    def offer(
        self, frame: Frame, attitude: Attitude | None = None, own_speed_mps: float | None = None
    ) -> None:
        """The newest frame, and what is known beside it. Of those that wait, only this one is kept."""

    def poll(self) -> Look:
        """The newest answer not yet given out; never blocks."""

    def close(self) -> None:
        """End, in a bounded time; safe to call twice. What is answered after it is dropped."""


class SyncLooker:
    """A `Looker` that looks at once, in the caller's thread: same frames, same answers, same bytes."""

    def __init__(self, sight: Sight, clock: Clock) -> None:
        self._sight = sight
        self._clock = clock
        self._answer: Answer | None = None

    def offer(
        self, frame: Frame, attitude: Attitude | None = None, own_speed_mps: float | None = None
    ) -> None:
        """Look now."""
        now_s = self._clock.now_s()
        taken = _Taken(frame, attitude, own_speed_mps, now_s, now_s)
        self._answer = _answer(self._sight, taken, self._clock)

    def poll(self) -> Look:
        """The answer to the frame offered last."""
        answer, self._answer = self._answer, None
        return Look(answer)

    def close(self) -> None:
        """Nothing runs."""


class ThreadedLooker:
    """A `Looker` whose `sight` belongs to a thread. `wake`: called, from there, when an answer is ready."""

    def __init__(self, sight: Sight, clock: Clock, wake: Callable[[], object] = lambda: None) -> None:
        self._sight = sight
        self._clock = clock
        self._wake = wake
        self._changed = threading.Condition()
        self._waiting: _Taken | None = None
        self._answer: Answer | None = None
        self._busy_since_s: float | None = None
        self._closed = False
        # A daemon: a call that hangs must not keep the device from ending.
        self._thread = threading.Thread(target=self._work, name="looking", daemon=True)
        self._thread.start()

    def offer(
        self, frame: Frame, attitude: Attitude | None = None, own_speed_mps: float | None = None
    ) -> None:
        """The newest frame takes the place of the one that waits."""
        with self._changed:
            if not self._closed:
                now_s = self._clock.now_s()
                self._waiting = _Taken(frame, attitude, own_speed_mps, now_s, now_s)
                self._changed.notify()

    def poll(self) -> Look:
        """The newest answer, and since when the thread is at the next."""
        with self._changed:
            answer, self._answer = self._answer, None
            return Look(answer, self._busy_since_s)

    def close(self) -> None:
        """End the thread; one that hangs is left behind after LONGEST_END_S."""
        with self._changed:
            self._closed, self._waiting = True, None
            self._changed.notify()
        self._thread.join(LONGEST_END_S)
        if self._thread.is_alive():
            _log.warning("the model did not answer in %g s: it is left behind", LONGEST_END_S)

    def _work(self) -> None:
        while (taken := self._take()) is not None:
            answer = _guarded(self._sight, taken, self._clock)
            # The frame must not live on in this thread while it waits for the next: it is a megabyte.
            del taken
            with self._changed:
                self._busy_since_s = None
                if self._closed:
                    return
                self._answer = answer
            self._wake()

    def _take(self) -> "_Taken | None":
        """The newest frame, waited for; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._waiting is not None)
            if self._waiting is None or self._closed:
                return None
            taken, self._waiting = self._waiting, None
            self._busy_since_s = self._clock.now_s()
            return replace(taken, began_s=self._busy_since_s)


@dataclass(frozen=True, slots=True)
class _Taken:
    """A frame on its way."""

    frame: Frame
    attitude: Attitude | None
    own_speed_mps: float | None
    offered_s: float
    began_s: float


def _answer(sight: Sight, taken: _Taken, clock: Clock) -> Answer:
    try:
        scene = sight.see(taken.frame, taken.attitude, taken.own_speed_mps)
    except (VisionError, DeviceError) as error:
        return _no_scene(taken, clock, str(error) or type(error).__name__)
    return Answer(taken.offered_s, taken.began_s, clock.now_s(), scene)


def _guarded(sight: Sight, taken: _Taken, clock: Clock) -> Answer:
    try:
        return _answer(sight, taken, clock)
    except Exception as error:  # noqa: BLE001 - a thread that dies unheard would look like a clear way
        _log.exception("looking at a frame failed")
        return _no_scene(taken, clock, f"{type(error).__name__}: {error}")


def _no_scene(taken: _Taken, clock: Clock, fault: str) -> Answer:
    return Answer(taken.offered_s, taken.began_s, clock.now_s(), fault=fault)
