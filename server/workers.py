"""Several servers behind one port: a parent that binds, keeps as many children as wanted, and serves nothing.

Each child has a listening socket of its own on the port, between which the system spreads the connections: a
shared one would give most of the long ones to whoever is quickest. The parent keeps the sockets open, so that
who connects while a child is begun anew waits for it, and is not refused.
"""

import logging
import multiprocessing
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Final

_GRACE_S: Final = 10.0  # for children that are told to stop; uvicorn's own is shorter
_LOOK_EVERY_S: Final = 0.5
# A child that dies again and again must not keep the machine busy with beginning.
_FIRST_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 15.0
_log = logging.getLogger(__name__)

# Serves on the socket until told to stop. Called in the child: number, socket, what to call when it is ready,
# and a descriptor that can be read when the parent is gone.
Child = Callable[[int, socket.socket, Callable[[], None], int], None]


class WorkersEnded(Exception):  # noqa: N818  (a name says what went wrong)
    """A child ended before it had ever served: it would again. `code`: its exit code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"a worker ended with code {code} before it was ready")
        self.code = code


@dataclass(slots=True)
class _Place:
    """One child's place: its socket, and the process that serves on it now."""

    number: int
    listener: socket.socket
    process: BaseProcess | None = None
    ready: bool = False
    begin_s: float = 0.0  # not before this moment
    pause_s: float = _FIRST_PAUSE_S


@dataclass(slots=True)
class _Pipes:
    """`alive` can be read when the parent is gone; on `ready` a child says its number."""

    alive: tuple[int, int] = field(default_factory=os.pipe)
    ready: tuple[int, int] = field(default_factory=os.pipe)

    def close(self) -> None:
        for end in (*self.alive, *self.ready):
            os.close(end)


def keep(listeners: Sequence[socket.socket], child: Child, when_ready: Callable[[], None]) -> None:
    """Run one child for each socket until SIGTERM or SIGINT; `when_ready` once, when all serve.

    Raises `WorkersEnded` where a child cannot even begin.
    """
    pipes = _Pipes()
    places = [_Place(number, listener) for number, listener in enumerate(listeners)]
    try:
        with _told_to_stop() as stopped, selectors.DefaultSelector() as selector:
            selector.register(stopped, selectors.EVENT_READ)
            selector.register(pipes.ready[0], selectors.EVENT_READ)
            _keep(places, child, pipes, selector, when_ready)
    finally:
        _stop(places)
        pipes.close()


def _keep(
    places: Sequence[_Place],
    child: Child,
    pipes: _Pipes,
    selector: selectors.BaseSelector,
    when_ready: Callable[[], None],
) -> None:
    told = False
    while True:
        for place in places:
            _see_to(place, child, pipes, may_fail=told)
        for key, _ in selector.select(_LOOK_EVERY_S):
            if key.fd != pipes.ready[0]:
                return
            for number in os.read(key.fd, 100):
                places[number].ready = True
        if not told and all(place.ready for place in places):
            told = True
            when_ready()


def _see_to(place: _Place, child: Child, pipes: _Pipes, *, may_fail: bool) -> None:
    now_s = time.monotonic()
    if place.process is not None and not place.process.is_alive():
        code = place.process.exitcode or 0
        if not place.ready and not may_fail:
            raise WorkersEnded(code)
        _log.error("worker %d ended with code %d: begun anew", place.number, code)
        lived = place.ready and now_s - place.begin_s > _LONGEST_PAUSE_S
        place.pause_s = _FIRST_PAUSE_S if lived else min(2.0 * place.pause_s, _LONGEST_PAUSE_S)
        place.process, place.ready = None, False
        place.begin_s = now_s if lived else now_s + place.pause_s
    if place.process is None and now_s >= place.begin_s:
        place.begin_s = now_s
        # Forked: it begins with everything loaded, in a fraction of a second. The parent has no threads.
        place.process = multiprocessing.get_context("fork").Process(
            target=_in_child, args=(place, child, pipes), name=f"worker {place.number}"
        )
        place.process.start()


def _in_child(place: _Place, child: Child, pipes: _Pipes) -> None:
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, signal.SIG_DFL)
    signal.set_wakeup_fd(-1)
    os.close(pipes.alive[1])  # else nobody would notice the parent's end

    def ready() -> None:
        os.write(pipes.ready[1], bytes([place.number]))

    child(place.number, place.listener, ready, pipes.alive[0])


def _stop(places: Sequence[_Place]) -> None:
    living = [place.process for place in places if place.process is not None]
    for process in living:
        process.terminate()
    until_s = time.monotonic() + _GRACE_S
    for process in living:
        process.join(max(until_s - time.monotonic(), 0.0))
        if process.is_alive():
            process.kill()
            process.join()


@contextmanager
def _told_to_stop() -> Iterator[socket.socket]:
    """A socket that can be read once the process was told to stop."""
    told, teller = socket.socketpair()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        teller.send(b"x")

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        told.close()
        teller.close()
