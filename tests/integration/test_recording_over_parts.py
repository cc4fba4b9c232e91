"""Lines that are sent to the log part make a run that replays to the same words."""

import threading
from pathlib import Path

import pytest

from device.config import DeviceConfig, RecordConfig
from device.parts import log
from device.parts.messages import RecordBegin
from device.parts.part import Part
from device.parts.remote import RemoteLog
from device.recorder import HeldLines, RunRecorder
from device.rehearsals.plays import paving
from device.rehearsals.stage import played, record
from device.replay import check
from device.run_keeping import next_run
from device.run_settings import settings_to
from device.runs import read_manifest
from tests.waiting import until
from wire.codec import ROUTE

PLAY = paving()


@pytest.fixture
def part(tmp_path: Path) -> Part:
    (tmp_path / "data").mkdir()
    config = DeviceConfig(data=tmp_path / "data", record=RecordConfig(folder=tmp_path / "runs", keep=2))
    return Part("log", config, tmp_path)


def test_the_log_part_writes_the_run_that_guidance_sends(tmp_path: Path, part: Part) -> None:
    folder = next_run(tmp_path / "runs", 1_795_314_465.0)
    remote = RemoteLog(part, "guidance-1")
    recorder = RunRecorder(HeldLines(remote.record))
    assert PLAY.route is not None
    begin = RecordBegin(str(folder), ROUTE.encode(PLAY.route), settings_to(PLAY.settings))
    steps = list(played(PLAY))
    for senses, turn in steps[:20]:  # the log part is not there yet: nothing is lost
        recorder.senses(senses)
        recorder.turn(senses.now_s, turn)
    thread = threading.Thread(target=log.serve, args=(part,))
    thread.start()
    try:
        until(part.socket("log").exists)
        until(lambda: remote.poll() is not None)
        remote.begin_recording(begin)
        for senses, turn in steps[20:]:
            recorder.senses(senses)
            recorder.turn(senses.now_s, turn)
            remote.poll()
        remote.end_recording()

        def over() -> bool:
            remote.poll()  # hands over what the part has not read yet
            return (folder / "run.json").exists() and read_manifest(folder).finished

        until(over)
    finally:
        part.ending.set()
        remote.close()
        thread.join(20.0)
    assert not thread.is_alive()
    assert check(folder) is None
    record(PLAY, tmp_path / "direct")
    names = {path.name for path in folder.iterdir()} - {"run.json"}
    assert all((folder / name).read_bytes() == (tmp_path / "direct" / name).read_bytes() for name in names)
