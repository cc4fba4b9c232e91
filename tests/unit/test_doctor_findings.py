"""What the doctor makes of facts: levels, sentences, what to do, and never a word of safety."""

from collections.abc import Iterator

import pytest

from device.cameras.probe import CameraProbe
from device.doctor import machine, receiver, senses, services, sounds, way
from device.doctor.findings import Finding, Level, exit_code, printed, spoken, summary, worst_first
from device.doctor.machine import ClockFacts, Disk, Memory
from device.doctor.receiver import PositionFacts
from device.doctor.senses import ButtonFacts, ModelFacts
from device.doctor.services import Units, Versions
from device.doctor.sounds import SpeakerFacts, VoiceFacts
from device.doctor.way import ConfigFacts, MapFacts, ServerFacts
from device.speech.phrase_making import Found
from device.words import NEVER_SAID
from vision.faults import DARK
from vision.health import Heat

GIGABYTE = 1_000_000_000
NOW_UTC_S = 1_790_000_000.0
OK, UNKNOWN, WARN, FAULT = Level.OK, Level.UNKNOWN, Level.WARN, Level.FAULT

DISK = [
    (Disk("/d", 20 * GIGABYTE, True, commit_ms=4.0), OK),
    (Disk("/d", 20 * GIGABYTE, True), OK),
    (Disk("/d", 500_000_000, True, commit_ms=4.0), WARN),
    (Disk("/d", 10_000_000, True, commit_ms=4.0), FAULT),
    (Disk("/d", 20 * GIGABYTE, True, commit_ms=180.0), WARN),
    (Disk("/d", 20 * GIGABYTE, True, commit_ms=900.0), FAULT),
    (Disk("/d", 20 * GIGABYTE, False, "Read-only file system"), FAULT),
    (Disk("/d", None, False, there=False), FAULT),
]
MEMORY = [
    (Memory(4 * GIGABYTE, 3 * GIGABYTE), OK),
    (Memory(4 * GIGABYTE, 300_000_000), WARN),
    (Memory(4 * GIGABYTE, 300_000_000, running=True), OK),
    (Memory(500_000_000, 300_000_000), FAULT),
    (Memory(None, None), UNKNOWN),
]
CLOCK = [
    (ClockFacts(NOW_UTC_S, rtc=False, synchronised=True), OK),
    (ClockFacts(NOW_UTC_S, rtc=True, synchronised=False), OK),
    (ClockFacts(NOW_UTC_S, rtc=False, synchronised=False), WARN),
    (ClockFacts(NOW_UTC_S, rtc=False, synchronised=None), UNKNOWN),
    (ClockFacts(0.0, rtc=True, synchronised=True), FAULT),
    (ClockFacts(5e9, rtc=True, synchronised=True), FAULT),
]
HEAT = [
    (None, UNKNOWN),
    (Heat(52.0, 30.0), OK),
    (Heat(76.0, 4.0), WARN),
    (Heat(84.0, -1.0, throttled=True), FAULT),
    (Heat(50.0, 30.0, throttled=True, low_power=True), FAULT),
    (Heat(), OK),
]
UNITS = [
    (Units(True, True, True, "active"), OK),
    (Units(True, True, True, "inactive"), OK),
    (Units(True, True, True, "failed"), FAULT),
    (Units(True, True, False, "inactive"), FAULT),
    (Units(True, True, True, "active", stale=True), WARN),
    (Units(False, True), UNKNOWN),
    (Units(True, False), FAULT),
]
VERSIONS = [
    (Versions("1.0", "3.11.2", (("numpy", "2.1"),)), OK),
    (Versions("1.0", "3.11.2", (), ("onnxruntime",)), FAULT),
]
CAMERA = [
    (CameraProbe(True, "", 0.5, 15.0, (640, 480), 120.0), OK),
    (CameraProbe(True, "", 0.5, 2.0, (640, 480), 120.0), WARN),
    (CameraProbe(True, "", 0.5, 15.0, (640, 480), 4.0, DARK), WARN),
    (CameraProbe(False, "no camera there"), FAULT),
    (CameraProbe(True, "unplugged", 0.5, 15.0, (640, 480), 120.0), FAULT),
]
MODEL = [
    (ModelFacts("m", "onnx", "", 40.0, 55.0), OK),
    (ModelFacts("m", "onnx", "", 300.0, 620.0), FAULT),
    (ModelFacts("m", "onnx", "", 40.0, 55.0, "not shipped"), WARN),
    (ModelFacts("m", "onnx", "no such file"), FAULT),
]
POSITION = [
    (PositionFacts("gpsd://h:1", True, "", 1, True, 9, 14, 4.2), OK),
    (PositionFacts("gpsd://h:1", True, "", 1, True, 4, 14, 40.0), WARN),
    (PositionFacts("gpsd://h:1", True, "", 1, False, 0, 3), WARN),
    (PositionFacts("gpsd://h:1", True, "", 0), FAULT),
    (PositionFacts("gpsd://h:1", False, "Connection refused"), FAULT),
    (PositionFacts("nmea:walk.nmea", True, live=False), WARN),
    (PositionFacts("none:", True), WARN),
    (PositionFacts("glasses:", True), UNKNOWN),
]
BUTTONS = [
    (ButtonFacts("gpio:17,27,22"), OK),
    (ButtonFacts("gpio:17,27,22", pressed=(1, 2, 3, 3)), OK),
    (ButtonFacts("gpio:17,27,22", pressed=(1, 3)), FAULT),
    (ButtonFacts("gpio:17,27,22", "no GPIO"), FAULT),
]
SPEAKER = [
    (SpeakerFacts("system:", ear="monitor", heard=True), OK),
    (SpeakerFacts("system:", ear="microphone", heard=True), OK),
    (SpeakerFacts("system:", ear="monitor", heard=False), FAULT),
    (SpeakerFacts("system:", ear="microphone", heard=False), WARN),
    (SpeakerFacts("system:", why_not="no ear"), UNKNOWN),
    (SpeakerFacts("system:", "aplay: no card"), FAULT),
]
VOICE = [
    (VoiceFacts("ja", first_s=0.8), OK),
    (VoiceFacts("ja", "no voice"), FAULT),
    (VoiceFacts("en", "no voice"), WARN),  # the wearer speaks Japanese
    (VoiceFacts("ja", spare=True), WARN),
]
PHRASES = [
    (Found("ja", 300, 300), OK),
    (Found("ja", 300, 290, ("a",) * 10), WARN),
    (Found("ja", 300, 300, stale=True), WARN),
    (Found("ja", 300, 299, damaged=("a",)), WARN),
    (Found("ja", 300, 0, fault="no file"), WARN),
]
CONFIG = [
    (ConfigFacts("/etc/x"), OK),
    (ConfigFacts(None), WARN),
    (ConfigFacts("/etc/x", "wearer.lang: fr"), FAULT),
]
MAP = [
    (MapFacts("/m", name="oita", age_s=86_400.0), OK),
    (MapFacts("/m", name="oita", age_s=300 * 86_400.0), WARN),
    (MapFacts("/m", name="oita", outside=("駅",)), WARN),
    (MapFacts("/m", name="oita", practice=True), FAULT),
    (MapFacts("/m", "cut off"), FAULT),
    (MapFacts(None), WARN),
]
SERVER = [
    (ServerFacts(None), OK),
    (ServerFacts("https://s", status=404, certificate_s=90 * 86_400.0), OK),
    (ServerFacts("https://s", status=404, certificate_s=86_400.0), WARN),
    (ServerFacts("https://s", status=401), FAULT),
    (ServerFacts("https://s", status=503), WARN),
    (ServerFacts("https://s", fault="no route to host"), WARN),
    (ServerFacts("https://s", "no such file"), FAULT),
]


