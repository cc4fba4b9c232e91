"""Words made beside guidance: the newest counts, faults are values, what is always said is made ahead."""

import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest

from device import synthesis
from device.errors import SpeechError
from device.ports import Pcm
from device.synthesis import SyncSynthesis, ThreadedSynthesis, Voiced, Wanted
from tests.waiting import PATIENCE_S


def pcm(text: str) -> Pcm:
    return np.full(len(text), 7, np.int16)


@dataclass
class Voice:
    """Each sentence waits until it is let; `broken`: languages that cannot be spoken."""

    broken: set[str] = field(default_factory=set)
    asked: queue.Queue[str] = field(default_factory=queue.Queue)
    let: queue.Queue[Exception | None] | None = None

    def synthesise(self, text: str, lang: str) -> Pcm:
        self.asked.put(text)
        if self.let is not None:
            error = self.let.get(timeout=60.0)
            if error is not None:
                raise error
        if lang in self.broken:
            raise SpeechError(f"no voice for {lang}")
        return pcm(text)

    def close(self) -> None: ...


def wanted(number: int, ja: str = "止まって", en: str = "Stop") -> Wanted:
    return Wanted(number, (("ja", ja), ("en", en)))


def same(one: Voiced | None, other: Voiced) -> bool:
    assert one is not None
    assert np.array_equal(one.pcm, other.pcm)
    return (one.utterance, one.lang, one.faults) == (other.utterance, other.lang, other.faults)


def test_in_step_the_words_are_there_at_once_and_once() -> None:
    made = SyncSynthesis(Voice())
    made.ask(wanted(1))
    assert same(made.poll(), Voiced(1, pcm("止まって"), "ja"))
    assert made.poll() is None
    made.close()


def test_the_other_language_is_tried_and_why_is_told() -> None:
    made = SyncSynthesis(Voice(broken={"ja"}))
    made.ask(wanted(1))
    assert same(made.poll(), Voiced(1, pcm("Stop"), "en", ("no voice for ja",)))
    made = SyncSynthesis(Voice(broken={"ja", "en"}))
    made.ask(wanted(2))
    assert same(made.poll(), Voiced(2, faults=("no voice for ja", "no voice for en")))


@dataclass
class Stand:
    voice: Voice = field(default_factory=lambda: Voice(let=queue.Queue()))
    ready: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    made: ThreadedSynthesis = field(init=False)

    def start(self, *ahead: str) -> ThreadedSynthesis:
        self.made = ThreadedSynthesis(self.voice, self.ready.release, [("ja", text) for text in ahead])
        return self.made

    def begins(self) -> str:
        return self.voice.asked.get(timeout=PATIENCE_S)

    def let(self, error: Exception | None = None) -> None:
        assert self.voice.let is not None
        self.voice.let.put(error)

    def result(self) -> Voiced | None:
        assert self.ready.acquire(timeout=PATIENCE_S), "nothing was made"
        return self.made.poll()


@pytest.fixture
def stand(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stand]:
    monkeypatch.setattr(synthesis, "LONGEST_END_S", 0.05)
    stand = Stand()
    yield stand
    for _ in range(8):
        stand.let()
    stand.made.close()


def test_asking_and_polling_do_not_wait(stand: Stand) -> None:
    made = stand.start()
    made.ask(wanted(1))
    assert stand.begins() == "止まって"
    assert made.poll() is None
    stand.let()
    assert same(stand.result(), Voiced(1, pcm("止まって"), "ja"))
    assert made.poll() is None


def test_of_what_is_asked_meanwhile_only_the_newest_is_made_and_given_out(stand: Stand) -> None:
    made = stand.start()
    made.ask(wanted(1, "一"))
    assert stand.begins() == "一"
    for number in range(2, 6):
        made.ask(wanted(number, "あ" * number))
    stand.let()
    assert stand.begins() == "あ" * 5
    assert made.poll() is None
    stand.let()
    assert same(stand.result(), Voiced(5, pcm("あ" * 5), "ja"))


def test_words_that_were_ready_but_not_taken_give_way_to_the_next(stand: Stand) -> None:
    made = stand.start()
    made.ask(wanted(1, "一"))
    stand.let()
    assert stand.ready.acquire(timeout=PATIENCE_S)
    made.ask(wanted(2, "二二"))
    assert made.poll() is None
    stand.let()
    assert same(stand.result(), Voiced(2, pcm("二二"), "ja"))


def test_an_error_that_nobody_foresaw_is_a_value_and_the_next_words_are_made(stand: Stand) -> None:
    made = stand.start()
    made.ask(wanted(1))
    stand.let(RuntimeError("inside the engine"))
    assert same(stand.result(), Voiced(1, faults=("RuntimeError: inside the engine",)))
    made.ask(wanted(2))
    stand.let()
    assert same(stand.result(), Voiced(2, pcm("止まって"), "ja"))


def test_what_is_always_said_is_made_while_nothing_is_asked_and_then_at_hand(stand: Stand) -> None:
    made = stand.start("いつも一", "いつも二")
    assert stand.begins() == "いつも一"
    made.ask(wanted(1, "今"))
    stand.let()
    assert stand.begins() == "今"  # what is asked goes before what may be made ahead
    stand.let()
    assert same(stand.result(), Voiced(1, pcm("今"), "ja"))
    assert stand.begins() == "いつも二"
    stand.let()
    made.ask(wanted(2, "いつも一"))
    assert same(stand.result(), Voiced(2, pcm("いつも一"), "ja"))
    assert stand.voice.asked.empty()  # the engine was not asked again


def test_what_cannot_be_made_ahead_is_asked_for_when_it_is_due(stand: Stand) -> None:
    made = stand.start("いつも")
    assert stand.begins() == "いつも"
    stand.let(SpeechError("not now"))
    made.ask(wanted(1, "いつも"))
    assert stand.begins() == "いつも"
    stand.let()
    assert same(stand.result(), Voiced(1, pcm("いつも"), "ja"))


def test_no_words_are_no_fault_the_earcon_says_it() -> None:
    made = SyncSynthesis(Voice(broken={"ja", "en"}))
    made.ask(wanted(1, ""))
    assert same(made.poll(), Voiced(1, pcm(""), "ja"))


def test_the_voice_is_kept_up_while_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synthesis, "UPKEEP_EVERY_S", 0.02)
    kept, ready = threading.Semaphore(0), threading.Event()
    made = ThreadedSynthesis(Voice(), ready.set, upkeep=kept.release)
    try:
        assert all(kept.acquire(timeout=PATIENCE_S) for _ in range(3))
        made.ask(wanted(1))
        assert ready.wait(PATIENCE_S)
        assert same(made.poll(), Voiced(1, pcm("止まって"), "ja"))
        assert kept.acquire(timeout=PATIENCE_S)
    finally:
        made.close()


def test_closing_while_the_voice_hangs_comes_back(stand: Stand) -> None:
    made = stand.start()
    made.ask(wanted(1))
    stand.begins()
    made.close()
    assert made._thread.is_alive()
    assert made._thread.daemon
    stand.let()
    made._thread.join(PATIENCE_S)
    assert not made._thread.is_alive()
    assert made.poll() is None
