"""Where true north is, for who asks a compass in Japan. Pure."""

from typing import Final

# Where the formula holds: the four main islands, and a margin.
_LAT: Final = (24.0, 46.5)
_LON: Final = (122.0, 149.0)


def declination_deg(lat: float, lon: float) -> float | None:
    """How far east of true north a compass points there (in Japan it is west: negative); None outside Japan.

    The quadratic approximation of the Geospatial Information Authority of Japan, values of 2015.0, which is
    good to about half a degree; the field has turned west by another half degree since.
    """
    if not (_LAT[0] <= lat <= _LAT[1] and _LON[0] <= lon <= _LON[1]):
        return None
    north, east = lat - 37.0, lon - 138.0
    west_minutes = (
        477.201
        + 18.750 * north
        - 6.761 * east
        - 0.059 * north * north
        - 0.014 * north * east
        - 0.579 * east * east
    )
    return -west_minutes / 60.0


def true_heading_deg(magnetic_deg: float, lat: float, lon: float) -> float | None:
    """A compass's heading from true north, 0 to 360; None where the declination is not known."""
    east = declination_deg(lat, lon)
    return None if east is None else (magnetic_deg + east) % 360.0
