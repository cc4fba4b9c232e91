"""`shirube server run --workers N`: real processes, one port, one PostgreSQL."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from server.errors import SettingsError
from server.run import serve
from server.settings import Settings

_WITHIN_S = 180.0  # patience, not a target


@dataclass
class Running:
    """The parent, and where it answers."""

    process: "subprocess.Popen[bytes]"
    port: int

    def workers(self) -> set[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return {int(child) for child in children.split()}

    def answers(self) -> bool:
        """On a connection of its own: the system chooses the worker anew."""
        return httpx.get(f"http://127.0.0.1:{self.port}/login", timeout=10.0).status_code == 200


def _until(true: Callable[[], bool]) -> None:
    until_s = time.monotonic() + _WITHIN_S
    while not true():
        assert time.monotonic() < until_s
        time.sleep(0.05)


@contextmanager
def _run(tmp_path: Path, url: str, *more: str) -> Iterator[Running]:
    (tmp_path / "url").write_text(url)
    config = tmp_path / "server.toml"
    config.write_text(f'database_url_file = "{tmp_path}/url"\nkey_file = "{tmp_path}/key"\n')
    ready = tmp_path / "ready"
    process = subprocess.Popen(
        [sys.executable, "-c", "from shirube import main; main()", "server", "run", "--config", config,
         "--port", "0", "--ready-file", ready, *more],
        cwd=tmp_path,
    )  # fmt: skip
    try:
        _until(lambda: ready.exists() or process.poll() is not None)
        yield Running(process, int(ready.read_text()))
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


@pytest.fixture
def running(tmp_path: Path, postgres_url: str) -> Iterator[Running]:
    with _run(tmp_path, postgres_url, "--workers", "2") as made:
        yield made


def test_a_worker_that_is_killed_is_begun_anew_and_the_rest_end_when_told(running: Running) -> None:
    first = running.workers()
    assert len(first) == 2
    assert all(running.answers() for _ in range(6))
    killed = min(first)
    os.kill(killed, signal.SIGKILL)
    _until(lambda: len(running.workers() - {killed}) == 2)
    assert all(running.answers() for _ in range(12)), "who connects meanwhile waits, and is answered"
    last = running.workers()
    running.process.terminate()
    assert running.process.wait(_WITHIN_S) == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in first | last)


def test_workers_do_not_outlive_their_parent(running: Running) -> None:
    left = running.workers()
    running.process.kill()
    running.process.wait()
    _until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in left))


def test_several_workers_on_sqlite_are_refused(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path}/s.db", port=0)
    with pytest.raises(SettingsError, match="PostgreSQL"):
        serve(settings, workers=2)
