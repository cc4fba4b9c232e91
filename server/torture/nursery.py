"""Servers by fork: all is loaded once, so that a start takes tenths of a second and a thousand kills minutes.

`python -m server.torture.nursery`: each line on stdin (JSON: config, ready, log) becomes a server, whose
process id is told on stdout. What serves is what `shirube server run` serves; only loading it is saved.
"""

import contextlib
import ctypes
import importlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from server.errors import ServerError
from server.run import serve
from server.settings import load_settings

# What `serve` would load when it is first called.
_LOADED_LATE: Final = ("uvloop", "httptools", "aiosqlite", "server.stores.migrating", "uvicorn.lifespan.on")

_PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h


def main() -> None:
    """Fork servers until stdin ends; they are then killed."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them: no zombies
    for name in _LOADED_LATE:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            _serve(order)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


def _serve(order: dict[str, Any]) -> None:
    """The child: its own output, then the server; never returns."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # also when the whole test is killed
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for target, source in ((0, nothing), (1, log), (2, log)):
        os.dup2(source, target)
    code = 1
    try:
        serve(load_settings(Path(order["config"])), ready_file=Path(order["ready"]))
        code = 0
    except ServerError as error:
        sys.stderr.write(f"{error}\n")
        sys.stderr.flush()
    finally:
        os._exit(code)


class Nursery:
    """The forking process, from outside. `preload`: a library that goes before the C library."""

    def __init__(self, preload: Path | None = None) -> None:
        env = dict(os.environ) if preload is None else {**os.environ, "LD_PRELOAD": str(preload)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "server.torture.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=env,
        )

    def fork(self, config: Path, ready: Path, log: Path) -> int:
        """A server that is starting; its process id."""
        assert self._process.stdin is not None  # noqa: S101  (pipes were asked for)
        assert self._process.stdout is not None  # noqa: S101
        ready.unlink(missing_ok=True)
        self._process.stdin.write(
            json.dumps({"config": str(config), "ready": str(ready), "log": str(log)}) + "\n"
        )
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """End the forking process; its servers are ended by who asked for them."""
        assert self._process.stdin is not None  # noqa: S101  (pipes were asked for)
        assert self._process.stdout is not None  # noqa: S101
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


if __name__ == "__main__":
    main()
