"""What the companion remembers between steps: one frozen value."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from device.announcements import Announcement
from device.arbiter import ArbiterState
from device.battery import BatteryNews, Of
from device.controls.desk_state import DeskState
from device.faultbook import FaultBook
from device.hazards import SceneState
from device.neighbourhood import AroundState
from device.notices import NoticeBook
from device.policy import Urgency
from device.rerouting import RerouteState
from device.senses import BeginTrip
from device.silence import Silence
from routing.follow import Follower
from routing.progress import FollowState, Progress
from vision.types import Hazard
from wire.position import Fix
from wire.trip import Part

# The camera declares at least 2 frames a second: 0.7 s without one is a stale camera (Health = STALE), and
# told within the second. Opening it takes longer. Frames count, not scenes: a model that is late is not the
# camera's fault, and is told by `vision.health.ModelWatch`.
CAMERA_STALE_S = 0.7
CAMERA_OPENS_S = 3.0


@dataclass(frozen=True, slots=True)
class CompanionState:
    """Everything that the companion remembers. The default is the moment before the start."""

    greeted: bool = False
    follower: Follower | None = None  # of the newest route; None: of the first, if there is one
    leg: int = 0  # routes before the present one
    reroute: RerouteState = field(default_factory=RerouteState)
    follow: FollowState = field(default_factory=FollowState)
    followed_s: float = 0.0
    progress: Progress | None = None
    fix: Fix | None = None
    fix_s: float | None = None  # when it came
    scene: SceneState = field(default_factory=SceneState)
    hazards: Mapping[int, Hazard] | None = None  # of the newest scene that was looked at
    frames_told: bool = False  # by whoever steps: a scene may be of an older frame
    frame_s: float | None = None
    frame_due_s: float = CAMERA_OPENS_S  # the longest wait for the next frame
    camera_stale: bool = False
    unhealthy: tuple[Part, ...] = ()
    arbiter: ArbiterState = field(default_factory=ArbiterState)
    spoken_as: Mapping[int, tuple[str, str]] = field(default_factory=dict)  # utterance -> (ja, en)
    urgencies: Mapping[int, Urgency] = field(default_factory=dict)
    arrival_told: bool = False
    farewell: bool = False
    done: bool = False
    # Of a device that is worn all day
    begun_s: float | None = None  # the first step
    ready: bool = False
    trip: BeginTrip | None = None
    desk: DeskState = field(default_factory=DeskState)
    faults: FaultBook = field(default_factory=FaultBook)
    told: Announcement | None = None  # the last thing that sounded, to be repeated
    around: AroundState = field(default_factory=AroundState)
    sos_waits: bool = False  # a call for help waits for a trip to be logged in
    ended: bool = False  # the trip ended in this step
    notices: NoticeBook = field(default_factory=NoticeBook)
    batteries: Mapping[Of, BatteryNews] = field(default_factory=dict)  # the newest of each that was told
    silence: Silence = field(default_factory=Silence)
    leaving: bool = False  # the device will be stopped, and says so
