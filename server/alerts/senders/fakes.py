"""Senders for tests: one that keeps what it was given, and fails as it is told."""

import asyncio

from server.alerts.senders.base import Letter
from server.errors import NotSent


class RecordingSender:
    """Keeps every letter with its address.

    `faults`: what to raise for the next letters, one each; None lets one through. `hang`: to be waited for.
    """

    def __init__(self) -> None:
        self.sent: list[tuple[dict[str, str], Letter]] = []
        self.faults: list[NotSent | None] = []
        self.hang: asyncio.Event | None = None
        self.closed = False

    async def send(self, address: dict[str, str], letter: Letter) -> None:
        """Keep it, or fail."""
        if self.hang is not None:
            await self.hang.wait()
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None:
            raise fault
        self.sent.append((address, letter))

    async def close(self) -> None:
        """Note it."""
        self.closed = True
