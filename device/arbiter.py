"""The one arbiter that decides what is spoken, and when. Pure: the same input gives the same output.

It keeps these promises: never two voices; a lower urgency never cuts a higher one; nothing starts
after it expired or stopped being true; nothing repeats inside its gap unless it got worse; only
what was delivered counts as said; a cut instruction is said again while it is still valid; while nobody can
speak nothing is begun.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from device.announcements import UNKNOWN, Announcement, Fresh, Kind, still_true
from device.policy import (
    LONGEST_GAP_S,
    POLICY,
    Preempts,
    Urgency,
    preempts,
    severity,
    urgency_of,
    worth_telling,
)
from device.ports import Playback
from vision.types import Hazard
from wire.trip import Outcome


@dataclass(frozen=True, slots=True)
class Play:
    """Render and play this now."""

    utterance: int
    announcement: Announcement


@dataclass(frozen=True, slots=True)
class Stop:
    """End this utterance now; another may follow in the same step."""

    utterance: int


Command = Play | Stop


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of an announcement. `started_s`/`ended_s` are None where it never sounded."""

    announcement: Announcement
    outcome: Outcome
    utterance: int | None = None
    started_s: float | None = None
    ended_s: float | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """In the queue since `since_s`; `order` breaks ties."""

    announcement: Announcement
    since_s: float
    order: int

    @property
    def importance(self) -> tuple[int, int]:
        """Urgency first, then the row's rank."""
        return importance(self.announcement)


@dataclass(frozen=True, slots=True)
class Speaking:
    """Commanded at `commanded_s`; `started_s` once the speaker was seen playing it."""

    utterance: int
    waiting: Waiting
    commanded_s: float
    started_s: float | None = None
    ends_s: float | None = None


@dataclass(frozen=True, slots=True)
class Delivered:
    """Said to its end: kind, key, how bad it was, when it ended."""

    kind: Kind
    key: str
    severity: int
    ended_s: float


@dataclass(frozen=True, slots=True)
class ArbiterState:
    """Everything that the arbiter remembers. The default is the beginning."""

    queue: tuple[Waiting, ...] = ()
    speaking: Speaking | None = None
    delivered: tuple[Delivered, ...] = ()
    silent_since_s: float | None = None
    next_utterance: int = 1
    next_order: int = 0


Step = tuple[ArbiterState, tuple[Command, ...], tuple[Settled, ...]]


def importance(announcement: Announcement) -> tuple[int, int]:
    """What may cut what: strictly greater cuts, where its row lets it."""
    return (int(urgency_of(announcement)), POLICY[announcement.kind].rank)


