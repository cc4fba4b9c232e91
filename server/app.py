"""The composition root: every part of the server is made here, once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.staticfiles import StaticFiles

from server import api, api_blockages, api_live, problems, uplink
from server.blockages import Blockages
from server.clock import Clock
from server.database import Database, migrate
from server.guard import Guard
from server.hub import Hub
from server.ingest import Ingest
from server.outings import Outings
from server.pages import caregiver, evaluator, login, wearer
from server.parts import Parts
from server.planner import MapPlanner, RoutePlanner
from server.routes import Routes
from server.sessions import Sessions
from server.settings import Settings
from server.trips import Trips

_ROUTERS = (
    api.router,
    api_blockages.router,
    api_live.router,
    uplink.router,
    login.router,
    wearer.router,
    caregiver.router,
    evaluator.router,
)
_STATIC = Path(__file__).parent / "pages" / "static"


def create_app(
    settings: Settings,
    clock: Clock,
    *,
    planner: RoutePlanner | None = None,
) -> FastAPI:
    """The server for `settings`. Makes or upgrades the database; `StoreError` when it cannot."""
    migrate(settings.store_url)
    parts = _parts(settings, clock, planner or MapPlanner(settings.maps))

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await parts.db.close()

    app = FastAPI(
        title="Shirube",
        version="1",
        lifespan=lifespan,
        middleware=[Middleware(Guard, https=settings.https)],
        # FastAPI's own pages load scripts from a third party.
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
    )
    app.state.parts = parts
    problems.install(app)
    app.mount("/static", StaticFiles(directory=_STATIC))
    for router in _ROUTERS:
        app.include_router(router)
    return app


def _parts(settings: Settings, clock: Clock, planner: RoutePlanner) -> Parts:
    db, hub = Database(settings.store_url), Hub()
    blockages = Blockages(db, clock, planner)
    return Parts(
        settings=settings,
        clock=clock,
        db=db,
        hub=hub,
        ingest=Ingest(db, clock, hub),
        sessions=Sessions(db, clock, settings),
        routes=Routes(db, clock, planner, blockages.on_map),
        trips=Trips(db, clock, hub),
        outings=Outings(db),
        blockages=blockages,
    )
