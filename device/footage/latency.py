"""From a frame's arrival to the first sample handed to the speaker, beyond the network's own time.

The device's own parts in real time: frames at their moment, the looking thread with the real network, a
session that is woken by what comes, words made by the real voice meanwhile. Every warning counts that is
begun in the step in which a scene made it. So that there are enough of them on any clip, bicycles come up
in the network's answers (`device.footage.comers`).
"""

import gc
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import Final

import cv2

from device.announcements import AlertKind
from device.companion import Companion, Say, Settings
from device.demo.live import StartedClock, real_ticks
from device.eyes import LocalEyes
from device.footage.comers import COMES_LOOKS, Comers
from device.footage.latency_figures import Latency, Warned, latency
from device.footage.latency_stand import Ear, HandedOver, NoPosition, TimedSight, voice_for
from device.latency import SETTLED_S, TICK_S
from device.looking import ThreadedLooker
from device.mouth import LocalMouth
from device.paced import PacedCamera
from device.ports import Clock, Voice
from device.session import Ports, Session, Tick
from device.standing_words import always_said
from device.synthesis import ThreadedSynthesis
from routing.simulated import Leg, route_of
from vision.camera import unknown_camera
from vision.network_detector import NetworkDetector
from vision.types import Frame, Hazard, Image, PavingSight

RATE_HZ, BUSY = 10.0, 0.5  # frames a second; fewer where the network would be busy for more than this share
EVERY: Final = COMES_LOOKS  # frames looked at for one warning, more or less
LONGER: Final = 4.0  # times as long as was asked for, where that does not give the warnings wanted


class _Count:
    """What was told from `from_s` on, and how."""

    def __init__(self, sight: TimedSight, ear: Ear, comers: Comers, from_s: float) -> None:
        self.warned: list[Warned] = []
        self.later = 0
        self._sight, self._ear, self._comers, self._from_s = sight, ear, comers, from_s

    def take(self, tick: Tick) -> None:
        """A step's warnings; the rest of one (`OBSTACLE_DETAIL`) tells of no new frame."""
        if tick.senses.now_s < self._from_s:
            return
        for command in tick.turn.commands:
            if not isinstance(command, Say) or command.announcement.kind is AlertKind.OBSTACLE_DETAIL:
                continue
            subject = command.announcement.params
            if isinstance(subject, Hazard | PavingSight):
                self._add(tick, command, subject)

    def _add(self, tick: Tick, say: Say, subject: Hazard | PavingSight) -> None:
        scene = tick.senses.scene
        if scene is None or say.announcement.created_s != tick.senses.now_s:
            self.later += 1
            return
        look = self._sight.looks[scene.frame_index]
        own = isinstance(subject, PavingSight) or not self._comers.among(subject, scene.t_s)
        self.warned.append(Warned(look, self._ear.sounded_s[say.utterance], own))


def measure(
    detector: NetworkDetector,
    images: Sequence[Image],
    seconds: float,
    network_s: float,
    voice: Voice | None = None,
    wanted: int = 0,
    settled_s: float = SETTLED_S,
) -> Latency:
    """Replay `images` round and round for `seconds`, up to LONGER times as long until `wanted` warnings came.

    `settled_s` before them nothing counts. `network_s`: what the network usually takes. `voice` None: the
    real one, or none where it cannot start. Raises `TooFewError`.
    """
    rate = pace_hz(network_s)
    with ExitStack() as stack:
        _as_on_the_device(stack)
        clock, wake = StartedClock(), threading.Event()
        camera = unknown_camera(images[0].shape[1], images[0].shape[0])
        comers = Comers(camera, rate)
        sight, ear = TimedSight(detector, camera, comers, clock), Ear(clock)
        voice, real = voice_for(stack) if voice is None else (voice, False)
        session = _session(stack, sight, ear, voice, clock, wake, _paced(images, rate, clock.now_s()))
        count = _Count(sight, ear, comers, clock.now_s() + settled_s)
        lasted_s = _run(session.tick, count, clock, (settled_s, seconds), wanted, wake)
    return latency(count.warned, count.later, lasted_s, rate, voice=real)


def _as_on_the_device(stack: ExitStack) -> None:
    """One thread for OpenCV; and Python's collector does not go through what only a bench has loaded."""
    stack.callback(cv2.setNumThreads, cv2.getNumThreads())
    cv2.setNumThreads(1)
    gc.collect()
    gc.freeze()
    stack.callback(gc.unfreeze)


def pace_hz(network_s: float) -> float:
    """Frames a second for a network that takes so long: what is measured is the way, not a queue."""
    return min(RATE_HZ, BUSY / max(network_s, 1e-3))


def _paced(images: Sequence[Image], rate_hz: float, now_s: float) -> Iterator[Frame]:
    """Without end, the first after half a second."""
    index = 0
    while True:
        yield Frame(index, now_s + 0.5 + index / rate_hz, images[index % len(images)])
        index += 1


def _session(
    stack: ExitStack,
    sight: TimedSight,
    ear: Ear,
    voice: Voice,
    clock: Clock,
    wake: threading.Event,
    frames: Iterator[Frame],
) -> Session:
    synthesis = ThreadedSynthesis(voice, wake.set, always_said("ja"))
    stack.callback(synthesis.close)
    looker = ThreadedLooker(sight, clock, wake.set)
    stack.callback(looker.close)
    camera = PacedCamera(frames, clock, wake.set)
    stack.callback(camera.close)
    companion = Companion(route_of([Leg(0.0, 100.0)], practice=True), Settings())
    eyes, mouth = LocalEyes(camera, looker), LocalMouth(synthesis, ear)
    ports = Ports(clock, NoPosition(), eyes, mouth, HandedOver(), "bench", lambda: None)
    return Session(companion, ports)


def _run(
    tick: Callable[[], Tick],
    count: _Count,
    clock: Clock,
    lengths_s: tuple[float, float],
    wanted: int,
    wake: threading.Event,
) -> float:
    """Tick as a walk in real time does: to settle, and to count. How long it counted."""
    settled_s, seconds = lengths_s
    began_s = clock.now_s() + settled_s
    longest_s = seconds * LONGER if wanted else seconds
    for now_s in real_ticks(clock, began_s + longest_s, TICK_S, wake):
        if now_s - began_s >= seconds and len(count.warned) >= wanted:
            break
        count.take(tick())
    return clock.now_s() - began_s
