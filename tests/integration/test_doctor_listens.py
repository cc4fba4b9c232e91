"""The doctor hears its own chirp at a real sound server's monitor, and hears that a muted one is silent."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from device.doctor.look_sound import ears, look_at_speaker
from device.doctor.sink_delay import sink_delays_ms
from device.errors import SpeechError
from device.speech.null_sink import SinkServer


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SinkServer]:
    try:
        made = SinkServer(tmp_path)
    except SpeechError as error:
        pytest.skip(str(error))
    made.start()
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    yield made
    made.stop()


def test_what_sounds_is_heard_and_what_is_muted_is_not(server: SinkServer) -> None:
    heard = look_at_speaker("system:paplay", ears(None))
    assert (heard.fault, heard.ear, heard.heard) == ("", "monitor", True)
    server.pactl("set-sink-mute", "@DEFAULT_SINK@", "1")
    muted = look_at_speaker("system:paplay", ears(None))
    assert (muted.fault, muted.ear, muted.heard) == ("", "monitor", False)


def test_the_way_to_the_sink_is_measured(server: SinkServer) -> None:
    delays = sink_delays_ms("system:paplay", times=3)
    assert len(delays) == 3
    assert all(0.0 < delay < 1000.0 for delay in delays)
