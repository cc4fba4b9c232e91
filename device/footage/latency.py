"""From a frame's arrival to the first sample handed to the speaker, beyond the network's own time.

The device's own parts in real time: frames at their moment, the looking thread with the real network, a
session that is woken by what comes, words made by the real voice meanwhile. So that there is something to
say at once, every few frames a thing about to be touched is put into what the pipeline made of the frame.
"""

import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from device.clocks import SystemClock
from device.companion import Companion, Say, Settings
from device.demo.live import StartedClock, real_ticks
from device.errors import SpeechError
from device.eyes import LocalEyes
from device.latency import TICK_S
from device.looking import ThreadedLooker
from device.mouth import LocalMouth
from device.outbox import Outbox
from device.paced import PacedCamera
from device.ports import Clock, Pcm, Playback, Voice
from device.session import Ports, Session
from device.standing_words import always_said
from device.synthesis import ThreadedSynthesis
from device.voice import VoiceProcess
from routing.simulated import Leg, route_of
from vision.attitude import Attitude
from vision.camera import unknown_camera
from vision.decode import Floats
from vision.errors import VisionError
from vision.network_detector import NetworkDetector, Outputs
from vision.pipeline import Pipeline
from vision.types import Frame, Hazard, Image, Motion, ObjectClass, Scene
from wire.position import Fix

EVERY = 5  # a thing is put into each so many-th frame that is looked at
FIRST = 1_000_000  # track numbers that no pipeline reaches
SOUNDS_S = 0.15  # of each utterance: then the next may begin
RATE_HZ, BUSY = 10.0, 0.6  # frames a second; fewer where the network would be busy for more than this share
LEAST = 10  # warnings: fewer tell no p95
_BEARINGS = (-40.0, 20.0, -20.0, 40.0, 0.0)  # far enough apart to be different things


class TooFewError(VisionError):
    """Too few warnings came for a figure."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds beyond the network; `network_`, `waited_`, `pipeline_`, `said_`: each step on the way."""

    warnings: int
    asked: int  # things that were put in
    rate_hz: float
    voice: bool  # a real voice was making words meanwhile
    p50_ms: float
    p95_ms: float
    worst_ms: float
    network_p50_ms: float
    waited_p50_ms: float  # from the frame's arrival until it was taken up
    pipeline_p50_ms: float  # from then until there is a scene, without the network
    said_p50_ms: float  # from the scene to the first sample
    network_p95_ms: float
    waited_p95_ms: float
    pipeline_p95_ms: float
    said_p95_ms: float


@dataclass(slots=True)
class _Way:
    """One frame's moments, seconds of the clock; None: not reached."""

    arrived_s: float
    begun_s: float = 0.0
    network_s: float = 0.0
    seen_s: float = 0.0
    sounded_s: float | None = None


class _Timed(NetworkDetector):
    """The detector, its network timed."""

    def __init__(self, inner: NetworkDetector) -> None:
        super().__init__(inner.model)
        self._inner = inner
        self._clock = SystemClock()
        self.took_s = 0.0

    def infer(self, blob: Floats) -> Outputs:
        """As the inner one."""
        began_s = self._clock.now_s()
        outputs = self._inner.infer(blob)
        self.took_s = self._clock.now_s() - began_s
        return outputs


