"""One worked example of every kind: what the table of announcements shows and the tests walk."""

from device.announcements import (
    KINDS,
    Again,
    AlertKind,
    Announcement,
    Fault,
    Kind,
    Params,
    PartsLost,
    TripInfo,
)
from device.facts import (
    AheadNow,
    Asked,
    Chosen,
    Code,
    Count,
    Goal,
    Item,
    MenuNow,
    Nearby,
    Plain,
    Pressed,
    Reached,
    Ready,
    Street,
    Watcher,
    WhereNow,
)
from device.producers import announcement
from routing.cues import Cue, CueKind
from vision.types import (
    Bend,
    Branch,
    Dots,
    Drift,
    End,
    Hazard,
    Motion,
    ObjectClass,
    PavingSight,
    Quality,
)
from wire.route import Caveat, Crossing, Name, StretchKind

_STREET = Name(ja="昭和通り", kana="しょうわどおり", en="Showa-dori")
_PLACE = Name(ja="大分県立美術館", kana="おおいたけんりつびじゅつかん", en="Oita Prefectural Art Museum")
_CROSSING = Crossing(signals="yes", sound="yes", button="yes", marked="yes", tactile="yes", street=_STREET)


def _hazard(cls: ObjectClass, distance_m: float, **values: object) -> Hazard:
    base: dict[str, object] = {
        "track_id": 42, "cls": cls, "score": 0.8, "distance_m": distance_m, "distance_sigma_m": 0.3,
        "bearing_deg": 0.0, "on_paving": False, "ttc_s": None, "motion": Motion.STANDING, "free_side": None,
    }  # fmt: skip
    return Hazard(**(base | values))  # type: ignore[arg-type]


def _blocks(**values: object) -> PavingSight:
    base: dict[str, object] = {"quality": Quality.KNOWN, "seen_m": 5.0, "heading_deg": 0.0, "followed": True}
    return PavingSight(True, 0.0, 0.0, **(base | values))  # type: ignore[arg-type]


