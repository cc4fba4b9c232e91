"""Asks the planner's process one question, and ends it when it takes too long or is not wanted any more."""

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import Final

from pydantic import ValidationError

from device.planning.question import (
    ANSWER,
    QUESTION,
    Answer,
    Around,
    AroundQuestion,
    NotPlanned,
    Planned,
    PlanQuestion,
)

# 1,150 km of ways take 4 s here and some 15 s on a Raspberry Pi; a wearer waits no longer than this.
TIMEOUT_S: Final = 40.0
_COMMAND: Final = (sys.executable, "-m", "device.planning.worker")


class ChildPlanner:
    """Each question in a process of its own. Blocks: for threads (`ThreadedPlanner`), any number of them."""

    def __init__(self, *, timeout_s: float = TIMEOUT_S, command: Sequence[str] = _COMMAND) -> None:
        self._timeout_s = timeout_s
        self._command = tuple(command)
        self._lock = threading.Lock()
        self._children: set[subprocess.Popen[bytes]] = set()
        self._closed = False

    def __call__(self, question: PlanQuestion) -> Answer:
        """The route, or why there is none; every failure is an answer."""
        told = self._told(question)
        return told if not isinstance(told, Around) else _broken("the answer is to another question")

    def around(self, question: AroundQuestion) -> Around | NotPlanned:
        """What is at a point; every failure is an answer."""
        told = self._told(question)
        return told if not isinstance(told, Planned) else _broken("the answer is to another question")

    def _told(self, question: PlanQuestion | AroundQuestion) -> Answer | Around:
        try:
            child = self._start()
        except OSError as error:
            return _broken(f"{error.strerror}")
        if child is None:
            return _broken("the device is ending")
        try:
            out, errors = child.communicate(QUESTION.dump_json(question), self._timeout_s)
        except subprocess.TimeoutExpired:
            return NotPlanned(
                failure="late",
                ja=f"経路を {self._timeout_s:g} 秒で引けませんでした",
                en=f"no route could be planned within {self._timeout_s:g} s",
            )
        except (OSError, ValueError) as error:
            return _broken(str(error))
        finally:
            self._end(child)
        return _read(out, errors, child.returncode)

    def close(self) -> None:
        """End what runs; nothing is started any more. From any thread, safe to call twice."""
        with self._lock:
            self._closed = True
            for child in self._children:
                child.kill()

    def _start(self) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self._closed:
                return None
            # Compiling takes a process 50 s and 370 MB where nothing is kept on the disk, and opening what is
            # kept 1 s and 75 MB, to win half a second of the search: one plan is cheaper in plain Python.
            child = subprocess.Popen(  # noqa: S603 - this very interpreter
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
                start_new_session=True,
            )
            self._children.add(child)
            return child

    def _end(self, child: subprocess.Popen[bytes]) -> None:
        with self._lock:
            self._children.discard(child)
        if child.poll() is None:
            child.kill()
        with contextlib.suppress(OSError, ValueError):
            child.communicate(timeout=5.0)
        for pipe in (child.stdin, child.stdout, child.stderr):
            if pipe is not None:
                pipe.close()


def _read(out: bytes, errors: bytes, code: int) -> Answer | Around:
    try:
        return ANSWER.validate_json(out)
    except ValidationError:
        last = errors.decode(errors="replace").strip().splitlines()[-1:]
        return _broken(f"exit status {code}{': ' + last[0] if last else ''}")


def _broken(why: str) -> NotPlanned:
    return NotPlanned(
        failure="broken",
        ja=f"経路を引く部分が止まりました({why})",
        en=f"the planner ended without an answer ({why})",
    )
