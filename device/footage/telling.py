"""What would be said of what is seen, and when: the companion's own steps, without a route.

Scenes become announcements, the arbiter says when, and the voice is busy for as long as its words take.
A scene is heard of when the model would have found it, and a word sounds when a speaker would begin it.
"""

from collections import deque
from dataclasses import dataclass
from typing import Protocol

from device.announcements import Announcement, Fresh
from device.arbiter import ArbiterState, Play, Settled, SpeechArbiter, Stop
from device.earcons import earcon
from device.encounters.channel import Utterance
from device.hazards import SceneState, from_scene, settle
from device.policy import earcon_of, urgency_of
from device.ports import Playback
from device.sound import seconds
from device.words import render
from vision.types import Hazard, Scene
from wire.trip import Outcome, Urgency

TICK_S = 0.05  # how often the companion is stepped, frames or not


class Mouth(Protocol):
    """A voice in virtual time: `device.encounters.channel.Channel`, or one that keeps the sound."""

    def play(self, number: int, text: str, earcon_s: float, now_s: float) -> Utterance:
        """Begin; whatever was playing stops. What comes back is kept up to date."""

    def stop(self, now_s: float) -> None:
        """Silence from now on."""

    def playback(self, now_s: float) -> Playback:
        """As a speaker tells it."""


@dataclass(slots=True)
class Said:
    """An announcement and what became of it. Times are seconds of the source; None: it never sounded.

    `outcome`: as in a trip's log, or "speaking" where the source ended before the words did.
    """

    kind: str
    key: str
    urgency: Urgency
    text_ja: str
    text_en: str
    created_s: float
    started_s: float | None = None
    ended_s: float | None = None
    outcome: Outcome | None = None
    track_id: int | None = None

    def sounds(self, t_s: float) -> bool:
        """Whether it is heard at `t_s`."""
        return self.started_s is not None and self.started_s <= t_s and (
            self.ended_s is None or t_s < self.ended_s
        )  # fmt: skip


class Teller:
    """Hears of scenes and speaks. `latency_s`: from a frame's exposure until its scene is there."""

    def __init__(self, mouth: Mouth, latency_s: float) -> None:
        self.said: list[Said] = []  # in the order in which they were begun or dropped
        self._mouth = mouth
        self._latency_s = latency_s
        self._scene, self._arbiter, self._state = SceneState(), SpeechArbiter(), ArbiterState()
        self._hazards: dict[int, Hazard] | None = None
        self._coming: deque[tuple[float, Scene]] = deque()
        self._tick_s: float | None = None
        self._sounding: dict[int, tuple[Said, Utterance]] = {}

    def hear(self, scene: Scene) -> None:
        """A scene, in order of time."""
        self._coming.append((scene.t_s + self._latency_s, scene))
        if self._tick_s is None:
            self._tick_s = scene.t_s

    def until(self, t_s: float) -> None:
        """Do everything that is due by `t_s`."""
        while self._tick_s is not None:
            ready = self._coming[0][0] if self._coming else float("inf")
            now_s = min(self._tick_s, ready)
            if now_s > t_s:
                return
            if ready <= self._tick_s:
                self._step(now_s, self._coming.popleft()[1])
            else:
                self._step(now_s, None)
                self._tick_s += TICK_S

    def sounding(self, t_s: float) -> Said | None:
        """What is heard at `t_s`, which is not later than the last `until`."""
        return next((said for said, _ in self._sounding.values() if said.sounds(t_s)), None)

    def _step(self, now_s: float, scene: Scene | None) -> None:
        new: tuple[Announcement, ...] = ()
        if scene is not None:
            self._scene, new = from_scene(self._scene, scene, now_s)
            self._hazards = {hazard.track_id: hazard for hazard in scene.hazards} if scene.looked else None
        fresh = Fresh(hazards=self._hazards, paving=self._scene.blocks.sight)
        playback = self._mouth.playback(now_s)
        self._state, commands, settled = self._arbiter.step(self._state, now_s, new, playback, fresh)
        self._scene = settle(self._scene, settled)
        for command in commands:
            match command:
                case Stop():
                    self._mouth.stop(now_s)
                case Play(utterance, announcement):
                    self._say(utterance, announcement, fresh, now_s)
        self._keep_up(settled, fresh)

    def _say(self, number: int, told: Announcement, fresh: Fresh, now_s: float) -> None:
        speech = render(told, "ja", fresh).speech
        sound = self._mouth.play(number, speech, seconds(earcon(earcon_of(told))), now_s)
        said = _said(told, fresh)
        self.said.append(said)
        self._sounding[number] = (said, sound)

    def _keep_up(self, settled: tuple[Settled, ...], fresh: Fresh) -> None:
        for said, sound in self._sounding.values():
            said.started_s, said.ended_s = sound.starts_s, sound.ends_s
        for item in settled:
            if item.utterance in self._sounding:
                said, _ = self._sounding.pop(item.utterance)
            else:
                said = _said(item.announcement, fresh)
                self.said.append(said)
            said.outcome = item.outcome


def _said(told: Announcement, fresh: Fresh) -> Said:
    ja, en = render(told, "ja", fresh).text, render(told, "en", fresh).text
    track = told.params.track_id if isinstance(told.params, Hazard) else None
    return Said(str(told.kind), told.key, urgency_of(told).wire, ja, en, told.created_s, track_id=track)
