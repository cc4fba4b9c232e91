"""The parts of one running server, made once by `app.create_app` and passed down."""

from dataclasses import dataclass

from starlette.requests import HTTPConnection

from server.alerts.telling import TellingParts
from server.attempts import Attempts
from server.background import Background
from server.blockages import Blockages
from server.clock import Clock
from server.connected import Connected
from server.contacts import Contacts
from server.database import Database
from server.devices import Devices
from server.health import Health
from server.hub import Hub
from server.ingest import Ingest
from server.invitations import Invitations
from server.links import Links
from server.map_jobs import MapJobs
from server.metrics import Metrics
from server.notices import NoticeBoard
from server.outings import Outings
from server.own_days import OwnDays
from server.pairing import Pairing
from server.people import People
from server.privacy import Privacy
from server.routes import Routes
from server.sealing import Sealer
from server.second_factor import SecondFactor
from server.sessions import Sessions
from server.settings import Settings
from server.trial_results import TrialResults
from server.trips import Trips
from server.viewing import Viewing
from server.watch_rights import WatchRights
from server.zones import Zones


@dataclass(frozen=True, slots=True)
class Parts:
    """What an endpoint may use."""

    settings: Settings
    clock: Clock
    db: Database
    hub: Hub
    ingest: Ingest
    board: NoticeBoard
    attempts: Attempts
    sessions: Sessions
    second_factor: SecondFactor
    contacts: Contacts
    connected: Connected
    devices: Devices
    pairing: Pairing
    invitations: Invitations
    people: People
    routes: Routes
    trips: Trips
    viewing: Viewing
    watch_rights: WatchRights
    zones: Zones
    links: Links
    outings: Outings
    own_days: OwnDays
    trial_results: TrialResults
    blockages: Blockages
    maps: MapJobs
    sealer: Sealer
    alerts: TellingParts
    privacy: Privacy
    background: Background
    metrics: Metrics
    health: Health


def parts_of(connection: HTTPConnection) -> Parts:
    """The parts of the server that the request came to."""
    parts = connection.app.state.parts
    assert isinstance(parts, Parts)  # noqa: S101  (the composition root put it there)
    return parts
