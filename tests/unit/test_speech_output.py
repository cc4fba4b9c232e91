"""What comes out: volume, sides, pace; the noise around; the state of the sink; the spare output."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from device.ports import SAMPLE_RATE, Pcm, Playback
from device.sound import PEAK_LIMIT, SPEECH_RMS, levelled, limited, to_pcm, to_wave, voiced_rms
from device.speech import ambient
from device.speech.ambient import Ambient, blocks, heard, level_dbfs
from device.speech.microphone import NoiseMeter
from device.speech.mixing import Mix, delay_s, loud, mono_bytes, stereo_bytes
from device.speech.pace import at_rate
from device.speech.sink import RAISED_TO, Sink, judged, sink_of
from device.speech.spare import PROBE, PROBE_EVERY_S, SpareSpeaker
from tests.waiting import until


def sine(hz: float, seconds: float = 1.0, level: float = 0.2, rate: int = SAMPLE_RATE) -> np.ndarray:
    return level * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)


# --- volume


def test_louder_is_louder_and_never_clips() -> None:
    pcm = to_pcm(sine(300.0, level=0.2))
    assert voiced_rms(to_wave(loud(pcm, 6.0))) == pytest.approx(2.0 * voiced_rms(to_wave(pcm)), rel=0.01)
    assert voiced_rms(to_wave(loud(pcm, -6.0))) == pytest.approx(0.5 * voiced_rms(to_wave(pcm)), rel=0.01)
    much = to_wave(loud(pcm, 24.0))
    assert float(np.abs(much).max()) <= PEAK_LIMIT + 1e-4
    assert loud(pcm, 0.0) is pcm


def test_a_voice_with_high_pulses_is_as_loud_as_any_other() -> None:
    pulses = sine(150.0, level=0.05)
    pulses[:: SAMPLE_RATE // 20] += (
        0.5  # 23 dB above its loudness: turned down as a whole, it is 5 dB too soft
    )
    made = levelled(pulses)
    assert voiced_rms(made) == pytest.approx(SPEECH_RMS, rel=0.06)
    assert float(np.abs(made).max()) <= PEAK_LIMIT + 1e-9


def test_the_limiter_leaves_alone_what_is_below() -> None:
    quiet = sine(300.0)
    assert limited(quiet) is quiet
    loud_end = np.concatenate([quiet, sine(300.0, 0.1, level=2.0)])
    assert np.array_equal(limited(loud_end)[: len(quiet) - 1000], quiet[:-1000])


# --- sides


def channels(data: bytes) -> tuple[np.ndarray, np.ndarray]:
    both = np.frombuffer(data, "<i2").reshape(-1, 2).astype(float)
    return both[:, 0], both[:, 1]


@pytest.mark.parametrize("bearing", [60.0, -60.0])
def test_a_cue_is_earlier_and_louder_at_its_side_and_the_words_stay_in_the_middle(bearing: float) -> None:
    click = np.zeros(SAMPLE_RATE, np.int16)
    click[1000] = click[30_000] = 8000
    left, right = channels(stereo_bytes(click, Mix(0.0, bearing, 9600)))
    near, far = (right, left) if bearing > 0 else (left, right)
    assert near[:9600].argmax() == 1000
    assert far[:9600].argmax() - 1000 == round(delay_s(60.0) * SAMPLE_RATE) > 15
    assert 20 * np.log10(far[:9600].max() / near[:9600].max()) == pytest.approx(-6.9, abs=0.3)
    assert left[30_000] == right[30_000] == 8000


def test_straight_ahead_and_no_side_are_the_same_in_both_ears() -> None:
    pcm = to_pcm(sine(800.0, 0.2))
    for mix in (Mix(), Mix(0.0, 0.0, 4800)):
        left, right = channels(stereo_bytes(pcm, mix))
        assert np.array_equal(left, right)
    assert mono_bytes(pcm, Mix(0.0, 60.0, 4800)) == pcm.astype("<i2").tobytes()


# --- pace


@pytest.mark.parametrize("rate", [0.5, 0.8, 1.25, 2.0])
def test_faster_is_shorter_at_the_same_pitch_and_level(rate: float) -> None:
    pcm = to_pcm(sine(200.0, 2.0))
    made = at_rate(pcm, rate)
    assert len(made) == pytest.approx(len(pcm) / rate, rel=0.01)
    spectrum = np.abs(np.fft.rfft(made.astype(float)))
    hz = np.fft.rfftfreq(len(made), 1 / SAMPLE_RATE)
    assert hz[spectrum.argmax()] == pytest.approx(200.0, abs=2.0)
    assert voiced_rms(to_wave(made)) == pytest.approx(voiced_rms(to_wave(pcm)), rel=0.05)
    assert np.abs(np.diff(made.astype(int))).max() < 300  # no clicks at the seams


def test_the_normal_rate_and_what_is_too_short_are_left_as_they_are() -> None:
    pcm = to_pcm(sine(200.0, 0.05))
    assert at_rate(pcm, 1.0) is pcm
    assert at_rate(pcm, 1.5) is pcm


# --- the noise around


def test_the_level_is_weighted_as_ears_do() -> None:
    size = round(ambient.BLOCK_S * ambient.LISTEN_RATE)
    levels = {
        hz: level_dbfs(sine(hz, 1.0, 1.0, ambient.LISTEN_RATE)[:size]) for hz in (104.0, 1000.0, 4000.0)
    }
    assert levels[1000.0] == pytest.approx(0.0, abs=0.1)  # a full-scale sine
    assert levels[104.0] == pytest.approx(-18.6, abs=1.0)  # IEC 61672-1: -19.1 at 100 Hz
    assert levels[4000.0] == pytest.approx(1.0, abs=0.2)


def follow(state: Ambient, level: float, seconds: float, at_s: float, speaking: bool = False) -> Ambient:
    noise = np.random.default_rng(5).normal(0.0, 1.0, round(seconds * ambient.LISTEN_RATE))
    scale = 10 ** ((level - level_dbfs(noise[:2000])) / 20)
    for number, block in enumerate(blocks(noise * scale)):
        state = heard(state, level_dbfs(block), at_s + number * ambient.BLOCK_S, speaking)
    return state


def test_a_street_makes_it_louder_slowly_and_a_passing_bus_hardly() -> None:
    quiet = follow(Ambient(), -55.0, 5.0, 0.0)
    assert quiet.gain_db == pytest.approx(0.0, abs=0.7)
    assert follow(quiet, -35.0, 1.0, 5.0).gain_db < 4.0
    street = follow(quiet, -35.0, 20.0, 5.0)
    assert street.gain_db == pytest.approx(9.0, abs=0.6)
    assert follow(street, -10.0, 30.0, 25.0).gain_db == ambient.MOST_DB
    assert follow(street, -55.0, 3.0, 25.0).gain_db > 5.0  # softer more slowly
    assert follow(quiet, -110.0, 120.0, 5.0).gain_db == ambient.LEAST_DB


def test_the_own_voice_counts_for_nothing_nor_what_it_leaves_in_the_room() -> None:
    quiet = follow(Ambient(), -55.0, 5.0, 0.0)
    spoken = follow(quiet, -15.0, 5.0, 5.0, speaking=True)
    assert spoken.gain_db == quiet.gain_db
    assert heard(spoken, -15.0, 10.2, False).gain_db == quiet.gain_db
    assert heard(spoken, -15.0, 11.0, False).gain_db > quiet.gain_db
    assert Ambient().gain_db == 0.0


def recorder(level: float, tail: str = "time.sleep(30)") -> tuple[str, ...]:
    """A microphone in a noise of so many dBFS."""
    code = f"""import sys, time, random
