"""On the way to the voice and the log: what is told, in which words, and what became of it. Pure."""

from dataclasses import replace

from device import faultbook
from device.announcements import LANGS, Announcement, Fresh, Lang
from device.arbiter import Play, Settled, SpeechArbiter, Stop
from device.companion_state import CompanionState
from device.controls.desk_state import choices_of
from device.facts import Ready
from device.policy import earcon_of, told_to, told_when_paused, urgency_of
from device.producers import from_health
from device.senses import Hush, Say, Senses, Settings
from device.silence import told_in_silence
from device.words import Rendered, render
from wire.trip import Announced


def sifted(
    state: CompanionState,
    new: tuple[Announcement, ...],
    settings: Settings,
    senses: Senses,
    arbiter: SpeechArbiter,
) -> tuple[CompanionState, tuple[Announcement, ...], tuple[Settled, ...]]:
    """`new` without what the wearer does not want, with what failed told once and not forgotten."""
    now_s, book = senses.now_s, state.faults
    if any(change.part == "speech" and change.healthy for change in senses.health):
        book = faultbook.at_once(book, now_s)
    book, new = faultbook.take(book, new, now_s)
    if not state.ready:  # what has not come up yet is told with what has
        new = tuple(told for told in new if not faultbook.of_parts(told))
    state, greeted, known = _menu_instead(state, now_s, arbiter)
    new = (*new, *known)
    verbosity = choices_of(state.desk, settings).verbosity
    new = tuple(told for told in new if told_to(told.kind, verbosity))
    waiting = state.arbiter
    if state.desk.paused:
        new = tuple(told for told in new if told_when_paused(told))
        waiting, _ = arbiter.forget(waiting, now_s, lambda told: not told_when_paused(told))
    if state.silence.on:
        new = tuple(told for told in new if told_in_silence(told))
        waiting, _ = arbiter.forget(waiting, now_s, lambda told: not told_in_silence(told))
    queued = tuple(each.announcement for each in waiting.queue)
    new, gone = faultbook.merged(book, queued, new, now_s)
    waiting, dropped = arbiter.forget(waiting, now_s, lambda told: told.identity in gone)
    put_together = tuple(replace(item, outcome="duplicate") for item in dropped)
    return replace(state, faults=book, arbiter=waiting), new, (*greeted, *put_together)


def _menu_instead(
    state: CompanionState, now_s: float, arbiter: SpeechArbiter
) -> tuple[CompanionState, tuple[Settled, ...], tuple[Announcement, ...]]:
    """Who is in the menu knows that there is one: of a greeting that was cut, what does not work is left."""
    if state.desk.menu is None:
        return state, (), ()
    waits = [waiting.announcement for waiting in state.arbiter.queue]
    speaking = state.arbiter.speaking
    if speaking is not None and speaking.waiting.announcement.expires_s > now_s:
        waits.append(speaking.waiting.announcement)  # cut by the menu's first line
    greetings = [told.params for told in waits if isinstance(told.params, Ready)]
    missing = dict.fromkeys(part for greeting in greetings for part in greeting.lost)
    waiting, gone = arbiter.forget(state.arbiter, now_s, lambda told: isinstance(told.params, Ready))
    told = tuple(one for part in missing for one in from_health(part, False, now_s))
    return replace(state, arbiter=waiting), gone, told


def fresh_of(state: CompanionState) -> Fresh:
    """The world as it is known now."""
    progress = state.progress
    if progress is None or not progress.located:
        return Fresh(hazards=state.hazards, paving=state.scene.blocks.sight)
    return Fresh(progress.route_m, progress.accuracy_m, state.hazards, state.scene.blocks.sight)


def put_into_words(
    state: CompanionState, commands: tuple[Play | Stop, ...], fresh: Fresh, settings: Settings
) -> tuple[CompanionState, tuple[Say | Hush, ...]]:
    """The arbiter's commands with the words of this moment."""
    out: list[Say | Hush] = []
    spoken_as, urgencies = dict(state.spoken_as), dict(state.urgencies)
    for command in commands:
        if isinstance(command, Stop):
            out.append(Hush(command.utterance))
            continue
        words = _render(state, command.announcement, fresh, settings)
        urgency = urgency_of(command.announcement)
        spoken_as[command.utterance] = (words["ja"].text, words["en"].text)
        urgencies[command.utterance] = urgency
        earcon = earcon_of(command.announcement)
        out.append(Say(command.utterance, earcon, urgency, words, command.announcement))
    return replace(state, spoken_as=spoken_as, urgencies=urgencies), tuple(out)


def announced(
    state: CompanionState, item: Settled, fresh: Fresh, settings: Settings, senses: Senses
) -> Announced:
    """What became of an announcement, with the words that were, or would have been, said."""
    words = state.spoken_as.get(item.utterance) if item.utterance is not None else None
    if words is None:
        rendered = _render(state, item.announcement, fresh, settings)
        words = (rendered["ja"].text, rendered["en"].text)
    urgency = state.urgencies.get(item.utterance or 0, urgency_of(item.announcement))
    offset_s = senses.utc_s - senses.now_s
    return Announced(
        kind=str(item.announcement.kind),
        key=item.announcement.key,
        urgency=urgency.wire,
        outcome=item.outcome,
        text_ja=words[0],
        text_en=words[1],
        created_s=_ms(item.announcement.created_s + offset_s),
        started_s=None if item.started_s is None else _ms(item.started_s + offset_s),
        ended_s=None if item.ended_s is None else _ms(item.ended_s + offset_s),
        lat=state.fix.lat if state.fix else None,
        lon=state.fix.lon if state.fix else None,
    )


def _render(
    state: CompanionState, told: Announcement, fresh: Fresh, settings: Settings
) -> dict[Lang, Rendered]:
    verbosity = choices_of(state.desk, settings).verbosity
    return {lang: render(told, lang, fresh, verbosity=verbosity, clock=settings.clock) for lang in LANGS}


def _ms(seconds: float) -> float:
    """Milliseconds are enough for a log, and keep its bytes stable."""
    return round(seconds, 3)
