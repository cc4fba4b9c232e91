"""What the guidance part is put together from: its clock, the recorder, the planners, the settings."""

import contextlib
import logging
import secrets
from collections.abc import Callable
from contextlib import ExitStack

from device import config_uris as uris
from device.clocks import SystemClock
from device.companion import Companion
from device.companion_state import CompanionState
from device.config import DeviceConfig, WearerConfig
from device.errors import RecordError, UplinkError
from device.kept_files import Keeper
from device.parts.messages import RecordBegin
from device.parts.remote import RemoteLog
from device.planning.asking import ThreadedPlanner
from device.planning.child import ChildPlanner
from device.planning.closed import ClosedMemory
from device.planning.local import Carried, LocalPlans, broken_answer
from device.positions import is_live
from device.recorder import HeldLines, RunRecorder
from device.rerouter import ClosedReports, Rerouter
from device.run_keeping import next_run
from device.run_settings import settings_to
from device.senses import (
    AroundAnswer,
    AroundWanted,
    BeginTrip,
    PlanAnswer,
    PlanWanted,
    Senses,
    Settings,
    Turn,
)
from device.server_client import ServerClient
from device.true_time import LogClock
from wire.position import Fix
from wire.route import MapSource, Name, Place, Route, Stretch, StretchKind
from wire.trip import Happening, HealthChanged

_log = logging.getLogger(__name__)

MapPlanner = ThreadedPlanner[PlanWanted | AroundWanted, PlanAnswer | AroundAnswer]


class WalkClock:
    """A `Clock` whose UTC never jumps, and is corrected by what satellites or NTP say."""

    def __init__(self, system: SystemClock) -> None:
        self._system = system
        self._log = LogClock(system.now_s(), system.utc_s())

    def now_s(self) -> float:
        """Monotonic seconds."""
        return self._system.now_s()

    def utc_s(self) -> float:
        """UTC for the log."""
        return self._log.utc_s(self._system.now_s())

    def correct(self, at_s: float, utc_s: float) -> None:
        """It was truly `utc_s` at `at_s`."""
        self._log.correct(at_s, utc_s)

    def corrections(self) -> tuple[Happening, ...]:
        """For the log: who reads it knows then that everything before is off by so much."""
        return tuple(
            HealthChanged(part="board", health="warn", detail=f"the clock was corrected by {by_s:+.1f} s")
            for by_s in self._log.corrections()
        )


class Recorder:
    """A run that ends where the log part fell: what came later could not be replayed. Guidance goes on."""

    def __init__(self, run: RunRecorder) -> None:
        self._run: RunRecorder | None = run

    def senses(self, senses: Senses) -> None:
        """What came in."""
        if self._run is not None:
            try:
                self._run.senses(senses)
            except RecordError as error:
                _log.warning("%s", error)
                self._run = None

    def turn(self, now_s: float, turn: Turn) -> None:
        """What came out."""
        if self._run is not None:
            with contextlib.suppress(RecordError):  # noticed at the next step
                self._run.turn(now_s, turn)


def settings_of(config: DeviceConfig, wearer: WearerConfig) -> Settings:
    """What the companion needs to know of the configuration."""
    return Settings(
        lang=wearer.lang,
        verbosity=wearer.verbosity,
        clock=wearer.directions == "clock",
        camera=config.camera.source != "none:",
        reroute=config.map is not None,
        rate=wearer.rate,
        volume_db=wearer.volume_db,
        places=tuple(
            Place(name=Name(ja=spot.name_ja, en=spot.name_en), lat=spot.lat, lon=spot.lon)
            for spot in config.places
        ),
        phone=config.camera.source.startswith("glasses:"),
        server=config.server.url is not None,
        silent=tuple(uris.days(span) for span in wearer.silent),
    )


def warm_up() -> None:
    """Follow a route of one corner for a step, before anybody waits for the first of a real one.

    What is loaded or compiled at its first use would hold up a tick for a second, and for many where nothing
    that was compiled is kept on the disk.
    """
    here, corner, there = (33.2334, 131.6066), (33.2340, 131.6066), (33.2340, 131.6073)
    place = Place(name=Name(ja="-"), lat=there[0], lon=there[1])
    route = Route(
        route_id="warm-up",
        source=MapSource(name="-", practice=False, attribution="-"),
        walker="cane",
        origin=place,
        destination=place,
        points=(here, corner, there),
        stretches=(Stretch(first=0, last=2, kind=StretchKind.SIDEWALK),),
        length_m=132.0,
        duration_s=132.0,
    )
    companion = Companion(None, Settings(camera=False))
    fix = Fix(utc_s=0.0, lat=here[0], lon=here[1], accuracy_m=5.0, speed_mps=1.2, course_deg=0.0)
    companion.step(CompanionState(), Senses(0.0, 0.0, fixes=(fix,), begin=BeginTrip("warm-up", route)))


def recorder(config: DeviceConfig, settings: Settings, utc_s: float, log: RemoteLog) -> Recorder | None:
    """Begins a run in the folder of the configuration; None: nothing is to be recorded."""
    folder = config.record.folder
    if folder is None:
        return None
    log.begin_recording(RecordBegin(str(next_run(folder, utc_s)), None, settings_to(settings)))
    return Recorder(RunRecorder(HeldLines(log.record)))


def planners(
    config: DeviceConfig, wearer: WearerConfig, keeper: Keeper, ends: ExitStack
) -> tuple[MapPlanner, Rerouter]:
    """Who plans and looks on the device's map, and who plans anew; `ends` ends both."""
    child = ChildPlanner()
    closed = ClosedMemory(config.closed_file, keeper.keep, lambda: secrets.token_hex(16))
    carried = Carried(config.map, wearer.walker, live=is_live(config.position.source))
    plans = LocalPlans(carried, child, closed, look=child.around)
    planner: MapPlanner = ThreadedPlanner(plans.answer, broken_answer, stop=child.close)
    rerouter = Rerouter(plans.reroute, afterwards=_reports(config, closed, ends))
    ends.callback(planner.close)
    ends.callback(rerouter.close)
    return planner, rerouter


def _reports(config: DeviceConfig, closed: ClosedMemory, ends: ExitStack) -> Callable[[], None]:
    """Tells the server of closed places, where there is one, by the name of the device's map."""
    url, key_file = config.server.url, config.server.key_file
    if url is None or key_file is None or config.map is None:
        return lambda: None
    try:
        client = ServerClient(url, key_file.read_text().strip())
    except (OSError, UplinkError) as error:
        _log.warning("closed places are not told to the server: %s", error)
        return lambda: None
    ends.callback(client.close)
    return ClosedReports(client, config.map.stem, closed)
