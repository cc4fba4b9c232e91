"""The rim with looking and voice in threads of their own: what hangs is told, and holds nothing else up."""

import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from device import looking, synthesis
from device.announcements import AlertKind
from device.clocks import VirtualClock
from device.companion import Companion, Say, Settings
from device.earcons import earcon
from device.errors import SpeechError
from device.eyes import LocalEyes
from device.looking import ThreadedLooker
from device.mouth import WORDS_LATE_S, LocalMouth
from device.outbox import Outbox
from device.ports import SAMPLE_RATE, Pcm
from device.recorder import RunWriter
from device.replay import check
from device.session import Ports, Session, Tick
from device.speakers import TimelineSpeaker
from device.synthesis import SyncSynthesis, Synthesis, ThreadedSynthesis
from routing.simulated import Leg, route_of
from tests.waiting import PATIENCE_S
from vision.attitude import Attitude
from vision.errors import ModelError
from vision.types import Frame, Hazard, Motion, ObjectClass, PavingSight, Scene
from wire.position import Fix
from wire.trip import Announced, HealthChanged

TICK_S = 0.05
SAY = {AlertKind.MODEL_LOST, AlertKind.MODEL_BACK, AlertKind.CAMERA_LOST, AlertKind.CAMERA_BACK}
BICYCLE = Hazard(
    track_id=1,
    cls=ObjectClass.BICYCLE,
    score=0.9,
    distance_m=2.2,
    distance_sigma_m=0.2,
    bearing_deg=0.0,
    on_paving=True,
    ttc_s=1.8,
    motion=Motion.STANDING,
    free_side=None,
)


class NoPosition:
    def poll(self) -> tuple[Fix, ...]:
        return ()

    def close(self) -> None: ...


@dataclass
class Camera:
    """Ten frames a second, by the clock; none where it is `off`."""

    clock: VirtualClock
    off: bool = False
    given: int = 0

    def latest(self) -> Frame | None:
        if self.off or self.clock.now_s() < self.given / 10:
            return None
        self.given = int(self.clock.now_s() * 10 + 1e-9) + 1
        return Frame(self.given, self.clock.now_s(), np.zeros((2, 2, 3), np.uint8))

    def close(self) -> None: ...


@dataclass
class Model:
    """Answers at once while it is not `held`; `hazards` are in each scene, `error` is raised instead."""

    hazards: tuple[Hazard, ...] = ()
    error: Exception | None = None
    held: threading.Event = field(default_factory=threading.Event)  # set: it hangs
    free: threading.Event = field(default_factory=threading.Event)
    entered: queue.Queue[int] = field(default_factory=queue.Queue)

    def see(self, frame: Frame, attitude: Attitude | None, own_speed_mps: float | None) -> Scene:
        hangs, hazards = self.held.is_set(), self.hazards
        self.entered.put(frame.index)
        if hangs:
            self.free.wait(60.0)
        if self.error is not None:
            raise self.error
        return Scene(frame.index, frame.t_s, hazards, PavingSight(False))


class QuickVoice:
    def synthesise(self, text: str, lang: str) -> Pcm:
        return np.full(round(0.5 * SAMPLE_RATE), 1000, np.int16)

    def close(self) -> None: ...


@dataclass
class GatedVoice:
    """A second of sound when it is let; a put error is raised instead."""

    asked: queue.Queue[str] = field(default_factory=queue.Queue)
    let: queue.Queue[SpeechError | None] = field(default_factory=queue.Queue)

    def synthesise(self, text: str, lang: str) -> Pcm:
        self.asked.put(text)
        error = self.let.get(timeout=60.0)
        if error is not None:
            raise error
        return np.full(SAMPLE_RATE, 1000, np.int16)

    def close(self) -> None: ...


