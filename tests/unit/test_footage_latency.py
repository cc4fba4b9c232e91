"""The way to the first sample, in real time with a tiny network: every thing that is put in is told."""

import numpy as np
import pytest

from device.footage import latency
from device.footage.latency import EVERY, TooFewError, measure
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


def test_things_that_are_put_in_are_told_and_every_part_is_counted(
    detector: NetworkDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(latency, "LEAST", 1)
    found = measure(detector, IMAGES, 4.0, 0.0, voice=Quiet())
    assert found.rate_hz == 10.0
    assert 1 <= found.warnings <= found.asked <= 4.0 * 10 / EVERY
    assert 0 < found.p50_ms <= found.p95_ms <= found.worst_ms
    assert not found.voice
    parts = (found.waited_p50_ms, found.pipeline_p50_ms, found.said_p50_ms, found.network_p50_ms)
    assert all(part > 0 for part in parts)


def test_too_few_warnings_are_no_figure(detector: NetworkDetector) -> None:
    with pytest.raises(TooFewError, match="longer --latency-s"):
        measure(detector, IMAGES, 1.0, 0.0, voice=Quiet())


def test_a_slow_network_is_given_fewer_frames(
    detector: NetworkDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(latency, "LEAST", 1)
    assert measure(detector, IMAGES, 5.0, 0.3, voice=Quiet()).rate_hz == pytest.approx(2.0)