@dataclass(frozen=True, slots=True)
class SpeechArbiter:
    """Its patience, in seconds.

    `gap_s`: between two queued announcements (0.75: Soundscape); less before a caution, none before a hazard.
    `word_wait_s`: longest wait for a pause between phrases before cutting anyway.
    `last_words_s`: a warning that is over so soon is let end by all but a stop; cut, it was for nothing.
    `start_wait_s`: an utterance not playing by then has failed.
    """

    gap_s: float = 0.75
    caution_gap_s: float = 0.25  # 0.75 s would cost 0.8 m of the lead of a warning
    word_wait_s: float = 1.0
    last_words_s: float = 0.3
    start_wait_s: float = 3.0
    queue_limit: int = 16

    def step(
        self,
        state: ArbiterState,
        now_s: float,
        new: tuple[Announcement, ...],
        playback: Playback,
        fresh: Fresh = UNKNOWN,
    ) -> Step:
        """Take in what is new and what the speaker does; say what to do. Call at least ten times a second."""
        state, stops, settled = self._look(state, now_s, playback)
        state, refused = self._take_in(state, now_s, new)
        state, dropped = self._prune(state, now_s, fresh)
        state, plays, cut = self._choose(state, now_s, playback)
        return state, (*stops, *plays), (*settled, *refused, *dropped, *cut)

    def forget(
        self, state: ArbiterState, now_s: float, pointless: Callable[[Announcement], bool]
    ) -> tuple[ArbiterState, tuple[Settled, ...]]:
        """Drop what waits and is pointless now. What is being said may end, but is not said again."""
        gone = tuple(waiting for waiting in state.queue if pointless(waiting.announcement))
        kept = tuple(waiting for waiting in state.queue if waiting not in gone)
        speaking = state.speaking
        if speaking is not None and pointless(speaking.waiting.announcement):
            said = speaking.waiting
            expires_s = min(said.announcement.expires_s, now_s)
            last = replace(said, announcement=replace(said.announcement, expires_s=expires_s))
            speaking = replace(speaking, waiting=last)
        state = replace(state, queue=kept, speaking=speaking)
        return state, tuple(Settled(waiting.announcement, "expired") for waiting in gone)

    # --- what became of the utterance that was commanded

    def _look(self, state: ArbiterState, now_s: float, playback: Playback) -> Step:
        speaking = state.speaking
        if speaking is None:
            return state, (), ()
        number = speaking.utterance
        if number in playback.failed:
            state = self._failed(state, speaking, now_s)
            if playback.away and POLICY[speaking.waiting.announcement.kind].resumes:
                # The voice went away under it: said again when somebody can speak, if it is still true then.
                state = replace(state, queue=(*state.queue, speaking.waiting))
            return state, (), (_settle(speaking, "failed"),)
        if number in playback.finished or (speaking.started_s is not None and playback.utterance != number):
            return self._spoken(state, speaking, now_s)
        if playback.utterance == number:
            started_s = now_s if playback.started_s is None else playback.started_s
            seen = replace(speaking, started_s=started_s, ends_s=playback.ends_s)
            return replace(state, speaking=seen), (), ()
        if now_s - speaking.commanded_s >= self.start_wait_s:
            # Stop: should the sound come late after all, it must not be a second voice.
            return self._failed(state, speaking, now_s), (Stop(number),), (_settle(speaking, "failed"),)
        return state, (), ()

    def _failed(self, state: ArbiterState, speaking: Speaking, now_s: float) -> ArbiterState:
        silent_since_s = state.silent_since_s if speaking.started_s is None else now_s
        return replace(state, speaking=None, silent_since_s=silent_since_s)

    def _spoken(self, state: ArbiterState, speaking: Speaking, now_s: float) -> Step:
        started_s = speaking.commanded_s if speaking.started_s is None else speaking.started_s
        ended_s = now_s if speaking.ends_s is None else min(now_s, speaking.ends_s)
        said = speaking.waiting.announcement
        note = Delivered(said.kind, said.key, severity(said), ended_s)
        kept = tuple(
            old
            for old in state.delivered
            if now_s - old.ended_s < LONGEST_GAP_S and not _overtaken(old, said)
        )
        after = replace(state, speaking=None, delivered=(*kept, note), silent_since_s=ended_s)
        outcome = Settled(said, "spoken", speaking.utterance, started_s, ended_s)
        return after, (), (outcome,)

    # --- the queue

    def _take_in(
        self, state: ArbiterState, now_s: float, new: tuple[Announcement, ...]
    ) -> tuple[ArbiterState, tuple[Settled, ...]]:
        refused: list[Settled] = []
        for announcement in new:
            if _repeats_playing(state, announcement):
                refused.append(Settled(announcement, "duplicate"))
                continue
            if _repeats(state, announcement, now_s):
                # It was heard a moment ago; what waits to be said against it is not true any more.
                state, untrue = self.forget(state, now_s, partial(_answers, announcement))
                refused += (*untrue, Settled(announcement, "duplicate"))
                continue
            state, replaced = _enqueue(state, announcement, now_s)
            refused += replaced
        return state, tuple(refused)

    def _prune(
        self, state: ArbiterState, now_s: float, fresh: Fresh
    ) -> tuple[ArbiterState, tuple[Settled, ...]]:
        kept: list[Waiting] = []
        dropped: list[Settled] = []
        for waiting in sorted(state.queue, key=_turn):
            announcement = waiting.announcement
            if now_s >= announcement.expires_s or not _still_worth(announcement, fresh):
                dropped.append(Settled(announcement, "expired"))
            elif _repeats(state, announcement, now_s):
                dropped.append(Settled(announcement, "duplicate"))
            elif len(kept) >= self.queue_limit:
                dropped.append(Settled(announcement, "expired"))
            else:
                kept.append(waiting)
        return replace(state, queue=tuple(kept)), tuple(dropped)

    # --- whose turn it is

    def _choose(self, state: ArbiterState, now_s: float, playback: Playback) -> Step:
        if not state.queue or playback.away:
            return state, (), ()
        first = state.queue[0]
        if state.speaking is None:
            if not self._gap_over(state, first, now_s):
                return state, (), ()
            # Something that is not ours still sounds (a stop not yet carried out): end it first.
            stray = () if playback.utterance is None else (Stop(playback.utterance),)
            state, play = _start(state, first, now_s)
            return state, (*stray, play), ()
        if not self._may_cut(state.speaking, first, now_s, playback):
            return state, (), ()
        return self._cut(state, state.speaking, first, now_s)

    def _gap_over(self, state: ArbiterState, first: Waiting, now_s: float) -> bool:
        urgency = urgency_of(first.announcement)
        at_once = urgency >= Urgency.HAZARD or POLICY[first.announcement.kind].goes_on
        if state.silent_since_s is None or at_once:
            return True
        gap_s = self.caution_gap_s if urgency is Urgency.CAUTION else self.gap_s
        return now_s - state.silent_since_s >= gap_s

    def _may_cut(self, speaking: Speaking, first: Waiting, now_s: float, playback: Playback) -> bool:
        if first.importance <= speaking.waiting.importance:
            return False
        told = speaking.waiting.announcement
        if self._is_quicker(speaking, first.announcement, now_s):
            return False
        when = preempts(first.announcement)
        if when is Preempts.NOW or (POLICY[told.kind].goes_on and when is not Preempts.NEVER):
            return True
        if when is Preempts.NEVER:
            return False
        waited = now_s - max(first.since_s, speaking.commanded_s) >= self.word_wait_s
        return waited or playback.pausing or speaking.started_s is None

    def _is_quicker(self, speaking: Speaking, newer: Announcement, now_s: float) -> bool:
        """Whether what is being said warns sooner if it may end than if it were cut and said again."""
        told = speaking.waiting.announcement
        # A thing that gets worse while it is being told: the sentence about it is the quickest warning of it.
        if newer.identity == told.identity:
            return True
        if not _warns(told) or urgency_of(newer) is Urgency.STOP:
            return False
        # Under another row by now: it began to move, or came onto the blocks.
        if newer.key == told.key:
            return True
        return speaking.ends_s is not None and speaking.ends_s - now_s <= self.last_words_s

    def _cut(self, state: ArbiterState, speaking: Speaking, first: Waiting, now_s: float) -> Step:
        victim = speaking.waiting.announcement
        ended_s = None if speaking.started_s is None else now_s
        settled = Settled(victim, "preempted", speaking.utterance, speaking.started_s, ended_s)
        state = replace(state, speaking=None, silent_since_s=now_s)
        pointless = any(_replaces(waiting.announcement, victim) for waiting in state.queue)
        if POLICY[victim.kind].resumes and not pointless:
            state = replace(state, queue=(*state.queue, speaking.waiting))
        state, play = _start(state, first, now_s)
        return state, (Stop(speaking.utterance), play), (settled,)


