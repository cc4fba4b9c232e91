"""The rim around the companion: one tick polls the ports, steps the core, and carries out what it says."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from device.announcements import Lang
from device.companion import Companion, CompanionState, Health, Hush, Say, Senses, Turn
from device.earcons import earcon
from device.errors import CameraError, OutboxError, RecordError
from device.looking import Looker
from device.nmea import as_written
from device.outbox import Outbox
from device.ports import CameraSource, Clock, Playback, PositionSource, Speaker
from device.rerouting import RerouteAnswer, RerouteRequest
from device.run_format import as_recorded
from device.synthesis import Synthesis, Voiced, Wanted
from device.thermal import HeatSource
from device.watching import Watching
from vision.attitude import AttitudeSource
from vision.errors import ModelError, VisionError
from vision.types import Frame, Scene
from wire.position import Fix
from wire.trip import Happening

WORDS_LATE_S = (
    5.0  # a board that is busy needs 2 s; then the earcon alone has to do, and the utterance has failed
)


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
    looker: Looker
    synthesis: Synthesis
    speaker: Speaker
    outbox: Outbox
    trip_id: str
    link_up: Callable[[], bool | None]  # None: not tried yet
    recorder: Recorder | None = None
    rerouter: Rerouter | None = None  # goes with `Settings.reroute`
    board: HeatSource | None = None  # None: heat and power are not watched
    attitude: AttitudeSource | None = None  # None: no motion sensor is worn


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
        self._wordless: Say | None = None  # its earcon sounds, its words are being made
        self._wordless_since_s = 0.0
        self._watching = Watching(ports.board, ports.attitude)
        self._unrecorded = False  # the run's recording was given up
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
        late = self._words()
        frame, scene = self._look()
        fixes = tuple(as_written(fix, fix.source) for fix in ports.position.poll())
        # What is acted on is what is recorded, to the last digit: else a replay would differ.
        seen = None if scene is None else as_recorded(scene)
        senses = replace(self._senses(fixes), scene=seen, frame=frame is not None)
        self.state, turn = self._companion.step(self.state, senses)
        failed = (*late, *self._carry_out(turn, senses.now_s))
        if turn.reroute is not None and ports.rerouter is not None:
            ports.rerouter.ask(turn.reroute)
        self._store(turn.happenings)
        self._record(senses, turn)
        return Tick(senses, turn, frame, failed)

    def _look(self) -> tuple[Frame | None, Scene | None]:
        """The newest frame, and what the newest answer tells. Who fails is told; guidance goes on."""
        ports = self._ports
        frame = self._frame()
        if frame is not None:
            ports.looker.offer(frame, self._watching.attitude(frame.t_s))
        return frame, self._watching.scene(ports.looker.poll(), ports.clock.now_s())

    def _frame(self) -> Frame | None:
        try:
            frame = self._ports.camera.latest()
        except ModelError as error:  # of a camera whose frames are looked at ahead of their time
            self._watching.broke(str(error))
            return None
        except (CameraError, VisionError) as error:
            self._watching.tell(Health("camera", False, detail=str(error)))
            return None
        if frame is not None:
            self._watching.tell(Health("camera", True))
        return frame

    def _senses(self, fixes: tuple[Fix, ...]) -> Senses:
        ports = self._ports
        link_up = ports.link_up()
        if link_up is not None:
            self._watching.tell(Health("uplink", link_up))
        # A recording holds milliseconds, and what is decided must be decided again from it.
        now_s = round(ports.clock.now_s(), 3)
        self._watching.judge(now_s)
        path_closed, self._path_closed = self._path_closed, False
        rerouted = None if ports.rerouter is None else ports.rerouter.poll()
        return Senses(
            now_s,
            ports.clock.utc_s(),
            fixes,
            health=self._watching.changes(),
            playback=self._playback(now_s),
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
        failed: tuple[str, ...] = ()
        for command in turn.commands:
            self._wordless = None  # one mouth: whatever waits for words has been ended
            if isinstance(command, Hush):
                self._ports.speaker.stop(now_s)
            else:
                failed += self._say(command, now_s)
        return failed

    def _say(self, say: Say, now_s: float) -> tuple[str, ...]:
        """The earcon at once; the words with it where they are made already, else as soon as they are."""
        ports = self._ports
        lang = self._companion.settings.lang
        other: Lang = "ja" if lang == "en" else "en"
        texts = tuple((each, say.words[each].speech) for each in (lang, other))
        ports.synthesis.ask(Wanted(say.utterance, texts))
        made = ports.synthesis.poll()
        if made is None or made.utterance != say.utterance:
            ports.speaker.play(say.utterance, earcon(say.earcon), now_s, more=True)
            self._wordless, self._wordless_since_s = say, now_s
            return ()
        ports.speaker.play(say.utterance, np.concatenate([earcon(say.earcon), made.pcm]), now_s)
        return self._spoken_in(made)

    def _words(self) -> tuple[str, ...]:
        """Words that came since the last tick, for the earcon that sounds or has just sounded."""
        say, now_s = self._wordless, self._ports.clock.now_s()
        made = self._ports.synthesis.poll()
        if say is None:
            return ()
        if made is None or made.utterance != say.utterance:
            if now_s - self._wordless_since_s <= WORDS_LATE_S:
                return ()
            # Late is not "no voice": told by the outcome alone.
            self._end_wordless(say.utterance, now_s)
            return (f"no words after {WORDS_LATE_S:g} s",)
        self._wordless = None
        self._ports.speaker.add(say.utterance, made.pcm, now_s)
        return self._spoken_in(made)

    def _end_wordless(self, utterance: int, now_s: float) -> None:
        self._wordless = None
        self._mute.add(utterance)
        self._ports.speaker.add(utterance, np.zeros(0, np.int16), now_s)

    def _spoken_in(self, made: Voiced) -> tuple[str, ...]:
        """Tell in which language there is a voice; what failed, where there is none at all."""
        lang = self._companion.settings.lang
        if made.lang is None:
            # The earcon still tells how urgent it was, and the failure is logged.
            self._mute.add(made.utterance)
        if made.faults:
            other: Lang = "ja" if lang == "en" else "en"
            self._watching.tell(Health("speech", False, other, made.faults[0]))
        elif made.lang == lang:
            self._watching.tell(Health("speech", True))
        return made.faults[-1:] if made.lang is None else ()

    def _store(self, happenings: Sequence[Happening]) -> None:
        if not happenings:
            return
        utc_s = round(self._ports.clock.utc_s(), 3)
        self.made += len(happenings)
        try:
            self._ports.outbox.append_many(self._ports.trip_id, [(utc_s, what) for what in happenings])
        except OutboxError as error:
            self._watching.tell(Health("recorder", False, "full", str(error)))
        else:
            self._watching.tell(Health("recorder", not self._unrecorded))

    def _record(self, senses: Senses, turn: Turn) -> None:
        if self._ports.recorder is None:
            return
        try:
            self._ports.recorder.senses(senses)
            self._ports.recorder.turn(senses.now_s, turn)
        except RecordError as error:
            self._ports.recorder = None  # told once; guidance goes on
            self._unrecorded = True
            self._watching.tell(Health("recorder", False, "full", str(error)))
