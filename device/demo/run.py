"""The demonstration from curtain to curtain: real server, real model, real voice, rehearsed world."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from device.announcements import Lang
from device.clocks import SystemClock, VirtualClock
from device.companion import Companion, Settings
from device.demo import chart, transcript
from device.demo.backstage import Backstage, People
from device.demo.flaky_link import FlakyLink
from device.demo.live import GpsdRehearsal, StartedClock, TeeSpeaker, real_ticks
from device.demo.output import Output
from device.demo.scene import open_eyes
from device.demo.screening import Screening
from device.demo.story import Stage, incidents
from device.demo.walker import Walk, rehearse
from device.demo.world import SimulatedReceiver
from device.errors import UplinkError
from device.eyes import LocalEyes
from device.looking import Looker, SyncLooker, ThreadedLooker
from device.mouth import LocalMouth
from device.outbox import Outbox
from device.ports import PositionSource, Speaker, Voice
from device.recorder import RunWriter
from device.server_client import ServerClient
from device.session import Ports, Session
from device.speakers import TimelineSpeaker
from device.standing_words import always_said
from device.synthesis import SyncSynthesis, Synthesis, ThreadedSynthesis
from device.system_speaker import SystemSpeaker
from device.thermal import SysfsHeat
from device.uplink import Pace, Uplink
from device.uplink_address import uplink_url
from device.voice import VoiceProcess
from wire.api import PlanRequest, TripRequest
from wire.route import Route
from wire.trip import TripEnded, TripStarted

TICK_S = 0.05
DRAIN_S = 60.0
FAREWELL_S = 60.0  # how long speech may go on after the last step
MAP = "oita"
ORIGIN, DESTINATION = "大分駅 府内中央口", "大分県立美術館"
# A fixed morning (JST), so that the same seed gives the same bytes.
START_UTC_S = datetime(2026, 11, 2, 1, 0, tzinfo=UTC).timestamp()
WALL = time.monotonic  # only to tell how long it took


@dataclass(frozen=True, slots=True)
class Options:
    """What the user asked for. `crash` kills the server in the middle; `minutes` ends the walk early."""

    out: Path
    lang: Lang = "ja"
    seed: int = 7
    video: Path | None = None
    minutes: float | None = None
    film: bool = True
    camera: bool = True
    crash: bool = False
    live: bool = False


@dataclass(slots=True)
class Result:
    """How it went; `made` and `stored` must agree, `doubled` must be 0."""

    options: Options
    route: Route
    people: People
    made: int = 0
    stored: int = 0
    doubled: int = 0
    arrived: bool = False
    walk_s: float = 0.0
    took_s: float = 0.0
    spoken: dict[str, int] = field(default_factory=dict)
    frames: int = 0
    outing: dict[str, Any] = field(default_factory=dict)
    failed_speech: list[str] = field(default_factory=list)

    def summary(self) -> dict[str, Any]:
        """For `--json` and `summary.json`; passwords are not in it."""
        return {
            "route": {
                "from": self.route.origin.name.ja,
                "to": self.route.destination.name.ja,
                "length_m": round(self.route.length_m, 1),
                "map": self.route.source.name,
                "practice": self.route.source.practice,
            },
            "lang": self.options.lang,
            "seed": self.options.seed,
            "arrived": self.arrived,
            "walk_s": round(self.walk_s, 1),
            "took_s": round(self.took_s, 1),
            "frames_inferred": self.frames,
            "announcements": self.spoken,
            "events": {"made": self.made, "stored": self.stored, "duplicate": self.doubled},
            "outing": self.outing,
            "speech_faults": self.failed_speech,
        }


def perform(options: Options, backstage: Backstage, output: Output, screening: Screening) -> Result:
    """Walk once. Whatever fails is raised after everything that was started has been ended."""
    began = WALL()
    with ExitStack() as stack:
        screening.says("サーバーを始めます / starting the server")
        backstage.start()
        people = backstage.people()
        link = stack.enter_context(FlakyLink("127.0.0.1", backstage.port))
        client = stack.enter_context(ServerClient(f"http://127.0.0.1:{link.port}", people.device_key))
        screening.says(f"経路を計画します / planning {ORIGIN} → {DESTINATION}")
        route = client.plan(_question())
        walk = rehearse(route)
        started_utc_s = SystemClock().utc_s() if options.live else START_UTC_S
        trip_id = client.start_trip(TripRequest(route_id=route.route_id, started_utc_s=started_utc_s)).trip_id
        result = Result(options, route, people)
        with Outbox(output.folder / "outbox.sqlite") as outbox:
            pace = Pace(first_retry_s=0.1, longest_retry_s=0.5, poll_s=0.02)
            uplink = Uplink(
                uplink_url(f"http://127.0.0.1:{link.port}"), people.device_key, outbox, pace=pace, seed=0
            )
            with uplink:
                stage = Stage(
                    incidents(_length_s(options, walk), crash=options.crash), link, backstage, uplink
                )
                stage.begin()
                _walk(options, output, screening, result, walk, outbox, trip_id, stage)
                _settle(uplink, result, backstage, trip_id)
        result.outing = client.outing(trip_id)
    result.took_s = WALL() - began
    output.write("outing.json", json.dumps(result.outing, ensure_ascii=False, indent=2) + "\n")
    output.write("summary.json", json.dumps(result.summary(), ensure_ascii=False, indent=2) + "\n")
    return result


def _question() -> PlanRequest:
    at = datetime.fromtimestamp(START_UTC_S, UTC).isoformat()
    return PlanRequest(map=MAP, origin=ORIGIN, destination=DESTINATION, walker="cane", at=at)


def _length_s(options: Options, walk: Walk) -> float:
    return walk.duration_s if options.minutes is None else min(60.0 * options.minutes, walk.duration_s)


def _walk(
    options: Options,
    output: Output,
    screening: Screening,
    result: Result,
    walk: Walk,
    outbox: Outbox,
    trip_id: str,
    stage: Stage,
) -> None:
    clock = StartedClock() if options.live else VirtualClock(START_UTC_S)
    with ExitStack() as stack:
        wake = threading.Event()
        woken = wake.set if options.live else None
        eyes = open_eyes(options.camera, options.video, result.route, walk, clock, woken)
        stack.callback(eyes.close)
        voice: Voice = VoiceProcess()
        stack.callback(voice.close)
        looker: Looker = SyncLooker(eyes, clock)
        synthesis: Synthesis = SyncSynthesis(voice)
        timeline = TimelineSpeaker()
        receiver: PositionSource = SimulatedReceiver(walk, clock, options.seed)
        speaker: Speaker = timeline
        if options.live:
            speaker = TeeSpeaker(SystemSpeaker(), timeline)
            receiver = GpsdRehearsal(walk, clock, options.seed, output.folder)
            looker = ThreadedLooker(eyes, clock, wake.set)
            synthesis = ThreadedSynthesis(voice, wake.set, always_said(options.lang))
        stack.callback(looker.close)
        stack.callback(synthesis.close)
        stack.callback(receiver.close)
        stack.callback(speaker.close)
        settings = Settings(lang=options.lang, shared=True, camera=options.camera)
        companion = Companion(result.route, settings)
        recorder = RunWriter.begin(output.folder / "run", result.route, _manifest(options))
        stack.callback(recorder.close)
        session = Session(
            companion,
            Ports(
                clock=clock,
                position=receiver,
                eyes=LocalEyes(eyes.camera, looker),
                mouth=LocalMouth(synthesis, speaker),
                log=outbox,
                trip_id=trip_id,
                link_up=stage.up,
                recorder=recorder,
                board=SysfsHeat() if options.live else None,
            ),
        )
        session.log(TripStarted(route_id=result.route.route_id, practice=result.route.source.practice))
        screening.open(output.folder, result.route, walk, eyes)
        stack.callback(screening.close)
        for now_s in _ticks(clock, _length_s(options, walk), options.minutes is not None, wake):
            incident = stage.act(now_s)
            if incident is not None:
                screening.says(_INCIDENTS[incident], now_s)
            tick = session.tick()
            screening.watch(tick, session.state, stage.up())
            result.failed_speech += tick.failed
            if session.done:
                break
        if not session.done:
            session.log(TripEnded(arrived=False, reason="wearer"))
        result.arrived, result.made, result.walk_s = session.done, session.made, clock.now_s()
        result.frames = eyes.frames
        result.spoken = screening.counts()
        screening.finish(timeline)
        rows = screening.rows
        output.write("announcements.jsonl", transcript.jsonl(rows, screening.start_utc_s))
        output.write("transcript.md", transcript.markdown(rows, result.route, options.seed))
        _draw(output, screening, result.route)
        recorder.finish()


_INCIDENTS = {
    "cut": "通信が切れました / the network is gone",
    "restore": "通信が戻りました / the network is back",
    "kill": "サーバーを落としました / the server was killed",
    "start": "サーバーが戻りました / the server is back",
}


def _ticks(
    clock: VirtualClock | StartedClock, length_s: float, early: bool, wake: threading.Event
) -> Iterator[float]:
    """The seconds of the walk; after the last step the speech may end, unless the walk is cut short."""
    whole_s = length_s + (0.0 if early else FAREWELL_S)
    if isinstance(clock, StartedClock):
        yield from real_ticks(clock, whole_s, TICK_S, wake)
        return
    for number in range(round(whole_s / TICK_S) + 1):
        now_s = round(number * TICK_S, 2)
        clock.advance_to(now_s)
        yield now_s


def _manifest(options: Options) -> dict[str, str | int | float | bool | None]:
    return {
        "lang": options.lang,
        "seed": options.seed,
        "tick_s": TICK_S,
        "camera": options.camera,
        "shared": True,
    }


def _draw(output: Output, screening: Screening, route: Route) -> None:
    said = [row.announced for row in screening.rows]
    shapes, picture = chart.walk_chart(screening.sketch, route, screening.track, screening.truth, said)
    output.write("route.svg", chart.svg(shapes, picture, route))
    chart.save_png(shapes, picture, output.folder / "route.png")


def _settle(uplink: Uplink, result: Result, backstage: Backstage, trip_id: str) -> None:
    """Send the rest, then ask the store what it holds."""
    if not uplink.close(DRAIN_S):
        raise UplinkError(f"the trip's log did not reach the server in {DRAIN_S:.0f} s: {uplink.state()}")
    held = backstage.events(trip_id)
    result.stored, result.doubled = int(held["stored"]), int(held["duplicates"])
