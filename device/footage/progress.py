"""How far a long run is: one line that is kept up to date on a terminal, a line now and then in a log."""

import sys
from collections.abc import Callable
from time import monotonic
from typing import TextIO

TERMINAL_S = 0.2
LOG_S = 10.0
SMOOTH_S = 5.0  # the rate is that of about so long


class Progress:
    """Told of every frame; writes seldom. `x`: seconds of the source that one frame stands for."""

    def __init__(
        self, frame_s: float, out: TextIO | None = None, clock: Callable[[], float] = monotonic
    ) -> None:
        self._out = out or sys.stderr
        self._clock = clock
        self._live = self._out.isatty()
        self._frame_s = frame_s
        self._began = self._written = clock()
        self._marks: list[tuple[float, int]] = [(self._began, 0)]
        self._open = False

    def __call__(self, done: int, expected: int) -> None:
        """`done` of about `expected` frames."""
        now = self._clock()
        if now - self._written < (TERMINAL_S if self._live else LOG_S):
            return
        self._written = now
        self._marks = [mark for mark in self._marks if now - mark[0] <= SMOOTH_S] or self._marks[-1:]
        text = _text(done, expected, self._rate(now, done), self._frame_s)
        self._marks.append((now, done))
        self._out.write(f"\r{text}\x1b[K" if self._live else f"{text}\n")
        self._out.flush()
        self._open = self._live

    def end(self) -> None:
        """Leave the line free for what follows."""
        if self._open:
            self._out.write("\r\x1b[K")
            self._out.flush()
            self._open = False

    def _rate(self, now: float, done: int) -> float:
        then, before = self._marks[0]
        return (done - before) / (now - then) if now > then else 0.0


def _text(done: int, expected: int, rate_hz: float, frame_s: float) -> str:
    text = f"{done}/{expected}  {100 * done // max(expected, 1)} %  {rate_hz:.1f} frames/s"
    if rate_hz <= 0:
        return text
    left_s = round(max(expected - done, 0) / rate_hz)
    speed = f"実時間の / x real time {rate_hz * frame_s:.1f}"
    return f"{text}  {speed}  あと / left {left_s // 60}:{left_s % 60:02d}"
