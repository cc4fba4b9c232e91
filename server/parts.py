"""The parts of one running server, made once by `app.create_app` and passed down."""

from dataclasses import dataclass

from starlette.requests import HTTPConnection

from server.blockages import Blockages
from server.clock import Clock
from server.database import Database
from server.hub import Hub
from server.ingest import Ingest
from server.outings import Outings
from server.routes import Routes
from server.sessions import Sessions
from server.settings import Settings
from server.trips import Trips


@dataclass(frozen=True, slots=True)
class Parts:
    """What an endpoint may use."""

    settings: Settings
    clock: Clock
    db: Database
    hub: Hub
    ingest: Ingest
    sessions: Sessions
    routes: Routes
    trips: Trips
    outings: Outings
    blockages: Blockages


def parts_of(connection: HTTPConnection) -> Parts:
    """The parts of the server that the request came to."""
    parts = connection.app.state.parts
    assert isinstance(parts, Parts)  # noqa: S101  (the composition root put it there)
    return parts
