"""The log part: what happened goes to the disk, from there to the server; runs are recorded.

Clients of its door hand over `Store` and `Record…`, and hear `Stored` when a packet is on the disk, and
`LogState`. A packet that was written, or waits, is not taken again. One that comes too early, or while the
memory is full, is not taken: the connection is ended, and the client that comes back begins after the last
one that was stored.
"""

import contextlib
import threading
from collections.abc import Callable
from typing import Final

from device.config import DeviceConfig
from device.device_key import DeviceKey
from device.errors import UplinkError
from device.log.recording import Recording
from device.log.writer import LogWriter, SosWritten
from device.outbox import Outbox
from device.parts.bell import Bell
from device.parts.channel import Door
from device.parts.messages import FROM_LOG, TO_LOG, FromLog, LogState, NoticeCame, Store, Stored, ToLog
from device.parts.part import BEAT_EVERY_S, Part
from device.ports import Clock
from device.uplink import Pace, Uplink
from device.uplink_address import uplink_url
from wire.uplink import Notice

_TELL_EVERY_S: Final = 1.0
# Beside the recorder and the maps: three weeks of walks.
_MOST_BYTES: Final = 512 * 1024 * 1024


def serve(part: Part, pace: Pace | None = None) -> None:
    """Take in, write and send until the part is to end. `pace`: of the uplink."""
    with contextlib.ExitStack() as stack:
        bell = Bell()
        stack.callback(bell.close)
        door: Door[ToLog, FromLog] = Door(part.socket("log"), TO_LOG, FROM_LOG)
        stack.callback(door.close)
        recording = Recording(part.config.record.keep)
        stack.callback(recording.close)
        writer = LogWriter(part.config.data / "outbox.sqlite", bell.ring, max_bytes=_MOST_BYTES)
        stack.callback(writer.close)
        link = _Link(part.config, part.clock, pace, bell.ring)
        stack.callback(link.close)
        _Desk(part, door, writer, recording, link).work(bell)


class _Desk:
    """The loop: between the door and those who write and send. It never waits for either."""

    def __init__(
        self, part: Part, door: Door[ToLog, FromLog], writer: LogWriter, recording: Recording, link: "_Link"
    ) -> None:
        self._part = part
        self._door = door
        self._writer = writer
        self._recording = recording
        self._link = link
        self._told: dict[str, int] = {}
        self._state: LogState | None = None
        self._clients: frozenset[int] = frozenset()

    def work(self, bell: Bell) -> None:
        while not self._part.ending.is_set():
            bell.wait(self._door.filenos(), BEAT_EVERY_S / 2)
            for client, told in self._door.poll():
                self._take(client, told)
            self._answer()
            self._tell()
            self._link.follow(self._writer.outbox)
            # What stands still is started anew by who watches this part. A disk that does not answer is told
            # instead: another process would wait for it too.
            if self._writer.works() and self._recording.works() and self._link.works():
                self._part.beat()

    def _take(self, client: int, told: ToLog) -> None:
        if not isinstance(told, Store):
            self._recording.take(told)
            return
        match self._writer.offer(told):
            case "known":
                written = self._writer.written().get(told.sender, 0)
                self._door.send(Stored(told.sender, written), to=client)
            case "again":
                self._door.drop(client)

    def _answer(self) -> None:
        written = self._writer.written()
        for sender, number in written.items():
            if self._told.get(sender) != number:
                self._door.send(Stored(sender, number))
        self._told = written

    def _tell(self) -> None:
        now_s, before = self._part.clock.now_s(), self._state
        writing, fault = self._writer.state(), self._recording.fault
        up, detail, refused, pending = self._link.state()
        state = LogState(
            t_s=now_s,
            link_up=up,
            link_detail=detail,
            refused=refused,
            pending=pending + writing.waiting,
            storing=writing.storing,
            recording=not fault,
            detail=writing.detail or fault,
            delivered=self._link.delivered(self._writer.sos),
        )
        new = self._door.clients - self._clients
        self._clients = self._door.clients
        self._pass_on(new, now_s)
        if new or before is None or _differs(state, before) or now_s - before.t_s >= _TELL_EVERY_S:
            self._state = state
            self._door.send(state)

    def _pass_on(self, clients: frozenset[int], now_s: float) -> None:
        """What the server tells: what is new to all, what is of use still to who has just come."""
        new, held = self._link.mail.held(now_s)
        for client in clients:
            for came in held:
                self._door.send(came, to=client)
        for came in new:
            for client in self._clients - clients:
                self._door.send(came, to=client)


