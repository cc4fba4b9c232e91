"""The resume logic against every order of sending, storing, losing answers and dropping the link."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from device.uplink_window import WINDOW, OutOfStepError, Window
from wire.uplink import MAX_BATCH


class Resume(RuleBasedStateMachine):
    """A log, a link that loses and delays, and a store that knows each event by its number."""

    def __init__(self) -> None:
        super().__init__()
        self.last_seq = 0
        self.stored: set[int] = set()
        self.high = 0  # the store's highest seq without a gap
        self.window: Window | None = None
        self.on_the_way: list[range] = []
        self.answers: list[int] = []

    def contiguous(self) -> int:
        while self.high + 1 in self.stored:
            self.high += 1
        return self.high

    @rule(count=st.integers(1, 900))
    def append(self, count: int) -> None:
        self.last_seq += count

    @rule()
    @precondition(lambda self: self.window is None)
    def connect(self) -> None:
        self.window = Window.opened(self.contiguous(), self.last_seq)

    @rule(fewer=st.integers(0, MAX_BATCH - 1))
    @precondition(lambda self: self.window is not None)
    def send(self, fewer: int) -> None:
        assert self.window is not None
        last = min(self.window.sent + self.window.room() - fewer, self.last_seq)
        if last > self.window.sent:
            self.on_the_way.append(range(self.window.sent + 1, last + 1))
            self.window = self.window.after_sending(last)

    @rule()
    @precondition(lambda self: self.on_the_way)
    def arrive(self) -> None:
        """Stored, also where the link has been lost since: the server reads what is in its buffers."""
        self.stored.update(self.on_the_way.pop(0))
        self.answers.append(self.contiguous())

    @rule(repeat=st.booleans(), which=st.integers(0, 5))
    @precondition(lambda self: self.window is not None and self.answers)
    def answer(self, repeat: bool, which: int) -> None:
        assert self.window is not None
        n = which % len(self.answers)
        acked = self.answers[n] if repeat else self.answers.pop(n)
        self.window = self.window.after_ack(acked, self.last_seq)

    @rule(lost=st.integers(0, 3))
    @precondition(lambda self: self.window is not None)
    def drop(self, lost: int) -> None:
        self.window = None
        del self.on_the_way[len(self.on_the_way) - lost :]
        self.answers.clear()

    @invariant()
    def the_store_never_has_a_gap(self) -> None:
        assert self.contiguous() == len(self.stored)

    @invariant()
    def the_device_never_believes_more_than_is_stored(self) -> None:
        if self.window is not None:
            assert self.window.acked <= self.contiguous() <= self.last_seq
            assert self.window.acked <= self.window.sent <= self.last_seq
            assert self.window.sent - self.window.acked <= WINDOW

    def teardown(self) -> None:
        """However it went: one good connection brings everything."""
        self.on_the_way.clear()
        window = Window.opened(self.contiguous(), self.last_seq)
        while window.acked < self.last_seq:
            last = min(window.sent + window.room(), self.last_seq)
            assert last > window.sent
            self.stored.update(range(window.sent + 1, last + 1))
            window = window.after_sending(last).after_ack(self.contiguous(), self.last_seq)
        assert self.stored == set(range(1, self.last_seq + 1))


TestResume = Resume.TestCase
TestResume.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


@given(st.integers(0, 10_000), st.integers(1, 10_000))
def test_a_server_ahead_of_the_log_is_out_of_step(last_seq: int, more: int) -> None:
    with pytest.raises(OutOfStepError):
        Window.opened(last_seq + more, last_seq)
    with pytest.raises(OutOfStepError):
        Window.opened(0, last_seq).after_ack(last_seq + more, last_seq)


@given(st.integers(0, 5_000), st.integers(0, 2 * WINDOW))
def test_room_is_bounded_by_the_message_and_by_the_window(acked: int, ahead: int) -> None:
    window = replace(Window.opened(acked, acked + ahead), sent=acked + ahead)
    assert window.room() <= MAX_BATCH
    assert (window.room() <= 0) == (ahead >= WINDOW)
