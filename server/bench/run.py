"""One measurement: a store, servers, a load in a second process, and what became of it all."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final, Literal

from sqlalchemy import create_engine, distinct, func, select

from server.bench.cluster import cluster
from server.bench.figures import growth_mb_per_10min
from server.bench.people import Walker, populate, synchronous
from server.bench.served import Served
from server.bench.yardstick import Yardstick, yardstick
from server.database import migrate
from server.errors import ServerError
from server.spans import logs_of
from server.tables import events

Store = Literal["sqlite", "postgresql"]
_SAMPLE_S: Final = 1.0
# The load's loop that comes late by more than this could do no more: the figures are then its own.
_LATE_MS: Final = 25.0


class BenchError(ServerError):
    """The measurement could not be made."""


@dataclass(frozen=True, slots=True)
class Options:
    """What to measure. `kill_worker`: one of the workers dies when 60 % of the time is over."""

    devices: int = 1000
    rate: float = 2.0
    viewers: int = 500
    seconds: float = 60.0
    store: Store = "sqlite"
    workers: int = 1
    kill_worker: bool = False
    sos: int = 0
    connect_per_s: float = 200.0
    seed: int = 7
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The figures. Acknowledged events that are not stored are lost; identities stored twice are doubled."""

    positions_per_s: float
    ack_p50_ms: float | None
    ack_p99_ms: float | None
    viewer_p50_ms: float | None
    viewer_p95_ms: float | None
    viewer_p99_ms: float | None
    viewer_positions: int
    sos_p99_ms: float | None
    sos_heard: int
    made: int
    acked: int
    stored: int
    lost: int
    doubled: int
    start_s: float
    start_cpu_s: float  # what the start costs, however busy the machine is
    rss_mb: float
    rss_growth_mb_per_10min: float | None
    server_cpu: float  # of one core
    load_cpu: float
    load_lag_p99_ms: float
    load_limited: bool
    resent: int
    resumed_s: float | None
    refused: str
    options: dict[str, Any]
    yardstick: Yardstick

    def met(self) -> bool:
        """Whether nothing was lost or doubled, and every call for help was heard."""
        return self.lost == 0 and self.doubled == 0 and self.sos_heard == self.options["sos"]


def measure(options: Options) -> Outcome:
    """Run it all in a folder of its own, which is deleted after."""
    if options.kill_worker and options.workers < 2:
        raise BenchError("--kill-worker needs --workers 2 or more: the devices must have somewhere to go")
    if options.store == "sqlite" and options.workers > 1:
        raise BenchError("SQLite is for one process: choose --store postgresql for several workers")
    with (
        tempfile.TemporaryDirectory(prefix="shirube-bench-", dir=options.folder) as made,
        ExitStack() as stack,
    ):
        folder = Path(made)
        folder.chmod(0o755)  # PostgreSQL runs as somebody else
        url = stack.enter_context(_store(options.store, folder))
        migrate(url)
        return _measured(options, folder, url, populate(url, options.devices))


@contextmanager
def _store(kind: Store, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'store.db'}"
        return
    with cluster(folder / "postgresql") as url:
        yield url


def _measured(options: Options, folder: Path, url: str, walkers: list[Walker]) -> Outcome:
    bare = yardstick(folder)
    servers = [Served(folder, url, f"worker-{n}") for n in range(options.workers)]
    try:
        start_s = max(server.start() for server in servers)
        start_cpu_s = max(server.usage().cpu_s for server in servers)
        watched = _Watched(servers, folder)
        told = watched.load(options, walkers)
    finally:
        for server in servers:
            server.stop()
    stored, doubled, lost = _compare(url, told["acked"])
    return _outcome(options, told, watched, (stored, doubled, lost), (start_s, start_cpu_s), bare)


