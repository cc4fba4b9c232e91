"""The way to the first sample, with a tiny network: warnings come on any clip, and are counted."""

import numpy as np
import pytest

from device.footage import latency_figures
from device.footage.latency import LONGER, measure, pace_hz
from device.footage.latency_figures import LEAST, Look, TooFewError, Warned, behind_s, latency
from device.ports import Pcm
from vision.decode import Floats
from vision.layouts import layout_of
from vision.model_files import find_model
from vision.network_detector import NetworkDetector, Outputs

IMAGES = [np.random.default_rng(n).integers(60, 180, (192, 256, 3), np.uint8) for n in range(12)]


class Quiet:
    """A voice that takes no time."""

    def synthesise(self, text: str, lang: str) -> Pcm:
        return np.zeros(4800, np.int16)

    def close(self) -> None: ...


class Blank(NetworkDetector):
    """The shipped network's shapes, with nothing in them, at once."""

    def __init__(self) -> None:
        super().__init__(find_model())
        shapes = layout_of(self.spec).shapes(self.spec)
        self._answers = tuple(np.full(shape[1:], -4.0, np.float32) for shape in shapes)

    def infer(self, blob: Floats) -> Outputs:
        return self._answers


@pytest.fixture
def detector() -> NetworkDetector:
    return Blank()


def test_a_clip_of_nothing_warns_and_every_part_of_the_way_is_counted(
    detector: NetworkDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(latency_figures, "LEAST", 1)
    found = measure(detector, IMAGES, 6.0, 0.0, voice=Quiet(), settled_s=0.0)
    assert found.rate_hz == 10.0
    assert found.warnings >= 1
    assert found.own == 0  # nothing is on the pictures
    assert 0 < found.ours_p50_ms <= found.ours_p95_ms <= found.ours_worst_ms
    assert found.ours_p95_ms <= found.p95_ms
    assert not found.voice
    parts = (found.waited_p50_ms, found.pipeline_p50_ms, found.said_p50_ms, found.network_p50_ms)
    assert all(part > 0 for part in parts)


def test_it_goes_on_until_the_warnings_wanted_have_come(
    detector: NetworkDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(latency_figures, "LEAST", 1)
    found = measure(detector, IMAGES, 2.0, 0.0, voice=Quiet(), wanted=2, settled_s=0.0)
    assert found.warnings >= 2 or found.seconds >= 2.0 * LONGER


def test_what_is_told_while_all_settles_does_not_count(detector: NetworkDetector) -> None:
    with pytest.raises(TooFewError, match="0 warnings"):
        measure(detector, IMAGES, 0.0, 0.0, voice=Quiet(), settled_s=4.0)


def test_too_few_warnings_are_no_figure(detector: NetworkDetector) -> None:
    with pytest.raises(TooFewError, match="longer --latency-s"):
        measure(detector, IMAGES, 1.0, 0.0, voice=Quiet(), settled_s=0.0)


@pytest.mark.parametrize(("network_s", "rate_hz"), [(0.0, 10.0), (0.05, 10.0), (0.25, 2.0)])
def test_a_slow_network_is_given_fewer_frames(network_s: float, rate_hz: float) -> None:
    assert pace_hz(network_s) == pytest.approx(rate_hz)


# --- the figures


def look(arrived_s: float, begun_s: float, took_s: float = 0.1, behind_s: float = 0.0) -> Look:
    """Five milliseconds before the network, five after it."""
    network_s = (begun_s + 0.005, begun_s + 0.005 + took_s)
    return Look(arrived_s, begun_s, network_s, network_s[1] + 0.005, behind_s)


def test_what_counts_is_beyond_the_network_and_the_wait_for_it_is_told_apart() -> None:
    looks = [look(t, t + 0.05, behind_s=0.03) for t in range(LEAST)]
    found = latency([Warned(each, each.seen_s + 0.002, own=False) for each in looks], 3, 9.5, 5.0, voice=True)
    assert (found.warnings, found.own, found.later, found.seconds) == (LEAST, 0, 3, 9.5)
    assert found.p95_ms == pytest.approx(62.0)  # 50 waited, 10 around the network, 2 to the speaker
    assert found.ours_p95_ms == pytest.approx(32.0)
    parts = (found.waited_p95_ms, found.behind_p95_ms, found.network_p95_ms, found.pipeline_p95_ms)
    assert (*parts, found.said_p95_ms) == pytest.approx((50.0, 30.0, 100.0, 10.0, 2.0))


def test_one_late_warning_of_many_is_the_worst_and_moves_the_p95_little() -> None:
    looks = [look(t, t + 0.001) for t in range(40)]
    late = [
        Warned(each, each.seen_s + (0.5 if n == 7 else 0.002), own=n == 3) for n, each in enumerate(looks)
    ]
    found = latency(late, 0, 40.0, 5.0, voice=True)
    assert found.own == 1
    assert found.ours_p95_ms == pytest.approx(13.0)
    assert found.ours_worst_ms == pytest.approx(511.0)


@pytest.mark.parametrize(
    ("arrived_s", "behind"),
    [
        (0.9, 0.1),  # before the network took up the frame before: its whole work
        (1.04, 0.06),
        (1.1, 0.0),
        (2.0, 0.0),
    ],
)
def test_a_frame_waits_for_the_network_while_that_is_at_the_one_before(
    arrived_s: float, behind: float
) -> None:
    before = Look(0.9, 0.99, (1.0, 1.1), 1.12)
    assert behind_s(arrived_s, before) == pytest.approx(behind)
    assert behind_s(arrived_s, None) == 0.0
