"""What happened on an outing, told by the device in order, each event once.

An event's identity is (device, boot, seq): `boot` is new each time the device's log starts anew,
`seq` counts from 1 without gaps, and is the order: `utc_s` is a clock's, which may have been wrong before the
first satellites. The server keeps each once, so that sending again is harmless; acknowledging
means "durably stored".
"""

from typing import Annotated, Literal

from pydantic import Field

from wire.base import message
from wire.position import Fix
from wire.route import Route

Urgency = Literal["info", "guidance", "caution", "hazard", "stop"]
# partial: the tail was cut off; expired: too old when its turn came; duplicate: said already.
Outcome = Literal["spoken", "preempted", "expired", "duplicate", "failed"]
Part = Literal[
    "camera", "model", "position", "speech", "uplink", "recorder", "board", "imu", "guidance", "buttons",
    "battery",
]  # fmt: skip


@message
class TripStarted:
    """The wearer set out: along a route, or (no `route_id`) without one, for a walk.

    `route`: in full where the device planned it by itself. The trip's id is then the device's own, and this
    event makes the trip known to the server.
    """

    type: Literal["trip_started"] = "trip_started"
    route_id: str | None
    practice: bool
    route: Route | None = None


@message
class Moved:
    """A position fix."""

    type: Literal["moved"] = "moved"
    fix: Fix


@message
class Announced:
    """What became of one announcement."""

    type: Literal["announced"] = "announced"
    kind: str
    key: str
    urgency: Urgency
    outcome: Outcome
    text_ja: str
    text_en: str
    created_s: float  # UTC
    started_s: float | None = None  # first sample; None where it never sounded
    ended_s: float | None = None
    lat: float | None = None
    lon: float | None = None


@message
class HealthChanged:
    """A part of the device began to fail or came back."""

    type: Literal["health_changed"] = "health_changed"
    part: Part
    health: Literal["ok", "warn", "error", "stale"]
    detail: str = ""


@message
class Rerouted:
    """From here on another route is followed. `route`: in full where the device planned it by itself."""

    type: Literal["rerouted"] = "rerouted"
    route_id: str
    reason: Literal["off_route", "path_closed"]
    route: Route | None = None


@message
class Sos:
    """The wearer calls for help, or takes it back. Where: the newest position, if there is one."""

    type: Literal["sos"] = "sos"
    state: Literal["raised", "cancelled"]
    lat: float | None = None
    lon: float | None = None
    accuracy_m: float | None = None
    fix_utc_s: float | None = None


@message
class Fell:
    """The wearer may have fallen: the head was suddenly low or aslant, and stayed so without a step."""

    type: Literal["fell"] = "fell"
    lat: float | None = None
    lon: float | None = None
    accuracy_m: float | None = None
    fix_utc_s: float | None = None


@message
class Answered:
    """What became of something that the server had told the wearer (`wire.uplink.Notice`).

    heard: it was spoken to its end. ok, help: the wearer's own answer to a question. no_answer: it was asked
    aloud, and the time for the answer is over.
    """

    type: Literal["answered"] = "answered"
    notice_id: str
    answer: Literal["heard", "ok", "help", "no_answer"]


@message
class TripEnded:
    """The trip is over. `arrived` says whether the destination was reached."""

    type: Literal["trip_ended"] = "trip_ended"
    arrived: bool
    reason: Literal["arrived", "wearer", "device_stopped"]


Happening = Annotated[
    TripStarted | Moved | Announced | HealthChanged | Rerouted | Sos | Fell | Answered | TripEnded,
    Field(discriminator="type"),
]


@message
class TripEvent:
    """One happening in a trip's log."""

    boot: str
    seq: Annotated[int, Field(ge=1, lt=2**53)]  # exact in every JSON reader
    trip_id: str
    utc_s: float  # the device's clock when it was logged
    what: Happening
