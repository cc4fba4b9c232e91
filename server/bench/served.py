"""A real server in a process of its own: started as its operator starts it, and watched from outside."""

import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from server.errors import ServerError

_START_WITHIN_S: Final = 60.0
_STOP_WITHIN_S: Final = 20.0
_PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h
_TICK_HZ: Final = os.sysconf("SC_CLK_TCK")


class NotStarted(ServerError):  # noqa: N818  (a name says what went wrong)
    """The server's process ended, or said nothing for a minute."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Memory in MB (resident) and processor time in seconds, of the process and its children."""

    rss_mb: float
    cpu_s: float


class Served:
    """One server process on a store, with its settings in `folder`."""

    def __init__(self, folder: Path, store_url: str, name: str = "server", **settings: object) -> None:
        self._config = folder / f"{name}.toml"
        self._ready = folder / f"{name}.ready"
        self.log = folder / f"{name}.log"
        lines = {"database_url": store_url, "port": 0, "key_file": str(folder / "sealing.key"), **settings}
        self._config.write_text("".join(f"{key} = {_toml(value)}\n" for key, value in lines.items()), "utf-8")
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    @property
    def config(self) -> Path:
        """The settings file."""
        return self._config

    @property
    def ready(self) -> Path:
        """The file that holds the port once it serves."""
        return self._ready

    @property
    def pid(self) -> int:
        """Of the running process."""
        assert self._process is not None  # noqa: S101  (only asked of a running one)
        return self._process.pid

    def begin(self, env: dict[str, str] | None = None) -> None:
        """Start the process and do not wait."""
        self._ready.unlink(missing_ok=True)
        command = [sys.executable, "-m", "shirube", "server", "run"]
        command += ["--config", str(self._config), "--ready-file", str(self._ready)]
        with self.log.open("ab") as out:
            self._process = subprocess.Popen(  # noqa: S603  (our own program)
                command, stdout=out, stderr=out, env={**os.environ, **(env or {})}, preexec_fn=end_with_parent
            )

    def start(self, env: dict[str, str] | None = None) -> float:
        """Start; the seconds until it serves. `NotStarted` with the end of its log where it does not."""
        began_s = time.monotonic()
        self.begin(env)
        while (port := port_in(self._ready)) is None:
            if self._process is None or self._process.poll() is not None:
                raise NotStarted(f"the server ended before it served: {self.last_words()}")
            if time.monotonic() - began_s > _START_WITHIN_S:
                self.kill()
                raise NotStarted(f"the server did not serve within a minute: {self.last_words()}")
            time.sleep(0.01)
        self.port = port
        return time.monotonic() - began_s

    def last_words(self) -> str:
        """The end of its log."""
        text = self.log.read_text("utf-8", "replace").strip() if self.log.exists() else ""
        return text.splitlines()[-1] if text else "its log is empty"

    def kill(self) -> None:
        """End it without a word (SIGKILL)."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(_STOP_WITHIN_S)
            self._process = None

    def stop(self) -> None:
        """Ask it to end, as systemd does."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def usage(self) -> Usage:
        """What it uses now."""
        return usage_of(self.pid)


def end_with_parent() -> None:
    """For a new process: it ends when the one that started it does, however that ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def port_in(ready: Path) -> int | None:
    """The port in a ready file; None while there is none."""
    try:
        return int(ready.read_text("ascii"))
    except FileNotFoundError:
        return None


def usage_of(pid: int) -> Usage:
    """Memory and processor time of a process and its children, from /proc."""
    mine = [pid, *_children(pid)]
    return Usage(round(sum(map(_rss_mb, mine)), 1), sum(map(_cpu_s, mine)))


def end_of(pid: int) -> None:
    """Kill the process, which may be no child of ours, and wait until it is gone."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        os.kill(pid, signal.SIGKILL)
        select.select([handle], [], [], _STOP_WITHIN_S)
    except ProcessLookupError:
        return
    finally:
        os.close(handle)


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]
    except OSError:
        return []


def _rss_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text("ascii", "replace").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024.0 for line in lines if line.startswith("VmRSS:")), 0.0)


def _cpu_s(pid: int) -> float:
    try:
        rest = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(ticks) for ticks in rest[11:15]) / _TICK_HZ


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else '"' + str(value).replace("\\", "\\\\") + '"'
