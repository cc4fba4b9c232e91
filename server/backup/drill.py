"""The drill: a server under load with a follower beside it, all destroyed, brought back, and compared."""

import asyncio
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import create_engine, select

from server.backup.errors import BackupError
from server.backup.manifest import copies_in
from server.backup.restore import restore
from server.backup.seal import key_from
from server.bench.people import populate
from server.bench.served import Served, end_with_parent
from server.database import migrate
from server.spans import logs_of
from server.tables import events
from server.torture.walker import Walker
from wire.codec import EVENT
from wire.held import Held

_FIRST_COPY_WITHIN_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Drill:
    """What the drill found.

    `rpo_s`: how long before the end the oldest lost promise was made (0: none is lost).
    `rto_s`: from the wreck to a server that serves. `changed`: restored events that are not what was sent.
    """

    devices: int
    seconds: float
    acked: int
    restored: int
    lost_acked: int
    rpo_s: float
    rto_s: float
    restore_s: float
    changed: int
    checksums_equal: bool
    segments: int
    copy_mb: float
    lost_after_resend: int

    def met(self) -> bool:
        """RPO of a second, RTO of a minute, and all that came back is what was sent."""
        return (
            self.rpo_s <= 1.0 and self.rto_s <= 60.0 and self.checksums_equal and not self.lost_after_resend
        )


def restore_drill(
    seconds: float = 10.0, devices: int = 20, folder: Path | None = None, seed: int = 7
) -> Drill:
    """Run it in a folder of its own, which is deleted after."""
    with tempfile.TemporaryDirectory(prefix="shirube-drill-", dir=folder) as made:
        return asyncio.run(_drill(Path(made), seconds, devices, seed))


async def _drill(folder: Path, seconds: float, devices: int, seed: int) -> Drill:
    store = folder / "live"
    store.mkdir(mode=0o700)
    url, copies, key = f"sqlite:///{store / 'store.db'}", folder / "copies", folder / "backup.key"
    migrate(url)
    people = populate(url, devices, shared=False)
    walkers = [
        Walker(one.device_id, one.key, random.Random(seed + n))  # noqa: S311
        for n, one in enumerate(people)
    ]
    key_from(key, make=True)
    server = Served(folder, url)
    await asyncio.to_thread(server.start)
    follower = _follower(store / "store.db", copies, key)
    walks = [asyncio.create_task(walker.walk(server.port)) for walker in walkers]
    try:
        await _first_copy(copies, follower)
        await asyncio.sleep(seconds)
    finally:
        wrecked_s = time.monotonic()
        follower.kill()
        server.kill()
        follower.wait()
        await asyncio.gather(*walks)
    promised = [(walker, walker.told, list(walker.promises)) for walker in walkers]
    shutil.rmtree(store)
    return await _brought_back(folder, copies, key, promised, wrecked_s, seconds)


def _follower(path: Path, copies: Path, key: Path) -> "subprocess.Popen[bytes]":
    command = [
        sys.executable,
        "-m",
        "shirube",
        "server",
        "backup",
        "--database",
        str(path),
        "--to",
        str(copies),
    ]
    return subprocess.Popen(  # noqa: S603  (our own program)
        [*command, "--key", str(key), "--follow"], stdout=subprocess.DEVNULL, preexec_fn=end_with_parent
    )


async def _first_copy(copies: Path, follower: "subprocess.Popen[bytes]") -> None:
    end_s = time.monotonic() + _FIRST_COPY_WITHIN_S
    while not copies_in(copies):
        if follower.poll() is not None or time.monotonic() > end_s:
            raise BackupError("控えが始まりません / the follower took no first copy")
        await asyncio.sleep(0.05)


Promised = tuple[Walker, Held, list[tuple[float, Held]]]


async def _brought_back(
    folder: Path, copies: Path, key: Path, promised: Sequence[Promised], wrecked_s: float, seconds: float
) -> Drill:
    began_s = time.monotonic()
    url = f"sqlite:///{folder / 'restored.db'}"
    restored = await asyncio.to_thread(restore, copies, url, key_from(key))
    found = {walker.device_id: _stored(url, walker) for walker, _, _ in promised}
    server = Served(folder, url, "again")
    await asyncio.to_thread(server.start)
    took_s = time.monotonic() - began_s
    lost = sum(told.count - _common(told, set(found[walker.device_id])) for walker, told, _ in promised)
    late_s = max(
        (_oldest_lost_s(made, set(found[w.device_id]), wrecked_s) for w, _, made in promised), default=0.0
    )
    changed = sum(
        event != w.log[seq - 1] for w, _, _ in promised for seq, event in found[w.device_id].items()
    )
    try:
        for walker, _, _ in promised:
            walker.told, walker.lost = Held(), 0  # a device sends what the server says it does not hold
        await asyncio.gather(*(walker.drain(server.port) for walker, _, _ in promised))
    finally:
        server.stop()
    whole = sum(len(walker.log) - len(_stored(url, walker)) for walker, _, _ in promised)
    return Drill(
        devices=len(promised),
        seconds=seconds,
        acked=sum(told.count for _, told, _ in promised),
        restored=sum(map(len, found.values())),
        lost_acked=lost,
        rpo_s=round(late_s, 2),
        rto_s=round(took_s, 2),
        restore_s=restored.took_s,
        changed=changed,
        checksums_equal=changed == 0,
        segments=restored.segments,
        copy_mb=round(sum(path.stat().st_size for path in copies.rglob("*") if path.is_file()) / 1e6, 1),
        lost_after_resend=whole,
    )


def _stored(url: str, walker: Walker) -> dict[int, object]:
    engine = create_engine(url)
    query = select(events.c.seq, events.c.body).where(events.c.log_id.in_(logs_of(walker.device_id)))
    try:
        with engine.connect() as connection:
            return {row.seq: EVENT.decode(row.body) for row in connection.execute(query)}
    finally:
        engine.dispose()


def _common(told: Held, there: set[int]) -> int:
    return sum(told.has(seq) for seq in there)


def _oldest_lost_s(made: Sequence[tuple[float, Held]], there: set[int], end_s: float) -> float:
    """How long before `end_s` the first promise was made that `there` does not keep; 0: all are kept."""
    for at_s, told in made:
        if _common(told, there) < told.count:
            return max(end_s - at_s, 0.0)
    return 0.0