def judged() -> Iterator[tuple[str, tuple[Finding, ...], Level]]:
    """Every case above, what was made of it, and the worst level that it must have."""
    for disk, level in DISK:
        yield f"disk {disk}", (machine.judge_disk(disk),), level
    for memory, level in MEMORY:
        yield f"memory {memory}", (machine.judge_memory(memory),), level
    for clock, level in CLOCK:
        yield f"clock {clock}", (machine.judge_clock(clock),), level
    for heat, level in HEAT:
        yield f"heat {heat}", machine.judge_heat(heat), level
    for units, level in UNITS:
        yield f"units {units}", (services.judge_units(units),), level
    for versions, level in VERSIONS:
        yield f"versions {versions}", (services.judge_versions(versions),), level
    for camera, level in CAMERA:
        yield f"camera {camera}", (senses.judge_camera("v4l2:/dev/video0", camera),), level
    for model, level in MODEL:
        yield f"model {model}", (senses.judge_model(model),), level
    for position, level in POSITION:
        yield f"position {position}", (receiver.judge_position(position),), level
    for button, level in BUTTONS:
        yield f"buttons {button}", senses.judge_buttons([button]), level
    yield "no buttons", senses.judge_buttons([]), WARN
    yield "no camera", (senses.no_camera(),), WARN
    yield "in use", (senses.in_use("camera"), senses.in_use("buttons")), UNKNOWN
    yield "phone", (senses.judge_glasses(400.0, ""),), UNKNOWN
    yield "phone without a certificate", (senses.judge_glasses(None, ""),), FAULT
    yield "phone with an old one", (senses.judge_glasses(None, "expired"),), FAULT
    yield "not ours to read", (sounds.unreadable("/var/lib/shirube"),), UNKNOWN
    for speaker, level in SPEAKER:
        yield f"speaker {speaker}", (sounds.judge_speaker(speaker),), level
    for voice, level in VOICE:
        yield f"voice {voice}", (sounds.judge_voice(voice, "ja"),), level
    for found, level in PHRASES:
        yield f"phrases {found}", (sounds.judge_phrases(found),), level
    for config, level in CONFIG:
        yield f"config {config}", (way.judge_config(config),), level
    for on, level in MAP:
        yield f"map {on}", way.judge_map(on), level
    for server, level in SERVER:
        yield f"server {server}", way.judge_server(server), level


