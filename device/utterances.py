"""From an announcement to samples: the earcon, then the words, in a language that can be spoken."""

from dataclasses import dataclass

from device.announcements import UNKNOWN, Announcement, Fresh, Lang
from device.earcons import earcon
from device.errors import SpeechError
from device.policy import earcon_of
from device.ports import Pcm, Voice
from device.sound import joined
from device.words import Rendered, Verbosity, render

EARCON_GAP_S = 0.06  # heard as one with its words


@dataclass(frozen=True, slots=True)
class Utterance:
    """What is played: words as rendered, the language spoken, samples with the earcon in front.

    `trouble` says why another language than the wearer's was spoken; None where all is well.
    """

    rendered: Rendered
    lang: Lang
    pcm: Pcm
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class Utterer:
    """Makes utterances for one wearer."""

    voice: Voice
    lang: Lang = "ja"
    verbosity: Verbosity = "normal"
    clock: bool = False

    def utter(self, announcement: Announcement, fresh: Fresh = UNKNOWN) -> Utterance:
        """The words of now in the wearer's language, or in the other where that voice fails.

        `SpeechError` where neither can be spoken: play `alarm(announcement)` and report it.
        """
        try:
            return self._in(self.lang, announcement, fresh)
        except SpeechError as error:
            other: Lang = "en" if self.lang == "ja" else "ja"
            return self._in(other, announcement, fresh, str(error))

    def alarm(self, announcement: Announcement) -> Pcm:
        """The earcon alone: better than silence where no voice works."""
        return earcon(earcon_of(announcement))

    def _in(
        self, lang: Lang, announcement: Announcement, fresh: Fresh, trouble: str | None = None
    ) -> Utterance:
        rendered = render(announcement, lang, fresh, verbosity=self.verbosity, clock=self.clock)
        words = self.voice.synthesise(rendered.speech, lang)
        return Utterance(rendered, lang, joined((self.alarm(announcement), words), EARCON_GAP_S), trouble)
