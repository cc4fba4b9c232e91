"""Python's collector of cycles, kept from looking through everything while positions wait.

A look through all that a thousand connections hold stops the process for a quarter of a second. Almost
nothing of it is garbage: what is let go of is freed at once by its count of references, and cycles (a task
and its error) are found while they are young.
"""

import asyncio
import gc
from typing import Final

_YOUNG: Final = 2_000  # objects: a millisecond or two
_NOT_BY_ITSELF: Final = 1_000_000
_ALL_EVERY_S: Final = 600.0


def settle() -> None:
    """What is there by now stays for good; all is looked through only by `Collector`."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 10, _NOT_BY_ITSELF)


class Collector:
    """Looks through all, now and then. A job."""

    name: Final = "memory"

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            await asyncio.sleep(_ALL_EVERY_S)
            gc.collect()
