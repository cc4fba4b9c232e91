"""The rules of alerts: a fold over a trip's events, and what follows from what is known now. Pure.

    watch = step(watch, stored)       # each event once; the order of the log counts, not that of arrival
    effects = look(watch, now_s)      # what is to be raised, opened or ended
    watch = next_alerts(watch, ...)   # once it is in the store

`look` compares what is known with the alerts that are there, so it can be asked again at any time, also after
a crash between the two: what is there already is not raised twice.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import Final

from server.alerts import rule_cries, rule_device, rule_route, rule_still, rule_zone
from server.alerts.watched import (
    Answer,
    Battery,
    Cry,
    Effect,
    Ground,
    Known,
    Over,
    OverWhy,
    Raise,
    Side,
    Watch,
    Where,
)
from server.alerts.words import Kind
from server.quick_line import QuickLine
from server.trips import Stored
from server.walk_state import (
    NO_CONTACT_S,
    Place,
    Seen,
    State,
    Walk,
    call_ended,
    happened_utc_s,
    judge,
    on_line,
    place_of,
)
from server.walk_state import step as walk_step
from wire.trip import Answered, Fell, Happening, HealthChanged, Moved, Rerouted, Sos, TripEnded

# A device that calls more often in one outing is broken: its newest calls count.
MOST_CRIES: Final = 50
_MOST_ANSWERS: Final = 50
_NO_SIDE: Final = Side()


def step(watch: Watch, stored: Stored) -> Watch:
    """The watch with one more event; positions may be left out, some seconds at a time."""
    at_s, place, what = happened_utc_s(stored), stored.place, stored.event.what
    before_s, late_s = watch.walk.contact_utc_s, watch.heard_late_s
    if before_s is None or at_s > before_s:
        late_s = max(stored.received_utc_s - at_s, 0.0)
    walk = walk_step(watch.walk, stored)
    if isinstance(what, Moved):
        return _moved(watch, walk, place, late_s)
    return _told(replace(watch, walk=walk, heard_late_s=late_s), place, at_s, what)


def _told(watch: Watch, place: Place, at_s: float, what: Happening) -> Watch:
    """With what the device says once; the walk has taken it in."""
    match what:
        case Sos(state="raised"):
            return _cried(watch, Cry("sos", place, at_s, _where(what)))
        case Fell():
            return _cried(watch, Cry("fell", place, at_s, _where(what)))
        case Sos():
            back = place if watch.taken_back is None else max(watch.taken_back, place)
            return replace(watch, taken_back=back)
        case TripEnded(reason=reason) if reason != "device_stopped":
            return replace(watch, on_foot=place if watch.on_foot is None else max(watch.on_foot, place))
        case Rerouted():
            return replace(follows(watch, watch.walk.line), rerouted_s=at_s)
        case Answered(notice_id=notice_id, answer=answer) if answer != "heard":
            return _answered(watch, notice_id, Answer(place, at_s, answer))
        case HealthChanged(part="battery", health=health) if health in ("ok", "warn", "error"):
            if watch.battery is None or place > watch.battery.place:
                return replace(watch, battery=Battery(place, at_s, health))
    return watch


def heard(watch: Watch, before: Walk, at_s: float, received_s: float) -> Watch:
    """With the moment of an event, whatever it was. `before`: the walk without it."""
    walk = watch.walk
    if before.contact_utc_s is not None and at_s <= before.contact_utc_s:
        return watch
    walk = replace(walk, contact_utc_s=max(at_s, walk.contact_utc_s or at_s))
    return replace(watch, walk=walk, heard_late_s=max(received_s - at_s, 0.0))


def follows(watch: Watch, line: QuickLine | None) -> Watch:
    """The same trip on another route, or with its route known at last."""
    return replace(watch, walk=on_line(watch.walk, line), beside=None, been_on=False)


def look(watch: Watch, now_s: float) -> tuple[Effect, ...]:
    """What is to be done now."""
    return tuple(one for one in _wanted(watch, now_s) if not _told_before(watch, one))


def _told_before(watch: Watch, effect: Effect) -> bool:
    """A second alert under one name, as after a clock was put back: the store would refuse it."""
    return isinstance(effect, Raise) and (effect.kind, effect.key) in watch.alerts


def _wanted(watch: Watch, now_s: float) -> tuple[Effect, ...]:
    found: list[Effect] = list(rule_cries.cries(watch, now_s))
    ending = {effect.known.id for effect in found if isinstance(effect, Over)}
    found += [one for one in rule_cries.asked(watch, now_s) if _known_id(one) not in ending]
    if watch.trip.quiet:
        return tuple(found)
    if watch.ended:
        return (*(one for one in found if _about(one) in ("sos", "fell")), *_ended(watch))
    rules = (
        rule_still.not_moving(watch, now_s),
        rule_device.no_contact(watch, now_s),
        rule_route.off_route(watch, now_s),
        rule_device.battery(watch, now_s),
        rule_zone.zones(watch, now_s),
    )
    ending |= {effect.known.id for effect in found if isinstance(effect, Over)}
    return tuple(chain(found, (one for one in chain(*rules) if _known_id(one) not in ending)))


def due_s(watch: Watch, now_s: float) -> float | None:
    """When to look again though nothing comes; None: never."""
    times = rule_cries.asking_until(watch)
    contact_s, silent_s = watch.walk.contact_utc_s, rule_device.silent_at(watch)
    quiet = watch.trip.quiet or contact_s is None or bool(watch.told_since("no_contact", contact_s))
    if silent_s is not None and not quiet:
        times.append(silent_s)
    if contact_s is not None and watch.walk.end is None:
        times.append(contact_s + NO_CONTACT_S)  # the trip's state changes
    times = [time for time in times if time > now_s - 1.0]
    return min(times, default=None)


def next_alerts(watch: Watch, changed: Iterable[Known]) -> Watch:
    """With alerts as they are stored now; a call that was ended on a page is over in the walk too."""
    now = {(one.kind, one.key): one for one in changed}
    for one in now.values():
        if one.kind == "sos" and one.over_why == "answered_ok":
            watch = replace(watch, walk=call_ended(watch.walk, place_of(one.key)))
    return replace(watch, alerts={**watch.alerts, **now})


def state_of(watch: Watch, now_s: float) -> tuple[State, float]:
    """How the walk stands, and since when."""
    standing = judge(watch.walk, now_s)
    return standing.state, standing.since_utc_s


def _moved(watch: Watch, walk: Walk, place: Place, late_s: float) -> Watch:
    """With a position, which the walk has taken in."""
    last = walk.last
    if last is None or last.place != place:  # what waited in the log: it says where the wearer was
        return replace(watch, walk=walk, heard_late_s=late_s)
    beside, been_on = rule_route.seen(walk, watch.beside, been_on=watch.been_on)
    return replace(
        watch,
        walk=walk,
        heard_late_s=late_s,
        still=rule_still.seen(watch.still, last.fix, last.utc_s),
        sides={zone.id: _side(watch, zone, last) for zone in watch.grounds},
        beside=beside,
        been_on=been_on,
    )


def _side(watch: Watch, zone: Ground, last: Seen) -> Side:
    return rule_zone.seen(watch.sides.get(zone.id, _NO_SIDE), zone, last.fix, last.utc_s)


def _cried(watch: Watch, cry: Cry) -> Watch:
    if any(known.place == cry.place for known in watch.cries):
        return watch  # looked for ahead of all that waited, and now met in its turn
    return replace(watch, cries=(*watch.cries, cry)[-MOST_CRIES:])


def _answered(watch: Watch, notice_id: str, answer: Answer) -> Watch:
    """The newest answer to a question counts."""
    known = watch.answers.get(notice_id)
    if (known is not None and known.place >= answer.place) or len(watch.answers) >= _MOST_ANSWERS:
        return watch
    return replace(watch, answers={**watch.answers, notice_id: answer})


def _where(what: Sos | Fell) -> Where | None:
    if what.lat is None or what.lon is None:
        return None
    return Where(what.lat, what.lon, what.accuracy_m, what.fix_utc_s)


def _ended(watch: Watch) -> Iterator[Over]:
    """Everything but calls and falls is over with the outing."""
    why: OverWhy = "another_trip" if watch.superseded else "trip_ended"
    for known in watch.alerts.values():
        if known.kind not in ("sos", "fell") and not known.ended:
            yield Over(known, why)


def _about(effect: Effect) -> Kind:
    return effect.kind if isinstance(effect, Raise) else effect.known.kind


def _known_id(effect: Effect) -> str | None:
    return None if isinstance(effect, Raise) else effect.known.id
