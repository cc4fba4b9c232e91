"""Patience: a busy machine is slow, not wrong. Tests wait for what must happen and fail where it does not.

How fast something is, is measured by benches. Where a test must know that a call does not wait, it asks a few
times and takes the quickest: another process may have the processor meanwhile, and a call that waits does so
each time.
"""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE_S = 40.0
_LOOK_EVERY_S = 0.005


def until(
    look: Callable[[], T], what: Callable[[], object] | str = "it", *, limit_s: float = PATIENCE_S
) -> T:
    """The first answer of `look` that is true. `what`: for who reads the failure."""
    end_s = time.monotonic() + limit_s
    while not (found := look()):
        assert time.monotonic() < end_s, f"waited for {what if isinstance(what, str) else what()}"
        time.sleep(_LOOK_EVERY_S)
    return found


async def becomes(look: Callable[[], T], what: Callable[[], object] | str = "it") -> T:
    """`until`, for tests that run in an event loop."""
    end_s = time.monotonic() + PATIENCE_S
    while not (found := look()):
        assert time.monotonic() < end_s, f"waited for {what if isinstance(what, str) else what()}"
        await asyncio.sleep(_LOOK_EVERY_S)
    return found


def quickest_s(call: Callable[[], object], tries: int = 5) -> float:
    """The seconds of the quickest of a few calls."""
    took_s = []
    for _ in range(tries):
        began_s = time.monotonic()
        call()
        took_s.append(time.monotonic() - began_s)
    return min(took_s)
