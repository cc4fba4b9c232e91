"""The part that speaks: what guidance wants said, from the disk or by the voice, through what output sounds.

When guidance vanishes without a farewell nobody is left who would say so: then this part does, by itself.
"""

import contextlib
import logging
import os
from dataclasses import replace
from typing import Final

from device.announcements import LANGS, Lang
from device.mouth import Utterance
from device.parts.bell import Bell
from device.parts.channel import Door
from device.parts.messages import HEARD, TO_SPEECH, Farewell, Heard, Silence, Speak, ToSpeech, Tune
from device.parts.part import Part
from device.policy import Earcon
from device.ports import Playback
from device.speech.own_words import GUIDANCE_GONE
from device.speech.voice_box import VoiceBox

# It needs little, and needs it at once: a model that looks at pictures takes all that there is.
FIRST_OF_ALL: Final = -10
# What a player does is looked at so often while it plays; a client that speaks wakes the loop at once.
SPEAKING_S: Final = 0.02
SILENT_S: Final = 0.1
TELL_EVERY_S: Final = 0.1
_log = logging.getLogger(__name__)
_OWN: Final = -1  # the number of what this part says by itself; guidance counts from 1


def serve(part: Part) -> None:
    """Speak until `part.ending`. Raises `ChannelError` where nobody could listen."""
    with contextlib.suppress(OSError, AttributeError):  # where it may
        os.setpriority(os.PRIO_PROCESS, 0, FIRST_OF_ALL)
    with contextlib.ExitStack() as held:
        bell = Bell()
        held.callback(bell.close)
        door: Door[ToSpeech, Heard] = Door(part.socket("speech"), TO_SPEECH, HEARD)
        held.callback(door.close)
        box = VoiceBox(part.config, part.clock, bell.ring)
        held.callback(box.close)
        speech = SpeechPart(door, box, part.config.wearer.lang)
        while not part.ending.is_set():
            speaking = speech.step(part.clock.now_s(), ending=part.ending.is_set())
            part.beat()
            bell.wait(door.filenos(), SPEAKING_S if speaking else SILENT_S)


class SpeechPart:
    """The part's loop, a step at a time."""

    def __init__(self, door: Door[ToSpeech, Heard], box: VoiceBox, lang: Lang) -> None:
        self._door, self._box, self._lang = door, box, lang
        self._guidance: set[int] = set()  # clients that had something said
        self._known: frozenset[int] = frozenset()
        self._told: Playback | None = None
        self._told_s = float("-inf")

    def step(self, now_s: float, *, ending: bool = False) -> bool:
        """Take in, speak, tell. Whether something is being said."""
        for client, message in self._door.poll():
            self._take(client, message, now_s)
        self._miss(now_s, ending)
        heard = self._box.listen(now_s)
        own = heard.playback.utterance == _OWN
        self._tell(Heard(now_s, _of_guidance(heard.playback), heard.health, heard.failed))
        return own or heard.playback.utterance is not None

    def _take(self, client: int, message: ToSpeech, now_s: float) -> None:
        if isinstance(message, Farewell):
            self._guidance.discard(client)
            return
        self._guidance.add(client)
        match message:
            case Speak():
                if message.texts:
                    self._lang = message.texts[0][0]
                said = Utterance(message.utterance, message.earcon, message.texts, message.bearing_deg)
                self._box.say(said, now_s)
            case Silence():
                self._box.hush(now_s)
            case Tune():
                self._box.tune(message.volume_db, message.rate)

    def _miss(self, now_s: float, ending: bool) -> None:
        """Guidance is gone and said no farewell: the wearer must not take this silence for a free way."""
        gone = self._guidance - self._door.clients
        self._guidance -= gone
        if gone and not self._guidance and not ending:
            # The language to try first at the front.
            langs = sorted(LANGS, key=lambda lang: lang != self._lang)
            texts = tuple((lang, GUIDANCE_GONE[lang]) for lang in langs)
            self._box.say(Utterance(_OWN, Earcon.STOP, texts), now_s)
            _log.info("say guidance_lost/guidance (%d) at %.3f", _OWN, now_s)

    def _tell(self, heard: Heard) -> None:
        """At each change, every TELL_EVERY_S while something sounds, and how things are to who comes new."""
        new, self._known = self._door.clients - self._known, self._door.clients
        health = self._box.health
        for client in new:
            known = (health,) if health is not None and not health.healthy else ()
            now = replace(heard.playback, finished=(), failed=())  # what is over was another's
            self._door.send(Heard(heard.t_s, now, known), client)
        sounding = heard.playback.utterance is not None
        changed = heard.playback != self._told or bool(heard.health or heard.failed)
        if changed or (sounding and heard.t_s - self._told_s >= TELL_EVERY_S):
            self._told, self._told_s = heard.playback, heard.t_s
            self._door.send(heard)


def _of_guidance(playback: Playback) -> Playback:
    """Without what this part says by itself."""
    finished = tuple(number for number in playback.finished if number != _OWN)
    failed = tuple(number for number in playback.failed if number != _OWN)
    if playback.utterance == _OWN:
        return Playback(failed=failed, finished=finished)
    return Playback(
        playback.utterance, playback.started_s, playback.ends_s, failed, finished, playback.pausing
    )
