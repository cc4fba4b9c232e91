"""Speakers on a virtual timeline, on a child process, and the one that is silent and says so."""

import sys
import time
import wave
from pathlib import Path

import numpy as np
import pytest

from device.earcons import LONGEST_S, earcon
from device.errors import ConfigError, SpeechError
from device.policy import POLICY, Earcon
from device.ports import SAMPLE_RATE, Pcm, Playback
from device.sound import SPEECH_RMS, seconds, to_wave, voiced_rms
from device.speakers import NullSpeaker, TimelineSpeaker, speaker_from_uri
from device.system_speaker import SystemSpeaker
from tests.waiting import until


def tone(duration_s: float, level: int = 8000) -> Pcm:
    return np.full(round(duration_s * SAMPLE_RATE), level, dtype=np.int16)


def at(seconds_: float) -> int:
    return round(seconds_ * SAMPLE_RATE)


# --- timeline


def test_an_utterance_plays_from_its_start_for_as_long_as_its_audio() -> None:
    speaker = TimelineSpeaker()
    speaker.play(1, tone(2.0), 10.0)
    assert speaker.playback(10.0) == Playback(1, 10.0, 12.0)
    assert speaker.playback(11.99).utterance == 1
    assert speaker.playback(12.0) == Playback(finished=(1,))
    assert speaker.playback(12.1) == Playback()


def test_a_stop_is_exact_fades_and_is_not_an_end() -> None:
    speaker = TimelineSpeaker()
    speaker.play(1, tone(2.0), 1.0)
    speaker.stop(1.5)
    assert speaker.playback(1.5) == Playback()
    mix = speaker.mixdown(4.0)
    assert len(mix) == at(4.0)
    assert mix[at(1.0)] == 8000
    assert 0 < mix[at(1.496)] < 8000
    assert not mix[at(1.5) :].any()
    assert not mix[: at(1.0)].any()


def test_the_next_utterance_takes_the_place_of_the_last() -> None:
    speaker = TimelineSpeaker()
    speaker.play(1, tone(2.0), 0.0)
    speaker.play(2, tone(1.0, 4000), 0.5)
    assert speaker.playback(0.5).utterance == 2
    mix = speaker.mixdown(2.0)
    assert mix[at(0.4)] == 8000
    assert mix[at(0.6)] == 4000
    assert not mix[at(1.5) :].any()


def test_one_that_ended_unseen_is_still_told_as_finished() -> None:
    speaker = TimelineSpeaker()
    speaker.play(1, tone(1.0), 0.0)
    speaker.play(2, tone(1.0), 5.0)
    assert speaker.playback(5.0).finished == (1,)


def test_the_pause_between_phrases_is_told() -> None:
    speaker = TimelineSpeaker()
    speaker.play(1, np.concatenate([tone(1.0), tone(0.3, 0), tone(1.0)]), 0.0)
    assert [speaker.playback(t_s).pausing for t_s in (0.5, 1.1, 1.25, 1.6)] == [False, True, True, False]


def test_nothing_to_play_has_failed() -> None:
    speaker = TimelineSpeaker()
    speaker.play(1, tone(0.0), 0.0)
    assert speaker.playback(0.0) == Playback(failed=(1,))


def test_the_mixdown_cuts_what_is_longer() -> None:
    speaker = TimelineSpeaker(origin_s=100.0)
    speaker.play(1, tone(5.0), 101.0)
    mix = speaker.mixdown(2.0)
    assert len(mix) == at(2.0)
    assert mix[-1] == 8000


