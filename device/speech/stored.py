"""Words from the disk where they are there: at once, without a voice. What is not is asked of the voice."""

from collections.abc import Mapping

import numpy as np

from device.announcements import Lang
from device.ports import Pcm
from device.speech.phrases import PhraseStore
from device.synthesis import Synthesis, Voiced, Wanted


class StoredSynthesis:
    """A `Synthesis`: `stores`, and the `voice` behind them; the other language's store comes last."""

    def __init__(self, stores: Mapping[Lang, PhraseStore], voice: Synthesis) -> None:
        self._stores, self._voice = stores, voice
        self._wanted: Wanted | None = None
        self._ready: Voiced | None = None

    def ask(self, wanted: Wanted) -> None:
        """From the disk, else begin to make them."""
        self._wanted, self._ready = wanted, None
        lang, text = wanted.texts[0]
        pcm = self._stored(lang, text) if text else np.zeros(0, np.int16)
        if pcm is None:
            self._voice.ask(wanted)
        else:
            self._ready = Voiced(wanted.utterance, pcm, lang, fresh=False)

    def poll(self) -> Voiced | None:
        """The newest sound not yet given out."""
        ready, self._ready = self._ready, None
        if ready is not None:
            return ready
        made, wanted = self._voice.poll(), self._wanted
        if made is None or made.lang is not None or wanted is None or made.utterance != wanted.utterance:
            return made
        return self._in_another(wanted, made)

    def close(self) -> None:
        """End the voice's thread, and close the files."""
        self._voice.close()
        for store in self._stores.values():
            store.close()

    def _in_another(self, wanted: Wanted, made: Voiced) -> Voiced:
        """No voice speaks: what was made ahead in the other language is better than a short sound."""
        for lang, text in wanted.texts[1:]:
            pcm = self._stored(lang, text)
            if pcm is not None:
                return Voiced(wanted.utterance, pcm, lang, made.faults, fresh=False)
        return made

    def _stored(self, lang: Lang, text: str) -> Pcm | None:
        store = self._stores.get(lang)
        return None if store is None else store.get(text)
