"""The speech part as it runs, heard at the monitor of a sink, while things are taken from it."""

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from device.announcements import Lang
from device.companion import Health
from device.config import DeviceConfig, SpeechConfig
from device.parts.channel import Line
from device.parts.messages import Farewell, Heard, Silence, Speak, ToSpeech, Tune
from device.policy import Earcon
from device.ports import SAMPLE_RATE, Pcm
from device.speech import phrase_making
from device.speech.measure import running_part
from device.speech.null_sink import SINK, SinkServer, Tape, null_sink
from device.speech.own_words import own_words
from device.speech.phrase_making import make_phrases
from device.speech.vocabulary import pieces
from tests.waiting import until

pytestmark = pytest.mark.skipif(
    not all(shutil.which(name) for name in ("pulseaudio", "pactl", "parec", "paplay")),
    reason="pulseaudio is not installed: apt install pulseaudio pulseaudio-utils",
)
STORED = "立ち止まってください。"
LONG = "あ" * 40 + "。"


class Tone:
    """A voice for the phrases on the disk: 500 Hz, a tenth of a second for each letter."""

    def synthesise(self, text: str, lang: str) -> Pcm:
        at = np.arange(4800 * len(text)) / SAMPLE_RATE
        return np.rint(8000 * np.sin(2 * np.pi * 500 * at)).astype(np.int16)

    def spare_in_use(self, lang: str) -> bool:
        return False


@dataclass
class Stand:
    server: SinkServer
    tape: Tape
    line: Line[Heard, ToSpeech]
    heard: list[Heard] = field(default_factory=list)

    def say(self, number: int, text: str = STORED, lang: Lang = "ja", bearing: float | None = None) -> float:
        """Have it said; the second at which it was sent."""
        message = Speak(number, Earcon.HAZARD, ((lang, text),), bearing)
        self.until(lambda: self.line.send(message))
        return time.monotonic()

    def until(self, done: Callable[[], bool]) -> None:
        def heard() -> bool:
            self.heard += self.line.poll()
            return done()

        until(heard, lambda: self.heard[-3:])

    def sounds(self, from_s: float) -> None:
        self.until(lambda: len(self.tape.heard(from_s)) > 0)

    def finished(self, number: int) -> bool:
        return any(number in heard.playback.finished for heard in self.heard)

    def failed(self, number: int) -> bool:
        return any(number in heard.playback.failed for heard in self.heard)

    @property
    def health(self) -> Health | None:
        told = [health for heard in self.heard for health in heard.health]
        return told[-1] if told else None


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        words = tuple(piece for _, text in own_words("ja") for piece in pieces(text, "ja"))
        patch.setattr(phrase_making, "vocabulary", lambda lang: (*words, LONG))
        make_phrases("ja", folder, Tone())  # type: ignore[arg-type]
    return folder


@pytest.fixture(scope="module")
def sound() -> Iterator[tuple[SinkServer, Tape]]:
    with null_sink() as server, Tape() as tape:
        yield server, tape


@pytest.fixture
def stand(data: Path, tmp_path: Path, sound: tuple[SinkServer, Tape]) -> Iterator[Stand]:
    server, tape = sound
    tape.blocks.clear()
    config = DeviceConfig(data=data, runtime=tmp_path, speech=SpeechConfig(spare=None))
    with running_part(config, tmp_path) as line:
        yield Stand(server, tape, line)


