"""Announcements: what is to be said, as values. `device.words` makes the words when it starts playing."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

from device.facts import (
    AheadNow,
    Asked,
    Chosen,
    Code,
    Count,
    Goal,
    MenuNow,
    Plain,
    Pressed,
    Reached,
    Ready,
    Street,
    Watcher,
    WhereNow,
)
from routing.cues import Cue, CueKind
from vision.types import Drift, Hazard, PavingSight, Place
from wire.trip import Part

Lang = Literal["ja", "en"]
LANGS: tuple[Lang, ...] = ("ja", "en")
Verbosity = Literal["quiet", "normal", "detailed"]
Still = Literal["", "warnings", "guidance"]
STOPPED = frozenset({"ended", "stalled", "gave_up"})  # reasons of a part whose process is not there


class AlertKind(StrEnum):
    """What the device itself tells, beside the route's cues. Few on purpose: each costs attention."""

    # What the camera saw
    STOP_NOW = "stop_now"  # about to touch
    OBSTACLE_ON_PAVING = "obstacle_on_paving"
    OBSTACLE_AHEAD = "obstacle_ahead"  # in the walking line, not on the blocks
    EDGE_AHEAD = "edge_ahead"  # of a platform: a fall
    STAIRS_AHEAD = "stairs_ahead"  # up or down: the camera does not tell which
    OVERHEAD_AHEAD = "overhead_ahead"  # at head height, where no cane meets it
    PERSON_APPROACHING = "person_approaching"
    VEHICLE_APPROACHING = "vehicle_approaching"  # bicycles too: they share the sidewalk
    OBSTACLE_DETAIL = "obstacle_detail"  # of what was just told: how far, and the side that looks free
    PAVING_SIGHTED = "paving_sighted"
    PAVING_OUT_OF_SIGHT = "paving_out_of_sight"
    # What the guide blocks do ahead, for who follows them. The route tells what its map says of them.
    DOTS_AHEAD = "dots_ahead"  # warning blocks
    BLOCKS_BRANCH = "blocks_branch"
    BLOCKS_TURN = "blocks_turn"  # a corner
    BLOCKS_BEND = "blocks_bend"  # without a corner
    BLOCKS_END = "blocks_end"
    BLOCKS_DRIFT = "blocks_drift"  # the wearer leaves them
    # What the device can no longer do, or can again
    CAMERA_LOST = "camera_lost"
    CAMERA_POOR = "camera_poor"  # it sees, but not all
    CAMERA_BACK = "camera_back"
    MODEL_LOST = "model_lost"
    MODEL_BACK = "model_back"
    LINK_LOST = "link_lost"
    LINK_BACK = "link_back"
    SPEECH_FALLBACK = "speech_fallback"
    SPEECH_BACK = "speech_back"
    STORAGE_LOST = "storage_lost"
    STORAGE_BACK = "storage_back"
    BOARD_POOR = "board_poor"  # hot, a weak supply, a model that is late: warnings come late
    BOARD_BACK = "board_back"
    IMU_LOST = "imu_lost"
    IMU_BACK = "imu_back"
    RECEIVER_LOST = "receiver_lost"  # the position's source does not answer
    RECEIVER_BACK = "receiver_back"
    BUTTONS_LOST = "buttons_lost"
    BUTTONS_BACK = "buttons_back"
    BUTTON_STUCK = "button_stuck"
    BATTERY_LOW = "battery_low"
    BATTERY_EMPTY = "battery_empty"  # it will stop soon
    BATTERY_BACK = "battery_back"  # charged
    LINK_REFUSED = "link_refused"  # the server does not take this device's key
    PART_UNSTEADY = "part_unsteady"  # lost and back in turn: told once, until it stays as it is
    SEVERAL_LOST = "several_lost"  # in one sentence, where one each would take too long
    # The device
    DEVICE_STARTING = "device_starting"
    DEVICE_READY = "device_ready"
    DEVICE_ENDING = "device_ending"
    PHONE_PAIRED = "phone_paired"
    PHONE_REFUSED = "phone_refused"
    PHONE_SECOND = "phone_second"
    PHONE_LEFT = "phone_left"
    PHONE_BACK = "phone_back"
    # The trip
    TRIP_STARTED = "trip_started"
    TRIP_RESUMED = "trip_resumed"  # the device began anew on the way
    TRIP_ENDED = "trip_ended"
    STREET_CHANGED = "street_changed"
    SILENT = "silent"  # a week of a trial in which the device only logs
    SILENT_OVER = "silent_over"
    # What a press of a button is answered with
    PRESSED = "pressed"  # a sound without words, at once
    NOT_UNDERSTOOD = "not_understood"
    REPEATED = "repeated"
    WHERE_AM_I = "where_am_i"
    WHAT_IS_AHEAD = "what_is_ahead"
    SPEECH_PAUSED = "speech_paused"
    SPEECH_RESUMED = "speech_resumed"
    STILL_PAUSED = "still_paused"
    MENU_ITEM = "menu_item"
    MENU_CLOSED = "menu_closed"
    CHOSEN = "chosen"  # louder, faster, more words: how it is now
    PLANNING = "planning"
    PLAN_FAILED = "plan_failed"
    PAIRING_CODE = "pairing_code"
    CODE_FAILED = "code_failed"
    # A call for help
    SOS_BEGUN = "sos_begun"
    SOS_COUNT = "sos_count"
    SOS_CANCELLED = "sos_cancelled"
    SOS_STORED = "sos_stored"
    SOS_SENT = "sos_sent"
    SOS_FAILED = "sos_failed"
    SOS_TAKEN_BACK = "sos_taken_back"
    # What the server tells
    ARE_YOU_OK = "are_you_ok"  # the device asks this too, after a possible fall
    OK_TOLD = "ok_told"  # the wearer has answered: all is well
    UNANSWERED = "unanswered"
    LINK_OPENED = "link_opened"
    WATCHING = "watching"
    SOS_TOLD = "sos_told"  # to how many people the call went
    SOS_SEEN = "sos_seen"  # somebody has taken it


