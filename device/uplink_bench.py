"""The link comes back after hours: how long does the backlog take, and how late is what happens meanwhile.

A real server in a process of its own, the real log part in another, a log that filled up while there was no
link. Then the link is there, and events go on to happen, two in a second. Each way of sending gets its own
server and log: `ahead` (the newest go ahead, the backlog beside them) and `in_order` (as it was before
protocol 3). `kbit` bounds what passes each way, as a mobile network does.
"""

import json
import multiprocessing
import secrets
import sqlite3
import tempfile
import time
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from device.clocks import SystemClock
from device.config import DeviceConfig, ServerConfig
from device.demo.backstage import Backstage
from device.errors import UplinkError
from device.outbox import Outbox
from device.parts import log
from device.parts.part import Part
from device.parts.remote import RemoteLog
from device.uplink import Pace
from device.uplink_cost import Cost, happening
from device.uplink_lanes import AHEAD
from device.uplink_throttle import Throttle

LIVE_EVERY_S: Final = 0.5
DELIVERED_WITHIN_S: Final = 300.0
LIVE_WITHIN_S: Final = 2.0
_GIVE_UP_S: Final = 900.0
_TRIPS: Final = 12  # in the hours without a link


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one way of sending did. Seconds from the link's return; delays of events that happened after it."""

    way: str
    events: int  # that waited
    backlog_s: float
    live_events: int
    live_worst_s: float
    live_p50_s: float
    newest_known_s: float  # until the server knew the newest position
    lost: int
    doubled: int
    out_of_order: int  # of the backlog, beside the beginnings of trips, which go first

    def met(self) -> bool:
        """Whether it is good enough."""
        right = self.lost == self.doubled == self.out_of_order == 0
        return right and self.backlog_s <= DELIVERED_WITHIN_S and self.live_worst_s <= LIVE_WITHIN_S


def measure(way: str, offline_hours: float, events: int, kbit: int = 0) -> Outcome:
    """Fill a log, bring the link back, and look into the server's store as its events arrive."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        # The log part makes its sockets here, whose names may not be long.
        database = folder / "server.sqlite"
        server = Backstage(database, folder / "server.log")
        key = server.people().device_key
        _fill(folder / "data" / "outbox.sqlite", offline_hours, events)
        server.start()
        stack.callback(server.stop)
        link = stack.enter_context(Throttle("127.0.0.1", server.port, kbit))
        (folder / "key").write_text(key)
        return _deliver(way, folder, database, f"http://127.0.0.1:{link.port}", events)


def _fill(path: Path, hours: float, events: int) -> None:
    """The log of a device that was away: several walks, each with its beginning; one goes on."""
    path.parent.mkdir()
    now_s = SystemClock().utc_s()
    with Outbox(path) as outbox:
        for trip in range(_TRIPS):
            first, last = events * trip // _TRIPS, events * (trip + 1) // _TRIPS
            trip_id = secrets.token_hex(16)
            happened = [
                (now_s - 3600.0 * hours * (events - n) / events, happening(n, n == first, now_s))
                for n in range(first, last)
            ]
            outbox.append_many(trip_id, happened)


def _deliver(way: str, folder: Path, database: Path, url: str, events: int) -> Outcome:
    with Outbox(folder / "data" / "outbox.sqlite") as outbox:
        trip_id, boot = outbox.pending(events - 1, 1)[0].trip_id, outbox.boot
    part = Part("log", DeviceConfig(data=folder / "data", server=ServerConfig(url, folder / "key")), folder)
    process = multiprocessing.get_context("fork").Process(target=_serve, args=(part, way == "ahead"))
    process.start()
    try:
        return _watch(way, part, database, boot, trip_id, events)
    finally:
        process.terminate()
        process.join(15.0)


def _serve(part: Part, ahead: bool) -> None:
    part.end_on_signals()
    log.serve(part, Pace(ahead=ahead))


class _Walk:
    """What happens now: two events a second, each with the second at which it was handed over."""

    def __init__(self, part: Part, trip_id: str) -> None:
        self._log = RemoteLog(part, secrets.token_hex(8))
        self._trip_id = trip_id
        self.at_s: list[float] = []

    def step(self, now_s: float) -> None:
        self._log.poll()
        if self.at_s and now_s - self.at_s[-1] < LIVE_EVERY_S:
            return
        utc_s = SystemClock().utc_s()
        self._log.append_many(self._trip_id, ((utc_s, happening(0, False, utc_s)),))
        self.at_s.append(now_s)

    def stored(self) -> bool:
        """Whether all of it is on the device's disk."""
        self._log.poll()
        return self._log.unstored == 0

    def close(self) -> None:
        self._log.close()