def children(word: str) -> list[int]:
    """The processes below this one whose command line has `word`."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            command = (entry / "cmdline").read_bytes().decode(errors="replace")
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue
        if parent == os.getpid() and word in command:
            found.append(int(entry.name))
    return found


def the_player(stand: Stand) -> int:
    stand.until(lambda: len(children("client-name=shirube")) > 0)
    return next(
        pid
        for pid in children("client-name=shirube")
        if "ear" not in Path(f"/proc/{pid}/cmdline").read_text()
    )


def test_it_speaks_at_once_and_is_silent_at_once(stand: Stand) -> None:
    """30 and 5 ms where nothing else runs. A busy machine is late now and then."""
    tries = (late_at_both_ends(stand, number) for number in range(1, 6))
    assert any(begun_s < 1.0 and ended_s < 0.25 for begun_s, ended_s in tries)


def late_at_both_ends(stand: Stand, number: int) -> tuple[float, float]:
    """The seconds from being sent to the first sound, and from being hushed to the last."""
    sent_s = stand.say(number, LONG)
    stand.sounds(sent_s)
    time.sleep(0.5)
    hushed_s = time.monotonic()
    stand.line.send(Silence())
    time.sleep(0.5)
    assert not stand.finished(number)
    heard = stand.tape.heard(sent_s)
    return float(heard[0]) - sent_s, float(heard[-1]) - hushed_s


def test_what_was_said_to_its_end_is_told_and_the_cue_comes_from_its_side(stand: Stand) -> None:
    stand.until(lambda: stand.line.send(Tune()))
    time.sleep(0.5)  # until the sink is known to have two sides
    sent_s = stand.say(1, bearing=70.0)
    stand.until(lambda: stand.finished(1))
    samples = stand.tape.samples().astype(float)
    loud = np.flatnonzero(np.abs(samples).max(axis=1) > 300)
    cue = samples[loud[0] : loud[0] + 2400]  # the first pulse
    left, right = np.abs(cue[:, 0]).max(), np.abs(cue[:, 1]).max()
    assert 20 * np.log10(right / left) > 4.0
    words = samples[loud[-1] - 24_000 : loud[-1]]
    assert np.array_equal(words[:, 0], words[:, 1])
    assert stand.tape.heard(sent_s)[-1] - stand.tape.heard(sent_s)[0] > 0.9


def test_guidance_that_vanishes_is_missed_and_a_farewell_is_not(stand: Stand) -> None:
    stand.until(lambda: stand.line.send(Tune()))
    stand.line.send(Farewell())
    stand.line.close()
    time.sleep(0.4)
    left_s = time.monotonic()
    assert not len(stand.tape.heard(left_s - 0.4))
    stand.until(lambda: stand.line.send(Tune()))
    stand.line.close()
    gone_s = time.monotonic()
    until(lambda: len(stand.tape.heard(gone_s)), "words in place of silence")
    # Whoever comes next is heard over it, and hears nothing of it.
    stand.say(1)
    stand.until(lambda: stand.finished(1))
    assert all(heard.playback.utterance in (None, 1) for heard in stand.heard)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_a_player_that_is_killed_or_stopped_says_it_again(stand: Stand, how: signal.Signals) -> None:
    sent_s = stand.say(1)
    stand.sounds(sent_s)
    os.kill(the_player(stand), how)
    stand.until(lambda: stand.finished(1))
    assert not stand.failed(1)
    assert stand.health is None or stand.health.healthy


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_a_voice_that_is_killed_or_stopped_is_started_again(stand: Stand, how: signal.Signals) -> None:
    stand.say(1, "One.", "en")
    stand.until(lambda: stand.finished(1))
    for pid in children("device.voice_worker"):
        os.kill(pid, how)
    stand.say(2, "Two.", "en")
    stand.until(lambda: stand.finished(2))
    assert not stand.failed(2)


def test_a_muted_sink_is_turned_up_again(stand: Stand) -> None:
    stand.until(lambda: stand.line.send(Tune()))
    stand.server.pactl("set-sink-mute", SINK, "1")
    stand.until(lambda: "no" in stand.server.pactl("get-sink-mute", SINK))
    stand.server.pactl("set-sink-volume", SINK, "0")
    stand.until(lambda: " 60%" in stand.server.pactl("get-sink-volume", SINK))
    stand.say(1)
    stand.until(lambda: stand.finished(1))


def test_louder_and_faster_from_the_next_utterance_on(stand: Stand) -> None:
    peaks, lengths = [], []
    for number, tune in enumerate((Tune(-12.0), Tune(0.0, 2.0)), start=1):
        stand.until(lambda tune=tune: stand.line.send(tune))  # type: ignore[misc]
        sent_s = stand.say(number)
        stand.until(lambda number=number: stand.finished(number))  # type: ignore[misc]
        heard = stand.tape.heard(sent_s)
        lengths.append(float(heard[-1] - heard[0]))
        peaks.append(max(int(np.abs(block).max()) for end, block in stand.tape.blocks if end > sent_s))
    assert peaks[1] > 3 * peaks[0]
    assert lengths[1] < 0.75 * lengths[0]


# The last: the tape of the others ends with the server.
def test_a_sound_server_that_is_gone_is_told_and_so_is_its_return(stand: Stand) -> None:
    sent_s = stand.say(1)
    stand.sounds(sent_s)
    stand.server.stop()
    stand.until(lambda: stand.health is not None and not stand.health.healthy)
    stand.say(2)
    stand.until(lambda: stand.failed(2))
    stand.server.start()
    with Tape() as tape:
        stand.until(lambda: stand.health is not None and stand.health.healthy)
        sent_s = stand.say(3)
        stand.until(lambda: stand.finished(3))
        assert len(tape.heard(sent_s))
