"""Why something does not work is told in the reader's language, and never with a password."""

import json
from dataclasses import asdict

import pytest

from device.cameras.probe import CameraProbe
from device.doctor import receiver, senses, sounds, way
from device.doctor.findings import Level, printed
from device.doctor.reasons import reason


def test_what_is_told_in_two_languages_is_taken_apart_and_a_name_is_not_told_twice() -> None:
    told = "/dev/video0: カメラがありません / no camera there"
    assert reason(told, "/dev/video0") == ("カメラがありません", "no camera there")


def test_a_systems_own_words_are_told_in_japanese() -> None:
    ja, en = reason("paplay: pa_context_connect() failed: Connection refused")
    assert ja == "音声サーバーが動いていません"
    assert en == "the sound server is not running"


def test_what_nobody_knows_is_told_as_it_came() -> None:
    assert reason("gremlins in the wire") == ("gremlins in the wire", "gremlins in the wire")


def test_the_password_of_a_camera_is_nowhere() -> None:
    source = "rtsp://mari:s3cret@10.0.0.2/live?password=s3cret"
    finding = senses.judge_camera(source, CameraProbe(False, f"{source}: 応えません / does not answer"))
    everything = json.dumps(asdict(finding), ensure_ascii=False) + "".join(printed([finding], "ja"))
    assert "s3cret" not in everything
    assert "mari" not in everything
    assert "rtsp://10.0.0.2/live" in finding.ja


@pytest.mark.parametrize("speaker", ["null:", "wav:/tmp/sound"])
def test_a_device_that_is_set_to_make_no_sound_is_at_fault(speaker: str) -> None:
    finding = sounds.judge_speaker(sounds.SpeakerFacts(speaker))
    assert finding.level is Level.FAULT
    assert "speech.speaker" in finding.do_ja


def test_who_has_no_gpsd_is_not_told_to_restart_it() -> None:
    facts = receiver.PositionFacts("serial:/dev/ttyACM0@9600", False, "/dev/ttyACM0: no receiver is there")
    finding = receiver.judge_position(facts)
    assert "gpsd" not in finding.do_ja + finding.do_en
    assert "受信機がありません" in finding.ja


def test_a_server_that_is_not_there_is_named() -> None:
    (finding,) = way.judge_server(way.ServerFacts("http://10.0.0.9", "", "[Errno 111] Connection refused"))
    assert "http://10.0.0.9: 相手が動いていません" in finding.ja
