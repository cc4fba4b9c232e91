"""The rim: every fault of a port becomes a sense, nothing is lost, guidance goes on."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from device.announcements import AlertKind
from device.clocks import VirtualClock
from device.companion import Companion, Say, Settings
from device.demo.world import NoCamera
from device.earcons import earcon
from device.errors import CameraError, RecordError, SpeechError
from device.eyes import LocalEyes
from device.looking import Sight, SyncLooker
from device.mouth import LocalMouth
from device.outbox import Outbox
from device.ports import CameraSource, Pcm, PositionSource, Voice
from device.rerouting import RerouteAnswer, RerouteRequest
from device.session import Ports, Recorder, Rerouter, Session
from device.speakers import TimelineSpeaker
from device.synthesis import SyncSynthesis
from device.thermal import FakeHeat, HeatSource
from routing.simulated import OITA_STATION, Leg, route_of
from vision.attitude import Attitude, AttitudeSource
from vision.errors import ModelError
from vision.health import Heat
from vision.types import Frame, PavingSight, Scene
from wire.position import Fix
from wire.trip import Announced, HealthChanged, Rerouted


class NoPosition:
    def poll(self) -> tuple[Fix, ...]:
        return ()

    def close(self) -> None: ...


class NoSight:
    def see(self, frame: Frame, attitude: Attitude | None, own_speed_mps: float | None) -> Scene:
        raise AssertionError("no frame was given")


@dataclass
class FakeVoice:
    """Half a second a sentence; the languages in `broken` cannot be spoken."""

    broken: set[str] = field(default_factory=set)
    spoken: list[tuple[str, str]] = field(default_factory=list)

    def synthesise(self, text: str, lang: str) -> Pcm:
        if lang in self.broken:
            raise SpeechError(f"no voice for {lang}")
        self.spoken.append((lang, text))
        return np.full(24_000, 1000, np.int16)

    def close(self) -> None: ...


@dataclass
class FakeCamera:
    """A frame at every look, or the error that is set."""

    error: Exception | None = None
    given: int = 0

    def latest(self) -> Frame | None:
        if self.error is not None:
            raise self.error
        self.given += 1
        return Frame(self.given, self.given / 10, np.zeros((2, 2, 3), np.uint8))

    def close(self) -> None: ...


@dataclass
class FakeSight:
    """Nothing in sight, or the error that is set."""

    error: Exception | None = None
    attitudes: list[Attitude | None] = field(default_factory=list)

    def see(self, frame: Frame, attitude: Attitude | None, own_speed_mps: float | None) -> Scene:
        self.attitudes.append(attitude)
        if self.error is not None:
            raise self.error
        return Scene(frame.index, frame.t_s, (), PavingSight(False))


@dataclass
class LateSight:
    """Nothing in sight, found `late_s` after it was asked, by `clock`."""

    clock: VirtualClock
    late_s: float = 0.0
    looked: bool = True

    def see(self, frame: Frame, attitude: Attitude | None, own_speed_mps: float | None) -> Scene:
        self.clock.advance_to(self.clock.now_s() + self.late_s)
        return Scene(frame.index, frame.t_s, (), PavingSight(False), looked=self.looked)


class BrokenRecorder:
    def senses(self, senses: object) -> None:
        raise RecordError("the disk is full")

    def turn(self, now_s: float, turn: object) -> None:
        raise AssertionError("not asked again")


@dataclass
class Stand:
    session: Session
    clock: VirtualClock
    speaker: TimelineSpeaker
    outbox: Outbox
    link_up: list[bool | None]
    said: list[Say] = field(default_factory=list)

    def run(self, seconds: float) -> None:
        end_s = self.clock.now_s() + seconds
        while self.clock.now_s() < end_s:
            self.clock.advance_to(round(self.clock.now_s() + 0.1, 3))
            tick = self.session.tick()
            self.said += [command for command in tick.turn.commands if isinstance(command, Say)]

    def kinds(self) -> list[str]:
        return [str(say.announcement.kind) for say in self.said]

    def logged(self) -> list[object]:
        return [event.what for event in self.outbox.pending(0, 1000)]


def _stand(
    path: Path,
    voice: Voice,
    *,
    camera: CameraSource | None = None,
    sight: Sight | None = None,
    recorder: Recorder | None = None,
    max_bytes: int | None = None,
    position: PositionSource | None = None,
    rerouter: Rerouter | None = None,
    board: HeatSource | None = None,
    attitude: AttitudeSource | None = None,
) -> Stand:
    clock, speaker = VirtualClock(1_790_000_000.0), TimelineSpeaker()
    outbox = Outbox(path / "outbox.sqlite", max_bytes=max_bytes)
    link_up: list[bool | None] = [None]
    ports = Ports(
        clock=clock,
        position=position or NoPosition(),
        eyes=LocalEyes(camera or NoCamera(), SyncLooker(sight or NoSight(), clock), attitude),
        mouth=LocalMouth(SyncSynthesis(voice), speaker),
        log=outbox,
        trip_id="trip",
        link_up=lambda: link_up[0],
        recorder=recorder,
        rerouter=rerouter,
        board=board,
    )
    settings = Settings(camera=camera is not None, reroute=rerouter is not None)
    session = Session(Companion(route_of([Leg(0.0, 60.0)]), settings), ports)
    return Stand(session, clock, speaker, outbox, link_up)


def test_what_is_said_sounds_with_its_earcon_and_is_logged(tmp_path: Path) -> None:
    stand = _stand(tmp_path, voice := FakeVoice())
    stand.run(5.0)
    first = stand.said[0]
    assert voice.spoken[0] == ("ja", first.words["ja"].speech)
    assert len(stand.speaker.segments[0].pcm) == len(earcon(first.earcon)) + 24_000
    announced = [item for item in stand.logged() if isinstance(item, Announced)]
    assert [item.text_ja for item in announced] == [
        say.words["ja"].text for say in stand.said[: len(announced)]
    ]
    assert stand.session.made == len(stand.logged())


def test_a_language_without_a_voice_is_told_in_the_other(tmp_path: Path) -> None:
    stand = _stand(tmp_path, voice := FakeVoice(broken={"ja"}))
    stand.run(20.0)
    assert {lang for lang, _ in voice.spoken} == {"en"}
    assert AlertKind.SPEECH_FALLBACK in stand.kinds()
    voice.broken.clear()
    stand.session.log()
    stand.link_up[0] = False  # something new to say
    stand.run(20.0)
    healths = [
        item.health for item in stand.logged() if isinstance(item, HealthChanged) and item.part == "speech"
    ]
    assert healths == ["error", "ok"]


def test_without_any_voice_the_earcon_sounds_and_the_failure_is_logged(tmp_path: Path) -> None:
    stand = _stand(tmp_path, FakeVoice(broken={"ja", "en"}))
    stand.run(3.0)
    assert len(stand.speaker.segments[0].pcm) == len(earcon(stand.said[0].earcon))
    outcomes = {item.outcome for item in stand.logged() if isinstance(item, Announced)}
    assert "failed" in outcomes


@pytest.mark.parametrize(("up", "kind"), [(False, AlertKind.LINK_LOST), (True, None)])
def test_only_a_change_of_the_link_is_told(tmp_path: Path, up: bool, kind: str | None) -> None:
    stand = _stand(tmp_path, FakeVoice())
    stand.link_up[0] = up
    stand.run(20.0)
    told = [k for k in stand.kinds() if k in (AlertKind.LINK_LOST, AlertKind.LINK_BACK)]
    assert told == ([kind] if kind else [])


def test_a_recorder_that_fails_is_told_once_and_the_walk_goes_on(tmp_path: Path) -> None:
    stand = _stand(tmp_path, FakeVoice(), recorder=BrokenRecorder())
    stand.run(20.0)
    assert stand.kinds().count(AlertKind.STORAGE_LOST) == 1
    assert len(stand.said) >= 3


def test_a_full_trip_log_is_told_and_what_happened_is_kept(tmp_path: Path) -> None:
    stand = _stand(tmp_path, FakeVoice(), max_bytes=40_000)
    for _ in range(60):
        stand.session.log(*(HealthChanged(part="model", health="ok", detail="x" * 200) for _ in range(5)))
        stand.run(0.2)
    stand.run(10.0)
    assert AlertKind.STORAGE_LOST in stand.kinds()
    assert stand.outbox.held > 0
    assert stand.session.made == len(stand.logged()) + stand.outbox.held


def test_a_camera_that_fails_is_told_and_so_is_its_return(tmp_path: Path) -> None:
    camera = FakeCamera()
    stand = _stand(tmp_path, FakeVoice(), camera=camera, sight=FakeSight())
    stand.run(2.0)
    camera.error = CameraError("the cable is out")
    stand.run(10.0)
    assert AlertKind.CAMERA_LOST in stand.kinds()
    camera.error = None
    stand.run(20.0)
    assert AlertKind.CAMERA_BACK in stand.kinds()
    details = [
        item.detail for item in stand.logged() if isinstance(item, HealthChanged) and item.part == "camera"
    ]
    assert "the cable is out" in details


def test_a_hot_board_is_told_within_a_second_and_once_it_is_cool_again(tmp_path: Path) -> None:
    board = FakeHeat([Heat(55.0, 25.0)])
    stand = _stand(tmp_path, FakeVoice(), board=board)
    stand.run(20.0)
    assert AlertKind.BOARD_POOR not in stand.kinds()
    board._readings = [Heat(85.0, -1.0, throttled=True)]
    stand.run(1.0)
    told = [say for say in stand.said if say.announcement.kind is AlertKind.BOARD_POOR]
    assert [getattr(say.announcement.params, "reason", None) for say in told] == ["hot"]
    stand.run(30.0)
    board._readings = [Heat(55.0, 25.0)]
    stand.run(30.0)
    assert AlertKind.BOARD_BACK in stand.kinds()


def test_a_late_model_is_told_and_a_picture_it_did_not_look_at_does_not_call_it_quick(tmp_path: Path) -> None:
    camera = FakeCamera()
    stand = _stand(tmp_path, FakeVoice(), camera=camera)
    sight = LateSight(stand.clock)
    stand.session._ports.eyes = LocalEyes(camera, SyncLooker(sight, stand.clock))
    stand.run(20.0)
    assert AlertKind.BOARD_POOR not in stand.kinds()
    sight.late_s = 0.6
    stand.run(3.0)
    told = [say for say in stand.said if say.announcement.kind is AlertKind.BOARD_POOR]
    assert [getattr(say.announcement.params, "reason", None) for say in told] == ["slow"]
    sight.late_s, sight.looked = 0.0, False
    stand.run(20.0)
    assert AlertKind.BOARD_BACK not in stand.kinds()
    sight.looked = True
    stand.run(200.0)
    assert AlertKind.BOARD_BACK in stand.kinds()


def test_a_model_that_fails_is_told_and_guidance_goes_on(tmp_path: Path) -> None:
    sight = FakeSight()
    stand = _stand(tmp_path, FakeVoice(), camera=FakeCamera(), sight=sight)
    stand.run(2.0)
    sight.error = ModelError("the network's answer is not numbers")
    stand.run(15.0)
    assert AlertKind.MODEL_LOST in stand.kinds()
    assert "start" in stand.kinds()
    sight.error = None
    stand.run(20.0)
    assert AlertKind.MODEL_BACK in stand.kinds()


@dataclass
class Imu:
    """Fifty attitudes a second, by the session's clock; `off`: none; `stuck`: the same numbers."""

    off_from_s: float = float("inf")
    on_from_s: float = float("inf")
    stuck: bool = False

    def at(self, t_s: float) -> Attitude | None:
        ill = self.off_from_s <= t_s < self.on_from_s
        if ill and not self.stuck:
            return None
        told_s = round(50 * t_s) / 50
        return Attitude(told_s, 20.0 if ill else 20.0 + told_s % 0.7, 1.0)


