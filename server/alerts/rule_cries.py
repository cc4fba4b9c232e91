"""Calls for help and falls: what the device says itself. Pure.

A call for help goes to people at once and stays until the wearer takes it back or somebody answers. After a
fall the wearer is asked first. Both count however late they come: each is an alert of its own, by its place
in the log, and the same whatever arrives first.
"""

from collections.abc import Iterator
from typing import Final

from server.alerts.watched import Answer, Cry, Effect, Known, Open, Over, OverWhy, Raise, Watch
from server.walk_state import place_key

# The question lasts 60 s on the device; its answer needs some time on the way.
ASKING_S: Final = 75.0
_LATE_S: Final = 120.0
# A question of the future: the clock was put back, and how long the wearer has been asked nobody knows.
_PUT_BACK_S: Final = 5.0


def key_of(cry: Cry) -> str:
    """One alert for one event."""
    return place_key(cry.place)


def cries(watch: Watch, now_s: float) -> Iterator[Effect]:
    """Alerts of calls and falls, and their ends."""
    for cry in watch.cries:
        if cry.kind == "fell" and watch.trip.quiet:
            continue
        known = watch.alerts.get((cry.kind, key_of(cry)))
        over = _over(watch, cry)
        if known is None:
            detail = {"late": True} if now_s - cry.utc_s >= _LATE_S else {}
            ask = cry.kind == "fell" and over is None
            where = cry.where or watch.where
            yield Raise(cry.kind, key_of(cry), cry.utc_s, where, detail, ask, over)
        elif over is not None and not known.ended:
            yield Over(known, over)


def asked(watch: Watch, now_s: float) -> Iterator[Effect]:
    """What follows from answers, and from none."""
    for known in watch.of_kind("fell", "not_moving"):
        answer = watch.answers.get(known.notice_id or "")
        if answer is not None and answer.answer == "ok":
            yield Over(known, "answered_ok")
        elif known.state == "asking":
            yield from _unanswered(watch, known, answer, now_s)


def asking_until(watch: Watch) -> list[float]:
    """When questions that are not answered go to people."""
    return [
        known.raised_s + ASKING_S for known in watch.of_kind("fell", "not_moving") if known.state == "asking"
    ]


def _unanswered(watch: Watch, known: Known, answer: Answer | None, now_s: float) -> Iterator[Effect]:
    if answer is not None:
        yield Open(known, "help" if answer.answer == "help" else "no_answer")
    elif not known.raised_s - _PUT_BACK_S <= now_s < known.raised_s + ASKING_S:
        contact_s = watch.walk.contact_utc_s
        reached = contact_s is not None and contact_s > known.raised_s
        yield Open(known, "no_answer" if reached else "not_reached")


def _over(watch: Watch, cry: Cry) -> OverWhy | None:
    """How a call or a fall has ended by what stands behind it in the log."""
    if cry.kind == "sos":
        back = watch.taken_back
        return "taken_back" if back is not None and back > cry.place else None
    # Who ends the outing, or walks to its end, is on their feet.
    return "trip_ended" if watch.on_foot is not None and watch.on_foot > cry.place else None
