"""What the answers to the wearer are about: values, no words (`device.words` makes the words)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from routing.cues import Cue
from vision.types import Hazard
from wire.route import Name
from wire.trip import Part


@dataclass(frozen=True, slots=True)
class Plain:
    """Told in the same words whatever the moment."""


@dataclass(frozen=True, slots=True)
class Ready:
    """The device is up: what does not work, and whether the position is known yet."""

    lost: tuple[Part, ...] = ()
    located: bool = False


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button; `touch` as in `device.controls.gestures.Touch`."""

    button: int
    touch: str = ""


@dataclass(frozen=True, slots=True)
class Nearby:
    """A named place: how far as the crow flies, and at which true bearing."""

    name: Name
    distance_m: float
    bearing_deg: float


@dataclass(frozen=True, slots=True)
class WhereNow:
    """Where the wearer is, as far as it is known. `age_s`: since the last position; None: there was none."""

    located: bool
    age_s: float | None = None
    accuracy_m: float | None = None
    street: Name | None = None
    goal: Name | None = None  # of the route
    remaining_m: float | None = None
    on_route: bool = True
    nearby: Nearby | None = None
    heading_deg: float | None = None  # where the wearer faces, by a compass
    looking: bool = False  # the street is being looked for on the map, and told when it is found


@dataclass(frozen=True, slots=True)
class AheadNow:
    """What comes next on the route, and what the camera makes of this moment. Never that the way is free.

    `hazards`: the nearest first; `more`: how many others there are. `camera`: "none" where none is worn.
    """

    guided: bool
    located: bool
    on_route: bool = True
    cue: Cue | None = None
    camera: Literal["sees", "lost", "none"] = "none"
    hazards: tuple[Hazard, ...] = ()
    more: int = 0
    blocks: bool = False  # guide blocks are seen


class Item(StrEnum):
    """A line of the menu."""

    GO = "go"
    PLACE = "place"
    CLOSED = "closed"  # the way ahead
    SOS_BACK = "sos_back"
    WALK = "walk"
    END = "end"
    END_SURELY = "end_surely"
    PAIR = "pair"
    VOLUME = "volume"
    LOUDER = "louder"
    SOFTER = "softer"
    RATE = "rate"
    FASTER = "faster"
    SLOWER = "slower"
    WORDS = "words"
    QUIET = "quiet"
    NORMAL = "normal"
    DETAILED = "detailed"
    BACK = "back"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class MenuNow:
    """The line that the menu stands at: `number` of `count`; `opened`: just now."""

    item: Item
    number: int
    count: int
    opened: bool = False
    name: Name | None = None  # of a saved place
    distance_m: float | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """How the wearer has it now; `limit`: it was so already, and goes no further."""

    item: Item
    value: float = 0.0
    limit: bool = False


@dataclass(frozen=True, slots=True)
class Goal:
    """A destination that is planned for, or why there is no route to it (`device.senses.PlanFailure`)."""

    name: Name | None = None
    failure: str = ""
    map_name: str = ""
    off_km: float | None = None  # from that map


@dataclass(frozen=True, slots=True)
class Code:
    """To pair a phone: told digit by digit."""

    code: str


@dataclass(frozen=True, slots=True)
class Count:
    """Seconds until the call for help is sent; `server`: there is somebody to send it to."""

    seconds: int = 0
    server: bool = True


@dataclass(frozen=True, slots=True)
class Asked:
    """The wearer is asked whether all is well. `again`: for the second time.

    `fell`: after a possible fall; where nobody answers the call for help begins by itself.
    """

    fell: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who looks, or answers a call for help; "": not known by name. `past`: at a trip that is over."""

    name: str = ""
    past: bool = False


@dataclass(frozen=True, slots=True)
class Reached:
    """To how many people a call for help went; 0: to nobody.

    `again`: the wearer has heard before that it went to people. `left`: who had taken it, and is gone.
    """

    count: int = 0
    again: bool = False
    left: str = ""


@dataclass(frozen=True, slots=True)
class Street:
    """The street that the wearer walks along now."""

    name: Name
