"""Whether it is dark: the sun's height over a place. Pure."""

import math
from datetime import UTC, datetime

# Civil twilight ends 6 degrees below the horizon; with low vision the light fails earlier.
_DARK_BELOW_DEG = -3.0
_J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)


def sun_height_deg(at: datetime, lat: float, lon: float) -> float:
    """Degrees above the horizon, right to about 0.1 (Astronomical Almanac's low-precision formula)."""
    days = (at.astimezone(UTC) - _J2000).total_seconds() / 86_400.0
    mean = math.radians((357.529 + 0.985_600_28 * days) % 360.0)
    longitude = 280.459 + 0.985_647_36 * days + 1.915 * math.sin(mean) + 0.020 * math.sin(2.0 * mean)
    ecliptic = math.radians(longitude % 360.0)
    tilt = math.radians(23.439 - 0.000_000_36 * days)
    declination = math.asin(math.sin(tilt) * math.sin(ecliptic))
    ascension = math.degrees(math.atan2(math.cos(tilt) * math.sin(ecliptic), math.cos(ecliptic)))
    sidereal = (280.460_618_37 + 360.985_647_366_29 * days) % 360.0
    hour = math.radians(sidereal + lon - ascension)
    here = math.radians(lat)
    sine = math.sin(here) * math.sin(declination) + math.cos(here) * math.cos(declination) * math.cos(hour)
    return math.degrees(math.asin(sine))


def dark(at: datetime, lat: float, lon: float) -> bool:
    """Whether street lights matter at `at` (aware)."""
    return sun_height_deg(at, lat, lon) < _DARK_BELOW_DEG
