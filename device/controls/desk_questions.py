"""Questions to the wearer, and the call for help: what the desk says and sends of both. Pure."""

from dataclasses import replace
from typing import Literal

from device.announcements import AlertKind
from device.controls import question, sos
from device.controls.desk_state import Result, View
from device.controls.question import Answer
from device.controls.sos import News
from device.facts import Asked, Count
from device.producers import announcement
from device.senses import Senses


def questions(result: Result, senses: Senses, view: View) -> Result:
    """What the server or a possible fall makes the device ask, and what time makes of it."""
    now_s = senses.now_s
    result = _fall(_asked(result, senses, view), senses)
    asking, due = question.at(result.state.asking, now_s, view.asking)
    result = result.keep(asking=asking)
    if due == "again":
        return _ask_aloud(result, now_s)
    return _unanswered(result, now_s, view) if due == "over" else result


def _asked(result: Result, senses: Senses, view: View) -> Result:
    """The server's questions about this trip; who walks over a road is asked behind it."""
    now_s, held = senses.now_s, []
    for notice in (*result.state.held, *senses.notices):
        of_this = view.trip and notice.trip_id in ("", view.trip_id)
        if notice.kind != "are_you_ok" or not of_this or now_s >= notice.until_s:
            continue
        if view.crossing and notice.until_s - now_s > question.HELD_S:
            held.append(notice)
            continue
        counting = result.state.sos.began_s is not None
        asking, known, aloud = question.ask(
            result.state.asking, notice.id, notice.until_s, now_s, counting=counting
        )
        result = replace(result.keep(asking=asking), answered=(*result.answered, *known))
        result = _ask_aloud(result, now_s) if aloud else result
    return result.keep(held=tuple(held))


def _fall(result: Result, senses: Senses) -> Result:
    now_s = senses.now_s
    if senses.fall == "up":
        return result.keep(asking=question.risen(result.state.asking))
    if result.state.sos.began_s is not None:
        return result  # how the countdown ends is the answer
    if senses.fall == "fell":
        return _ask_aloud(result.keep(asking=question.fell(result.state.asking, now_s)), now_s)
    if senses.fall == "laid":
        asking, aloud = question.laid(result.state.asking, now_s)
        result = result.keep(asking=asking)
        return _ask_aloud(result, now_s) if aloud else result
    return result


def _ask_aloud(result: Result, now_s: float) -> Result:
    """Said now. An open menu closes: its buttons would mean something else."""
    waiting = result.state.asking.open
    if waiting is None:
        return result
    asked = announcement(AlertKind.ARE_YOU_OK, waiting.key, Asked(waiting.fell, waiting.times > 1), now_s)
    asked = replace(asked, expires_s=min(asked.expires_s, waiting.until_s))
    return replace(result.keep(menu=None), told=(*result.told, asked))


def _unanswered(result: Result, now_s: float, view: View) -> Result:
    waiting = result.state.asking.open
    if waiting is not None and waiting.fell:
        return called(result, "no_answer", now_s, view)
    heard = waiting is not None and waiting.heard and view.settings.server
    result = answered(result, "no_answer")
    if waiting is not None and waiting.laid:
        # No call for help of glasses on a table: the server hears of a possible fall, and asks once more.
        result = replace(result, fell=True)
    return result.say(AlertKind.UNANSWERED, "ok", now_s) if heard else result


def answered(result: Result, answer: Answer) -> Result:
    """The question that waits, if one does, is answered so."""
    asking, answers = question.closed(result.state.asking, answer)
    return replace(result.keep(asking=asking), answered=(*result.answered, *answers))


def called(result: Result, meaning: Literal["help", "no_answer"], now_s: float, view: View) -> Result:
    """The countdown to a call for help begins, if none runs."""
    memory, news = sos.begin(result.state.sos, now_s)
    if news is None:
        return result
    asking = question.calls(result.state.asking, meaning)
    return _sos(result.keep(sos=memory, menu=None, asking=asking), news, now_s, view)


def _sos(result: Result, news: News | None, now_s: float, view: View) -> Result:
    if news is None:
        return result
    fact = Count(news.number, view.settings.server)
    match news.step:
        case "begun":
            return result.say(AlertKind.SOS_BEGUN, "sos", now_s, fact)
        case "count":
            return result.say(AlertKind.SOS_COUNT, f"sos/{news.number}", now_s, fact)
        case "raise":
            asking, more = question.called(result.state.asking)
            answers = (*result.answered, *more)
            return replace(result.keep(asking=asking), sos="raised", answered=answers)
        case "stored":
            return result.say(AlertKind.SOS_STORED, "sos", now_s, fact)
        case "sent":
            return result.say(AlertKind.SOS_SENT, "sos", now_s)
        case "failed":
            return result.say(AlertKind.SOS_FAILED, "sos", now_s)
    return result


def call_heard(result: Result, senses: Senses, view: View) -> Result:
    """What became of the call for help, and what its countdown comes to now."""
    told = any(notice.kind in ("sos_sent", "sos_seen") for notice in senses.notices)
    before = sos.arrived(result.state.sos) if told else result.state.sos
    memory, news = sos.heard(before, senses.sos)
    result = _sos(result.keep(sos=memory), news, senses.now_s, view)
    memory, news = sos.at(result.state.sos, senses.now_s)
    return _sos(result.keep(sos=memory), news, senses.now_s, view)
