"""What this machine itself can do, so that the server's figures mean something."""

import os
import socket
import sqlite3
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from server.bench.figures import spread

_ROW: Final = "x" * 300  # as long as an event


@dataclass(frozen=True, slots=True)
class Yardstick:
    """Bare figures: durable commits of one row each, the disk's sync, a message there and back over TCP."""

    sqlite_commits_per_s: float
    sync_p99_ms: float | None
    echoes_per_s: float


def yardstick(folder: Path, seconds: float = 1.0) -> Yardstick:
    """Measure each for `seconds`, the first two on the disk of `folder`."""
    return Yardstick(_commits(folder, seconds), _syncs(folder, seconds), _echoes(seconds))


def _commits(folder: Path, seconds: float) -> float:
    path = folder / "yardstick.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE one (id INTEGER PRIMARY KEY, body TEXT)")
        count, began_s = 0, time.monotonic()
        while time.monotonic() - began_s < seconds:
            connection.execute("INSERT INTO one (body) VALUES (?)", (_ROW,))
            count += 1
        taken_s = time.monotonic() - began_s
    path.unlink()
    return round(count / taken_s, 1)


def _syncs(folder: Path, seconds: float) -> float | None:
    path, delays_s = folder / "yardstick.sync", []
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
    try:
        end_s = time.monotonic() + seconds
        while (before_s := time.monotonic()) < end_s:
            os.write(descriptor, b"x" * 4096)
            os.fdatasync(descriptor)
            delays_s.append(time.monotonic() - before_s)
    finally:
        os.close(descriptor)
        path.unlink()
    return spread(delays_s).p99_ms


def _echoes(seconds: float) -> float:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        answering = threading.Thread(target=_echo, args=(listener,))
        answering.start()
        with socket.create_connection(listener.getsockname()) as line:
            count, end_s = 0, time.monotonic() + seconds
            while time.monotonic() < end_s:
                line.sendall(_ROW.encode())
                line.recv(4096)
                count += 1
        answering.join()
    return round(count / seconds, 1)


def _echo(listener: socket.socket) -> None:
    line, _ = listener.accept()
    with line:
        while data := line.recv(4096):
            line.sendall(data)
