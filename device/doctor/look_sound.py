"""Plays a chirp through the device's own speaker and listens for it; makes a word in each language."""

import contextlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from typing import IO, Final, Protocol

import numpy as np

from device.announcements import LANGS, Lang
from device.clocks import SystemClock
from device.doctor.sound_heard import CHIRP_S, chirp, holds_chirp
from device.doctor.sounds import Ear, SpeakerFacts, VoiceFacts
from device.errors import ConfigError, SpeechError
from device.ports import SAMPLE_RATE, Clock, Pcm, Speaker
from device.speakers import speaker_from_uri
from device.voice import VoiceProcess

_UTTERANCE: Final = 1
# A recorder needs some time to open its source, and a radio link plays late.
_BEFORE_S, _AFTER_S = 0.4, 0.8
_LATE_S: Final = 5.0
_PAREC: Final = (
    "parec",
    "--raw",
    f"--rate={SAMPLE_RATE}",
    "--format=s16le",
    "--channels=1",
    "--latency-msec=50",
)
_ARECORD: Final = ("arecord", "-q", "-t", "raw", "-f", "S16_LE", "-r", str(SAMPLE_RATE), "-c", "1")


class Listener(Protocol):
    """An ear: listens from `begin` to `end`."""

    ear: Ear

    def begin(self) -> None:
        """Open it."""

    def end(self) -> Pcm:
        """What was heard; nothing where it could not listen."""


class ProcessListener:
    """A recorder of the system, raw samples into a file: a pipe holds half a second."""

    def __init__(self, ear: Ear, command: tuple[str, ...]) -> None:
        self.ear = ear
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._file: IO[bytes] | None = None

    def begin(self) -> None:
        """Start it; one that cannot start hears nothing."""
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (closed in `end`)
        with contextlib.suppress(OSError):
            self._process = subprocess.Popen(  # noqa: S603 (a fixed command, no shell)
                self._command, stdin=subprocess.DEVNULL, stdout=self._file, stderr=subprocess.DEVNULL
            )

    def end(self) -> Pcm:
        """Stop it."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(timeout=2.0)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        with contextlib.ExitStack() as stack:
            if self._file is None:
                return np.zeros(0, np.int16)
            out = stack.enter_context(self._file)
            out.seek(0)
            data = out.read()
        return np.frombuffer(data[: len(data) // 2 * 2], "<i2").astype(np.int16)


def ears(microphone: str | None) -> tuple[Listener, ...]:
    """Those that this machine has: the sound server's monitor, and a microphone."""
    found: list[Listener] = []
    if shutil.which("parec"):
        found.append(ProcessListener("monitor", (*_PAREC, "--device=@DEFAULT_MONITOR@")))
        source = (f"--device={microphone}",) if microphone else ("--device=@DEFAULT_SOURCE@",)
        found.append(ProcessListener("microphone", (*_PAREC, *source)))
    elif shutil.which("arecord"):
        found.append(ProcessListener("microphone", (*_ARECORD, "-")))
    return tuple(found)


def look_at_speaker(
    uri: str, listeners: Sequence[Listener], clock: Clock | None = None, speaker: Speaker | None = None
) -> SpeakerFacts:
    """Play once while all `listeners` listen. Takes about two seconds."""
    clock = clock or SystemClock()
    if uri == "null:":
        return SpeakerFacts(uri, "null: は音を出しません / makes no sound")
    try:
        speaker = speaker or speaker_from_uri(uri)
    except (ConfigError, SpeechError) as error:
        return SpeakerFacts(uri, str(error))
    for listener in listeners:
        listener.begin()
    try:
        _pass(clock, _BEFORE_S if listeners else 0.0)
        fault = _play(speaker, clock)
        _pass(clock, _AFTER_S if listeners else 0.0)
    finally:
        recorded = [(listener.ear, listener.end()) for listener in listeners]
        speaker.close()
    return SpeakerFacts(uri, fault) if fault else _heard(uri, recorded)


def _heard(uri: str, recorded: Sequence[tuple[Ear, Pcm]]) -> SpeakerFacts:
    listened = [(ear, holds_chirp(pcm)) for ear, pcm in recorded if len(pcm) >= SAMPLE_RATE * CHIRP_S]
    for ear, heard in listened:
        if heard:
            return SpeakerFacts(uri, ear=ear, heard=True)
    if listened:
        return SpeakerFacts(uri, ear=listened[0][0], heard=False)
    if uri.startswith("wav:"):
        return SpeakerFacts(uri, why_not="音はファイルに書かれます / it goes into a file")
    return SpeakerFacts(
        uri, why_not="聞くための部品（parec か arecord）がありません / neither parec nor arecord"
    )


def _play(speaker: Speaker, clock: Clock) -> str:
    """Why it did not play to its end; empty where it did."""
    speaker.play(_UTTERANCE, chirp(), clock.now_s())
    until_s = clock.now_s() + CHIRP_S + _LATE_S
    while clock.now_s() < until_s:
        playback = speaker.playback(clock.now_s())
        if _UTTERANCE in playback.failed:
            fault = str(getattr(speaker, "fault", None) or "鳴りません / it does not play")
            return fault.partition(": check the sound card")[0]  # which is what is being done
        if playback.utterance is None:
            return ""
        _pass(clock, 0.02)
    return "終わりません / it does not come to its end"


def _pass(clock: Clock, seconds: float) -> None:
    until_s = clock.now_s() + seconds
    while (left_s := until_s - clock.now_s()) > 0:
        time.sleep(min(left_s, 0.05))


def look_at_voices(clock: Clock) -> tuple[VoiceFacts, ...]:
    """A word in each language, by a process of its own as on a walk."""
    voice = VoiceProcess()
    try:
        return tuple(_voice(voice, lang, clock) for lang in LANGS)
    finally:
        voice.close()


def _voice(voice: VoiceProcess, lang: Lang, clock: Clock) -> VoiceFacts:
    began_s = clock.now_s()
    try:
        voice.synthesise("案内します。" if lang == "ja" else "Guidance.", lang)
    except SpeechError as error:
        return VoiceFacts(lang, str(error))
    return VoiceFacts(lang, spare=voice.spare_in_use(lang), first_s=round(clock.now_s() - began_s, 2))
