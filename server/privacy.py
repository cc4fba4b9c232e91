"""The parts of the server that are about one's own data, made together."""

from dataclasses import dataclass

from server.attempts import Attempts
from server.background import Job
from server.blurred_maps import BlurredMaps
from server.clock import Clock
from server.consents import Consents
from server.database import Database
from server.erasure import Erasures
from server.exports import Exports
from server.hub import Hub
from server.only_one import OnlyOne
from server.outings import Outings
from server.places_saved import SavedPlaces
from server.planner import RoutePlanner
from server.retention import Retention
from server.sealing import Sealer
from server.settings import Settings


@dataclass(frozen=True, slots=True)
class Privacy:
    """What one may do with one's own data, and what happens to it by itself."""

    consents: Consents
    places: SavedPlaces
    maps: BlurredMaps
    exports: Exports
    erasures: Erasures
    retention: Retention

    @property
    def jobs(self) -> tuple[Job, ...]:
        """What goes on in the background."""
        return (self.retention, self.erasures)


def make_privacy(
    db: Database, clock: Clock, hub: Hub, settings: Settings, sealer: Sealer, planner: RoutePlanner
) -> Privacy:
    """All of it, over one store."""
    return Privacy(
        consents=Consents(db, clock, hub),
        places=SavedPlaces(db, clock, planner.require),
        maps=BlurredMaps(db, sealer),
        exports=Exports(db, clock, Outings(db), sealer, Attempts(db, clock)),
        erasures=Erasures(db, clock, hub, settings, OnlyOne(db, "erasure")),
        retention=Retention(db, clock, settings, OnlyOne(db, "retention")),
    )
