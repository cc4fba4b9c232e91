"""Many caregivers on one loop, each with a live view open: when did which position reach them."""

import asyncio
import random
import re
import time
from dataclasses import dataclass, field
from typing import Final, cast

from server.bench.devices import Sent
from server.bench.people import Walker, seq_of

_LAT: Final = re.compile(rb'"lat":\s*([0-9.]+)')
_SOS: Final = re.compile(rb'"kind":\s*"sos"')
_AGAIN_S: Final = (0.5, 1.5)


@dataclass(slots=True)
class Seen:
    """What all viewers have seen. A delay belongs to the second at which its position was made."""

    delays: list[tuple[float, float]] = field(default_factory=list)  # (made, delay), monotonic seconds
    messages: int = 0
    opened: int = 0
    refused: str = ""


class Watcher:
    """One caregiver with one stream open."""

    path = ""

    def __init__(self, walker: Walker, log: Sent, ports: list[int], seen: Seen, rng: random.Random) -> None:
        self.walker = walker
        self.ready = asyncio.Event()
        self._log = log
        self._ports = ports
        self._seen = seen
        self._rng = rng

    async def stay_connected(self) -> None:
        """Open the stream, and again whenever it ends; until cancelled."""
        loop, number = asyncio.get_running_loop(), 0
        while True:
            port = self._ports[number % len(self._ports)]
            try:
                _, stream = await loop.create_connection(
                    lambda port=port: _Stream(self, port),  # type: ignore[misc]
                    "127.0.0.1",
                    port,
                )
                await stream.over
            except OSError as error:
                self._seen.refused = str(error)
            number += 1
            await asyncio.sleep(self._rng.uniform(*_AGAIN_S))

    def opened(self, status: str) -> None:
        """The answer's first line."""
        if " 200 " in status:
            self._seen.opened += 1
            self.ready.set()
        else:
            self._seen.refused = status

    def shown(self, line: bytes) -> None:
        """A line of the stream."""
        raise NotImplementedError


class Viewer(Watcher):
    """Follows one walker's trip."""

    def __init__(self, walker: Walker, log: Sent, ports: list[int], seen: Seen, rng: random.Random) -> None:
        super().__init__(walker, log, ports, seen, rng)
        self.path = f"/api/v1/trips/{walker.trip_id}/live"
        self._newest = 0

    def shown(self, line: bytes) -> None:
        """A position counts for itself and for those before it that it replaces."""
        found = _LAT.search(line)
        if found is None:
            return
        self._seen.messages += 1
        newest, now_s = seq_of(float(found[1])), time.monotonic()
        for seq in range(self._newest + 1, min(newest + 1, len(self._log.made_s))):
            made_s = self._log.made_s[seq]
            self._seen.delays.append((made_s, now_s - made_s))
        self._newest = max(self._newest, newest)


class Listener(Watcher):
    """Waits for the alerts of one walker, who will call for help once."""

    path = "/api/v1/alerts/live"
    called_s: float | None = None  # when (monotonic)
    heard = False

    def shown(self, line: bytes) -> None:
        """An alert of a call for help, the first time it is there."""
        if self.called_s is not None and not self.heard and _SOS.search(line):
            self.heard = True
            self._seen.delays.append((self.called_s, time.monotonic() - self.called_s))


class _Stream(asyncio.Protocol):
    """One open view. The transfer's chunks are read as lines: their sizes are lines without a position."""

    def __init__(self, viewer: Watcher, port: int) -> None:
        self._viewer = viewer
        self._port = port
        self._rest = b""
        self._opened = False
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        cast(asyncio.WriteTransport, transport).write(
            (
                f"GET {self._viewer.path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n"
                f"Accept: text/event-stream\r\nCookie: shirube={self._viewer.walker.session}\r\n\r\n"
            ).encode()
        )

    def data_received(self, data: bytes) -> None:
        """Whole lines of what came."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if lines and not self._opened:
            self._opened = True
            self._viewer.opened(lines[0].decode("latin-1"))
        for line in lines:
            if line.startswith(b"data:"):
                self._viewer.shown(line)

    def connection_lost(self, exc: Exception | None) -> None:
        """Gone."""
        if not self.over.done():
            self.over.set_result(None)
