"""Evidence laid over stretches, and the sources of one person laid over each other. Pure."""

import math
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise, zip_longest
from typing import Final

from field_tests.outings.definitions import Definitions
from field_tests.outings.rates import HOUR_S
from field_tests.outings.stretches import Stretch
from field_tests.outings.track import Evidence, EvidenceKind, Source

_AT_HOME: Final[tuple[EvidenceKind, ...]] = ("dock", "charger", "home_wifi")
_NOT_WITH_PERSON: Final[tuple[EvidenceKind, ...]] = ("not_carried", "carried_by_other")
_OF_PERSON: Final[dict[EvidenceKind, bool]] = {"at_home": False, "driven": True, "out": True}
WORDS: Final = frozenset(_OF_PERSON)
_NOT_WORN: Final = frozenset({"dock", "charger"})

Choice = Callable[[Stretch | None, Stretch | None], Stretch | None]


def with_evidence(
    stretches: Sequence[Stretch], source: Source, evidence: Sequence[Evidence], rules: Definitions
) -> tuple[Stretch, ...]:
    """One source's stretches with what else is known of it; nothing of times when others had it."""
    mine = [row for row in evidence if row.source in (None, source) and row.end_utc_s > row.start_utc_s]
    known = tuple(stretches)
    for kind in _AT_HOME:
        known = overlaid(known, _told(mine, kind, out=False), _upper)
    known = _out_without_wifi(known, rules.wifi_door_s)
    for kind in _NOT_WITH_PERSON:
        known = overlaid(known, _told(mine, kind, out=False), _nothing_above)
    return known


def _out_without_wifi(known: tuple[Stretch, ...], door_s: float) -> tuple[Stretch, ...]:
    """The last minutes at home before an outing, and the first after it, are out where no Wi-Fi reached.

    It ends at the walls, positions see a change only well beyond them.
    """
    told = list(known)
    for i in range(1, len(known) - 1):
        a, b, c = known[i - 1 : i + 2]
        if a.end_s != b.start_s or b.end_s != c.start_s or b.out or b.end_s - b.start_s > door_s:
            continue
        if {"home_wifi"} & set(b.why) or a.out is c.out or "home_wifi" not in (c if a.out else a).why:
            continue
        told[i] = replace(b, out=True, why=(*b.why, "wifi_out_of_reach"), door_s=b.end_s - b.start_s)
        if c.out:
            told[i + 1] = replace(c, door_s=0.0)
    return tuple(told)


def dated(
    evidence: Sequence[Evidence], sources: Sequence[Sequence[Stretch]], rules: Definitions
) -> tuple[Evidence, ...]:
    """What people say of a person, with edges moved to when a source saw the same change nearby.

    A diary knows five minutes or fifteen: without that each outing would be as long as the longer of both.
    """
    changes: dict[bool, list[tuple[float, float]]] = {False: [], True: []}
    for a, b in (pair for stretches in sources for pair in pairwise(stretches)):
        if a.out is not b.out:
            changes[b.out].append((a.end_s, b.start_s))
    return tuple(
        _dated(row, changes, rules.diary_s) if row.kind in WORDS and row.source is None else row
        for row in evidence
    )


def _dated(row: Evidence, changes: Mapping[bool, Sequence[tuple[float, float]]], within_s: float) -> Evidence:
    out = _OF_PERSON[row.kind]
    start_s = _moved(row.start_utc_s, changes[out], within_s)
    end_s = _moved(row.end_utc_s, changes[not out], within_s)
    return replace(row, start_utc_s=start_s, end_utc_s=end_s) if start_s < end_s else row


def _moved(edge_s: float, changes: Sequence[tuple[float, float]], within_s: float) -> float:
    """The edge moved into the nearest time in which the change happened: a moment, where it was seen."""
    inside = (min(max(edge_s, from_s), to_s) for from_s, to_s in changes)
    near_s = min(inside, key=lambda moment_s: abs(moment_s - edge_s), default=edge_s)
    return near_s if abs(near_s - edge_s) <= within_s else edge_s


def of_person(stretches: Sequence[Stretch], evidence: Sequence[Evidence]) -> tuple[Stretch, ...]:
    """A person's stretches with what diaries and caregivers say of them; their word goes before positions."""
    rows = [row for row in evidence if row.end_utc_s > row.start_utc_s]
    known = tuple(stretches)
    for kind, out in _OF_PERSON.items():
        known = overlaid(known, _told(rows, kind, out=out), _upper)
    return known


def together(logger: Sequence[Stretch], device: Sequence[Stretch], rules: Definitions) -> tuple[Stretch, ...]:
    """Both sources of one person: out where any of them is; the one at home then was left there.

    `device` may hold what is known of the person too. A device in its dock is not worn: it tells where the
    person is only where no logger is used at all.
    """
    if not logger:
        return tuple(device)
    carried = overlaid(logger, left_behind(logger, device, rules.left_h * HOUR_S), _nothing_above)
    worn = overlaid(device, left_behind(device, logger, rules.left_h * HOUR_S), _nothing_above)
    laid = overlaid(carried, [part for part in worn if not _NOT_WORN & set(part.why)], _both)
    return _one_door(laid, rules.change_s)