class _Watched:
    """Servers under a load: memory and processor time while it sends."""

    def __init__(self, servers: list[Served], folder: Path) -> None:
        self.servers = servers
        self._folder = folder
        self.memory: list[tuple[float, float]] = []
        self.cpu = 0.0

    def load(self, options: Options, walkers: Sequence[Walker]) -> dict[str, Any]:
        """Run the load's process to its end; what it told."""
        kill_s = 0.6 * options.seconds if options.kill_worker else None
        plan = {
            "walkers": [asdict(walker) for walker in walkers],
            "ports": [server.port for server in self.servers],
            "rate": options.rate,
            "viewers": min(options.viewers, options.devices),
            "seconds": options.seconds,
            "connect_per_s": options.connect_per_s,
            "seed": options.seed,
            "kill_after_s": kill_s,
            "sos": min(options.sos, options.devices),
        }
        words = self._folder / "load.log"
        with (
            words.open("wb") as errors,
            subprocess.Popen(
                [sys.executable, "-m", "server.bench.load"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            ) as load,
        ):
            assert load.stdin is not None  # noqa: S101  (pipes were asked for)
            assert load.stdout is not None  # noqa: S101
            try:
                json.dump(plan, load.stdin)
                load.stdin.close()
                for word in ("ready", "sending"):
                    if load.stdout.readline().strip() != word:
                        load.wait()
                        raise BenchError(f"the load did not get so far ({word}): {_end(words)}")
                self._watch(options.seconds, kill_s)
                answer = load.stdout.read()
                load.wait()
            finally:
                load.kill()  # does nothing to one that has ended
        if load.returncode != 0 or not answer.strip():
            raise BenchError(f"the load failed: {_end(words)}")
        return dict(json.loads(answer))

    def _watch(self, seconds: float, kill_s: float | None) -> None:
        staying = self.servers if kill_s is None else self.servers[:-1]
        began_s, before = time.monotonic(), [server.usage().cpu_s for server in self.servers]
        while (passed_s := time.monotonic() - began_s) < seconds:
            if kill_s is not None and passed_s >= kill_s:
                self.servers.pop().kill()
                kill_s = None
            self.memory.append((passed_s, sum(server.usage().rss_mb for server in staying)))
            time.sleep(min(_SAMPLE_S, max(seconds - passed_s, 0.0)))
        used = sum(server.usage().cpu_s - first for server, first in zip(self.servers, before, strict=False))
        self.cpu = used / (time.monotonic() - began_s)


def _end(log: Path) -> str:
    text = log.read_text("utf-8", "replace").strip()
    return text.splitlines()[-1] if text else "it said nothing"


def _compare(url: str, acked: dict[str, int]) -> tuple[int, int, int]:
    """(stored, doubled, lost): what the store holds beside what the devices were told."""
    query = select(
        events.c.device_id, func.count().label("rows"), func.count(distinct(events.c.seq)).label("different")
    ).group_by(events.c.device_id)
    engine = create_engine(synchronous(url))
    try:
        with engine.connect() as connection:
            found = {row.device_id: row for row in connection.execute(query)}
            lost = 0
            for device_id, count in acked.items():
                held = select(func.count(distinct(events.c.seq))).where(
                    events.c.log_id.in_(logs_of(device_id)), events.c.seq <= count
                )
                lost += count - connection.execute(held).scalar_one()
    finally:
        engine.dispose()
    stored = sum(row.rows for row in found.values())
    return stored, stored - sum(row.different for row in found.values()), lost


def _outcome(
    options: Options,
    told: dict[str, Any],
    watched: _Watched,
    compared: tuple[int, int, int],
    start: tuple[float, float],
    bare: Yardstick,
) -> Outcome:
    stored, doubled, lost = compared
    asked = {field.name: getattr(options, field.name) for field in fields(options) if field.name != "folder"}
    return Outcome(
        positions_per_s=told["durable_per_s"],
        ack_p50_ms=told["ack"]["p50_ms"],
        ack_p99_ms=told["ack"]["p99_ms"],
        viewer_p50_ms=told["viewer"]["p50_ms"],
        viewer_p95_ms=told["viewer"]["p95_ms"],
        viewer_p99_ms=told["viewer"]["p99_ms"],
        viewer_positions=told["viewer"]["count"],
        sos_p99_ms=told["sos"]["p99_ms"],
        sos_heard=told["sos"]["count"],
        made=told["made"],
        acked=sum(told["acked"].values()),
        stored=stored,
        lost=lost,
        doubled=doubled,
        start_s=round(start[0], 2),
        start_cpu_s=round(start[1], 2),
        rss_mb=watched.memory[-1][1] if watched.memory else 0.0,
        rss_growth_mb_per_10min=growth_mb_per_10min(watched.memory),
        server_cpu=round(watched.cpu, 2),
        load_cpu=round(told["cpu_s"] / told["sending_s"], 2),
        load_lag_p99_ms=told["lag_p99_ms"],
        load_limited=told["lag_p99_ms"] > _LATE_MS,
        resent=told["resent"],
        resumed_s=told["resumed_s"],
        refused=told["refused"],
        options=asked,
        yardstick=bare,
    )
