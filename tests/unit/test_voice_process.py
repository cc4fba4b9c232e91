"""The voice's process: real engines where they are installed, and workers that misbehave."""

import shutil
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from device import voice_worker
from device.errors import SpeechError
from device.ports import Pcm
from device.sound import SPEECH_RMS, pauses, seconds, to_wave, voiced_rms
from device.voice import VoiceProcess, usable_lang
from tests.waiting import PATIENCE_S

JAPANESE = pytest.mark.skipif(find_spec("pyopenjtalk") is None, reason="pyopenjtalk-plus is not installed")
ENGLISH = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")


@pytest.fixture(scope="module")
def voice() -> Iterator[VoiceProcess]:
    process = VoiceProcess()
    yield process
    process.close()
    process.close()


def misbehaving(code: str, limit_s: float = PATIENCE_S) -> VoiceProcess:
    """A voice whose worker runs `code`, with `line` the first request."""
    script = f"import sys, time\nline = sys.stdin.buffer.readline()\nout = sys.stdout.buffer\n{code}"
    return VoiceProcess((sys.executable, "-c", script), first_limit_s=limit_s, limit_s=limit_s)


@JAPANESE
def test_japanese_sounds_is_level_and_begins_at_once(voice: VoiceProcess) -> None:
    pcm = voice.synthesise("点字ブロックの上に自転車。正面、3メートル先。", "ja")
    assert pcm.dtype == np.int16
    assert 2.0 < seconds(pcm) < 5.0
    assert voiced_rms(to_wave(pcm)) == pytest.approx(SPEECH_RMS, rel=0.15)
    assert voiced_rms(to_wave(pcm[: 48_000 // 10])) > 0.0
    assert len(pauses(pcm)) >= 1
    assert all(start < end <= next_start for (start, end), (next_start, _) in pairwise(pauses(pcm)))


@JAPANESE
def test_a_word_of_danger_is_short(voice: VoiceProcess) -> None:
    assert seconds(voice.synthesise("止まって。", "ja")) < 0.7


@ENGLISH
def test_english_sounds_and_is_level(voice: VoiceProcess) -> None:
    pcm = voice.synthesise("Stop! Bicycle ahead.", "en")
    assert 0.8 < seconds(pcm) < 3.0
    assert voiced_rms(to_wave(pcm)) == pytest.approx(SPEECH_RMS, rel=0.05)


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        pytest.param("右に曲がります。", "ja", marks=JAPANESE),
        pytest.param("Turn right.", "en", marks=ENGLISH),
    ],
)
def test_the_same_text_gives_the_same_samples_whatever_was_said_before(
    voice: VoiceProcess, text: str, lang: str
) -> None:
    first = voice.synthesise(text, lang)
    other = VoiceProcess()
    try:
        other.synthesise("Something else." if lang == "en" else "ほかの言葉。", lang)
        assert np.array_equal(other.synthesise(text, lang), first)
    finally:
        other.close()


def test_nothing_to_say_is_told(voice: VoiceProcess) -> None:
    with pytest.raises(SpeechError, match="empty"):
        voice.synthesise("  ", "ja")


@JAPANESE
def test_text_without_a_sound_is_told_not_played(voice: VoiceProcess) -> None:
    with pytest.raises(SpeechError, match="silence"):
        voice.synthesise("。。。", "ja")


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("sys.exit(3)", "ended twice"),
        ("time.sleep(60)", "did not answer in time twice"),
        ('out.write(b\'{"bytes": 100, "engine": "x"}\\nabc\'); out.flush(); sys.exit()', "ended twice"),
        ("out.write(b'not json\\n'); out.flush(); time.sleep(60)", "answered nonsense twice"),
    ],
)
def test_a_worker_that_dies_or_hangs_is_told_in_bounded_time(code: str, why: str) -> None:
    process = misbehaving(code, limit_s=0.6 if "in time" in why else PATIENCE_S)
    with pytest.raises(SpeechError, match=why):
        process.synthesise("あ", "ja")
    process.close()


def test_a_worker_that_is_stopped_is_noticed_long_before_its_time_is_over() -> None:
    process = misbehaving("import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)", limit_s=60.0)
    begun_s = time.monotonic()
    with pytest.raises(SpeechError, match="was stopped twice"):
        process.synthesise("あ", "ja")
    assert time.monotonic() - begun_s < PATIENCE_S
    process.close()


def test_a_worker_that_died_while_nothing_was_said_is_there_again_before_something_is() -> None:
    code = """while line:
    out.write(b'{"bytes": 2, "engine": "x"}\\n\\x01\\x00'); out.flush()
    line = sys.stdin.buffer.readline()"""
    process = misbehaving(code)
    process.warm("ja")
    first = process._worker
    process.warm("ja")
    assert first is not None
    assert process._worker is first
    first.kill()
    first.wait()
    process.warm("ja")
    assert process._worker is not first
    process.close()


