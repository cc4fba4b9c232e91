"""The server as a process: binds, says where, serves until SIGTERM or SIGINT."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from types import FrameType

import uvicorn
from fastapi import FastAPI

from server import garbage, logs
from server.app import create_app
from server.clock import Clock, SystemClock
from server.database import migrate
from server.direct import Direct
from server.errors import ServerError, SettingsError
from server.heads import HeadGuard
from server.hub import Hub
from server.planner import RoutePlanner
from server.settings import Settings
from server.workers import WorkersEnded, keep
from wire.uplink import MAX_MESSAGE_BYTES

_GRACE_S = 3  # for answers under way when the server is told to stop


def serve(
    settings: Settings,
    *,
    clock: Clock | None = None,
    planner: RoutePlanner | None = None,
    ready_file: Path | None = None,
    workers: int = 1,
) -> None:
    """Run until told to stop. With port 0 the system chooses; `ready_file` then holds the port.

    Prints one line with the address when ready: with several `workers`, when all are. Raises `SettingsError`
    when the address cannot be bound and `StoreError` when the database cannot be used, both before anything
    is served.
    """
    logs.set_up(settings.log_level)
    clock = clock or SystemClock()
    if workers > 1:
        _serve_by_several(settings, clock, planner, ready_file, workers)
        return
    app = create_app(settings, clock, planner=planner)
    with closing(_bind(settings.host, settings.port)) as listener:
        _serve_on(listener, settings, app, lambda: _announce(listener, ready_file))


def _serve_by_several(
    settings: Settings,
    clock: Clock,
    planner: RoutePlanner | None,
    ready_file: Path | None,
    workers: int,
) -> None:
    if settings.store_url.startswith("sqlite:///"):
        raise SettingsError(
            "workers: several of them need PostgreSQL (database_url_file); an SQLite file is for one"
        )
    migrate(settings.store_url)

    def child(number: int, listener: socket.socket, ready: Callable[[], None], parent: int) -> None:
        own = settings
        if settings.metrics_port is not None:
            own = settings.model_copy(update={"metrics_port": settings.metrics_port + number})
        try:
            _serve_on(listener, own, create_app(own, clock, planner=planner), ready, parent)
        except ServerError as error:
            sys.stderr.write(f"shirube: {error}\n")
            raise SystemExit(2) from None

    with ExitStack() as opened:
        # Tried alone first: shared, a port that another server has would be taken without a word.
        with closing(_bind(settings.host, settings.port)) as probe:
            port = probe.getsockname()[1]
        listeners = [
            opened.enter_context(closing(_bind(settings.host, port, shared=True))) for _ in range(workers)
        ]
        try:
            keep(listeners, child, lambda: _announce(listeners[0], ready_file))
        except WorkersEnded as error:
            raise SettingsError(f"{error}; its message stands above") from None


def _serve_on(
    listener: socket.socket,
    settings: Settings,
    app: FastAPI,
    ready: Callable[[], None],
    parent: int | None = None,
) -> None:
    """Until SIGTERM or SIGINT, or until `parent` can be read."""
    # The thread that stores events gives way to the loop so soon; Python's own 5 ms add up in each answer.
    sys.setswitchinterval(0.001)
    config = uvicorn.Config(
        app,
        http=HeadGuard,
        ws=Direct,
        # A little more than the protocol allows, so that our own words refuse what is too large.
        ws_max_size=MAX_MESSAGE_BYTES + 65_536,
        # A message has 300 bytes; packing each costs the server more than the network.
        ws_per_message_deflate=False,
        ws_ping_interval=10.0,
        ws_ping_timeout=10.0,
        lifespan="on",
        access_log=False,  # it would hold trip ids beside addresses
        log_config=None,
        log_level="warning",
        proxy_headers=settings.https,
        forwarded_allow_ips=list(settings.trusted_proxies),
        server_header=False,
        timeout_graceful_shutdown=_GRACE_S,
    )
    server = _Server(config, app.state.parts.hub, ready, parent)
    with _metrics_served(settings, app), _signals_end_quietly(), suppress(KeyboardInterrupt):
        server.run(sockets=[listener])


@contextmanager
def _metrics_served(settings: Settings, app: FastAPI) -> Iterator[None]:
    """On a port of its own; `SettingsError` where that is taken."""
    host, port = settings.metrics_host, settings.metrics_port
    if port is None:
        yield
        return
    try:
        stop = app.state.parts.metrics.serve(host, port)
    except OSError as error:
        raise SettingsError(
            f"metrics_port: cannot listen on {host}:{port} ({error.strerror}): choose another port"
        ) from error
    try:
        yield
    finally:
        stop()


class _Server(uvicorn.Server):
    def __init__(
        self, config: uvicorn.Config, hub: Hub, ready: Callable[[], None], parent: int | None
    ) -> None:
        super().__init__(config)
        self._hub = hub
        self._ready = ready
        self._parent = parent

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, and then say where."""
        await super().startup(sockets)
        if self.started:
            garbage.settle()
            if self._parent is not None:
                asyncio.get_running_loop().add_reader(self._parent, self._orphaned, self._parent)
            self._ready()

    def _orphaned(self, parent: int) -> None:
        asyncio.get_running_loop().remove_reader(parent)
        self.handle_exit(signal.SIGTERM, None)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """As uvicorn's; open live views would otherwise hold the server until the grace is over."""
        self._hub.close()
        super().handle_exit(sig, frame)


def _announce(listener: socket.socket, ready_file: Path | None) -> None:
    host, port = listener.getsockname()[:2]
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    sys.stdout.write(f"標 サーバー準備完了 / Shirube server ready: {address}\n")
    sys.stdout.flush()
    if ready_file is not None:
        # Whole or not there: a reader must never see half a number.
        part = ready_file.with_name(ready_file.name + ".part")
        part.write_text(f"{port}\n", "ascii")
        os.replace(part, ready_file)


def _bind(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """A socket on that address; `shared`: one of several on the same."""
    listener = None
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, proto)
        # A restart must not wait for the old connections' TIME_WAIT.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(address)
    except OSError as error:
        if listener is not None:
            listener.close()
        raise SettingsError(
            f"cannot listen on {host}:{port} ({error.strerror}): choose another port"
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
