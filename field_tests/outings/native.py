"""Loops in machine code. Pure; Numba, of the extra `study`."""

from collections.abc import Callable
from typing import TypeVar, cast

from field_tests.errors import MissingExtraError

try:
    import numba
except ImportError:  # pragma: no cover - a machine without the extra
    numba = None

F = TypeVar("F", bound=Callable[..., object])


def need_numba() -> None:
    """Nothing; MissingExtraError where Numba is not installed."""
    if numba is None:
        raise MissingExtraError(
            "外出時間の計算には Numba が要ります。`pip install 'shirube[study]'` を実行してください。 / "
            "Counting outings needs Numba: run `pip install 'shirube[study]'`."
        )


def native(function: F) -> F:
    """`function` compiled at its first call, and kept on disk; as it is where Numba is missing."""
    return function if numba is None else cast("F", numba.njit(cache=True, nogil=True)(function))