def _one_door(known: Sequence[Stretch], within_s: float) -> tuple[Stretch, ...]:
    """Where two sources passed a door a little apart, it lies in the middle: neither was left at home."""
    told = list(known)
    for i in range(1, len(told) - 1):
        a, b, c = told[i - 1 : i + 2]
        apart_s = b.end_s - b.start_s
        if "left_at_home" not in b.why or apart_s > within_s or a.out is c.out:
            continue
        if a.end_s != b.start_s or b.end_s != c.start_s:
            continue
        moment_s = b.start_s + apart_s / 2.0
        told[i - 1] = replace(a, end_s=moment_s)
        told[i] = replace(c, start_s=moment_s, end_s=b.end_s, door_s=max(b.door_s, c.door_s, apart_s))
        told[i + 1] = replace(c, door_s=0.0)
    return tuple(_joined(iter(told)))


def left_behind(left: Sequence[Stretch], taken: Sequence[Stretch], longest_s: float) -> tuple[Stretch, ...]:
    """Times after somebody was lost from sight on an outing, where one source was `taken` and one was `left`.

    Until they are seen again, or what was left moves, that does not say where they are. Who was driven,
    and is not seen out after that, was driven home. What was out too came along, and came home.
    """
    starts = [part.start_s for part in left]
    found = []
    begun_s, until_s = math.inf, math.inf
    for part, following in zip_longest(taken, taken[1:]):
        if part.out:
            begun_s, until_s = (begun_s if until_s == part.start_s else part.start_s), part.end_s
        i = bisect_right(starts, part.end_s) - 1
        if not part.out or i < 0 or left[i].out or left[i].end_s < part.end_s:
            continue
        if part.fixes == 0 and not (following and following.out):
            continue
        if any(other.out for other in left[bisect_right(starts, begun_s) - 1 : i]):
            continue
        moved_s = next((later.start_s for later in left[i + 1 :] if later.out), math.inf)
        back_s = following.start_s if following else math.inf
        end_s = min(moved_s, back_s, part.end_s + longest_s)
        if end_s > part.end_s:
            found.append(Stretch(part.end_s, end_s, False))
    return tuple(found)


def overlaid(below: Sequence[Stretch], above: Sequence[Stretch], choose: Choice) -> tuple[Stretch, ...]:
    """What `choose` makes of two timelines at each moment, joined where nothing changed."""
    if not above:
        return tuple(below)
    return tuple(_joined(_pieces(below, above, choose)))


def _pieces(below: Sequence[Stretch], above: Sequence[Stretch], choose: Choice) -> Iterator[Stretch]:
    moments = sorted({moment for part in (*below, *above) for moment in (part.start_s, part.end_s)})
    b = a = 0
    for start_s, end_s in pairwise(moments):
        while b < len(below) and below[b].end_s <= start_s:
            b += 1
        while a < len(above) and above[a].end_s <= start_s:
            a += 1
        chosen = choose(_at(below, b, start_s), _at(above, a, start_s))
        if chosen is not None:
            yield chosen.cut(start_s, end_s)


def _at(stretches: Sequence[Stretch], i: int, moment_s: float) -> Stretch | None:
    return stretches[i] if i < len(stretches) and stretches[i].start_s <= moment_s else None


def _nothing_above(below: Stretch | None, above: Stretch | None) -> Stretch | None:
    return None if above else below


def _upper(below: Stretch | None, above: Stretch | None) -> Stretch | None:
    """The evidence; where fixes agree with it, both."""
    if below is None or above is None or below.out is not above.out:
        return above or below
    return _sum(below, above)


def _both(logger: Stretch | None, device: Stretch | None) -> Stretch | None:
    if logger is None or device is None:
        return logger or device
    if logger.out is device.out:
        return _sum(logger, device)
    carried = logger if logger.out else device
    left = "device_left_at_home" if logger.out else "logger_left_at_home"
    return replace(carried, why=(*carried.why, "left_at_home"), labels=(*carried.labels, left))


def _sum(a: Stretch, b: Stretch) -> Stretch:
    return replace(
        a,
        away_m=max(a.away_m, b.away_m),
        fixes=a.fixes + b.fixes,
        first=a.first or b.first,
        last=a.last or b.last,
        why=tuple(dict.fromkeys((*a.why, *b.why))),
        labels=tuple(dict.fromkeys((*a.labels, *b.labels))),
    )


def _joined(pieces: Iterator[Stretch]) -> Iterator[Stretch]:
    """Neighbours that say the same, in one."""
    last: Stretch | None = None
    for piece in pieces:
        if last is not None and _same(last, piece):
            last = replace(
                last,
                end_s=piece.end_s,
                away_m=max(last.away_m, piece.away_m),
                fixes=last.fixes + piece.fixes,
                last=piece.last,
            )
            continue
        if last is not None:
            yield last
        last = piece
    if last is not None:
        yield last


def _same(a: Stretch, b: Stretch) -> bool:
    return a.end_s == b.start_s and a.out is b.out and a.why == b.why and a.labels == b.labels


def _told(evidence: Sequence[Evidence], kind: EvidenceKind, *, out: bool) -> tuple[Stretch, ...]:
    """The times of one kind of evidence as stretches, overlaps joined."""
    labels = (kind,) if kind == "driven" else ()
    told: list[Stretch] = []
    for row in sorted((row for row in evidence if row.kind == kind), key=lambda row: row.start_utc_s):
        if told and row.start_utc_s <= told[-1].end_s:
            told[-1] = replace(told[-1], end_s=max(told[-1].end_s, row.end_utc_s))
        else:
            told.append(Stretch(row.start_utc_s, row.end_utc_s, out, why=(kind,), labels=labels))
    return tuple(told)
