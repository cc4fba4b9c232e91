"""What was said, against truth. Pure.

Warned in time: a sentence about the thing was over `SPARE_S` before the walker would touch it. Late: one
began before contact, but was not over by then. Missed: none began. A nuisance is any other sentence: about
what he would not touch, about what is not there, or that the blocks are gone while they are not. How far a
thing is and which side of it looks free, said right after it was told, belong to that telling.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from device.encounters.tellers import PAVING, Spoken
from vision.encounters.detector import FALSE
from vision.encounters.watch import Watched
from vision.encounters.world import Encounter, Kind

SPARE_S = 1.5
REPEAT_S = 5.0
IN_TIME, LATE, MISSED = "warned_in_time", "late", "missed"
# The stages of a warning in their order, and what it is called when that stage came too late.
STAGES = ("out_of_view", "not_confirmed", "not_in_the_way", "not_offered", "waiting", "too_long")
USUAL_S = 2.5  # a sentence, where none was said whose length could be taken


@dataclass(frozen=True, slots=True)
class Judged:
    """One thing that would be touched: when, what came of it, and which stage was to blame (None: none)."""

    thing: int
    contact_s: float
    outcome: str
    spare_s: float | None  # from the end of the first sentence to contact
    cause: str | None


@dataclass(frozen=True, slots=True)
class Score:
    """One encounter and one way of speaking."""

    number: int
    kind: Kind
    crowded: bool
    paved: bool
    minutes: float
    hazards: tuple[Judged, ...]
    sentences: int
    nuisances: int
    nothing_there: int  # of them: about what is not there
    blocks: int  # of them: of the blocks, and wrong
    repeats: int


@dataclass(frozen=True, slots=True)
class Stage:
    """When the real pipeline had come how far with a thing: seconds, None where it never did."""

    seen_s: float | None
    confirmed_s: float | None
    hazard_s: float | None


def stages(watched: Sequence[Watched], ready_s: float) -> dict[int, Stage]:
    """By thing. `ready_s`: from exposure to detections; a thing is seen at its third frame in view."""
    views: dict[int, int] = {}
    seen: dict[int, float] = {}
    confirmed: dict[int, float] = {}
    hazard: dict[int, float] = {}
    for frame in watched:
        now = frame.t_s + ready_s
        for glimpse in frame.look.glimpses:
            views[glimpse.thing] = views.get(glimpse.thing, 0) + 1
            if views[glimpse.thing] == 3:
                seen[glimpse.thing] = now
        for judged in frame.seen.judged:
            thing = frame.of_track[judged.track.id]
            if judged.confirmed:
                confirmed.setdefault(thing, now)
            if judged.hazard:
                hazard.setdefault(thing, now)
    return {n: Stage(seen.get(n), confirmed.get(n), hazard.get(n)) for n in {*views, *confirmed}}


def score(
    encounter: Encounter,
    spoken: Sequence[Spoken],
    reached: dict[int, Stage],
    offered: dict[int, float],
) -> Score:
    """Judge what was said. `offered`: when each thing was first offered to the voice."""
    contacts = encounter.contacts
    hazards = tuple(
        _judge(thing, contact, spoken, reached.get(thing, Stage(None, None, None)), offered.get(thing))
        for thing, contact in sorted(contacts.items())
    )
    heard = [s for s in spoken if s.started_s <= encounter.seconds and not s.rest]
    wrong_blocks = sum(s.thing == PAVING and not s.true for s in heard)
    for_nothing = sum(s.thing == FALSE for s in heard)
    harmless = sum(s.thing >= 0 and s.thing not in contacts for s in heard)
    return Score(
        encounter.number,
        encounter.kind,
        encounter.crowded,
        encounter.paving_x_m is not None,
        encounter.seconds / 60,
        hazards,
        len(heard),
        wrong_blocks + for_nothing + harmless,
        for_nothing,
        wrong_blocks,
        repeats(heard),
    )


def _judge(
    thing: int, contact_s: float, spoken: Sequence[Spoken], reached: Stage, offered_s: float | None
) -> Judged:
    mine = [s for s in spoken if s.thing == thing and s.started_s < contact_s and not s.rest]
    ends = [s.ended_s for s in mine if s.whole]
    spare = contact_s - min(ends) if ends else None
    if spare is not None and spare >= SPARE_S:
        return Judged(thing, contact_s, IN_TIME, spare, None)
    first = min((s.started_s for s in mine), default=None)
    takes = mine[0].ended_s - mine[0].started_s if mine and mine[0].whole else USUAL_S
    needed = contact_s - SPARE_S - takes
    times = (reached.seen_s, reached.confirmed_s, reached.hazard_s, offered_s, first)
    late = (name for name, at in zip(STAGES, times, strict=False) if at is None or at > needed)
    return Judged(thing, contact_s, LATE if mine else MISSED, spare, next(late, STAGES[-1]))


def repeats(spoken: Sequence[Spoken]) -> int:
    """Sentences about what was told less than `REPEAT_S` before, and that was not worse by then."""
    last: dict[tuple[int, str], tuple[float, int]] = {}
    count = 0
    for each in sorted(spoken, key=lambda s: s.started_s):
        # One thing under two track numbers is one thing; what is not there is told apart by its track.
        who = (each.thing, each.subject if each.thing < 0 else "")
        if who in last:
            ended, level = last[who]
            count += each.started_s - ended < REPEAT_S and each.level <= level
        if each.whole:
            before = last.get(who, (0.0, -1))[1]
            last[who] = (each.ended_s, max(each.level, before))
    return count
