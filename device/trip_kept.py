"""The trip that is under way, kept on the disk by a thread of its own: it goes on after a restart."""

import logging
from dataclasses import replace
from pathlib import Path
from typing import Final

from device.kept_files import Keeper
from device.planning.underway import TripUnderWay, as_text, read_trip
from device.senses import BeginTrip
from wire.route import Route

_log = logging.getLogger(__name__)

# A trip that cannot be gone on with must not end guidance again and again: after so many starts that each
# lasted less than a minute it is let go.
TRIES: Final = 3


class KeptTrips:
    """`device.worn.Trips` in one file."""

    def __init__(self, path: Path, keeper: Keeper) -> None:
        self._path, self._keeper = path, keeper
        self._tries_file = path.with_suffix(".tries")
        self._trip: TripUnderWay | None = None

    def resumed(self, utc_s: float) -> BeginTrip | None:
        """The trip to go on with, if there is one."""
        trip = read_trip(self._path, utc_s)
        if trip is None:
            return None
        tries = self._tries() + 1
        if tries > TRIES:
            _log.error("the trip %s could not be gone on with %d times: it is let go", trip.trip_id, TRIES)
            self.ended()
            return None
        self._keeper.keep(self._tries_file, f"{tries}\n")
        self._trip = trip
        return BeginTrip(trip.trip_id, trip.route, resumed=True, shared=trip.shared)

    def begun(self, begin: BeginTrip, utc_s: float) -> None:
        """Keep it."""
        if begin.resumed:
            return
        self._keep(
            TripUnderWay(trip_id=begin.trip_id, route=begin.route, began_utc_s=utc_s, shared=begin.shared)
        )

    def rerouted(self, route: Route) -> None:
        """It follows another route."""
        if self._trip is not None:
            self._keep(replace(self._trip, route=route, leg=self._trip.leg + 1))

    def steady(self) -> None:
        """Guidance has lasted: the starts before are forgotten."""
        self._keeper.drop(self._tries_file)

    def ended(self) -> None:
        """Forget it."""
        self._trip = None
        self._keeper.drop(self._path)
        self._keeper.drop(self._tries_file)

    def _keep(self, trip: TripUnderWay) -> None:
        self._trip = trip
        self._keeper.keep(self._path, as_text(trip))

    def _tries(self) -> int:
        try:
            return int(self._tries_file.read_text())
        except (OSError, ValueError):
            return 0
