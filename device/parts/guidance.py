"""The guidance part: one session for as long as the device is worn, over the other parts.

Nothing in its loop waits: not for a camera, a model, a receiver, a voice, a disk or a network.
"""

import logging
import secrets
import select
import time
from contextlib import ExitStack
from typing import Final

from device.battery import Batteries
from device.clocks import SystemClock
from device.companion import Companion
from device.controls.sources import AllButtons, all_buttons
from device.faultbook import of_parts
from device.kept_files import Keeper
from device.notices_kept import KeptNotices
from device.parts.guidance_setup import MapPlanner, WalkClock, planners, recorder, settings_of, warm_up
from device.parts.messages import Tune
from device.parts.part import Part
from device.parts.remote import RemoteEyes, RemoteLog, RemoteMouth, RemotePosition
from device.parts.telling import LogTold, PartsTold, PhoneButtons, PhoneTold
from device.remembered import Remembered, applied, as_text, read_remembered
from device.rerouter import Rerouter
from device.senses import Choices, Say, Settings
from device.session import Ports, Session, Tick
from device.thermal import SysfsHeat
from device.trip_kept import KeptTrips
from device.worn import Surroundings, Worn
from wire.trip import Announced

_log = logging.getLogger(__name__)

TICK_S: Final = 0.05
_LEAST_S: Final = 0.002  # between two ticks: a recording tells them apart by milliseconds
# Eyes that load a model on a Pi need about 8 s; who waits longer is told what is missing.
READY_S: Final = 15.0
READY_AGAIN_S: Final = 1.5  # guidance began anew: the other parts are there, or are missed
FAREWELL_S: Final = 3.0  # for the last sentence
STORED_S: Final = 1.0  # for the last events to reach the disk


def _note(tick: Tick) -> None:
    """What is said, for whoever looks at the device: kinds and seconds, neither words nor places."""
    for command in tick.turn.commands:
        if isinstance(command, Say):
            told = command.announcement
            what = f"{told.kind}/{told.key}" if of_parts(told) else told.kind
            _log.info("say %s (%d) at %.3f", what, command.utterance, tick.senses.now_s)
    for happening in tick.turn.happenings:
        if isinstance(happening, Announced):
            _log.info("settled %s %s of %.3f", happening.kind, happening.outcome, happening.created_s)


