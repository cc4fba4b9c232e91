"""Contact by closed form, scripts that are what they say, and a head that moves as it should."""

from math import sqrt

import numpy as np
import pytest

from vision.corridor import HALF_WIDTH_M
from vision.encounters.figures import read_figures
from vision.encounters.gait import Sway, bob_m, cadence_hz, heads, wander
from vision.encounters.scripts import draw
from vision.encounters.world import BODY_DEPTH_M, HEAD_M, Kind, Thing, contact_s
from vision.types import ObjectClass as C

WORLD = read_figures().world


def thing(x: float, z: float, vx: float = 0.0, vz: float = 0.0, bottom: float = 0.0) -> Thing:
    return Thing(0, C.BOX, x, z, 0.5, 0.4, bottom + 1.0, bottom, vx, vz)


def test_a_standing_thing_is_touched_after_the_gap_between_them() -> None:
    gap = 6.0 - (0.4 + BODY_DEPTH_M) / 2
    assert contact_s(thing(0.0, 6.0), 1.2) == pytest.approx(gap / 1.2)


def test_who_comes_towards_the_walker_adds_his_speed_and_who_walks_ahead_takes_it_off() -> None:
    gap = 6.0 - (0.4 + BODY_DEPTH_M) / 2
    assert contact_s(thing(0.0, 6.0, vz=-1.0), 1.2) == pytest.approx(gap / 2.2)
    assert contact_s(thing(0.0, 6.0, vz=0.7), 1.2) == pytest.approx(gap / 0.5)
    assert contact_s(thing(0.0, 6.0, vz=1.2), 1.2) is None


def test_the_corridor_decides_to_the_centimetre() -> None:
    edge = HALF_WIDTH_M + 0.25
    assert contact_s(thing(edge - 0.01, 6.0), 1.0) is not None
    assert contact_s(thing(edge + 0.01, 6.0), 1.0) is None


def test_who_crosses_is_touched_when_he_enters_the_corridor_if_the_walker_is_level_then() -> None:
    # From 4 m at the right at 1 m/s the near edge enters the corridor at 4 - 0.25 - 0.45 s.
    enters = 4.0 - 0.25 - HALF_WIDTH_M
    walker = 1.0
    level = thing(4.0, walker * enters, vx=-1.0)
    assert contact_s(level, walker) == pytest.approx(enters)
    assert contact_s(thing(4.0, walker * enters + 3.0, vx=-1.0), walker) is None  # gone before he comes


def test_what_hangs_above_the_head_is_not_touched() -> None:
    assert contact_s(thing(0.0, 6.0, bottom=HEAD_M), 1.0) is None
    assert contact_s(thing(0.0, 6.0, bottom=HEAD_M - 0.05), 1.0) is not None


def test_the_same_seed_and_number_give_the_same_script_and_others_another() -> None:
    assert draw(7, 3, WORLD) == draw(7, 3, WORLD)
    assert draw(7, 3, WORLD) != draw(8, 3, WORLD)
    assert draw(7, 3, WORLD) != draw(7, 4, WORLD)


def test_scripts_are_what_their_kind_says() -> None:
    scripts = [draw(1, number, WORLD) for number in range(400)]
    assert {script.kind for script in scripts} == set(Kind)
    low, high = WORLD.speed_mps
    for script in scripts:
        assert low <= script.speed_mps <= high
        # Only what the script is about is ever touched, at its very end; what is about never.
        assert set(script.contacts) <= {0}
        if script.contacts:
            assert script.contacts[0] == pytest.approx(script.seconds)
            assert script.kind not in (Kind.CLEAR, Kind.OVERTAKEN)
    met = [s for s in scripts if s.kind not in (Kind.CLEAR, Kind.OVERTAKEN)]
    share = sum(bool(s.contacts) for s in met) / len(met)
    assert share == pytest.approx(WORLD.hit_share, abs=4 * sqrt(0.25 / len(met)))
    assert {len(s.things) > 6 for s in scripts if s.crowded and s.kind is not Kind.CLEAR} == {True}
    assert max(len(s.things) for s in scripts if not s.crowded) <= 3


def test_steps_get_quicker_and_longer_with_speed_and_the_head_rises_by_centimetres() -> None:
    # 105 steps a minute at 1.2 m/s: the constant ratio of step length and cadence.
    assert cadence_hz(1.2) * 60 == pytest.approx(105, abs=1)
    assert 0.01 < bob_m(0.8) < bob_m(1.2) < 0.08


def test_the_head_nods_as_much_as_is_asked_and_with_the_steps() -> None:
    times = tuple(k / 20 for k in range(40_000))
    moved = heads(1.2, times, Sway(1.0, 4.0, 1.0, 3.0), np.random.default_rng(1))
    assert np.std([h.pitch_deg for h in moved]) == pytest.approx(1.0, abs=0.08)
    assert np.std([h.yaw_deg for h in moved]) == pytest.approx(4.0, abs=0.8)
    rise = np.array([h.up_m for h in moved])
    spectrum = np.abs(np.fft.rfft(rise - rise.mean()))
    peak = np.fft.rfftfreq(len(rise), 1 / 20)[int(spectrum.argmax())]
    assert peak == pytest.approx(cadence_hz(1.2), abs=0.01)
    assert np.ptp(rise) == pytest.approx(bob_m(1.2), rel=0.02)


def test_what_wanders_remembers_itself_as_long_as_is_asked() -> None:
    values = np.array(wander(tuple(k / 10 for k in range(60_000)), 0.5, np.random.default_rng(2)))
    assert values.std() == pytest.approx(1.0, abs=0.05)
    assert np.corrcoef(values[:-5], values[5:])[0, 1] == pytest.approx(np.exp(-1), abs=0.04)
