"""Faults of the parts beside the camera, put in on purpose: model, board, motion sensor. Pure.

Each trial plays the part for a while well, then failing, then well again, and asks `vision.health` at
every tick what it knows, as the device does.
"""

from collections.abc import Callable
from dataclasses import dataclass

from vision.health import HOT, LOST, LOW_POWER, SLOW, STALLED, Heat, HeatWatch, ImuWatch, ModelWatch

TICK_S = 0.1
WELL_S = 6.0  # before it fails
FAILING_S = 4.0
AGAIN_S = 16.0  # heat is called over only after ten seconds


@dataclass(frozen=True, slots=True)
class Part:
    """One fault of a part: `play` gives what is told at each tick, in order."""

    name: str
    reason: str
    play: Callable[[], list[tuple[float, str | None]]]


def ticks() -> list[float]:
    """The seconds at which the device asks."""
    return [n * TICK_S for n in range(round((WELL_S + FAILING_S + AGAIN_S) / TICK_S))]


def failing(t_s: float) -> bool:
    """Whether the part fails at this second."""
    return WELL_S <= t_s < WELL_S + FAILING_S


def _model(took_s: float) -> list[tuple[float, str | None]]:
    """A model that answers in 0.1 s, and while it fails in `took_s` (infinity: never)."""
    state, told, due_s = ModelWatch(), [], float("inf")
    for t_s in ticks():
        if due_s <= t_s or (state.waiting_since_s is not None and not failing(t_s)):
            state, due_s = state.answered(t_s), float("inf")
        if state.waiting_since_s is None:
            state = state.asked(t_s)
            due_s = t_s + (took_s if failing(t_s) else TICK_S) - 1e-6
        state = state.at(t_s)
        told.append((t_s, state.fault))
    return told


def _board(bad: Heat) -> list[tuple[float, str | None]]:
    state, told = HeatWatch(), []
    for t_s in ticks():
        state = state.at(t_s, bad if failing(t_s) else Heat(55.0, 25.0))
        told.append((t_s, state.fault))
    return told


def _imu(stuck: bool) -> list[tuple[float, str | None]]:
    state, told = ImuWatch(), []
    for number, t_s in enumerate(ticks()):
        if not failing(t_s):
            state = state.sample(t_s, (0.1 * (number % 7), 9.6, 1.0 + 0.01 * number))
        elif stuck:
            state = state.sample(t_s, (0.1, 9.6, 1.0))
        state = state.at(t_s)
        told.append((t_s, state.fault))
    return told


PARTS: tuple[Part, ...] = (
    Part("model never answers", STALLED, lambda: _model(float("inf"))),
    Part("model too slow", SLOW, lambda: _model(0.58)),
    Part("model ten times too slow", STALLED, lambda: _model(10 * TICK_S)),
    Part("clock held down by heat", HOT, lambda: _board(Heat(84.0, None, throttled=True))),
    Part("beyond its trip point", HOT, lambda: _board(Heat(86.0, -1.0))),
    Part("supply too weak", LOW_POWER, lambda: _board(Heat(60.0, 20.0, throttled=True, low_power=True))),
    Part("motion sensor silent", LOST, lambda: _imu(stuck=False)),
    Part("motion sensor stuck", LOST, lambda: _imu(stuck=True)),
)