Kind = CueKind | AlertKind
KINDS: tuple[Kind, ...] = (*AlertKind, *CueKind)


@dataclass(frozen=True, slots=True)
class Fault:
    """A part of the device that failed or came back.

    `reason` picks the wording: a `Scene.fault` (`vision.faults.FAULTS`), "stale", for the board "slow",
    "hot" or "low_power" (`vision.health`), for speech the language that is spoken instead ("ja", "en"), for
    the uplink "refused", for any part whose process is not there "ended", "stalled" or "gave_up".
    `still`: what goes on without it, where that is known and worth the words. `percent`: what is left in the
    battery, for which `reason` is whose it is ("device", "phone").
    """

    part: Part
    reason: str = ""
    still: Still = ""
    percent: int | None = None


@dataclass(frozen=True, slots=True)
class PartsLost:
    """Several parts at once, what matters most first."""

    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class TripInfo:
    """What the wearer is told of the trip itself."""

    practice: bool = False  # planned on a hand-drawn map
    shared: bool = False  # a caregiver sees the position
    guided: bool = True  # along a route; False: a walk without a destination
    blind: bool = False  # the camera does not see yet


@dataclass(frozen=True, slots=True)
class Again:
    """What was last told, told again; nothing was told yet: None."""

    kind: "Kind | None" = None
    params: "Params | None" = None


