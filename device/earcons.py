"""The short sounds before the words: ours, made by synthesis, one for each urgency.

Told apart without a trained ear: by direction (up is good, down is bad), by count, by roughness.
More urgent is higher, rougher and faster. Fundamentals lie between 440 and 2,000 Hz, where old ears
and small speakers still hear, and street noise is weaker than below 400 Hz.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from device.announcements import Lang
from device.policy import Earcon
from device.ports import SAMPLE_RATE, Pcm
from device.sound import PEAK_LIMIT, SPEECH_RMS, Wave, to_pcm, voiced_rms

LONGEST_S = 0.25
EDGE_S = 0.004  # attack and release: no click


@dataclass(frozen=True, slots=True)
class Tone:
    """From `hz` gliding to `to_hz`; `partials` are the strengths of the harmonics; hz 0 is a rest."""

    hz: float
    seconds: float
    to_hz: float | None = None
    partials: tuple[float, ...] = (1.0,)
    decay: float = 0.0  # 1/s


_SOFT = (1.0, 0.2)
_BRIGHT = (1.0, 0.5, 0.35)
_ROUGH = (1.0, 0.8, 0.7, 0.6, 0.5)
_REST = Tone(0.0, 0.03)

# A knock of wood, not a tone: a button answers without sounding like news.
_KNOCK = (1.0, 0.0, 0.6, 0.0, 0.4)

_RECIPES: dict[Earcon, tuple[Tone, ...]] = {
    Earcon.INFO: (Tone(660.0, 0.07, partials=_SOFT, decay=25.0),),
    Earcon.GUIDANCE: (Tone(587.3, 0.06, partials=_SOFT), Tone(880.0, 0.09, partials=_SOFT, decay=10.0)),
    Earcon.CAUTION: (Tone(988.0, 0.07, partials=_BRIGHT), _REST, Tone(988.0, 0.07, partials=_BRIGHT)),
    Earcon.HAZARD: tuple(
        tone for _ in range(3) for tone in (Tone(1318.5, 0.05, partials=_ROUGH), Tone(0.0, 0.02))
    )[:-1],
    Earcon.STOP: (Tone(1760.0, 0.1, 880.0, _ROUGH), Tone(880.0, 0.1, partials=_ROUGH)),
    Earcon.LINK_LOST: (Tone(784.0, 0.1, 523.3, _SOFT), Tone(523.3, 0.1, partials=_SOFT, decay=12.0)),
    Earcon.LINK_BACK: (Tone(523.3, 0.1, 784.0, _SOFT), Tone(784.0, 0.1, partials=_SOFT, decay=12.0)),
    Earcon.PRESSED: (Tone(440.0, 0.05, 400.0, _KNOCK, decay=45.0),),
    # The two tones of a siren, once each second.
    # Rising, as a voice does that asks, and twice: not to be taken for a direction.
    Earcon.ASKS: (Tone(659.3, 0.08, 987.8, _SOFT), _REST, Tone(659.3, 0.08, 1174.7, _SOFT)),
    Earcon.SOS: (Tone(1108.7, 0.08, partials=_BRIGHT), Tone(740.0, 0.08, partials=_BRIGHT)),
}

# What each means, for who learns them: `shirube device sounds`.
MEANINGS: Final[dict[Earcon, dict[Lang, str]]] = {
    Earcon.INFO: {"ja": "お知らせ（急がない）", "en": "information, no hurry"},
    Earcon.GUIDANCE: {"ja": "道案内（曲がる、着くなど）", "en": "directions: a turn, an arrival"},
    Earcon.CAUTION: {"ja": "注意（前に物、機能の停止）", "en": "caution: a thing ahead, a part that failed"},
    Earcon.HAZARD: {"ja": "危険（近い、または向かってくる）", "en": "danger: near, or coming"},
    Earcon.STOP: {"ja": "止まれ", "en": "stop"},
    Earcon.LINK_LOST: {"ja": "通信が切れた", "en": "the connection was lost"},
    Earcon.LINK_BACK: {"ja": "通信が戻った", "en": "the connection is back"},
    Earcon.PRESSED: {"ja": "ボタンを受け付けた", "en": "a press of a button was heard"},
    Earcon.SOS: {"ja": "SOS の秒読み", "en": "the countdown to a call for help"},
    Earcon.ASKS: {"ja": "返事を待つ質問", "en": "a question that waits for a button"},
}  # fmt: skip


@cache
def earcon(which: Earcon) -> Pcm:
    """Its samples, as loud as speech; not to be written to."""
    samples = np.concatenate([_tone(tone) for tone in _RECIPES[which]])
    gain = min(SPEECH_RMS / voiced_rms(samples), PEAK_LIMIT / float(np.abs(samples).max()))
    pcm = to_pcm(samples * gain)
    pcm.setflags(write=False)
    return pcm


def _tone(tone: Tone) -> Wave:
    count = round(tone.seconds * SAMPLE_RATE)
    at_s = np.arange(count) / SAMPLE_RATE
    if tone.hz == 0.0:
        return np.zeros(count)
    hz = np.linspace(tone.hz, tone.hz if tone.to_hz is None else tone.to_hz, count)
    phase = 2.0 * np.pi * np.cumsum(hz) / SAMPLE_RATE
    samples = np.zeros(count)
    for number, strength in enumerate(tone.partials, start=1):
        samples += strength * np.sin(number * phase)
    edge = np.minimum(1.0, np.minimum(at_s, at_s[::-1]) / EDGE_S)
    return np.asarray(samples * edge * np.exp(-tone.decay * at_s), dtype=np.float64)