@dataclass
class Stand:
    path: Path
    voice: Synthesis = field(default_factory=lambda: SyncSynthesis(QuickVoice()))
    lively: bool = True  # the model's answer is waited for at each tick
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(1_790_000_000.0))
    model: Model = field(default_factory=Model)
    speaker: TimelineSpeaker = field(default_factory=TimelineSpeaker)
    said: list[tuple[float, Say]] = field(default_factory=list)
    camera_on: bool = True

    def __post_init__(self) -> None:
        self.answered = threading.Semaphore(0)
        self.camera = Camera(self.clock)
        self.looker = ThreadedLooker(self.model, self.clock, self.answered.release)
        self.outbox = Outbox(self.path / "outbox.sqlite")
        route = route_of([Leg(0.0, 60.0)])
        self.recorder = RunWriter.begin(self.path / "run", route, {"camera": self.camera_on})
        ports = Ports(
            clock=self.clock,
            position=NoPosition(),
            eyes=LocalEyes(self.camera, self.looker),
            mouth=LocalMouth(self.voice, self.speaker),
            log=self.outbox,
            trip_id="trip",
            link_up=lambda: None,
            recorder=self.recorder,
        )
        self.session = Session(Companion(route, Settings(camera=self.camera_on)), ports)

    def tick(self) -> Tick:
        self.clock.advance_to(round(self.clock.now_s() + TICK_S, 3))
        tick = self.session.tick()
        for command in tick.turn.commands:
            if isinstance(command, Say):
                self.said.append((tick.senses.now_s, command))
        # As in life, an answer comes between two ticks.
        if tick.frame is not None and not self.model.held.is_set():
            assert self.answered.acquire(timeout=PATIENCE_S)
        return tick

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / TICK_S)):
            self.tick()

    def hang(self) -> None:
        """The next frame hangs: come back when it does."""
        self.model.free.clear()
        self.model.held.set()
        while not self.model.entered.empty():
            self.model.entered.get()
        while self.tick().frame is None:
            pass
        self.model.entered.get(timeout=PATIENCE_S)

    def answer_and_hang(self) -> None:
        """The hanging call returns, and the next one hangs."""
        answering, self.model.free = self.model.free, threading.Event()
        answering.set()
        assert self.answered.acquire(timeout=PATIENCE_S)
        self.model.entered.get(timeout=PATIENCE_S)

    def recover(self) -> None:
        """The hanging call returns, and those after it at once."""
        self.model.held.clear()
        self.model.free.set()
        assert self.answered.acquire(timeout=PATIENCE_S)

    def told(self) -> list[str]:
        return [say.announcement.kind for _, say in self.said if say.announcement.kind in SAY]

    def logged(self) -> list[object]:
        return [event.what for event in self.outbox.pending(0, 1000)]

    def health(self, part: str) -> list[str]:
        """What became of it, as it was logged."""
        changes = [item for item in self.logged() if isinstance(item, HealthChanged)]
        return [item.health for item in changes if item.part == part]

    def end(self) -> None:
        self.model.free.set()
        self.looker.close()
        self.recorder.finish()


@pytest.fixture
def stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stand]:
    monkeypatch.setattr(looking, "LONGEST_END_S", 0.05)
    stand = Stand(tmp_path)
    yield stand
    stand.end()


def test_a_hang_is_told_within_a_second_as_the_models_and_its_end_too(stand: Stand) -> None:
    stand.run(8.0)
    assert stand.told() == []
    stand.hang()
    began_s = stand.clock.now_s()
    stand.run(1.0)
    assert stand.told() == [AlertKind.MODEL_LOST]
    assert stand.said[-1][0] - began_s <= 1.0
    stand.run(10.0)
    assert stand.told() == [AlertKind.MODEL_LOST]
    stand.recover()
    stand.run(20.0)
    assert stand.told() == [AlertKind.MODEL_LOST, AlertKind.MODEL_BACK]
    assert stand.health("camera") == []
    assert stand.health("model") == ["error", "ok"]


def test_a_model_too_slow_is_told_within_a_second_while_it_is_still_at_the_second_frame(stand: Stand) -> None:
    stand.run(8.0)
    stand.hang()
    began_s = stand.clock.now_s()
    stand.run(0.55)
    stand.answer_and_hang()
    stand.run(0.45)
    (told,) = [(t_s, say) for t_s, say in stand.said if say.announcement.kind is AlertKind.BOARD_POOR]
    assert told[0] - began_s <= 1.0
    assert stand.told() == []  # late, not lost: what it tells is still of use


def test_one_late_answer_is_no_news(stand: Stand) -> None:
    stand.run(8.0)
    stand.hang()
    stand.run(0.55)
    stand.recover()
    stand.run(20.0)
    assert stand.told() == []
    assert stand.health("board") == []


def test_what_an_old_frame_showed_is_not_told_as_now(stand: Stand) -> None:
    stand.run(8.0)
    stand.model.hazards = (BICYCLE,)
    stand.hang()
    stand.model.hazards = ()
    stand.run(5.0)
    stand.recover()
    stand.run(20.0)
    assert not [say for _, say in stand.said if isinstance(say.announcement.params, Hazard)]


def test_a_warning_comes_from_the_newest_frame(stand: Stand) -> None:
    stand.run(8.0)
    stand.model.hazards = (BICYCLE,)
    before_s = stand.clock.now_s()
    stand.run(0.2)
    (first, *_) = [(t_s, say) for t_s, say in stand.said if isinstance(say.announcement.params, Hazard)]
    assert first[0] - before_s <= 0.2


def test_guidance_goes_on_while_the_model_hangs(stand: Stand) -> None:
    stand.run(0.2)
    stand.hang()
    ticks = [stand.tick() for _ in range(200)]
    assert [tick.senses.scene for tick in ticks] == [None] * 200
    kinds = {say.announcement.kind for _, say in stand.said}
    assert {AlertKind.TRIP_STARTED, "start"} <= kinds


def test_a_camera_that_stops_is_told_as_the_cameras(stand: Stand) -> None:
    stand.run(8.0)
    stand.camera.off = True
    stand.run(1.0)
    assert stand.told() == [AlertKind.CAMERA_LOST]
    stand.camera.off = False
    stand.run(20.0)
    assert stand.told() == [AlertKind.CAMERA_LOST, AlertKind.CAMERA_BACK]
    assert stand.health("camera") == ["stale", "ok"]
    assert stand.health("model") == []


