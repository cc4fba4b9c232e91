"""The real server in a process of its own, as an operator would run it: accounts, start, stop, kill."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from device.errors import UplinkError

START_S = 40.0
STOP_S = 15.0


@dataclass(frozen=True, slots=True)
class Person:
    """An account made for the demonstration."""

    role: str
    login: str
    password: str


@dataclass(frozen=True, slots=True)
class People:
    """Who takes part, and the key of the wearer's device."""

    wearer: Person
    caregiver: Person
    evaluator: Person
    device_key: str


class Backstage:
    """One server on a database file. Raises `UplinkError` where a command of the server fails."""

    def __init__(self, database: Path, log: Path) -> None:
        self._database = database
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """Where the running server listens."""
        return f"http://127.0.0.1:{self.port}"

    def people(self) -> People:
        """A wearer with a device who shares the next trip, a caregiver and an evaluator who may look."""
        roles = {"wearer": "walker", "caregiver": "family", "evaluator": "trial"}
        words = [word for role, login in roles.items() for word in (f"--{role}", login)]
        made = self._ask("server", "user", "enrol", *words, "--agreed", "--share", "--lasting")
        people = {role: Person(role, made[role]["login"], made[role]["password"]) for role in roles}
        return People(people["wearer"], people["caregiver"], people["evaluator"], made["device_key"])

    def events(self, trip_id: str) -> dict[str, Any]:
        """How many events of a trip the store holds, and how many of them are doubles."""
        return self._ask("server", "events", "--trip", trip_id)

    def start(self) -> None:
        """Start the server and wait until it listens; the port stays the same over restarts."""
        ready = self._database.with_suffix(".ready")
        ready.unlink(missing_ok=True)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own command line
                [*self._command("server", "run"), "--port", str(self.port), "--ready-file", str(ready)],
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_S
        while not ready.exists() or not ready.read_text("utf-8").strip():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise UplinkError(f"the server did not start; its last words: {_tail(self._log)}")
            time.sleep(0.05)
        self.port = int(ready.read_text("utf-8").strip().rsplit(":", 1)[-1])

    def stop(self) -> None:
        """End the server in order; safe to call twice."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End the server at once, as a power cut would; safe to call twice."""
        self._end(signal.SIGKILL)

    def fold(self) -> None:
        """Bring the write-ahead log into the database file, so that the file alone can be moved."""
        with closing(sqlite3.connect(self._database)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def wait(self) -> None:
        """Stay until the server ends or Ctrl-C."""
        if self._process is not None:
            self._process.wait()

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        os.killpg(process.pid, how)
        try:
            process.wait(timeout=STOP_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=STOP_S)

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "shirube", *words, "--database", str(self._database)]

    def _ask(self, *words: str) -> dict[str, Any]:
        done = subprocess.run(  # noqa: S603 - our own command line
            [*self._command(*words), "--json"], capture_output=True, stdin=subprocess.DEVNULL, check=False
        )
        if done.returncode != 0:
            raise UplinkError(f"{' '.join(words)}: {done.stderr.decode(errors='replace').strip()}")
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer


def _tail(log: Path) -> str:
    try:
        lines = log.read_text("utf-8", errors="replace").strip().splitlines()
    except OSError:
        return "(none)"
    return " | ".join(lines[-3:]) or "(none)"
