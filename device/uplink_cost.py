"""What a walk costs the network and the card: a real server, a real log, bytes and commits counted."""

import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from device.clocks import SystemClock
from device.demo.backstage import Backstage
from device.log.writer import LogWriter
from device.parts.messages import Store
from device.uplink import Uplink
from device.uplink_address import uplink_url
from device.uplink_pulse import BUSY_FOR_S
from device.uplink_throttle import Throttle
from wire.position import Fix
from wire.trip import Announced, Happening, Moved, TripStarted

_WALK: Final = "0" * 32  # a trip's id


@dataclass(frozen=True, slots=True)
class Cost:
    """What a walk costs the network, with TLS, TCP and IP, and the card."""

    walk_s: float
    walking_kb_an_hour: int
    idle_kb_an_hour: int
    commits_a_minute: float


def happening(number: int, first: bool, utc_s: float) -> Happening:
    """A walk as the log knows it: its beginning, positions, and now and then something that was said."""
    if first:
        return TripStarted(route_id=None, practice=True)
    if number % 5 == 4:
        return Announced(
            kind="obstacle",
            key=f"obstacle/{number}",
            urgency="caution",
            outcome="spoken",
            text_ja="右、2メートルに自転車",
            text_en="Bicycle, right, 2 metres",
            created_s=utc_s,
        )
    lat = 33.2334 + number * 1e-6
    return Moved(fix=Fix(utc_s=utc_s, lat=lat, lon=131.6066, accuracy_m=5.0, speed_mps=1.1, course_deg=4.0))


def cost_of(seconds: float) -> Cost:
    """Walk for so long, then do nothing for so long; what it cost the network and the card."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = Backstage(folder / "server.sqlite", folder / "server.log")
        key = server.people().device_key
        server.start()
        stack.callback(server.stop)
        link = stack.enter_context(Throttle("127.0.0.1", server.port))
        writer = LogWriter(folder / "outbox.sqlite")
        stack.callback(writer.close)
        while writer.outbox is None:
            time.sleep(0.01)
        url = uplink_url(f"http://127.0.0.1:{link.port}")
        uplink = stack.enter_context(Uplink(url, key, writer.outbox))
        uplink.wait_until(lambda state: state.connected, 30.0)
        before, commits = link.carried, writer.commits
        for number in range(round(seconds)):
            _step(writer, number)
            time.sleep(1.0)
        walked, written = link.carried - before, writer.commits - commits
        time.sleep(BUSY_FOR_S)
        before = link.carried
        time.sleep(seconds)
        idle = link.carried - before
    hour = 3600.0 / seconds / 1000.0
    return Cost(seconds, round(walked * hour), round(idle * hour), round(written * 60.0 / seconds, 1))


def _step(writer: LogWriter, number: int) -> None:
    """One second of a walk: a position, and every fourth time something was said."""
    utc_s = SystemClock().utc_s()
    happened = [happening(0, number == 0, utc_s)]
    if number % 4 == 3:
        happened.append(happening(4, False, utc_s))
    writer.offer(Store("walk", number + 1, _WALK, tuple((utc_s, what) for what in happened)))