_DEVICE: dict[AlertKind, tuple[str, Params]] = {
    AlertKind.PHONE_PAIRED: ("phone", Plain()),
    AlertKind.PHONE_REFUSED: ("phone", Plain()),
    AlertKind.PHONE_SECOND: ("phone", Plain()),
    AlertKind.PHONE_LEFT: ("phone", Plain()),
    AlertKind.PHONE_BACK: ("phone", Plain()),
    AlertKind.DEVICE_STARTING: ("device", Plain()),
    AlertKind.DEVICE_READY: ("device", Ready(("camera",), located=False)),
    AlertKind.DEVICE_ENDING: ("device", Plain()),
    AlertKind.SILENT: ("silent", Plain()),
    AlertKind.SILENT_OVER: ("silent", Plain()),
    AlertKind.PRESSED: ("press/1", Pressed(1)),
    AlertKind.NOT_UNDERSTOOD: ("answer", Pressed(1, "together")),
    AlertKind.REPEATED: ("answer", Again(CueKind.NEAR_DESTINATION, Cue(CueKind.NEAR_DESTINATION, "near"))),
    AlertKind.WHERE_AM_I: (
        "answer",
        WhereNow(True, 0.0, 8.0, _STREET, _PLACE, 320.0, True, Nearby(_PLACE, 320.0, 45.0)),
    ),
    AlertKind.WHAT_IS_AHEAD: (
        "answer",
        AheadNow(
            True,
            True,
            cue=Cue(CueKind.PREPARE_TURN, "turn/1", distance_m=60.0, turn_deg=90.0, side="right"),
            camera="sees",
            hazards=(_hazard(ObjectClass.BICYCLE, 5.0),),
            blocks=True,
        ),
    ),
    AlertKind.SPEECH_PAUSED: ("pause", Plain()),
    AlertKind.SPEECH_RESUMED: ("pause", Plain()),
    AlertKind.STILL_PAUSED: ("pause", Plain()),
    AlertKind.MENU_ITEM: ("menu", MenuNow(Item.GO, 1, 6, opened=True)),
    AlertKind.MENU_CLOSED: ("menu", Plain()),
    AlertKind.CHOSEN: ("menu", Chosen(Item.FASTER, 1.2)),
    AlertKind.PLANNING: ("plan", Goal(_PLACE)),
    AlertKind.PLAN_FAILED: ("plan", Goal(_PLACE, "outside_map", "beppu")),
    AlertKind.PAIRING_CODE: ("phone", Code("407193")),
    AlertKind.CODE_FAILED: ("phone", Plain()),
    AlertKind.SOS_BEGUN: ("sos", Count(8)),
    AlertKind.SOS_COUNT: ("sos/5", Count(5)),
    AlertKind.SOS_CANCELLED: ("sos", Plain()),
    AlertKind.SOS_STORED: ("sos", Count()),
    AlertKind.SOS_SENT: ("sos", Plain()),
    AlertKind.SOS_FAILED: ("sos", Plain()),
    AlertKind.SOS_TAKEN_BACK: ("sos", Plain()),
    AlertKind.ARE_YOU_OK: ("ok/1/1", Asked()),
    AlertKind.OK_TOLD: ("ok", Plain()),
    AlertKind.UNANSWERED: ("ok", Plain()),
    AlertKind.LINK_OPENED: ("notice/1", Watcher()),
    AlertKind.WATCHING: ("notice/2", Watcher()),
    AlertKind.SOS_TOLD: ("notice/3", Reached(0)),
    AlertKind.SOS_SEEN: ("notice/4", Watcher()),
    AlertKind.BATTERY_LOW: ("battery", Fault("battery", "device", percent=20)),
    AlertKind.BATTERY_EMPTY: ("battery", Fault("battery", "device", percent=10)),
    AlertKind.BATTERY_BACK: ("battery", Fault("battery", "device", percent=30)),
}
_ALERTS: dict[AlertKind, tuple[str, Params]] = {
    AlertKind.STOP_NOW: ("obstacle/42", _hazard(ObjectClass.BICYCLE, 1.2, ttc_s=1.0)),
    AlertKind.OBSTACLE_ON_PAVING: (
        "obstacle/42",
        _hazard(ObjectClass.BICYCLE, 5.0, on_paving=True, free_side="right"),
    ),
    AlertKind.OBSTACLE_AHEAD: ("obstacle/42", _hazard(ObjectClass.POLE, 4.0)),
    AlertKind.EDGE_AHEAD: ("obstacle/42", _hazard(ObjectClass.PLATFORM_EDGE, 4.0)),
    AlertKind.STAIRS_AHEAD: ("obstacle/42", _hazard(ObjectClass.STAIRS, 5.0, on_paving=True)),
    AlertKind.OVERHEAD_AHEAD: ("obstacle/42", _hazard(ObjectClass.OVERHEAD, 4.0, distance_sigma_m=2.0)),
    AlertKind.PERSON_APPROACHING: (
        "obstacle/42",
        _hazard(ObjectClass.PERSON, 5.0, ttc_s=2.5, motion=Motion.APPROACHING),
    ),
    AlertKind.VEHICLE_APPROACHING: (
        "obstacle/42",
        _hazard(ObjectClass.BICYCLE, 8.0, ttc_s=2.5, motion=Motion.APPROACHING, bearing_deg=-30.0),
    ),
    AlertKind.OBSTACLE_DETAIL: (
        "obstacle/42",
        _hazard(ObjectClass.BICYCLE, 4.0, ttc_s=4.0, free_side="right"),
    ),
    AlertKind.PAVING_SIGHTED: ("paving", PavingSight(seen=True, bearing_deg=0.0, offset_m=0.8)),
    AlertKind.PAVING_OUT_OF_SIGHT: ("paving", PavingSight(seen=False)),
    AlertKind.DOTS_AHEAD: ("paving/1", _blocks(dots=Dots(1, 3.2, 0.3, True))),
    AlertKind.BLOCKS_BRANCH: ("paving/2", _blocks(branch=Branch(2, 3.2, 0.3, "right", True))),
    AlertKind.BLOCKS_TURN: ("paving/3", _blocks(branch=Branch(3, 3.2, 0.3, "left", False, True))),
    AlertKind.BLOCKS_BEND: ("paving/4", _blocks(bend=Bend(4, 2.0, 0.5, 30.0))),
    AlertKind.BLOCKS_END: ("paving/5", _blocks(end=End(5, 3.2, 0.3, False))),
    AlertKind.BLOCKS_DRIFT: ("paving/drift", _blocks(drift=Drift(1, 0.6, 0.08, 0.2))),
    AlertKind.CAMERA_LOST: ("camera", Fault("camera", "dark")),
    AlertKind.CAMERA_POOR: ("camera", Fault("camera", "blurred")),
    AlertKind.CAMERA_BACK: ("camera", Fault("camera")),
    AlertKind.MODEL_LOST: ("model", Fault("model")),
    AlertKind.MODEL_BACK: ("model", Fault("model")),
    AlertKind.LINK_LOST: ("uplink", Fault("uplink")),
    AlertKind.LINK_BACK: ("uplink", Fault("uplink")),
    AlertKind.SPEECH_FALLBACK: ("speech", Fault("speech", "ja")),
    AlertKind.SPEECH_BACK: ("speech", Fault("speech")),
    AlertKind.STORAGE_LOST: ("recorder", Fault("recorder")),
    AlertKind.STORAGE_BACK: ("recorder", Fault("recorder")),
    AlertKind.BOARD_POOR: ("board", Fault("board", "hot")),
    AlertKind.BOARD_BACK: ("board", Fault("board")),
    AlertKind.IMU_LOST: ("imu", Fault("imu", "lost")),
    AlertKind.IMU_BACK: ("imu", Fault("imu")),
    AlertKind.TRIP_STARTED: ("trip", TripInfo(practice=True, shared=True)),
    AlertKind.TRIP_ENDED: ("trip", TripInfo(shared=True)),
    AlertKind.RECEIVER_LOST: ("position", Fault("position", still="warnings")),
    AlertKind.RECEIVER_BACK: ("position", Fault("position")),
    AlertKind.BUTTONS_LOST: ("buttons", Fault("buttons")),
    AlertKind.BUTTONS_BACK: ("buttons", Fault("buttons")),
    AlertKind.BUTTON_STUCK: ("buttons", Pressed(3, "stuck")),
    AlertKind.LINK_REFUSED: ("uplink", Fault("uplink", "refused")),
    AlertKind.PART_UNSTEADY: ("camera", Fault("camera")),
    AlertKind.SEVERAL_LOST: (
        "camera+position+uplink",
        PartsLost((Fault("camera", "ended"), Fault("position"), Fault("uplink"))),
    ),
    AlertKind.TRIP_RESUMED: ("trip", TripInfo()),
    AlertKind.STREET_CHANGED: ("street", Street(_STREET)),
    **_DEVICE,
}


