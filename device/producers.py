"""Facts of the route, the device's health and the trip, as announcements. Pure: time is an argument.

What the camera saw has a memory of its own: `device.hazards`.
"""

from collections.abc import Iterable

from device.announcements import (
    STOPPED,
    AlertKind,
    Announcement,
    Fault,
    Kind,
    Params,
    Still,
    TripInfo,
)
from device.battery import BatteryNews, Level
from device.policy import POLICY
from routing.cues import Cue, CueKind
from wire.trip import Part

_LOST_AND_BACK: dict[Part, tuple[AlertKind, AlertKind]] = {
    "camera": (AlertKind.CAMERA_LOST, AlertKind.CAMERA_BACK),
    "model": (AlertKind.MODEL_LOST, AlertKind.MODEL_BACK),
    "uplink": (AlertKind.LINK_LOST, AlertKind.LINK_BACK),
    "speech": (AlertKind.SPEECH_FALLBACK, AlertKind.SPEECH_BACK),
    "recorder": (AlertKind.STORAGE_LOST, AlertKind.STORAGE_BACK),
    "board": (AlertKind.BOARD_POOR, AlertKind.BOARD_BACK),
    "imu": (AlertKind.IMU_LOST, AlertKind.IMU_BACK),
    "position": (
        AlertKind.RECEIVER_LOST,
        AlertKind.RECEIVER_BACK,
    ),  # the source; the route's cues tell the rest
    "buttons": (AlertKind.BUTTONS_LOST, AlertKind.BUTTONS_BACK),
}
# Told one after the other while the wearer stands and listens: the last must not age meanwhile.
# Waited for by somebody who stands and listens, or ended by its place and not by a second.
_LISTENED_TO = frozenset(
    {CueKind.START, CueKind.REROUTED, CueKind.FACE, CueKind.PREPARE_TURN, CueKind.PAVING_BEGINS}
)
_SUBJECTS = {
    CueKind.POSITION_LOST: "position",
    CueKind.POSITION_BACK: "position",
    CueKind.POSITION_POOR: "position",
    CueKind.OFF_ROUTE: "route",
    CueKind.BACK_ON_ROUTE: "route",
    CueKind.WRONG_WAY: "route",
    CueKind.REROUTED: "route",
    CueKind.REROUTE_FAILED: "route",
    CueKind.NEAR_DESTINATION: "destination",
    CueKind.ARRIVED: "destination",
}


def announcement(kind: Kind, key: str, params: Params, now_s: float) -> Announcement:
    """One announcement that lives as long as its row says."""
    return Announcement(kind, key, params, now_s, now_s + POLICY[kind].lifetime_s)


def from_cues(cues: Iterable[Cue], now_s: float, leg: int = 0) -> tuple[Announcement, ...]:
    """The route's cues, each with the shorter of its own lifetime and its row's.

    `leg` counts the routes of one walk: the first turn of the second is not that of the first.
    """
    return tuple(
        Announcement(cue.kind, _subject(cue, leg), cue, now_s, now_s + _lifetime_s(cue)) for cue in cues
    )


def of_route(told: Announcement) -> bool:
    """Whether it means nothing on another route. Where the position is, is known on any."""
    return isinstance(told.params, Cue) and _SUBJECTS.get(told.params.kind) != "position"


def _lifetime_s(cue: Cue) -> float:
    row_s = POLICY[cue.kind].lifetime_s
    return row_s if cue.kind in _LISTENED_TO else min(cue.lifetime_s, row_s)


def _subject(cue: Cue, leg: int) -> str:
    """What the cue is about: its announcements replace and answer each other ("lost", then "back")."""
    if cue.kind in _SUBJECTS:
        return _SUBJECTS[cue.kind]
    place, _, stage = cue.key.rpartition("/")
    subject = place if stage in ("ahead", "now", "done") else cue.key
    return subject if leg == 0 else f"leg{leg}/{subject}"


def from_health(
    part: Part, healthy: bool, now_s: float, reason: str = "", still: Still = ""
) -> tuple[Announcement, ...]:
    """A part began to fail or came back: call at the change, not at every look.

    `still`: what goes on without it. Nothing where the voice itself is away: it is told when it is back.
    """
    if part not in _LOST_AND_BACK or (part == "speech" and not healthy and reason in STOPPED):
        return ()
    kind = _LOST_AND_BACK[part][healthy]
    if (part, reason) == ("uplink", "refused") and not healthy:
        kind = AlertKind.LINK_REFUSED
    return (announcement(kind, part, Fault(part, reason, still), now_s),)


_BATTERY: dict[Level, AlertKind] = {
    "ok": AlertKind.BATTERY_BACK,
    "warn": AlertKind.BATTERY_LOW,
    "error": AlertKind.BATTERY_EMPTY,
}


def of_battery(news: BatteryNews, now_s: float) -> Announcement:
    """A battery has come to another level."""
    fault = Fault("battery", news.of, percent=news.percent)
    key = "battery" if news.of == "device" else "battery/phone"  # each is a subject of its own
    return announcement(_BATTERY[news.level], key, fault, now_s)


def camera_poor(reason: str, now_s: float) -> tuple[Announcement, ...]:
    """The camera sees, but not all: warnings go on, and some may be missed."""
    return (announcement(AlertKind.CAMERA_POOR, "camera", Fault("camera", reason), now_s),)


def trip_started(now_s: float, *, practice: bool, shared: bool, guided: bool = True) -> Announcement:
    """Guidance begins: whether the map is for practice, and whether somebody sees the position."""
    return announcement(AlertKind.TRIP_STARTED, "trip", TripInfo(practice, shared, guided), now_s)


def trip_resumed(now_s: float, *, guided: bool, blind: bool) -> Announcement:
    """The device began anew on the way, and the trip goes on; `blind`: without warnings yet."""
    return announcement(AlertKind.TRIP_RESUMED, "trip", TripInfo(guided=guided, blind=blind), now_s)


def trip_ended(now_s: float, *, shared: bool, guided: bool = True) -> Announcement:
    """Guidance ends, and with it the sharing of the position."""
    return announcement(AlertKind.TRIP_ENDED, "trip", TripInfo(shared=shared, guided=guided), now_s)
