"""Walks through the rules, and through naive ones beside them: false alerts an hour, misses and delays."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Final

from server.alerts.bench.naive import Naive
from server.alerts.bench.scenes import SCENES, Played, Truth, play
from server.alerts.rule_still import STEP_S
from server.alerts.rules import look, next_alerts, step
from server.alerts.watched import Effect, Known, Open, Raise, Trip, Watch, new_watch
from server.alerts.words import Kind
from server.trips import Stored
from wire.trip import Fell, Happening, Moved, TripEvent, TripStarted

KINDS: Final[tuple[Kind, ...]] = (
    "not_moving", "off_route", "zone_enter", "zone_leave", "no_contact", "fell",
)  # fmt: skip
_EARLY_S: Final = 30.0  # noise may carry somebody over a border before they walk over it
Told = tuple[float, Kind, str]  # when, what, which zone


@dataclass(slots=True)
class Tally:
    """Of one kind: alerts without anything true behind them, true things, those missed, delays in seconds."""

    false: int = 0
    real: int = 0
    missed: int = 0
    delays_s: list[float] = field(default_factory=list)

    def figures(self, hours: float) -> dict[str, object]:
        """For the table and for JSON; rates an hour of walking."""
        return {
            "false_per_hour": round(self.false / hours, 3) if hours else None,
            "false": self.false,
            "real": self.real,
            "missed": self.missed,
            "delay_s": round(median(self.delays_s), 1) if self.delays_s else None,
            "delay_most_s": round(max(self.delays_s), 1) if self.delays_s else None,
        }


Tallies = dict[Kind, Tally]


@dataclass(slots=True)
class Compared:
    """Ours and the naive rules on the same walks."""

    hours: float = 0.0
    ours: Tallies = field(default_factory=lambda: defaultdict(Tally))
    naive: Tallies = field(default_factory=lambda: defaultdict(Tally))

    def add(self, walk: Played) -> None:
        """One more walk."""
        self.hours += walk.hours
        count(self.ours, told_by_rules(walk), walk.truths)
        naive = Naive(walk.line, walk.zones)
        for second in walk.seconds:
            naive.second(second.utc_s, second.fix, contact=second.contact)
        count(self.naive, naive.told, walk.truths)

    def figures(self) -> dict[str, object]:
        """All kinds."""
        return {
            "hours": round(self.hours, 2),
            "kinds": {
                kind: {
                    "rules": self.ours[kind].figures(self.hours),
                    # There is nothing to be naive about in a fall: the device tells it.
                    "naive": None if kind == "fell" else self.naive[kind].figures(self.hours),
                }
                for kind in KINDS
                if kind in self.ours or kind in self.naive
            },
        }


def count(tallies: Tallies, told: Iterable[Told], truths: Sequence[Truth]) -> None:
    """Match what was told with what was true: the first that fits counts, every other one is false."""
    left = list(truths)
    for truth in truths:
        tallies[truth.kind].real += 1
    for at_s, kind, zone in told:
        fits = [one for one in left if _fits(one, at_s, kind, zone)]
        if fits:
            left.remove(fits[0])
            tallies[kind].delays_s.append(at_s - fits[0].begin_s)
        elif not any(_fits(one, at_s, kind, zone) for one in truths):
            tallies[kind].false += 1
        elif kind.startswith("zone"):
            tallies[kind].false += 1  # told again, of one crossing
    for truth in left:
        tallies[truth.kind].missed += 1


def _fits(truth: Truth, at_s: float, kind: Kind, zone: str) -> bool:
    return (truth.kind, truth.zone) == (kind, zone) and truth.begin_s - _EARLY_S <= at_s <= truth.end_s


def told_by_rules(walk: Played) -> list[Told]:
    """What the rules raise on a walk. Of a fall and of standing: when the wearer is asked."""
    trip = Trip("trip", "wearer", "device", walk.seconds[0].utc_s)
    watch = replace(new_watch(trip, walk.line), grounds=walk.zones)
    told: list[Told] = []
    seq, sampled_s = 0, 0.0
    falls = list(walk.falls_s)
    for second in walk.seconds:
        now_s = second.utc_s
        what: list[Happening] = []
        if falls and now_s >= falls[0] and second.contact:
            what.append(Fell())
            falls.pop(0)
        if second.contact and seq == 0:
            what.append(TripStarted(route_id=None, practice=False))
        if second.contact and second.fix is not None and now_s - sampled_s >= STEP_S:
            what.append(Moved(fix=second.fix))
            sampled_s = now_s
        for one in what:
            seq += 1
            event = TripEvent(boot="b", seq=seq, trip_id="trip", utc_s=now_s, what=one)
            watch = step(watch, Stored(seq, now_s, event, (1, seq), 0.0))
        if what or now_s % STEP_S < 1.0:
            effects = look(watch, now_s)
            watch = _written(watch, effects, now_s)
            told += [_told(one, now_s) for one in effects if isinstance(one, Raise)]
    return told


def _told(effect: Raise, now_s: float) -> Told:
    zone = str(effect.key.rpartition(".")[0]) if effect.kind.startswith("zone") else ""
    return now_s, effect.kind, zone


def _written(watch: Watch, effects: Sequence[Effect], now_s: float) -> Watch:
    changed = []
    for effect in effects:
        if isinstance(effect, Raise):
            state = "asking" if effect.ask else "open"
            known = Known(effect.key, effect.kind, effect.key, state, now_s, now_s, effect.at_s)
            changed.append(known)
        else:
            state = "open" if isinstance(effect, Open) else "over"
            changed.append(replace(effect.known, state=state, changed_s=now_s))
    return next_alerts(watch, changed) if changed else watch


def on_logs(walks: Iterable[Played]) -> dict[str, object]:
    """Recorded walks and receivers at rest."""
    compared = Compared()
    for walk in walks:
        compared.add(walk)
    return compared.figures()


def simulated(noises_m: Sequence[float], walks: int, seed: int) -> dict[str, object]:
    """`walks` of each scene with each noise."""
    found: dict[str, object] = {}
    for noise_m in noises_m:
        compared = Compared()
        for scene in SCENES:
            for number in range(walks):
                compared.add(play(scene, noise_m, 1000 * seed + number))
        found[f"{noise_m:g}"] = compared.figures()
    return found
