"""One server with its store and its devices, killed again and again."""

import asyncio
import random
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, Select, create_engine, select

from server.bench.people import populate
from server.bench.served import Served, end_of, port_in
from server.bench.websocket import ClosedByServer
from server.database import migrate
from server.spans import logs_of
from server.tables import alerts, events
from server.torture.disk import Disk
from server.torture.errors import TortureError
from server.torture.nursery import Nursery
from server.torture.walker import Walker
from wire.codec import EVENT

_START_WITHIN_S: Final = 60.0
_RUNS_S: Final = (0.0, 0.5)  # how long a server lives once it stores
_GREETING: Final = 0.2  # of its lives: once it serves
_PROMISE_WITHIN_S: Final = 15.0
_DURING_START: Final = 0.15  # of the kills
_COLD_EVERY: Final = 25  # one start of so many is the program's own, whole: its time is what counts
_DRAIN_WITHIN_S: Final = 60.0
_ALERT_WITHIN_S: Final = 30.0
_JOURNAL: Final = ".unsynced"
_CUT: Final = ".cut"
_IN_A_SYNC: Final = 0.7  # of the power cuts
_FAULTS_KEPT: Final = 20


@dataclass(slots=True)
class Tally:
    """What became of it. Seconds of starts: whole ones of the program, and forked ones."""

    deaths: int = 0
    during_start: int = 0
    acked: int = 0
    stored: int = 0
    lost: int = 0
    doubled: int = 0
    changed: int = 0  # stored with another content than was sent
    gaps: int = 0  # logs that are not whole in the end
    damaged: int = 0  # files that fail SQLite's own check
    bytes_unsynced: int = 0
    sos: int = 0
    sos_unheard: int = 0  # trips with a call for help and no alert in the end
    starts_s: list[float] = field(default_factory=list)
    forks_s: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def fault(self, text: str) -> None:
        """Note what went wrong; the first ones tell enough."""
        if len(self.faults) < _FAULTS_KEPT:
            self.faults.append(text)