@pytest.mark.parametrize("stuck", [False, True], ids=["silent", "stuck"])
def test_a_lost_motion_sensor_is_told_within_a_second_and_frames_go_on_without_it(
    tmp_path: Path, stuck: bool
) -> None:
    imu, sight = Imu(15.0, 30.0, stuck), FakeSight()
    stand = _stand(tmp_path, FakeVoice(), camera=FakeCamera(), sight=sight, attitude=imu)
    stand.run(14.9)
    assert AlertKind.IMU_LOST not in stand.kinds()
    assert None not in sight.attitudes
    stand.run(1.1)
    assert stand.kinds().count(AlertKind.IMU_LOST) == 1
    sight.attitudes.clear()
    stand.run(13.0)
    assert set(sight.attitudes) == {None}
    stand.run(15.0)
    assert stand.kinds().count(AlertKind.IMU_BACK) == 1
    assert sight.attitudes[-1] is not None


def test_who_wears_no_motion_sensor_is_told_of_none(tmp_path: Path) -> None:
    stand = _stand(tmp_path, FakeVoice(), camera=FakeCamera(), sight=FakeSight())
    stand.run(20.0)
    assert "imu" not in {item.part for item in stand.logged() if isinstance(item, HealthChanged)}


@dataclass
class Standing:
    """A fix a second, ten metres along the way."""

    clock_s: float = 1_790_000_000.0

    def poll(self) -> tuple[Fix, ...]:
        self.clock_s += 1.0
        lat, lon = OITA_STATION
        return (Fix(utc_s=self.clock_s, lat=lat + 10.0 / 110_900.0, lon=lon, accuracy_m=4.0, source="nmea"),)

    def close(self) -> None: ...