CASES = tuple(judged())


@pytest.mark.parametrize(
    ("findings", "level"), [case[1:] for case in CASES], ids=[case[0][:60] for case in CASES]
)
def test_facts_have_their_level(findings: tuple[Finding, ...], level: Level) -> None:
    assert max(finding.level for finding in findings) == level


def test_every_finding_speaks_both_languages_and_says_what_to_do_where_something_is_wrong() -> None:
    for _, findings, _ in CASES:
        for finding in findings:
            assert finding.ja.endswith("。"), finding
            assert finding.en.endswith("."), finding
            assert bool(finding.do_ja) == bool(finding.do_en), finding
            if finding.level == FAULT:
                assert finding.do_ja, finding


def test_no_finding_and_no_summary_promises_safety() -> None:
    findings = [finding for _, some, _ in CASES for finding in some]
    for lang, banned in NEVER_SAID.items():
        texts = [finding.sentence(lang) + finding.todo(lang) for finding in findings]
        texts += [summary(findings, lang), summary([], lang)]
        assert not [(text, word) for text in texts for word in banned if word in text.lower()]


def test_two_findings_of_one_look_are_both_told() -> None:
    told = way.judge_map(MapFacts("/m", name="oita", age_s=300 * 86_400.0, outside=("駅",)))
    assert len(told) == 2


def test_the_worst_comes_first_and_the_summary_before_it() -> None:
    found = [
        Finding("memory", OK, "良い。", "Well."),
        Finding("clock", UNKNOWN, "不明。", "Unknown."),
        Finding("camera", FAULT, "映像なし。", "No picture.", "挿す。", "Plug in."),
        Finding("map", WARN, "古い。", "Old."),
    ]
    assert [each.level for each in worst_first(found)] == [FAULT, WARN, UNKNOWN, OK]
    assert spoken(found, "ja") == (
        "問題が1つあります。注意が1つあります。調べられなかったものが1つあります。",
        "映像なし。挿す。",
        "古い。",
        "不明。",
    )
    assert spoken(found, "en")[:2] == (
        "1 problem. 1 warning. 1 thing could not be checked.",
        "No picture. Plug in.",
    )
    assert printed(found, "en")[1:3] == ("[FAULT] No picture.", "    → Plug in.")
    assert exit_code(found) == 1
    assert exit_code(found[:2]) == 0


def test_a_reason_is_read_in_one_language_and_not_spoken() -> None:
    reason = "/dev/video0: カメラがありません / no camera there: plug it in (ls /dev/video*)"
    finding = senses.judge_camera("v4l2:/dev/video0", CameraProbe(False, reason))
    assert finding.sentence("ja").endswith("映像が来ません（v4l2:/dev/video0: カメラがありません）。")
    assert finding.sentence("en").endswith(
        "(v4l2:/dev/video0: no camera there: plug it in (ls /dev/video*))."
    )
    assert finding.speech("ja").startswith("カメラから映像が来ません。ケーブル")
    assert "plug it in" not in finding.speech("en")


def test_places_beyond_the_map_are_named() -> None:
    bounds = (33.0, 131.0, 34.0, 132.0)
    assert way.outside(bounds, [("中", 33.5, 131.5), ("北", 34.1, 131.5), ("西", 33.5, 130.9)]) == (
        "北",
        "西",
    )
