"""Who makes a new map: a process of its own, ordered and heard through pipes."""

import asyncio
import sys
from contextlib import suppress
from typing import Protocol

from server.map_work import ORDER, TOLD, Order, Told


class Worker(Protocol):
    """Makes what is ordered, and tells how far it is; the last word has figures or has failed."""

    async def make(self, order: Order, tell: "Tell") -> Told:
        """Until it is made."""


class Tell(Protocol):
    """Takes one word of a worker."""

    async def __call__(self, told: Told, /) -> None:
        """Keep it for the page."""


class Child:
    """The worker that is a process of its own."""

    async def make(self, order: Order, tell: Tell) -> Told:
        """Run it; it ends with us."""
        pipe = asyncio.subprocess.PIPE
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "server.map_work", stdin=pipe, stdout=pipe
        )
        assert child.stdin is not None  # noqa: S101  (both are pipes)
        assert child.stdout is not None  # noqa: S101
        try:
            child.stdin.write(ORDER.encode(order).encode())
            child.stdin.close()
            last: Told | None = None
            async for line in child.stdout:
                last = TOLD.decode(line)
                await tell(last)
            status = await child.wait()
        finally:
            if child.returncode is None:
                with suppress(ProcessLookupError):
                    child.kill()
                await child.wait()
        if last is None or not (last.failed or last.figures is not None):
            ja, en = f"作業が途中で終わりました(状態 {status})。", f"The work ended early (status {status})."
            return Told(ja=ja, en=en, failed=True)
        return last
