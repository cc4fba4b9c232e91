"""Says findings one after the other through the device's own speaker."""

import time
from collections.abc import Sequence
from typing import Final

from device.announcements import Lang
from device.clocks import SystemClock
from device.errors import ConfigError, SpeechError
from device.ports import Clock, Speaker, Voice
from device.sound import seconds
from device.speakers import speaker_from_uri
from device.voice import VoiceProcess, usable_lang

_LATE_S: Final = 5.0
_BREATH_S: Final = 0.3


def say_all(
    sentences: Sequence[str],
    lang: Lang,
    speaker_uri: str,
    clock: Clock | None = None,
    voice: Voice | None = None,
    speaker: Speaker | None = None,
) -> str:
    """Speak each to its end. One line that says why something was not heard; empty where all was."""
    clock = clock or SystemClock()
    own = voice is None
    try:
        speaker = speaker or speaker_from_uri(speaker_uri)
    except (ConfigError, SpeechError) as error:
        return str(error)
    voice = voice or VoiceProcess()
    try:
        return _spoken(sentences, lang, voice, speaker, clock)
    except SpeechError as error:
        return str(error)
    finally:
        speaker.close()
        if own:
            voice.close()


def _spoken(sentences: Sequence[str], lang: Lang, voice: Voice, speaker: Speaker, clock: Clock) -> str:
    able, why = usable_lang(voice, lang)
    if able != lang:
        return f"{lang}: {why}"
    for number, sentence in enumerate(sentences, 1):
        pcm = voice.synthesise(sentence, lang)
        speaker.play(number, pcm, clock.now_s())
        fault = _waited(speaker, number, clock, clock.now_s() + seconds(pcm) + _LATE_S)
        if fault:
            return fault
        time.sleep(_BREATH_S)
    return ""


def _waited(speaker: Speaker, number: int, clock: Clock, until_s: float) -> str:
    while clock.now_s() < until_s:
        playback = speaker.playback(clock.now_s())
        if number in playback.failed:
            return str(getattr(speaker, "fault", None) or "音が出ません / no sound")
        if playback.utterance is None:
            return ""
        time.sleep(0.02)
    return "音が終わりません / the sound does not end"