def test_a_wav_is_written_at_the_end(tmp_path: Path) -> None:
    speaker = speaker_from_uri(f"wav:{tmp_path / 'out'}")
    speaker.play(1, tone(1.0), 5000.0)
    speaker.play(2, tone(1.0), 5002.0)
    speaker.close()
    speaker.close()
    with wave.open(str(tmp_path / "out" / "speech.wav")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (SAMPLE_RATE, 1, 2)
        assert file.getnframes() == at(3.0)


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    speaker = TimelineSpeaker(folder=tmp_path / "file" / "out")
    with pytest.raises(SpeechError, match="choose another folder"):
        speaker.close()


# --- the earcon first, the rest as it comes


def test_the_rest_goes_on_right_after_what_sounds_still() -> None:
    speaker = TimelineSpeaker()
    speaker.play(1, tone(0.5), 1.0, more=True)
    assert speaker.playback(1.2) == Playback(1, 1.0, None)  # when it ends is not known
    speaker.add(1, tone(1.0, 4000), 1.3)
    assert speaker.playback(1.4) == Playback(1, 1.0, 2.5)
    assert speaker.playback(2.5).finished == (1,)
    mix = speaker.mixdown(3.0)
    assert (mix[at(1.4)], mix[at(1.6)], mix[at(2.6)]) == (8000, 4000, 0)


def test_what_waits_for_the_rest_is_not_over_and_goes_on_from_then() -> None:
    speaker = TimelineSpeaker()
    speaker.play(1, tone(0.5), 1.0, more=True)
    assert speaker.playback(3.0) == Playback(1, 1.0, None)
    speaker.add(1, tone(1.0, 4000), 3.0)
    assert speaker.playback(3.9) == Playback(1, 1.0, 4.0)
    mix = speaker.mixdown(5.0)
    assert (mix[at(1.2)], mix[at(2.0)], mix[at(3.5)]) == (8000, 0, 4000)


def test_where_nothing_follows_it_ends_with_what_sounded() -> None:
    speaker = TimelineSpeaker()
    speaker.play(1, tone(0.5), 1.0, more=True)
    speaker.add(1, tone(0.0), 3.0)
    assert speaker.playback(3.0) == Playback(finished=(1,))


def test_the_rest_of_what_was_stopped_is_not_said() -> None:
    speaker = TimelineSpeaker()
    speaker.play(1, tone(0.5), 1.0, more=True)
    speaker.play(2, tone(0.5), 1.2)
    speaker.add(1, tone(1.0, 4000), 1.3)
    assert speaker.playback(1.4) == Playback(2, 1.2, 1.7)
    speaker.stop(1.5)
    speaker.add(2, tone(1.0, 4000), 1.5)
    assert speaker.playback(1.5) == Playback()
    assert not (speaker.mixdown(3.0) == 4000).any()


# --- the one without sound


def test_silence_is_reported_as_failure() -> None:
    speaker = NullSpeaker()
    speaker.play(1, tone(1.0), 0.0)
    assert speaker.playback(0.0) == Playback(failed=(1,))
    assert speaker.playback(0.1) == Playback()


# --- the system's player, played by a small script


def player(code: str) -> SystemSpeaker:
    return SystemSpeaker(command=(sys.executable, "-c", f"import sys, time\n{code}"))


def wait_for(speaker: SystemSpeaker, now_s: float = 0.0) -> Playback:
    """The playback once nothing plays any more."""

    def over() -> Playback | None:
        seen = speaker.playback(now_s)
        return None if seen.utterance is not None else seen

    ended = until(over, "the end of the sound")
    assert ended is not None
    return ended


def test_the_player_gets_every_sample_and_its_good_end_is_told(tmp_path: Path) -> None:
    speaker = player(f"open({str(tmp_path / 'heard')!r}, 'wb').write(sys.stdin.buffer.read())")
    speaker.play(1, tone(3.0), 0.0)
    assert speaker.playback(0.0) == Playback(1, 0.0, 3.0)
    assert wait_for(speaker) == Playback(finished=(1,))
    assert (tmp_path / "heard").read_bytes() == tone(3.0).astype("<i2").tobytes()


def heard(tmp_path: Path) -> tuple[SystemSpeaker, Path]:
    """A player that writes down what it gets, as it gets it."""
    path = tmp_path / "heard"
    code = f"""out = open({str(path)!r}, 'wb', buffering=0)
while block := sys.stdin.buffer.read1(65536):
    out.write(block)"""
    return player(code), path


def wait_until(path: Path, size: int) -> bytes:
    until(lambda: path.exists() and path.stat().st_size >= size, "the sound")
    return path.read_bytes()


def test_the_player_gets_the_earcon_before_the_words_are_there(tmp_path: Path) -> None:
    speaker, path = heard(tmp_path)
    first, rest = tone(0.25), tone(2.0, 4000)
    speaker.play(1, first, 0.0, more=True)
    assert wait_until(path, first.nbytes) == first.astype("<i2").tobytes()
    assert speaker.playback(60.0) == Playback(1, 0.0, None)  # it waits for words: that is no hang
    speaker.add(1, rest, 60.0)
    assert speaker.playback(60.0) == Playback(1, 0.0, 62.0)
    assert wait_for(speaker, 60.0) == Playback(finished=(1,))
    assert path.read_bytes() == np.concatenate([first, rest]).astype("<i2").tobytes()


def test_a_stop_ends_a_player_that_waits_for_words(tmp_path: Path) -> None:
    speaker, path = heard(tmp_path)
    first = tone(0.25)
    speaker.play(1, first, 0.0, more=True)
    wait_until(path, first.nbytes)
    speaker.stop(0.1)
    speaker.add(1, tone(1.0), 0.2)
    assert speaker.playback(0.2) == Playback()
    assert path.stat().st_size == first.nbytes


def test_a_player_that_ends_before_its_words_has_failed() -> None:
    speaker = player("sys.stdin.buffer.read1(10)")
    speaker.play(1, tone(0.25), 0.0, more=True)
    assert wait_for(speaker) == Playback(failed=(1,))


def test_words_that_come_at_once_are_not_lost(tmp_path: Path) -> None:
    for _ in range(5):
        speaker, path = heard(tmp_path)
        speaker.play(1, tone(0.1), 0.0, more=True)
        speaker.add(1, tone(0.1, 4000), 0.0)
        assert wait_for(speaker) == Playback(finished=(1,))
        assert path.stat().st_size == 2 * tone(0.1).nbytes


def test_a_player_that_complains_has_failed_and_says_why() -> None:
    speaker = player("sys.stderr.write('audio open error: No such device\\n'); sys.exit(1)")
    speaker.play(1, tone(1.0), 0.0)
    assert wait_for(speaker) == Playback(failed=(1,))
    assert "No such device" in (speaker.fault or "")


def test_a_player_that_hangs_has_failed() -> None:
    speaker = player("time.sleep(60)")
    speaker.play(1, tone(1.0), 0.0)
    assert speaker.playback(1.1).utterance == 1
    assert wait_for(speaker, 3.5) == Playback(failed=(1,))
    assert "hangs" in (speaker.fault or "")


def test_a_stop_ends_the_player_within_fifty_milliseconds() -> None:
    def stopped_s() -> float:
        speaker = player("time.sleep(60)")
        speaker.play(1, tone(1.0), 0.0)
        began_s = time.monotonic()
        speaker.stop(0.1)
        took_s = time.monotonic() - began_s
        assert speaker.playback(0.1) == Playback()
        return took_s

    # Another process may have the processor meanwhile: a stop that waits for the player does so each time.
    assert any(stopped_s() < 0.05 for _ in range(5))


def test_a_player_that_is_not_there_has_failed() -> None:
    speaker = SystemSpeaker(command=("/nonexistent/player",))
    speaker.play(1, tone(1.0), 0.0)
    assert speaker.playback(0.0) == Playback(failed=(1,))
    speaker.close()


def test_no_player_at_all_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(SpeechError, match="apt install"):
        speaker_from_uri("system:")


@pytest.mark.parametrize("uri", ["", "wav:", "wav", "null", "loud:", "system"])
def test_a_speaker_that_is_none_is_told(uri: str) -> None:
    with pytest.raises(ConfigError, match="wav:FOLDER"):
        speaker_from_uri(uri)


def test_an_unknown_player_is_told() -> None:
    with pytest.raises(SpeechError, match="choose one of"):
        speaker_from_uri("system:gramophone")


# --- earcons


@pytest.mark.parametrize("which", Earcon)
def test_an_earcon_is_short_and_as_loud_as_speech(which: Earcon) -> None:
    pcm = earcon(which)
    assert 0.05 <= seconds(pcm) <= LONGEST_S
    assert voiced_rms(to_wave(pcm)) == pytest.approx(SPEECH_RMS, rel=0.02)
    assert abs(int(pcm[0])) < 400
    assert abs(int(pcm[-1])) < 400


def test_no_two_earcons_are_alike() -> None:
    spectra = {}
    for which in Earcon:
        padded = np.zeros(at(LONGEST_S))
        padded[: len(earcon(which))] = to_wave(earcon(which))
        blocks = padded.reshape(10, -1)
        spectrum = np.abs(np.fft.rfft(blocks))[:, :100].ravel()
        spectra[which] = spectrum / np.linalg.norm(spectrum)
    for one in Earcon:
        for other in Earcon:
            if one < other:
                assert float(spectra[one] @ spectra[other]) < 0.5, (one, other)


def test_every_earcon_is_used() -> None:
    used = {row.earcon for row in POLICY.values()}
    raised = {Earcon[row.escalation.urgency.name] for row in POLICY.values() if row.escalation}
    assert used | raised | {Earcon.PRESSED, Earcon.SOS} == set(Earcon)  # the last two are of the controls
