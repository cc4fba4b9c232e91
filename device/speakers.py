"""Speakers that need no sound card, and the choice of one by URI. The real one: `device.system_speaker`."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from device.errors import ConfigError, SpeechError
from device.ports import SAMPLE_RATE, Pcm, Playback, Speaker
from device.sound import faded_out, in_pause, pauses, seconds, write_wav
from device.system_speaker import SystemSpeaker


@dataclass(frozen=True, slots=True)
class Segment:
    """What sounded: from `start_s` on, already cut where it was stopped."""

    utterance: int
    start_s: float
    pcm: Pcm

    @property
    def end_s(self) -> float:
        """The second after its last sample."""
        return self.start_s + seconds(self.pcm)


class TimelineSpeaker:
    """Plays into a timeline of virtual seconds: speech takes as long as its audio, whatever the clock.

    `origin_s` is the timeline's zero (None: when the first utterance starts); with a `folder`,
    closing writes `speech.wav` there.
    """

    def __init__(self, origin_s: float | None = 0.0, folder: Path | None = None) -> None:
        self._origin_s = origin_s
        self._folder = folder
        self._segments: list[Segment] = []
        self._playing: Segment | None = None
        self._more = False  # the rest of what is playing is not there yet
        self._pauses: tuple[tuple[float, float], ...] = ()
        self._finished: list[int] = []
        self._failed: list[int] = []

    @property
    def segments(self) -> Sequence[Segment]:
        """Everything that sounded so far, in order; the last may still be playing."""
        return tuple(self._segments)

    def play(self, utterance: int, pcm: Pcm, now_s: float, *, more: bool = False) -> None:
        """Begin at once; whatever was playing stops. Nothing to play counts as failed."""
        self.stop(now_s)
        self._more = more
        if not len(pcm):
            self._failed.append(utterance)
            return
        if self._origin_s is None:
            self._origin_s = now_s
        self._playing = Segment(utterance, now_s, pcm)
        self._pauses = pauses(pcm)
        self._segments.append(self._playing)

    def add(self, utterance: int, pcm: Pcm, now_s: float) -> None:
        """The rest, right after what sounds still, else from now on."""
        now = self._playing
        if now is None or now.utterance != utterance or not self._more:
            return
        silent = np.zeros(max(0, round((now_s - now.end_s) * SAMPLE_RATE)) if len(pcm) else 0, np.int16)
        self._playing = Segment(utterance, now.start_s, np.concatenate([now.pcm, silent, pcm]))
        self._pauses = pauses(self._playing.pcm)
        self._segments[-1] = self._playing
        self._more = False

    def stop(self, now_s: float) -> None:
        """Silence from `now_s` on, with a fade just before."""
        self._end_by(now_s)
        if self._playing is None:
            return
        cut = self._playing
        self._playing = None
        count = max(0, round((now_s - cut.start_s) * SAMPLE_RATE))
        self._segments[-1] = Segment(cut.utterance, cut.start_s, faded_out(cut.pcm[:count]))

    def playback(self, now_s: float) -> Playback:
        """What is playing at `now_s`."""
        self._end_by(now_s)
        finished, self._finished = tuple(self._finished), []
        failed, self._failed = tuple(self._failed), []
        now = self._playing
        if now is None:
            return Playback(finished=finished, failed=failed)
        return Playback(
            now.utterance,
            now.start_s,
            None if self._more else now.end_s,
            failed,
            finished,
            in_pause(self._pauses, now_s - now.start_s),
        )

    def mixdown(self, total_s: float) -> Pcm:
        """The whole timeline from `origin_s`, `total_s` long: silence where nothing was said."""
        out = np.zeros(round(total_s * SAMPLE_RATE), dtype=np.int16)
        for segment in self._segments:
            at = round((segment.start_s - (self._origin_s or 0.0)) * SAMPLE_RATE)
            whole = segment.pcm[max(0, -at) :]
            first = max(0, at)
            piece = whole[: max(0, len(out) - first)]
            out[first : first + len(piece)] = piece
        return out

    def close(self) -> None:
        """Write the WAV where a folder was given; safe to call twice."""
        folder, self._folder = self._folder, None
        if folder is None:
            return
        end_s = max((segment.end_s for segment in self._segments), default=0.0)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SpeechError(f"cannot make {folder}: {error.strerror}: choose another folder") from None
        write_wav(folder / "speech.wav", self.mixdown(end_s - (self._origin_s or 0.0)))

    def _end_by(self, now_s: float) -> None:
        if self._playing is not None and not self._more and now_s >= self._playing.end_s:
            self._finished.append(self._playing.utterance)
            self._playing = None


class NullSpeaker:
    """No sound at all, and it says so: each utterance has failed. Silence is a fault, not an option."""

    def __init__(self) -> None:
        self._failed: list[int] = []

    def play(self, utterance: int, pcm: Pcm, now_s: float, *, more: bool = False) -> None:
        """Nobody will hear it."""
        self._failed.append(utterance)

    def add(self, utterance: int, pcm: Pcm, now_s: float) -> None:
        """Nobody will hear that either; it has failed already."""

    def stop(self, now_s: float) -> None:
        """It is silent already."""

    def playback(self, now_s: float) -> Playback:
        """Silent, with what was not heard."""
        failed, self._failed = tuple(self._failed), []
        return Playback(failed=failed)

    def close(self) -> None:
        """Nothing is held."""


def speaker_from_uri(uri: str) -> Speaker:
    """`wav:FOLDER`, `system:` (or `system:PLAYER`), `null:`; `ConfigError` or `SpeechError`."""
    scheme, colon, rest = uri.partition(":")
    if scheme == "wav" and rest:
        return TimelineSpeaker(None, Path(rest))
    if scheme == "system" and colon:
        return SystemSpeaker(rest or None)
    if uri == "null:":
        return NullSpeaker()
    raise ConfigError(f'speaker "{uri}": write wav:FOLDER, system: or null:')
