"""How late sounds begin and end, at the monitor of a sink: the speech part as it runs, through its door."""

import contextlib
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from device.announcements import LANGS, AlertKind, Lang
from device.config import DeviceConfig, SpeechConfig
from device.errors import SpeechError
from device.examples import example
from device.parts.channel import Line
from device.parts.messages import HEARD, TO_SPEECH, Farewell, Heard, Silence, Speak, ToSpeech
from device.parts.part import Part
from device.parts.speech import serve
from device.policy import Earcon
from device.speech.null_sink import Tape, null_sink
from device.words import render

EARCON_MS: Final = 100.0
SILENCE_MS: Final = 50.0
_LIMIT_S: Final = 5.0
_TEXTS: Final[tuple[tuple[Lang, str], ...]] = tuple(
    (lang, render(example(AlertKind.STOP_NOW), lang).speech) for lang in LANGS
)


@dataclass(frozen=True, slots=True)
class Figures:
    """Milliseconds, of `count` each: from the message to the first sample, and to the last one."""

    count: int
    earcon_ms: float  # median
    earcon_worst_ms: float
    silence_ms: float
    silence_worst_ms: float
    first_word_ms: float  # from the start of the part to its first sample: imports not counted

    @property
    def good(self) -> bool:
        """Whether all are within what is promised."""
        return self.earcon_worst_ms <= EARCON_MS and self.silence_worst_ms <= SILENCE_MS


@contextlib.contextmanager
def running_part(config: DeviceConfig, runtime: Path) -> Iterator[Line[Heard, ToSpeech]]:
    """The speech part in a thread, and a line to it."""
    part = Part("speech", config, runtime)
    thread = threading.Thread(target=serve, args=(part,), name="speech part", daemon=True)
    thread.start()
    line: Line[Heard, ToSpeech] = Line(part.socket("speech"), HEARD, TO_SPEECH)
    try:
        yield line
        line.send(Farewell())
    finally:
        part.ending.set()
        thread.join(_LIMIT_S)
        line.close()


def measure(data: Path, count: int = 10) -> Figures:
    """Speak and be silent `count` times; `data`: where the phrases are. `SpeechError` where it cannot."""
    with null_sink(), Tape() as tape, tempfile.TemporaryDirectory(prefix="shirube-measure-") as name:
        config = DeviceConfig(data=data, runtime=Path(name), speech=SpeechConfig(spare=None))
        begun_s = time.monotonic()
        with running_part(config, Path(name)) as line:
            first_s = _said(line, tape, 1, wait=True)
            starts, ends = [], []
            for number in range(2, count + 2):
                line.send(Silence())
                time.sleep(0.3)
                starts.append(_said(line, tape, number) * 1e3)
                time.sleep(0.35)
                ends.append(_hushed(line, tape) * 1e3)
    first_ms = (first_s - begun_s) * 1e3
    return Figures(count, median(starts), max(starts), median(ends), max(ends), first_ms)


def _said(line: Line[Heard, ToSpeech], tape: Tape, number: int, *, wait: bool = False) -> float:
    """Seconds from the message to the first sample; `wait`: the second of that sample itself."""
    until_s = time.monotonic() + _LIMIT_S
    message = Speak(number, Earcon.STOP, _TEXTS)
    sent_s = time.monotonic()
    while not line.send(message) and time.monotonic() < until_s:
        time.sleep(0.002)  # the part is not up yet
        sent_s = time.monotonic()
    while time.monotonic() < until_s:
        line.poll()
        heard = tape.heard(sent_s)
        if len(heard[heard >= sent_s]):
            first_s = float(heard[heard >= sent_s][0])
            return first_s if wait else first_s - sent_s
        time.sleep(0.005)
    raise SpeechError("nothing came to the sink: run `shirube device doctor`")


def _hushed(line: Line[Heard, ToSpeech], tape: Tape) -> float:
    """Seconds from the message to the last sample; 0 where it ended before."""
    sent_s = time.monotonic()
    line.send(Silence())
    time.sleep(0.4)
    line.poll()
    heard = tape.heard(sent_s - 0.1)
    return max(0.0, float(heard[-1]) - sent_s) if len(heard) else 0.0
