"""What is held of a log, beside a plain set of numbers."""

from hypothesis import given
from hypothesis import strategies as st

from wire.held import Held

RANGES = st.lists(st.tuples(st.integers(1, 60), st.integers(0, 8)), max_size=25)


def held_and_set(ranges: list[tuple[int, int]]) -> tuple[Held, set[int]]:
    held, there = Held(), set[int]()
    for first, more in ranges:
        held = held.adding(first, first + more)
        there |= set(range(first, first + more + 1))
    return held, there


@given(RANGES)
def test_it_is_a_set_of_numbers(ranges: list[tuple[int, int]]) -> None:
    held, there = held_and_set(ranges)
    assert {seq for seq in range(1, 80) if held.has(seq)} == there
    assert held.count == len(there)
    assert held.last == max(there, default=0)
    assert held.acked == next(n for n in range(1, 90) if n not in there) - 1


@given(RANGES)
def test_ranges_are_apart_and_in_order(ranges: list[tuple[int, int]]) -> None:
    held, _ = held_and_set(ranges)
    ends = [held.acked]
    for first, last in held.beyond:
        assert ends[-1] + 1 < first <= last
        ends.append(last)


@given(RANGES, st.integers(0, 75))
def test_the_gap_is_the_first_run_that_is_missing(ranges: list[tuple[int, int]], after: int) -> None:
    held, there = held_and_set(ranges)
    first, last = held.gap(after)
    assert first == next(n for n in range(after + 1, 90) if n not in there)
    if last is None:
        assert max(there, default=0) < first
    else:
        assert not there & set(range(first, last + 1))
        assert last + 1 in there


@given(RANGES, RANGES)
def test_joined_is_the_union(one: list[tuple[int, int]], other: list[tuple[int, int]]) -> None:
    (a, in_a), (b, in_b) = held_and_set(one), held_and_set(other)
    assert {seq for seq in range(1, 80) if a.joined(b).has(seq)} == in_a | in_b
    assert a.joined(b) == b.joined(a)
