"""The conversation over the WebSocket `/api/v1/uplink` (JSON text frames).

device: Hello -> server: Welcome -> device: Events* <-> server: Ack*, Notice*; either may send Refused and
close. Where a network lets no WebSocket through, POST /api/v1/uplink/events takes a Batch and gives a
BatchAnswer: the same conversation, one request at a time.
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
# 4: notices from the server and their answers; possible falls; the battery
PROTOCOL = 4
OLDEST_PROTOCOL = 3  # a server speaks with devices back to this one; each speaks the lower of the two
UPLINK_PATH = "/api/v1/uplink"
BATCH_PATH = "/api/v1/uplink/events"
MAX_BOOT = 64  # characters; a random id has 32
MAX_BATCH = 200  # events in one message: about 60 kB, acknowledged together by one commit
MAX_MESSAGE_BYTES = 1_000_000

NoticeKind = Literal["are_you_ok", "link_opened", "watching", "sos_sent", "sos_seen"]
Acked = Annotated[int, Field(ge=0)]
Seq = Annotated[int, Field(ge=1)]
Ranges = Annotated[tuple[tuple[Seq, Seq], ...], Field(max_length=MAX_RANGES)]


@message
class Hello:
    """The device greets: which protocol it speaks and which log it wants to send from."""

    type: Literal["hello"] = "hello"
    protocol: int = PROTOCOL
    boot: str  # 1 to MAX_BOOT characters


@message
class Welcome:
    """The server answers: it holds every event of `boot` up to `acked` (0: none), and those in `beyond`."""

    type: Literal["welcome"] = "welcome"
    protocol: int = PROTOCOL  # that both speak from here on
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
class Notice:
    """Something that the server tells the wearer, in the device's own words for `kind`.

    Sent again with each connection until an `Answered` for it is stored or its time is over: a device says
    each `id` once. are_you_ok: a question, answered by a button. link_opened, watching: `name` looks at the
    trip. sos_sent: the call went to `count` people, and none has taken it (0: it has reached nobody);
    `name`: who had taken it before, and is gone. sos_seen: `name` has taken the call. Of these two the newest
    is true, whatever was said before.
    """

    type: Literal["notice"] = "notice"
    id: Annotated[str, Field(min_length=1, max_length=64)]
    kind: NoticeKind
    trip_id: str
    name: Annotated[str, Field(max_length=100)] = ""
    count: Annotated[int, Field(ge=0)] = 0
    left_s: Annotated[float, Field(gt=0.0)]  # until it is of no use any more, from now


@message
class Refused:
    """Why the conversation ends, in words for the person who reads the log."""

    type: Literal["refused"] = "refused"
    code: Literal["protocol", "malformed", "forbidden", "too_large", "unavailable"]
    detail_ja: str
    detail_en: str


@message
class Batch:
    """Greeting and events in one request; without events it asks what the server holds and has to say."""

    protocol: int = PROTOCOL
    boot: Annotated[str, Field(min_length=1, max_length=MAX_BOOT)]
    events: Annotated[tuple[TripEvent, ...], Field(max_length=MAX_BATCH)] = ()
    sent_utc_s: float | None = None


@message
class BatchAnswer:
    """As `Ack`, with the notices that wait; each request gets them again until they are answered."""

    protocol: int = PROTOCOL  # that both speak
    boot: str
    acked: Acked
    beyond: Ranges = ()
    notices: tuple[Notice, ...] = ()


FromDevice = Annotated[Hello | Events, Field(discriminator="type")]
FromServer = Annotated[Welcome | Ack | Notice | Refused, Field(discriminator="type")]
