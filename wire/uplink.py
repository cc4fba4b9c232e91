"""The conversation over the WebSocket `/api/v1/uplink` (JSON text frames).

device: Hello -> server: Welcome -> device: Events* <-> server: Ack*; either may send Refused and close.
The device key travels in the `Authorization: Bearer` header of the handshake, never in a message.

After hours without a network the newest events go ahead of what waits: the server stores each identity once,
in any order, and says in each answer what it holds: everything up to a number, and the ranges beyond it.
The order of a log is that of `seq`, never that of arrival nor of a clock.
"""

from typing import Annotated, Literal

from pydantic import Field

from wire.base import message
from wire.held import MAX_RANGES
from wire.trip import TripEvent

# 2: a trip that follows a new route; choices, and more facts of crossings and ways, in routes
# 3: events in any order, answers with ranges; trips and routes that the device made by itself; SOS
PROTOCOL = 3
UPLINK_PATH = "/api/v1/uplink"
MAX_BATCH = 200  # events in one message: about 60 kB, acknowledged together by one commit
MAX_MESSAGE_BYTES = 1_000_000

Acked = Annotated[int, Field(ge=0)]
Seq = Annotated[int, Field(ge=1)]
Ranges = Annotated[tuple[tuple[Seq, Seq], ...], Field(max_length=MAX_RANGES)]


@message
class Hello:
    """The device greets: which protocol it speaks and which log it wants to send from."""

    type: Literal["hello"] = "hello"
    protocol: int = PROTOCOL
    boot: str


@message
class Welcome:
    """The server answers: it holds every event of `boot` up to `acked` (0: none), and those in `beyond`."""

    type: Literal["welcome"] = "welcome"
    protocol: int = PROTOCOL
    acked: Acked
    beyond: Ranges = ()


@message
class Events:
    """Events of one log in any order; those already stored are skipped, not refused.

    `sent_utc_s`: the device's clock now. Beside each event's own second it tells how long that one waited,
    also where the clock is wrong.
    """

    type: Literal["events"] = "events"
    events: Annotated[tuple[TripEvent, ...], Field(min_length=1, max_length=MAX_BATCH)]
    sent_utc_s: float | None = None


@message
class Ack:
    """Everything of `boot` up to `acked` without gaps, and what is in `beyond`, is on the disk."""

    type: Literal["ack"] = "ack"
    boot: str
    acked: Acked
    beyond: Ranges = ()


@message
class Refused:
    """Why the conversation ends, in words for the person who reads the log."""

    type: Literal["refused"] = "refused"
    code: Literal["protocol", "malformed", "forbidden", "too_large", "unavailable"]
    detail_ja: str
    detail_en: str


FromDevice = Annotated[Hello | Events, Field(discriminator="type")]
FromServer = Annotated[Welcome | Ack | Refused, Field(discriminator="type")]
