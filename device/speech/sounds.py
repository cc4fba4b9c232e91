"""The earcons for people: a table with their meanings, as sound, as files."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from device.earcons import MEANINGS, earcon
from device.errors import SpeechError
from device.policy import Earcon
from device.sound import seconds, write_wav
from device.system_speaker import SystemSpeaker

_APART_S = 0.6


@dataclass(frozen=True, slots=True)
class Row:
    """One earcon."""

    name: str
    seconds: float
    ja: str
    en: str


def table() -> tuple[Row, ...]:
    """All, in the order of the table of announcements."""
    return tuple(
        Row(which.value, seconds(earcon(which)), MEANINGS[which]["ja"], MEANINGS[which]["en"])
        for which in Earcon
    )


def play_all(rows: Sequence[Row]) -> None:
    """One after the other through the system's speaker; `SpeechError` where one does not sound."""
    speaker = SystemSpeaker()
    try:
        for number, row in enumerate(rows, start=1):
            speaker.play(number, earcon(Earcon(row.name)), time.monotonic())
            while (seen := speaker.playback(time.monotonic())).utterance is not None:
                time.sleep(0.02)
            if seen.failed:
                raise SpeechError(speaker.fault or "no sound")
            time.sleep(_APART_S)
    finally:
        speaker.close()


def write_all(folder: Path) -> tuple[Path, ...]:
    """Each as a WAV in `folder`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SpeechError(f"cannot make {folder}: {error.strerror}: choose another folder") from None
    paths = tuple(folder / f"{which.value}.wav" for which in Earcon)
    for which, path in zip(Earcon, paths, strict=True):
        write_wav(path, earcon(which))
    return paths
