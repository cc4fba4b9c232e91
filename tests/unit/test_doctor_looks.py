"""How the doctor looks: at folders, a gpsd, a server, an ear; real ones, or small stand-ins."""

import json
import socket
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pytest

from device.clocks import SystemClock
from device.config import DeviceConfig, ServerConfig
from device.controls.gestures import BUTTONS, Button, Press
from device.doctor.look_machine import (
    look_at_clock,
    look_at_disk,
    look_at_memory,
    look_at_units,
    look_at_versions,
)
from device.doctor.look_position import look_at_position
from device.doctor.look_senses import felt, look_at_buttons
from device.doctor.look_sound import look_at_speaker
from device.doctor.look_way import look_at_config, look_at_map, look_at_server
from device.doctor.sound_heard import chirp, holds_chirp, stands_out
from device.doctor.sounds import Ear
from device.ports import SAMPLE_RATE, Pcm
from device.speakers import TimelineSpeaker

# --- the chirp


def noise(seconds: float, level: float, seed: int = 1) -> Pcm:
    samples = np.random.default_rng(seed).normal(0.0, level, round(seconds * SAMPLE_RATE))
    return np.clip(samples * 32767, -32768, 32767).astype(np.int16)


@pytest.mark.parametrize("seed", range(4))
def test_a_recording_with_the_chirp_far_below_the_noise_is_told_from_one_without(seed: int) -> None:
    street = noise(2.0, 0.05, seed)
    with_it = street.copy()
    with_it[20_000 : 20_000 + len(chirp())] += (chirp() * 0.02).astype(np.int16)  # 14 dB below the noise
    assert holds_chirp(with_it)
    assert not holds_chirp(street)


def test_speech_and_tones_are_no_chirp() -> None:
    at_s = np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE
    tone = (8000 * np.sin(2 * np.pi * 1318.5 * at_s) * (np.sin(2 * np.pi * 3 * at_s) > 0)).astype(np.int16)
    assert not holds_chirp(tone)


def test_the_chirp_alone_in_silence_is_heard_and_silence_is_not() -> None:
    alone = np.concatenate([np.zeros(30_000, np.int16), chirp(), np.zeros(30_000, np.int16)])
    assert holds_chirp(alone)
    assert stands_out(np.zeros(100_000, np.int16)) == 0.0
    assert stands_out(chirp()[:100]) == 0.0


class FakeEar:
    """Hears what it is given."""

    def __init__(self, ear: Ear, pcm: Pcm) -> None:
        self.ear = ear
        self._pcm = pcm
        self.began = False

    def begin(self) -> None:
        self.began = True

    def end(self) -> Pcm:
        return self._pcm


class Hasty(SystemClock):
    """A clock that runs ahead, so that waiting takes no time."""

    def __init__(self) -> None:
        self._now_s = 0.0

    def now_s(self) -> float:
        self._now_s += 0.2
        return self._now_s


def test_the_first_ear_that_hears_is_believed_and_a_deaf_one_is_not() -> None:
    heard = np.concatenate([np.zeros(9_000, np.int16), chirp(), np.zeros(9_000, np.int16)])
    deaf, empty = noise(1.0, 0.01), np.zeros(0, np.int16)
    facts = look_at_speaker(
        "system:",
        [FakeEar("monitor", deaf), FakeEar("microphone", heard)],
        clock=Hasty(),
        speaker=TimelineSpeaker(),
    )
    assert (facts.ear, facts.heard) == ("microphone", True)
    facts = look_at_speaker("system:", [FakeEar("monitor", deaf)], clock=Hasty(), speaker=TimelineSpeaker())
    assert (facts.ear, facts.heard) == ("monitor", False)
    facts = look_at_speaker("system:", [FakeEar("monitor", empty)], clock=Hasty(), speaker=TimelineSpeaker())
    assert facts.heard is None
    assert facts.why_not


def test_a_speaker_that_makes_no_sound_by_choice_or_by_mistake_is_a_fault() -> None:
    assert look_at_speaker("null:", ()).fault
    assert look_at_speaker("loud:", ()).fault


# --- the machine


def test_a_folder_is_tried_by_writing_and_nothing_is_left(tmp_path: Path) -> None:
    disk = look_at_disk(tmp_path)
    assert disk.writable
    assert disk.commit_ms is not None
    assert disk.free_bytes
    assert not list(tmp_path.iterdir())
    assert not look_at_disk(tmp_path / "missing").there


def test_memory_clock_and_units_by_the_system_s_own_files(tmp_path: Path) -> None:
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/meminfo").write_text("MemTotal:  2000 kB\nMemFree: 1 kB\nMemAvailable:   900 kB\n")
    memory = look_at_memory(False, tmp_path)
    assert (memory.total, memory.available) == (2_048_000, 921_600)
    (tmp_path / "sys/class/rtc/rtc0").mkdir(parents=True)
    clock = look_at_clock(SystemClock(), tmp_path, lambda _: (0, "no"))
    assert (clock.rtc, clock.synchronised) == (True, False)
    assert look_at_clock(SystemClock(), tmp_path, lambda _: (127, ""), lambda: False).synchronised is None
    assert look_at_clock(SystemClock(), tmp_path, lambda _: (127, ""), lambda: True).synchronised
    assert not look_at_units("x", tmp_path).installed


def test_a_unit_of_another_version_is_stale(tmp_path: Path) -> None:
    unit = tmp_path / "etc/systemd/system/shirube.service"
    unit.parent.mkdir(parents=True)
    unit.write_text("old")
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    answers = {"is-enabled": (0, "enabled"), "is-active": (3, "failed")}

    def ask(command: Sequence[str]) -> tuple[int, str]:
        return answers[command[1]]

    units = look_at_units("new", tmp_path, ask)
    assert (units.installed, units.enabled, units.active, units.stale) == (True, True, "failed", True)
    assert not look_at_units("old", tmp_path, ask).stale


