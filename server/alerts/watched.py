"""What is known of one trip that is watched over, and what may follow from it. Values only.

Times are UTC seconds by this server's clock. `Place` is a place in the device's log: (log, seq).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from routing.geo import Local, distance_m
from server.alerts.words import Kind
from server.quick_line import QuickLine
from server.walk_state import Place, Walk, new_walk
from wire.base import value
from wire.position import Fix

# What is older than this when it arrives raises nothing but a call for help or a fall: it is not of now.
OLD_S: Final = 600.0

Why = Literal["help", "no_answer", "not_reached"]
OverWhy = Literal[
    "taken_back", "answered_ok", "moving", "contact", "on_route", "new_route", "charged", "worse",
    "crossed_back", "trip_ended", "another_trip",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Where:
    """A position, and when it was true."""

    lat: float
    lon: float
    accuracy_m: float | None
    utc_s: float | None


@dataclass(frozen=True, slots=True)
class Cry:
    """A call for help or a possible fall."""

    kind: Literal["sos", "fell"]
    place: Place
    utc_s: float
    where: Where | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a question."""

    place: Place
    utc_s: float
    answer: Literal["ok", "help", "no_answer"]


@dataclass(frozen=True, slots=True)
class Battery:
    """The device's newest word about its battery."""

    place: Place
    utc_s: float
    health: str


@dataclass(frozen=True, slots=True)
class Ground:
    """A round piece of ground: a zone, or (no name) one where it is nothing strange to stay."""

    id: str
    name: str
    lat: float
    lon: float
    radius_m: float
    on_enter: bool = False
    on_leave: bool = False

    def from_centre_m(self, fix: Fix) -> float:
        """Metres from its centre."""
        return distance_m((self.lat, self.lon), (fix.lat, fix.lon))


@dataclass(frozen=True, slots=True)
class Known:
    """An alert as it is stored. `at_s`: when what it tells of happened or began."""

    id: str
    kind: Kind
    key: str
    state: str
    raised_s: float
    changed_s: float
    at_s: float
    notice_id: str | None = None
    detail: Mapping[str, object] = field(default_factory=dict)
    over_why: str | None = None

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self.state == "over"


@dataclass(frozen=True, slots=True)
class Raise:
    """A new alert. `ask`: the wearer first; `over`: it is over already, and only noted."""

    kind: Kind
    key: str
    at_s: float
    where: Where | None
    detail: Mapping[str, object] = field(default_factory=dict)
    ask: bool = False
    over: OverWhy | None = None


@dataclass(frozen=True, slots=True)
class Open:
    """An alert about which the wearer was asked goes to people."""

    known: Known
    why: Why


@dataclass(frozen=True, slots=True)
class Over:
    """An alert has ended by itself."""

    known: Known
    why: OverWhy


Effect = Raise | Open | Over


@dataclass(frozen=True, slots=True)
class Trip:
    """What stays as it is while a trip is watched. `quiet` (practice, a phone's log): calls for help only."""

    id: str
    wearer_id: str
    device_id: str
    accepted_utc_s: float
    quiet: bool = False


@value
class Sample:
    """A good position in the plane of `Stillness`."""

    utc_s: float
    x: float
    y: float
    accuracy_m: float


@value
class Stand:
    """The wearer stays at about one place: its middle, and how far noise alone may carry a fix from it."""

    since_s: float
    x: float
    y: float
    radius_m: float


@value
class Stillness:
    """Whether the wearer moves, beyond the receiver's noise (`rule_still`)."""

    plane: Local | None = None  # around the first position
    samples: tuple[Sample, ...] = ()
    stand: Stand | None = None
    moved_s: float | None = None  # when movement was last seen


@value
class Beside:
    """How far from the route, while off it (`rule_route`)."""

    since_s: float
    recent_m: tuple[float, ...]
    least_m: float
    at_s: float


@value
class Side:
    """On which side of a zone's border the wearer is, and for how long the other one has been claimed."""

    inside: bool | None = None
    claimed: bool | None = None
    since_s: float = 0.0
    count: int = 0
    at_s: float | None = None  # of the newest claim
    crossed_s: float | None = None  # when the border was last crossed


@value
class Watch:
    """Everything known of one trip.

    `grounds`: the wearer's zones; `rests`: where staying is nothing strange (home, kept places, the
    destination). `listening_s`: before this moment nobody could be heard (the server was not running), so
    silence up to `rule_device.SETTLE_S` after it means nothing. `superseded`: the device has another outing.
    """

    trip: Trip
    walk: Walk
    cries: tuple[Cry, ...] = ()
    taken_back: Place | None = None  # the newest place at which calls for help were taken back
    on_foot: Place | None = None  # the newest place at which the wearer ended the outing, or arrived
    answers: Mapping[str, Answer] = field(default_factory=dict)  # by notice
    battery: Battery | None = None
    still: Stillness = Stillness()
    beside: Beside | None = None
    been_on: bool = False  # the route, since it is followed
    rerouted_s: float | None = None  # when the device said last that it follows another route
    grounds: tuple[Ground, ...] = ()
    sides: Mapping[str, Side] = field(default_factory=dict)  # by zone
    rests: tuple[Ground, ...] = ()
    alerts: Mapping[tuple[Kind, str], Known] = field(default_factory=dict)
    heard_late_s: float = 0.0  # how old the newest contact was when it came
    listening_s: float | None = None
    superseded: bool = False

    def of_kind(self, *kinds: Kind) -> list[Known]:
        """The alerts of some kinds that are not over."""
        return [known for known in self.alerts.values() if known.kind in kinds and not known.ended]

    def told_since(self, kind: Kind, since_s: float) -> list[Known]:
        """Alerts of a kind, over or not, about something that began then or later."""
        return [one for one in self.alerts.values() if one.kind == kind and one.raised_s >= since_s]

    @property
    def open(self) -> bool:
        """Whether an alert is not over, or a call for help stands that a page may have ended."""
        calls = self.walk.sos is not None and self.walk.sos.on
        return calls or any(not known.ended for known in self.alerts.values())

    @property
    def where(self) -> Where | None:
        """The newest position."""
        last = self.walk.last
        if last is None:
            return None
        return Where(last.fix.lat, last.fix.lon, last.fix.accuracy_m, last.utc_s)

    @property
    def resting(self) -> bool:
        """Whether the newest position is where staying is nothing strange."""
        last = self.walk.last
        return last is not None and any(rest.from_centre_m(last.fix) <= rest.radius_m for rest in self.rests)

    @property
    def ended(self) -> bool:
        """Whether a person has ended the outing, or the device is on another one."""
        return self.superseded or (self.walk.end is not None and self.walk.end.by_person)

    @property
    def stopped_s(self) -> float | None:
        """When the device stopped by itself and did not go on; None: it did not stop, or went on."""
        end, last = self.walk.end, self.walk.last
        if end is None or end.by_person or (last is not None and last.place > end.place):
            return None
        return end.utc_s


def new_watch(trip: Trip, line: QuickLine | None = None) -> Watch:
    """A trip of which nothing is known yet."""
    return Watch(trip, new_walk(trip.accepted_utc_s, line))
