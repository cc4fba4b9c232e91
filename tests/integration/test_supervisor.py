"""The supervisor with real processes: killed, stopped, ended, and its own end."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from device.parts.channel import Line
from device.parts.messages import NOTHING, PART_STATE, Nothing, PartState
from tests.waiting import PATIENCE_S

# Three parts that write their number down and live; `eyes` starts a child of its own, as speech does.
SCRIPT = """
import os, subprocess, sys
from pathlib import Path
from device.config import DeviceConfig
from device.parts.supervisor import Supervisor
runtime = Path(sys.argv[1])
def live(part):
    (runtime / f"{part.name}.pid").write_text(str(os.getpid()))
    if part.name == "eyes":
        child = subprocess.Popen(["sleep", "600"])
        (runtime / "child.pid").write_text(str(child.pid))
    while not part.ending.wait(0.05):
        part.beat()
    (runtime / f"{part.name}.ended").write_text("")
Supervisor(DeviceConfig(runtime=runtime), {name: live for name in ("speech", "guidance", "eyes")}).run()
"""


@dataclass
class Tree:
    process: subprocess.Popen[bytes]
    runtime: Path
    line: Line[PartState, Nothing]
    told: list[PartState] = field(default_factory=list)

    def until(self, wanted: PartState) -> PartState:
        """The next state of that part that is up or down as wanted."""
        end_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < end_s:
            self.told += self.line.poll()
            for at, state in enumerate(self.told):
                if (state.part, state.up) == (wanted.part, wanted.up):
                    self.told = self.told[at + 1 :]
                    return state
            time.sleep(0.01)
        raise AssertionError(f"{wanted} was not told in {PATIENCE_S} s; {self.told}")

    def pid(self, name: str) -> int:
        return int((self.runtime / f"{name}.pid").read_text())


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[Tree]:
    process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(tmp_path)])
    made = Tree(process, tmp_path, Line(tmp_path / "supervisor.sock", PART_STATE, NOTHING))
    try:
        for name in ("speech", "guidance", "eyes"):
            made.until(PartState(name, True))  # type: ignore[arg-type]
        yield made
    finally:
        made.line.close()
        process.terminate()
        process.wait(PATIENCE_S)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A zombie that nobody has taken in yet is dead enough.
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"


def _gone(pid: int) -> bool:
    end_s = time.monotonic() + PATIENCE_S
    while _alive(pid) and time.monotonic() < end_s:
        time.sleep(0.01)
    return not _alive(pid)


def test_a_killed_part_is_told_and_back_with_what_it_had_started_ended(tree: Tree) -> None:
    before, child = tree.pid("eyes"), int((tree.runtime / "child.pid").read_text())
    os.kill(before, signal.SIGKILL)
    fallen = tree.until(PartState("eyes", False))
    assert (fallen.why, fallen.detail) == ("ended", "killed by SIGKILL")
    assert tree.until(PartState("eyes", True)).restarts == 1
    assert tree.pid("eyes") != before
    assert _alive(tree.pid("guidance"))
    assert _gone(child)


def test_a_stopped_part_is_killed_and_started_again(tree: Tree) -> None:
    before = tree.pid("guidance")
    os.kill(before, signal.SIGSTOP)
    assert tree.until(PartState("guidance", False)).why == "stalled"
    tree.until(PartState("guidance", True))
    assert _gone(before)


def test_at_the_end_each_part_may_end_itself(tree: Tree) -> None:
    tree.process.terminate()
    assert tree.process.wait(PATIENCE_S) == 0
    ended = {path.stem for path in tree.runtime.glob("*.ended")}
    assert ended == {"speech", "guidance", "eyes"}


def test_parts_do_not_outlive_a_supervisor_that_was_killed(tree: Tree) -> None:
    pids = [tree.pid(name) for name in ("speech", "guidance", "eyes")]
    tree.process.kill()
    tree.process.wait(PATIENCE_S)
    assert all(_gone(pid) for pid in pids)
    os.kill(int((tree.runtime / "child.pid").read_text()), signal.SIGKILL)


def test_a_second_device_in_the_same_place_is_refused(tree: Tree) -> None:
    second = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tree.runtime)], capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert second.returncode != 0
    assert "runs here already" in second.stderr


def test_systemd_hears_of_life_and_of_readiness(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(str(tmp_path / "notify"))
        notify.settimeout(PATIENCE_S)
        (tmp_path / "run").mkdir()
        process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(tmp_path / "run")],
            env={**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify")},
        )
        try:
            heard = ""
            while "READY=1" not in heard:
                heard = notify.recv(4096).decode()
            assert "WATCHDOG=1" in heard
            assert "WATCHDOG=1" in notify.recv(4096).decode()
        finally:
            process.terminate()
            process.wait(PATIENCE_S)