def test_what_the_device_needs_is_installed_here() -> None:
    assert not look_at_versions().missing


class FakeButtons:
    """Three buttons; `works` are those whose presses arrive."""

    def __init__(self, works: Sequence[Button], fault: str = "") -> None:
        self.fault = fault
        self.asked: Button | None = None
        self.closed = False
        self._works = works

    def poll(self) -> tuple[Press, ...]:
        number, self.asked = self.asked, None
        return (
            (Press(0.0, number, True), Press(0.1, number, False)) if number in self._works and number else ()
        )

    def filenos(self) -> tuple[int, ...]:
        return ()

    def close(self) -> None:
        self.closed = True


def test_a_button_that_is_pressed_and_not_felt_is_missing() -> None:
    buttons = FakeButtons((1, 3))
    said: list[str] = []

    def prompt(ja: str, en: str) -> None:
        said.append(en)
        buttons.asked = BUTTONS[len(said) - 1]

    (facts,) = look_at_buttons(
        ("gpio:17,27,22",), lambda source: felt(source, prompt, Hasty()), Hasty(), lambda *_: buttons
    )
    assert facts.pressed == (1, 3)
    assert said == [f"Please press button {number}." for number in BUTTONS]
    assert buttons.closed


def test_buttons_that_are_not_there_are_named() -> None:
    (missing,) = look_at_buttons(("evdev:/dev/input/event99",), lambda _: (), SystemClock())
    assert missing.why
    (broken,) = look_at_buttons(("gpio:1,2,3",), None, Hasty(), lambda *_: FakeButtons((), "no pins"))
    assert broken.why == "no pins"
    assert look_at_buttons(("glasses:", "stdin:"), None, SystemClock())[0].why == ""


# --- configuration and map


def test_a_wrong_configuration_is_told_and_the_defaults_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "device.toml"
    path.write_text('[wearer]\nlang = "fr"\n')
    facts, config = look_at_config(path)
    assert "lang" in facts.fault
    assert config == DeviceConfig()
    assert look_at_config(None, tmp_path / "none.toml")[0].path is None


def test_a_practice_map_is_seen_for_what_it_is() -> None:
    from routing.practice import practice_map

    facts = look_at_map(DeviceConfig(map=practice_map("oita")), SystemClock())
    assert facts.practice
    assert look_at_map(DeviceConfig(map=Path("/nowhere.shirube")), SystemClock()).fault


# --- gpsd


def fake_gpsd(*reports: dict[str, object]) -> tuple[int, threading.Thread]:
    """One connection, answered with these; then the line is kept until the other side goes."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listener, listener.accept()[0] as line:
            line.recv(1000)
            line.sendall(b"".join(json.dumps(report).encode() + b"\n" for report in reports))
            line.recv(1000)

    thread = threading.Thread(target=serve)
    thread.start()
    return listener.getsockname()[1], thread


TPV = {
    "class": "TPV",
    "device": "/dev/a",
    "mode": 3,
    "time": "2026-03-01T01:00:00.000Z",
    "lat": 33.23,
    "lon": 131.6,
    "epx": 6.0,
    "epy": 6.0,
}
SKY = {
    "class": "SKY",
    "device": "/dev/a",
    "satellites": [{"PRN": 1, "used": True}, {"PRN": 2, "used": False}],
}


def test_receivers_satellites_and_fix_of_gpsd() -> None:
    devices = {"class": "DEVICES", "devices": [{"path": "/dev/a"}]}
    port, thread = fake_gpsd(devices, TPV, SKY)
    facts = look_at_position(f"gpsd://127.0.0.1:{port}", SystemClock(), 5.0)
    thread.join()
    assert facts.answers
    assert facts.receivers == 1
    assert (facts.fix, facts.satellites_used, facts.satellites_seen) == (True, 1, 2)
    assert facts.accuracy_m is not None
    assert 3.0 < facts.accuracy_m < 10.0


def test_a_gpsd_without_a_receiver_and_none_at_all() -> None:
    port, thread = fake_gpsd({"class": "VERSION"}, {"class": "DEVICES", "devices": []})
    facts = look_at_position(f"gpsd://127.0.0.1:{port}", SystemClock(), 0.3)
    thread.join()
    assert (facts.answers, facts.receivers, facts.fix) == (True, 0, False)
    assert not look_at_position(f"gpsd://127.0.0.1:{port}", SystemClock(), 0.3).answers


# --- the server


class Door(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        known = self.headers["Authorization"] == "Bearer right"
        self.send_response(404 if known else 401)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def server_url() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Door) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(("key", "status"), [("right", 404), ("wrong", 401)])
def test_the_key_is_tried_without_changing_anything(
    key: str, status: int, server_url: str, tmp_path: Path
) -> None:
    path = tmp_path / "key"
    path.write_text(key + "\n")
    facts = look_at_server(ServerConfig(server_url, path), SystemClock())
    assert (facts.status, facts.fault, facts.key_fault) == (status, "", "")


def test_a_server_that_is_not_there_and_a_key_that_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("k")
    assert look_at_server(ServerConfig("http://127.0.0.1:9", path), SystemClock(), 1.0).fault
    assert look_at_server(ServerConfig("http://127.0.0.1:9", tmp_path / "no"), SystemClock()).key_fault
    assert look_at_server(ServerConfig("http://127.0.0.1:9", None), SystemClock()).key_fault