def _still_worth(announcement: Announcement, fresh: Fresh) -> bool:
    """Whether it is true, and would be told by what is seen now."""
    if not still_true(announcement, fresh):
        return False
    told = announcement.params
    now = fresh.hazards.get(told.track_id) if isinstance(told, Hazard) and fresh.hazards else None
    return now is None or worth_telling(announcement.kind, now)


def _warns(announcement: Announcement) -> bool:
    """Whether it tells what is in the way, and where; the rest of that may be cut."""
    return isinstance(announcement.params, Hazard) and urgency_of(announcement) >= Urgency.CAUTION


def _replaces(newer: Announcement, older: Announcement) -> bool:
    """Whether `older` need not be said any more once `newer` waits."""
    if newer.key != older.key:
        return False
    return newer.kind == older.kind or older.kind in POLICY[newer.kind].supersedes


def _answers(newer: Announcement, older: Announcement) -> bool:
    """Whether `newer` says that `older`, of the same subject, is over."""
    return newer.kind != older.kind and _replaces(newer, older)


def _overtaken(old: Delivered, said: Announcement) -> bool:
    """Whether what was said now ends the memory of `old`: the same again, or its opposite.

    Lost, back, lost again: the second "lost" is news, however soon it comes.
    """
    if old.key != said.key:
        return False
    opposite = old.kind in POLICY[said.kind].supersedes and said.kind in POLICY[old.kind].supersedes
    return old.kind == said.kind or opposite


def _turn(waiting: Waiting) -> tuple[int, int, float, int]:
    urgency, rank = waiting.importance
    return (-urgency, -rank, waiting.announcement.created_s, waiting.order)


def _settle(speaking: Speaking, outcome: Outcome) -> Settled:
    return Settled(speaking.waiting.announcement, outcome, speaking.utterance, speaking.started_s)


def _start(state: ArbiterState, first: Waiting, now_s: float) -> tuple[ArbiterState, Play]:
    number = state.next_utterance
    queue = tuple(waiting for waiting in state.queue if waiting is not first)
    speaking = Speaking(number, first, now_s)
    return (
        replace(state, queue=queue, speaking=speaking, next_utterance=number + 1),
        Play(number, first.announcement),
    )


def _repeats_playing(state: ArbiterState, new: Announcement) -> bool:
    if state.speaking is None:
        return False
    playing = state.speaking.waiting.announcement
    return playing.identity == new.identity and severity(new) <= severity(playing)


def _repeats(state: ArbiterState, new: Announcement, now_s: float) -> bool:
    row = POLICY[new.kind]
    for old in state.delivered:
        since_s = now_s - old.ended_s
        if (old.kind, old.key) == new.identity:
            if since_s < row.gap_s and severity(new) <= old.severity:
                return True
        elif old.kind == new.kind and since_s < row.kind_gap_s and severity(new) == 0:
            return True
    return False


def _enqueue(
    state: ArbiterState, new: Announcement, now_s: float
) -> tuple[ArbiterState, tuple[Settled, ...]]:
    """Queue `new`; what waits under the same identity, or is made pointless by it, leaves."""
    kept: list[Waiting] = []
    gone: list[Settled] = []
    for waiting in state.queue:
        old = waiting.announcement
        if _replaces(new, old):
            gone.append(Settled(old, "duplicate" if old.kind == new.kind else "expired"))
        else:
            kept.append(waiting)
    entry = Waiting(new, now_s, state.next_order)
    return replace(state, queue=(*kept, entry), next_order=state.next_order + 1), tuple(gone)
