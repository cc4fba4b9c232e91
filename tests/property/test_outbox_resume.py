"""The lanes of the uplink against every order of sending, storing, losing answers and dropping the link."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from device.uplink_lanes import AHEAD, WINDOW, Lanes, OutOfStepError, Piece
from wire.held import MAX_RANGES, Held
from wire.uplink import MAX_BATCH


class Resume(RuleBasedStateMachine):
    """A log, a link that loses and delays, and a store that knows each event by its number."""

    def __init__(self) -> None:
        super().__init__()
        self.last_seq = 0
        self.beginnings: list[int] = []
        self.stored: list[int] = []  # as they arrived
        self.held = Held()
        self.lanes: Lanes | None = None
        self.on_the_way: list[Piece] = []
        self.answers: list[Held] = []
        self.now_s = 0.0

    @rule(count=st.integers(1, 900), begins=st.booleans())
    def append(self, count: int, begins: bool) -> None:
        if begins:
            self.beginnings.append(self.last_seq + 1)
        self.last_seq += count

    @rule(ahead=st.booleans())
    @precondition(lambda self: self.lanes is None)
    def connect(self, ahead: bool) -> None:
        heads = tuple(seq for seq in self.beginnings if seq > self.held.acked)
        self.lanes = Lanes.opened(self.held, self.last_seq, heads, ahead=ahead)

    @rule(fewer=st.integers(0, MAX_BATCH - 1))
    @precondition(lambda self: self.lanes is not None)
    def send(self, fewer: int) -> None:
        assert self.lanes is not None
        piece = self.lanes.next(self.last_seq)
        if piece is None:
            return
        # A message holds less where events are large.
        piece = Piece(piece.first, max(piece.last - fewer, piece.first), piece.ahead)
        assert not any(self.lanes.covered.has(seq) for seq in range(piece.first, piece.last + 1))
        self.on_the_way.append(piece)
        self.lanes = self.lanes.after_sending(piece, self.now_s)

    @rule()
    @precondition(lambda self: self.on_the_way)
    def arrive(self) -> None:
        """Stored, also where the link has been lost since: the server reads what is in its buffers."""
        piece = self.on_the_way.pop(0)
        for seq in range(piece.first, piece.last + 1):
            more = self.held.adding(seq, seq)
            if not self.held.has(seq) and len(more.beyond) <= MAX_RANGES:
                self.stored.append(seq)
                self.held = more
        self.answers.append(self.held)

    @rule(repeat=st.booleans(), which=st.integers(0, 5), took_s=st.floats(0.0, 3.0))
    @precondition(lambda self: self.lanes is not None and self.answers)
    def answer(self, repeat: bool, which: int, took_s: float) -> None:
        assert self.lanes is not None
        self.now_s += took_s
        n = which % len(self.answers)
        held = self.answers[n] if repeat else self.answers.pop(n)
        self.lanes = self.lanes.after_answer(held, self.last_seq, self.now_s)

    @rule(lost=st.integers(0, 3))
    @precondition(lambda self: self.lanes is not None)
    def drop(self, lost: int) -> None:
        self.lanes = None
        del self.on_the_way[len(self.on_the_way) - lost :]
        self.answers.clear()

    @invariant()
    def nothing_is_stored_twice(self) -> None:
        assert len(self.stored) == len(set(self.stored)) == self.held.count

    @invariant()
    def the_device_never_believes_more_than_is_stored(self) -> None:
        lanes = self.lanes
        if lanes is not None:
            assert lanes.held.joined(self.held) == self.held
            assert lanes.covered.joined(lanes.held) == lanes.covered
            assert lanes.covered.last <= self.last_seq
            flying = sum(piece.last - piece.first + 1 for piece in lanes.flying)
            assert flying <= WINDOW
            # What is on its way is what is covered and not held.
            assert lanes.covered.count - lanes.held.count <= flying

    def teardown(self) -> None:
        """However it went: one good connection brings everything, the backlog in order."""
        self.on_the_way.clear()
        heads = tuple(seq for seq in self.beginnings if seq > self.held.acked)
        lanes = Lanes.opened(self.held, self.last_seq, heads)
        backlog: list[int] = []
        while (piece := lanes.next(self.last_seq)) is not None:
            if not piece.ahead:
                backlog.append(piece.first)
            self.held = self.held.adding(piece.first, piece.last)
            lanes = lanes.after_sending(piece, 0.0).after_answer(self.held, self.last_seq, 0.1)
        assert backlog == sorted(backlog)
        assert self.held == Held(self.last_seq)
        assert lanes.pending(self.last_seq) == 0


TestResume = Resume.TestCase
TestResume.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def test_after_hours_the_beginnings_go_first_then_the_newest_then_the_rest_in_order() -> None:
    lanes = Lanes.opened(Held(), 50_000, (1, 30_000))
    sent = []
    while (piece := lanes.next(50_000)) is not None:
        sent.append(piece)
        lanes = lanes.after_sending(piece, 0.0)
    heads, newest, backlog = sent[:2], sent[2], sent[3:]
    assert [(piece.first, piece.last) for piece in heads] == [(1, 1), (30_000, 30_000)]
    assert (newest.first, newest.last) == (50_000 - AHEAD + 1, 50_000)
    assert [piece.first for piece in backlog] == [2, 52], "two pieces, the rest when they are stored"
    # What happens now does not wait behind them.
    now = lanes.next(50_001)
    assert now is not None
    assert (now.first, now.last, now.ahead) == (50_001, 50_001, True)


def test_pieces_of_the_backlog_shrink_on_a_slow_link_and_grow_on_a_quick_one() -> None:
    for took_s, size in ((0.05, MAX_BATCH), (0.5, 50), (2.0, 10)):
        lanes = Lanes.opened(Held(), 50_000)
        held, now_s = Held(), 0.0
        for _ in range(12):
            piece = lanes.next(50_000)
            assert piece is not None
            lanes = lanes.after_sending(piece, now_s)
            held, now_s = held.adding(piece.first, piece.last), now_s + took_s
            lanes = lanes.after_answer(held, 50_000, now_s)
        assert lanes.size == size, took_s


def test_with_little_behind_everything_goes_in_order() -> None:
    lanes = Lanes.opened(Held(100), 100 + MAX_BATCH, (150,))
    piece = lanes.next(100 + MAX_BATCH)
    assert piece == Piece(101, 100 + MAX_BATCH, True)


def test_with_many_ranges_no_more_are_opened() -> None:
    beyond = tuple((n * 1000, n * 1000) for n in range(1, MAX_RANGES))
    piece = Lanes.opened(Held(0, beyond), 90_000).next(90_000)
    assert piece is not None
    assert piece.first == 1


@given(st.integers(0, 10_000), st.integers(1, 10_000))
def test_a_server_ahead_of_the_log_is_out_of_step(last_seq: int, more: int) -> None:
    for beyond in (Held(last_seq + more), Held(0, ((last_seq + more + 1, last_seq + more + 2),))):
        with pytest.raises(OutOfStepError):
            Lanes.opened(beyond, last_seq)
        with pytest.raises(OutOfStepError):
            Lanes.opened(Held(), last_seq).after_answer(beyond, last_seq, 0.0)
