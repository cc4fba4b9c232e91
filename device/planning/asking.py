"""Puts a question that takes long behind two queues, so that no step of guidance waits for its answer."""

import logging
import queue
import threading
from collections.abc import Callable
from typing import Final, Generic, Protocol, TypeVar

_log = logging.getLogger(__name__)

Q = TypeVar("Q")
A = TypeVar("A")
Q_contra = TypeVar("Q_contra", contravariant=True)
A_co = TypeVar("A_co", covariant=True)
_END: Final = None


class Planner(Protocol[Q_contra, A_co]):
    """Answers questions without holding up the caller."""

    def ask(self, question: Q_contra, /) -> None:
        """Begin to work it out."""

    def poll(self) -> A_co | None:
        """An answer that arrived since the last call; never blocks."""

    def close(self) -> None:
        """End; safe to call twice."""


class ThreadedPlanner(Generic[Q, A]):
    """Asks in a thread. `ask` and `poll` never block; one question at a time, in order.

    `broken`: the answer to a question whose planning failed in a way that nobody foresaw. `stop`: ends what
    the planner is at. `afterwards`: called after each answer, for what may take its time.
    """

    def __init__(
        self,
        plan: Callable[[Q], A],
        broken: Callable[[Q], A],
        *,
        stop: Callable[[], None] = lambda: None,
        afterwards: Callable[[], None] = lambda: None,
    ) -> None:
        self._plan, self._broken = plan, broken
        self._stop, self._afterwards = stop, afterwards
        self._asked: queue.Queue[Q | None] = queue.Queue()
        self._answers: queue.Queue[A] = queue.Queue()
        # A daemon: a call that hangs must not keep the device from ending.
        self._thread = threading.Thread(target=self._work, name="planner", daemon=True)
        self._thread.start()

    def ask(self, question: Q, /) -> None:
        """Begin to plan."""
        self._asked.put(question)

    def poll(self) -> A | None:
        """An answer that arrived since the last call."""
        try:
            return self._answers.get_nowait()
        except queue.Empty:
            return None

    def close(self) -> None:
        """End the thread, and what it is at where that can be ended; safe to call twice."""
        self._asked.put(_END)
        self._stop()

    def _work(self) -> None:
        while (question := self._asked.get()) is not None:
            self._answers.put(answered(self._plan, self._broken, question))
            try:
                self._afterwards()
            except Exception:  # noqa: BLE001 - the next question must still be answered
                _log.exception("what follows a plan failed")


class RehearsedPlanner(Generic[Q, A]):
    """Answers at the next poll, by the virtual clock: the same walk gives the same bytes."""

    def __init__(self, plan: Callable[[Q], A], broken: Callable[[Q], A]) -> None:
        self._plan, self._broken = plan, broken
        self._ready: list[A] = []

    def ask(self, question: Q, /) -> None:
        """Plan now."""
        self._ready.append(answered(self._plan, self._broken, question))

    def poll(self) -> A | None:
        """The answer to the oldest question."""
        return self._ready.pop(0) if self._ready else None

    def close(self) -> None:
        """Nothing runs."""


def answered(plan: Callable[[Q], A], broken: Callable[[Q], A], question: Q) -> A:
    """The answer, whatever happens."""
    try:
        return plan(question)
    except Exception:  # noqa: BLE001 - whatever failed, it is told, and the walk goes on
        _log.exception("planning failed")
        return broken(question)