def _watch(way: str, part: Part, database: Path, boot: str, trip_id: str, events: int) -> Outcome:
    """Look into the store twenty times a second; an event's delay is as fine as that."""
    began_s = time.monotonic()
    walk = _Walk(part, trip_id)
    seen_s: dict[int, float] = {}
    backlog_s = newest_s = None
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10.0)) as store:
        while True:
            now_s = time.monotonic()
            if now_s - began_s > _GIVE_UP_S:
                raise UplinkError(f"after {_GIVE_UP_S:.0f} s the backlog is not delivered")
            if backlog_s is None:
                walk.step(now_s)
            for (seq,) in store.execute(
                "SELECT seq FROM events WHERE boot = ? AND seq > ?", (boot, events)
            ).fetchall():
                seen_s.setdefault(seq, now_s)
            held = store.execute("SELECT acked FROM logs WHERE boot = ?", (boot,)).fetchone()
            if newest_s is None and _has_newest(store, boot, events):
                newest_s = now_s - began_s
            if backlog_s is None and held is not None and held[0] >= events:
                backlog_s = now_s - began_s
            if backlog_s is not None and walk.stored() and len(seen_s) == len(walk.at_s):
                break
            time.sleep(0.05)
        walk.close()
        rows = store.execute("SELECT seq, type FROM events WHERE boot = ? ORDER BY id", (boot,)).fetchall()
    delays = sorted(seen_s[events + n] - at_s for n, at_s in enumerate(walk.at_s, 1))
    seqs = [seq for seq, _ in rows]
    return Outcome(
        way,
        events,
        round(backlog_s, 2),
        len(delays),
        round(delays[-1], 3),
        round(delays[len(delays) // 2], 3),
        round(newest_s or 0.0, 2),
        len(set(range(1, events + len(delays) + 1)) - set(seqs)),
        len(seqs) - len(set(seqs)),
        _out_of_order([seq for seq, kind in rows if seq <= events and kind != "trip_started"], events),
    )


def _has_newest(store: sqlite3.Connection, boot: str, events: int) -> bool:
    query = "SELECT 1 FROM events WHERE boot = ? AND seq >= ? LIMIT 1"
    return store.execute(query, (boot, events - 4)).fetchone() is not None


def _out_of_order(seqs: list[int], events: int) -> int:
    """Steps back among what waited; the log's end, which goes ahead, is left out."""
    waited = [seq for seq in seqs if seq <= events - AHEAD]
    return sum(after < before for before, after in pairwise(waited))


def as_json(outcomes: list[Outcome], cost: Cost | None, hours: float, kbit: int) -> str:
    """For a program."""
    report: dict[str, Any] = {"offline_hours": hours, "kbit": kbit, "met": outcomes[0].met()}
    if cost is not None:
        report["cost"] = asdict(cost)
    return json.dumps(report | {outcome.way: asdict(outcome) for outcome in outcomes}, ensure_ascii=False)


def as_text(outcomes: list[Outcome], cost: Cost | None) -> str:
    """For a person."""
    names = [name for name in asdict(outcomes[0]) if name != "way"]
    head = f"{'':16}" + "".join(f"{outcome.way:>12}" for outcome in outcomes)
    rows = [f"{name:16}" + "".join(f"{getattr(o, name):>12}" for o in outcomes) for name in names]
    if cost is not None:
        rows += [f"{name:20}{value:>8}" for name, value in asdict(cost).items()]
    return "\n".join([head, *rows])