class _Mail:
    """What the server tells the wearer, for as long as it is of use. Written to by the uplink's thread."""

    def __init__(self, now_s: Callable[[], float], woken: Callable[[], None]) -> None:
        self._now_s, self._woken = now_s, woken
        self._lock = threading.Lock()
        self._held: dict[str, NoticeCame] = {}
        self._new: list[NoticeCame] = []

    def take(self, notice: Notice) -> None:
        """It came; the same one may come again with each connection."""
        until_s = self._now_s() + notice.left_s
        came = NoticeCame(notice.id, notice.kind, until_s, notice.name, notice.count, notice.trip_id)
        with self._lock:
            if notice.id in self._held:
                return
            self._held[notice.id] = came
            self._new.append(came)
        self._woken()

    def held(self, now_s: float) -> tuple[tuple[NoticeCame, ...], tuple[NoticeCame, ...]]:
        """What is new since the last call, and all that is of use still."""
        with self._lock:
            self._held = {key: came for key, came in self._held.items() if came.until_s > now_s}
            new, self._new = tuple(self._new), []
            return new, tuple(self._held.values())


class _Link:
    """The uplink of the log that is open now; none where no server is configured."""

    def __init__(
        self, config: DeviceConfig, clock: Clock, pace: Pace | None, woken: Callable[[], None]
    ) -> None:
        self._server = config.server
        self._key = DeviceKey(config.server, config.data, clock.utc_s)
        self.mail = _Mail(clock.now_s, woken)
        self._utc_s = clock.utc_s
        self._pace = pace
        self._outbox: Outbox | None = None
        self._uplink: Uplink | None = None
        self._fault = ""
        self._tried = False

    def follow(self, outbox: Outbox | None) -> None:
        """Send from this log from now on."""
        if outbox is self._outbox or self._server.url is None:
            return
        # Not waited for: a log whose disk fails is opened anew every few seconds, and this loop has to beat.
        gone, self._uplink = self._uplink, None
        if gone is not None:
            threading.Thread(target=gone.close, name="uplink-end", daemon=True).start()
        self._outbox = outbox
        if outbox is None:
            return
        try:
            url = uplink_url(self._server.url)
        except UplinkError as error:
            self._fault = str(error)
            return
        self._uplink = Uplink(
            url,
            self._key.read,
            outbox,
            pace=self._pace,
            utc_s=self._utc_s,
            tell=self.mail.take,
            greeted=self._key.accepted,
            refused=self._key.refused,
        ).start()

    def works(self) -> bool:
        """Whether the uplink goes round, where there is one."""
        return self._uplink is None or self._uplink.works()

    def state(self) -> tuple[bool | None, str, bool, int]:
        """Up (None: not tried yet, or there is no server), why not, refused, events that wait."""
        outbox, uplink = self._outbox, self._uplink
        if uplink is None:
            pending = 0 if outbox is None else outbox.last_seq - outbox.acked_seq
            return (False if self._fault else None), self._fault, False, pending
        state = uplink.state()
        self._tried = self._tried or state.connected or state.last_error is not None
        up = state.connected if self._tried else None
        return up, state.last_error or "", state.refused, state.pending

    def delivered(self, sos: SosWritten | None) -> tuple[tuple[str, int], ...]:
        """The packets up to the newest call for help, where the server has that."""
        there = sos is not None and self._uplink is not None and self._uplink.has(sos.boot, sos.seq)
        return sos.numbers if sos is not None and there else ()

    def close(self) -> None:
        """End the uplink; safe to call twice."""
        uplink, self._uplink = self._uplink, None
        if uplink is not None:
            uplink.close()


def _differs(state: LogState, before: LogState) -> bool:
    """How much waits changes all the time: told once a second is enough."""
    return _how(state) != _how(before)


def _how(state: LogState) -> tuple[object, ...]:
    how = state.link_up, state.refused, state.storing, state.recording, state.link_detail
    return (*how, state.delivered)
