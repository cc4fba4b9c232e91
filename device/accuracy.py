"""One meaning of accuracy: the radius that holds the truth 68 % of the time (`wire.position.Fix`).

Receivers tell their error in other ways: sigmas along the axes (GST), a 95 % radius (gpsd), or only
the geometry of the satellites (HDOP). For a circular normal error with sigma s on each axis, the
radius that holds a share p is s * sqrt(-2 ln(1 - p)) (Rayleigh distribution).
"""

import math

RADIUS_68 = math.sqrt(-2.0 * math.log(1.0 - 0.68))  # 1.510 sigma
RADIUS_95 = math.sqrt(-2.0 * math.log(1.0 - 0.95))  # 2.448 sigma
AXIS_95 = 1.960  # two-sided 95 % of a normal error on one axis, in sigma

# User equivalent range error, one sigma, single-frequency civil GPS (Kaplan and Hegarty, Understanding
# GPS, 2nd ed., table 7.3: 7.1 m). No smaller number for differential fixes: what differs most between
# a street and an open field is multipath, and no correction service removes it.
UERE_SIGMA_M = 7.1
# A receiver that tells no geometry at all is taken for a poor one (HDOP 5: few or badly placed satellites).
UNKNOWN_HDOP = 5.0
# What a phone's receiver does under the open sky (GPS.gov). Between houses multipath stays, whatever
# corrections are used: who tells less does not know the street.
LEAST_IN_A_STREET_M = 4.9


def from_sigmas(east_m: float, north_m: float) -> float:
    """68 % radius in metres from one-sigma errors on two axes."""
    return RADIUS_68 * math.sqrt((east_m**2 + north_m**2) / 2.0)


def from_hdop(hdop: float | None) -> float:
    """68 % radius in metres from the dilution of precision; None: the receiver tells none.

    HDOP times UERE is the root of the summed variances of both axes.
    """
    both_axes_m = (hdop if hdop is not None else UNKNOWN_HDOP) * UERE_SIGMA_M
    return RADIUS_68 * both_axes_m / math.sqrt(2.0)


def from_axes_95(east_m: float, north_m: float) -> float:
    """68 % radius in metres from 95 % errors on two axes."""
    return from_sigmas(east_m / AXIS_95, north_m / AXIS_95)


def from_browser(told_m: float) -> float:
    """68 % radius in metres from a browser's `coords.accuracy`: as told, and not below what a street allows.

    W3C asks for a 95 % radius, which would be 1.62 times this one. Android tells a 68 % radius
    (`Location.getAccuracy`), Apple does not say which, and browsers pass on what they are told: made smaller,
    it would claim what nobody measured.
    """
    return max(told_m, LEAST_IN_A_STREET_M)


def from_radius_95(radius_m: float) -> float:
    """68 % radius in metres from a 95 % radius."""
    return radius_m * RADIUS_68 / RADIUS_95
