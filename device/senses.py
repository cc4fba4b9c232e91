"""What goes into one step of the companion and what comes out of it: plain frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from device.announcements import Announcement, Lang, Verbosity
from device.battery import BatteryNews
from device.controls.gestures import Press
from device.facts import Nearby
from device.policy import Earcon, Urgency
from device.ports import Playback
from device.rerouting import RerouteAnswer, RerouteRequest
from device.words import Rendered
from routing.geo import Point
from vision.types import Scene
from wire.position import Fix
from wire.route import Name, Place, Route
from wire.trip import Happening, Part
from wire.uplink import NoticeKind

# The wearer may have fallen; has fallen, or has taken the glasses off; is up again, or has them on.
Fall = Literal["", "fell", "laid", "up"]
# Why there is no plan: nobody knows where the wearer is; the place, or the goal, is not on the map; no map is
# there; no way leads there; the planner failed.
PlanFailure = Literal["no_position", "outside_map", "goal_outside_map", "no_map", "none_found", "failed"]
# What became of the newest call for help: on this device's disk; with the server.
SosState = Literal["", "stored", "sent"]
# Of the phone's page, as `PhoneState.event`.
PhoneEvent = Literal["", "paired", "refused", "second", "left", "back"]


@dataclass(frozen=True, slots=True)
class Choices:
    """What the wearer may change on the way. `rate`: as a factor of normal."""

    verbosity: Verbosity = "normal"
    rate: float = 1.0
    volume_db: float = 0.0


@dataclass(frozen=True, slots=True)
class Settings:
    """The wearer's choices and what is worn."""

    lang: Lang = "ja"
    verbosity: Verbosity = "normal"  # at first: the menu changes it
    clock: bool = False  # clock positions instead of left and right
    shared: bool = False  # a caregiver sees this trip
    camera: bool = True  # a camera is expected: its absence is a fault
    reroute: bool = False  # somebody answers a `Turn.reroute`
    # What the menu offers of a device that is worn all day
    rate: float = 1.0
    volume_db: float = 0.0
    places: tuple[Place, ...] = ()  # saved destinations, the most used first
    phone: bool = False  # a phone can be paired
    server: bool = False  # there is somebody to send a call for help to
    silent: tuple[tuple[date, date], ...] = ()  # days of a trial on which the device only logs


@dataclass(frozen=True, slots=True)
class Health:
    """A part that the rim saw fail or come back; `reason` as in `device.announcements.Fault`."""

    part: Part
    healthy: bool
    reason: str = ""
    detail: str = ""  # for the log, not spoken


@dataclass(frozen=True, slots=True)
class BeginTrip:
    """The rim has set up a trip: it begins now, along `route` or, without one, as a walk.

    `resumed`: the device began anew, and the walk goes on where it was. `known`: the server has the route, so
    that the log need not carry it. `shared`: whoever set the trip up knows that somebody follows it; where
    nobody told, as on a device that sets up its own trips, nothing is said of it.
    """

    trip_id: str
    route: Route | None = None
    resumed: bool = False
    shared: bool = False
    known: bool = False


@dataclass(frozen=True, slots=True)
class PlanAnswer:
    """To the `PlanWanted` of that number: the route, or why there is none on the map `map_name`.

    `off_km`: how far the place is from that map, where it lies outside it.
    """

    number: int
    route: Route | None = None
    failure: PlanFailure = "failed"  # where there is no route
    map_name: str = ""
    off_km: float | None = None


@dataclass(frozen=True, slots=True)
class AroundAnswer:
    """To the `AroundWanted` of that number: the street, and a named place near; None: not on the map."""

    number: int
    street: Name | None = None
    nearby: Nearby | None = None


@dataclass(frozen=True, slots=True)
class Noticed:
    """What the server tells (`wire.uplink.Notice`); of no use from monotonic second `until_s` on."""

    id: str
    kind: NoticeKind
    until_s: float
    name: str = ""
    count: int = 0
    trip_id: str = ""  # "": of the one that is under way


@dataclass(frozen=True, slots=True)
class Senses:
    """What came in since the last step."""

    now_s: float
    utc_s: float
    fixes: tuple[Fix, ...] = ()
    scene: Scene | None = None
    health: tuple[Health, ...] = ()
    playback: Playback = field(default_factory=Playback)
    frame: bool = False  # a picture came, looked at or not yet; where none is told of, scenes count
    path_closed: bool = False  # the wearer says so
    rerouted: RerouteAnswer | None = None  # to an earlier `Turn.reroute`
    # Of a device that is worn all day
    ready: bool = False  # the parts are up, as far as they will be: told once
    presses: tuple[Press, ...] = ()  # of all buttons together, in order
    begin: BeginTrip | None = None
    planned: PlanAnswer | None = None  # to an earlier `Turn.plan`
    sos: SosState = ""  # news of the newest `Sos` in `Turn.happenings`
    phone: PhoneEvent = ""  # news
    code: str = ""  # a new pairing code, after `Turn.code`
    around: AroundAnswer | None = None  # to an earlier `Turn.around`
    heading_deg: float | None = None  # where the wearer faces, from a compass, degrees from true north
    ending: bool = False  # the device will be stopped on purpose: a farewell, and nothing more
    notices: tuple[Noticed, ...] = ()  # what the server tells, each once
    fall: Fall = ""
    battery: BatteryNews | None = None


@dataclass(frozen=True, slots=True)
class Say:
    """Play this now: the words of this moment, in the wearer's language for the voice.

    Words without a letter for the voice: the earcon is all.
    """

    utterance: int
    earcon: Earcon
    urgency: Urgency
    words: Mapping[Lang, Rendered]
    announcement: Announcement


@dataclass(frozen=True, slots=True)
class Hush:
    """Silence this utterance now."""

    utterance: int


@dataclass(frozen=True, slots=True)
class PlanWanted:
    """For the rim: plan on foot from `origin` to `destination` without holding up the next step."""

    number: int
    origin: Point
    destination: Place
    utc_s: float


@dataclass(frozen=True, slots=True)
class AroundWanted:
    """For the rim: what the device's own map has at this point, without holding up the next step."""

    number: int
    point: Point


@dataclass(frozen=True, slots=True)
class BeginWanted:
    """For the rim: set up a trip along `route`, or a walk without one, and answer by `Senses.begin`."""

    route: Route | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """What to do and what to log after one step."""

    commands: tuple[Say | Hush, ...]
    happenings: tuple[Happening, ...]
    reroute: RerouteRequest | None = None  # plan this without holding up the next step
    plan: PlanWanted | None = None
    around: AroundWanted | None = None
    begin: BeginWanted | None = None
    ended: bool = False  # the trip is over; its last event is among the happenings
    code: bool = False  # a new pairing code is wanted
    choices: Choices | None = None  # the wearer chose otherwise: to keep, and to tell the speech part
