"""Where presses become answers: menu, pause, call for help, plan. Pure; no press is silent."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from device.announcements import AlertKind
from device.controls import gestures, menu, question, sos
from device.controls.desk_questions import answered, call_heard, called, questions
from device.controls.desk_state import Ask, DeskState, Result, View, choices_of
from device.controls.gestures import Button, Gesture, Touch
from device.controls.menu import Outcome, Saved, World
from device.controls.sos import SosMemory
from device.facts import Chosen, Code, Goal, Pressed
from device.senses import BeginWanted, PlanWanted, Senses
from routing import geo
from wire.route import Place

REMIND_S: Final = 60.0  # that the words are paused: silence must not look like safety
PATIENCE_S: Final = 45.0  # a large map on a small board: 20 s
CODE_S: Final = 3.0


def step(state: DeskState, senses: Senses, view: View) -> Result:
    """Take in presses, time and answers."""
    now_s = senses.now_s
    hand, made = gestures.step(state.gestures, senses.presses, now_s)
    asking = question.sounded(state.asking, view.asking) if view.asked else state.asking
    result = Result(replace(state, gestures=hand, asking=asking))
    for gesture in made:
        result = _gesture(result, gesture, senses, view)
    result = questions(result, senses, view)
    result = call_heard(result, senses, view)
    result = _planned(result, senses)
    result = _paired(result, senses)
    return _time(result, now_s)


# --- gestures


def _gesture(result: Result, gesture: Gesture, senses: Senses, view: View) -> Result:
    button, now_s = gesture.button, senses.now_s
    if gesture.touch is Touch.DOWN:
        return _down(result, button, now_s)
    if gesture.touch is Touch.STUCK:
        return result.say(AlertKind.BUTTON_STUCK, "buttons", now_s, Pressed(button, "stuck"))
    if gesture.touch is Touch.FREE:
        return result.say(AlertKind.BUTTONS_BACK, "buttons", now_s)
    if button in result.state.spent:
        return result.keep(spent=result.state.spent - {button})
    if (gesture.touch, button) == (Touch.LONG, 3):
        return called(result, "help", now_s, view)
    if question.means_ok(result.state.asking, gesture):
        return answered(result, "ok").say(AlertKind.OK_TOLD, "ok", now_s)
    if result.state.menu is not None:
        return _in_menu(result, gesture, senses, view)
    return _free(result, gesture, senses, view)


def _down(result: Result, button: Button, now_s: float) -> Result:
    memory, news = sos.cancel(result.state.sos)
    if news is None:
        spent = result.state.spent - {button}
        told = result.say(AlertKind.PRESSED, f"press/{button}", now_s, Pressed(button))
        return told.keep(spent=spent)
    # Who presses is there, and wants no help: that is the answer to a question that waits.
    result = answered(result.keep(sos=memory, spent=result.state.spent | {button}), "ok")
    return result.say(AlertKind.SOS_CANCELLED, "sos", now_s)


def _free(result: Result, gesture: Gesture, senses: Senses, view: View) -> Result:
    """No menu is open."""
    match gesture.touch, gesture.button:
        case Touch.SHORT, 1:
            return _ask(result, "repeat")
        case ((Touch.AGAIN | Touch.LONG), 1):
            return _ask(result, "where")
        case ((Touch.SHORT | Touch.AGAIN), 2):
            return _ask(result, "ahead")
        case Touch.LONG, 2:
            return _opened(result, menu.opened(_world(result, view), senses.now_s), senses, view)
        case ((Touch.SHORT | Touch.AGAIN), 3):
            return _pause(result, senses.now_s)
    return _not_understood(result, gesture, senses.now_s)


def _ask(result: Result, ask: Ask) -> Result:
    return replace(result, asked=(*result.asked, ask))


def _not_understood(result: Result, gesture: Gesture, now_s: float) -> Result:
    # Half a long press of 1 or 2 cannot be: theirs are told as soon as they are long.
    return result.say(AlertKind.NOT_UNDERSTOOD, "answer", now_s, Pressed(gesture.button, gesture.touch))


def _pause(result: Result, now_s: float) -> Result:
    paused = not result.state.paused
    kind = AlertKind.SPEECH_PAUSED if paused else AlertKind.SPEECH_RESUMED
    return result.keep(paused=paused, remind_s=now_s + REMIND_S).say(kind, "pause", now_s)


# --- the menu


def _world(result: Result, view: View) -> World:
    return World(
        trip=view.trip,
        guided=view.guided,
        sos=result.state.sos.raised_s is not None,
        places=_saved(view),
        phone=view.settings.phone,
        choices=choices_of(result.state, view.settings),
    )


def _saved(view: View) -> tuple[Saved, ...]:
    """The nearest first, where the wearer is known to be; else as they were given: the most used first."""
    if view.fix is None:
        return tuple(Saved(place) for place in view.settings.places)
    here = (view.fix.lat, view.fix.lon)
    saved = [Saved(place, geo.distance_m(here, (place.lat, place.lon))) for place in view.settings.places]
    return tuple(sorted(saved, key=lambda each: each.distance_m or 0.0))


def _in_menu(result: Result, gesture: Gesture, senses: Senses, view: View) -> Result:
    state = result.state.menu
    outcome = state and menu.press(state, gesture, _world(result, view), senses.now_s)
    if not outcome:
        return _not_understood(result, gesture, senses.now_s)
    return _opened(result, outcome, senses, view)


def _opened(result: Result, outcome: Outcome, senses: Senses, view: View) -> Result:
    """The menu moved, was changed in, or ended."""
    now_s = senses.now_s
    result = result.keep(menu=outcome.menu)
    if outcome.choices is not None:
        result = replace(result.keep(choices=outcome.choices), choices=outcome.choices)
    if isinstance(outcome.told, Chosen):
        return result.say(AlertKind.CHOSEN, "menu", now_s, outcome.told)
    if outcome.told is not None:
        return result.say(AlertKind.MENU_ITEM, "menu", now_s, outcome.told)
    if not outcome.act:
        return result.say(AlertKind.MENU_CLOSED, "menu", now_s)
    if outcome.place is not None:
        return _go(result, outcome.place, senses, view)
    return _ACTS[outcome.act](result, now_s)


def _go(result: Result, place: Place, senses: Senses, view: View) -> Result:
    now_s, goal = senses.now_s, Goal(place.name)
    if view.fix is None:
        failed = replace(goal, failure="no_position")
        return result.keep(plan=None).say(AlertKind.PLAN_FAILED, "plan", now_s, failed)
    number = result.state.plans + 1
    plan = PlanWanted(number, (view.fix.lat, view.fix.lon), place, senses.utc_s)
    result = replace(result.keep(plan=plan, plans=number, planned_s=now_s), plan=plan)
    return result.say(AlertKind.PLANNING, "plan", now_s, goal)


def _walk(result: Result, now_s: float) -> Result:
    return replace(result.keep(plan=None), begin=BeginWanted())


def _end(result: Result, now_s: float) -> Result:
    return replace(result, end=True)


def _pair(result: Result, now_s: float) -> Result:
    return replace(result.keep(code_s=now_s), code=True)


def _way_closed(result: Result, _now_s: float) -> Result:
    """Answered by the companion: it knows whether another way can be looked for from here."""
    return replace(result, closed=True)


def _sos_back(result: Result, now_s: float) -> Result:
    result = replace(result.keep(sos=SosMemory()), sos="cancelled")
    return result.say(AlertKind.SOS_TAKEN_BACK, "sos", now_s)


_ACTS: Final[dict[str, Callable[[Result, float], Result]]] = {
    "walk": _walk,
    "end": _end,
    "pair": _pair,
    "closed": _way_closed,
    "sos_back": _sos_back,
}


# --- what was waited for


def _planned(result: Result, senses: Senses) -> Result:
    plan, answer, now_s = result.state.plan, senses.planned, senses.now_s
    if plan is None:
        return result
    goal = Goal(plan.destination.name)
    if answer is not None and answer.number == plan.number:
        result = result.keep(plan=None)
        if answer.route is not None:
            return replace(result, begin=BeginWanted(answer.route))
        failed = replace(goal, failure=answer.failure, map_name=answer.map_name, off_km=answer.off_km)
        return result.say(AlertKind.PLAN_FAILED, "plan", now_s, failed)
    if now_s - result.state.planned_s < PATIENCE_S:
        return result
    return result.keep(plan=None).say(AlertKind.PLAN_FAILED, "plan", now_s, replace(goal, failure="failed"))


def _paired(result: Result, senses: Senses) -> Result:
    since_s, now_s = result.state.code_s, senses.now_s
    if senses.code:
        code = Code(senses.code)
        return result.keep(code_s=None).say(AlertKind.PAIRING_CODE, "phone", now_s, code)
    if since_s is not None and now_s - since_s >= CODE_S:
        return result.keep(code_s=None).say(AlertKind.CODE_FAILED, "phone", now_s)
    return result


def _time(result: Result, now_s: float) -> Result:
    state = result.state
    if state.menu is not None and menu.timed_out(state.menu, now_s):
        result = result.keep(menu=None).say(AlertKind.MENU_CLOSED, "menu", now_s)
    if state.paused and now_s >= state.remind_s:
        result = result.keep(remind_s=now_s + REMIND_S).say(AlertKind.STILL_PAUSED, "pause", now_s)
    return result
