"""What the wearer is answered, in English. What is not known is said to be not known."""

from collections.abc import Callable

from device.announcements import AlertKind
from device.facts import AheadNow, Chosen, Code, Count, Goal, Item, MenuNow, Pressed, Ready, Street, WhereNow
from device.words_en import obstacle_near
from device.words_parts_en import names, without
from routing import phrases_en
from routing.directions import compass_octant
from routing.manner import Manner
from routing.wording_en import COMPASS, metres

_UNKNOWN = "I do not know where you are now."


def ready(fact: Ready, manner: Manner) -> str:
    """What works is not listed; what does not, is."""
    lost = f" Not working yet: {names(fact.lost)}. {without(fact.lost)}".rstrip() if fact.lost else ""
    place = "" if fact.located or "position" in fact.lost else " The position is not known yet."
    return f"Shirube is ready.{lost}{place} Hold button 2 for the menu."


def pressed(fact: Pressed, manner: Manner) -> str:
    """For the log alone: the voice says nothing, the sound says it."""
    return "" if manner.spoken else f"Button {fact.button}"


def not_understood(fact: Pressed, manner: Manner) -> str:
    """What the button would do."""
    if fact.touch == "almost":
        return "For a call for help hold button 3 for 2 seconds."
    return "I did not understand. 1, repeat. 2, what is ahead. 3, pause."


def button_stuck(fact: Pressed, manner: Manner) -> str:
    """A strap, a pocket, a broken switch."""
    return f"Button {fact.button} stays pressed. Please release it."


def where_am_i(fact: WhereNow, manner: Manner) -> str:
    """Street, goal, a known place near, and how far all that may be wrong."""
    faces = None if fact.heading_deg is None else COMPASS[compass_octant(fact.heading_deg)]
    facing = f"You face {faces}." if faces else ""
    if not fact.located:
        since = "" if fact.age_s is None else f" I last knew it {_ago(fact.age_s)}."
        return f"{_UNKNOWN}{since} {facing}".rstrip()
    said = [f"Near {manner.en(fact.street)}."] if fact.street else []
    if fact.goal is not None:
        said.append(f"On the way to {manner.en(fact.goal)}.")
        if not fact.on_route:
            said.append("You seem to be off the route.")
        elif fact.remaining_m is not None:
            said.append(f"{_capital(metres(fact.remaining_m, fact.accuracy_m))} to go.")
    if fact.nearby is not None:
        side = COMPASS[compass_octant(fact.nearby.bearing_deg)]
        far = metres(fact.nearby.distance_m, fact.accuracy_m)
        said.append(f"{_capital(manner.en(fact.nearby.name))} is {far} to the {side}.")
    if not said:
        unknown = "The position is known, but not the name of the street."
        said.append("The position is known." if fact.looking else unknown)
    said += [facing] if facing else []
    if fact.accuracy_m is not None:
        said.append(f"This may be off by {max(5, round(fact.accuracy_m / 5) * 5)} metres or so.")
    if fact.looking:
        said.append("Looking for the name of the street.")
    return " ".join(said)


def _ago(seconds: float) -> str:
    if seconds < 60:
        return f"{round(seconds)} seconds ago"
    minutes = round(seconds / 60)
    return f"{minutes} minute{'' if minutes == 1 else 's'} ago"


def what_is_ahead(fact: AheadNow, manner: Manner) -> str:
    """The route first, then the camera. That it sees nothing is never said without the doubt."""
    return f"{_route(fact, manner)} {_camera(fact, manner)}".strip()


def _route(fact: AheadNow, manner: Manner) -> str:
    if not fact.guided:
        return ""
    if not fact.located:
        return f"{_UNKNOWN} I cannot tell you where to turn."
    if not fact.on_route:
        return "You seem to be off the route."
    return phrases_en.WORDS[fact.cue.kind](fact.cue, manner) if fact.cue else ""


def _camera(fact: AheadNow, manner: Manner) -> str:
    if fact.camera == "none":
        return "There is no camera. I do not know of obstacles."
    if fact.camera == "lost":
        return "The camera is not working. I do not know of obstacles."
    things = " ".join(obstacle_near(hazard, manner.clock) for hazard in fact.hazards)
    more = f" And {fact.more} more." if fact.more else ""
    blocks = " The camera sees guide blocks." if fact.blocks else ""
    if not things:
        return f"The camera makes out nothing. Something may still be there.{blocks}"
    return f"The camera sees: {things}{more}{blocks}"


def street_changed(fact: Street, manner: Manner) -> str:
    """By the map, within the error of the position."""
    return f"Near {manner.en(fact.name)}."


_ITEMS = {
    Item.GO: "go to a destination",
    Item.CLOSED: "the way ahead is closed",
    Item.SOS_BACK: "take back the call for help",
    Item.WALK: "walk without a destination",
    Item.END_SURELY: "yes, end it",
    Item.PAIR: "connect a phone",
    Item.VOLUME: "volume",
    Item.LOUDER: "louder",
    Item.SOFTER: "softer",
    Item.RATE: "speed of speech",
    Item.FASTER: "faster",
    Item.SLOWER: "slower",
    Item.WORDS: "how much is said",
    Item.QUIET: "little",
    Item.NORMAL: "normal",
    Item.DETAILED: "much",
    Item.BACK: "back",
    Item.CLOSE: "close the menu",
    Item.END: "end the guidance",
}


