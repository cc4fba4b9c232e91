"""Paths that somebody reported closed, and which reports hold at an hour. Pure.

A blockage is a report, not a fact of the map: it makes a link dear, never impassable (`routing.closures`),
and it expires.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

# A sidewalk's width and the error of a point pressed on the spot; less than to the other side of a street.
RADIUS_M = 8.0


@dataclass(frozen=True, slots=True)
class Blockage:
    """A circle that cannot be walked, in degrees and metres; in force until `expires_utc_s`."""

    lat: float
    lon: float
    reported_utc_s: float
    expires_utc_s: float
    radius_m: float = RADIUS_M
    note: str | None = None


def active(blockages: Iterable[Blockage], at: datetime) -> tuple[Blockage, ...]:
    """Those in force at `at` (aware).

    One that was reported later is in force too: who plans for a moment ago must not be led into it.
    """
    if at.tzinfo is None:
        raise ValueError("the time of a walk needs a time zone")
    return tuple(blockage for blockage in blockages if at.timestamp() < blockage.expires_utc_s)
