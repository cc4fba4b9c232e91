"""Outings of one person from positions, homes and other evidence: cleaned, weighed, bridged, explained. Pure.

`fixes -> columns -> likelihood -> chain -> stretches -> overlay -> gaps -> intervals -> outings, days`.
Memory grows with the time that is recorded, not with how many fixes there are in it.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from field_tests.errors import OutingError
from field_tests.outings.columns import Gathering
from field_tests.outings.days import days
from field_tests.outings.definitions import Definitions
from field_tests.outings.gaps import bridged
from field_tests.outings.intervals import timeline, without_small
from field_tests.outings.native import need_numba
from field_tests.outings.outings import outings
from field_tests.outings.overlay import dated, of_person, together, with_evidence
from field_tests.outings.rates import midnight_after, midnight_before
from field_tests.outings.seen import PersonOutings
from field_tests.outings.stretches import Stretch, stretches
from field_tests.outings.track import SOURCES, Evidence, Home, Source, Track
from field_tests.outings.witness import Span, doubted, doubts


def estimate(
    tracks: Iterable[Track],
    homes: Sequence[Home],
    evidence: Sequence[Evidence],
    definitions: Definitions,
    *,
    since_utc_s: float | None = None,
    until_utc_s: float | None = None,
    counted: Sequence[Source] = SOURCES,
) -> PersonOutings:
    """What `tracks` (chunks of any source, in any order, repeated or not) tell of one person's outings.

    `counted`: the sources whose positions make minutes; another one is a witness, and only opens bounds.
    The record reaches from `since_utc_s` to `until_utc_s`; without them, over the days that anything is
    known of.
    """
    need_numba()
    if not homes:
        raise OutingError(
            "no home is registered: outings cannot be told from positions; add a line to homes.csv"
        )
    gathered = _gathered(tracks, definitions, since_utc_s, until_utc_s)
    told = {
        source: stretches(gathering.columns(), source, homes, definitions)
        for source, gathering in gathered.items()
    }
    parts = {
        source: with_evidence(told[source].stretches, source, evidence, definitions) for source in SOURCES
    }
    words = dated(evidence, [parts[source] for source in counted], definitions)
    logger, device = (parts[source] if source in counted else () for source in SOURCES)
    person = _Person(
        known=of_person(together(logger, of_person(device, words), definitions), words),
        rides=sum(told[source].ridden_m - told[source].walked_m for source in counted) >= 0.0,
        doubts=doubts(
            logger or device, [parts[source] for source in SOURCES if source not in counted], definitions
        ),
        counts=sum((gathered[source].counts for source in counted), Counter[str]()),
    )
    return _counted(person, definitions, since_utc_s, until_utc_s)


@dataclass(frozen=True, slots=True)
class _Person:
    """What is known of a person before gaps are bridged; `doubts`: when being at home proves nothing."""

    known: Sequence[Stretch]
    rides: bool
    doubts: Sequence[Span]
    counts: Counter[str]


def _gathered(
    tracks: Iterable[Track], rules: Definitions, since_s: float | None, until_s: float | None
) -> dict[Source, Gathering]:
    first_s = -math.inf if since_s is None else since_s
    last_s = math.inf if until_s is None else until_s
    gathered = {source: Gathering(rules, first_s, last_s) for source in SOURCES}
    for track in tracks:
        gathered[track.source].add(track)
    return gathered


def _counted(
    person: _Person, rules: Definitions, since_s: float | None, until_s: float | None
) -> PersonOutings:
    known, counts = person.known, tuple(sorted(person.counts.items()))
    if since_s is None:
        since_s = midnight_before(known[0].start_s) if known else math.inf
    if until_s is None:
        until_s = midnight_after(known[-1].end_s) if known else -math.inf
    if not since_s < until_s:
        return PersonOutings((), (), (), counts)
    within = [part.cut(since_s, until_s) for part in known if part.start_s < until_s and part.end_s > since_s]
    worth = without_small(within, rules)
    gaps = bridged(worth, person.rides, since_s, until_s, rules)
    intervals = doubted(timeline(worth, gaps, since_s, until_s, rules), person.doubts)
    found = outings(intervals, worth, rules)
    return PersonOutings(intervals, found, days(intervals, found, rules), counts)
