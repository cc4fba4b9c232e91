"""The timeline of one person: known stretches and gaps, each with its bounds and its reasons. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from field_tests.outings.definitions import Definitions
from field_tests.outings.explained import TOO_SHORT, Sure, days_of, explained
from field_tests.outings.gaps import Bridged
from field_tests.outings.overlay import WORDS
from field_tests.outings.seen import GapClass, Interval, State
from field_tests.outings.stretches import Stretch

# Beside a door that was passed.
DOOR: Final = "door"


def without_small(known: Sequence[Stretch], rules: Definitions) -> tuple[Stretch, ...]:
    """The stretches, with what is too short or too near to be an outing counted as home."""
    kept = list(known)
    for first, last in _runs(known):
        why = _too_small(known, first, last, rules)
        if why is not None:
            for i in range(first, last + 1):
                kept[i] = replace(kept[i], out=False, why=(*kept[i].why, why))
    return tuple(kept)


def _runs(known: Sequence[Stretch]) -> Iterator[tuple[int, int]]:
    """First and last index of stretches out with none at home between them."""
    first: int | None = None
    for i, stretch in enumerate(known):
        if stretch.out and first is None:
            first = i
        elif not stretch.out and first is not None:
            yield first, i - 1
            first = None
    if first is not None:
        yield first, len(known) - 1


def _too_small(known: Sequence[Stretch], first: int, last: int, rules: Definitions) -> str | None:
    """Why a run of stretches out is no outing; its gaps, also those at its ends, may all have been out."""
    parts = known[first : last + 1]
    if any(part.fixes == 0 for part in parts):
        return None  # told by somebody, not by positions
    if max(part.away_m for part in parts) < rules.least_distance_m:
        return "too_near"
    if first == 0 or last == len(known) - 1:
        return None
    longest_s = known[last + 1].start_s - known[first - 1].end_s
    return "too_short" if longest_s < rules.least_minutes * 60.0 else None


def timeline(
    known: Sequence[Stretch], gaps: Sequence[Bridged], since_s: float, until_s: float, rules: Definitions
) -> tuple[Interval, ...]:
    """Every moment of the record, by time; gaps are cut at midnights in Japan."""
    found = [piece for part in _within(known, since_s, until_s, rules) for piece in part]
    for gap, sure in zip(gaps, explained(gaps, rules), strict=True):
        found.extend(_of_gap(gap, sure, rules))
    return tuple(sorted(found, key=lambda interval: interval.start_utc_s))


def _within(
    known: Sequence[Stretch], since_s: float, until_s: float, rules: Definitions
) -> Iterator[tuple[Interval, ...]]:
    """Each stretch in up to three: near a door that was passed, either state may be true."""
    parts = [part.cut(since_s, until_s) for part in known]
    for i, part in enumerate(parts):
        third_s = (part.end_s - part.start_s) / 3.0
        before = _slack_s(parts[i - 1] if i else None, part, rules, of=part)
        after = _slack_s(part, parts[i + 1] if i + 1 < len(parts) else None, rules, of=part)
        first_s, last_s = part.start_s + min(before, third_s), part.end_s - min(after, third_s)
        yield tuple(
            _piece(part, a, b, sure)
            for a, b, sure in (
                (part.start_s, first_s, False),
                (first_s, last_s, True),
                (last_s, part.end_s, False),
            )
            if b > a
        )


def _slack_s(a: Stretch | None, b: Stretch | None, rules: Definitions, *, of: Stretch) -> float:
    """To how many seconds it is known when `a` gave way to `b`: seen, told by a diary, or by evidence.

    Nobody saw the edge of `of` where a gap begins: it was seen up to there, and told to a diary's minutes.
    """
    if a is None or b is None or a.end_s != b.start_s:
        return rules.diary_s if _only_told(of) else 0.0
    if a.out is b.out:
        return 0.0
    return b.door_s or (rules.diary_s if _only_told(a) or _only_told(b) else rules.told_s)


def _only_told(part: Stretch) -> bool:
    return part.fixes == 0 and bool(WORDS & set(part.why))


def _piece(part: Stretch, start_s: float, end_s: float, sure: bool) -> Interval:
    best = float(part.out)
    low, high = (best, best) if sure else (0.0, 1.0)
    why = part.why if sure else (*part.why, DOOR)
    return Interval(start_s, end_s, "out" if part.out else "home", best, low, high, why=why)


def _of_gap(bridged: Bridged, sure: Sequence[Sure], rules: Definitions) -> Iterator[Interval]:
    """A gap in order: what is explained of it, and the rest."""
    why, at_s = _why(bridged, rules), bridged.gap.start_s
    for part in sure:
        yield from _unknown(bridged, at_s, part.start_s, why)
        yield from _sure(bridged, part, why)
        at_s = part.end_s
    yield from _unknown(bridged, at_s, bridged.gap.end_s, why)


def _unknown(bridged: Bridged, start_s: float, end_s: float, why: str) -> Iterator[Interval]:
    for a, b in days_of(start_s, end_s):
        yield Interval(a, b, "unknown", bridged.share_out(a, b), 0.0, 1.0, "unknown", (why,))


def _sure(bridged: Bridged, part: Sure, why: str) -> Iterator[Interval]:
    state: State = "out" if part.out else "home"
    kind: GapClass = "inside_away" if part.out else "explained_home"
    for a, b in days_of(part.start_s, part.end_s):
        best = bridged.share_out(a, b) if part.why != TOO_SHORT else 0.0
        low, high = (best, 1.0) if part.out else (0.0, best)
        yield Interval(a, b, state, best, low, high, kind, (why, part.why) if part.why else (why,))


def _why(bridged: Bridged, rules: Definitions) -> str:
    before, after = bridged.gap.before, bridged.gap.after
    if before is None or after is None:
        return "gap_edge"
    if bridged.gap.change:
        return "gap_change"
    if not before.out:
        return "gap_home"
    return "gap_same_place" if bridged.gap.same_place(rules) else "gap_away"
