"""What an alert that is due needs next: the chain as pure functions of the store's rows and the time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from server.alerts.rights import URGENT, Person
from server.alerts.setup import Telling
from server.alerts.words import FOR_INFORMATION

What = Literal["raised", "acknowledged", "over"]


@dataclass(frozen=True, slots=True)
class Due:
    """An open alert that the chain looks at now. `step`: how many steps were told.

    `left`: somebody had taken it, and is not there any more.
    """

    kind: str
    step: int
    opened_utc_s: float
    left: bool = False

    @property
    def urgent(self) -> bool:
        """A call for help or a fall."""
        return self.kind in URGENT


@dataclass(frozen=True, slots=True)
class Step:
    """What follows. `people`: to be told now; `unanswered`: the whole chain was told before, in vain."""

    people: tuple[str, ...]
    next_utc_s: float | None
    unanswered: bool = False


def next_step(
    due: Due, chain: Sequence[Person], duty: Sequence[str], now_s: float, settings: Telling
) -> Step:
    """The next step of an open alert.

    Step k tells everybody of the first k orders again: who was told first is the likeliest to answer. A
    number that nobody has makes no empty step. The duty of the organisation comes last. What is only for
    information goes to the first, once. What was taken and left goes to all who were told before it was
    taken, and to the next, as if the chain had not come to its end.
    """
    orders = sorted({person.order for person in chain})
    steps = len(orders) + bool(duty)
    number = min(due.step, max(steps - 1, 0)) if due.left else due.step
    if number < steps:
        told = set(orders[: number + 1])
        people = tuple(person.id for person in chain if person.order in told)
        if number >= len(orders):
            people += tuple(duty)
        if due.kind in FOR_INFORMATION:
            return Step(people, None)
        return Step(people, now_s + (settings.urgent_step_s if due.urgent else settings.step_s))
    if due.kind in FOR_INFORMATION:
        return Step((), None)
    if not due.urgent or now_s >= due.opened_utc_s + settings.repeat_for_s:
        return Step((), None, unanswered=True)
    everybody = tuple(person.id for person in chain) + tuple(duty)
    # Where there is nobody yet, somebody may still be added: looked at as soon as for a next step.
    wait_s = settings.repeat_s if everybody else settings.urgent_step_s
    return Step(everybody, now_s + wait_s, unanswered=True)