def test_a_worker_that_dies_once_is_started_again(tmp_path: object) -> None:
    code = (
        f"import os\nmark = {str(tmp_path)!r} + '/died'\n"
        "if not os.path.exists(mark):\n    open(mark, 'w').close()\n    sys.exit(1)\n"
        'out.write(b\'{"bytes": 4, "engine": "x"}\\n\\x01\\x00\\x02\\x00\'); out.flush()\ntime.sleep(5)'
    )
    process = misbehaving(code)
    assert process.synthesise("あ", "ja").tolist() == [1, 2]
    process.close()


def test_an_engine_s_complaint_arrives_as_it_is() -> None:
    process = misbehaving(
        'out.write(b\'{"error": "no voice: do this", "bytes": 0}\\n\'); out.flush(); time.sleep(5)'
    )
    with pytest.raises(SpeechError, match="no voice: do this"):
        process.synthesise("あ", "ja")
    process.close()


def test_the_spare_voice_is_not_given_what_it_cannot_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyopenjtalk", None)
    with pytest.raises(SpeechError, match=r"pip install pyopenjtalk-plus.*kana only"):
        voice_worker.synthesise("正面に自転車", "ja")


@ENGLISH
def test_the_spare_voice_reads_kana(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyopenjtalk", None)
    samples, engine = voice_worker.synthesise("とまって", "ja")
    assert engine == "espeak"
    assert voiced_rms(samples) > 0.0


def broken(*_: object, **__: object) -> None:
    raise RuntimeError("the dictionary cannot be loaded")


@JAPANESE
@ENGLISH
def test_with_a_broken_dictionary_the_spare_voice_reads_what_is_in_kana(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import pyopenjtalk

    monkeypatch.setattr(pyopenjtalk, "tts", broken)
    monkeypatch.setattr(pyopenjtalk, "g2p", broken)
    assert voice_worker.synthesise("とまって。", "ja")[1] == "espeak"
    with pytest.raises(SpeechError, match="force-reinstall pyopenjtalk-plus"):
        voice_worker.synthesise("正面に自転車。", "ja")


@JAPANESE
@ENGLISH
def test_with_a_broken_voice_the_dictionary_still_tells_how_it_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import pyopenjtalk

    monkeypatch.setattr(pyopenjtalk, "tts", broken)
    samples, engine = voice_worker.synthesise("正面に自転車。", "ja")
    assert engine == "espeak"
    assert voiced_rms(samples) == pytest.approx(SPEECH_RMS, rel=0.05)


@pytest.mark.parametrize(
    ("code", "why"),
    [("import time; time.sleep(60)", "did not answer in"), ("raise OSError", "apt install espeak-ng")],
)
def test_an_espeak_that_hangs_or_is_missing_is_told_in_bounded_time(
    code: str, why: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "device").mkdir()
    (tmp_path / "device" / "__init__.py").write_text("")
    (tmp_path / "device" / "espeak_once.py").write_text(code)
    monkeypatch.setattr(voice_worker, "ESPEAK_LIMIT_S", 0.7 if "answer" in why else PATIENCE_S)
    monkeypatch.chdir(tmp_path)  # what `python -m` looks in first
    with pytest.raises(SpeechError, match=why):
        voice_worker.synthesise("Stop!", "en")


class OneLanguage:
    """A voice that speaks `lang` only."""

    def __init__(self, lang: str) -> None:
        self.lang = lang

    def synthesise(self, text: str, lang: str) -> Pcm:
        if lang != self.lang:
            raise SpeechError(f"no {lang} voice")
        return np.ones(480, dtype=np.int16)

    def close(self) -> None:
        """Nothing is held."""


def test_the_language_that_can_be_spoken_is_chosen_and_the_reason_told() -> None:
    assert usable_lang(OneLanguage("en"), "en") == ("en", None)
    assert usable_lang(OneLanguage("ja"), "en") == ("ja", "no en voice")
    with pytest.raises(SpeechError):
        usable_lang(OneLanguage("de"), "en")


@ENGLISH
def test_a_long_english_sentence_is_made_whole(voice: VoiceProcess) -> None:
    text = (
        "To Oita Prefectural Art Museum (OPAM), 1200 metres, around 22 minutes. On the way: 1 unmarked "
        "crossing, 1 crossing without a signal, 200 metres where guide blocks are not known."
    )
    assert seconds(voice.synthesise(text, "en")) > 8.0
