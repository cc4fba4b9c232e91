"""How fast the wearer walks, on its way from a receiver to the eyes: known, or None."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import radians
from pathlib import Path

import numpy as np
import pytest

from device.clocks import VirtualClock
from device.config import DeviceConfig
from device.encounters.speed_figures import figures_of, main
from device.eyes import LocalEyes
from device.looking import SyncLooker
from device.own_speed import STALE_S, OwnSpeed
from device.parts.channel import Door
from device.parts.messages import LOCATED, NOTHING, Located, Nothing
from device.parts.part import Part
from device.parts.told_speed import ToldSpeed
from device.whereabouts import Whereabouts
from vision.attitude import Attitude
from vision.types import Frame, PavingSight, Scene
from wire.position import Fix

FIX = Fix(utc_s=1_795_314_465.0, lat=33.2, lon=131.6, accuracy_m=5.0, speed_mps=1.2, course_deg=90.0)


def walked(*speeds: float | None, accuracy_m: float = 5.0) -> OwnSpeed:
    """A fix each second from second 0 on."""
    speed = OwnSpeed()
    for t_s, mps in enumerate(speeds):
        speed = speed.moved(float(t_s), replace(FIX, speed_mps=mps, accuracy_m=accuracy_m))
    return speed


def test_it_is_the_mean_of_the_last_two_seconds_and_standing_is_known_too() -> None:
    assert OwnSpeed().mps(0.0) is None
    assert walked(1.0).mps(0.2) == 1.0
    assert walked(9.0, 1.0, 1.4).mps(2.2) == pytest.approx(1.2)
    assert walked(1.2, 1.2, 0.0, 0.0).mps(3.0) == 0.0


@pytest.mark.parametrize(
    "speed",
    [walked(1.2, None), walked(1.2, 1.2, accuracy_m=30.0), walked(7.0, 7.0)],
    ids=["not told", "poor", "a bus"],
)
def test_what_is_half_known_is_not_known(speed: OwnSpeed) -> None:
    assert speed.mps(1.0) is None


def test_it_is_forgotten_when_no_fix_comes() -> None:
    speed = walked(1.2)
    assert speed.mps(STALE_S) == 1.2
    assert speed.mps(STALE_S + 0.1) is None


def test_a_recorded_walk_is_not_the_wearers() -> None:
    for live, told in ((True, 1.2), (False, None)):
        known, _ = Whereabouts(live=live, by_satellites=False).located(0.0, [FIX])
        assert known.speed_mps(0.5) == told


@pytest.fixture
def door(tmp_path: Path) -> Door[Nothing, Located]:
    return Door(tmp_path / "position.sock", NOTHING, LOCATED)


def test_the_eyes_hear_it_from_the_position_part(tmp_path: Path, door: Door[Nothing, Located]) -> None:
    told = ToldSpeed(Part("eyes", DeviceConfig(runtime=tmp_path), tmp_path))
    assert told.at(10.0) is None
    door.poll()
    door.send(Located(10.0, speed_mps=1.4))
    door.send(Located(10.5, speed_mps=0.0))
    assert told.at(10.6) == 0.0
    assert told.at(10.5 + STALE_S + 0.1) is None, "nobody has told since"
    door.send(Located(14.0))
    assert told.at(14.1) is None, "told as not known"
    door.close()
    assert told.at(14.2) is None
    told.close()


@dataclass
class Camera:
    """A frame at every look."""

    def latest(self) -> Frame | None:
        return Frame(0, 0.0, np.zeros((2, 2, 3), np.uint8))

    def close(self) -> None: ...


@dataclass
class Noting:
    """A `Sight` that notes the speeds it was told."""

    speeds: list[float | None] = field(default_factory=list)

    def see(self, frame: Frame, attitude: Attitude | None, own_speed_mps: float | None) -> Scene:
        self.speeds.append(own_speed_mps)
        return Scene(frame.index, frame.t_s, (), PavingSight(False))


def test_each_frame_goes_with_the_speed_of_its_moment() -> None:
    sight, speeds = Noting(), {1.0: None, 2.0: 0.0, 3.0: 1.3}
    eyes = LocalEyes(Camera(), SyncLooker(sight, VirtualClock(0.0)), own_speed=speeds.__getitem__)
    for now_s in speeds:
        eyes.glance(now_s)
    assert sight.speeds == [None, 0.0, 1.3]


# --- how far it is off


def recorded(speeds: Sequence[float], told: Sequence[float]) -> list[Fix]:
    """A walk to the north at `speeds`, of which a receiver tells `told`."""
    places = np.cumsum([0.0, *speeds[:-1]]) / (6_371_000.0 * radians(1.0))
    return [
        replace(FIX, utc_s=FIX.utc_s + t, lat=FIX.lat + float(place), speed_mps=mps)
        for t, (place, mps) in enumerate(zip(places, told, strict=True))
    ]


def test_an_offset_and_a_wandering_are_told_apart() -> None:
    # Each error lasts for four fixes, which the mean over two of them blurs a little.
    signs = np.repeat(np.random.default_rng(1).choice((-0.2, 0.2), 200), 4)
    found = figures_of(recorded([1.2] * 800, list(1.2 - 0.15 + signs)))
    assert found is not None
    assert found.offset == pytest.approx(-0.15, abs=0.03)
    assert found.wanders == pytest.approx(0.18, abs=0.03)
    assert found.rms**2 == pytest.approx(found.offset**2 + found.wanders**2)
    assert abs(found.kept) < 0.2
    assert figures_of(recorded([0.0] * 200, [0.0] * 200)) is None, "nobody walks"


def test_the_tool_tells_what_is_wrong_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "walk.gpx").write_text("<kml/>")
    assert (main([]), main([str(tmp_path / "walk.gpx")])) == (2, 2)
    assert capsys.readouterr().err.count("shirube: ") == 2
