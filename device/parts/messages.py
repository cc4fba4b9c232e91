"""What the parts say to each other. Seconds are of the machine's monotonic clock, one for all processes.

guidance is a client of eyes, position, speech, log and phone, and of the supervisor; eyes is one of position.
The phone's page (`glasses:PORT`) is a part of its own: eyes, position and guidance are its clients.
"""

from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Final, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from device.announcements import Lang
from device.companion import Health
from device.policy import Earcon
from device.ports import Playback
from vision.attitude import Attitude
from vision.types import Scene
from wire.position import Fix
from wire.trip import Happening
from wire.uplink import NoticeKind

PartName = Literal["guidance", "eyes", "position", "speech", "log", "phone"]

# --- eyes -> guidance (guidance says nothing to eyes)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the eyes have: a frame came, an answer about one, how the camera and the sensors are.

    The times are those of `device.looking.Answer`. `camera_fault`: one line while the camera gives nothing.
    """

    t_s: float
    frame: bool = False
    offered_s: float | None = None  # of the answer below; None: there is none
    began_s: float = 0.0
    ended_s: float = 0.0
    scene: Scene | None = None
    fault: str = ""  # why there is no scene
    busy_since_s: float | None = None
    camera_fault: str = ""
    attitude: Attitude | None = None
    type: Literal["seen"] = "seen"


# --- position -> guidance, eyes


@dataclass(frozen=True, slots=True)
class Located:
    """New fixes, oldest first, and how the source is; sent when something changed, and every second.

    `state`: as `device.fix_health.SourceHealth`. `heading_deg`: clockwise from true north where the wearer
    walks, or standing, where a compass points; None: not known. `speed_mps`: as `device.own_speed`.
    `utc_s`: true UTC at `t_s`, for `device.true_time.LogClock`; `utc_offset_s`: that minus the machine's;
    None: not known (no satellite and no NTP yet).
    """

    t_s: float
    fixes: tuple[Fix, ...] = ()
    state: Literal["ok", "warn", "stale", "error"] = "ok"
    detail: str = ""
    heading_deg: float | None = None
    speed_mps: float | None = None
    utc_s: float | None = None
    utc_offset_s: float | None = None
    type: Literal["located"] = "located"


# --- guidance <-> speech


@dataclass(frozen=True, slots=True)
class Speak:
    """Say this now, over whatever is said. `texts`: by language, the one to try first at the front.

    `bearing_deg`: where the thing is, for a cue at that side; None: in the middle.
    """

    utterance: int
    earcon: Earcon
    texts: tuple[tuple[Lang, str], ...]
    bearing_deg: float | None = None
    type: Literal["speak"] = "speak"


@dataclass(frozen=True, slots=True)
class Silence:
    """Be silent now."""

    type: Literal["silence"] = "silence"


@dataclass(frozen=True, slots=True)
class Tune:
    """How to speak from now on: decibels beside the installed level, speed as a factor of normal."""

    volume_db: float = 0.0
    rate: float = 1.0
    type: Literal["tune"] = "tune"


@dataclass(frozen=True, slots=True)
class Farewell:
    """Guidance ends on purpose: that nobody is there any more is no fault."""

    type: Literal["farewell"] = "farewell"


@dataclass(frozen=True, slots=True)
class Heard:
    """What the speech part does; sent at each change and every 0.1 s while it speaks.

    `health`: of the part "speech", where it changed. `failed`: a line for each utterance that had no words.
    """

    t_s: float
    playback: Playback = field(default_factory=Playback)
    health: tuple[Health, ...] = ()
    failed: tuple[str, ...] = ()
    type: Literal["heard"] = "heard"


# --- guidance <-> log (outbox, uplink and recorder)


@dataclass(frozen=True, slots=True)
class Store:
    """Write these into the trip's log. `sender` and `number`: who sends, and its count from 1 without gaps.

    What was written is not written again: the same number may come twice, after the log part died.
    """

    sender: str
    number: int
    trip_id: str
    happened: tuple[tuple[float, Happening], ...]  # (UTC second, what)
    type: Literal["store"] = "store"


@dataclass(frozen=True, slots=True)
class Stored:
    """Everything of `sender` up to `number` is on the disk."""

    sender: str
    number: int
    type: Literal["stored"] = "stored"


@dataclass(frozen=True, slots=True)
class RecordBegin:
    """Record a run in `folder` (see docs/recorded-runs.md): the route as JSON, or nothing for a free walk."""

    folder: str
    route: str | None
    settings: dict[str, str | int | float | bool | None]
    type: Literal["record_begin"] = "record_begin"


@dataclass(frozen=True, slots=True)
class RecordLines:
    """Lines of the run's files, each (file's name, line)."""

    lines: tuple[tuple[str, str], ...]
    type: Literal["record_lines"] = "record_lines"


@dataclass(frozen=True, slots=True)
class RecordEnd:
    """The run is over: hashes, sync."""

    type: Literal["record_end"] = "record_end"


@dataclass(frozen=True, slots=True)
class LogState:
    """How the log part is; sent at each change and every second.

    `link_up`: None where no server is configured or none was tried yet. `delivered`: sender and number of the
    packets up to the newest call for help, once the server has that.
    """

    t_s: float
    link_up: bool | None = None
    link_detail: str = ""
    refused: bool = False  # the key is not accepted: trying again does not help
    pending: int = 0
    storing: bool = True  # False: the disk takes nothing, events are held in memory
    recording: bool = True  # False: the run's recording was given up
    detail: str = ""
    delivered: tuple[tuple[str, int], ...] = ()
    type: Literal["log_state"] = "log_state"


@dataclass(frozen=True, slots=True)
class NoticeCame:
    """The server tells the wearer something; sent to each guidance that connects while it is of use.

    `until_s`: the machine's monotonic second from which it is not. The rest as in `wire.uplink.Notice`.
    """

    id: str
    kind: NoticeKind
    until_s: float
    name: str = ""
    count: int = 0
    trip_id: str = ""
    type: Literal["notice_came"] = "notice_came"


# --- phone -> eyes, position, guidance


@dataclass(frozen=True, slots=True)
class Watch:
    """A client of the phone part says what it wants to hear of."""

    what: Literal["frames", "fixes", "presses"]
    type: Literal["watch"] = "watch"


@dataclass(frozen=True, slots=True)
class Jpeg:
    """One picture of the glasses, as it came; at most the newest waits. `t_s`: when it was exposed."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    t_s: float
    jpeg: Annotated[bytes, Field(max_length=4_000_000)]
    rotate_deg: Literal[0, 90, 180, 270] = 0  # clockwise, to make it upright
    attitude: Attitude | None = None
    type: Literal["jpeg"] = "jpeg"


