"""The rim around the companion: one tick polls the ports, steps the core, and carries out what it says."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from device.announcements import Lang
from device.companion import Companion, CompanionState, Health, Hush, Say, Senses, Turn
from device.earcons import earcon
from device.errors import CameraError, OutboxError, RecordError, SpeechError
from device.nmea import as_written
from device.outbox import Outbox
from device.ports import CameraSource, Clock, Pcm, Playback, PositionSource, Speaker, Voice
from device.rerouting import RerouteAnswer, RerouteRequest
from device.run_format import as_recorded
from device.thermal import HeatSource
from vision.errors import ModelError, VisionError
from vision.health import SLOW, HeatWatch, ModelWatch
from vision.types import Frame, Scene
from wire.position import Fix
from wire.trip import Happening, Part


class Sight(Protocol):
    """Frame to scene: `vision.pipeline` behind it, or a recording."""

    def see(self, frame: Frame) -> Scene:
        """What the frame tells."""


class Recorder(Protocol):
    """Keeps what a replay needs: what came in and what came out."""

    def senses(self, senses: Senses) -> None:
        """What came in with one step; raises `RecordError`."""

    def turn(self, now_s: float, turn: Turn) -> None:
        """What came out; raises `RecordError`."""


class Rerouter(Protocol):
    """Plans a new route without holding up the caller."""

    def ask(self, request: RerouteRequest) -> None:
        """Begin to plan."""

    def poll(self) -> RerouteAnswer | None:
        """An answer that arrived since the last call; never blocks."""


@dataclass(slots=True)
class Ports:
    """All that a session talks to."""

    clock: Clock
    position: PositionSource
    camera: CameraSource
    sight: Sight
    voice: Voice
    speaker: Speaker
    outbox: Outbox
    trip_id: str
    link_up: Callable[[], bool | None]  # None: not tried yet
    recorder: Recorder | None = None
    rerouter: Rerouter | None = None  # goes with `Settings.reroute`
    board: HeatSource | None = None  # None: heat and power are not watched


@dataclass(frozen=True, slots=True)
class Tick:
    """What one tick did, for whoever watches."""

    senses: Senses
    turn: Turn
    frame: Frame | None
    failed: tuple[str, ...] = field(default=())


class Session:
    """One trip from greeting to farewell. Not thread-safe: one thread ticks it."""

    def __init__(self, companion: Companion, ports: Ports) -> None:
        self.state = CompanionState()
        self.made = 0  # events of this trip, durable or held
        self._companion = companion
        self._ports = ports
        self._mute: set[int] = set()  # utterances of which only the earcon could be made
        self._health: list[Health] = []
        self._heat, self._model = HeatWatch(), ModelWatch()
        self._unrecorded = False  # the run's recording was given up
        self._failing: set[Part] = set()
        self._path_closed = False  # the wearer's word since the last tick

    @property
    def done(self) -> bool:
        """Whether the farewell was said."""
        return self.state.done

    def log(self, *happenings: Happening) -> None:
        """Put something into the trip's log that did not come from the companion."""
        self._store(happenings)

    def path_closed(self) -> None:
        """The wearer says that the path ahead is closed: it is reported, and another way is asked for."""
        self._path_closed = True

    def tick(self) -> Tick:
        """One step. Raises `routing.errors.PracticeMapRefused`; every other fault is told and survived."""
        ports = self._ports
        frame, scene = self._look()
        fixes = tuple(as_written(fix, fix.source) for fix in ports.position.poll())
        # What is acted on is what is recorded, to the last digit: else a replay would differ.
        senses = self._senses(fixes, None if scene is None else as_recorded(scene))
        self.state, turn = self._companion.step(self.state, senses)
        failed = self._carry_out(turn, senses.now_s)
        if turn.reroute is not None and ports.rerouter is not None:
            ports.rerouter.ask(turn.reroute)
        self._store(turn.happenings)
        self._record(senses, turn)
        return Tick(senses, turn, frame, failed)

    def _look(self) -> tuple[Frame | None, Scene | None]:
        """The newest frame and what it tells. A camera or a model that fails is told; guidance goes on."""
        try:
            frame = self._ports.camera.latest()
            scene = None if frame is None else self._see(frame)
        except ModelError as error:
            self._notice(Health("model", False, detail=str(error)))
            return None, None
        except (CameraError, VisionError) as error:
            self._notice(Health("camera", False, detail=str(error)))
            return None, None
        if scene is not None:
            self._notice(Health("model", True))
            self._notice(Health("camera", True))
        return frame, scene

    def _see(self, frame: Frame) -> Scene:
        """What the frame tells, timed: a model that is late warns too late."""
        began_s = self._ports.clock.now_s()
        scene = self._ports.sight.see(frame)
        if scene.looked:
            self._model = self._model.asked(began_s).answered(self._ports.clock.now_s())
        return scene

    def _notice_board(self, now_s: float) -> None:
        self._model = self._model.at(now_s)
        if self._ports.board is not None:
            self._heat = self._heat.at(now_s, self._ports.board.read())
        # Heat and a weak supply make the model late: the cause comes before its effect.
        fault = self._heat.fault or (SLOW if self._model.fault == SLOW else None)
        self._notice(Health("board", fault is None, fault or ""))

    def _senses(self, fixes: tuple[Fix, ...], scene: Scene | None) -> Senses:
        ports = self._ports
        link_up = ports.link_up()
        if link_up is not None:
            self._notice(Health("uplink", link_up))
        now_s = ports.clock.now_s()
        self._notice_board(now_s)
        health, self._health = tuple(self._health), []
        path_closed, self._path_closed = self._path_closed, False
        rerouted = None if ports.rerouter is None else ports.rerouter.poll()
        return Senses(
            now_s,
            ports.clock.utc_s(),
            fixes,
            scene,
            health,
            self._playback(now_s),
            path_closed=path_closed,
            rerouted=rerouted,
        )

    def _playback(self, now_s: float) -> Playback:
        """The speaker's answer; an earcon whose words could not be made was not "finished"."""
        playback = self._ports.speaker.playback(now_s)
        wordless = tuple(number for number in playback.finished if number in self._mute)
        if not wordless:
            return playback
        self._mute -= set(wordless)
        finished = tuple(number for number in playback.finished if number not in wordless)
        return replace(playback, finished=finished, failed=(*playback.failed, *wordless))

    def _carry_out(self, turn: Turn, now_s: float) -> tuple[str, ...]:
        failed: list[str] = []
        for command in turn.commands:
            if isinstance(command, Hush):
                self._ports.speaker.stop(now_s)
                continue
            try:
                voice = self._voice(command)
            except SpeechError as error:
                # No voice at all: the earcon still tells how urgent it was, and the failure is logged.
                voice = np.zeros(0, np.int16)
                self._mute.add(command.utterance)
                failed.append(str(error))
            sound = np.concatenate([earcon(command.earcon), voice])
            self._ports.speaker.play(command.utterance, sound, now_s)
        return tuple(failed)

    def _voice(self, say: Say) -> Pcm:
        """The words; where the wearer's language has no voice, in the other, and that is told."""
        lang = self._companion.settings.lang
        try:
            voice = self._ports.voice.synthesise(say.words[lang].speech, lang)
        except SpeechError as error:
            other: Lang = "ja" if lang == "en" else "en"
            self._notice(Health("speech", False, other, str(error)))
            return self._ports.voice.synthesise(say.words[other].speech, other)
        self._notice(Health("speech", True))
        return voice

    def _notice(self, now: Health) -> None:
        """Pass a part's health on where it changed; every part is taken to be well at first."""
        if now.healthy == (now.part in self._failing):
            self._failing ^= {now.part}
            self._health.append(now)

    def _store(self, happenings: Sequence[Happening]) -> None:
        if not happenings:
            return
        utc_s = round(self._ports.clock.utc_s(), 3)
        self.made += len(happenings)
        try:
            self._ports.outbox.append_many(self._ports.trip_id, [(utc_s, what) for what in happenings])
        except OutboxError as error:
            self._notice(Health("recorder", False, "full", str(error)))
        else:
            self._notice(Health("recorder", not self._unrecorded))

    def _record(self, senses: Senses, turn: Turn) -> None:
        if self._ports.recorder is None:
            return
        try:
            self._ports.recorder.senses(senses)
            self._ports.recorder.turn(senses.now_s, turn)
        except RecordError as error:
            self._ports.recorder = None  # told once; guidance goes on
            self._unrecorded = True
            self._notice(Health("recorder", False, "full", str(error)))