@dataclass
class FakeRerouter:
    """Holds what it was asked until an answer is put in."""

    asked: list[RerouteRequest] = field(default_factory=list)
    answer: RerouteAnswer | None = None

    def ask(self, request: RerouteRequest) -> None:
        self.asked.append(request)

    def poll(self) -> RerouteAnswer | None:
        answer, self.answer = self.answer, None
        return answer


def test_a_closed_path_is_asked_about_and_the_new_route_is_followed_and_logged(tmp_path: Path) -> None:
    rerouter = FakeRerouter()
    stand = _stand(tmp_path, FakeVoice(), position=Standing(), rerouter=rerouter)
    stand.run(3.0)
    stand.session.path_closed()
    stand.run(5.0)
    (request,) = rerouter.asked
    assert request.closed is not None
    new = replace(route_of([Leg(40.0, 0.0), Leg(0.0, 60.0)]), route_id="new")
    rerouter.answer = RerouteAnswer(request.number, new)
    stand.run(30.0)
    assert len(rerouter.asked) == 1
    assert "rerouted" in stand.kinds()
    assert Rerouted(route_id="new", reason="path_closed") in stand.logged()


def test_a_device_that_cannot_plan_again_says_so(tmp_path: Path) -> None:
    stand = _stand(tmp_path, FakeVoice(), position=Standing())
    stand.run(3.0)
    stand.session.path_closed()
    stand.run(30.0)
    assert stand.kinds().count("reroute_failed") == 1
