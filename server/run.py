"""The server as a process: binds, says where, serves until SIGTERM or SIGINT."""

import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from types import FrameType

import uvicorn

from server.app import create_app
from server.clock import Clock, SystemClock
from server.errors import SettingsError
from server.hub import Hub
from server.planner import RoutePlanner
from server.settings import Settings
from wire.uplink import MAX_MESSAGE_BYTES

_GRACE_S = 3  # for answers under way when the server is told to stop


def serve(
    settings: Settings,
    *,
    clock: Clock | None = None,
    planner: RoutePlanner | None = None,
    ready_file: Path | None = None,
) -> None:
    """Run until told to stop. With port 0 the system chooses; `ready_file` then holds the port.

    Prints one line with the address when ready. Raises `SettingsError` when the address cannot be
    bound and `StoreError` when the database cannot be used, both before anything is served.
    """
    app = create_app(settings, clock or SystemClock(), planner=planner)
    with closing(_bind(settings)) as listener, _signals_end_quietly():
        config = uvicorn.Config(
            app,
            http="httptools",
            ws="websockets-sansio",
            # A little more than the protocol allows, so that our own words refuse what is too large.
            ws_max_size=MAX_MESSAGE_BYTES + 65_536,
            ws_ping_interval=10.0,
            ws_ping_timeout=10.0,
            lifespan="on",
            access_log=False,  # it would hold trip ids beside addresses
            log_level="warning",
            proxy_headers=settings.https,
            server_header=False,
            timeout_graceful_shutdown=_GRACE_S,
        )
        server = _Server(config, app.state.parts.hub, ready_file)
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listener])


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, hub: Hub, ready_file: Path | None) -> None:
        super().__init__(config)
        self._hub = hub
        self._ready_file = ready_file

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, and then say where."""
        await super().startup(sockets)
        if self.started and sockets:
            host, port = sockets[0].getsockname()[:2]
            _announce(host, port, self._ready_file)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """As uvicorn's; open live views would otherwise hold the server until the grace is over."""
        self._hub.close()
        super().handle_exit(sig, frame)


def _announce(host: str, port: int, ready_file: Path | None) -> None:
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    sys.stdout.write(f"標 サーバー準備完了 / Shirube server ready: {address}\n")
    sys.stdout.flush()
    if ready_file is not None:
        # Whole or not there: a reader must never see half a number.
        part = ready_file.with_name(ready_file.name + ".part")
        part.write_text(f"{port}\n", "ascii")
        os.replace(part, ready_file)


def _bind(settings: Settings) -> socket.socket:
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM
        )[0]
        listener = socket.socket(family, kind, proto)
        # A restart must not wait for the old connections' TIME_WAIT.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        raise SettingsError(
            f"cannot listen on {settings.host}:{settings.port} ({error.strerror}): choose another port"
        ) from error
    return listener


@contextmanager
def _signals_end_quietly() -> Iterator[None]:
    """A clean stop is exit code 0, not death by signal 15: uvicorn raises the signal again when done."""
    before = signal.signal(signal.SIGTERM, lambda _signal, _frame: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
