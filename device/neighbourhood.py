"""Which street this is, asked of the device's own map where no route tells. Pure: time is an argument.

The map is looked at in a process that ends with its answer: half a second on a laptop, a few on a Raspberry
Pi. So it is asked when the wearer asks, not every few seconds of a walk: he hears at once what is known
without the map, which takes some five seconds to say, and the street behind it. To wait for the street with
nothing said would be the worse answer. Who wants much to be told is told of new streets too, at most once a
minute: with four seconds for each, a fifteenth of one core.
"""

from dataclasses import dataclass, replace
from typing import Final

from device.announcements import AlertKind, Announcement
from device.facts import Street, WhereNow
from device.producers import announcement
from device.senses import AroundAnswer, AroundWanted, Senses
from routing.geo import Point, distance_m
from wire.route import Name

# At 1.2 m/s one is 12 m further then, and may be round a corner.
KNOWN_S: Final = 10.0
# The map of a city on a busy board; after that the name would come as a surprise.
PATIENCE_S: Final = 12.0
EVERY_S: Final = 60.0
EVERY_M: Final = 40.0  # a house block: before that there is seldom another street


@dataclass(frozen=True, slots=True)
class AroundState:
    """The memory between steps; begin with `AroundState()`."""

    number: int = 0
    waiting: AroundWanted | None = None
    awaited: bool = False  # by the wearer, who asked
    asked_s: float = float("-inf")
    asked_at: Point | None = None
    answer: AroundAnswer | None = None
    answer_s: float = float("-inf")
    street: Name | None = None  # the last that was told of

    def known(self, now_s: float) -> AroundAnswer | None:
        """What the map says of here, while it is still here."""
        return self.answer if now_s - self.answer_s <= KNOWN_S else None


@dataclass(frozen=True, slots=True)
class Here:
    """What is known of the moment. `point` None: nobody knows where the wearer is.

    `free`: no route is followed, and there is a map. `walking`: on a walk, and wants to be told of streets.
    `busy`: in the menu, where a late answer would be in the way.
    """

    point: Point | None
    free: bool = False
    walking: bool = False
    busy: bool = False


@dataclass(frozen=True, slots=True)
class Looked:
    """After one look: the memory, what to ask of the map, what to tell."""

    state: AroundState
    wanted: AroundWanted | None = None
    told: tuple[Announcement, ...] = ()


def look(state: AroundState, here: Here, senses: Senses, *, asked: bool) -> Looked:
    """The answer that came, or did not, and the next question. `asked`: by the wearer, in this step."""
    state, told = _answered(state, here, senses)
    state, wanted = _wanted(state, here, senses.now_s, asked=asked)
    return Looked(state, wanted, told)


def _answered(state: AroundState, here: Here, senses: Senses) -> tuple[AroundState, tuple[Announcement, ...]]:
    waiting, answer, now_s = state.waiting, senses.around, senses.now_s
    if waiting is None:
        return state, ()
    if answer is None or answer.number != waiting.number:
        if now_s - state.asked_s < PATIENCE_S:
            return state, ()
        answer = AroundAnswer(waiting.number)
    else:
        state = replace(state, answer=answer, answer_s=now_s)
    awaited = state.awaited
    changed = answer.street is not None and answer.street != state.street
    state = replace(state, waiting=None, awaited=False, street=answer.street or state.street)
    if here.busy or not here.free:
        return state, ()
    if awaited:
        fact = WhereNow(located=True, street=answer.street, nearby=answer.nearby)
        # Its own subject: it does not take the place of the first answer, which may still be said.
        return state, (announcement(AlertKind.WHERE_AM_I, "answer/street", fact, now_s),)
    if not changed or answer.street is None:
        return state, ()
    return state, (announcement(AlertKind.STREET_CHANGED, "street", Street(answer.street), now_s),)


def _wanted(
    state: AroundState, here: Here, now_s: float, *, asked: bool
) -> tuple[AroundState, AroundWanted | None]:
    if not here.free or here.point is None:
        return state, None
    if asked and state.known(now_s) is None:
        state = replace(state, awaited=True)
    due = state.awaited or (here.walking and _moved(state, here.point, now_s))
    if state.waiting is not None or not due:
        return state, None
    wanted = AroundWanted(state.number + 1, here.point)
    state = replace(state, number=wanted.number, waiting=wanted, asked_s=now_s, asked_at=here.point)
    return state, wanted


def _moved(state: AroundState, point: Point, now_s: float) -> bool:
    far = state.asked_at is None or distance_m(state.asked_at, point) >= EVERY_M
    return far and now_s - state.asked_s >= EVERY_S
