"""The speaker of a person who takes silence for safety: another output where the first does not sound.

What an output failed to play is played again, once on itself where the player merely ended, then on the next;
what fails everywhere is told as failed. The first is tried again while another speaks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

import numpy as np

from device.companion import Health
from device.ports import Pcm, Playback, Speaker

PROBE: Final = -1_000_000  # the number of the silence that tries whether the first plays again
PROBE_EVERY_S: Final = 5.0
# Later, a warning is of something that is behind by now.
FRESH_S: Final = 4.0
_GIVEN_UP: Final = 100  # failures of one utterance on one output, which will not be tried a third time
_SILENCE: Final[Pcm] = np.zeros(2400, np.int16)  # 50 ms


class Output(Speaker, Protocol):
    """A `Speaker` with two sides and a volume that says why it failed."""

    gain_db: float
    fault: str | None
    hung: bool

    def aim(self, bearing_deg: float | None, cue_samples: int) -> None:
        """From where the first samples of the next utterance come."""


@dataclass(slots=True)
class _Said:
    """What is being played, for playing it again."""

    utterance: int
    pcm: Pcm
    begun_s: float
    more: bool
    aim: tuple[float | None, int]
    failures: dict[int, int] = field(default_factory=dict)  # by output
    rest: Pcm | None = None


class SpareSpeaker:
    """Plays through the first of `outputs` that sounds. Not thread-safe."""

    def __init__(self, outputs: Sequence[Output]) -> None:
        self._outputs = tuple(outputs)
        self._at = 0
        self._said: _Said | None = None
        self._aim: tuple[float | None, int] = (None, 0)
        self._fault = ""  # of the first output, by its player
        self._sink_fault = ""  # of the first output, by who watches it
        self._probe_s = 0.0
        self._told: Health | None = None

    @property
    def on_first(self) -> bool:
        """Whether the first output is in use."""
        return self._at == 0

    @property
    def gain_db(self) -> float:
        """Of the utterances from now on."""
        return self._outputs[0].gain_db

    @gain_db.setter
    def gain_db(self, value: float) -> None:
        for output in self._outputs:
            output.gain_db = value

    def aim(self, bearing_deg: float | None, cue_samples: int) -> None:
        """From where the first samples of the next utterance come."""
        self._aim = (bearing_deg, cue_samples)

    def play(self, utterance: int, pcm: Pcm, now_s: float, *, more: bool = False) -> None:
        """Begin at once; whatever was playing stops."""
        self.stop(now_s)
        aim, self._aim = self._aim, (None, 0)
        self._said = _Said(utterance, pcm, now_s, more, aim)
        self._begin(self._said, now_s)

    def add(self, utterance: int, pcm: Pcm, now_s: float) -> None:
        """The rest, right after what sounds still."""
        said = self._said
        if said is not None and said.utterance == utterance and said.more and said.rest is None:
            said.rest = pcm
        self._outputs[self._at].add(utterance, pcm, now_s)

    def stop(self, now_s: float) -> None:
        """Silence at once, everywhere."""
        self._said = None
        for output in self._outputs:
            output.stop(now_s)

    def playback(self, now_s: float) -> Playback:
        """What is playing now; what failed on one output and plays on another has not failed."""
        finished: list[int] = []
        failed: list[int] = []
        while True:
            told = [output.playback(now_s) for output in self._outputs]
            finished += [number for each in told for number in each.finished if number != PROBE]
            failed += [number for each in told for number in each.failed if number != PROBE]
            self._hear_first(told[0])
            said = self._said
            if said is None or said.utterance not in failed or not self._again(said, now_s):
                break
            failed.remove(said.utterance)
        if said is not None and said.utterance in (*finished, *failed):
            self._said = None
        self._try_first(now_s)
        now = told[self._at] if self._said is not None else Playback()
        return replace(now, failed=tuple(failed), finished=tuple(finished))

    def judge(self, sink_fault: str) -> None:
        """What is seen of the first output's sink; empty: it should sound."""
        if self._sink_fault and not sink_fault:
            self._fault = ""  # of a player that had no sink: the next word shows whether it plays
        self._sink_fault = sink_fault

    def health(self) -> Health | None:
        """Of the speaker, where it changed since the last call. The first is healthy until it fails."""
        fault = self._sink_fault or self._fault
        now = Health("speech", False, "speaker", fault) if fault else Health("speech", True)
        if now == self._told or (self._told is None and now.healthy):
            return None
        self._told = now
        return now

    def close(self) -> None:
        """Free all; safe to call twice."""
        for output in self._outputs:
            output.close()

    def _begin(self, said: _Said, now_s: float) -> None:
        output = self._outputs[self._at]
        output.aim(*said.aim)
        output.play(said.utterance, said.pcm, now_s, more=said.more)
        if said.rest is not None:
            output.add(said.utterance, said.rest, now_s)

    def _hear_first(self, told: Playback) -> None:
        """Whether the first output plays again, or not yet."""
        if told.finished:
            self._fault = ""
        if PROBE in told.failed:
            self._fault = self._outputs[0].fault or "no sound"

    def _again(self, said: _Said, now_s: float) -> bool:
        """Play it once more: on the same output if its player merely ended, else on the next."""
        output = self._outputs[self._at]
        said.failures[self._at] = said.failures.get(self._at, 0) + 1
        if output.hung or said.failures[self._at] > 1:
            said.failures[self._at] = _GIVEN_UP
            if self._at == 0:
                self._fault, self._probe_s = output.fault or "no sound", now_s + PROBE_EVERY_S
            self._at = (self._at + 1) % len(self._outputs)
        if said.failures.get(self._at, 0) >= _GIVEN_UP or now_s - said.begun_s > FRESH_S:
            return False
        self._begin(said, now_s)
        return True

    def _try_first(self, now_s: float) -> None:
        """Back to the first where nothing is against it; else see now and then whether it plays again."""
        if self._said is None:
            bad = bool(self._fault or self._sink_fault)
            self._at = 1 if bad and len(self._outputs) > 1 else 0
        free = self._said is None or self._at != 0
        if self._fault and free and now_s >= self._probe_s:
            self._probe_s = now_s + PROBE_EVERY_S
            self._outputs[0].play(PROBE, _SILENCE, now_s)
