"""Samples: level, trim, resample, find pauses, fade, write. Pure but for the writer.

Everything is mono int16 at `SAMPLE_RATE` outside and float64 in [-1, 1] inside.
"""

import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from device.errors import SpeechError
from device.ports import SAMPLE_RATE, Pcm

Wave = npt.NDArray[np.float64]

# -17 dBFS while speaking is where the Japanese voice is by itself; peaks stay 1 dB under the limit.
SPEECH_RMS = 10 ** (-17 / 20)
PEAK_LIMIT = 10 ** (-1 / 20)
SILENCE_RMS = 10 ** (-50 / 20)
WINDOW_S = 0.01  # shorter than a closure of the lips, longer than a period of the lowest voice
PAUSE_S = 0.15  # closures inside words last to 0.12 s, pauses between phrases from 0.18 s
LEAD_S = 0.02
TAIL_S = 0.06
FADE_S = 0.008  # a cut without a click
LIMITER_S = 0.003  # about half a period of the lowest voice: only the pulse is turned down, not the vowel
_LEVEL_ROUNDS = 3  # what the limiter takes away is given back to the rest; then it has settled


def to_pcm(samples: Wave) -> Pcm:
    """Rounded, and clipped to the range of int16."""
    return np.clip(np.rint(samples * 32767.0), -32768, 32767).astype(np.int16)


def to_wave(pcm: Pcm) -> Wave:
    """In [-1, 1]."""
    return pcm.astype(np.float64) / 32767.0


def seconds(pcm: Pcm) -> float:
    """How long it sounds."""
    return len(pcm) / SAMPLE_RATE


def loudness(samples: Wave) -> Wave:
    """RMS of each whole window of `WINDOW_S`."""
    size = round(WINDOW_S * SAMPLE_RATE)
    whole = len(samples) // size * size
    powers: Wave = np.square(samples[:whole]).reshape(-1, size).mean(axis=1)
    return np.sqrt(powers)


def voiced_rms(samples: Wave) -> float:
    """RMS of the windows that are not silent; 0 where all are."""
    levels = loudness(samples)
    heard = levels[levels > SILENCE_RMS]
    return float(np.sqrt(np.square(heard).mean())) if len(heard) else 0.0


def levelled(samples: Wave, rms: float = SPEECH_RMS) -> Wave:
    """At the common loudness, peaks limited; `SpeechError` for silence."""
    if voiced_rms(samples) == 0.0:
        raise SpeechError("the voice made silence: check the text and the voice with `shirube device doctor`")
    for _ in range(_LEVEL_ROUNDS):
        samples = limited(samples * (rms / voiced_rms(samples)))
    return samples


def limited(samples: Wave, peak: float = PEAK_LIMIT) -> Wave:
    """No louder than `peak` anywhere: turned down smoothly around what is, and the rest left as it is.

    espeak's pulses stand 18 dB above its loudness: turning down all for their sake makes it 4 dB too soft.
    """
    if not len(samples) or float(np.abs(samples).max()) <= peak:
        return samples
    size = round(LIMITER_S * SAMPLE_RATE)
    blocks = np.abs(np.pad(samples, (0, -len(samples) % size))).reshape(-1, size).max(axis=1)
    gains = np.minimum(1.0, peak / np.maximum(blocks, 1e-9))
    # Down before the peak comes, up after it has gone: between the middles of blocks the line stays below.
    near = np.minimum(gains, np.minimum(np.append(gains[1:], 1.0), np.append(1.0, gains[:-1])))
    middles = (np.arange(len(near)) + 0.5) * size
    return np.asarray(samples * np.interp(np.arange(len(samples)), middles, near))


def trimmed(samples: Wave) -> Wave:
    """Without the silence at both ends: a fifth of a second earlier is 20 cm of walking."""
    heard = np.flatnonzero(loudness(samples) > SILENCE_RMS)
    if not len(heard):
        return samples[:0]
    size = round(WINDOW_S * SAMPLE_RATE)
    first = max(0, int(heard[0]) * size - round(LEAD_S * SAMPLE_RATE))
    last = (int(heard[-1]) + 1) * size + round(TAIL_S * SAMPLE_RATE)
    return samples[first:last]


def resampled(samples: Wave, rate: int) -> Wave:
    """From `rate` to SAMPLE_RATE by the spectrum; speech begins and ends in silence, so nothing wraps."""
    if rate == SAMPLE_RATE or not len(samples):
        return samples
    count = round(len(samples) * SAMPLE_RATE / rate)
    spectrum = np.fft.rfft(samples)
    kept = min(len(spectrum), count // 2 + 1)
    grown = np.zeros(count // 2 + 1, dtype=np.complex128)
    grown[:kept] = spectrum[:kept]
    return np.fft.irfft(grown, count) * (count / len(samples))


def pauses(pcm: Pcm) -> tuple[tuple[float, float], ...]:
    """Where the voice pauses between phrases, in seconds from the start; the ends are not pauses."""
    heard = np.flatnonzero(loudness(to_wave(pcm)) > SILENCE_RMS)
    gaps = np.flatnonzero(np.diff(heard) * WINDOW_S >= PAUSE_S)
    return tuple((float(heard[at] + 1) * WINDOW_S, float(heard[at + 1]) * WINDOW_S) for at in gaps)


def in_pause(pauses_s: Sequence[tuple[float, float]], at_s: float) -> bool:
    """Whether `at_s` seconds into the utterance the voice is between two phrases."""
    return any(start <= at_s < end for start, end in pauses_s)


def faded_out(pcm: Pcm) -> Pcm:
    """The same samples, their end drawn to zero."""
    count = min(len(pcm), round(FADE_S * SAMPLE_RATE))
    if not count:
        return pcm
    ramp = np.ones(len(pcm))
    ramp[-count:] = np.linspace(1.0, 0.0, count)
    faded: Pcm = np.rint(pcm * ramp).astype(np.int16)
    return faded


def write_wav(path: Path, pcm: Pcm) -> None:
    """Mono 16-bit WAV at SAMPLE_RATE; `SpeechError` where it cannot be written."""
    try:
        with wave.open(str(path), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(SAMPLE_RATE)
            out.writeframes(pcm.astype("<i2").tobytes())
    except OSError as error:
        reason = error.strerror or str(error)
        raise SpeechError(f"cannot write {path}: {reason}: choose another folder or free space") from None
