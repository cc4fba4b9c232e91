"""Positions -> outings: from leaving home to being back. Pure; seconds are UTC.

Two wrong ways are avoided: counting the time that a device was on, and filling gaps silently. Every
figure comes with bounds [min, max], between all unknown time at home and all of it out.

A first estimator by hysteresis. It does not know several homes, chargers or Wi-Fi.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from field_tests.errors import OutingError
from field_tests.outings.fixes import GATE_M, apart_m, cleaned
from wire.position import Fix


@dataclass(frozen=True, slots=True)
class Home:
    """An area, not a point: house, garden and the error of a fix indoors."""

    lat: float
    lon: float
    radius_m: float = 50.0

    def __post_init__(self) -> None:
        if not self.radius_m > 0.0:
            raise OutingError(f"a home needs a radius above 0 m, not {self.radius_m}: 50 m is usual")


@dataclass(frozen=True, slots=True)
class OutingSettings:
    """Definitions of the trial; to be frozen before it begins."""

    gate_m: float = GATE_M
    # A change of place needs this much evidence without a contradiction: one reflection is none.
    confirm_fixes: int = 3
    confirm_s: float = 30.0
    gap_s: float = 900.0  # longer without a fix is unknown (trackintel)
    least_minutes: float = 10.0  # shorter, or nearer than this, is noise or the garden
    least_distance_m: float = 100.0


@dataclass(frozen=True, slots=True)
class Outing:
    """One outing. `minutes` is the best estimate between the bounds; `coverage` 0-1 was observed.

    `max_distance_m` from home (of a trip: from where it began); `fixes` counts those used.
    """

    start_utc_s: float
    end_utc_s: float
    minutes: float
    minutes_min: float
    minutes_max: float
    coverage: float
    max_distance_m: float
    fixes: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the timeline; `best`, `low`, `high`: share of it spent out, 0 to 1."""

    start_s: float
    end_s: float
    best: float
    low: float
    high: float
    observed: bool
    distance_m: float = 0.0

    @property
    def minutes(self) -> float:
        """Its length."""
        return (self.end_s - self.start_s) / 60.0


# Crossing the band between "inside" and "surely outside" (accuracy <= 51 m) takes no longer on foot.
_BAND_S = 120.0


def estimate(fixes: Iterable[Fix], home: Home, settings: OutingSettings | None = None) -> tuple[Outing, ...]:
    """The outings that `fixes` (in any order, repeated or not) show, by time."""
    pieces = timeline(fixes, home, settings)
    return tuple(summary(run) for run in _runs(pieces))


def timeline(fixes: Iterable[Fix], home: Home, settings: OutingSettings | None = None) -> tuple[Piece, ...]:
    """The observed time in pieces of being home, out, or unknown, without those too small to count."""
    rules = settings or OutingSettings()
    known = cleaned(fixes, rules.gate_m)
    away = [apart_m(fix.lat, fix.lon, home.lat, home.lon) for fix in known]
    pieces = _pieces(known, _places(known, away, home, rules), away, rules)
    for run in _runs(pieces):
        outing = summary(run)
        if outing.minutes_max < rules.least_minutes or outing.max_distance_m < rules.least_distance_m:
            small = set(run)
            pieces = tuple(_at_home(piece) if piece in small else piece for piece in pieces)
    return pieces


def summary(run: Sequence[Piece]) -> Outing:
    """One outing from its pieces (at least one)."""
    whole = sum(piece.minutes for piece in run)
    seen = sum(piece.minutes for piece in run if piece.observed)
    return Outing(
        start_utc_s=run[0].start_s,
        end_utc_s=run[-1].end_s,
        minutes=sum(piece.best * piece.minutes for piece in run),
        minutes_min=sum(piece.low * piece.minutes for piece in run),
        minutes_max=sum(piece.high * piece.minutes for piece in run),
        coverage=seen / whole if whole > 0.0 else 0.0,
        max_distance_m=max(piece.distance_m for piece in run),
        fixes=len(run) + 1,
    )


def gap(start_s: float, end_s: float, *, ends_out: int, distance_m: float = 0.0) -> Piece:
    """Unknown time by how many of its two ends are out: likely home, half, likely out; never sure."""
    return Piece(start_s, end_s, ends_out / 2.0, 0.0, 1.0, observed=False, distance_m=distance_m)


def _at_home(piece: Piece) -> Piece:
    high = 0.0 if piece.observed else 1.0  # what was not seen stays unknown
    return Piece(piece.start_s, piece.end_s, 0.0, 0.0, high, piece.observed, piece.distance_m)


def _evidence(fix: Fix, away_m: float, home: Home) -> bool | None:
    """Out (True), at home (False), or neither: between the radius and radius + accuracy."""
    if away_m <= home.radius_m:
        return False
    return True if away_m > home.radius_m + fix.accuracy_m else None


def _places(fixes: Sequence[Fix], away: Sequence[float], home: Home, rules: OutingSettings) -> list[bool]:
    """Whether each fix is of being out, with hysteresis: a change is dated back once confirmed."""
    evidence = [_evidence(fix, away_m, home) for fix, away_m in zip(fixes, away, strict=True)]
    out = next((seen for seen in evidence if seen is not None), False)
    places: list[bool] = []
    against: list[int] = []  # fixes that speak for a change, unconfirmed
    for index, seen in enumerate(evidence):
        places.append(out)
        if seen is None:
            continue
        against = [*against, index] if seen is not out else []
        if _confirmed(fixes, against, rules):
            since = _changed_at(fixes, evidence, against[0]) if seen else against[0]
            places[since:] = [seen] * (index + 1 - since)
            out, against = seen, []
    return places


def _confirmed(fixes: Sequence[Fix], against: list[int], rules: OutingSettings) -> bool:
    if len(against) < rules.confirm_fixes:
        return False
    return fixes[against[-1]].utc_s - fixes[against[0]].utc_s >= rules.confirm_s


def _changed_at(fixes: Sequence[Fix], evidence: list[bool | None], first: int) -> int:
    """The fix at which leaving began: the undecided ones just before the first sure one count."""
    index = first
    while (
        index > 0 and evidence[index - 1] is None and fixes[first].utc_s - fixes[index - 1].utc_s <= _BAND_S
    ):
        index -= 1
    return index


def _pieces(
    fixes: Sequence[Fix], places: Sequence[bool], away: Sequence[float], rules: OutingSettings
) -> tuple[Piece, ...]:
    pieces = []
    for (a, a_out, a_away), (b, b_out, b_away) in pairwise(zip(fixes, places, away, strict=True)):
        distance = max(a_away if a_out else 0.0, b_away if b_out else 0.0)
        ends_out = a_out + b_out
        if b.utc_s - a.utc_s > rules.gap_s:
            pieces.append(gap(a.utc_s, b.utc_s, ends_out=ends_out, distance_m=distance))
        else:
            low, high = float(ends_out == 2), float(ends_out > 0)
            share = ends_out / 2.0
            pieces.append(Piece(a.utc_s, b.utc_s, share, low, high, observed=True, distance_m=distance))
    return tuple(pieces)


def _runs(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Pieces of being out that follow each other; a fix at home between two ends the first."""
    runs: list[list[Piece]] = []
    open_run = False
    for piece in pieces:
        if piece.best == 0.0:
            open_run = False
            continue
        # Half a piece is a change of place. Of two in a row the second begins a new outing.
        if open_run and not (piece.best < 1.0 and runs[-1][-1].best < 1.0 and len(runs[-1]) > 1):
            runs[-1].append(piece)
        else:
            runs.append([piece])
        open_run = True
    return runs
