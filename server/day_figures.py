"""What stays of a track when it is deleted: figures of its day, and events without places. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from field_tests.outings.trips import trip_minutes
from server.clock import in_japan
from server.outings import walked_m
from wire.codec import EVENT
from wire.trip import Fell, Moved, Rerouted, Sos, TripStarted

# What stays of a trip: that it began and ended, that another way was taken, that help was called.
SKELETON: Final = ("trip_started", "rerouted", "sos", "fell", "answered", "health_changed", "trip_ended")
WITH_PLACES: Final = ("trip_started", "rerouted", "sos", "fell")
# A device's clock that is further from the server's was not set when the trip began.
_CLOCK_OFF_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What trips add to a day. Minutes, metres; None: positions could not tell. `coverage` 0-1."""

    minutes: float | None = None
    minutes_min: float | None = None
    minutes_max: float | None = None
    coverage: float | None = None
    distance_m: float | None = None


def of_trip(began_utc_s: float, bodies: Sequence[str]) -> tuple[str, Figures]:
    """The day in Japan on which a trip began, and its figures from the bodies of its `moved` events.

    `began_utc_s`: by the server's clock; the day is that of the first movement where the two agree.
    """
    whats = (EVENT.decode(body).what for body in bodies)
    fixes = [what.fix for what in whats if isinstance(what, Moved)]
    measured = trip_minutes(fixes)
    if measured is None:
        return day_of(began_utc_s), Figures()
    agree = abs(measured.start_utc_s - began_utc_s) < _CLOCK_OFF_S
    figures = Figures(
        minutes=measured.minutes,
        minutes_min=measured.minutes_min,
        minutes_max=measured.minutes_max,
        coverage=measured.coverage,
        distance_m=walked_m(fixes),
    )
    return day_of(measured.start_utc_s if agree else began_utc_s), figures


def added(a: Figures, b: Figures) -> Figures:
    """Both together, coverage weighted by time.

    What one of them could not tell is not taken for 0 minutes: the other's figures stand.
    """
    if a.minutes is None or b.minutes is None:
        return b if a.minutes is None else a
    whole_a, whole_b = a.minutes_max or 0.0, b.minutes_max or 0.0
    seen = (a.coverage or 0.0) * whole_a + (b.coverage or 0.0) * whole_b
    return Figures(
        minutes=a.minutes + b.minutes,
        minutes_min=(a.minutes_min or 0.0) + (b.minutes_min or 0.0),
        minutes_max=whole_a + whole_b,
        coverage=seen / (whole_a + whole_b) if whole_a + whole_b > 0.0 else 0.0,
        distance_m=(a.distance_m or 0.0) + (b.distance_m or 0.0),
    )


def without_places(body: str) -> str:
    """An event of the skeleton, without where it was and without its route."""
    event = EVENT.decode(body)
    match event.what:
        case TripStarted() | Rerouted() as what:
            return EVENT.encode(replace(event, what=replace(what, route=None)))
        case Sos() | Fell() as cry:
            blank = replace(cry, lat=None, lon=None, accuracy_m=None, fix_utc_s=None)
            return EVENT.encode(replace(event, what=blank))
    return body


def day_of(utc_s: float) -> str:
    """`2026-11-22`: the day in Japan."""
    return in_japan(utc_s).strftime("%Y-%m-%d")


def midnight_after(utc_s: float) -> float:
    """When that day in Japan is over, UTC seconds."""
    local = in_japan(utc_s).replace(hour=0, minute=0, second=0, microsecond=0)
    return (local + timedelta(days=1)).timestamp()
