"""The one door to Numba: plain functions over arrays, compiled once and kept on disk.

The planner's inner loops run a hundred times faster so; the functions stay ordinary Python that a
test can call uncompiled (`compiled(f).py_func`). The device's guidance does not import this.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """`function` in machine code; the first call of a fresh checkout compiles (seconds)."""
    return cast("F", numba.njit(cache=True, nogil=True)(function))
