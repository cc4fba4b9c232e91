"""The conversation over the WebSocket `/api/v1/uplink` (JSON text frames).

device: Hello -> server: Welcome -> device: Events* <-> server: Ack*; either may send Refused and close.
The device key travels in the `Authorization: Bearer` header of the handshake, never in a message.
"""

from typing import Annotated, Literal

from pydantic import Field

from wire.base import message
from wire.trip import TripEvent

PROTOCOL = 2  # 2: a trip that follows a new route; choices, and more facts of crossings and ways, in routes
UPLINK_PATH = "/api/v1/uplink"
MAX_BATCH = 200  # events in one message: about 100 kB, acknowledged together by one commit
MAX_MESSAGE_BYTES = 1_000_000


@message
class Hello:
    """The device greets: which protocol it speaks and which log it wants to send from."""

    type: Literal["hello"] = "hello"
    protocol: int = PROTOCOL
    boot: str


@message
class Welcome:
    """The server answers: it holds every event of `boot` up to and including `acked` (0: none)."""

    type: Literal["welcome"] = "welcome"
    protocol: int = PROTOCOL
    acked: Annotated[int, Field(ge=0)]


@message
class Events:
    """Events in order of seq; those already stored are skipped, not refused."""

    type: Literal["events"] = "events"
    events: Annotated[tuple[TripEvent, ...], Field(min_length=1, max_length=MAX_BATCH)]


@message
class Ack:
    """Everything of `boot` up to `acked`, without gaps, is on the disk."""

    type: Literal["ack"] = "ack"
    boot: str
    acked: Annotated[int, Field(ge=0)]


@message
class Refused:
    """Why the conversation ends, in words for the person who reads the log."""

    type: Literal["refused"] = "refused"
    code: Literal["protocol", "malformed", "forbidden", "too_large", "unavailable"]
    detail_ja: str
    detail_en: str


FromDevice = Annotated[Hello | Events, Field(discriminator="type")]
FromServer = Annotated[Welcome | Ack | Refused, Field(discriminator="type")]
