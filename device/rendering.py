"""Sentences into one sound file, for preparing at home: no clock, no speaker."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from device.announcements import Lang
from device.ports import SAMPLE_RATE, Voice
from device.sound import write_wav
from device.voice import VoiceProcess

# One breath: instructors leave about a second between two instructions to be remembered.
_BREATH_S = 0.9


def speak_into(path: Path, sentences: Sequence[str], lang: Lang, voice: Voice | None = None) -> float:
    """Write the sentences as mono WAV at SAMPLE_RATE; seconds of sound. Raises `SpeechError`."""
    if voice is None:
        voice = VoiceProcess()
        try:
            return speak_into(path, sentences, lang, voice)
        finally:
            voice.close()
    breath = np.zeros(round(_BREATH_S * SAMPLE_RATE), dtype=np.int16)
    parts = [part for text in sentences for part in (voice.synthesise(text, lang), breath)]
    pcm = np.concatenate(parts) if parts else breath
    write_wav(path, pcm)
    return len(pcm) / SAMPLE_RATE
