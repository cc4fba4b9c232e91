"""Each utterance of a recorded run beside the sound: when it was heard, and whether as it was meant. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np

from device.announcements import AlertKind
from device.chaos.hearing import PIECE, Recording, dbfs, followed, found, found_earcon, last_loud_s
from device.earcons import earcon
from device.policy import POLICY, Earcon
from device.ports import SAMPLE_RATE, Pcm
from device.run_format import Moment, Said
from device.sound import SILENCE_RMS, Wave, seconds, voiced_rms
from wire.trip import Announced

_ONSET_S: Final = 1.0  # so long is listened for an earcon
_SAME_S: Final = 0.01  # the recording's clock is not better known
_WORDS_S: Final = 3.0  # and for the first of its words, where a voice has to make them
_UNSURE_S: Final = 0.25  # how much earlier than by the log the sound of what was cut may have ended
_LEAST_S: Final = 0.4  # less of a sentence that was cut is not enough to know it by
ALIKE: Final = 0.9  # of the pieces of a sentence

Words = Callable[[str], Pcm | None]  # a text's samples as they are meant to sound; None: nobody can tell


@dataclass(frozen=True, slots=True)
class Heard:
    """One utterance. All times monotonic seconds; None where it was not heard.

    `decided_s`: when guidance decided to say it. `alike`: how much of its words is as it is meant, 1.0: all;
    None: nobody can tell. `hole_s`: silence that was put between them. `last_s`: when it was over or cut, by
    the log.
    """

    utterance: int
    kind: str
    text: str
    decided_s: float
    last_s: float
    finished: bool
    earcon: str = ""
    earcon_s: float | None = None
    words_s: float | None = None
    alike: float | None = None
    hole_s: float = 0.0
    earcon_dbfs: float | None = None
    words_dbfs: float | None = None

    @property
    def late_s(self) -> float | None:
        """From the decision to the first sample of its earcon."""
        return None if self.earcon_s is None else self.earcon_s - self.decided_s

    @property
    def right(self) -> bool | None:
        """Whether the words were the right ones; None: nobody can tell."""
        return None if self.alike is None else self.alike >= ALIKE


def listened(
    said: Sequence[Moment[Said]], finished: Mapping[int, float], recording: Recording, words: Words
) -> tuple[Heard, ...]:
    """Every utterance that lies in the recording. `finished`: of each that was, when it was over."""
    ends = [moment.t_s for moment in said[1:]] + [recording.ends_s]
    made: list[Heard] = []
    for moment, next_s in zip(said, ends, strict=True):
        if recording.began_s <= moment.t_s and moment.t_s + _ONSET_S < recording.ends_s:
            over_s = finished.get(moment.what.utterance)
            made.append(_heard(moment, next_s, over_s, recording, words))
    return tuple(made)


def _heard(
    moment: Moment[Said], next_s: float, over_s: float | None, recording: Recording, words: Words
) -> Heard:
    said, at_s = moment.what, moment.t_s
    last_s = next_s if over_s is None else min(over_s, next_s)
    plain = Heard(said.utterance, said.kind, said.text_ja, at_s, last_s, over_s is not None)
    cue = found_earcon(recording, _earcons(said.kind), at_s - _SAME_S, min(at_s + _ONSET_S, next_s + _SAME_S))
    if cue is None:
        return plain
    which, match_s = cue[0], cue[1].at_s
    begins_s = match_s + seconds(earcon(which))
    cue_dbfs = dbfs(recording.part(match_s, begins_s))
    meant = _meant(said, begins_s, plain, words)
    match = None if meant is None else found(recording, meant[:PIECE], begins_s - 0.02, begins_s + _WORDS_S)
    if meant is None or match is None:
        return replace(plain, earcon=which.value, earcon_s=match_s, earcon_dbfs=cue_dbfs)
    share, hole_s = followed(recording, meant, match.at_s)
    sound = recording.part(match.at_s, match.at_s + seconds(meant))
    return replace(
        plain,
        earcon=which.value,
        earcon_s=match_s,
        earcon_dbfs=cue_dbfs,
        words_s=match.at_s if share >= ALIKE else None,
        alike=share,
        hole_s=hole_s,
        words_dbfs=_level(sound),
    )


def _meant(said: Said, begins_s: float, one: Heard, words: Words) -> Pcm | None:
    """The samples that should have sounded, of a sentence that was cut as far as it came; None: not known."""
    if not said.text_ja or said.kind == AlertKind.PRESSED:  # a press is answered by its sound alone
        return None
    meant = words(said.text_ja)
    if meant is None:
        return None
    if not one.finished:
        meant = meant[: max(0, round((one.last_s - begins_s - _UNSURE_S) * SAMPLE_RATE))]
    return meant if len(meant) >= _LEAST_S * SAMPLE_RATE else None


def _earcons(kind: str) -> frozenset[Earcon]:
    """What can begin an utterance of this kind: its row's, or that of the urgency to which it was raised."""
    for known, row in POLICY.items():
        if str(known) == kind:
            raised = frozenset({Earcon[row.escalation.urgency.name]}) if row.escalation else frozenset()
            return raised | {row.earcon}
    return frozenset(Earcon)


def _level(sound: Wave) -> float:
    """In decibels of full scale, of the louder channel, pauses left out."""
    loudest = max((voiced_rms(channel) for channel in sound), default=0.0)
    return 20.0 * float(np.log10(max(loudest, SILENCE_RMS / 100.0)))


def overlap_s(announced: Sequence[Announced]) -> float:
    """The longest time for which two announcements sounded at once by the log; 0 where none did."""
    spans = sorted(
        (one.started_s, one.ended_s)
        for one in announced
        if one.started_s is not None and one.ended_s is not None
    )
    return max((max(0.0, one[1] - other[0]) for one, other in pairwise(spans)), default=0.0)


def cuts_s(heard: Sequence[Heard], recording: Recording) -> tuple[tuple[str, str, float], ...]:
    """(what was cut, by what, seconds from the decision to the old sentence's last sample), each cut.

    The new earcon's first sample is the border between the two.
    """
    made: list[tuple[str, str, float]] = []
    for old, new in pairwise(heard):
        if old.finished or new.earcon_s is None:
            continue
        last = last_loud_s(recording, new.decided_s - 0.15, new.earcon_s - 0.001)
        if last is not None:  # else it was silent already, as in a pause
            made.append((old.kind, new.kind, max(0.0, last - new.decided_s)))
    return tuple(made)


def unexplained(
    spans: Sequence[tuple[float, float]], heard: Sequence[Heard], slack_s: float = 0.3
) -> tuple[tuple[float, float], ...]:
    """What sounded while nothing was being said by the log."""
    said = [(one.decided_s, one.last_s + slack_s) for one in heard]
    return tuple(
        span for span in spans if not any(from_s <= span[1] and span[0] <= to_s for from_s, to_s in said)
    )