def menu_item(fact: MenuNow, manner: Manner) -> str:
    """The line, and where in the menu it is; how to move, where it was just opened."""
    name = _capital(manner.en(fact.name) if fact.name else _ITEMS.get(fact.item, ""))
    far = "" if fact.distance_m is None else f", {metres(fact.distance_m)}"
    line = f"{name}{far}. {fact.number} of {fact.count}."
    return f"Menu. 1, previous. 2, choose. 3, next. {line}" if fact.opened else line


def chosen(fact: Chosen, manner: Manner) -> str:
    """How it is now."""
    if fact.item in (Item.LOUDER, Item.SOFTER):
        if fact.limit:
            return "The volume goes no further."
        return "Louder." if fact.item is Item.LOUDER else "Softer."
    if fact.item in (Item.FASTER, Item.SLOWER):
        return "The speed goes no further." if fact.limit else f"Speed {fact.value:.1f}."
    return f"How much is said: {_ITEMS[fact.item]}."


def planning(fact: Goal, manner: Manner) -> str:
    """It takes a second or two."""
    name = f" to {manner.en(fact.name)}" if fact.name else ""
    return f"Looking for a route{name}."


def plan_failed(fact: Goal, manner: Manner) -> str:
    """Why, so that the wearer knows whether to wait, to walk on or to give up."""
    a_map = f'the map "{fact.map_name}"' if fact.map_name else "the map"
    goal = manner.en(fact.name) if fact.name else "the destination"
    far = "" if fact.off_km is None else f", {_off(fact.off_km)} away"
    return {
        "no_position": "No route: I do not know where you are. Try again under the open sky.",
        "outside_map": f"No route: this place is outside {a_map}{far}.",
        "goal_outside_map": f"No route: {goal} is outside {a_map}{far}.",
        "no_map": "No route: there is no map on the device.",
        "none_found": f"I found no way on foot to {goal}.",
        "practice": f"No guidance: {a_map} is for practice only.",
    }.get(fact.failure, "The route could not be planned. Please try again.")


def _off(km: float) -> str:
    if km < 1.0:
        return f"{max(100, round(km * 10) * 100)} metres"
    return f"{round(km)} kilometre{'' if round(km) == 1 else 's'}"


def pairing_code(fact: Code, manner: Manner) -> str:
    """Digit by digit, twice: nobody can look."""
    digits = ", ".join(fact.code)
    return f"The code is {digits}. Again: {digits}."


def sos_begun(fact: Count, manner: Manner) -> str:
    """What happens, and how to stop it."""
    return "Calling for help. To stop it, press any button."


def sos_count(fact: Count, manner: Manner) -> str:
    """Like 5."""
    return f"{fact.seconds}."


def sos_stored(fact: Count, manner: Manner) -> str:
    """Not yet with anybody: said so."""
    if fact.server:
        return "The call for help is recorded, and has not arrived yet. It is sent once there is a link."
    return "The call for help is recorded, but there is no server to send it to. Call by phone or voice."


def again(before: str, *, now: bool) -> str:
    """`before`: the words; `now`: they are still of this moment."""
    return before if now else f"A moment ago: {before}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


NOTHING_TOLD = "There has been nothing to tell yet."
ANSWERS: dict[AlertKind, Callable[..., str]] = {
    AlertKind.DEVICE_READY: ready,
    AlertKind.PRESSED: pressed,
    AlertKind.NOT_UNDERSTOOD: not_understood,
    AlertKind.BUTTON_STUCK: button_stuck,
    AlertKind.WHERE_AM_I: where_am_i,
    AlertKind.WHAT_IS_AHEAD: what_is_ahead,
    AlertKind.STREET_CHANGED: street_changed,
    AlertKind.MENU_ITEM: menu_item,
    AlertKind.CHOSEN: chosen,
    AlertKind.PLANNING: planning,
    AlertKind.PLAN_FAILED: plan_failed,
    AlertKind.PAIRING_CODE: pairing_code,
    AlertKind.SOS_BEGUN: sos_begun,
    AlertKind.SOS_COUNT: sos_count,
    AlertKind.SOS_STORED: sos_stored,
}
SENTENCES: dict[AlertKind, str] = {
    AlertKind.DEVICE_STARTING: "This is Shirube, starting. I cannot warn of obstacles yet.",
    AlertKind.DEVICE_ENDING: "Shirube stops now. You will hear nothing from here on.",
    AlertKind.SPEECH_PAUSED: "Speech is paused. Dangers and faults are still told. Button 3 to go on.",
    AlertKind.SPEECH_RESUMED: "Speech goes on.",
    AlertKind.STILL_PAUSED: "Speech is still paused. Button 3 to go on.",
    AlertKind.SILENT: (
        "This is a silent week. I tell neither obstacles nor the way. "
        "Faults and calls for help are as always."
    ),
    AlertKind.SILENT_OVER: "The silent week is over. Obstacles and the way are told again.",
    AlertKind.MENU_CLOSED: "Menu closed.",
    AlertKind.CODE_FAILED: "There is no code to connect a phone with.",
    AlertKind.SOS_CANCELLED: "The call for help was stopped. Nothing was sent.",
    AlertKind.SOS_SENT: "The call for help has reached the server. I cannot tell yet if anybody has seen it.",
    AlertKind.SOS_FAILED: "The call for help could not be recorded. Call for help by phone or voice.",
    AlertKind.SOS_TAKEN_BACK: "The call for help is taken back. That is sent as well.",
}
