"""A greeted conversation with a device: its events to the store, and what is stored then back to it.

Between the socket and the store nothing waits in a task of its own: what comes is read, checked and put into
the line of the ingest in one call, and acknowledged in the call that tells of the commit.
"""

import asyncio
from collections import deque
from typing import Final, Literal

from server.direct import Direct
from server.errors import ApiError, Forbidden
from server.group import Batch, Outcome
from server.ingest import Ingest
from wire.codec import FROM_DEVICE, FROM_SERVER
from wire.errors import WireError
from wire.held import Held
from wire.uplink import MAX_MESSAGE_BYTES, Ack, Events, FromServer, Hello, Refused

# Messages of one device that wait for their commit; then its connection is not read. A device that sends its
# backlog has two under way, one that walks has one.
_MOST_UNDER_WAY: Final = 4
Code = Literal["protocol", "malformed", "forbidden", "too_large", "unavailable"]


class RefusedError(Exception):
    """The conversation ends with this message."""

    def __init__(self, code: Code, ja: str, en: str) -> None:
        super().__init__(en)
        self.message = Refused(code=code, detail_ja=ja, detail_en=en)


class Talk:
    """One conversation. `ended` is given the reason where the server has to end it."""

    def __init__(self, socket: Direct, ingest: Ingest, device_id: str, boot: str) -> None:
        self.ended: asyncio.Future[RefusedError] = asyncio.get_running_loop().create_future()
        self._socket = socket
        self._ingest = ingest
        self._device_id = device_id
        self._boot = boot
        self._under_way = 0
        self._kept: deque[Batch] = deque()  # until the ingest has room

    def hear(self, text: bytes) -> None:
        """A message of the device."""
        if self.ended.done():
            return
        try:
            message = events_in(text, self._boot)
            self._store(Batch(self._device_id, self._boot, message.events, message.sent_utc_s))
        except RefusedError as refusal:
            self._end(refusal)

    def say(self, message: FromServer) -> None:
        """Tell the device something."""
        self._socket.say(FROM_SERVER.encode(message).encode())

    def _store(self, batch: Batch) -> None:
        self._under_way += 1
        if self._under_way >= _MOST_UNDER_WAY or self._ingest.full:
            self._socket.hold()
        if self._ingest.full or self._kept:
            self._kept.append(batch)
            self._ingest.when_room(self._store_kept)
        else:
            self._submit(batch)

    def _store_kept(self) -> None:
        if self.ended.done():
            return
        try:
            self._submit(self._kept.popleft())
        except RefusedError as refusal:
            self._end(refusal)

    def _submit(self, batch: Batch) -> None:
        try:
            self._ingest.submit(batch, self._stored)
        except ApiError as error:
            raise RefusedError("unavailable", error.ja, error.en) from None

    def _stored(self, outcome: Outcome) -> None:
        self._under_way -= 1
        if isinstance(outcome, Held):
            self.say(Ack(boot=self._boot, acked=outcome.acked, beyond=outcome.beyond))
        else:
            code: Code = "forbidden" if isinstance(outcome, Forbidden) else "unavailable"
            self._end(RefusedError(code, outcome.ja, outcome.en))
        if self._under_way < _MOST_UNDER_WAY and not self._kept:
            self._socket.go_on()

    def _end(self, refusal: RefusedError) -> None:
        if not self.ended.done():
            self.ended.set_result(refusal)
            self._kept.clear()
            self._socket.go_on()  # nothing of it is heard any more but the device's goodbye


def message_in(text: bytes) -> Hello | Events:
    """What the device says; `RefusedError` where it is too long or is not of the protocol."""
    if len(text) > MAX_MESSAGE_BYTES:
        raise RefusedError("too_large", "メッセージが大きすぎます。", "The message is too large.")
    try:
        return FROM_DEVICE.decode(text)
    except WireError as error:
        raise RefusedError("malformed", f"メッセージが読めません({error})。", f"{error}.") from None


def events_in(text: bytes, boot: str) -> Events:
    """Events of the log that was greeted with; `RefusedError` for all else."""
    message = message_in(text)
    if not isinstance(message, Events):
        raise RefusedError("protocol", "hello は一度だけです。", "hello is said once.")
    for event in message.events:
        if event.boot != boot:
            raise RefusedError(
                "malformed", "boot があいさつと違います。", "An event's boot is not the one of the greeting."
            )
    return message
