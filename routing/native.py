"""The one door to Numba: plain functions over arrays, compiled once and kept on disk.

The planner's inner loops run a hundred times faster so. The functions stay ordinary Python: where
Numba is not installed (a device, which follows routes and plans none) they run as such.
"""

import os
from collections.abc import Callable
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])

try:
    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
        raise ImportError  # uncompiled is asked for: then its 75 MB need not be loaded either
    import numba
except ImportError:  # pragma: no cover - a device
    numba = None


def compiled(function: F) -> F:
    """`function` in machine code; the first call of a fresh checkout compiles (seconds)."""
    if numba is None:  # pragma: no cover - a device
        return function
    return cast("F", numba.njit(cache=True, nogil=True)(function))
