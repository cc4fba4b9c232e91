"""Words to sound beside guidance: the short sound before them does not wait until they are made.

A sentence takes 0.1 to 0.9 s to make. `SyncSynthesis` makes it while it is asked: time is virtual there, and
a walk must repeat exactly. `ThreadedSynthesis` makes it in a thread; what is always said in the same words,
the faults, it makes ahead while nothing is asked, and keeps.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np

from device.announcements import Lang
from device.errors import SpeechError
from device.ports import Pcm, Voice

_log = logging.getLogger(__name__)

UPKEEP_EVERY_S: Final = 1.0
LONGEST_END_S: Final = 1.0  # a voice that hangs is left behind, with its thread, after this
_NOTHING: Final[Pcm] = np.zeros(0, np.int16)

Text = tuple[Lang, str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The words of one utterance, in the language to be tried first, and in the other."""

    utterance: int
    texts: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Voiced:
    """Its sound. `lang`: what it is in; None: no voice at all, `pcm` is empty. `faults`: one a language.

    `fresh`: a voice made it just now, which shows that there is one.
    """

    utterance: int
    pcm: Pcm = field(default_factory=lambda: _NOTHING, repr=False)
    lang: Lang | None = None
    faults: tuple[str, ...] = ()
    fresh: bool = True


class Synthesis(Protocol):
    """Takes words, gives sound. Of what is asked only the newest counts: there is one mouth."""

    def ask(self, wanted: Wanted) -> None:
        """Begin to make these words."""

    def poll(self) -> Voiced | None:
        """The newest sound not yet given out; never blocks."""

    def close(self) -> None:
        """End, in a bounded time; safe to call twice. The voice is closed by who made it."""


class SyncSynthesis:
    """A `Synthesis` that makes the words when asked, in the caller's thread."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self._ready: Voiced | None = None

    def ask(self, wanted: Wanted) -> None:
        """Make them now."""
        self._ready = voiced(self._voice, wanted)

    def poll(self) -> Voiced | None:
        """The sound of what was asked last."""
        ready, self._ready = self._ready, None
        return ready

    def close(self) -> None:
        """Nothing runs."""


class ThreadedSynthesis:
    """A `Synthesis` with a thread. `wake`: called there when words are ready; `ahead`: made when idle.

    `upkeep`: called there while nothing is asked, at the start and each UPKEEP_EVERY_S; it keeps its errors.
    """

    def __init__(
        self,
        voice: Voice,
        wake: Callable[[], object] = lambda: None,
        ahead: Iterable[Text] = (),
        upkeep: Callable[[], object] | None = None,
    ) -> None:
        self._voice = voice
        self._wake = wake
        self._ahead = deque(ahead)
        self._upkeep = upkeep
        self._kept_up = upkeep is None  # nothing to keep up
        self._kept: dict[Text, Pcm] = {}  # whatever else is said in between; only the thread's
        self._changed = threading.Condition()
        self._wanted: Wanted | None = None
        self._ready: Voiced | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="synthesis", daemon=True)
        self._thread.start()

    def ask(self, wanted: Wanted) -> None:
        """The newest words take the place of those that wait."""
        with self._changed:
            self._wanted, self._ready = wanted, None
            self._changed.notify()

    def poll(self) -> Voiced | None:
        """The newest sound."""
        with self._changed:
            ready, self._ready = self._ready, None
            return ready

    def close(self) -> None:
        """End the thread; one that hangs is left behind after LONGEST_END_S."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join(LONGEST_END_S)
        if self._thread.is_alive():
            _log.warning("the voice did not answer in %g s: it is left behind", LONGEST_END_S)

    def _work(self) -> None:
        while (task := self._take()) is not None:
            if isinstance(task, Wanted):
                self._hand_out(self._made(task))
            else:
                self._keep(task)

    def _made(self, wanted: Wanted) -> Voiced:
        lang, text = wanted.texts[0]
        kept = self._kept.get((lang, text))
        if kept is not None:
            return Voiced(wanted.utterance, kept, lang, fresh=False)
        return _guarded(self._voice, wanted)

    def _keep(self, text: Text) -> None:
        made = _guarded(self._voice, Wanted(0, (text,)))
        if made.lang is not None:  # else nobody waits for it now; when somebody does, it is told
            self._kept[text] = made.pcm

    def _take(self) -> Wanted | Text | None:
        """What is asked; else what may be made ahead; None at the end."""
        while not self._due():
            if self._upkeep is not None:
                self._upkeep()
        with self._changed:
            if self._closed:
                return None
            wanted, self._wanted = self._wanted, None
            return self._ahead.popleft() if wanted is None else wanted

    def _due(self) -> bool:
        """Wait for something to do; False where it is time for the upkeep."""
        pause_s = None if self._upkeep is None else UPKEEP_EVERY_S if self._kept_up else 0.0
        self._kept_up = True
        with self._changed:
            due = self._changed.wait_for(self._something, pause_s)
        return bool(due)

    def _something(self) -> bool:
        return self._closed or self._wanted is not None or bool(self._ahead)

    def _hand_out(self, ready: Voiced) -> None:
        with self._changed:
            # What was asked since has taken its place.
            if self._closed or self._wanted is not None:
                return
            self._ready = ready
        self._wake()


def voiced(voice: Voice, wanted: Wanted) -> Voiced:
    """The words in the first language that has a voice. No words: the earcon says it."""
    lang, text = wanted.texts[0]
    if not text:
        return Voiced(wanted.utterance, lang=lang, fresh=False)
    faults: list[str] = []
    for lang, text in wanted.texts:
        try:
            return Voiced(wanted.utterance, voice.synthesise(text, lang), lang, tuple(faults))
        except SpeechError as error:
            faults.append(str(error))
    return Voiced(wanted.utterance, faults=tuple(faults))


def _guarded(voice: Voice, wanted: Wanted) -> Voiced:
    try:
        return voiced(voice, wanted)
    except Exception as error:  # noqa: BLE001 - a thread that dies unheard would leave nothing but short sounds
        _log.exception("making words failed")
        return Voiced(wanted.utterance, faults=(f"{type(error).__name__}: {error}",))
