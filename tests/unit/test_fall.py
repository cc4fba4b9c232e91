"""A possible fall by the head: told where one falls, and of nothing else that heads do."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from device.fall import STAYS_S, FallWatch, News
from vision.attitude import Attitude
from vision.encounters.gait import Sway, heads
from wire.position import Fix

HZ = 10.0
Head = Callable[[float], tuple[float, float] | None]  # second -> pitch, roll
Walks = Callable[[float], float | None]  # second -> m/s


def fix(speed_mps: float) -> Fix:
    return Fix(utc_s=0.0, lat=33.2, lon=131.6, accuracy_m=5.0, speed_mps=speed_mps)


def told(head: Head, walks: Walks, seconds: float) -> Iterator[tuple[float, News]]:
    watch = FallWatch()
    for tick in range(int(seconds * HZ)):
        t = tick / HZ
        held = head(t)
        speed = walks(t) if tick % int(HZ) == 0 else None
        attitude = None if held is None else Attitude(t, *held)
        watch, news = watch.at(attitude, () if speed is None else (fix(speed),), t)
        if news:
            yield t, news


def news_of(head: Head, walks: Walks, seconds: float = 90.0) -> list[News]:
    return [news for _, news in told(head, walks, seconds)]


def noisy(pitch: float, roll: float, t: float) -> tuple[float, float]:
    rng = np.random.default_rng(round(t * HZ))
    return pitch + float(rng.normal(0.0, 1.0)), roll + float(rng.normal(0.0, 1.0))


def walking_until(end_s: float) -> Walks:
    return lambda t: 1.2 if t < end_s else 0.1


@pytest.mark.parametrize(("pitch", "roll"), [(85.0, 0.0), (10.0, 95.0), (-75.0, 20.0)])
def test_who_falls_while_walking_and_stays_down_is_told_of_once(pitch: float, roll: float) -> None:
    def head(t: float) -> tuple[float, float]:
        return noisy(8.0, 0.0, t) if t < 40.0 else noisy(pitch, roll, t)

    found = list(told(head, walking_until(41.0), 90.0))
    assert [news for _, news in found] == ["fell"]
    assert 40.0 + STAYS_S <= found[0][0] <= 40.0 + STAYS_S + 2.5


def test_who_gets_up_and_walks_on_is_told_of_too() -> None:
    def head(t: float) -> tuple[float, float]:
        return noisy(80.0, 0.0, t) if 40.0 <= t < 55.0 else noisy(8.0, 0.0, t)

    def walks(t: float) -> float:
        return 1.2 if t < 40.0 or t > 62.0 else 0.0

    assert news_of(head, walks) == ["fell", "up"]


def test_a_walking_head_sways_without_a_fall() -> None:
    times = tuple(tick / HZ for tick in range(int(600 * HZ)))
    sway = Sway(nod_deg=6.0, look_deg=30.0, nod_tau_s=1.0, look_tau_s=2.0)  # wilder than was measured
    held = heads(1.2, times, sway, np.random.default_rng(7))
    by_tick = {round(t * HZ): (8.0 + one.pitch_deg, one.roll_deg) for t, one in zip(times, held, strict=True)}
    assert news_of(lambda t: by_tick[round(t * HZ)], lambda _t: 1.2, 600.0) == []


def test_looking_down_as_far_as_a_neck_bends_is_no_fall() -> None:
    def head(t: float) -> tuple[float, float]:
        return noisy(60.0, 5.0, t) if 40.0 <= t < 60.0 else noisy(8.0, 0.0, t)

    assert news_of(head, walking_until(39.0)) == []


def test_tying_a_shoe_moves_the_head() -> None:
    def head(t: float) -> tuple[float, float]:
        bent = 40.0 <= t < 65.0
        return noisy(80.0 + 18.0 * np.sin(t * 1.3), 25.0 * np.sin(t), t) if bent else noisy(8.0, 0.0, t)

    assert news_of(head, walking_until(40.0)) == []


def test_glasses_that_are_taken_off_after_stopping_are_no_fall() -> None:
    def head(t: float) -> tuple[float, float]:
        return noisy(8.0, 0.0, t) if t < 40.0 else (88.0, 40.0)

    assert news_of(head, walking_until(32.0)) == []


def test_a_phone_put_into_the_bag_while_walking_on_is_no_fall() -> None:
    def head(t: float) -> tuple[float, float]:
        return noisy(8.0, 0.0, t) if t < 40.0 else noisy(85.0, 0.0, t)

    assert news_of(head, lambda _t: 1.2) == []


def test_without_a_sensor_or_a_position_nothing_is_made_up() -> None:
    def falls(t: float) -> tuple[float, float]:
        return noisy(8.0, 0.0, t) if t < 40.0 else noisy(85.0, 0.0, t)

    assert news_of(lambda _t: None, walking_until(40.0)) == []
    assert news_of(falls, lambda _t: None) == []
    assert news_of(lambda t: falls(t) if t < 44.0 else None, walking_until(40.0)) == []


def on_a_table(t: float) -> tuple[float, float]:
    """What a sensor at rest tells: its own noise."""
    rng = np.random.default_rng(round(t * HZ))
    return 88.0 + float(rng.normal(0.0, 0.03)), 10.0 + float(rng.normal(0.0, 0.03))


@pytest.mark.parametrize("stopped_s", [39.9, 38.5])
def test_glasses_that_are_put_down_at_once_are_told_from_a_head(stopped_s: float) -> None:
    def off(t: float) -> tuple[float, float]:
        if t < 40.0:
            return noisy(8.0, 0.0, t)
        if t < 41.5:  # a hand takes them
            return noisy(8.0 + (t - 40.0) * 50.0, (t - 40.0) * 20.0, t)
        return on_a_table(t)

    late = walking_until(stopped_s + 1.5)  # as a receiver tells it
    assert news_of(off, late) == ["laid"]
    # Taken up again after half a minute: whatever it was is over, without a step.
    assert news_of(lambda t: off(t) if t < 70.0 else noisy(40.0, 0.0, t), late) == ["laid", "up"]
    # A sensor that is silent for a while ends nothing.
    assert news_of(lambda t: None if 60.0 < t < 65.0 else off(t), late) == ["laid"]


def test_who_lies_and_breathes_has_fallen() -> None:
    def lies(t: float) -> tuple[float, float]:
        pitch, roll = on_a_table(t)
        return (pitch + 0.3 * np.sin(t * 1.6), roll) if t >= 40.0 else noisy(8.0, 0.0, t)

    assert news_of(lies, walking_until(41.0)) == ["fell"]


def hung(t: float, hz: float, swing_deg: float, loss: float) -> tuple[float, float]:
    """From 40 s on a pendulum with the sensor's noise. `loss`: 1 / Q, of its energy in each turn by 2 pi."""
    pitch, roll = on_a_table(t)
    left = swing_deg * np.exp(-np.pi * hz * loss * (t - 40.0))
    turn = 2.0 * np.pi * hz * (t - 40.0)
    return pitch - 5.0 + float(left * np.sin(turn)), roll + float(0.3 * left * np.cos(turn))