Params = (
    Cue | Hazard | PavingSight | Fault | TripInfo | Again | PartsLost | Ready | Pressed | WhereNow | AheadNow
    | MenuNow | Chosen | Goal | Code | Count | Street | Asked | Watcher | Reached | Plain
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Announcement:
    """One thing to say, without words. Times are monotonic seconds.

    `key` names its subject ("obstacle/42", "turn/3"), stable while values change; kind and key
    together are what deduplication goes by. From `expires_s` on it must not start.
    """

    kind: Kind
    key: str
    params: Params
    created_s: float
    expires_s: float

    @property
    def identity(self) -> tuple[Kind, str]:
        """What makes two announcements the same."""
        return (self.kind, self.key)


@dataclass(frozen=True, slots=True)
class Fresh:
    """The world when an announcement's turn comes. None: not known now, so nothing is dropped for it."""

    route_m: float | None = None  # how far along the route the wearer is
    accuracy_m: float | None = None
    hazards: Mapping[int, Hazard] | None = None  # by track id, of the newest scene
    paving: PavingSight | None = None  # of the newest scene


UNKNOWN = Fresh()


def still_true(announcement: Announcement, fresh: Fresh) -> bool:
    """Whether it is still worth saying: the hazard is still there, the place not yet passed."""
    match announcement.params:
        case Hazard(track_id=track_id) if fresh.hazards is not None:
            return track_id in fresh.hazards
        case PavingSight() as told if fresh.paving is not None:
            return _still_ahead(announcement.kind, told, fresh.paving)
        case Cue(expires_m=float() | int() as limit) if fresh.route_m is not None:
            return fresh.route_m <= limit
    return True


def freshened(params: Params, fresh: Fresh) -> Params:
    """The same params with the distances of now."""
    match params:
        case Hazard() if fresh.hazards is not None:
            return fresh.hazards.get(params.track_id, params)
        case PavingSight() if fresh.paving is not None:
            return _freshened_sight(params, fresh.paving)
        case Cue():
            return _freshened_cue(params, fresh)
    return params


_BLOCKS: Mapping[Kind, str] = {
    AlertKind.DOTS_AHEAD: "dots",
    AlertKind.BLOCKS_BRANCH: "branch",
    AlertKind.BLOCKS_TURN: "branch",
    AlertKind.BLOCKS_BEND: "bend",
    AlertKind.BLOCKS_END: "end",
    AlertKind.BLOCKS_DRIFT: "drift",
}


# What changes as one walks; on which side an arm leaves does not.
_MOVING = ("distance_m", "sigma_m", "offset_m", "rate_mps")


def blocks_place(kind: Kind, sight: PavingSight) -> Place | Drift | None:
    """What of a sight of the guide blocks an announcement of this kind is about; None: nothing there."""
    place: Place | Drift | None = getattr(sight, _BLOCKS[kind]) if kind in _BLOCKS else None
    return place


def _still_ahead(kind: Kind, told: PavingSight, now: PavingSight) -> bool:
    """A sight keeps what went out of view until it may be passed, so what it does not hold is not told."""
    place, there = blocks_place(kind, told), blocks_place(kind, now)
    if place is None:
        return True
    if isinstance(place, Drift) and not now.seen:
        return True  # who leaves them loses sight of them
    return there is not None and there.number == place.number


def _freshened_sight(told: PavingSight, now: PavingSight) -> PavingSight:
    """The same places with the distances of now: what was not known when it was made is not added."""
    nearer = {}
    for name in set(_BLOCKS.values()):
        old, new = getattr(told, name), getattr(now, name)
        if old is not None and new is not None and old.number == new.number:
            moved = {field: getattr(new, field) for field in _MOVING if hasattr(new, field)}
            nearer[name] = replace(old, **moved)
    return replace(told, **nearer)


def _freshened_cue(cue: Cue, fresh: Fresh) -> Cue:
    accuracy_m = cue.accuracy_m if fresh.accuracy_m is None else fresh.accuracy_m
    # A cue without a distance has none to tell; one without a place cannot be brought up to date.
    if cue.distance_m is None or cue.at_m is None or fresh.route_m is None:
        return replace(cue, accuracy_m=accuracy_m)
    return replace(cue, accuracy_m=accuracy_m, distance_m=max(0.0, cue.at_m - fresh.route_m))