rng = random.Random(1)
block = b''.join(int(rng.gauss(0, {10 ** (level / 20) * 32768})).to_bytes(2, 'little', signed=True)
                 for _ in range(16000))
sys.stdout.buffer.write(block * 4)
sys.stdout.buffer.flush()
{tail}"""
    return (sys.executable, "-c", code)


def test_a_microphone_is_followed_and_one_that_ends_is_no_fault() -> None:
    for tail in ("time.sleep(30)", ""):
        meter = NoiseMeter(recorder(-44.0, tail))
        try:
            until(lambda meter=meter: meter.gain_db != 0.0)  # type: ignore[misc]
            assert meter.gain_db == pytest.approx(6.0, abs=2.5)
        finally:
            meter.close()
    gone = NoiseMeter(("/nonexistent/recorder",))
    assert gone.gain_db == 0.0
    gone.close()


# --- the sink

SINKS = json.loads("""[{"state": "SUSPENDED", "name": "card", "mute": false,
 "volume": {"front-left": {"value": 65536}, "front-right": {"value": 30000}}},
 {"state": "IDLE", "name": "other", "mute": true, "volume": {"mono": {"value": 0}}}]""")


def test_the_default_sink_is_found() -> None:
    assert sink_of({"default_sink_name": "card"}, SINKS) == Sink("card", 2, False, 1.0, True)
    assert sink_of({"default_sink_name": "gone"}, SINKS) is None
    assert sink_of({}, []) is None


@pytest.mark.parametrize(
    ("sink", "playing", "fault", "remedy"),
    [
        (Sink("a", 2, False, 1.0, False), True, "", ()),
        (Sink("a", 2, False, 1.0, True), False, "", ()),  # asleep while nothing plays
        (Sink("a", 2, False, 1.0, True), True, "asleep", (("suspend-sink", "a", "0"),)),
        (Sink("a", 2, True, 1.0, False), False, "muted", (("set-sink-mute", "a", "0"),)),
        (Sink("a", 1, False, 0.02, False), False, "turned down", (("set-sink-volume", "a", RAISED_TO),)),
        (Sink("auto_null", 2, False, 1.0, False), False, "no sound card", ()),
        (None, False, "no sound card", ()),
    ],
)
def test_what_is_wrong_with_a_sink_is_told(
    sink: Sink | None, playing: bool, fault: str, remedy: Sequence[Sequence[str]]
) -> None:
    verdict = judged(sink, playing)
    assert fault in verdict.fault
    assert bool(verdict.fault) == bool(fault)
    assert verdict.remedy == remedy


# --- the spare output


@dataclass
class FakeOutput:
    """Plays until told how it ended."""

    fault: str | None = None
    hung: bool = False
    gain_db: float = 0.0
    played: list[int] = field(default_factory=list)
    added: list[int] = field(default_factory=list)
    aimed: list[tuple[float | None, int]] = field(default_factory=list)
    refuses: bool = False
    _now: int | None = None
    _failed: list[int] = field(default_factory=list)
    _finished: list[int] = field(default_factory=list)

    def aim(self, bearing_deg: float | None, cue_samples: int) -> None:
        self.aimed.append((bearing_deg, cue_samples))

    def play(self, utterance: int, pcm: Pcm, now_s: float, *, more: bool = False) -> None:
        self.played.append(utterance)
        self._now = utterance
        if self.refuses:
            self.fail()

    def add(self, utterance: int, pcm: Pcm, now_s: float) -> None:
        self.added.append(utterance)

    def stop(self, now_s: float) -> None:
        self._now = None

    def fail(self) -> None:
        assert self._now is not None
        self._failed.append(self._now)
        self._now, self.fault = None, "broken"

    def finish(self) -> None:
        assert self._now is not None
        self._finished.append(self._now)
        self._now = None

    def playback(self, now_s: float) -> Playback:
        failed, self._failed = tuple(self._failed), []
        finished, self._finished = tuple(self._finished), []
        return Playback(self._now, failed=failed, finished=finished)

    def close(self) -> None: ...


WORDS: Pcm = np.ones(4800, np.int16)


@pytest.fixture
def pair() -> tuple[SpareSpeaker, FakeOutput, FakeOutput]:
    first, spare = FakeOutput(), FakeOutput()
    return SpareSpeaker((first, spare)), first, spare


def test_a_player_that_merely_ended_is_started_again_and_nobody_is_told(
    pair: tuple[SpareSpeaker, FakeOutput, FakeOutput],
) -> None:
    speaker, first, spare = pair
    speaker.aim(30.0, 2400)
    speaker.play(1, WORDS, 0.0)
    first.fail()
    assert speaker.playback(0.1).failed == ()
    assert (first.played, spare.played) == ([1, 1], [])
    assert first.aimed == [(30.0, 2400)] * 2
    first.finish()
    assert speaker.playback(0.2).finished == (1,)
    assert speaker.health() is None


def test_an_output_that_fails_twice_gives_way_to_the_spare_and_that_is_told(
    pair: tuple[SpareSpeaker, FakeOutput, FakeOutput],
) -> None:
    speaker, first, spare = pair
    first.refuses = True
    speaker.play(1, WORDS, 0.0, more=True)
    speaker.playback(0.0)
    assert spare.played == [1]
    told = speaker.health()
    assert told is not None
    assert (told.healthy, told.reason, told.detail) == (False, "speaker", "broken")
    speaker.add(1, WORDS, 0.1)
    assert spare.added == [1]
    spare.finish()
    assert speaker.playback(0.2).finished == (1,)
    speaker.play(2, WORDS, 0.3)
    assert spare.played == [1, 2]


def test_a_hung_output_is_not_tried_twice(pair: tuple[SpareSpeaker, FakeOutput, FakeOutput]) -> None:
    speaker, first, spare = pair
    speaker.play(1, WORDS, 0.0)
    first.hung = True
    first.fail()
    speaker.playback(1.2)
    assert (first.played, spare.played) == ([1], [1])


def test_what_no_output_plays_has_failed(pair: tuple[SpareSpeaker, FakeOutput, FakeOutput]) -> None:
    speaker, first, spare = pair
    first.refuses = spare.refuses = True
    speaker.play(1, WORDS, 0.0)
    seen = speaker.playback(0.0)
    assert (seen.failed, seen.utterance) == ((1,), None)


def test_what_is_old_is_not_said_again(pair: tuple[SpareSpeaker, FakeOutput, FakeOutput]) -> None:
    speaker, first, spare = pair
    speaker.play(1, WORDS, 0.0)
    first.fail()
    assert speaker.playback(9.0).failed == (1,)
    assert (first.played, spare.played) == ([1], [])


def test_the_first_is_tried_with_silence_and_taken_back(
    pair: tuple[SpareSpeaker, FakeOutput, FakeOutput],
) -> None:
    speaker, first, spare = pair
    first.refuses = True
    speaker.play(1, WORDS, 0.0)
    speaker.playback(0.0)
    speaker.health()
    spare.finish()
    speaker.playback(1.0)
    first.refuses = False
    assert PROBE not in first.played
    later_s = PROBE_EVERY_S + 1.0
    assert speaker.playback(later_s) == Playback()
    assert first.played[-1] == PROBE
    first.finish()
    assert speaker.playback(later_s + 0.1) == Playback()
    told = speaker.health()
    assert told is not None
    assert told.healthy
    speaker.play(2, WORDS, later_s + 1.0)
    assert first.played[-1] == 2


def test_a_silent_sink_is_avoided_until_it_sounds_again(
    pair: tuple[SpareSpeaker, FakeOutput, FakeOutput],
) -> None:
    speaker, first, spare = pair
    speaker.judge("card is muted")
    speaker.playback(0.0)
    told = speaker.health()
    assert told is not None
    assert told.detail == "card is muted"
    speaker.play(1, WORDS, 0.1)
    assert (first.played, spare.played) == ([], [1])
    speaker.judge("")
    spare.finish()
    speaker.playback(1.0)
    speaker.play(2, WORDS, 1.1)
    assert first.played == [2]


def test_without_a_spare_the_first_is_tried_again_and_again() -> None:
    first = FakeOutput(refuses=True)
    speaker = SpareSpeaker((first,))
    speaker.play(1, WORDS, 0.0)
    assert speaker.playback(0.0).failed == (1,)
    first.refuses = False
    speaker.play(2, WORDS, 1.0)
    assert speaker.playback(1.0).utterance == 2
    first.finish()
    assert speaker.playback(1.5).finished == (2,)
    assert speaker.health() is None  # it was over before anybody asked