class Lane:
    """A store in a folder of its own. `disk`: deaths are power cuts; `lying`: its syncs do nothing."""

    def __init__(
        self,
        folder: Path,
        nursery: Nursery,
        devices: int,
        seed: int,
        *,
        disk: bool = False,
        lying: bool = False,
    ) -> None:
        self._store = folder / "store"
        self._store.mkdir(mode=0o700)
        self._path = self._store / "store.db"
        self._url = f"sqlite:///{self._path}"
        migrate(self._url)
        self._rng = random.Random(seed)  # noqa: S311  (a test's dice)
        made = populate(self._url, devices, shared=False)
        self._walkers = [
            Walker(one.device_id, one.key, random.Random(seed * 1000 + n))  # noqa: S311
            for n, one in enumerate(made)
        ]
        self._served = Served(folder, self._url)
        self._nursery = nursery
        self._pid = 0
        self._checked = folder / "checked"
        self._lying = lying
        self._disk = disk
        self.tally = Tally()

    async def run(self, deaths: int) -> Tally:
        """Die `deaths` times, then send everything, stop, and compare."""
        try:
            for number in range(deaths):
                await self._once(cold=not self._disk and number % _COLD_EVERY == 0)
            await self._finish()
        except (TortureError, ClosedByServer, OSError) as error:
            self.tally.damaged += 1
            self.tally.fault(f"{type(error).__name__}: {error}")
        finally:
            self._end()
        return self.tally

    async def _once(self, *, cold: bool) -> None:
        self._power_on()
        if self._disk and self._rng.random() < _IN_A_SYNC:
            await self._until_its_sync()
            return
        early = not cold and self._rng.random() < _DURING_START
        if early:
            self._fork()
            await asyncio.sleep(self._rng.uniform(0.0, self._usual_start_s()))
            self.tally.during_start += 1
        else:
            await self._start(cold=cold)
            walks = [asyncio.create_task(one.walk(self._served.port)) for one in self._walkers]
            await self._live(walks)
        self._end()
        if not early:
            await asyncio.gather(*walks)
        self.tally.deaths += 1
        if self._disk:
            self._cut()

    async def _until_its_sync(self) -> None:
        """The power goes in the middle of a sync, one of the first; it may be of the start itself."""
        (self._store / _CUT).write_text(f"{self._rng.randint(1, 30)}\n", "ascii")
        try:
            await self._start(cold=False)
        except TortureError:
            self.tally.during_start += 1
        else:
            walks = [asyncio.create_task(one.walk(self._served.port)) for one in self._walkers]
            await asyncio.wait(walks, timeout=_PROMISE_WITHIN_S)
            self._end()
            await asyncio.gather(*walks)
        self._end()
        self.tally.deaths += 1
        self._cut()

    async def _live(self, walks: "Sequence[asyncio.Task[None]]") -> None:
        """Mostly it dies while it stores, and now and then while the devices are only greeting it."""
        before, end_s = sum(len(one.promises) for one in self._walkers), time.monotonic() + _PROMISE_WITHIN_S
        enough = before if self._rng.random() < _GREETING else before + 2 * len(self._walkers)
        while sum(len(one.promises) for one in self._walkers) < enough and time.monotonic() < end_s:
            if all(walk.done() for walk in walks):
                return  # refused: there is nothing to wait for
            await asyncio.sleep(0.005)
        await asyncio.sleep(self._rng.uniform(*_RUNS_S))

    def _usual_start_s(self) -> float:
        known = self.tally.forks_s[-20:]
        return sum(known) / len(known) if known else 0.5

    def _fork(self) -> None:
        self._pid = self._nursery.fork(self._served.config, self._served.ready, self._served.log)

    async def _start(self, *, cold: bool) -> None:
        if cold:
            took_s = await asyncio.to_thread(self._served.start)
            self.tally.starts_s.append(took_s)
            return
        began_s = time.monotonic()
        self._fork()
        while (port := port_in(self._served.ready)) is None:
            if not Path(f"/proc/{self._pid}").exists() or time.monotonic() - began_s > _START_WITHIN_S:
                raise TortureError(f"the server did not start again: {self._served.last_words()}")
            await asyncio.sleep(0.005)
        self._served.port = port
        self.tally.forks_s.append(time.monotonic() - began_s)

    def _end(self) -> None:
        if self._pid:
            end_of(self._pid)
            self._pid = 0
        self._served.kill()

    def _power_on(self) -> None:
        """From here on everything in the folder is on the disk, and what is written is noted."""
        if self._disk:
            (self._store / _JOURNAL).write_bytes(b"")
            self._before = self._files()

    def _files(self) -> dict[str, bytes]:
        # The index beside the log is memory that processes share: it does not outlive them.
        left_out = (_JOURNAL, _CUT, f"{self._path.name}-shm")
        return {path.name: path.read_bytes() for path in self._store.iterdir() if path.name not in left_out}

    def _cut(self) -> None:
        """The power goes: the folder becomes what a disk may hold then."""
        journal = (self._store / _JOURNAL).read_bytes()
        disk = Disk(self._before, lying=self._lying)
        disk.play(journal)
        if len(unseen := _differences(disk.everything(), self._files())) > 1:
            raise TortureError(f"the shim did not see all that was written to {', '.join(sorted(unseen))}")
        self.tally.bytes_unsynced += disk.unsynced_bytes
        left = disk.after_power_cut(self._rng)
        for path in self._store.iterdir():
            path.unlink()
        for name, content in left.items():
            (self._store / name).write_bytes(content)
            (self._store / name).chmod(0o600)
        self._check_file()

    def _check_file(self) -> None:
        """SQLite's own check, of a copy: the server itself must be the first to find the file after a cut."""
        self._checked.mkdir(exist_ok=True)
        for name, content in self._files().items():
            (self._checked / name).write_bytes(content)
        try:
            with closing(sqlite3.connect(self._checked / self._path.name)) as connection:
                answer = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        except sqlite3.DatabaseError as error:
            answer = str(error)
        if answer != "ok":
            self.tally.damaged += 1
            self.tally.fault(f"damaged: {answer}")
        for path in self._checked.iterdir():
            path.unlink()

    async def _finish(self) -> None:
        self._power_on()
        await self._start(cold=False)
        async with asyncio.timeout(_DRAIN_WITHIN_S):
            await asyncio.gather(*(one.drain(self._served.port) for one in self._walkers))
        await self._alerted()
        self._end()
        self._compare(self._walkers)

    async def _alerted(self) -> None:
        """Each trip from which help was called has its alert, whatever died before it was raised."""
        wanted = {one.log[number - 1].trip_id for one in self._walkers for number in one.sos}
        query = select(alerts.c.trip_id).where(alerts.c.kind == "sos").distinct()
        engine, end_s = create_engine(self._url), time.monotonic() + _ALERT_WITHIN_S
        try:
            while missing := wanted - self._alerts(engine, query):
                if time.monotonic() > end_s:
                    break
                await asyncio.sleep(0.1)
        finally:
            engine.dispose()
        self.tally.sos_unheard = len(missing)

    def _alerts(self, engine: Engine, query: Select[tuple[str]]) -> set[str]:
        with engine.connect() as connection:
            return {row.trip_id for row in connection.execute(query)}

    def _compare(self, walkers: Sequence[Walker]) -> None:
        """What is stored beside what was sent and promised."""
        engine = create_engine(self._url)
        try:
            with engine.connect() as connection:
                for walker in walkers:
                    query = select(events.c.seq, events.c.body).where(
                        events.c.log_id.in_(logs_of(walker.device_id))
                    )
                    rows = connection.execute(query.order_by(events.c.seq)).all()
                    self._tell(walker, [(row.seq, row.body) for row in rows])
        finally:
            engine.dispose()

    def _tell(self, walker: Walker, rows: Sequence[tuple[int, str]]) -> None:
        tally, numbers = self.tally, [seq for seq, _ in rows]
        tally.acked += walker.told.count
        tally.stored += len(rows)
        tally.sos += len(walker.sos)
        tally.doubled += len(numbers) - len(set(numbers))
        tally.lost += walker.lost + sum(1 for n in range(1, len(walker.log) + 1) if n not in set(numbers))
        tally.gaps += numbers != list(range(1, len(walker.log) + 1))
        tally.changed += sum(
            seq > len(walker.log) or EVENT.decode(body) != walker.log[seq - 1] for seq, body in rows
        )
        if walker.refused:
            tally.fault(f"refused: {walker.refused}")


def _differences(noted: dict[str, bytes], found: dict[str, bytes]) -> list[str]:
    """Files that are not as the journal says: at most one, as the last deed may be noted and not done.

    A file that was only just made is empty: that is not noted.
    """
    return [name for name in noted.keys() | found.keys() if noted.get(name, b"") != found.get(name, b"")]
