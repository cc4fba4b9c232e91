"""What the live loop of `device.footage.latency` sees with, speaks with and goes without."""

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import replace
from typing import Final

import numpy as np

from device.errors import SpeechError
from device.footage.comers import Comers
from device.footage.latency_figures import Look, behind_s
from device.ports import Clock, Pcm, Playback, Voice
from device.voice import VoiceProcess
from vision.attitude import Attitude
from vision.camera import Camera
from vision.decode import Floats
from vision.network_detector import NetworkDetector, Outputs
from vision.pipeline import Pipeline
from vision.types import Detections, Frame, Scene
from wire.position import Fix
from wire.trip import Happening

SOUNDS_S: Final = 0.15  # of each utterance: then the next may begin


class TimedDetector(NetworkDetector):
    """The detector, its network timed; to what it finds the comers are added. `network_s`: from, to."""

    def __init__(self, inner: NetworkDetector, comers: Comers, clock: Clock) -> None:
        super().__init__(inner.model)
        self._inner, self._comers, self._clock = inner, comers, clock
        self.network_s = (0.0, 0.0)

    def infer(self, blob: Floats) -> Outputs:
        """As the inner one."""
        began_s = self._clock.now_s()
        outputs = self._inner.infer(blob)
        self.network_s = (began_s, self._clock.now_s())
        return outputs

    def detect(self, frame: Frame, least: float | None = None) -> Detections:
        """What is on the picture, and who comes up."""
        found = super().detect(frame, least)
        return replace(found, objects=(*found.objects, *self._comers.at(frame.t_s)))


class TimedSight:
    """The device's pipeline as a `device.looking.Sight`; it keeps the moments of each frame."""

    def __init__(self, detector: NetworkDetector, camera: Camera, comers: Comers, clock: Clock) -> None:
        self.looks: dict[int, Look] = {}  # by the frame's number; written by the looking thread
        self._detector = TimedDetector(detector, comers, clock)
        self._pipeline = Pipeline(self._detector, camera)
        self._clock = clock
        self._before: Look | None = None

    def see(self, frame: Frame, attitude: Attitude | None, own_speed_mps: float | None) -> Scene:
        """What the frame tells."""
        begun_s = self._clock.now_s()
        self._detector.network_s = (begun_s, begun_s)  # as it stays where the picture tells nothing
        scene = self._pipeline.see(frame, own_speed_mps, attitude=attitude).scene
        behind = behind_s(frame.t_s, self._before)
        look = Look(frame.t_s, begun_s, self._detector.network_s, self._clock.now_s(), behind)
        self.looks[frame.index] = self._before = look
        return scene


class Ear:
    """A `Speaker` that notes when it was given the first samples, and is soon silent again."""

    def __init__(self, clock: Clock) -> None:
        self.sounded_s: dict[int, float] = {}
        self._clock = clock
        self._playing: tuple[int, float] | None = None

    def play(self, utterance: int, pcm: Pcm, now_s: float, *, more: bool = False) -> None:
        """The moment that counts."""
        self.sounded_s[utterance] = self._clock.now_s()
        self._playing = (utterance, now_s)

    def add(self, utterance: int, pcm: Pcm, now_s: float) -> None:
        """Words: after the first sample."""

    def stop(self, now_s: float) -> None:
        """Silent."""
        self._playing = None

    def playback(self, now_s: float) -> Playback:
        """Each utterance is over after `SOUNDS_S`."""
        if self._playing is None:
            return Playback()
        utterance, started_s = self._playing
        if now_s - started_s < SOUNDS_S:
            return Playback(utterance, started_s, started_s + SOUNDS_S)
        self._playing = None
        return Playback(finished=(utterance,))

    def close(self) -> None:
        """Nothing is held."""


class HandedOver:
    """A `TripLog` that is somebody else's work: as on the device, where guidance waits for no disk."""

    def append_many(self, trip_id: str, happened: Iterable[tuple[float, Happening]]) -> None:
        """Gone to the part that writes."""


class NoPosition:
    """A `PositionSource` without a receiver."""

    def poll(self) -> tuple[Fix, ...]:
        """Nothing, ever."""
        return ()

    def close(self) -> None:
        """Nothing is held."""


class NoVoice:
    """Where the real one cannot start: the first sample, an earcon's, does not wait for it."""

    def synthesise(self, text: str, lang: str) -> Pcm:
        """Silence."""
        return np.zeros(4800, np.int16)

    def close(self) -> None:
        """Nothing is held."""


def voice_for(stack: ExitStack) -> tuple[Voice, bool]:
    """The real voice, warm, closed with `stack`; `NoVoice` and False where it cannot start."""
    voice = VoiceProcess()
    stack.callback(voice.close)
    try:
        voice.synthesise("止まって。", "ja")  # it loads its dictionary now
    except SpeechError:
        return NoVoice(), False
    return voice, True