@pytest.mark.parametrize("hz", [0.7, 1.2, 1.6, 2.2])
@pytest.mark.parametrize(("swing_deg", "q"), [(18.0, 10.0), (8.0, 20.0), (4.0, 35.0), (1.5, 30.0)])
def test_glasses_that_are_hung_up_and_swing_call_for_no_help(hz: float, swing_deg: float, q: float) -> None:
    def head(t: float) -> tuple[float, float]:
        return noisy(8.0, 0.0, t) if t < 40.0 else hung(t, hz, swing_deg, 1.0 / q)

    # A swing that is wider than a head at rest is no fall at all.
    assert news_of(head, walking_until(41.5), 55.0) in (["laid"], [])


@pytest.mark.parametrize("breath_hz", [0.15, 0.3, 0.55])
@pytest.mark.parametrize("seed", range(3))
def test_who_lies_and_breathes_moves_or_shakes_is_never_taken_for_a_thing(
    breath_hz: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    wander = np.cumsum(rng.normal(0.0, 0.3, 900))  # restless: no period, no end
    depth_deg, weaker = rng.uniform(0.3, 2.0), rng.uniform(0.0, 0.05)

    def lies(t: float) -> tuple[float, float]:
        if t < 40.0:
            return noisy(8.0, 0.0, t)
        pitch, roll = on_a_table(t)
        breath = depth_deg * np.exp(-weaker * (t - 40.0)) * np.sin(2.0 * np.pi * breath_hz * t)
        pulse = 0.08 * np.sin(2.0 * np.pi * 1.3 * t)
        moves = 0.0 if seed % 2 else float(np.clip(wander[round((t - 40.0) * HZ)], -8.0, 8.0))
        return pitch - 5.0 + float(breath + pulse) + moves, roll

    def shakes(t: float) -> tuple[float, float]:
        pitch, roll = on_a_table(t)
        return noisy(8.0, 0.0, t) if t < 40.0 else (pitch + 6.0 * np.sin(2.0 * np.pi * 2.0 * t), roll)

    assert news_of(lies, walking_until(41.0), 60.0) == ["fell"]
    assert news_of(shakes, walking_until(41.0), 60.0) == ["fell"]


def test_who_has_stopped_for_some_seconds_takes_the_glasses_off_without_a_fall() -> None:
    def off(t: float) -> tuple[float, float]:
        return noisy(8.0, 0.0, t) if t < 40.0 else noisy(80.0, 30.0, t)

    assert news_of(off, walking_until(36.0)) == []
