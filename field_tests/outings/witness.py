"""A source that does not count, as a witness: while it is out, one that lies at home proves nothing. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from field_tests.outings.definitions import Definitions
from field_tests.outings.overlay import WORDS, left_behind, overlaid
from field_tests.outings.rates import HOUR_S
from field_tests.outings.seen import Interval
from field_tests.outings.stretches import Stretch

# A code of RULES.
OTHER_OUT: Final = "other_source_out"
Span = tuple[float, float]


def doubts(
    counted: Sequence[Stretch], witnesses: Sequence[Sequence[Stretch]], rules: Definitions
) -> tuple[Span, ...]:
    """Times when one of `witnesses` was out, or lost from sight on an outing, and `counted` at home."""
    found: list[Stretch] = []
    for witness in witnesses:
        out = [part for part in witness if part.out]
        both = overlaid(counted, out, _left_below) if out else ()
        found += [part for part in both if part.end_s - part.start_s > rules.change_s]
        found += left_behind(counted, witness, rules.left_h * HOUR_S)
    joined: list[Span] = []
    for part in sorted(found, key=lambda part: part.start_s):
        if joined and part.start_s <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], part.end_s)
        else:
            joined.append((part.start_s, part.end_s))
    return tuple(joined)


def doubted(intervals: Sequence[Interval], spans: Sequence[Span]) -> tuple[Interval, ...]:
    """The timeline with time at home in `spans` open from none to all of it; the best estimate stays.

    It must: the witness is worn in some phases only, and what it adds there would look like an effect.
    """
    return tuple(piece for interval in intervals for piece in _doubted(interval, spans))


def _doubted(interval: Interval, spans: Sequence[Span]) -> Iterator[Interval]:
    at_s = interval.start_utc_s
    if interval.state == "home" and not WORDS & set(interval.why):
        for start_s, end_s in spans:
            first_s, last_s = max(start_s, at_s), min(end_s, interval.end_utc_s)
            if first_s >= last_s:
                continue
            if first_s > at_s:
                yield replace(interval, start_utc_s=at_s, end_utc_s=first_s)
            yield _open(replace(interval, start_utc_s=first_s, end_utc_s=last_s))
            at_s = last_s
    if at_s < interval.end_utc_s:
        yield replace(interval, start_utc_s=at_s)


def _open(interval: Interval) -> Interval:
    why = (*interval.why, OTHER_OUT)
    return replace(interval, state="unknown", low=0.0, high=1.0, gap="unknown", why=why)


def _left_below(below: Stretch | None, above: Stretch | None) -> Stretch | None:
    return below if below and above and not below.out else None
