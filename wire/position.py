"""Where the wearer was, as a receiver said it."""

from typing import Annotated, Literal

from pydantic import Field

from wire.base import message

Latitude = Annotated[float, Field(ge=-90.0, le=90.0)]
Longitude = Annotated[float, Field(ge=-180.0, le=180.0)]
# nmea: a receiver's log; serial: a receiver on a line. gpsd, serial and phone tell where someone is now.
Source = Literal["gpsd", "serial", "phone", "nmea", "replay"]


@message
class Fix:
    """One position fix (WGS 84).

    `accuracy_m` is the radius that holds the truth 68 % of the time (1-D sigma x 1.51 for a
    circular normal error), as the receiver estimates it. Course is degrees clockwise from true
    north, or None where the receiver gives none (standing still).
    """

    utc_s: float
    lat: Latitude
    lon: Longitude
    accuracy_m: Annotated[float, Field(gt=0.0)]
    speed_mps: Annotated[float, Field(ge=0.0)] | None = None
    course_deg: Annotated[float, Field(ge=0.0, lt=360.0)] | None = None
    source: Source = "gpsd"
