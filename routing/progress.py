"""What following a route needs, remembers and tells: the values of `routing.follow`. Pure."""

import math
from dataclasses import dataclass, field, replace

from routing.cues import Cue, CueKind
from routing.prompts import Told
from routing.rerouting import Rerouting
from routing.straying import Straying
from routing.tracking import Track


@dataclass(frozen=True, slots=True)
class FollowSettings:
    """The wearer's choices. Reassurance: 20-100 m or that many seconds of silence.

    50 s: the words must begin, behind whatever else is said, before a minute of silence is over.
    """

    reassure_m: float = 50.0
    reassure_s: float = 50.0


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the wearer is along the route; metres, degrees from true north.

    `sigma_m` is the estimate's own deviation, `accuracy_m` the last fix's 68 % radius; `offset_m`
    the fix's distance from the route, positive to the right. `next_m` is the place of the next
    decision (the end of the route after the last). `located` is False before the first fix and
    while the position is lost.

    `off_s`: seconds (of the fixes) since the route was left, 0 on it. `reroute_wanted`: plan again
    from the last fix; it stays True until the walker is back or coming back, so a caller that plans
    in the background may take its time, and one that cannot plan may ignore it. The new route is
    followed by a new `Follower(route, begun=True)` with a new `FollowState()`.
    """

    route_m: float
    offset_m: float
    on_route: bool
    heading_deg: float | None
    remaining_m: float
    accuracy_m: float | None
    sigma_m: float | None
    speed_mps: float
    next_action: CueKind
    next_key: str
    next_m: float
    located: bool
    arrived: bool
    off_s: float = 0.0
    reroute_wanted: bool = False


@dataclass(frozen=True, slots=True)
class FollowState:
    """The follower's memory between steps; begin with `FollowState()`. Opaque to callers."""

    started: bool = False
    begun_s: float = -math.inf
    track: Track | None = None
    straying: Straying = field(default_factory=Straying)
    rerouting: Rerouting = field(default_factory=Rerouting)
    told: Told = field(default_factory=Told)
    fix_s: float = -math.inf  # monotonic second of the last fix, at first of the start
    said_s: float = 0.0
    said_m: float = 0.0
    furthest_m: float = 0.0
    reassured: int = 0
    faced: int = 0
    lost: bool = False
    poor: bool = False
    poor_s: float = -math.inf
    accuracy_m: float | None = None  # its mean over the last seconds
    off_count: int = 0
    off_told: Cue | None = None
    off_s: float = -math.inf
    back_s: float = -math.inf  # when the route was found again
    wrong_s: float = -math.inf
    near: bool = False
    arrived: bool = False
    standing_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Step:
    """One step in the making."""

    state: FollowState
    now_s: float
    cues: tuple[Cue, ...] = ()

    def say(self, *cues: Cue, **changes: object) -> "Step":
        """With `cues` said and the memory changed."""
        state = replace(self.state, **changes)  # type: ignore[arg-type]
        return Step(state, self.now_s, self.cues + cues)