@dataclass(frozen=True, slots=True)
class PhoneFix:
    """The phone's own position and compass."""

    t_s: float
    fix: Fix | None = None
    heading_deg: float | None = None
    type: Literal["phone_fix"] = "phone_fix"


@dataclass(frozen=True, slots=True)
class Press:
    """A button went down or up: 1 repeat, 2 ahead and menu, 3 pause and SOS."""

    t_s: float
    button: Literal[1, 2, 3]
    down: bool
    type: Literal["press"] = "press"


@dataclass(frozen=True, slots=True)
class PhoneState:
    """How the phone's page is. `code`: six digits to be spoken now; `event`: what happened just now.

    Sent at each change, and to each client that begins to watch. Code and event are told once.
    """

    t_s: float
    paired: bool = False
    connected: bool = False
    streaming: bool = False
    code: str | None = None
    event: Literal["", "paired", "refused", "second", "left", "back"] = ""
    detail: str = ""
    type: Literal["phone_state"] = "phone_state"


@dataclass(frozen=True, slots=True)
class PhoneCharge:
    """The phone's own battery, 0 to 100 per cent, where its browser tells; at each change."""

    t_s: float
    percent: int
    charging: bool
    type: Literal["phone_charge"] = "phone_charge"


@dataclass(frozen=True, slots=True)
class MakeCode:
    """Guidance asks for a new pairing code, because the wearer did."""

    type: Literal["make_code"] = "make_code"


# --- supervisor -> guidance


@dataclass(frozen=True, slots=True)
class PartState:
    """A part ended, stalled or was started again; all of them when guidance connects."""

    part: PartName
    up: bool
    why: Literal["", "ended", "stalled", "gave_up"] = ""
    restarts: int = 0
    detail: str = ""
    type: Literal["part_state"] = "part_state"


@dataclass(frozen=True, slots=True)
class Nothing:
    """For the side of a channel that says nothing."""

    type: Literal["nothing"] = "nothing"


ToSpeech = Annotated[Speak | Silence | Tune | Farewell, Field(discriminator="type")]
ToLog = Annotated[Store | RecordBegin | RecordLines | RecordEnd, Field(discriminator="type")]
FromLog = Annotated[Stored | LogState | NoticeCame, Field(discriminator="type")]
ToPhone = Annotated[Watch | MakeCode, Field(discriminator="type")]
FromPhone = Annotated[Jpeg | PhoneFix | Press | PhoneState | PhoneCharge, Field(discriminator="type")]

SEEN: Final = TypeAdapter(Seen)
LOCATED: Final = TypeAdapter(Located)
TO_SPEECH: Final[TypeAdapter[ToSpeech]] = TypeAdapter(ToSpeech)
HEARD: Final = TypeAdapter(Heard)
TO_LOG: Final[TypeAdapter[ToLog]] = TypeAdapter(ToLog)
FROM_LOG: Final[TypeAdapter[FromLog]] = TypeAdapter(FromLog)
TO_PHONE: Final[TypeAdapter[ToPhone]] = TypeAdapter(ToPhone)
FROM_PHONE: Final[TypeAdapter[FromPhone]] = TypeAdapter(FromPhone)
PART_STATE: Final = TypeAdapter(PartState)
NOTHING: Final = TypeAdapter(Nothing)
