"""`shirube demo --live`: real time, real gpsd, model and voice in threads; a player that is a script."""

import os
import sys
import threading
from pathlib import Path

import pytest

from device.demo.backstage import Backstage
from device.demo.chart import read_sketch
from device.demo.live import _SBIN
from device.demo.output import Output
from device.demo.run import MAP, Options, perform
from device.demo.screening import Screening
from device.replay import check
from device.runs import RunReader
from routing.practice import practice_map

_PATH = [*os.environ.get("PATH", "").split(os.pathsep), _SBIN]
_HAS_GPSD = all(any((Path(place) / name).is_file() for place in _PATH) for name in ("gpsd", "gpsfake"))
_PLAYER = f"""#!{sys.executable}
import os, time
while block := os.read(0, 9600):
    time.sleep(len(block) / 96000)  # as long as a card takes for it
"""


@pytest.mark.skipif(
    not _HAS_GPSD, reason="gpsd and gpsfake are not installed (apt install gpsd gpsd-clients)"
)
def test_a_live_walk_speaks_looks_and_can_be_replayed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("paplay", "aplay"):
        player = tmp_path / "bin" / name
        player.parent.mkdir(exist_ok=True)
        player.write_text(_PLAYER, "utf-8")
        player.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}")
    output = Output(tmp_path / "out")
    backstage = Backstage(output.folder / "server.sqlite", output.folder / "server.log")
    try:
        screening = Screening(read_sketch(practice_map(MAP)), film=False, quiet=True)
        result = perform(
            Options(tmp_path / "out", film=False, live=True, minutes=0.35), backstage, output, screening
        )
        run = RunReader(output.folder / "run")
        assert check(output.folder / "run") is None
    finally:
        backstage.kill()
        output.discard()
    assert result.frames > 0
    assert result.made == result.stored
    assert run.manifest.finished
    assert any(moment.what.frame for moment in run.steps())
    assert any(moment.what.started_s is not None for moment in run.announcements())
    # The threads of the walk ended with it.
    assert not {thread.name for thread in threading.enumerate()} & {
        "looking",
        "synthesis",
        "camera",
        "player",
    }
