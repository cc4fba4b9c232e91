"""What the server tells and asks, and batteries, in English. The same facts as `words_notices_ja`."""

from collections.abc import Callable

from device.announcements import AlertKind, Fault
from device.facts import Asked, Plain, Reached, Watcher
from routing.manner import Manner

_CALL = "call 119 or 110, or call out to people around you."


def are_you_ok(fact: Asked, manner: Manner) -> str:
    """One way to say that all is well, one for help."""
    again = "I ask once more. " if fact.again else ""
    why = "Did you fall?" if fact.fell else "Are you all right?"
    then = " Without an answer I call for help." if fact.fell else ""
    return f"{again}{why} If you are well, press 1. If you need help, hold 3 for two seconds.{then}"


def ok_told(fact: Plain, manner: Manner) -> str:
    """The answer is logged, and sent with the next events."""
    return "Noted: you are well."


def unanswered(fact: Plain, manner: Manner) -> str:
    """The server decides what follows."""
    return "The server is told that there was no answer. If you need help, hold 3 for two seconds."


def link_opened(fact: Watcher, manner: Manner) -> str:
    """Somebody without a login: whom the wearer gave the link to, or who got hold of it."""
    whose = f"you gave to {fact.name} " if fact.name else ""
    seen = "It is of an outing that is over." if fact.past else "Your position is being looked at."
    return f"The link {whose}was opened. {seen}"


def watching(fact: Watcher, manner: Manner) -> str:
    """A caregiver."""
    return f"{_who(fact)} is looking at {'an outing that is over' if fact.past else 'this outing'}."


def sos_told(fact: Reached, manner: Manner) -> str:
    """That it went to people is not that anybody has read it, and that none was reached is said first."""
    left = f"{fact.left} can no longer see to it. " if fact.left else ""
    if fact.count == 0:
        return f"{left}The call for help has not reached anyone yet. Please {_CALL}"
    people = "1 person" if fact.count == 1 else f"{fact.count} people"
    if fact.again and not fact.left:
        return f"The call for help was sent to {people}, and no one has answered it yet. Please {_CALL}"
    anew = " again" if fact.left else ""
    return (
        f"{left}The call for help was sent{anew} to {people}. "
        f"No one has answered it yet. If it is urgent, {_CALL}"
    )


def sos_seen(fact: Watcher, manner: Manner) -> str:
    """A person has taken it."""
    return f"{_who(fact)} has taken the call for help."


def _who(fact: Watcher) -> str:
    return fact.name or "A person who watches over you"


def _battery(fault: Fault) -> str:
    return "The phone's battery" if fault.reason == "phone" else "The battery"


def _at(fault: Fault) -> str:
    return f"{_battery(fault)} is at {fault.percent} percent"


def battery_low(fault: Fault) -> str:
    """How much is left."""
    return f"{_battery(fault)} is low." if fault.percent is None else f"{_at(fault)}."


def battery_empty(fault: Fault) -> str:
    """What will not work any more, while there is time to do something."""
    gone = "camera and position stop" if fault.reason == "phone" else "I stop telling you anything"
    return f"{battery_low(fault)} When it is empty, {gone}. Charge it, or go where you need no guidance."


def battery_back(fault: Fault) -> str:
    """It was charged, or changed."""
    return f"{_battery(fault)} was charged." if fault.percent is None else f"{_at(fault)} now."


WORDS: dict[AlertKind, Callable[..., str]] = {
    AlertKind.ARE_YOU_OK: are_you_ok,
    AlertKind.OK_TOLD: ok_told,
    AlertKind.UNANSWERED: unanswered,
    AlertKind.LINK_OPENED: link_opened,
    AlertKind.WATCHING: watching,
    AlertKind.SOS_TOLD: sos_told,
    AlertKind.SOS_SEEN: sos_seen,
}
FAULTS: dict[AlertKind, Callable[[Fault], str]] = {
    AlertKind.BATTERY_LOW: battery_low,
    AlertKind.BATTERY_EMPTY: battery_empty,
    AlertKind.BATTERY_BACK: battery_back,
}
