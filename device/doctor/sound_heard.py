"""The chirp that the doctor plays, and whether a recording holds it. Pure.

A glide from 700 to 2,800 Hz: small speakers and bone conduction carry it, and nothing in a street or a
room has that course, so that its matched filter stands out of any noise.
"""

from typing import Final

import numpy as np

from device.ports import SAMPLE_RATE, Pcm
from device.sound import PEAK_LIMIT, Wave, to_pcm, to_wave

CHIRP_S: Final = 0.5
FROM_HZ, TO_HZ = 700.0, 2800.0
# A recording without it peaks at 4 to 6 times its own middle; with it, 20 dB under noise, at more than 12.
STANDS_OUT: Final = 9.0
# Of the loudest possible sample: below it a recording is a muted or absent input, whatever its shape.
_DEAD: Final = 1e-4


def chirp() -> Pcm:
    """Half a second, faded at both ends, half as loud as can be."""
    count = round(CHIRP_S * SAMPLE_RATE)
    at_s = np.arange(count) / SAMPLE_RATE
    phase = 2.0 * np.pi * (FROM_HZ * at_s + (TO_HZ - FROM_HZ) * at_s**2 / (2.0 * CHIRP_S))
    edge = np.minimum(1.0, np.minimum(at_s, at_s[::-1]) / 0.02)
    return to_pcm(0.5 * PEAK_LIMIT * edge * np.sin(phase))


def stands_out(recording: Pcm) -> float:
    """How many times its usual height the recording's correlation with the chirp reaches; 0 for silence."""
    heard = to_wave(recording)
    pattern = to_wave(chirp())
    if len(heard) < len(pattern) or float(np.abs(heard).max()) < _DEAD:
        return 0.0
    found = np.abs(_correlated(heard, pattern))
    usual = float(np.sqrt(np.mean(np.square(found))))
    # In a quiet recording nearly all is the chirp itself: its own neighbourhood must not count as usual.
    peak = int(found.argmax())
    width = round(0.05 * SAMPLE_RATE)
    around = np.delete(found, slice(max(0, peak - width), peak + width))
    usual = float(np.sqrt(np.mean(np.square(around)))) if len(around) else usual
    return float(found[peak]) / max(usual, 1e-12)


def holds_chirp(recording: Pcm) -> bool:
    """Whether it was really played."""
    return stands_out(recording) >= STANDS_OUT


def _correlated(heard: Wave, pattern: Wave) -> Wave:
    """By the spectrum; one value for each place at which the pattern may begin."""
    size = 1 << (len(heard) + len(pattern) - 1).bit_length()
    product = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(pattern, size))
    return np.asarray(np.fft.irfft(product, size)[: len(heard) - len(pattern) + 1], np.float64)
