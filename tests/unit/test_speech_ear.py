"""Listening to the sink's monitor: silence counts only while something sounds, and only twice in a row."""

import pytest

from device.speech import sink
from device.speech.sink import Ear


@pytest.fixture
def peaks(monkeypatch: pytest.MonkeyPatch) -> list[float | None]:
    """What the monitor gives, the next at the front."""
    given: list[float | None] = []
    monkeypatch.setattr(sink, "monitor_peak", lambda seconds: given.pop(0))
    return given


def test_two_silences_in_a_row_are_a_fault_and_a_sound_ends_it(peaks: list[float | None]) -> None:
    ear = Ear()
    peaks += [0.0, 0.0, 0.3]
    assert not ear.deaf(lambda: True)
    assert ear.deaf(lambda: True)
    assert not ear.deaf(lambda: True)
    assert not ear.deaf(lambda: True)  # heard: it listens again only after a while
    assert peaks == []


def test_a_monitor_that_gives_nothing_says_nothing(peaks: list[float | None]) -> None:
    ear = Ear()
    peaks += [None] * 5
    assert not any(ear.deaf(lambda: True) for _ in range(5))


def test_what_ended_while_it_listened_does_not_count(peaks: list[float | None]) -> None:
    ear = Ear()
    peaks += [0.0] * 4
    for _ in range(4):
        playing = iter((True, False))
        assert not ear.deaf(lambda playing=playing: next(playing))  # type: ignore[misc]


def test_in_silence_it_does_not_listen(peaks: list[float | None]) -> None:
    assert not Ear().deaf(lambda: False)
