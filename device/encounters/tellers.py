"""Three ways to make speech of the same detections: the device's own, and the two baselines."""

from dataclasses import dataclass, field
from typing import Protocol

from device.announcements import AlertKind, Announcement, Fresh
from device.arbiter import ArbiterState, Play, SpeechArbiter, Stop
from device.blocks import BlocksState
from device.earcons import earcon
from device.encounters.channel import Channel, Utterance
from device.hazards import SceneState, from_scene, settle
from device.policy import Earcon, earcon_of, severity
from device.sound import seconds
from device.words import render
from device.words_ja import obstacle_ahead
from vision.encounters.detector import FALSE
from vision.encounters.figures import SpeechFigures
from vision.encounters.watch import Watched
from vision.sightings import measure
from vision.types import Detection, Hazard, Motion

THRESHOLD_M = 3.0  # a usual range of warning canes and belts of one distance
IN_FRONT_DEG = 15.0  # 0.8 m to each side at that range
REPEAT_S = 5.0  # neither baseline says the same sooner
PAVING = -2  # the subject of what is said of the blocks, in place of a thing's number


@dataclass(slots=True)
class Spoken:
    """One utterance. `thing`: the truth it is of (`FALSE`: nothing is there, `PAVING`: the blocks).

    `subject` tells false ones apart. `level` grows as it got worse; `true`: of the blocks, whether it is so.
    `rest`: how far and the side that looks free, of what was told just before.
    """

    thing: int
    subject: str
    text: str
    level: int
    created_s: float
    sound: Utterance = field(repr=False)
    true: bool = True
    rest: bool = False

    @property
    def started_s(self) -> float:
        """Its first sample."""
        return self.sound.starts_s

    @property
    def ended_s(self) -> float:
        """Its last sample, or where it was cut."""
        return self.sound.ends_s

    @property
    def whole(self) -> bool:
        """Whether it was, or will be, heard to its end."""
        return self.sound.whole


class Teller(Protocol):
    """Hears of every frame when its detections are there, and is asked in between as well."""

    spoken: list[Spoken]
    created: dict[int, float]

    def step(self, now_s: float, watched: Watched | None) -> None:
        """What follows at `now_s`; `watched` None: no new frame."""


class PolicyTeller:
    """The device: `device.hazards`, `device.policy` and `device.arbiter`, stepped as the companion does."""

    def __init__(self, channel: Channel, figures: SpeechFigures, *, paving: bool) -> None:
        self.spoken: list[Spoken] = []
        self.created: dict[int, float] = {}  # when each thing was first offered to the arbiter
        self._channel, self._figures = channel, figures
        # The walk did not begin here: whether there are blocks is known already.
        self._scene = SceneState(blocks=BlocksState(told=paving))
        self._paving = paving
        self._arbiter, self._state = SpeechArbiter(), ArbiterState()
        self._hazards: dict[int, Hazard] | None = None
        self._of_track: dict[int, int] = {}

    def step(self, now_s: float, watched: Watched | None) -> None:
        """One step of the companion without a route."""
        new: tuple[Announcement, ...] = ()
        if watched is not None:
            scene = watched.seen.scene
            self._of_track.update(watched.of_track)
            self._scene, new = from_scene(self._scene, scene, now_s)
            self._hazards = {hazard.track_id: hazard for hazard in scene.hazards}
            for told in new:
                if isinstance(told.params, Hazard):
                    self.created.setdefault(self._of_track.get(told.params.track_id, FALSE), now_s)
        fresh = Fresh(hazards=self._hazards, paving=self._scene.blocks.sight)
        playback = self._channel.playback(now_s)
        self._state, commands, settled = self._arbiter.step(self._state, now_s, new, playback, fresh)
        self._scene = settle(self._scene, settled)
        for command in commands:
            match command:
                case Stop():
                    self._channel.stop(now_s)
                case Play(utterance, announcement):
                    self._say(utterance, announcement, fresh, now_s)

    def _say(self, number: int, told: Announcement, fresh: Fresh, now_s: float) -> None:
        text = render(told, "ja", fresh).speech
        sound = self._channel.play(number, text, seconds(earcon(earcon_of(told))), now_s)
        thing, true = PAVING, (told.kind is AlertKind.PAVING_SIGHTED) == self._paving
        if isinstance(told.params, Hazard):
            thing, true = self._of_track.get(told.params.track_id, FALSE), True
        level = 2 if told.kind is AlertKind.STOP_NOW else severity(told)
        rest = told.kind is AlertKind.OBSTACLE_DETAIL
        self.spoken.append(Spoken(thing, told.key, text, level, told.created_s, sound, true, rest))


