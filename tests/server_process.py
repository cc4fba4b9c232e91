"""A real server in a process of its own: killed, ended, started again on the same store and port.

    with running(tmp_path) as server:
        key = server.key("walker")
        httpx.get(server.http + "/healthz")
        server.end(signal.SIGKILL)
        server.start()

Its planner is the fake one; its store is SQLite, `folder/s.db`, migrated at the first start if nobody has.
Its clock is the machine's until `server.clock` is moved.
"""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from server import commands_people
from server.errors import AccountError
from server.settings import Settings
from tests.moved_clock import MovedClock
from wire.uplink import UPLINK_PATH

PASSWORD = "correct horse 12"
_SERVE = """
import json
import sys
from pathlib import Path
from server.fakes import FakePlanner
from server.run import serve
from server.settings import Settings
from tests.moved_clock import MovedClock
database, port, ready, clock, told = sys.argv[1:]
settings = Settings(database_url=f"sqlite:///{database}", port=int(port), **json.loads(told))
serve(settings, clock=MovedClock(Path(clock)), planner=FakePlanner(), ready_file=Path(ready))
"""
_ROOT = Path(__file__).parents[1]
_STARTS_WITHIN_S = 180.0  # patience, not a target
_ENDS_WITHIN_S = 60.0


class ServerProcess:
    """The process, or what is left of it. The first start chooses the port. `told`: more settings."""

    def __init__(self, folder: Path, **told: object) -> None:
        self._told = json.dumps(told)
        self.database = folder / "s.db"
        self.settings = Settings(database_url=f"sqlite:///{self.database}")
        self.clock = MovedClock(folder / "clock")
        self.port = 0
        self._ready = folder / "port"
        self._log = folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._ready.unlink(missing_ok=True)
        told = [str(self.database), str(self.port), str(self._ready), str(self.clock.file), self._told]
        with self._log.open("ab") as log:
            command = [sys.executable, "-c", _SERVE, *told]
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=_ROOT)
        until_s = time.monotonic() + _STARTS_WITHIN_S
        while not self._ready.exists():
            assert self._process.poll() is None, self.log()
            assert time.monotonic() < until_s, self.log()
            time.sleep(0.02)
        self.port = int(self._ready.read_text())

    def end(self, how: signal.Signals) -> int:
        """Its exit status; minus the signal's number where that killed it."""
        assert self._process is not None
        self._process.send_signal(how)
        return self._process.wait(_ENDS_WITHIN_S)

    def kill(self) -> None:
        self.end(signal.SIGKILL)

    def log(self) -> str:
        return self._log.read_text()

    def key(self, login: str) -> str:
        """The key of one more device of this wearer, who is made where there is none."""
        with suppress(AccountError):
            commands_people.add_user(self.settings, "wearer", login, password=PASSWORD)
        return commands_people.add_device(self.settings, login).key

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws(self) -> str:
        return f"ws://127.0.0.1:{self.port}{UPLINK_PATH}"


@contextmanager
def running(folder: Path, **told: object) -> Iterator[ServerProcess]:
    """A server until the end of the block; `told`: more settings, as they stand in JSON."""
    made = ServerProcess(folder, **told)
    try:
        made.start()
        yield made
    finally:
        made.kill()
