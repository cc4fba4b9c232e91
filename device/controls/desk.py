"""Where presses become answers: menu, pause, call for help, plan. Pure; no press is silent."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from device.announcements import AlertKind, Announcement, Params
from device.controls import gestures, menu, question, sos
from device.controls.gestures import Button, Gesture, GestureState, Touch
from device.controls.menu import MenuState, Outcome, Saved, World
from device.controls.question import Answer, Asking
from device.controls.sos import News, SosMemory
from device.facts import Asked, Chosen, Code, Count, Goal, Plain, Pressed
from device.producers import announcement
from device.senses import BeginWanted, Choices, Noticed, PlanWanted, Senses, Settings
from routing import geo
from wire.position import Fix
from wire.route import Place
from wire.trip import Answered

REMIND_S: Final = 60.0  # that the words are paused: silence must not look like safety
PATIENCE_S: Final = 45.0  # a large map on a small board: 20 s
CODE_S: Final = 3.0

# What is answered from what the companion knows of the moment.
Ask = Literal["repeat", "where", "ahead"]


@dataclass(frozen=True, slots=True)
class DeskState:
    """The memory between steps; begin with `DeskState()`. `choices` None: as in the settings."""

    gestures: GestureState = field(default_factory=GestureState)
    menu: MenuState | None = None
    sos: SosMemory = field(default_factory=SosMemory)
    spent: frozenset[Button] = frozenset()  # pressed to cancel: what it becomes means nothing more
    paused: bool = False
    remind_s: float = 0.0
    choices: Choices | None = None
    plan: PlanWanted | None = None
    planned_s: float = 0.0
    plans: int = 0
    code_s: float | None = None  # a code is waited for since
    asking: Asking = field(default_factory=Asking)
    held: tuple[Noticed, ...] = ()  # questions that wait for the far side of a road


@dataclass(frozen=True, slots=True)
class View:
    """What the desk needs to know of the moment. `fix` None: nobody knows where the wearer is.

    `asking`: the key of the question that is being said; `asked`: long enough to be understood. `crossing`:
    the wearer walks over a road.
    """

    settings: Settings
    trip: bool = False
    guided: bool = False
    fix: Fix | None = None
    asking: str = ""
    asked: bool = False
    crossing: bool = False
    trip_id: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What one step of the desk comes to."""

    state: DeskState
    told: tuple[Announcement, ...] = ()
    asked: tuple[Ask, ...] = ()
    plan: PlanWanted | None = None
    begin: BeginWanted | None = None
    end: bool = False
    closed: bool = False
    code: bool = False
    choices: Choices | None = None
    sos: Literal["", "raised", "cancelled"] = ""
    answered: tuple[Answered, ...] = ()
    fell: bool = False  # a possible fall, of which nobody said that it was none

    def say(self, kind: AlertKind, key: str, now_s: float, params: Params | None = None) -> "Result":
        """With one more thing to tell."""
        return replace(self, told=(*self.told, announcement(kind, key, params or Plain(), now_s)))

    def keep(self, **changes: object) -> "Result":
        """With the memory changed."""
        return replace(self, state=replace(self.state, **changes))  # type: ignore[arg-type]


def choices_of(state: DeskState, settings: Settings) -> Choices:
    """How the wearer wants it now."""
    return state.choices or Choices(settings.verbosity, settings.rate, settings.volume_db)


def step(state: DeskState, senses: Senses, view: View) -> Result:
    """Take in presses, time and answers."""
    now_s = senses.now_s
    hand, made = gestures.step(state.gestures, senses.presses, now_s)
    asking = question.sounded(state.asking, view.asking) if view.asked else state.asking
    result = Result(replace(state, gestures=hand, asking=asking))
    for gesture in made:
        result = _gesture(result, gesture, senses, view)
    result = _questions(result, senses, view)
    result = _sos_heard(result, senses, view)
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
        return _call(result, "help", now_s, view)
    if question.means_ok(result.state.asking, gesture):
        return _answer(result, "ok").say(AlertKind.OK_TOLD, "ok", now_s)
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
    result = _answer(result.keep(sos=memory, spent=result.state.spent | {button}), "ok")
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


# --- a question to the wearer


def _questions(result: Result, senses: Senses, view: View) -> Result:
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
        return _call(result, "no_answer", now_s, view)
    heard = waiting is not None and waiting.heard and view.settings.server
    result = _answer(result, "no_answer")
    if waiting is not None and waiting.laid:
        # No call for help of glasses on a table: the server hears of a possible fall, and asks once more.
        result = replace(result, fell=True)
    return result.say(AlertKind.UNANSWERED, "ok", now_s) if heard else result


def _answer(result: Result, answer: Answer) -> Result:
    asking, answered = question.closed(result.state.asking, answer)
    return replace(result.keep(asking=asking), answered=(*result.answered, *answered))


def _call(result: Result, meaning: Literal["help", "no_answer"], now_s: float, view: View) -> Result:
    """The countdown to a call for help begins, if none runs."""
    memory, news = sos.begin(result.state.sos, now_s)
    if news is None:
        return result
    asking = question.calls(result.state.asking, meaning)
    return _sos(result.keep(sos=memory, menu=None, asking=asking), news, now_s, view)


# --- what was waited for


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
            asking, answered = question.called(result.state.asking)
            answers = (*result.answered, *answered)
            return replace(result.keep(asking=asking), sos="raised", answered=answers)
        case "stored":
            return result.say(AlertKind.SOS_STORED, "sos", now_s, fact)
        case "sent":
            return result.say(AlertKind.SOS_SENT, "sos", now_s)
        case "failed":
            return result.say(AlertKind.SOS_FAILED, "sos", now_s)
    return result


def _sos_heard(result: Result, senses: Senses, view: View) -> Result:
    told = any(notice.kind in ("sos_sent", "sos_seen") for notice in senses.notices)
    before = sos.arrived(result.state.sos) if told else result.state.sos
    memory, news = sos.heard(before, senses.sos)
    result = _sos(result.keep(sos=memory), news, senses.now_s, view)
    memory, news = sos.at(result.state.sos, senses.now_s)
    return _sos(result.keep(sos=memory), news, senses.now_s, view)


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
