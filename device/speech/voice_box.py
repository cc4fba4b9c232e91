"""All that speaks, put together from the configuration: phrases, voice, outputs, and the noise around."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from device.announcements import LANGS, Lang
from device.companion import Health
from device.config import DeviceConfig, SpeechConfig
from device.errors import DeviceError, SpeechError
from device.mouth import Hearing, LocalMouth, Utterance
from device.ports import Clock, Playback, Speaker
from device.speakers import NullSpeaker, speaker_from_uri
from device.speech.microphone import NoiseMeter, recorder_command
from device.speech.pace import PacedSynthesis
from device.speech.phrases import open_stores
from device.speech.sink import LISTEN_S, SinkWatch
from device.speech.spare import Output, SpareSpeaker
from device.speech.stored import StoredSynthesis
from device.synthesis import ThreadedSynthesis
from device.system_speaker import SystemSpeaker
from device.voice import VoiceProcess

_log = logging.getLogger(__name__)

LEAST_DB: Final = -30.0
MOST_DB: Final = 12.0
# A sentence that is not there by then is not waited for: the mouth gives it up at 5 s.
_VOICE_LIMIT_S: Final = 4.0
_CACHED_S: Final = 30.0  # of sound in memory: what is always said is on the disk
_WARM_EVERY_S: Final = (0.0, 2.0, 5.0, 15.0, 60.0)  # between attempts to start a voice that does not start


class VoiceBox:
    """The mouth of the device. One thread calls it; nothing here waits for a voice, a player or a server."""

    def __init__(self, config: DeviceConfig, clock: Clock, wake: Callable[[], object]) -> None:
        lang = config.wearer.lang
        stores, lacking = open_stores(config.data, LANGS)
        for line in lacking:
            _log.warning("%s", line)
        self._voice = VoiceProcess(limit_s=_VOICE_LIMIT_S, cached_s=_CACHED_S)
        threaded = ThreadedSynthesis(self._voice, wake, upkeep=Upkeep(self._voice, lang, clock))
        self._synthesis = PacedSynthesis(StoredSynthesis(stores, threaded))
        self._watch = SinkWatch(wake) if _asks_a_server(config.speech.speaker) else None
        self._speaker, self._no_speaker = _speaker(config.speech, self._watch)
        microphone = config.speech.microphone
        self._noise = NoiseMeter(recorder_command(microphone), clock) if microphone else None
        self._mouth = LocalMouth(self._synthesis, self._speaker)
        self._volume_db = 0.0
        self._health = _Healths()
        self.tune(config.wearer.volume_db, config.wearer.rate)

    def tune(self, volume_db: float, rate: float) -> None:
        """Another volume and rate, from the next utterance on."""
        self._volume_db, self._synthesis.rate = volume_db, rate

    def say(self, utterance: Utterance, now_s: float) -> None:
        """Begin at once, over whatever is said."""
        if isinstance(self._speaker, SpareSpeaker):
            gain_db = self._volume_db + (self._noise.gain_db if self._noise else 0.0)
            self._speaker.gain_db = min(MOST_DB, max(LEAST_DB, gain_db))
        self._mouth.say(utterance, now_s)

    def hush(self, now_s: float) -> None:
        """Silence within 50 ms."""
        self._mouth.hush(now_s)

    def listen(self, now_s: float) -> Hearing:
        """What is said now, and how the voice and the outputs are, where that changed."""
        if isinstance(self._speaker, SpareSpeaker) and self._watch is not None:
            self._speaker.judge(self._watch.verdict.fault)
        heard = self._mouth.listen(now_s)
        speaking = heard.playback.utterance is not None
        if self._watch is not None:
            self._watch.tell(self._on_the_sink() and _sounds_on(heard.playback, now_s))
        if self._noise is not None:
            self._noise.tell(speaking)
        for change in heard.health:
            self._health.voice = change
        if isinstance(self._speaker, SpareSpeaker):
            self._health.speaker = self._speaker.health() or self._health.speaker
        elif self._no_speaker:
            self._health.speaker = Health("speech", False, "speaker", self._no_speaker)
        return Hearing(heard.playback, self._health.changes(), heard.failed)

    @property
    def health(self) -> Health | None:
        """As it was last told; None: nothing was."""
        return self._health.told

    def close(self) -> None:
        """End all of it, in a bounded time; safe to call twice."""
        self._speaker.close()
        self._synthesis.close()
        self._voice.close()
        if self._watch is not None:
            self._watch.close()
        if self._noise is not None:
            self._noise.close()

    def _on_the_sink(self) -> bool:
        return isinstance(self._speaker, SpareSpeaker) and self._speaker.on_first


@dataclass(slots=True)
class _Healths:
    """The voice's and the speaker's, as the one of the part."""

    voice: Health | None = None
    speaker: Health | None = None
    told: Health | None = None

    def changes(self) -> tuple[Health, ...]:
        """What to tell; the speaker's fault before the voice's: without it no voice is heard."""
        known = [each for each in (self.speaker, self.voice) if each is not None]
        faults = [each for each in known if not each.healthy]
        now = faults[0] if faults else Health("speech", True) if known else None
        before = self.told
        if now is None or (before and (before.healthy, before.reason) == (now.healthy, now.reason)):
            return ()
        self.told = now
        return (now,)


class Upkeep:
    """Keeps a voice that runs at hand; one that does not start is tried again, ever more seldom."""

    def __init__(self, voice: VoiceProcess, lang: Lang, clock: Clock) -> None:
        self._voice, self._lang, self._clock = voice, lang, clock
        self._failures = 0
        self._next_s = 0.0

    def __call__(self) -> None:
        """Once a second, from the thread of the voice."""
        if self._failures and self._clock.now_s() < self._next_s:
            return
        try:
            self._voice.warm(self._lang)
        except SpeechError as error:
            _log.warning("voice: %s", error)
            self._failures = min(self._failures + 1, len(_WARM_EVERY_S) - 1)
            self._next_s = self._clock.now_s() + _WARM_EVERY_S[self._failures]
        else:
            self._failures = 0


def _speaker(config: SpeechConfig, watch: SinkWatch | None) -> tuple[Speaker, str]:
    """The outputs that can be opened, and why there is none."""
    if not config.speaker.startswith("system:"):
        return speaker_from_uri(config.speaker), ""
    outputs: list[Output] = []
    faults: list[str] = []
    for uri in (config.speaker, config.spare):
        if uri is None or not uri.startswith("system:"):
            continue
        two_sided = watch.two_sided if config.stereo and watch is not None else _one_sided
        try:
            outputs.append(SystemSpeaker(uri.partition(":")[2] or None, two_sided=two_sided))
        except DeviceError as error:
            faults.append(str(error))
            _log.warning("%s", error)
    return (SpareSpeaker(outputs), "") if outputs else (NullSpeaker(), faults[0])


def _sounds_on(playback: Playback, now_s: float) -> bool:
    """Whether words sound, and for longer than it takes to listen: not an earcon that waits for its words."""
    return playback.ends_s is not None and playback.ends_s - now_s > 2 * LISTEN_S


def _asks_a_server(uri: str) -> bool:
    """Whether it plays through a sound server, and not by the bare card."""
    return uri == "system:" or uri.startswith("system:paplay")


def _one_sided() -> bool:
    return False