class Guidance:
    """The session and what it talks to. `step` once a tick; `close` at the end."""

    def __init__(self, part: Part) -> None:
        config = part.config
        self._part, self._ends = part, ExitStack()
        self._remembered = read_remembered(config.remembered_file)
        self._wearer = applied(config.wearer, self._remembered)
        self.clock = WalkClock(SystemClock())
        self._keeper = Keeper()
        self._ends.callback(self._keeper.close)
        self.mouth = RemoteMouth(part, Tune(self._wearer.volume_db, self._wearer.rate))
        self._eyes = RemoteEyes(part, imu=config.camera.imu != "none:")
        self._position = RemotePosition(part)
        self._parts = PartsTold(part, self._position)
        self.log = RemoteLog(part, secrets.token_hex(8))
        self._phone = PhoneTold(part) if config.camera.source.startswith("glasses:") else None
        for held in (self.mouth, self._eyes, self._position, self._parts, self.log, self._phone):
            if held is not None:
                self._ends.callback(held.close)
        self._buttons = all_buttons(config.buttons.sources, self.clock)
        self._seen = False
        self._began_s = self.clock.now_s()
        planner, rerouter = planners(config, self._wearer, self._keeper, self._ends)
        self.worn = Worn(self._surroundings(planner))
        settings = settings_of(config, self._wearer)
        self.session = Session(Companion(None, settings), self._ports(rerouter, settings))

    @property
    def filenos(self) -> tuple[int, ...]:
        """To wait for with `select`: something came."""
        phone = () if self._phone is None else self._phone.filenos
        parts = (self.mouth, self._eyes, self._position, self._parts, self.log)
        return (*(number for one in parts for number in one.filenos), *phone, *self._buttons.filenos())

    @property
    def speaks(self) -> bool:
        """Whether something is being said, or was just asked for."""
        return self.session.state.arbiter.speaking is not None

    def step(self) -> None:
        """One step."""
        if self._position.true_time is not None:
            self.clock.correct(*self._position.true_time)
        tick = self.session.tick()
        self._seen = self._seen or tick.senses.scene is not None
        _note(tick)

    def close(self) -> None:
        """End what was started; safe to call twice."""
        self._ends.close()

    # --- how it is put together

    def _ports(self, rerouter: Rerouter, settings: Settings) -> Ports:
        return Ports(
            clock=self.clock,
            position=self._position,
            eyes=self._eyes,
            mouth=self.mouth,
            log=self.log,
            trip_id="",
            link_up=lambda: None,  # the log part tells
            rerouter=rerouter,
            board=SysfsHeat(),
            around=self.worn,
            recorder=recorder(self._part.config, settings, self.clock.utc_s(), self.log),
        )

    def _surroundings(self, planner: MapPlanner) -> Surroundings:
        buttons: list[AllButtons | PhoneButtons] = [self._buttons]
        if self._phone is not None:
            buttons.append(PhoneButtons(self._phone))
        for source in buttons:
            self._ends.callback(source.close)
        log = LogTold(self.log)
        return Surroundings(
            buttons=buttons,
            planner=planner,
            trips=KeptTrips(self._part.config.trip_file, self._keeper),
            log=log,
            server=KeptNotices(log, self._part.config.notices_file, self._keeper),
            attitude=self._eyes.attitude,
            battery=Batteries(phone=self._phone.charge if self._phone else lambda: None).poll,
            parts=self._parts,
            heading_deg=lambda: self._position.heading_deg,
            choose=self._choose,
            ready=self._ready,
            notes=self.clock.corrections,
            phone=self._phone,
        )

    def _ready(self, now_s: float) -> bool:
        there = self._seen or self._part.config.camera.source == "none:"
        patience_s = READY_AGAIN_S if self._parts.restarts else READY_S
        return (there and self._position.been) or now_s - self._began_s >= patience_s

    def _choose(self, choices: Choices) -> None:
        self.mouth.tune(Tune(choices.volume_db, choices.rate))
        self._remembered = Remembered(
            lang=self._remembered.lang,
            directions=self._remembered.directions,
            verbosity=choices.verbosity,
            rate=choices.rate,
            volume_db=choices.volume_db,
        )
        self._keeper.keep(self._part.config.remembered_file, as_text(self._remembered))


def serve(part: Part) -> None:
    """Guide until `part.ending`; then say so, and see the last events to the disk."""
    warm_up()
    guidance = Guidance(part)
    try:
        while not part.ending.is_set():
            part.beat()
            guidance.step()
            _wait(guidance)
        _farewell(part, guidance)
    finally:
        guidance.close()


def _wait(guidance: Guidance) -> None:
    began_s = guidance.clock.now_s()
    select.select(guidance.filenos, [], [], TICK_S)
    time.sleep(max(0.0, began_s + _LEAST_S - guidance.clock.now_s()))


def _farewell(part: Part, guidance: Guidance) -> None:
    guidance.worn.ending = True
    until_s = guidance.clock.now_s() + FAREWELL_S
    guidance.step()
    guidance.worn.ending = False
    while guidance.speaks and guidance.clock.now_s() < until_s:
        part.beat()
        _wait(guidance)
        guidance.step()
    guidance.mouth.farewell()
    guidance.log.end_recording()
    until_s = guidance.clock.now_s() + STORED_S
    while guidance.log.unstored and guidance.log.connected and guidance.clock.now_s() < until_s:
        part.beat()
        guidance.log.poll()
        time.sleep(0.02)