class _Eyes:
    """The real pipeline; into every few scenes it puts a thing about to be touched."""

    def __init__(self, detector: NetworkDetector, size: tuple[int, int], clock: Clock) -> None:
        self.ways: dict[int, _Way] = {}
        self._detector = _Timed(detector)
        self._pipeline = Pipeline(self._detector, unknown_camera(*size))
        self._clock = clock
        self._seen = 0

    def see(self, frame: Frame, attitude: Attitude | None, own_speed_mps: float | None) -> Scene:
        """What the frame tells, and more."""
        way = _Way(frame.t_s, self._clock.now_s())
        scene = self._pipeline.see(frame, own_speed_mps, attitude=attitude).scene
        self._seen += 1
        if self._seen % EVERY == 0:
            thing = _thing(frame.index, self._seen // EVERY)
            scene = replace(scene, hazards=(thing, *scene.hazards), looked=True, fault=None)
            way.network_s, way.seen_s = self._detector.took_s, self._clock.now_s()
            self.ways[frame.index] = way
        return scene


def _thing(index: int, number: int) -> Hazard:
    """Coming fast: told at once, whatever is being said."""
    return Hazard(
        track_id=FIRST + index,
        cls=ObjectClass.BICYCLE,
        score=0.9,
        distance_m=5.0,
        distance_sigma_m=0.1,
        bearing_deg=_BEARINGS[number % len(_BEARINGS)],
        on_paving=True,
        ttc_s=2.5,
        motion=Motion.APPROACHING,
        free_side=None,
    )


class _Ear:
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


class _NoPosition:
    def poll(self) -> tuple[Fix, ...]:
        return ()

    def close(self) -> None: ...


class _NoVoice:
    """Where the real one cannot start: the first sample, an earcon's, does not wait for it."""

    def synthesise(self, text: str, lang: str) -> Pcm:
        return np.zeros(4800, np.int16)

    def close(self) -> None: ...


def measure(
    detector: NetworkDetector,
    images: Sequence[Image],
    seconds: float,
    network_s: float,
    voice: Voice | None = None,
) -> Latency:
    """Replay `images` round and round for `seconds`. `network_s`: what the network usually takes.

    `voice` None: the real one, or none where it cannot start. Raises `TooFewError`.
    """
    rate = min(RATE_HZ, BUSY / max(network_s, 1e-3))
    with ExitStack() as stack:
        clock, wake = StartedClock(), threading.Event()
        eyes = _Eyes(detector, (images[0].shape[1], images[0].shape[0]), clock)
        ear = _Ear(clock)
        voice, real = _voice(stack) if voice is None else (voice, False)
        session = _session(stack, eyes, ear, voice, clock, wake, _paced(images, rate))
        asked = _run(session, ear, eyes, clock, seconds, wake)
    return _figures(list(eyes.ways.values()), asked, rate, real)


def _voice(stack: ExitStack) -> tuple[Voice, bool]:
    voice = VoiceProcess()
    stack.callback(voice.close)
    try:
        voice.synthesise("止まって。", "ja")  # it loads its dictionary now
    except SpeechError:
        return _NoVoice(), False
    return voice, True


def _paced(images: Sequence[Image], rate_hz: float) -> Iterator[Frame]:
    """Without end, the first after half a second."""
    index = 0
    while True:
        yield Frame(index, 0.5 + index / rate_hz, images[index % len(images)])
        index += 1


def _session(
    stack: ExitStack,
    eyes: _Eyes,
    ear: _Ear,
    voice: Voice,
    clock: StartedClock,
    wake: threading.Event,
    frames: Iterator[Frame],
) -> Session:
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    outbox = stack.enter_context(Outbox(Path(folder) / "outbox.sqlite"))
    synthesis = ThreadedSynthesis(voice, wake.set, always_said("ja"))
    stack.callback(synthesis.close)
    looker = ThreadedLooker(eyes, clock, wake.set)
    stack.callback(looker.close)
    camera = PacedCamera(frames, clock, wake.set)
    stack.callback(camera.close)
    companion = Companion(route_of([Leg(0.0, 100.0)], practice=True), Settings())
    sight, mouth = LocalEyes(camera, looker), LocalMouth(synthesis, ear)
    ports = Ports(clock, _NoPosition(), sight, mouth, outbox, "bench", lambda: None)
    return Session(companion, ports)


def _run(
    session: Session, ear: _Ear, eyes: _Eyes, clock: Clock, seconds: float, wake: threading.Event
) -> int:
    """Tick as a walk in real time does; how many things were put in before the last moment."""
    for _ in real_ticks(clock, seconds, TICK_S, wake):
        for command in session.tick().turn.commands:
            if not isinstance(command, Say):
                continue
            thing = command.announcement.params
            if isinstance(thing, Hazard) and thing.track_id >= FIRST:
                eyes.ways[thing.track_id - FIRST].sounded_s = ear.sounded_s[command.utterance]
    return sum(way.seen_s < seconds - 1.0 or way.sounded_s is not None for way in eyes.ways.values())


def _figures(ways: list[_Way], asked: int, rate_hz: float, voice: bool) -> Latency:
    heard = [(way, way.sounded_s) for way in ways if way.sounded_s is not None]
    if len(heard) < LEAST:
        raise TooFewError(f"{len(heard)} warnings of {asked}: too few to tell a p95: a longer --latency-s")

    def ms(values: Sequence[float], share: float = 0.5) -> float:
        return float(np.quantile(np.array(values) * 1000, share))

    beyond = [sounded - way.arrived_s - way.network_s for way, sounded in heard]
    network = [way.network_s for way, _ in heard]
    waited = [way.begun_s - way.arrived_s for way, _ in heard]
    pipeline = [way.seen_s - way.begun_s - way.network_s for way, _ in heard]
    said = [sounded - way.seen_s for way, sounded in heard]
    return Latency(
        warnings=len(heard),
        asked=asked,
        rate_hz=rate_hz,
        voice=voice,
        p50_ms=ms(beyond),
        p95_ms=ms(beyond, 0.95),
        worst_ms=ms(beyond, 1.0),
        network_p50_ms=ms(network),
        waited_p50_ms=ms(waited),
        pipeline_p50_ms=ms(pipeline),
        said_p50_ms=ms(said),
        network_p95_ms=ms(network, 0.95),
        waited_p95_ms=ms(waited, 0.95),
        pipeline_p95_ms=ms(pipeline, 0.95),
        said_p95_ms=ms(said, 0.95),
    )
