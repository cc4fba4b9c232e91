"""What the device can no longer do and what it still does, in English. Same order as the Japanese."""

from collections.abc import Callable, Iterable

from device.announcements import AlertKind, Fault, PartsLost
from wire.trip import Part

_CAMERA = {
    "dark": "Too dark for the camera",
    "covered": "The camera seems to be covered",
    "frozen": "The camera picture is frozen",
    "undecodable": "The camera picture is broken",
    "overexposed": "Too bright for the camera",
    "stale": "No picture from the camera",
    "ended": "The camera program has stopped",
    "stalled": "The camera program has stopped",
    "gave_up": "The camera program keeps stopping",
}
_BOARD = {
    "slow": "Recognition is slow",
    "hot": "The device is hot and slow",
    "low_power": "The battery is weak and the device slow",
}
_STOPPED = {"ended": "has stopped", "stalled": "has stopped", "gave_up": "keeps stopping"}
_STILL = {"warnings": " Warnings of obstacles go on.", "guidance": " Directions go on."}
_NO_WARNING = "I cannot warn of obstacles."
_NO_TURNS = "I cannot tell you where to turn."
_UNSEEN = "Your caregiver cannot see where you are now."


def _still(fault: Fault) -> str:
    return _STILL.get(fault.still, "")


def camera_lost(fault: Fault) -> str:
    """Why, and what the wearer must no longer expect."""
    return f"{_CAMERA.get(fault.reason, 'The camera is not working')}. {_NO_WARNING}{_still(fault)}"


def model_lost(fault: Fault) -> str:
    """The camera sees, and nobody tells what."""
    return f"Recognition has stopped. {_NO_WARNING}{_still(fault)}"


def board_poor(fault: Fault) -> str:
    """Why, and that warnings come late."""
    return f"{_BOARD.get(fault.reason, 'The device is slow')}. Warnings may come too late."


def receiver_lost(fault: Fault) -> str:
    """The source of positions, not the sky above it."""
    stopped = _STOPPED.get(fault.reason)
    why = f"The position program {stopped}" if stopped else "The position receiver does not answer"
    return f"{why}. {_NO_TURNS}{_still(fault)}"


def speech_fallback(fault: Fault) -> str:
    """`fault.reason`: the language that is spoken instead."""
    if fault.reason == "en":
        return "The Japanese voice is not working. Going on in English."
    if fault.reason == "ja":
        return "The English voice is not working. Going on in Japanese."
    if fault.reason == "speaker":
        return "There is a fault with the speaker. Going on with the spare one."
    return "Going on with the spare voice."


def speech_back(fault: Fault) -> str:
    """After a silence, that things may have been missed in it."""
    missed = " You have not heard what was to be said meanwhile." if fault.reason in _STOPPED else ""
    return f"The voice is back.{missed}"


def storage_lost(fault: Fault) -> str:
    """The disk takes nothing, or the part that writes and sends is not there."""
    stopped = _STOPPED.get(fault.reason)
    if stopped:
        return f"The record and connection program {stopped}. Guidance goes on. {_UNSEEN}"
    return "The record cannot be stored. Guidance goes on."


_NAMES: dict[Part, str] = {
    "camera": "camera",
    "model": "recognition",
    "position": "position receiver",
    "guidance": "guidance",
    "board": "speed of the device",
    "imu": "tilt sensor",
    "speech": "voice",
    "buttons": "buttons",
    "uplink": "connection",
    "recorder": "record",
    "battery": "battery level",
}


def names(parts: Iterable[Part]) -> str:
    """Like camera, connection."""
    return ", ".join(_NAMES[part] for part in parts)


def without(parts: Iterable[Part]) -> str:
    """What must not be expected without these, what matters most first."""
    gone = frozenset(parts)
    said = [_NO_WARNING] if gone & {"camera", "model"} else []
    said += [_NO_TURNS] if "position" in gone else []
    said += ["Warnings may come too late."] if "board" in gone and not said else []
    said += [_UNSEEN] if "uplink" in gone else []
    return " ".join(said)


def part_unsteady(fault: Fault) -> str:
    """Lost and back in turn: until it stays as it is, it cannot be relied on."""
    rest = without((fault.part,)).replace("cannot", "sometimes cannot")
    return f"The {_NAMES[fault.part]} comes and goes. {rest}".strip()


def several_lost(lost: PartsLost) -> str:
    """All at once, and what that means."""
    parts = tuple(fault.part for fault in lost.faults)
    return f"Not working: {names(parts)}. {without(parts)}".strip()


FAULTS: dict[AlertKind, Callable[[Fault], str]] = {
    AlertKind.CAMERA_LOST: camera_lost,
    AlertKind.MODEL_LOST: model_lost,
    AlertKind.BOARD_POOR: board_poor,
    AlertKind.RECEIVER_LOST: receiver_lost,
    AlertKind.SPEECH_FALLBACK: speech_fallback,
    AlertKind.SPEECH_BACK: speech_back,
    AlertKind.STORAGE_LOST: storage_lost,
    AlertKind.PART_UNSTEADY: part_unsteady,
}
SENTENCES: dict[AlertKind, str] = {
    AlertKind.CAMERA_POOR: "The camera picture is blurred. I may miss obstacles. Please wipe the lens.",
    AlertKind.CAMERA_BACK: "The camera is back. I warn of obstacles again.",
    AlertKind.MODEL_BACK: "I warn of obstacles again.",
    AlertKind.BOARD_BACK: "The device is quick again.",
    AlertKind.IMU_LOST: "The tilt sensor is not working. Distances are less sure.",
    AlertKind.IMU_BACK: "The tilt sensor is back.",
    AlertKind.RECEIVER_BACK: "The position receiver is back. Finding the position.",
    AlertKind.LINK_LOST: f"Connection lost. Guidance goes on. {_UNSEEN}",
    AlertKind.LINK_REFUSED: f"The server does not accept this device's key. Guidance goes on. {_UNSEEN}",
    AlertKind.LINK_BACK: "Connection is back.",
    AlertKind.STORAGE_BACK: "The record is stored again.",
    AlertKind.BUTTONS_LOST: "The buttons are not working. Everything else goes on being said.",
    AlertKind.BUTTONS_BACK: "The buttons are back.",
    AlertKind.PHONE_PAIRED: "The phone is connected.",
    AlertKind.PHONE_REFUSED: "The phone gave a wrong code. It is not connected.",
    AlertKind.PHONE_SECOND: "Another phone tried to connect. It was refused.",
    AlertKind.PHONE_LEFT: "The phone has disconnected.",
    AlertKind.PHONE_BACK: "The phone is connected again.",
}