def test_an_error_is_told_once_and_its_end_after_steady_answers(stand: Stand) -> None:
    stand.run(8.0)
    stand.model.error = ModelError("the network's answer is not numbers")
    stand.run(5.0)
    assert stand.told() == [AlertKind.MODEL_LOST]
    details = [item.detail for item in stand.logged() if isinstance(item, HealthChanged)]
    assert "the network's answer is not numbers" in details
    stand.model.error = None
    stand.run(0.3)
    assert stand.told() == [AlertKind.MODEL_LOST]
    stand.run(20.0)
    assert stand.told() == [AlertKind.MODEL_LOST, AlertKind.MODEL_BACK]


def test_errors_now_and_then_do_not_make_it_lost_and_back_without_end(stand: Stand) -> None:
    stand.run(8.0)
    for _ in range(20):
        stand.model.error = ModelError("now and then")
        stand.run(0.2)
        stand.model.error = None
        stand.run(0.3)
    assert stand.told() == [AlertKind.MODEL_LOST]


def test_the_session_can_be_left_while_the_model_hangs(stand: Stand) -> None:
    stand.run(1.0)
    stand.hang()
    stand.looker.close()  # comes back: see test_looking


def test_a_run_with_a_hang_replays_to_the_same_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "LONGEST_END_S", 0.05)
    stand = Stand(tmp_path)
    stand.run(8.0)
    stand.hang()
    # Steps come when something comes, not on a grid.
    for odd_s in (0.013, 0.021, 0.034):
        stand.clock.advance_to(round(stand.clock.now_s() + odd_s, 3))
        stand.run(0.5)
    stand.recover()
    stand.run(15.0)
    stand.camera.off = True
    stand.run(15.0)
    stand.end()
    assert stand.told() == [AlertKind.MODEL_LOST, AlertKind.MODEL_BACK, AlertKind.CAMERA_LOST]
    assert check(tmp_path / "run") is None


# --- the earcon first, the words as they come


Slow = tuple[Stand, GatedVoice, threading.Event]


@pytest.fixture
def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    monkeypatch.setattr(synthesis, "LONGEST_END_S", 0.05)
    voice, made = GatedVoice(), threading.Event()
    threaded = ThreadedSynthesis(voice, made.set)
    stand = Stand(tmp_path, voice=threaded, camera_on=False)
    stand.camera.off = True
    yield stand, voice, made
    for _ in range(8):
        voice.let.put(None)
    threaded.close()
    stand.end()


def _settled(stand: Stand) -> list[str]:
    return [item.outcome for item in stand.logged() if isinstance(item, Announced)]


def test_the_earcon_sounds_before_the_words_are_made(slow: Slow) -> None:
    stand, voice, made = slow
    stand.tick()
    first = stand.said[0][1]
    (sounding,) = stand.speaker.segments
    assert np.array_equal(sounding.pcm, earcon(first.earcon))
    assert voice.asked.get(timeout=PATIENCE_S) == first.words["ja"].speech
    stand.run(1.0)
    assert _settled(stand) == []  # not over: its words are still to come
    voice.let.put(None)
    assert made.wait(PATIENCE_S)
    tick = stand.tick()
    (sounding,) = stand.speaker.segments
    silent = round((tick.senses.now_s - sounding.start_s) * SAMPLE_RATE) - len(earcon(first.earcon))
    assert len(sounding.pcm) == len(earcon(first.earcon)) + silent + SAMPLE_RATE
    stand.run(1.1)
    assert _settled(stand) == ["spoken"]


def test_words_that_come_after_all_was_stopped_are_not_said(
    slow: Slow,
) -> None:
    stand, voice, made = slow
    stand.tick()
    voice.asked.get(timeout=PATIENCE_S)
    stand.run(WORDS_LATE_S + 1.0)  # nobody waits longer
    assert _settled(stand)[:1] == ["failed"]
    # By now the next one waits for the voice, whose late words for the first are not for it.
    voice.let.put(None)
    second = stand.said[1][1]
    assert voice.asked.get(timeout=PATIENCE_S) == second.words["ja"].speech
    assert not made.is_set()
    voice.let.put(None)
    assert made.wait(PATIENCE_S)
    stand.run(0.2)
    alone, whole = stand.speaker.segments
    assert len(alone.pcm) == len(earcon(stand.said[0][1].earcon))
    assert len(whole.pcm) > SAMPLE_RATE


def test_without_any_voice_the_earcon_has_to_do_and_it_has_failed(
    slow: Slow,
) -> None:
    stand, voice, made = slow
    voice.let.put(SpeechError("no Japanese voice"))
    voice.let.put(SpeechError("no English voice"))
    stand.tick()
    assert made.wait(PATIENCE_S)
    failed = stand.tick().failed
    assert failed == ("no English voice",)
    stand.run(1.0)
    assert _settled(stand) == ["failed"]
    assert stand.health("speech") == ["error"]
