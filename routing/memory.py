"""The last so many things that were worked out, by what they were worked out from."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Final

# A metric of a city is some megabytes; three profiles by day and night, plain and with blocks, the
# shortest way, and some people's own.
_KEPT: Final = 32


class Memory:
    """Safe for many threads."""

    def __init__(self, count: int = _KEPT) -> None:
        self._count = count
        self._values: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:  # noqa: ANN401 - by its key
        """The value of `key`; made outside the lock where it is not known, so others go on."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        made = make()
        with self._lock:
            self._values[key] = made
            while len(self._values) > self._count:
                self._values.popitem(last=False)
        return made
