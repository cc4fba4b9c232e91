"""The composition root: every part of the server is made here, once."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.middleware import Middleware

from server import (
    api,
    api_account,
    api_alerts,
    api_blockages,
    api_channels,
    api_consent,
    api_devices,
    api_following,
    api_health,
    api_live,
    api_map,
    api_own_data,
    api_people,
    api_places,
    api_relations,
    api_trials,
    api_trips,
    api_uplink,
    api_walk,
    api_zones,
    notify,
    problems,
    uplink,
)
from server.alerts.senders.base import ChannelKind, Sender
from server.alerts.telling import telling_parts
from server.alerts.watch import Watcher
from server.api_document import document
from server.attempts import Attempts
from server.background import Background, Job
from server.blockages import Blockages
from server.clock import Clock
from server.connected import Connected
from server.contacts import Contacts
from server.database import Database, migrate
from server.devices import Devices
from server.front import Front
from server.garbage import Collector
from server.guard import Guard
from server.health import (
    Check,
    Health,
    disk_has_room,
    hears_the_others,
    key_is_there,
    schema_is_ours,
    store_answers,
)
from server.hub import Hub
from server.ingest import Ingest
from server.invitations import Invitations
from server.late_routes import WorkedOut
from server.links import Links
from server.lookout import Lookout, people_are_told, watch_is_awake
from server.map_jobs import MapJobs
from server.metrics import Metrics
from server.notices import NoticeBoard
from server.only_one import OnlyOne
from server.outings import Outings
from server.own_days import OwnDays
from server.pages import (
    administrator,
    caregiver,
    evaluator,
    front_end,
    ground,
    login,
    own_account,
    preferences,
    records,
    shared,
    shell,
    steps,
    wearer,
)
from server.pages import alerts as page_alerts
from server.pages import channels as page_channels
from server.pages import consents as page_consents
from server.pages import links as page_links
from server.pages import maps as page_maps
from server.pages import outings as page_outings
from server.pages import own_data as page_own_data
from server.pages import people as page_people
from server.pages import places as page_places
from server.pages import trials as page_trials
from server.pages import walk as page_walk
from server.pages.packed import PackedFiles
from server.pages.readied import Readied
from server.pairing import Pairing
from server.parts import Parts
from server.people import People
from server.planner import MapPlanner, RoutePlanner
from server.privacy import make_privacy
from server.rates import RateLimit
from server.recent import Recent
from server.routes import Routes
from server.sealing import sealer_from
from server.second_factor import SecondFactor
from server.sessions import Sessions
from server.settings import Settings
from server.tail import Tail
from server.trial_results import TrialResults
from server.trips import Trips
from server.viewing import Viewing
from server.watch_rights import WatchRights
from server.zones import Zones

ROUTERS = (
    api.router,
    api_blockages.router,
    api_live.router,
    api_following.router,
    api_map.router,
    api_trips.router,
    api_health.router,
    api_uplink.router,
    api_walk.router,
    api_alerts.router,
    api_channels.router,
    api_consent.router,
    api_own_data.router,
    api_places.router,
    api_zones.router,
    uplink.router,
    api_account.router,
    api_people.router,
    api_devices.router,
    api_relations.router,
    api_trials.router,
    login.router,
    steps.router,
    own_account.router,
    page_people.router,
    administrator.router,
    ground.router,
    records.router,
    wearer.router,
    caregiver.router,
    page_alerts.router,
    page_channels.router,
    page_links.router,
    shared.router,
    evaluator.router,
    page_trials.router,
    page_consents.router,
    page_own_data.router,
    page_places.router,
    page_walk.router,
    page_maps.router,
    page_outings.router,
    preferences.router,
    shell.router,
)
_STATIC = Path(__file__).parent / "pages" / "static"


def create_app(
    settings: Settings,
    clock: Clock,
    *,
    planner: RoutePlanner | None = None,
    senders: Mapping[ChannelKind, Sender] | None = None,
) -> FastAPI:
    """The server for `settings`. Makes or upgrades the database; `StoreError` when it cannot."""
    migrate(settings.store_url)
    parts = _parts(settings, clock, planner or MapPlanner(settings.maps), senders)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        parts.background.start()
        yield
        await parts.background.stop()
        await parts.db.close()

    app = _Server(
        title="Shirube",
        version="1",
        lifespan=lifespan,
        middleware=[
            Middleware(
                Front,
                guard=Guard(https=settings.https),
                limit=RateLimit(clock=clock, metrics=parts.metrics),
                metrics=parts.metrics,
            ),
        ],
        # FastAPI's own pages load scripts from a third party.
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        # Not included one by one: FastAPI would work every endpoint out once more.
        routes=[route for router in ROUTERS for route in router.routes],
    )
    app.state.parts = parts
    problems.install(app)
    if front_end.VENDOR.is_dir():
        app.mount(front_end.ADDRESS, front_end.KeptFiles(directory=front_end.VENDOR))
    app.mount("/static", PackedFiles(directory=_STATIC))
    return app


class _Server(FastAPI):
    def openapi(self) -> dict[str, Any]:
        """Made when it is first asked for: a start does not wait for it."""
        if not self.openapi_schema:
            https = self.state.parts.settings.https
            self.openapi_schema = document(ROUTERS, title=self.title, version=self.version, https=https)
        return self.openapi_schema


def _parts(
    settings: Settings,
    clock: Clock,
    planner: RoutePlanner,
    senders: Mapping[ChannelKind, Sender] | None,
) -> Parts:
    db, hub = Database(settings.store_url), Hub()
    blockages = Blockages(db, clock, planner)
    metrics = Metrics()
    attempts, contacts, connected = Attempts(db, clock, metrics), Contacts(db, clock), Connected(db, hub)
    metrics.uplinks.set_function(connected.count)
    sealer = sealer_from(settings.sealing_key_file)
    turn = OnlyOne(db, "escalation")
    alerts = telling_parts(db, clock, hub, sealer, settings.telling, turn, senders, metrics)
    sessions = Sessions(db, clock, settings, attempts, sealer)
    recent = Recent()
    tail = Tail(db, clock, hub, recent)
    viewing = Viewing(db, clock, hub, tail, metrics.viewers.set)
    privacy = make_privacy(db, clock, hub, settings, sealer, planner)
    watcher = Watcher(db, clock, hub, OnlyOne(db, "alerts"), metrics, recent)
    wakers = notify.jobs(db, hub)
    health = _health(settings, db, clock, wakers)
    maps = MapJobs(db, clock, settings, OnlyOne(db, "maps"))
    jobs = (
        *wakers,
        contacts,
        connected,
        watcher,
        alerts.escalation,
        alerts.delivery,
        tail,
        viewing,
        *privacy.jobs,
        maps,
        Collector(),
        Readied(),
        WorkedOut(route for router in ROUTERS for route in router.routes),
        Lookout(db, clock, health, metrics),
    )
    background = Background(clock, jobs)
    metrics.watch(background)
    health.watch(background, clock)
    return Parts(
        settings=settings,
        clock=clock,
        db=db,
        hub=hub,
        ingest=Ingest(db, clock, hub, metrics, recent),
        board=NoticeBoard(db, clock),
        attempts=attempts,
        sessions=sessions,
        second_factor=SecondFactor(db, clock, sealer, attempts),
        contacts=contacts,
        connected=connected,
        devices=Devices(db, clock),
        pairing=Pairing(db, clock, attempts),
        invitations=Invitations(db, clock, attempts),
        people=People(db, clock, hub),
        routes=Routes(db, clock, planner, blockages.on_map),
        trips=Trips(db, clock, hub),
        viewing=viewing,
        watch_rights=WatchRights(db, sessions),
        zones=Zones(db, clock, hub),
        links=Links(db, clock, hub),
        outings=Outings(db),
        own_days=OwnDays(db),
        trial_results=TrialResults(db, clock),
        blockages=blockages,
        maps=maps,
        sealer=sealer,
        alerts=alerts,
        privacy=privacy,
        background=background,
        metrics=metrics,
        health=health,
    )


def _health(settings: Settings, db: Database, clock: Clock, wakers: Iterable[Job]) -> Health:
    needed: dict[str, Check] = {"store": store_answers(db), "schema": schema_is_ours(db)}
    if db.address.path is not None:
        needed["disk"] = disk_has_room(db.address.path)
    beside: dict[str, Check] = {
        "key": key_is_there(settings.sealing_key_file),
        "alerts": watch_is_awake(db, clock),
        "messages": people_are_told(db, clock),
    }
    for job in wakers:
        if isinstance(job, notify.Listener):
            beside["others"] = hears_the_others(job)
    return Health(needed, beside)
