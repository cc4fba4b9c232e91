"""A question to the wearer, and its answer by a button. Pure: time is an argument.

The server asks (it has seen no movement, or a possible fall), or the device itself after a possible fall:
the network may be gone. One short press of 1 is "I am all right", a long press of 3 is the call for help as
ever. Asked twice; who answers neither is told of, and after a fall the call for help begins by itself.
"""

from dataclasses import dataclass, replace
from typing import Final, Literal

from device.controls.gestures import Gesture, Touch
from wire.trip import Answered

# After the question was heard: to find the button with a glove, or to come to.
ANSWER_S: Final = 15.0
TIMES: Final = 2
# Not heard by then (another voice, none at all): it counts as asked.
UNHEARD_S: Final = 25.0
# Asking again takes so long to be heard and answered; less is left: once must do.
_AGAIN_S: Final = 12.0
# The device's own question has no end of its own.
_OWN_S: Final = 120.0
# The server hears of the fall when there is a link again, and asks then about the same.
SAME_S: Final = 90.0
# A press before the question can be understood is meant for something else: the earcon takes 0.25 s, the
# question itself 1 s (and as long again where it is asked once more), a hand 0.4 s to follow.
SOUNDING_S: Final = 2.0
# On the way over a road it waits, while so much is left that it can be asked twice afterwards.
HELD_S: Final = 35.0

Answer = Literal["ok", "help", "no_answer"]
Asks = Literal["", "again", "over"]


@dataclass(frozen=True, slots=True)
class Question:
    """One that waits for its answer. `notices`: the server's that it answers; none: the device's own.

    `fell`: about a possible fall. `laid`: about glasses that were taken off, or a fall. `calling`: a call for
    help is counted down, and what it means when it goes.
    """

    number: int
    asked_s: float
    until_s: float
    notices: tuple[str, ...] = ()
    fell: bool = False
    laid: bool = False
    times: int = 1
    heard_s: float | None = None  # the newest asking
    heard: bool = False  # any of them
    understood: bool = False  # one of them sounded for SOUNDING_S: a press ends the words, and answers them
    calling: Literal["", "help", "no_answer"] = ""

    @property
    def key(self) -> str:
        """The subject of its announcement."""
        return f"ok/{self.number}/{self.times}"


@dataclass(frozen=True, slots=True)
class Asking:
    """The memory between steps; begin with `Asking()`."""

    open: Question | None = None
    number: int = 0
    fell_s: float | None = None  # the newest fall that the device asked about
    answer: Answer | None = None  # to that, where it is over


def ask(
    memory: Asking, notice_id: str, until_s: float, now_s: float, *, counting: bool = False
) -> tuple[Asking, tuple[Answered, ...], bool]:
    """The server asks. The memory; an answer that is known already; whether it is to be said now.

    While a question waits it is the answer to this one too. `counting`: a call for help is counted down, and
    how that ends is the answer.
    """
    same = memory.fell_s is not None and now_s - memory.fell_s < SAME_S
    waiting = memory.open
    if waiting is not None:
        both = replace(waiting, notices=(*waiting.notices, notice_id))
        return replace(memory, open=both), (), False
    if same and memory.answer is not None:
        return memory, (Answered(notice_id=notice_id, answer=memory.answer),), False
    question = Question(memory.number + 1, now_s, until_s, (notice_id,), calling="help" if counting else "")
    return replace(memory, open=question, number=question.number), (), not counting


def fell(memory: Asking, now_s: float) -> Asking:
    """The wearer may have fallen: ask now. One of the server that waits is answered by the same press.

    It is asked anew all the same: who heard that one has not heard that silence calls for help.
    """
    notices = memory.open.notices if memory.open is not None else ()
    question = Question(memory.number + 1, now_s, now_s + _OWN_S, notices, fell=True)
    return replace(memory, open=question, number=question.number, fell_s=now_s, answer=None)


def laid(memory: Asking, now_s: float) -> tuple[Asking, bool]:
    """A fall, or glasses that were taken off: ask, unless a question waits already."""
    if memory.open is not None:
        return replace(memory, open=replace(memory.open, laid=True)), False
    question = Question(memory.number + 1, now_s, now_s + _OWN_S, laid=True)
    return replace(memory, open=question, number=question.number), True


def risen(memory: Asking) -> Asking:
    """Who had fallen walks again: the device's own question is over, the server's is one of its own."""
    waiting = memory.open
    if waiting is None or waiting.calling or not (waiting.fell or waiting.laid):
        return memory
    return replace(memory, open=replace(waiting, fell=False, laid=False) if waiting.notices else None)


def heard(memory: Asking, key: str, now_s: float) -> Asking:
    """The question of this key was said to its end."""
    if memory.open is None or memory.open.key != key:
        return memory
    return replace(memory, open=replace(memory.open, heard_s=now_s, heard=True))


def sounded(memory: Asking, key: str) -> Asking:
    """The question of this key has been sounding for SOUNDING_S."""
    if memory.open is None or memory.open.key != key:
        return memory
    return replace(memory, open=replace(memory.open, understood=True))


def is_due(memory: Asking, key: str) -> bool:
    """Whether the question of this key is the one that waits for a press, and is worth saying."""
    return waits(memory) and memory.open is not None and memory.open.key == key


def waits(memory: Asking) -> bool:
    """Whether a question waits for a press, and is worth saying."""
    return memory.open is not None and not memory.open.calling


def means_ok(memory: Asking, gesture: Gesture) -> bool:
    """Whether this press is the answer."""
    waiting = memory.open
    if waiting is None or waiting.calling or not (waiting.heard or waiting.understood):
        return False
    return gesture.button == 1 and gesture.touch in (Touch.SHORT, Touch.AGAIN)


def calls(memory: Asking, meaning: Literal["help", "no_answer"]) -> Asking:
    """A call for help is counted down: the question waits for how that ends."""
    if memory.open is None:
        return memory
    return replace(memory, open=replace(memory.open, calling=meaning))


def called(memory: Asking) -> tuple[Asking, tuple[Answered, ...]]:
    """The call for help has gone out."""
    waiting = memory.open
    return (memory, ()) if waiting is None else closed(memory, waiting.calling or "help")


def closed(memory: Asking, answer: Answer) -> tuple[Asking, tuple[Answered, ...]]:
    """The question has its answer. That nobody answers is told only of a question that was heard."""
    waiting = memory.open
    if waiting is None:
        return memory, ()
    memory = replace(memory, open=None, answer=answer if waiting.fell else memory.answer)
    if answer == "no_answer" and not waiting.heard:
        return memory, ()
    return memory, tuple(Answered(notice_id=one, answer=answer) for one in waiting.notices)


def at(memory: Asking, now_s: float, sounding: str = "") -> tuple[Asking, Asks]:
    """Once a step: whether to ask again, or to wait no longer. `sounding`: the key of what is being said."""
    waiting = memory.open
    if waiting is None or waiting.calling or waiting.key == sounding:
        return memory, ""
    since_s, patience_s = (
        (waiting.asked_s, UNHEARD_S) if waiting.heard_s is None else (waiting.heard_s, ANSWER_S)
    )
    if now_s - since_s < patience_s and now_s < waiting.until_s:
        return memory, ""
    if waiting.times >= TIMES or now_s + _AGAIN_S >= waiting.until_s:
        return memory, "over"
    again = replace(waiting, asked_s=now_s, heard_s=None, times=waiting.times + 1)
    return replace(memory, open=again), "again"