def _cue(kind: CueKind, **values: object) -> Cue:
    base: dict[str, object] = {"key": f"{kind}/1", "accuracy_m": 8.0}
    return Cue(kind=kind, **(base | values))  # type: ignore[arg-type]


_TURN = {"distance_m": 15.0, "turn_deg": 90.0, "side": "right"}
_AT = {"distance_m": 30.0, "crossing": _CROSSING, "name": _STREET}
_CUES: dict[CueKind, dict[str, object]] = {
    CueKind.START: {
        "name": _PLACE, "length_m": 850.0, "minutes": 14,
        "caveats": (Caveat(kind="no_sidewalk", count=1, length_m=60.0),),
    },
    CueKind.FACE: {"relative_deg": -90.0, "bearing_deg": 0.0, "side": "left", "name": _STREET},
    CueKind.PREPARE_TURN: _TURN | {"name": _STREET},
    CueKind.TURN_NOW: _TURN | {"distance_m": 2.0, "name": _STREET},
    CueKind.CROSSING_AHEAD: _AT,
    CueKind.CROSSING_NOW: _AT | {"distance_m": 2.0},
    CueKind.CROSSING_DONE: {"crossing": _CROSSING, "distance_m": 0.0},
    CueKind.STEPS_AHEAD: {"distance_m": 15.0, "steps": 12, "steps_direction": "down", "handrail": "yes"},
    CueKind.LEVEL_CROSSING_AHEAD: {"distance_m": 20.0},
    CueKind.UNDERPASS_AHEAD: {"distance_m": 20.0, "length_m": 30.0, "stretch": StretchKind.UNDERPASS},
    CueKind.PAVING_BEGINS: {"distance_m": 0.0, "tactile": "yes"},
    CueKind.PAVING_ENDS: {"distance_m": 0.0, "tactile": "no"},
    CueKind.PAVING_UNKNOWN: {"distance_m": 0.0, "tactile": "unknown"},
    CueKind.NO_SIDEWALK: {"distance_m": 0.0, "length_m": 60.0, "stretch": StretchKind.ROAD},
    CueKind.SLOPE_AHEAD: {"distance_m": 15.0, "incline_pct": -9, "length_m": 40.0},
    CueKind.PAVING_BRANCH: {"distance_m": 8.0, "side": "left", "tactile": "yes"},
    CueKind.MAP_GAP: {"distance_m": 15.0, "length_m": 6.0},
    CueKind.REASSURE: {"distance_m": 120.0, "name": _STREET},
    CueKind.LANDMARK: {"distance_m": 10.0, "name": _PLACE, "side": "right"},
    CueKind.OFF_ROUTE: {"distance_m": 15.0, "relative_deg": 90.0, "side": "right", "bearing_deg": 90.0},
    CueKind.BACK_ON_ROUTE: {"distance_m": 60.0},
    CueKind.WRONG_WAY: {"relative_deg": 180.0, "bearing_deg": 0.0},
    CueKind.REROUTED: {"length_m": 620.0, "minutes": 11, "name": _PLACE},
    CueKind.REROUTE_FAILED: {"reason": "no_network"},
    CueKind.NEAR_DESTINATION: {"distance_m": 20.0, "name": _PLACE, "side": "left"},
    CueKind.ARRIVED: {"distance_m": 0.0, "name": _PLACE, "side": "left"},
    CueKind.POSITION_LOST: {},
    CueKind.POSITION_BACK: {},
    CueKind.POSITION_POOR: {"accuracy_m": 40.0},
}  # fmt: skip


def example(kind: Kind) -> Announcement:
    """A plausible announcement of this kind, made at second 0."""
    if isinstance(kind, CueKind):
        cue = _cue(kind, **_CUES[kind])
        return announcement(kind, cue.key, cue, 0.0)
    key, params = _ALERTS[kind]
    return announcement(kind, key, params, 0.0)


def examples() -> tuple[Announcement, ...]:
    """One of every kind."""
    return tuple(example(kind) for kind in KINDS)
