"""The whole device walks with real processes while four things fail, one after the other.

`shirube device chaos` lets loose many more of them and measures how late they are told; that needs a machine
that has nothing else to do, so nothing is said about seconds here.
"""

import os
import shutil
from pathlib import Path

import pytest

from device.chaos import run
from device.chaos.faults import FAULTS

CHOSEN = ("guidance killed", "eyes stopped", "network cut")
NEEDED = {
    "gpsd": "gpsd",
    "pulseaudio": "pulseaudio",
    "pactl": "pulseaudio-utils",
    "parec": "pulseaudio-utils",
    "paplay": "pulseaudio-utils",
    "espeak-ng": "espeak-ng",
}
MISSING = sorted(
    {
        package
        for program, package in NEEDED.items()
        if shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin") is None
    }
)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: apt install {' '.join(MISSING)}"),
]


def test_what_fails_is_told_and_nothing_of_the_walk_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "LONGEST_S", 30.0)
    monkeypatch.setattr(run, "OVER_S", 60.0)
    chosen = [fault for fault in FAULTS if fault.name in CHOSEN]
    said: list[str] = []
    result = run.run_chaos(tmp_path / "stage", seed=7, count=len(chosen), says=said.append, chosen=chosen)
    summary = result.summary()
    assert sorted(summary["by_kind"]) == sorted(CHOSEN)
    counted = {name: summary[name] for name in ("unspoken", "not_over", "lost", "doubled", "crashes", "gaps")}
    assert not any(counted.values()), (counted, said, result.complaints)
    assert summary["stored"] > len(CHOSEN)
    assert result.complaints == []
