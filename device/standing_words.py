"""The sentences that are always said in the same words: faults and their ends. Made ahead of their time."""

from collections.abc import Iterator
from typing import Final

from device.announcements import LANGS, AlertKind, Fault, Lang
from device.producers import announcement
from device.words import render
from vision.faults import BLIND, BLURRED
from vision.health import HOT, LOW_POWER, SLOW
from wire.trip import Part

_FAULTS: Final[tuple[tuple[AlertKind, Part, tuple[str, ...]], ...]] = (
    (AlertKind.MODEL_LOST, "model", ("",)),
    (AlertKind.CAMERA_LOST, "camera", ("stale", "", "ended", "gave_up", *sorted(BLIND))),
    (AlertKind.RECEIVER_LOST, "position", ("", "ended", "gave_up")),
    (AlertKind.CAMERA_POOR, "camera", (BLURRED,)),
    (AlertKind.BOARD_POOR, "board", (SLOW, HOT, LOW_POWER)),
    (AlertKind.IMU_LOST, "imu", ("",)),
    (AlertKind.BUTTONS_LOST, "buttons", ("",)),
    (AlertKind.MODEL_BACK, "model", ("",)),
    (AlertKind.CAMERA_BACK, "camera", ("",)),
    (AlertKind.BOARD_BACK, "board", ("",)),
    (AlertKind.IMU_BACK, "imu", ("",)),
    (AlertKind.RECEIVER_BACK, "position", ("",)),
    (AlertKind.BUTTONS_BACK, "buttons", ("",)),
    (AlertKind.LINK_LOST, "uplink", ("",)),
    (AlertKind.LINK_REFUSED, "uplink", ("refused",)),
    (AlertKind.LINK_BACK, "uplink", ("",)),
    (AlertKind.STORAGE_LOST, "recorder", ("", "ended", "gave_up")),
    (AlertKind.STORAGE_BACK, "recorder", ("",)),
    (AlertKind.SPEECH_FALLBACK, "speech", (*LANGS, "speaker")),
    (AlertKind.SPEECH_BACK, "speech", ("", "ended")),
)


def faults_told() -> Iterator[tuple[AlertKind, Part, str]]:
    """Every kind of fault and of its end, with each reason it may have; the most urgent first."""
    for kind, part, reasons in _FAULTS:
        yield from ((kind, part, reason) for reason in reasons)


def always_said(lang: Lang) -> tuple[tuple[Lang, str], ...]:
    """As the voice shall get them."""
    return tuple(
        (lang, render(announcement(kind, part, Fault(part, reason), 0.0), lang).speech)
        for kind, part, reason in faults_told()
    )
