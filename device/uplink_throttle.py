"""A TCP forwarder of a bounded speed each way, to measure what a slow network does; counts bytes."""

import asyncio
import contextlib
import threading
from types import TracebackType
from typing import Final, Self

# A segment: what a network carries at once.
_CHUNK: Final = 1_400
# Round each segment: 22 bytes of TLS 1.3, 40 of TCP and IP, and 40 of its acknowledgement.
_AROUND: Final = 102


class Throttle:
    """Listens on a port of its own and forwards to `host:port`; `kbit` 0: as fast as it goes."""

    def __init__(self, host: str, port: int, kbit: int = 0) -> None:
        self._target = (host, port)
        self._bytes_a_second = kbit * 125
        self.port = 0
        self.carried = 0  # bytes so far, both ways, with what TLS, TCP and IP put round them
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="throttle", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(10.0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10.0)

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        tasks: set[asyncio.Task[None]] = set()

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.ensure_future(self._forward(reader, writer))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        async with await asyncio.start_server(connected, "127.0.0.1", 0) as server:
            self.port = server.sockets[0].getsockname()[1]
            self._ready.set()
            await self._stop.wait()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.close()
            return
        try:
            await asyncio.gather(self._pass(reader, far_writer), self._pass(far_reader, writer))
        finally:
            for end in (writer, far_writer):
                end.close()
                with contextlib.suppress(OSError):
                    await end.wait_closed()

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(_CHUNK):
                if self._bytes_a_second:
                    await asyncio.sleep(len(data) / self._bytes_a_second)
                sink.write(data)
                await sink.drain()
                self.carried += len(data) + _AROUND
            sink.write_eof()
