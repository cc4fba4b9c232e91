"""The world round one device: a server behind a bad link, a receiver, glasses, a sound card, and it."""

import contextlib
import hashlib
import os
import resource
import secrets
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Final

from device.chaos.glasses import Glasses
from device.chaos.receiver import Receiver
from device.chaos.sound import SoundServer
from device.chaos.witness import Witness
from device.clocks import SystemClock
from device.demo.backstage import Backstage
from device.demo.flaky_link import FlakyLink
from device.errors import DeviceError
from device.loopback import free_port
from device.phone.kept import write_kept

OITA: Final = (33.2330, 131.6065)
CLIP: Final = Path(__file__).parents[1] / "demo/clip/walk.mp4"
_AS_RUN: Final = {"OPENBLAS_NUM_THREADS": "1", "NUMBA_DISABLE_JIT": "1"}  # as `shirube device run` sets
_UP_S: Final = 40.0


class Stage:
    """Everything in `folder`. `phrases`: a data folder whose phrases were made ahead; None: none were.

    `more`: further lines of the device's configuration. `whole_clip`: the glasses walk through all of it.
    """

    def __init__(
        self,
        folder: Path,
        ends: ExitStack,
        phrases: Path | None = None,
        more: str = "",
        *,
        whole_clip: bool = False,
    ) -> None:
        self.folder, self._ends = folder, ends
        self.clock = SystemClock()
        self.data, self.runtime = folder / "data", folder / "run"
        self.data.mkdir(parents=True)
        self.sound = SoundServer(folder)
        ends.callback(self.sound.close)
        self.sound.start()
        self.server = Backstage(folder / "server.sqlite", folder / "server.log")
        ends.callback(self.server.kill)
        self.server.start()
        self.people = self.server.people()
        self.link = ends.enter_context(FlakyLink("127.0.0.1", self.server.port))
        self.receiver = Receiver(OITA, self.clock.utc_s)
        ends.callback(self.receiver.close)
        self.receiver.begin()
        token = secrets.token_urlsafe(32)
        write_kept(self.data, hashlib.sha256(token.encode()).hexdigest())
        self._port = free_port()
        self.glasses = Glasses(f"http://127.0.0.1:{self._port}", token, CLIP, whole=whole_clip)
        ends.callback(self.glasses.close)
        self._offset = folder / "clock-offset"
        self._config = self._configured(phrases, more)
        self._notes = folder / "device.log"
        self._notes.touch()
        self.device: subprocess.Popen[bytes] | None = None
        self.witness = Witness(self._notes)
        ends.callback(self.witness.close)
        ends.callback(self.end_device)

    # --- the device

    def start_device(self) -> None:
        """As systemd would."""
        self.jump_clock(0.0)
        command = [sys.executable, "-m", "device.chaos.shifted", str(self._config), str(self._offset)]
        with self._notes.open("ab") as notes:
            self.device = subprocess.Popen(  # noqa: S603  # our own command line
                command, env={**self.sound.environment, **_AS_RUN}, stdin=subprocess.DEVNULL, stdout=notes,
                stderr=notes, start_new_session=True,
            )  # fmt: skip

    def end_device(self) -> None:
        """In order; safe to call twice."""
        device, self.device = self.device, None
        if device is None or device.poll() is not None:
            return
        device.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            device.wait(20.0)
        device.kill()
        device.wait()

    @property
    def crashed(self) -> bool:
        """Whether the whole has ended by itself."""
        return self.device is not None and self.device.poll() is not None

    def pid(self, part: str) -> int | None:
        """The process of a part, None while there is none."""
        if self.device is None:
            return None
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError, ValueError, IndexError):
                stat = (entry / "stat").read_text()
                name, rest = stat[stat.index("(") + 1 :].rsplit(")", 1)
                if name == f"sh-{part}" and int(rest.split()[1]) == self.device.pid:
                    return int(entry.name)
        return None

    def signal(self, part: str, number: signal.Signals) -> bool:
        """Whether the part was there to get it."""
        pid = self.pid(part)
        if pid is None:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
            return True
        return False

    # --- what can be taken from it

    def fill_disk(self) -> None:
        """The log part's files cannot grow any more."""
        self._limit(0)

    def empty_disk(self) -> None:
        """They can again."""
        self._limit(resource.RLIM_INFINITY)

    def jump_clock(self, seconds: float) -> None:
        """The wall clock of the device shows another time; how it passes stays."""
        self._offset.write_text(f"{seconds:.0f}")

    def _limit(self, size: int) -> None:
        pid = self.pid("log")
        if pid is not None:
            with contextlib.suppress(OSError, ValueError):
                _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (min(size, hard) if hard >= 0 else size, hard))

    # --- what the server holds

    def stored(self) -> list[tuple[str, int, str]]:
        """(boot, seq, event as JSON) of everything, in the order of its arrival."""
        with closing(sqlite3.connect(f"file:{self.folder / 'server.sqlite'}?mode=ro", uri=True)) as store:
            return list(store.execute("SELECT boot, seq, body FROM events ORDER BY id"))

    def wait(self, told: Callable[[], bool], limit_s: float) -> bool:
        """Whether it became true in time."""
        end_s = time.monotonic() + limit_s
        while not told():
            if time.monotonic() > end_s:
                return False
            time.sleep(0.02)
        return True

    def _configured(self, phrases: Path | None, more: str) -> Path:
        key = self.folder / "key"
        key.write_text(self.people.device_key + "\n")
        key.chmod(0o600)
        if phrases is not None:
            (self.data / "phrases").mkdir()
            for file in (phrases / "phrases").iterdir():
                (self.data / "phrases" / file.name).symlink_to(file.resolve())
        path = self.folder / "device.toml"
        path.write_text(
            f'data = "{self.data}"\nruntime = "{self.runtime}"\n'
            f'[camera]\nsource = "glasses:127.0.0.1:{self._port}"\n'
            f'[position]\nsource = "gpsd://127.0.0.1:{self.receiver.port}"\n'
            '[speech]\nspeaker = "system:paplay"\n'
            '[buttons]\nsources = ["glasses:"]\n'
            f'[server]\nurl = "http://127.0.0.1:{self.link.port}"\nkey_file = "{key}"\n{more}'
        )
        return path


def up(stage: Stage, parts: tuple[str, ...]) -> None:
    """Wait until every part is up. `DeviceError` where one does not come."""
    for part in parts:
        if not stage.wait(lambda part=part: stage.witness.up_since(part, 0.0) is not None, _UP_S):  # type: ignore[misc]
            raise DeviceError(
                f"the part {part} did not come up in {_UP_S:.0f} s: see {stage.folder}/device.log"
            )