class DistanceTeller:
    """Speaks what is nearer than `THRESHOLD_M` in front, the nearest first, each class once in a while."""

    def __init__(self, channel: Channel) -> None:
        self.spoken: list[Spoken] = []
        self.created: dict[int, float] = {}
        self._channel = channel
        self._said: dict[str, float] = {}

    def step(self, now_s: float, watched: Watched | None) -> None:
        """Look at this frame's detections alone."""
        if watched is None or watched.seen.detections is None:
            return
        near = []
        found = zip(watched.seen.detections.objects, watched.of_detection, strict=True)
        for detection, thing in found:
            hazard = _plain(watched, detection)
            if hazard and hazard.distance_m < THRESHOLD_M and abs(hazard.bearing_deg) <= IN_FRONT_DEG:
                self.created.setdefault(thing, now_s)
                near.append((hazard.distance_m, thing, hazard))
        for _, thing, hazard in sorted(near, key=lambda each: each[:2]):
            last = self._said.get(hazard.cls, float("-inf"))
            if now_s - last >= REPEAT_S and not self._channel.busy(now_s):
                sound = _say(self, self._channel, hazard, thing, hazard.cls, now_s)
                self._said[hazard.cls] = sound.ends_s


class EveryTeller:
    """Speaks every confirmed detection that is seen now: what was silent longest, the nearest first."""

    def __init__(self, channel: Channel) -> None:
        self.spoken: list[Spoken] = []
        self.created: dict[int, float] = {}
        self._channel = channel
        self._said: dict[int, float] = {}

    def step(self, now_s: float, watched: Watched | None) -> None:
        """Look at the pipeline's tracks, whether they are in the way or not."""
        if watched is None:
            return
        waiting = []
        for judged in watched.seen.judged:
            track = judged.track
            last = self._said.get(track.id, float("-inf"))
            if judged.confirmed and track.misses == 0 and now_s - last >= REPEAT_S:
                self.created.setdefault(watched.of_track[track.id], now_s)
                waiting.append((last, track.distance_m, track.id, track.latest.detection))
        if not waiting or self._channel.busy(now_s):
            return
        _, distance, number, detection = min(waiting, key=lambda each: each[:3])
        hazard = _plain(watched, detection, distance)
        if hazard is not None:
            sound = _say(self, self._channel, hazard, watched.of_track[number], str(number), now_s)
            self._said[number] = sound.ends_s


def _plain(watched: Watched, detection: Detection, distance_m: float | None = None) -> Hazard | None:
    """A detection as something to speak of, measured in this frame alone."""
    sighting = measure(watched.seen.camera, detection)
    if sighting is None:
        return None
    return Hazard(
        track_id=0,
        cls=detection.cls,
        score=detection.score,
        distance_m=sighting.distance.distance_m if distance_m is None else distance_m,
        distance_sigma_m=sighting.distance.sigma_m,
        bearing_deg=sighting.bearing_deg,
        on_paving=False,
        ttc_s=None,
        motion=Motion.UNKNOWN,
        free_side=None,
    )


def _say(
    teller: DistanceTeller | EveryTeller,
    channel: Channel,
    hazard: Hazard,
    thing: int,
    subject: str,
    now_s: float,
) -> Utterance:
    text = obstacle_ahead(hazard)
    sound = channel.play(len(teller.spoken) + 1, text, seconds(earcon(Earcon.CAUTION)), now_s)
    teller.spoken.append(Spoken(thing, subject, text, 0, now_s, sound))
    return sound
