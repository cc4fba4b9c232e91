"""A PostgreSQL of our own in a folder, for measurements: made, started, stopped; nobody else reaches it."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from server.errors import ServerError

_DEBIAN: Final = Path("/usr/lib/postgresql")
_WITHIN_S: Final = 60.0
# What a real one has but for memory and connections; durability is as it comes: fsync and commits that wait.
_SETTINGS: Final = "listen_addresses = ''\nmax_connections = 100\nshared_buffers = 128MB\n"


class NoPostgres(ServerError):  # noqa: N818  (a name says what went wrong)
    """PostgreSQL's programs are not there, or did not do what they should."""


def program(name: str) -> Path:
    """One of PostgreSQL's programs: on the path, or the newest of Debian's."""
    found = shutil.which(name)
    if found is not None:
        return Path(found)
    versions = sorted(_DEBIAN.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    if not versions:
        raise NoPostgres(f"{name} がありません / is not there: apt-get install postgresql")
    return versions[-1]


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """A running PostgreSQL in `folder` (which is made); its address, of an empty database."""
    folder.mkdir(mode=0o755)
    user = _not_root(folder)
    data = folder / "data"
    _run([str(program("initdb")), "-D", str(data), "-U", "shirube", "-A", "trust", "--no-sync"], user)
    with (data / "postgresql.conf").open("a", encoding="ascii") as settings:
        settings.write(_SETTINGS + f"unix_socket_directories = '{folder}'\n")
    pg_ctl = [str(program("pg_ctl")), "-D", str(data), "-w", "-s"]
    _run([*pg_ctl, "-l", str(folder / "log"), "start"], user)
    try:
        _run([str(program("createdb")), "-h", str(folder), "-U", "shirube", "shirube"], user)
        yield f"postgresql://shirube@/shirube?host={folder}"
    finally:
        _run([*pg_ctl, "-m", "immediate", "stop"], user)


def _not_root(folder: Path) -> str | None:
    """PostgreSQL refuses to run as root: then it is the system's `postgres`, to whom the folder goes."""
    if os.geteuid() != 0:
        return None
    try:
        account = pwd.getpwnam("postgres")
    except KeyError:
        raise NoPostgres("there is no user postgres: run this as somebody who is not root") from None
    os.chown(folder, account.pw_uid, account.pw_gid)
    return account.pw_name


def _run(command: list[str], user: str | None) -> None:
    done = subprocess.run(  # noqa: S603  (programs of PostgreSQL)
        command,
        user=user,
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_WITHIN_S,
    )
    if done.returncode != 0:
        told = (done.stderr or done.stdout).strip().splitlines()
        raise NoPostgres(f"{command[0]}: {told[-1] if told else f'exit code {done.returncode}'}")
