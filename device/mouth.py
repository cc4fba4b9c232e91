"""The mouth: what is said, in this process or in a part of its own. One utterance at a time.

The earcon sounds at once; the words join it where they are made already, else as soon as they are.
"""

from dataclasses import dataclass, field, replace
from typing import Protocol, runtime_checkable

import numpy as np

from device.announcements import Lang
from device.companion import Health
from device.earcons import earcon
from device.policy import Earcon
from device.ports import Playback, Speaker
from device.synthesis import Synthesis, Text, Voiced, Wanted

# A board that is busy needs 2 s; then the earcon alone has to do, and the utterance has failed.
WORDS_LATE_S = 5.0


@dataclass(frozen=True, slots=True)
class Utterance:
    """Something to be said. `texts`: by language, the one to try first at the front.

    `bearing_deg`: where the thing is, positive to the right, for a cue at that side; None: in the middle.
    """

    number: int
    earcon: Earcon
    texts: tuple[Text, ...]
    bearing_deg: float | None = None


@dataclass(frozen=True, slots=True)
class Hearing:
    """What the mouth does, and what became known since the last look.

    `health`: of the part "speech". `failed`: one line for each utterance that had no words.
    """

    playback: Playback = field(default_factory=Playback)
    health: tuple[Health, ...] = ()
    failed: tuple[str, ...] = ()


class Mouth(Protocol):
    """Says one thing at a time; the newest wins. Who decides what may be cut is the arbiter."""

    def say(self, utterance: Utterance, now_s: float) -> None:
        """Begin at once, over whatever is said."""

    def hush(self, now_s: float) -> None:
        """Silence within 50 ms."""

    def listen(self, now_s: float) -> Hearing:
        """What is said now; call at each tick."""


@runtime_checkable
class Aimed(Protocol):
    """A `Speaker` with two sides."""

    def aim(self, bearing_deg: float | None, cue_samples: int) -> None:
        """From where the first samples of the next utterance come: its earcon."""


class LocalMouth:
    """`Mouth` over a `Synthesis` and a `Speaker`. Not thread-safe: one thread calls it."""

    def __init__(self, synthesis: Synthesis, speaker: Speaker) -> None:
        self._synthesis, self._speaker = synthesis, speaker
        self._mute: set[int] = set()  # utterances of which only the earcon could be made
        self._wordless: Utterance | None = None  # its earcon sounds, its words are being made
        self._wordless_since_s = 0.0
        self._health: list[Health] = []
        self._failed: list[str] = []

    def say(self, utterance: Utterance, now_s: float) -> None:
        """The earcon at once; the words with it where they are made already."""
        self._wordless = None  # one mouth: whatever waits for words has been ended
        sound = earcon(utterance.earcon)
        if isinstance(self._speaker, Aimed):
            self._speaker.aim(utterance.bearing_deg, len(sound))
        if not any(text for _, text in utterance.texts):
            self._speaker.play(utterance.number, sound, now_s)  # a press was heard: the sound is all
            return
        self._synthesis.ask(Wanted(utterance.number, utterance.texts))
        made = self._synthesis.poll()
        if made is None or made.utterance != utterance.number:
            self._speaker.play(utterance.number, sound, now_s, more=True)
            self._wordless, self._wordless_since_s = utterance, now_s
            return
        self._speaker.play(utterance.number, np.concatenate([sound, made.pcm]), now_s)
        self._note(made, utterance)

    def hush(self, now_s: float) -> None:
        """Silence at once."""
        self._wordless = None
        self._speaker.stop(now_s)

    def listen(self, now_s: float) -> Hearing:
        """Words that came go to the earcon that sounds; then what the speaker does."""
        self._words(now_s)
        playback = self._heard(self._speaker.playback(now_s))
        health, self._health = tuple(self._health), []
        failed, self._failed = tuple(self._failed), []
        return Hearing(playback, health, failed)

    def _words(self, now_s: float) -> None:
        wordless = self._wordless
        made = self._synthesis.poll()
        if wordless is None:
            return
        if made is not None and made.utterance == wordless.number:
            self._wordless = None
            self._speaker.add(wordless.number, made.pcm, now_s)
            self._note(made, wordless)
        elif now_s - self._wordless_since_s > WORDS_LATE_S:
            # Late is not "no voice": told by the outcome alone.
            self._wordless = None
            self._mute.add(wordless.number)
            self._speaker.add(wordless.number, np.zeros(0, np.int16), now_s)
            self._failed.append(f"no words after {WORDS_LATE_S:g} s")

    def _heard(self, playback: Playback) -> Playback:
        """The speaker's answer; an earcon whose words could not be made was not "finished"."""
        wordless = tuple(number for number in playback.finished if number in self._mute)
        if not wordless:
            return playback
        self._mute -= set(wordless)
        finished = tuple(number for number in playback.finished if number not in wordless)
        return replace(playback, finished=finished, failed=(*playback.failed, *wordless))

    def _note(self, made: Voiced, utterance: Utterance) -> None:
        """In which language there is a voice; what failed, where there is none at all."""
        first = utterance.texts[0][0]
        other: Lang = "ja" if first == "en" else "en"
        if made.lang is None:
            # The earcon still tells how urgent it was, and the failure is logged.
            self._mute.add(made.utterance)
            self._failed += made.faults[-1:]
        if made.faults:
            self._health.append(Health("speech", False, other, made.faults[0]))
        elif made.lang == first and made.fresh:
            self._health.append(Health("speech", True))
